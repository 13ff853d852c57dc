package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
	"spm/test/harness"
)

var (
	tokenText = regexp.MustCompile(`"[^"]*"|\.\.\.|[{}()\[\]:!]|[\w-]+`)
	fieldText = regexp.MustCompile(`\b[a-z_]\w*\b`)
	requestID = regexp.MustCompile(`"requestId":"[^"]*"|,"left":\d+,"reset":\d+`)
)

var typenames = map[model.Kind]string{
	model.KindPayee: "Payee", model.KindPosition: "Position", model.KindPositionAssignment: "PositionAssignment", model.KindUser: "User",
	model.KindTransaction: "Transaction", model.KindCredit: "Credit", model.KindQuota: "Quota", model.KindMeasureValue: "MeasureValue", model.KindActivity: "Activity", model.KindPlanAssignment: "PlanAssignment",
	model.KindParameterValue: "ParameterValue", model.KindTeam: "Team",
	model.KindPlan: "Plan", model.KindPlanVersion: "PlanVersion", model.KindMeasure: "Measure", model.KindEarning: "Earning",
	model.KindProblem: "Problem", model.KindStatement: "Statement", model.KindTitle: "Title", model.KindPeriod: "Period",
	model.KindPayAdjustment: "PayAdjustment", model.KindOpeningEntry: "OpeningEntry", model.KindPayment: "Payment",
}

// lists are the lists whose length SQL tells.
var lists = map[string]model.Kind{
	"payees": model.KindPayee, "positions": model.KindPosition, "positionAssignments": model.KindPositionAssignment, "users": model.KindUser, "delegations": model.KindDelegation,
	"transactions": model.KindTransaction, "credits": model.KindCredit, "quotas": model.KindQuota, "measureValues": model.KindMeasureValue, "activities": model.KindActivity, "planAssignments": model.KindPlanAssignment,
	"parameterValues": model.KindParameterValue, "teams": model.KindTeam,
	"plans": model.KindPlan, "planVersions": model.KindPlanVersion, "measures": model.KindMeasure, "rateTables": model.KindRateTable,
	"earnings": model.KindEarning, "problems": model.KindProblem, "titles": model.KindTitle, "periods": model.KindPeriod,
	"payAdjustments": model.KindPayAdjustment, "openingEntries": model.KindOpeningEntry, "payments": model.KindPayment,
}

// TestNobodySeesAnothersPay walks the schema as several people and compares
// each id and amount with what SQL says they may see.
func TestNobodySeesAnothersPay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	beside := h.Beside("beside")
	newSecrets(beside, "2").paid("2")
	s := newSecrets(h, "1")
	s.paid("1")
	ann := s.rep("ann")
	s.handedOver("boss", "eve")
	people := []whose{ann, s.manager("boss", "ann", "bob"), s.rep("bob"), s.manager("eve", "dan")}
	beforehand := fmt.Sprintf("%q", s.mistaken.Format(time.RFC3339Nano))
	for i, who := range people {
		depth := 5
		if i > 0 {
			depth = 3
		}
		w := newWalker(t, h, who, false)
		w.walk(w.roots(), depth)
		w.walk(w.nodes(), min(depth, 4))
		w.everyIDIsSeen()
		w.counts()
		if who.self != "bob" { // a rep as ann is
			w.foreignIDs(i == 0)
		}
		past := newWalker(t, h, who, true)
		past.asOf, past.on = beforehand, `"2017-08-15"`
		past.walk(past.roots(), min(depth, 4))
		t.Logf("%s: %d paths, %d of them with rows, %d too deep for one document, %d documents, %d ids seen, %d foreign ids and %d foreign texts put in or looked for; as of before: %d paths, %d documents",
			who.self, w.paths, w.live, w.tooDeep, w.documents, len(w.seen), len(w.truth.ids), len(w.truth.foreign), past.paths, past.documents)
	}
	stranger := newWalker(t, h, whose{self: "a stranger"}, false)
	stranger.walk(stranger.roots(), 6)
	if stranger.live != 0 {
		t.Errorf("a stranger sees %d fields", stranger.live)
	}
	other := newWalker(t, h, whose{self: "another tenant's admin", token: beside.Admin()}, false)
	other.truth.onlyTenant(h, beside.Tenant, true)
	other.walk(other.roots(), 3)
	other.foreignIDs(false)
	changesNothing(t, h, newWalker(t, h, ann, false))
	rolesAndFields(t, h, newWalker(t, h, ann, false))
}

