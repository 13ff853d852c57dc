package scenario

import (
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
	return s
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
		back = append(back, "DELETE FROM "+table, "INSERT INTO "+table+" SELECT * FROM kept_"+table, "DROP TABLE kept_"+table)
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
	return "INSERT INTO " + table + " SELECT (jsonb_populate_record(t, to_jsonb(t) || jsonb_build_object(" + changes + "))).* FROM " + table + " t WHERE " + where
}
