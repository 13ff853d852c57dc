package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
	"spm/test/harness"
)

const diffQuery = `query($i: EarningsDiffInput!) { earningsDiff(input: $i) {
	payee { externalId } from { sequence at period { name } totals { amount currency } } to { sequence at period { name } totals { amount currency } } change { amount currency }
	causes { cause totals { amount } parts { componentKey amount { amount } plan { externalId } position { externalId } }
		changes(first: 100) { totalCount nodes { name before after amount { amount } object { __typename id } } } } } }`

// differs asks a question and gives its causes as "CAUSE component amount, ...";
// "nothing" where it answers null. The causes must sum to the change.
func differs(t *testing.T, h *harness.Harness, token string, question harness.Input) (string, harness.Value) {
	t.Helper()
	answer := h.Do(token, diffQuery, harness.Input{"i": question}).At("earningsDiff")
	if answer.V == nil {
		return "nothing", answer
	}
	var out []string
	rest := decimal.Zero
	for _, side := range []string{"change"} {
		for _, m := range answer.List(side) {
			rest = rest.Add(decimal.RequireFromString(m.String("amount")))
		}
	}
	for _, c := range answer.List("causes") {
		for _, p := range c.List("parts") {
			amount := decimal.RequireFromString(p.String("amount", "amount"))
			rest = rest.Sub(amount)
			out = append(out, fmt.Sprintf("%s %s %s", c.String("cause"), p.String("componentKey"), amount))
		}
	}
	if !rest.IsZero() {
		t.Errorf("%s is not explained: %v", rest, answer.V)
	}
	return strings.Join(out, ", "), answer
}

// evidence lists "name: before -> after" of a cause.
func evidence(answer harness.Value, cause string) (out []string) {
	for _, c := range answer.List("causes") {
		if c.String("cause") != cause {
			continue
		}
		for _, n := range c.List("changes", "nodes") {
			out = append(out, fmt.Sprintf("%s: %v -> %v", n.String("name"), n.At("before").V, n.At("after").V))
		}
	}
	return out
}