// everyIDIsSeen says that the walk reached what there is to see, so that what
// it did not find was really kept from it.
func (w *walker) everyIDIsSeen() {
	for _, id := range w.truth.mine {
		if typenames[id.Kind] != "" && id.Kind != model.KindStatement && id.Kind != model.KindPeriod && !w.seen[id.String()] {
			w.tb.Errorf("%s does not see %s, which SQL says to be theirs", w.who.self, id)
		}
	}
}

// counts compares each list's totalCount with SQL's.
func (w *walker) counts() {
	for list, kind := range lists {
		data := w.h.Do(w.who.token, "{ "+list+" { totalCount } }", nil)
		if n := int(data.At(list, "totalCount").V.(float64)); n != w.truth.count[kind] {
			w.tb.Errorf("%s: %s has totalCount %d, SQL says %d", w.who.self, list, n, w.truth.count[kind])
		}
	}
}

// foreignIDs puts every foreign id into every argument that takes one, and
// expects the very answer that an id gets which nobody has.
func (w *walker) foreignIDs(everywhere bool) {
	missing := make([]model.ID, len(w.truth.ids))
	for i, id := range w.truth.ids {
		missing[i] = nobodys(id)
		if everywhere {
			w.same(`query($id: ID!) { node(id: $id) { __typename id } }`, id, missing[i])
		}
	}
	for from := 0; from < len(missing); from += 100 {
		to := min(from+100, len(missing))
		w.same(`query($id: [ID!]!) { nodes(ids: $id) { __typename id } }`, w.truth.ids[from:to], missing[from:to])
	}
	for _, period := range w.truth.mine {
		if period.Kind != model.KindPeriod {
			continue
		}
		for i, id := range w.truth.ids {
			if id.Kind == model.KindPayee {
				w.same(fmt.Sprintf(`query($id: ID!) { statement(payeeId: $id, periodId: %q) { id complete totals { amount } } }`, period), id, missing[i])
			}
		}
		break
	}
	w.whyNot(missing)
	w.earningsDiff(missing)
	for _, f := range w.schema.Query.Fields {
		if arg := f.Arguments.ForName("where"); arg != nil {
			w.filters(f, w.schema.Types[arg.Type.Name()], missing, everywhere)
			w.related(f, w.schema.Types[arg.Type.Name()], missing, map[bool]int{true: 2, false: 1}[everywhere])
		}
	}
}

// nobodys is an id like another, which nobody has.
func nobodys(id model.ID) model.ID {
	return model.ID{Kind: id.Kind, Key: strings.Repeat("\x55", len(id.Key))}
}

// whyNot asks of every transaction why it did not pay whom the caller may ask for:
// what it answers has no id or amount of others. Of payees of others it answers
// as of nobody.
func (w *walker) whyNot(missing []model.ID) {
	const answer = `{ paid payee { id } transaction { id } payments { amount { amount currency } lines { measured exact amount { amount currency } credit { id } } earning { id amount { amount currency } } }
		reasons { code text value bound subject { __typename id } position { id } plan { id } period { id } creditType { id } } }`
	var own, deals []model.ID
	for _, id := range slices.Concat(w.truth.mine, w.truth.ids) {
		if id.Kind == model.KindTransaction {
			deals = append(deals, id)
		}
	}
	for _, id := range w.truth.mine {
		if id.Kind == model.KindPayee {
			own = append(own, id)
		}
	}
	for i, deal := range deals {
		for _, payee := range own {
			w.send(fmt.Sprintf(`{ whyNot(input: {transaction: {payeeId: %q, transactionId: %q}}) %s }`, payee, deal, answer))
		}
		for j, id := range w.truth.ids {
			if id.Kind == model.KindPayee && i < 3 {
				w.same(fmt.Sprintf(`query($id: ID!) { whyNot(input: {transaction: {payeeId: $id, transactionId: %q}}) { paid reasons { text } } }`, deal), id, missing[j])
			}
		}
	}
}

