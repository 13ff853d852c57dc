package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// lawful is a small company in which there is a row of everything that the
// laws speak of: splits, a revision, a return, an exception, one resolved by
// hand, a problem, results that were replaced, and each noun.
func lawful(t *testing.T) *small {
	t.Helper()
	h := harness.New(t)
	s := newSmall(h)
	admin := h.Admin()
	newKey(h, nil)
	stands := h.Token(nil, model.RoleRep)
	h.Do(harness.As(stands, delegate(h, h.Token(nil, model.RoleSalesOps), stands, model.RoleSalesOps)), `mutation { createTitle(input: {externalId: "BY", name: "By"}) { userErrors { path message } } }`, nil)
	newApplication(h, "Portal", text(whoText))
	newIssuer(h, "https://id.example.com")
	h.Do(admin, `mutation($q: ID!, $t: ID!, $m: ID!, $p: ID!, $ann: ID!) {
		createTeam(input: {externalId: "T", name: "T", members: [{positionId: $ann}]}) { userErrors { path message } }
		createProducts(input: {products: [{externalId: "GTX", name: "GTX"}]}) { userErrors { path message } }
		createAccounts(input: {accounts: [{externalId: "ACME", name: "Acme"}]}) { userErrors { path message } }
		setFXRates(input: {rates: [{fromCurrency: "GBP", toCurrency: "USD", date: "2017-01-01", rate: "1.25"}]}) { userErrors { path message } }
		setQuotas(input: {quotas: [{titleId: $t, measureId: $m, periodId: $q, amount: "1000"}]}) { userErrors { path message } }
		setParameterValues(input: {values: [{planId: $p, key: "factor", startDate: "2017-01-01", value: "1"}]}) { userErrors { path message } }
		createRateTable(input: {key: "T", name: "T", version: {dimension: ATTAINMENT, rows: [{from: "0", cell: "0.1"}]}}) { userErrors { path message } }
	}`, map[string]any{"q": s.period("2017-Q1"), "t": s.repTitle, "m": s.own, "p": s.repPlan, "ann": s.positions["ann"]})
	h.Do(admin, setValues, map[string]any{"v": []any{map[string]any{"measureId": createdMeasure(h, "HOURS"), "date": "2017-01-12", "value": "7.5"}}})
	h.Do(admin, recordActivities, map[string]any{"a": []any{activity("V1", "MEETING", "ann", "2017-01-12")}})
	split := s.sell("ann", "2017-01-12", "100.01")
	split["sellers"] = []any{map[string]any{"payee": "ann", "share": "0.5"}, map[string]any{"payee": "bob", "share": "0.5"}}
	sold, kept := s.sell("bob", "2017-02-03", "500"), s.sell("bob", "2017-03-03", "250")
	misspelt, resolved := s.sell("ann", "2017-01-20", "70"), s.sell("bob", "2017-01-21", "80")
	misspelt["product"], resolved["product"] = "G T X", "GXT"
	foreign, pounds := s.sell("ann", "2017-05-02", "10"), s.sell("ann", "2017-06-02", "10")
	foreign["currency"], pounds["currency"] = "EUR", "GBP"
	record(h, []map[string]any{split, sold, kept, misspelt, resolved, foreign, pounds}, 3)
	h.Settle()
	kept["amount"], kept["sourceRevision"] = "275", "2"
	back := s.sell("bob", "2017-04-01", "-500")
	back["kind"], back["relatesTo"] = "RETURN", map[string]any{"type": "REVERSES", "externalId": sold["externalId"]}
	delete(back, "sellers")
	record(h, []map[string]any{kept, back}, 1)
	queue := h.Do(admin, `{ creditingExceptions { nodes { id version transaction { externalId } } } }`, nil)
	for _, e := range queue.List("creditingExceptions", "nodes") {
		if e.String("transaction", "externalId") == resolved["externalId"] {
			h.Do(admin, `mutation($input: ResolveCreditingExceptionInput!) { resolveCreditingException(input: $input) { userErrors { path message } } }`,
				input("id", e.String("id"), "ifVersion", e.At("version").V, "reason", "the seller says so",
					"shares", []any{map[string]any{"positionId": s.positions["ann"], "share": "1"}}))
		}
	}
	h.Settle()
	s.payAdjusted()
	return s
}

