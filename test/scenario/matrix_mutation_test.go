package scenario

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
	"spm/test/harness"
)

// matrixMutations has a row for every root field of Mutation: which paths of its
// input take ids, each with its kind.
var matrixMutations = map[string]string{
	"recordActivities": "", "recordTransactions": "", "setEarningCodes": "", "createFiscalCalendar": "", "createTransactionKind": "", "createCreditType": "", "setFXRates": "",
	"createClientApplication": "", "createIssuer": "", "createTitle": "", "createPlan": "", "createRateTable": "",

	"createApiKey": "positionId:position productId:product applicationId:application", "rotateApiKey": "id:apikey", "revokeApiKey": "id:revoked", "updateApiKey": "id:apikey applicationId:application",
	"addPayAdjustment": "payeeId:payee periodId:period", "reversePayAdjustment": "id:adjustment periodId:period", "approvePayAdjustment": "id:adjustment", "rejectPayAdjustment": "id:adjustment",
	"setOpeningEntries": "entries.payeeId:payee entries.periodId:period entries.planId:plan", "removeOpeningEntry": "id:opening", "releaseHold": "earningId:earning",
	"answerStatement": "periodId:period", "resolveContest": "payeeId:payee periodId:period", "runCalculation": "periodId:paid", "cancelCalculation": "id:run", "retryCalculation": "id:run",
	"openFiscalYear": "calendarId:calendar", "setPayDates": "payDates.periodId:period",
	"createProduct": "parentId:product", "createProducts": "products.parentId:product", "updateProduct": "id:product parentId:product", "addProductAlias": "id:product", "removeProductAlias": "id:product",
	"createAccount": "parentId:account", "createAccounts": "accounts.parentId:account", "updateAccount": "id:account parentId:account", "addAccountAlias": "id:account", "removeAccountAlias": "id:account",
	"submitPeriod": "id:period", "returnPeriod": "id:period", "approvePeriod": "id:period", "closePeriod": "id:period", "requestPeriodReopening": "id:period",
	"approvePeriodReopening": "stepId:periodstep", "payPeriod": "id:period",
	"createCreditingRule": "creditTypeId:credittype positions.positionId:position", "updateCreditingRule": "id:rule positions.positionId:position", "endCreditingRule": "id:rule",
	"assignCreditingException": "id:exception ownerId:former", "resolveCreditingException": "id:exception shares.positionId:position",
	"withdrawExceptionResolution": "transactionId:txn creditTypeId:credittype",
	"updateTransactionKind":       "id:txnkind", "updateCreditType": "id:credittype", "updateClientApplication": "id:application",
	"addTrustedDocuments": "applicationId:application", "retireTrustedDocuments": "ids:document", "updateIssuer": "id:issuer",
	"createMeasure": "creditTypeIds:credittype", "updateMeasure": "id:measure creditTypeIds:credittype",
	"setMeasureValues": "values.measureId:measure values.positionId:position", "removeMeasureValue": "id:measurevalue",
	"createPosition": "titleId:title parentId:position", "updatePosition": "id:position titleId:title parentId:position",
	"createPayee": "ownPosition.titleId:title ownPosition.parentId:position", "updatePayee": "id:payee",
	"assignPosition": "payeeId:payee positionId:position", "endPositionAssignment": "id:seat",
	"setParameterValues": "values.planId:plan values.titleId:title values.positionId:position values.payeeId:payee", "removeParameterValue": "id:parametervalue",
	"createPlanVersion": "planId:plan calendarId:calendar " + planContent, "updatePlanVersion": "id:planversion calendarId:calendar " + planContent,
	"submitPlanVersion": "id:planversion", "returnPlanVersion": "id:planversion", "approvePlanVersion": "id:planversion", "publishPlanVersion": "id:planversion", "retirePlanVersion": "id:planversion",
	"assignPlan": "planId:plan titleId:title positionId:position payeeId:payee", "endPlanAssignment": "id:planassignment", "importPlanVersion": "planId:planof",
	"setQuotas": "quotas.positionId:position quotas.titleId:title quotas.measureId:measure quotas.periodId:period", "removeQuota": "id:quota",
	"setRateTableVersion": "id:ratetable", "createTeam": "members.positionId:position", "updateTeam": "id:team members.positionId:position",
	"createUser": "payeeId:payee", "updateUser": "id:user payeeId:payee",
	"createDelegation": "giverId:user receiverId:user", "endDelegation": "id:delegation",
}