// earningsDiff asks of whom the caller may ask for what two periods and two moments
// differ by, and of others as of nobody.
func (w *walker) earningsDiff(missing []model.ID) {
	const answer = `{ change { amount currency } from { totals { amount currency } } to { totals { amount currency } }
		causes { cause totals { amount currency } parts { componentKey amount { amount currency } position { id } plan { id } } changes(first: 250) { nodes { name before after amount { amount currency } object { __typename id } } } } }`
	var periods, own []model.ID
	for _, id := range w.truth.mine {
		switch id.Kind {
		case model.KindPeriod:
			periods = append(periods, id)
		case model.KindPayee:
			own = append(own, id)
		}
	}
	for i := range min(len(periods), 6) {
		for _, payee := range own {
			w.send(fmt.Sprintf(`{ earningsDiff(input: {moments: {payeeId: %q, periodId: %q, from: {sequence: "1"}}}) %s }`, payee, periods[i], answer))
			w.send(fmt.Sprintf(`{ earningsDiff(input: {periods: {payeeId: %q, periodId: %q, comparedWithId: %q}}) %s }`, payee, periods[i], periods[0], answer))
		}
		for j, id := range w.truth.ids {
			if id.Kind == model.KindPayee && i < 2 {
				w.same(fmt.Sprintf(`query($id: ID!) { earningsDiff(input: {periods: {payeeId: $id, periodId: %q, comparedWithId: %q}}) { change { amount } } }`, periods[i], periods[0]), id, missing[j])
			}
		}
	}
}

func (w *walker) filters(f *ast.FieldDefinition, where *ast.Definition, missing []model.ID, everywhere bool) {
	s, _ := w.step(f, 1)
	for _, by := range where.Fields {
		var theirs, nobodys, someTheirs, someNobodys []string
		sampled := map[model.Kind]bool{}
		switch by.Type.Name() {
		case "IDFilter":
			for i, id := range w.truth.ids {
				theirs, nobodys = append(theirs, id.String()), append(nobodys, missing[i].String())
				if !sampled[id.Kind] {
					sampled[id.Kind] = true
					someTheirs, someNobodys = append(someTheirs, id.String()), append(someNobodys, missing[i].String())
				}
			}
		case "StringFilter":
			for text := range w.truth.foreign {
				if !idText.MatchString(text) {
					theirs, nobodys = append(theirs, text), append(nobodys, "nobody's "+text)
				}
			}
			someTheirs, someNobodys = theirs[:min(20, len(theirs))], nobodys[:min(20, len(nobodys))]
		default:
			continue
		}
		pages := []string{"first: 250", "last: 250", "first: 0"}
		if !everywhere {
			pages = pages[:1]
		}
		for _, page := range pages {
			query := fmt.Sprintf("query($w: %s) { %s(where: $w, %s) { totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { %s } } }",
				where.Name, f.Name, page, w.leaves(s.typ))
			for from := 0; from < len(theirs); from += 250 {
				to := min(from+250, len(theirs))
				w.same(query, map[string]any{by.Name: map[string]any{"in": theirs[from:to]}}, map[string]any{by.Name: map[string]any{"in": nobodys[from:to]}})
			}
		}
		for from := 0; everywhere && from < len(someTheirs); from += 10 {
			to := min(from+10, len(someTheirs))
			w.equal("many "+f.Name+" by "+by.Name, w.each(f.Name, by.Name, someTheirs[from:to]), w.each(f.Name, by.Name, someNobodys[from:to]), nil)
		}
	}
}

