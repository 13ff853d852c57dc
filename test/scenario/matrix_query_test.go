package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/model"
	"spm/test/harness"
)

// matrixQuery is the row of a root field of Query.
type matrixQuery struct {
	list  model.Kind // whose rows it lists
	sums  model.Kind // whose rows it puts together
	plain string     // how it is asked, where it takes no id that it needs
	// ids says of each path that takes an id how it is asked with one.
	ids map[string]string
	// gives is the selection, where all leaves say too little.
	gives string
	// narrows are the names of arguments that only narrow an answer: with one that is
	// found it may be as with one that is not.
	narrows []string
}

// matrixQueries has a row for every root field of Query, but for node and nodes.
var matrixQueries = map[string]matrixQuery{
	"activities": {list: model.KindActivity}, "apiKeys": {list: model.KindAPIKey}, "auditTrail": {list: model.KindAuditEntry},
	"earningCodes": {list: model.KindEarningCode}, "payAdjustments": {list: model.KindPayAdjustment}, "openingEntries": {list: model.KindOpeningEntry},
	"earnings": {list: model.KindEarning}, "problems": {list: model.KindProblem}, "calculationRuns": {list: model.KindCalculationRun},
	"calendars": {list: model.KindFiscalCalendar}, "periods": {list: model.KindPeriod}, "products": {list: model.KindProduct}, "accounts": {list: model.KindAccount},
	"payments": {list: model.KindPayment}, "credits": {list: model.KindCredit}, "creditingRules": {list: model.KindCreditingRule},
	"creditingExceptions": {list: model.KindCreditingException}, "transactionKinds": {list: model.KindTransactionKind}, "creditTypes": {list: model.KindCreditType},
	"fxRates": {list: model.KindFXRate}, "clientApplications": {list: model.KindClientApplication}, "trustedDocuments": {list: model.KindTrustedDocument},
	"issuers": {list: model.KindIssuer}, "measures": {list: model.KindMeasure}, "measureValues": {list: model.KindMeasureValue}, "titles": {list: model.KindTitle},
	"positions": {list: model.KindPosition}, "payees": {list: model.KindPayee}, "positionAssignments": {list: model.KindPositionAssignment},
	"parameterValues": {list: model.KindParameterValue}, "plans": {list: model.KindPlan}, "planVersions": {list: model.KindPlanVersion},
	"planAssignments": {list: model.KindPlanAssignment}, "quotas": {list: model.KindQuota}, "rateTables": {list: model.KindRateTable}, "teams": {list: model.KindTeam},
	"users": {list: model.KindUser}, "delegations": {list: model.KindDelegation}, "transactions": {list: model.KindTransaction},

	"earningsAggregate":     {sums: model.KindEarning},
	"quotasAggregate":       {sums: model.KindQuota},
	"creditsAggregate":      {sums: model.KindCredit, ids: map[string]string{"calendarId": `creditsAggregate(calendarId: <?calendar>, groupBy: [MONTH])`}},
	"transactionsAggregate": {sums: model.KindTransaction, ids: map[string]string{"calendarId": `transactionsAggregate(calendarId: <?calendar>, groupBy: [MONTH])`}},

	"auditHead": {plain: "auditHead"}, "verifyAuditTrail": {plain: "verifyAuditTrail"}, "sequence": {plain: "sequence"}, "viewer": {plain: "viewer"}, "tenant": {plain: "tenant"},
	"validateExpression":  {plain: `validateExpression(environment: CREDIT, text: "amount > 1")`},
	"expressionVariables": {plain: "expressionVariables(environment: CREDIT)"},

	"statement": {ids: map[string]string{
		"payeeId": "statement(payeeId: <?payee>, periodId: <period>)", "periodId": "statement(payeeId: <payee>, periodId: <?period>)",
	}},
	"earningsDiff": {ids: map[string]string{
		"input.moments.payeeId":        `earningsDiff(input: {moments: {payeeId: <?payee>, periodId: <period>, from: {sequence: "1"}}})`,
		"input.moments.periodId":       `earningsDiff(input: {moments: {payeeId: <payee>, periodId: <?period>, from: {sequence: "1"}}})`,
		"input.periods.payeeId":        `earningsDiff(input: {periods: {payeeId: <?payee>, periodId: <period>, comparedWithId: <period>}})`,
		"input.periods.periodId":       `earningsDiff(input: {periods: {payeeId: <payee>, periodId: <?period>, comparedWithId: <period>}})`,
		"input.periods.comparedWithId": `earningsDiff(input: {periods: {payeeId: <payee>, periodId: <period>, comparedWithId: <?period>}})`,
	}},
	"planVersionDiff": {ids: map[string]string{
		"fromId": "planVersionDiff(fromId: <?planversion>, toId: <planversion>)", "toId": "planVersionDiff(fromId: <planversion>, toId: <?planversion>)",
	}},
	"howItWorks": {ids: map[string]string{
		"versionId": "howItWorks(versionId: <?planversion>)", "payeeId": "howItWorks(versionId: <planversion>, payeeId: <?payee>)",
	}},
	"planVersionImpact": {ids: map[string]string{
		"versionId": "planVersionImpact(versionId: <?planversion>, periodIds: [<period>])", "periodIds": "planVersionImpact(versionId: <planversion>, periodIds: [<?period>])",
	}},
	"replay": {ids: map[string]string{
		"runId": "replay(runId: <?run>)", "payeeId": "replay(runId: <run>, payeeId: <?payee>)",
	}},
	"simulate": {gives: "totalCount userErrors { path code }", ids: map[string]string{
		"input.periodIds":                         `simulate(input: {periodIds: [<?period>], changes: [{quota: {titleId: <title>, measureId: <measure>, periodId: <period>, amount: "1"}}]})`,
		"input.changes.planVersionId":             `simulate(input: {periodIds: [<period>], changes: [{planVersionId: <?planversion>}]})`,
		"input.changes.quota.positionId":          `simulate(input: {periodIds: [<period>], changes: [{quota: {positionId: <?position>, measureId: <measure>, periodId: <period>, amount: "1"}}]})`,
		"input.changes.quota.titleId":             `simulate(input: {periodIds: [<period>], changes: [{quota: {titleId: <?title>, measureId: <measure>, periodId: <period>, amount: "1"}}]})`,
		"input.changes.quota.measureId":           `simulate(input: {periodIds: [<period>], changes: [{quota: {titleId: <title>, measureId: <?measure>, periodId: <period>, amount: "1"}}]})`,
		"input.changes.quota.periodId":            `simulate(input: {periodIds: [<period>], changes: [{quota: {titleId: <title>, measureId: <measure>, periodId: <?period>, amount: "1"}}]})`,
		"input.changes.rateTable.id":              `simulate(input: {periodIds: [<period>], changes: [{rateTable: {id: <?ratetable>, version: {dimension: MEASURE, rows: [{cell: "0.1"}]}}}]})`,
		"input.changes.assignPlan.planId":         `simulate(input: {periodIds: [<period>], changes: [{assignPlan: {planId: <?plan>, titleId: <title>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.assignPlan.titleId":        `simulate(input: {periodIds: [<period>], changes: [{assignPlan: {planId: <plan>, titleId: <?title>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.assignPlan.positionId":     `simulate(input: {periodIds: [<period>], changes: [{assignPlan: {planId: <plan>, positionId: <?position>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.assignPlan.payeeId":        `simulate(input: {periodIds: [<period>], changes: [{assignPlan: {planId: <plan>, payeeId: <?payee>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.credit.id":                 `simulate(input: {periodIds: [<period>], changes: [{credit: {id: <?credit>}}]})`,
		"input.changes.endPlanAssignment.id":      `simulate(input: {periodIds: [<period>], changes: [{endPlanAssignment: {id: <?planassignment>}}]})`,
		"input.changes.assignPosition.payeeId":    `simulate(input: {periodIds: [<period>], changes: [{assignPosition: {payeeId: <?payee>, positionId: <position>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.assignPosition.positionId": `simulate(input: {periodIds: [<period>], changes: [{assignPosition: {payeeId: <payee>, positionId: <?position>, startDate: "1990-01-01", endDate: "1990-12-31"}}]})`,
		"input.changes.endPositionAssignment.id":  `simulate(input: {periodIds: [<period>], changes: [{endPositionAssignment: {id: <?seat>}}]})`,
		"input.changes.parameter.planId":          `simulate(input: {periodIds: [<period>], changes: [{parameter: {planId: <?plan>, key: "floor", titleId: <title>, startDate: "1990-01-01", value: "1"}}]})`,
		"input.changes.parameter.titleId":         `simulate(input: {periodIds: [<period>], changes: [{parameter: {planId: <plan>, key: "floor", titleId: <?title>, startDate: "1990-01-01", value: "1"}}]})`,
		"input.changes.parameter.positionId":      `simulate(input: {periodIds: [<period>], changes: [{parameter: {planId: <plan>, key: "floor", positionId: <?position>, startDate: "1990-01-01", value: "1"}}]})`,
		"input.changes.parameter.payeeId":         `simulate(input: {periodIds: [<period>], changes: [{parameter: {planId: <plan>, key: "floor", payeeId: <?payee>, startDate: "1990-01-01", value: "1"}}]})`,
	}},
	"testPlanVersion": {ids: map[string]string{"id": "testPlanVersion(id: <?planversion>)"}},
	"whyNot": {gives: "paid complete reasons { code text subject { __typename } }", narrows: []string{"planId"}, ids: map[string]string{
		"input.transaction.payeeId":       "whyNot(input: {transaction: {payeeId: <?payee>, transactionId: <txn>}})",
		"input.transaction.transactionId": "whyNot(input: {transaction: {payeeId: <payee>, transactionId: <?txn>}})",
		"input.transaction.planId":        "whyNot(input: {transaction: {payeeId: <payee>, transactionId: <txn>, planId: <?plan>}})",
		"input.activity.payeeId":          "whyNot(input: {activity: {payeeId: <?payee>, activityId: <activity>}})",
		"input.activity.activityId":       "whyNot(input: {activity: {payeeId: <payee>, activityId: <?activity>}})",
		"input.activity.planId":           "whyNot(input: {activity: {payeeId: <payee>, activityId: <activity>, planId: <?plan>}})",
		"input.component.payeeId":         `whyNot(input: {component: {payeeId: <?payee>, periodId: <period>, componentKey: "override"}})`,
		"input.component.periodId":        `whyNot(input: {component: {payeeId: <payee>, periodId: <?period>, componentKey: "override"}})`,
		"input.component.planId":          `whyNot(input: {component: {payeeId: <payee>, periodId: <period>, componentKey: "override", planId: <?plan>}})`,
	}},
}

// otherTypenames are the kinds of which the walk of a rep finds nothing.
var otherTypenames = map[model.Kind]string{
	model.KindAPIKey: "ApiKey", model.KindAuditEntry: "AuditEntry", model.KindEarningCode: "EarningCode", model.KindCalculationRun: "CalculationRun",
	model.KindFiscalCalendar: "FiscalCalendar", model.KindProduct: "Product", model.KindAccount: "Account", model.KindCreditingRule: "CreditingRule",
	model.KindCreditingException: "CreditingException", model.KindTransactionKind: "TransactionKind", model.KindCreditType: "CreditType", model.KindFXRate: "FXRate",
	model.KindClientApplication: "ClientApplication", model.KindTrustedDocument: "TrustedDocument", model.KindIssuer: "Issuer", model.KindRateTable: "RateTable",
	model.KindTenant: "Tenant", model.KindDelegation: "Delegation",
}

// idPaths are the paths below an argument that take ids, those of a where apart:
// the leak test puts foreign ids into these.
func (m *matrix) idPaths(name string, typ *ast.Type, seen ...string) (out []string) {
	def := m.schema.Types[typ.Name()]
	switch {
	case def.Name == "ID":
		return []string{name}
	case def.Kind != ast.InputObject || strings.HasSuffix(def.Name, "Where") || slices.Contains(seen, def.Name):
		return nil
	}
	for _, f := range def.Fields {
		out = append(out, m.idPaths(name+"."+f.Name, f.Type, append(seen, def.Name)...)...)
	}
	return out
}

// fieldsOf are a root's fields.
func fieldsOf(root *ast.Definition) ast.FieldList {
	return slices.DeleteFunc(slices.Clone(root.Fields), func(f *ast.FieldDefinition) bool { return strings.HasPrefix(f.Name, "__") })
}

// rowsAreWhole says that each root field, each path that takes an id and each type
// of node has its row, and no row is of what there is not.
func (m *matrix) rowsAreWhole(t *testing.T) {
	var rows, want []string
	for name, row := range matrixQueries {
		rows = append(rows, name)
		for path := range row.ids {
			rows = append(rows, name+"."+path)
		}
	}
	for _, f := range fieldsOf(m.schema.Query) {
		if f.Name == "node" || f.Name == "nodes" {
			continue
		}
		want = append(want, f.Name)
		for _, arg := range f.Arguments {
			for _, path := range m.idPaths(arg.Name, arg.Type) {
				want = append(want, f.Name+"."+path)
			}
		}
		nodes := m.schema.Types[f.Type.Name()].Fields.ForName("nodes")
		if list := matrixQueries[f.Name].list; nodes != nil && m.kinds[nodes.Type.Name()] != list {
			t.Errorf("%s lists %s, its row says %s", f.Name, nodes.Type.Name(), list)
		}
	}
	slices.Sort(rows)
	slices.Sort(want)
	harness.Same(t, "the rows of queries", rows, want...)
	var types []string
	for _, def := range m.schema.PossibleTypes["Node"] {
		types = append(types, def.Name)
	}
	slices.Sort(types)
	harness.Same(t, "the kinds of node", slices.Sorted(maps.Keys(m.kinds)), types...)
}

// selected is a selection of all leaves of what a field gives.
func (m *matrix) selected(f *ast.FieldDefinition) string {
	def := m.schema.Types[f.Type.Name()]
	switch {
	case matrixQueries[f.Name].gives != "":
		return " { " + matrixQueries[f.Name].gives + " }"
	case !def.IsCompositeType():
		return ""
	case strings.HasSuffix(def.Name, "GroupConnection"):
		return " { nodes { count } }"
	}
	return " { " + (&walker{schema: m.schema}).leaves(def) + " }"
}

// lists compares each list, and each aggregate's count, with what SQL says.
func (m *matrix) lists(t *testing.T, a *actor) {
	for _, f := range fieldsOf(m.schema.Query) {
		row := matrixQueries[f.Name]
		rows := a.rows(permits(f.Directives))
		what, text := "list", f.Name+"(first: 250%s) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }"
		switch {
		case row.sums != "":
			what, text = "aggregate", f.Name+"%s { nodes { count } }"
		case row.plain != "":
			what, text = "query", row.plain+"%s"+m.selected(f)
		case row.list == "":
			continue
		}
		first := cell{text: fmt.Sprintf(text, "")}
		got := m.ask(t, a, "query", []cell{first})[0]
		hard := slices.ContainsFunc(got.codes, func(code string) bool { return code != "FORBIDDEN" })
		switch {
		case rows == 0:
			m.forbidden(t, a, what, anyRow, first, got)
		case got.null() || hard:
			t.Errorf("%s: %s answers %s", a.name, first.text, got.text)
		case what == "list":
			m.listed(t, a, f, got, text)
		case what == "aggregate":
			m.summed(t, a, f, got)
		default:
			m.count(what, anyRow, "found")
		}
	}
}

// listed reads all of a list, whose first page is given, and compares it with SQL.
func (m *matrix) listed(t *testing.T, a *actor, f *ast.FieldDefinition, got verdict, text string) {
	kind, truth := matrixQueries[f.Name].list, a.truths[a.rows(permits(f.Directives))]
	var want, ids []string
	for _, id := range truth.mine {
		if id.Kind == kind {
			want = append(want, id.String())
		}
	}
	var page struct {
		TotalCount int
		Nodes      []struct{ ID string }
		PageInfo   struct {
			HasNextPage bool
			EndCursor   string
		}
	}
	for {
		if err := json.Unmarshal(got.data, &page); err != nil {
			t.Fatalf("%s: %v", got.text, err)
		}
		for _, n := range page.Nodes {
			ids = append(ids, n.ID)
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		got = m.ask(t, a, "query", []cell{{text: fmt.Sprintf(text, fmt.Sprintf(", after: %q", page.PageInfo.EndCursor))}})[0]
		page.Nodes, page.PageInfo.HasNextPage = nil, false
	}
	for r, some := range a.view {
		if id, has := some[kind]; has && r != missingRow {
			m.count("list", r, map[bool]string{true: "listed", false: "not listed"}[slices.Contains(want, id.String())])
		}
	}
	slices.Sort(want)
	slices.Sort(ids)
	if !slices.Equal(ids, want) || page.TotalCount != len(want) {
		t.Errorf("%s: %s lists %d rows and counts %d, SQL says %d: too many %q, too few %q", a.name, f.Name, len(ids), page.TotalCount, len(want), without(ids, want), without(want, ids))
	}
}

func without(list, but []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(item string) bool { return slices.Contains(but, item) })
}

// summed compares how many rows an aggregate is over with what SQL counts.
func (m *matrix) summed(t *testing.T, a *actor, f *ast.FieldDefinition, got verdict) {
	var groups struct{ Nodes []struct{ Count int } }
	if err := json.Unmarshal(got.data, &groups); err != nil {
		t.Fatalf("%s: %v", got.text, err)
	}
	count := 0
	for _, g := range groups.Nodes {
		count += g.Count
	}
	m.count("aggregate", anyRow, "counted")
	if want := a.truths[a.rows(permits(f.Directives))].count[matrixQueries[f.Name].sums]; count != want {
		t.Errorf("%s: %s is over %d rows, SQL says %d", a.name, f.Name, count, want)
	}
}

// asks tries each path that takes an id with one in each relation.
func (m *matrix) asks(t *testing.T, a *actor) {
	for _, f := range fieldsOf(m.schema.Query) {
		rows := a.rows(permits(f.Directives))
		for _, path := range slices.Sorted(maps.Keys(matrixQueries[f.Name].ids)) {
			template := matrixQueries[f.Name].ids[path]
			narrows := slices.Contains(matrixQueries[f.Name].narrows, path[strings.LastIndex(path, ".")+1:])
			kind := model.Kind(triedText.FindStringSubmatch(template)[1])
			cells, asked := []cell{}, []relation{}
			for _, r := range relations {
				id, has := a.view[r][kind]
				if !has {
					continue
				}
				near := ownRow
				if a.truths[rows].own[id.String()] {
					near = r
				}
				cells, asked = append(cells, cell{a.view.filled(t, template, id, near) + m.selected(f), id.String()}), append(asked, r)
			}
			got := m.ask(t, a, "query", cells)
			for i, r := range asked {
				switch {
				case rows == 0:
					m.forbidden(t, a, "query", r, cells[i], got[i])
				case narrows && a.truths[rows].own[cells[i].id] && !got[i].null() && len(got[i].codes) == 0:
					m.count("query", r, "found")
				default:
					m.judge(t, a, "query", r, cells[i], a.truths[rows].own[cells[i].id], got[i], got[0])
				}
			}
		}
	}
}

// nodes asks for each type of node by node and by nodes, in each relation: a type
// that is not theirs to see is as one that there is not.
func (m *matrix) nodes(t *testing.T, a *actor) {
	for _, name := range slices.Sorted(maps.Keys(m.kinds)) {
		def, kind := m.schema.Types[name], m.kinds[name]
		rows := a.rows(permits(def.Directives))
		for what, text := range map[string]string{"node": "node(id: %q)", "nodes": "nodes(ids: [%q])"} {
			cells, asked := []cell{}, []relation{}
			for _, r := range relations {
				if id, has := a.view[r][kind]; has {
					cells = append(cells, cell{fmt.Sprintf(text, id) + " { __typename id ... on " + name + " { " + (&walker{schema: m.schema}).leaves(def) + " } }", id.String()})
					asked = append(asked, r)
				}
			}
			got := m.ask(t, a, "query", cells)
			for i, r := range asked {
				switch {
				case a.rows("PUBLIC") == 0:
					m.forbidden(t, a, what, r, cells[i], got[i])
				default:
					m.judge(t, a, what, r, cells[i], a.truths[rows].own[cells[i].id], got[i], got[0])
				}
			}
		}
	}
}