// planContent are the paths of what a plan version consists of.
const planContent = `components.measureId:measure components.rateTableId:ratetable components.lookedUpById:measure components.goals.measureId:measure
	components.goals.rateTableId:ratetable components.sources.planId:plan components.teamId:team tests.titleId:title tests.quotas.measureId:measure tests.values.measureId:measure tests.facts.creditTypeId:credittype`

// matrixInputs are parts of inputs that are given so that a mutation is refused after
// its ids were looked up, where an input with an empty text or an old version is
// refused before, or not at all. After @ stands the path that is tried; without it
// they are given at whatever path, and with <? at that of the id that is tried.
var matrixInputs = map[string]string{
	"setPayDates payDates.ifVersion": "999", "setQuotas quotas.ifVersion": "999",
	"retireTrustedDocuments ids": "[<?document>, <!document>]",
	"createPayee externalId":     `"NEW"`, "createPayee name": `"New"`,
	"createPayee ownPosition.parentId@ownPosition.titleId": "<!position>", "createPayee ownPosition.titleId@ownPosition.parentId": "<!title>",
	"assignCreditingException ifVersion@ownerId": "1", "resolveCreditingException ifVersion@shares.positionId": "1",
	"updatePlanVersion id@calendarId": "<draft>", "updatePlanVersion ifVersion@calendarId": "1", "updatePlanVersion endDate@calendarId": `"1999-01-01"`,
	"updatePlanVersion id@components": "<draft>", "updatePlanVersion ifVersion@components": "1",
	"updatePlanVersion id@tests": "<draft>", "updatePlanVersion ifVersion@tests": "1",
	"importPlanVersion text": "<text>",
}

// given gives the part of an input that is given at a path, "" where none is.
func (a *attempt) given(path string) string {
	text := matrixInputs[a.f.Name+" "+path]
	for _, tried := range []string{a.path, strings.Split(a.path, ".")[0]} {
		if of, is := matrixInputs[a.f.Name+" "+path+"@"+tried]; is {
			text = of
		}
	}
	if path == a.path && !strings.Contains(text, "<?") {
		return ""
	}
	return text
}

// elsewhere are the paths at which an id that is not found is told, where it is not
// its own.
var elsewhere = map[string]string{"resolveContest.payeeId": "input.periodId"}

// alike are the paths at which what is found is answered as what is not: nothing was
// settled for the credit type.
var alike = []string{"withdrawExceptionResolution.creditTypeId"}

// ofTheTenant are the paths at which any row of the tenant is found, whatever rows the
// permission opens: who receives a delegation, whose id only they could have told.
var ofTheTenant = []string{"createDelegation.receiverId"}

// forThemselves is what who only reads may write: about their own pay and roles.
var forThemselves = []auth.Permission{auth.StatementAnswer, auth.DelegationWrite}

// more are ids of which there is one of a kind that a mutation needs, by the kind's
// name in the rows: what is no noun, or in a state in which nothing is written.
var more = map[model.Kind]struct {
	kind model.Kind
	sql  string
}{
	model.KindPeriodStep: {model.KindPeriodStep, `SELECT id::text FROM period_step WHERE tenant_id = $1`},
	"paid":               {model.KindPeriod, `SELECT id::text FROM period WHERE tenant_id = $1 AND status = 'PAID' AND tx_to = ` + forever},
	"draft":              {model.KindPlanVersion, `SELECT id::text FROM plan_version WHERE tenant_id = $1 AND state = 'DRAFT' AND tx_to = ` + forever},
	"former":             {model.KindUser, `SELECT id::text FROM app_user WHERE tenant_id = $1 AND NOT active AND tx_to = ` + forever},
	"revoked":            {model.KindAPIKey, `SELECT id::text FROM api_key WHERE tenant_id = $1 AND revoked_at IS NOT NULL AND tx_to = ` + forever},
	"planof":             {model.KindPlan, `SELECT id::text FROM plan WHERE tenant_id = $1 AND external_id = 'REPS' AND tx_to = ` + forever},
}