// each asks a list once for each value of a filter.
func (w *walker) each(list, by string, values []string) string {
	query := "{"
	for i, v := range values {
		query += fmt.Sprintf(" a%d: %s(where: {%s: {eq: %q}}, last: 5) { totalCount nodes { __typename } }", i, list, by, v)
	}
	w.documents++
	// Root fields run side by side, so their errors come in any order.
	parts := regexp.MustCompile(`\{"message"|\],"data"|"locations":[^}]*\}\],`).Split(w.bytes(query+" }", nil), -1)
	for i := range parts {
		parts[i] = strings.Trim(parts[i], ",")
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// same sends a document with what is another's and with what nobody has, and
// expects equal bytes.
func (w *walker) same(query string, theirs, nobodys any) {
	w.tb.Helper()
	name := "id"
	if strings.HasPrefix(query, "query($w") {
		name = "w"
	}
	w.documents += 2
	answer := make(chan string)
	go func() { answer <- w.bytes(query, map[string]any{name: nobodys}) }()
	a := w.bytes(query, map[string]any{name: theirs})
	w.equal(query, a, <-answer, theirs)
}

func (w *walker) equal(query, a, b string, theirs any) {
	w.tb.Helper()
	if a != b {
		w.tb.Errorf("%s: %s with %v: another's answers %s, nobody's %s", w.who.self, query, theirs, a, b)
	}
}

func (w *walker) bytes(query string, variables any) string {
	body, _ := json.Marshal(map[string]any{"query": query, "variables": variables})
	req, err := http.NewRequestWithContext(w.h.Context(), http.MethodPost, w.h.URL, bytes.NewReader(body))
	if err != nil {
		w.tb.Error(err)
		return ""
	}
	req.Header.Set("Content-Type", "application/json")
	if w.who.token != "" {
		req.Header.Set("Authorization", "Bearer "+w.who.token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.tb.Error(err)
		return ""
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.tb.Error(err)
		return ""
	}
	return fmt.Sprint(res.StatusCode, " ", requestID.ReplaceAllString(string(raw), ""))
}

// onlyTenant is the truth of somebody who sees all of one tenant. ever lets rows
// of the past pass too.
func (t *truth) onlyTenant(h *harness.Harness, tenant uuid.UUID, ever bool) {
	t.own, t.foreign, t.ids, t.mine, t.count = map[string]bool{}, map[string]bool{}, nil, nil, map[model.Kind]int{}
	h.Owner(func(conn *pgx.Conn) {
		for _, n := range nouns() {
			n.own = "r.tenant_id = $1"
			key := n.key + ", 0::bigint"
			if n.key == "r.id" {
				key = "'{}'::uuid[], r.id"
			}
			numbers := n.numbers
			if numbers == "" {
				numbers = "'{}'::numeric[]"
			}
			ask(h, conn, fmt.Sprintf(`SELECT %s, ARRAY(SELECT trim_scale(abs(x))::text FROM unnest(%s) x WHERE x IS NOT NULL), %s, %s FROM %s`, key, numbers, n.now, n.own, n.from),
				[]any{tenant}, func(rows pgx.Rows) error { return t.take(rows, n, ever) })
		}
	})
	t.settle()
}

// everyRow sums up each table but those of budgets and jobs.
func everyRow(h *harness.Harness, but ...string) string {
	var counts []string
	for _, table := range h.Strings(`SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'river%' AND relname <> 'budget' ORDER BY 1`) {
		if !slices.Contains(but, table) {
			counts = append(counts, table+h.Strings(`SELECT ' ' || count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM ` + table + ` t`)[0])
		}
	}
	return strings.Join(counts, "\n")
}

// changesNothing sends every mutation as a rep: all are FORBIDDEN, but for a
// rep's answer to its own statement, and no table changes.
func changesNothing(t *testing.T, h *harness.Harness, w *walker) {
	own := []string{"answerStatement", "createDelegation", "endDelegation"} // refused for what is in them
	before := everyRow(h)
	for _, f := range w.schema.Mutation.Fields {
		query := "mutation { " + f.Name + "(input: " + w.sample(f.Arguments.ForName("input").Type, 0) + ") { clientMutationId } }"
		if code := h.Denied(w.who.token, query, nil); code != "FORBIDDEN" && !slices.Contains(own, f.Name) {
			t.Errorf("%s as a rep: %q", query, code)
		}
	}
	if after := everyRow(h); after != before {
		t.Errorf("a rep's mutations changed rows:\n%s\n%s", before, after)
	}
	t.Logf("%d mutations refused", len(w.schema.Mutation.Fields))
}

// rolesAndFields asks each root field in each role.
func rolesAndFields(t *testing.T, h *harness.Harness, w *walker) {
	asked := 0
	for _, role := range []model.Role{
		model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor, model.RoleTenantAdmin,
	} {
		token := h.Token(nil, role)
		for _, f := range w.schema.Query.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			var args []string
			for _, a := range f.Arguments {
				if a.Type.NonNull {
					args = append(args, a.Name+": "+w.sample(a.Type, 0))
				}
			}
			query := "{ " + f.Name
			if len(args) > 0 {
				query += "(" + strings.Join(args, ", ") + ")"
			}
			if w.schema.Types[f.Type.Name()].IsCompositeType() {
				query += " { __typename }"
			}
			query += " }"
			do := auth.Permission(f.Directives.ForName("can").Arguments.ForName("do").Value.Raw)
			want := ""
			if auth.RowsOf([]model.Role{role}, do) == auth.NoRows {
				want = "FORBIDDEN"
			}
			if got := h.Denied(token, query, nil); got != want {
				t.Errorf("%s %s: %q, want %q", role, query, got, want)
			}
			asked++
		}
	}
	t.Logf("%d pairs of role and root field", asked)
}