// payAdjusted closes and pays a month of a calendar of its own, in which ann is
// paid what was added by hand and brought at go-live; before it is closed there is
// time for more.
func (s *small) payAdjusted(more ...func(month string)) {
	h, admin, finance, payer := s.h, s.h.Admin(), s.h.Token(nil, model.RoleFinance), s.h.Token(nil, model.RoleFinance, model.RoleAuditor)
	calendar := h.Do(admin, `mutation { createFiscalCalendar(input: {externalId: "EXTRA", name: "Extra"}) { calendar { id } userErrors { message } } }`, nil).String("createFiscalCalendar", "calendar", "id")
	opened := h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2017}) { periods { id name } userErrors { message } } }`, map[string]any{"c": calendar})
	month := ""
	for _, p := range opened.List("openFiscalYear", "periods") {
		if p.String("name") == "2017-01" {
			month = p.String("id")
		}
	}
	ann := s.payees["ann"]
	made := h.Do(admin, `mutation($m: ID!, $ann: ID!) {
		setEarningCodes(input: {codes: [{code: "EXTRA", section: "Extra"}]}) { userErrors { path message } }
		setOpeningEntries(input: {entries: [{externalId: "O1", payeeId: $ann, periodId: $m, account: PAYABLE, amount: {amount: "7", currency: "USD"}}]}) { userErrors { path message } }
		addPayAdjustment(input: {externalId: "A1", payeeId: $ann, periodId: $m, amount: {amount: "5", currency: "USD"}, reasonCode: "R", reason: "a gift", earningCode: "EXTRA"}) { payAdjustment { id } userErrors { path message } }
	}`, map[string]any{"m": month, "ann": ann.String()})
	h.Do(finance, `mutation($a: ID!) { approvePayAdjustment(input: {id: $a, ifVersion: 1}) { userErrors { path message } } }`, map[string]any{"a": made.String("addPayAdjustment", "payAdjustment", "id")})
	h.Settle()
	plan := h.Do(admin, `mutation { createPlan(input: {externalId: "HELD", name: "Held"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{map[string]any{"key": "held", "measureId": s.own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.01",
		"condition": "kind == 'NONE'", "release": []any{map[string]any{"name": "by hand", "share": "1", "trigger": "PERSON"}}}}, map[string]any{"payeeId": ann.String()})
	h.Settle()
	earning := h.Do(admin, `query($ann: ID!) { earnings(where: {payeeId: {eq: $ann}, componentKey: {eq: "held"}}, first: 1) { nodes { id } } }`, map[string]any{"ann": ann.String()}).String("earnings", "nodes", 0, "id")
	h.Do(admin, `mutation($e: ID!) { releaseHold(input: {earningId: $e, date: "2017-06-01", reason: "for once"}) { userErrors { path message } } }`, map[string]any{"e": earning})
	h.Settle()
	for _, one := range more {
		one(month)
	}
	h.Settle()
	for version, step := range []string{"submitPeriod", "approvePeriod", "closePeriod", "payPeriod"} {
		token, known := admin, ""
		switch step {
		case "approvePeriod":
			token = finance
		case "closePeriod":
			known = ", acknowledge: [OPEN_PROBLEM, OPEN_EXCEPTION]"
		case "payPeriod":
			token = payer
		}
		at := []int{1, 2, 2, 3}[version]
		h.Do(token, fmt.Sprintf("mutation($m: ID!) { %s(input: {id: $m, ifVersion: %d%s}) { userErrors { path code message } } }", step, at, known), map[string]any{"m": month})
	}
	h.Do(h.Token(&ann, model.RoleRep), `mutation($m: ID!) { answerStatement(input: {periodId: $m, answer: SIGNED}) { userErrors { path message } } }`, map[string]any{"m": month})
	h.Settle()
}

// broken names the laws that Verify finds broken, each once.
func broken(t *testing.T, h *harness.Harness) []string {
	t.Helper()
	found, err := h.Service.Verify(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return lawsOf(found)
}

func lawsOf(found []model.Violation) []string {
	var names []string
	for _, v := range found {
		names = append(names, v.Law)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// corruption breaks a law by the owner's SQL, triggers off. What it changes in
// the tables is put back afterwards, and undo is run.
type corruption struct {
	law    string
	tables string // that it changes, separated by blanks
	sql    string
	undo   string
	also   []string // what cannot but be broken with it
}

// chained tells whether the corruption is of what the audit trail chains.
func (c corruption) chained() bool {
	return slices.ContainsFunc(strings.Fields(c.tables), func(table string) bool {
		return slices.Contains([]string{"change", "seal", "transaction", "credit", "activity", "payment"}, table)
	})
}

// with runs fn in the database as the corruption leaves it.
func (c corruption) with(h *harness.Harness, fn func()) {
	tables := strings.Fields(c.tables)
	run := func(statements ...string) {
		h.Owner(func(conn *pgx.Conn) {
			tx, err := conn.Begin(h.Context())
			for _, sql := range statements {
				if err == nil {
					_, err = tx.Exec(h.Context(), sql)
				}
			}
			if err == nil {
				err = tx.Commit(h.Context())
			}
			if err != nil {
				h.Fatalf("%s: %v", c.law, err)
			}
		})
	}
	do, back := []string{"SET LOCAL session_replication_role = replica"}, []string{"SET LOCAL session_replication_role = replica"}
	for _, table := range tables {
		do = append(do, "CREATE TEMP TABLE kept_"+table+" AS TABLE "+table)
		back = append(back, "DELETE FROM "+table, into(table, "kept_"+table), "DROP TABLE kept_"+table)
	}
	run(append(do, c.sql)...)
	fn()
	if c.undo != "" {
		back = append(back, c.undo)
	}
	run(back...)
}

// copied gives SQL that inserts copies of rows with some columns changed.
func copied(table, changes, where string) string {
	return into(table, "(SELECT (jsonb_populate_record(t, to_jsonb(t) || jsonb_build_object("+changes+"))).* FROM "+table+" t WHERE "+where+") made")
}

// into gives SQL that inserts rows of the table's columns, and leaves to the
// database those that it works out by itself.
func into(table, rows string) string {
	return `DO $do$ DECLARE c text; BEGIN
		SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO c FROM pg_attribute
			WHERE attrelid = '` + table + `'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
		EXECUTE 'INSERT INTO ` + table + ` (' || c || ') SELECT ' || c || $sql$ FROM ` + rows + `$sql$;
	END $do$`
}