// mutationRowsAreWhole says that each mutation and each path of it that takes an id
// has its row.
func (m *matrix) mutationRowsAreWhole(t *testing.T) {
	var rows, want []string
	for name, ids := range matrixMutations {
		rows = append(rows, name)
		for id := range strings.FieldsSeq(ids) {
			path, _, _ := strings.Cut(id, ":")
			rows = append(rows, name+".input."+path)
		}
	}
	for _, f := range fieldsOf(m.schema.Mutation) {
		want = append(want, f.Name)
		for _, path := range m.idPaths("input", f.Arguments.ForName("input").Type) {
			want = append(want, f.Name+"."+path)
		}
	}
	slices.Sort(rows)
	slices.Sort(want)
	harness.Same(t, "the rows of mutations", rows, want...)
}

// attempt is an input in the making: of a mutation, with an id that is tried at a
// path.
type attempt struct {
	m     *matrix
	t     *testing.T
	f     *ast.FieldDefinition
	view  view
	kinds map[string]model.Kind // by path
	path  string
	id    model.ID
}

// write writes the value of a type at a path.
func (a *attempt) write(path string, typ *ast.Type) string {
	a.t.Helper()
	switch given := a.given(path); given {
	case "":
	case "<text>":
		text, _ := json.Marshal(a.m.planText(a.view))
		return string(text)
	default:
		return a.view.filled(a.t, given, a.id, ownRow)
	}
	if typ.Elem != nil {
		return "[" + a.write(path, typ.Elem) + "]"
	}
	def := a.m.schema.Types[typ.NamedType]
	switch {
	case def.Name == "ID" && path == a.path:
		return fmt.Sprintf("%q", a.id)
	case def.Name == "ID":
		return a.view.filled(a.t, "<"+string(a.kinds[path])+">", a.id, ownRow)
	case def.Name == "String":
		return `""`
	case def.Name == "Int" && strings.HasSuffix(path, "ifVersion"):
		return "999"
	case def.Kind != ast.InputObject:
		return (&walker{schema: a.m.schema}).sample(typ, 0)
	}
	return "{" + strings.Join(a.fields(path, def), ", ") + "}"
}

// fields writes the fields of an input that it needs, that are given, and that lead
// to the id that is tried.
func (a *attempt) fields(path string, def *ast.Definition) (out []string) {
	for _, field := range def.Fields {
		at := strings.TrimPrefix(path+"."+field.Name, ".")
		given := a.path == at || strings.HasPrefix(a.path, at+".") || a.given(at) != ""
		for place := range matrixInputs {
			place, tried, only := strings.Cut(place, "@")
			given = given || strings.HasPrefix(place, a.f.Name+" "+at+".") && (!only || tried == a.path)
		}
		if given || field.Type.NonNull && field.DefaultValue == nil {
			out = append(out, field.Name+": "+a.write(at, field.Type))
		}
	}
	return out
}

// told is the path at which a user error speaks of the id.
func (a *attempt) told() string {
	if a.path == "" {
		return ""
	}
	if other, is := elsewhere[a.f.Name+"."+a.path]; is {
		return other
	}
	out, typ := "input", a.f.Arguments.ForName("input").Type
	for step := range strings.SplitSeq(a.path, ".") {
		typ = a.m.schema.Types[typ.Name()].Fields.ForName(step).Type
		out += "." + step
		if typ.Elem != nil {
			out += ".0"
		}
	}
	return out
}

// cell is the mutation with the input.
func (a *attempt) cell() cell {
	text := fmt.Sprintf("%s(input: %s) { userErrors { path code message }", a.f.Name, a.write("", a.f.Arguments.ForName("input").Type))
	for _, field := range a.m.schema.Types[a.f.Type.Name()].Fields {
		if def := a.m.schema.Types[field.Type.Name()]; def.IsCompositeType() && def.Name != "UserError" && def.Name != "Query" {
			text += " " + field.Name + " { __typename }"
		}
	}
	return cell{text + " }", a.id.String()}
}