// TestEarningsDiff: a month in which everything changes, one thing for each cause.
// Ann, paid in USD, sells 1,000 EUR under a plan of formulas:
//
//	at first   1,000 EUR x 2 x 0.1                                 200
//	FX         the rate is 3: 3,000 x 0.1                         +100
//	HIERARCHY  she came earlier, and sold 500 USD by then          +50
//	DEAL       1,000 EUR become 2,000 EUR: 6,000 x 0.1            +300
//	CREDIT     a rule of overlays credits her with Ben's 1,000    +100
//	QUOTA      10,000 become 5,000: the bonus, with 7,500 sold    +500
//	RATE       the parameter is 0.2: 7,500 x 0.1 more             +750
//	PLAN       a second plan pays 1% of 7,500                      +75
func TestEarningsDiff(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "", harness.Input{"startDate": "2026-01-10"})
	c.Hire("ben", "Ben", "USD", "")
	rates := func(rate string) {
		h.Do(h.Admin(), `mutation($r: Decimal!) { setFXRates(input: {rates: [{fromCurrency: "EUR", toCurrency: "USD", date: "2026-01-01", rate: $r}]}) { userErrors { path message } } }`, harness.Input{"r": rate})
	}
	rates("2")
	all := c.Make("createMeasure", "measure", harness.Input{"key": "ALL", "name": "All", "creditKinds": []string{"DIRECT", "OVERLAY"}, "value": "AMOUNT"})
	bonus := func(amount string) harness.Input {
		return harness.Input{"currency": "USD", "parameters": []harness.Input{{"key": "rate", "name": "Rate"}}, "components": []harness.Input{
			{"key": "deals", "measureId": all, "payout": "MONTH", "rateKind": "FORMULA", "formula": "measure * parameter('rate')"},
			{"key": "bonus", "measureId": all, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []harness.Input{{"at": "1", "amount": amount}}},
		}}
	}
	plan := c.Plan("REP", bonus("500"), "ann", "ben")
	parameter := func(value string) {
		h.Do(h.Admin(), `mutation($v: [ParameterValueInput!]!) { setParameterValues(input: {values: $v}) { userErrors { path code message } } }`,
			harness.Input{"v": []harness.Input{{"planId": plan, "key": "rate", "startDate": "2026-01-01", "value": value}}})
	}
	parameter("0.1")
	c.Quota("ann", all, "10000", "2026-01")
	c.Quota("ben", all, "100000", "2026-01")
	sale := func(id, payee, day, amount, currency, revision string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": currency, "sourceRevision": revision, "sellers": []harness.Input{{"payee": payee}}}
	}
	c.Record(sale("EURO", "ann", "2026-01-20", "1000", "EUR", "1"), sale("EARLY", "ann", "2026-01-09", "500", "USD", "1"), sale("BENS", "ben", "2026-01-21", "1000", "USD", "1"))
	h.Settle()
	sequence := func() string { return h.Do(h.Admin(), "{ sequence }", nil).String("sequence") }
	first := sequence()
	rep := h.Token(new(c.Payees["ann"]), model.RoleRep)
	ask := func(from string, more ...any) harness.Input {
		moments := harness.Input{"periodId": c.Period("2026-01"), "from": harness.Input{"sequence": from}}
		if len(more) > 0 {
			moments["to"] = harness.Input{"sequence": more[0]}
		}
		return harness.Input{"moments": moments}
	}
	if got, _ := differs(t, h, rep, ask(first)); got != "" {
		t.Errorf("nothing has changed, and %s", got)
	}

	rates("3")
	h.Settle()
	afterFX := sequence()
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "ann before", "payeeId": c.Payees["ann"].String(), "positionId": c.Positions["ann"], "startDate": "2026-01-01", "endDate": "2026-01-09"})
	c.Record(sale("EURO", "ann", "2026-01-20", "2000", "EUR", "2"))
	revenue := h.Do(h.Admin(), `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	c.Make("createCreditingRule", "rule", harness.Input{"key": "HELP", "name": "Help", "creditKind": "OVERLAY", "creditTypeId": revenue, "receivers": "POSITIONS",
		"condition": "externalId == 'BENS'", "positions": []harness.Input{{"positionId": c.Positions["ann"], "share": "1"}}})
	c.Quota("ann", all, "5000", "2026-01")
	parameter("0.2")
	c.Plan("SPIF", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "spif", "measureId": all, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.01"}}}, "ann")
	h.Settle()
	got, answer := differs(t, h, rep, ask(first))
	want := "FX deals 100, HIERARCHY deals 50, DEAL deals 300, CREDIT deals 100, QUOTA bonus 500, RATE deals 750, PLAN spif 75"
	if got != want {
		t.Errorf("%s, want %s: %v", got, want, answer.V)
	}
	for cause, want := range map[string]string{
		"FX": "EUR to USD on 2026-01-01: 2 -> 3", "DEAL": "EURO: DIRECT credit of 1000 EUR on 2026-01-20 -> DIRECT credit of 2000 EUR on 2026-01-20",
		"CREDIT": "BENS: <nil> -> OVERLAY credit of 1000 USD on 2026-01-21", "QUOTA": "quota of ALL in 2026-01: 10000 -> 5000", "RATE": "rate: 0.1 -> 0.2",
		"HIERARCHY": "EARLY: <nil> -> DIRECT credit of 500 USD on 2026-01-09", "PLAN": "version 1 of SPIF: <nil> -> PUBLISHED from 2026-01-01",
	} {
		if said := evidence(answer, cause); !slices.Contains(said, want) {
			t.Errorf("%s says %v, not %s", cause, said, want)
		}
		for _, said := range evidence(answer, cause) {
			if strings.Contains(said, "100000") {
				t.Errorf("%s tells of Ben's quota", cause)
			}
		}
	}
	// Two moments in the past, and back to front.
	if got, _ := differs(t, h, rep, ask(first, afterFX)); got != "FX deals 100" {
		t.Errorf("until then: %s", got)
	}
	if got, _ := differs(t, h, h.Token(nil, model.RoleAuditor), harness.Input{"moments": harness.Input{
		"payeeId": c.Payees["ann"].String(), "periodId": c.Period("2026-01"), "from": harness.Input{"sequence": afterFX}, "to": harness.Input{"sequence": first},
	}}); got != "FX deals -100" {
		t.Errorf("back to front: %s", got)
	}
}

// TestEarningsDiffOfPeriods: February is less than January, and why: a rep's own
// question, with the deals of both.
//
//	January   sold 4,000 + 2,000 at 10%, half of quota and more          600
//	February  sold 3,000, of which 500 came back, at 10%                  250
//	          a gate of half of the quota of 10,000 takes all            -250
//	VOLUME    2,500 - 6,000 at 0.1                                       -350
func TestEarningsDiffOfPeriods(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	for _, hired := range [][2]string{{"mia", ""}, {"ann", "mia"}, {"ben", "mia"}, {"eve", ""}} {
		c.Hire(hired[0], hired[0], "USD", hired[1])
	}
	c.Plan("REP", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "deals", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []harness.Input{{"kind": "GATE", "name": "half of quota", "over": "COMPONENT", "condition": "attainment >= 0.5"}}},
	}}, "ann", "ben")
	c.Quota("ann", c.Own, "10000", "2026-01", "2026-02")
	sale := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	c.Record(sale("J-1", "2026-01-10", "4000"), sale("J-2", "2026-01-20", "2000"), sale("F-1", "2026-02-10", "3000"),
		harness.Input{"source": "test", "externalId": "F-2", "kind": "RETURN", "eventDate": "2026-02-20", "amount": "-500", "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": "J-2"}})
	h.Settle()
	ann := c.Payees["ann"]
	ask := func(more ...harness.Input) harness.Input {
		periods := harness.Input{"periodId": c.Period("2026-02"), "comparedWithId": c.Period("2026-01")}
		for _, m := range more {
			maps.Copy(periods, m)
		}
		return harness.Input{"periods": periods}
	}
	const want = "VOLUME deals -350, ADJUSTMENT deals -250"
	got, answer := differs(t, h, h.Token(&ann, model.RoleRep), ask())
	if got != want || answer.String("change", 0, "amount") != "-600.00" {
		t.Errorf("%s: %v", got, answer.V)
	}
	deals := evidence(answer, "VOLUME")
	harness.Same(t, "deals", deals, "J-1: BOOKING on 2026-01-10 -> <nil>", "F-1: <nil> -> BOOKING on 2026-02-10", "J-2: BOOKING on 2026-01-20 -> <nil>", "F-2: <nil> -> RETURN of J-2 on 2026-02-20")

	token := func(payee string, role model.Role) string { return h.Token(new(c.Payees[payee]), role) }
	moments := harness.Input{"moments": harness.Input{"payeeId": ann.String(), "periodId": c.Period("2026-01"), "from": harness.Input{"sequence": "1"}}}
	for _, q := range []struct{ who, token, want, moments string }{
		{"another rep", token("ben", model.RoleRep), "nothing", "nothing"},
		{"her manager", token("mia", model.RoleManager), want, "DEAL deals 600"},
		{"another manager", token("eve", model.RoleManager), "nothing", "nothing"},
		{"an auditor", h.Token(nil, model.RoleAuditor), want, "DEAL deals 600"},
	} {
		if got, _ := differs(t, h, q.token, ask(ofPayee(ann))); got != q.want {
			t.Errorf("%s: %s", q.who, got)
		}
		if got, _ := differs(t, h, q.token, moments); strings.HasPrefix(q.moments, "DEAL") != strings.Contains(got, "deals 600") || q.moments == "nothing" && got != "nothing" {
			t.Errorf("%s, of moments: %s", q.who, got)
		}
	}
	other := h.Beside("other")
	if got, _ := differs(t, other, other.Admin(), ask(ofPayee(ann))); got != "nothing" {
		t.Errorf("another tenant's admin: %s", got)
	}
	if code := h.Denied(h.Token(nil, model.RoleSalesOps), diffQuery, harness.Input{"i": ask(ofPayee(ann))}); code != "FORBIDDEN" {
		t.Errorf("who may not read earnings is answered with %s", code)
	}
	for _, wrong := range []harness.Input{{}, {"moments": harness.Input{"periodId": c.Period("2026-01"), "from": harness.Input{}}}} {
		if answer := h.Post(h.Admin(), diffQuery, harness.Input{"i": wrong}); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%v is answered with %v", wrong, answer.Errors)
		}
	}
}

// TestEarningsDiffOfAnotherEngine: what a result is not by this engine is said so.
func TestEarningsDiffOfAnotherEngine(t *testing.T) {
	t.Parallel()
	c := asked(t)
	h := c.Harness
	first := h.Do(h.Admin(), "{ sequence }", nil).String("sequence")
	h.Owner(func(conn *pgx.Conn) {
		if _, err := conn.Exec(h.Context(), "SET session_replication_role = replica"); err != nil {
			t.Fatal(err)
		}
		tag, err := conn.Exec(h.Context(), `UPDATE result SET amount = amount - 7 WHERE component_key = 'deals' AND amount = 500 AND payee_id = $1`, c.Payees["ann"].UUID())
		_, failed := conn.Exec(h.Context(), "SET session_replication_role = DEFAULT")
		if err = cmp.Or(err, failed); err != nil || tag.RowsAffected() == 0 {
			t.Fatal(tag, err)
		}
	})
	c.Quota("ann", c.Own, "5000", "2026-02")
	h.Settle()
	got, answer := differs(t, h, h.Admin(), harness.Input{"moments": harness.Input{"payeeId": c.Payees["ann"].String(), "periodId": c.Period("2026-02"), "from": harness.Input{"sequence": first}}})
	if got != "QUOTA bonus 1000, ENGINE deals 7" {
		t.Errorf("%s: %v", got, answer.V)
	}
}