// mutations tries each mutation with an id in each relation at each path that takes
// one. All are refused: for want of the permission, for the id, or, where it is
// found, for something else; nothing is written.
func (m *matrix) mutations(t *testing.T, a *actor) {
	for _, f := range fieldsOf(m.schema.Mutation) {
		kinds, paths := map[string]model.Kind{}, []string{""}
		for id := range strings.FieldsSeq(matrixMutations[f.Name]) {
			path, kind, _ := strings.Cut(id, ":")
			kinds[path], paths = model.Kind(kind), append(paths, path)
		}
		if len(paths) > 1 {
			paths = paths[1:]
		}
		for _, path := range paths {
			m.mutation(t, a, attempt{m: m, t: t, f: f, view: a.view, kinds: kinds, path: path})
		}
	}
}

// mutation tries a mutation with ids at one path.
func (m *matrix) mutation(t *testing.T, a *actor, try attempt) {
	cells, asked := []cell{}, []relation{}
	for _, r := range relations {
		id, has := a.view[r][try.kinds[try.path]]
		if try.path != "" && !has || try.path == "" && r != missingRow {
			continue
		}
		try.id = id
		if cells = append(cells, try.cell()); try.path == "" {
			r = anyRow
		}
		asked = append(asked, r)
	}
	rows := a.rows(permits(try.f.Directives))
	if a.reads && rows != auth.NoRows && !slices.Contains(forThemselves, permits(try.f.Directives)) {
		t.Errorf("%s reads only, and the policy lets them %s", a.name, try.f.Name)
	}
	got := m.ask(t, a, "mutation", cells)
	for i, r := range asked {
		found := a.truths[rows].own[cells[i].id] || rows == auth.All && r == ownRow && try.kinds[try.path] == model.KindPeriodStep ||
			slices.Contains(ofTheTenant, try.f.Name+"."+try.path) && slices.Contains([]relation{ownRow, subtreeRow, foreignRow}, r)
		errs := refusals(got[i])
		hard := got[i].null() || len(got[i].codes) > 0
		told := slices.Contains(errs, try.told()+" NOT_FOUND")
		switch {
		case rows == 0:
			m.forbidden(t, a, "mutation", r, cells[i], got[i])
		case try.path == "":
			m.count("mutation", anyRow, "heard")
			if hard {
				t.Errorf("%s: %s answers %s", a.name, cells[i].text, got[i].text)
			}
		case !found:
			m.count("mutation", r, "as missing")
			if hard || !told || got[i].text != got[0].text {
				t.Errorf("%s: %s (%s) answers %s, an id that nobody has %s", a.name, cells[i].text, r, got[i].text, got[0].text)
			}
		default:
			m.count("mutation", r, "found")
			if hard || !slices.Contains(alike, try.f.Name+"."+try.path) && (told || got[i].text == got[0].text) {
				t.Errorf("%s: %s (%s) is within their rows, and answers %s", a.name, cells[i].text, r, got[i].text)
			}
		}
	}
}

// planText is the text of the version that there is of the plan planof.
func (m *matrix) planText(v view) string {
	h := m.h
	if !slices.Contains(m.h.Strings(`SELECT id::text FROM plan WHERE tenant_id = $1`, m.h.Tenant), v[ownRow]["planof"].UUID().String()) {
		h = m.beside
	}
	return h.Do(h.Admin(), `query($p: ID!) { planVersions(where: {planId: {eq: $p}, number: {eq: 1}}) { nodes { text } } }`, vars{"p": v[ownRow]["planof"].String()}).String("planVersions", "nodes", 0, "text")
}

// refusals are a payload's user errors, each as "dotted.path CODE".
func refusals(v verdict) (out []string) {
	var payload struct {
		UserErrors []struct {
			Path []string
			Code string
		}
	}
	_ = json.Unmarshal(v.data, &payload)
	for _, e := range payload.UserErrors {
		out = append(out, strings.Join(e.Path, ".")+" "+e.Code)
	}
	return out
}
