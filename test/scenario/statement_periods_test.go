package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/test/harness"
)

// listed is what somebody sees of a statement, in short: its earnings, read page by
// page, what they sum to, and what its ledger says is earned.
func listed(b *books, token, payee, period string) string {
	var out []string
	var s harness.Value
	for after := any(nil); ; after = s.String("earnings", "pageInfo", "endCursor") {
		s = b.h.Do(token, `query($payee: ID!, $period: ID!, $after: Cursor) { statement(payeeId: $payee, periodId: $period) { complete totals { amount }
			earnings(first: 2, after: $after) { nodes { componentKey position { externalId } amount { amount } } pageInfo { hasNextPage endCursor } }
			sections { entries(first: 250) { nodes { movement amount { amount } } } } } }`, harness.Input{"payee": b.c.Payees[payee], "period": b.c.Period(period), "after": after}).At("statement")
		if s.V == nil {
			return "nothing"
		}
		for _, e := range s.List("earnings", "nodes") {
			if amount := e.String("amount", "amount"); amount != "0.00" {
				out = append(out, fmt.Sprintf("%s %s %s", e.String("componentKey"), e.String("position", "externalId"), amount))
			}
		}
		if s.At("earnings", "pageInfo", "hasNextPage").V != true {
			break
		}
	}
	text := strings.Join(out, ", ")
	switch totals := s.At("totals"); {
	case totals.V == nil:
		text += " = ?"
	default:
		text += " = " + strings.Join(harness.Texts(s.List("totals"), "amount"), ", ")
	}
	if s.At("complete").V != true {
		text += ", not all"
	}
	if s.At("sections").V == nil {
		return text + "; no ledger"
	}
	earned := decimal.Zero
	for _, section := range s.List("sections") {
		for _, e := range section.List("entries", "nodes") {
			if e.String("movement") == string(model.MoveEarned) {
				earned = earned.Add(decimal.RequireFromString(e.String("amount", "amount")))
			}
		}
	}
	return text + "; earned " + earned.StringFixed(2)
}

// TestStatementListsWhatItsLedgerTakesUp: the last month of a quarter or year lists
// what is paid for these, as its ledger has it; a period that is not paid by itself
// lists what is no longer than it. Who sees a part of it sees no totals and no
// ledger.
func TestStatementListsWhatItsLedgerTakesUp(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := seats{h.NewCompany()}
	for _, name := range []string{"mia", "eve", "ben"} {
		c.Hire(name, name, "USD", "")
	}
	c.hire("ann")
	for _, seat := range [][2]string{{"first", "mia"}, {"second", "eve"}} { // earnings stand in the order in which positions were made
		c.Positions[seat[0]] = c.Make("createPosition", "position", harness.Input{"externalId": seat[0], "name": seat[0], "parentId": c.Positions[seat[1]]})
	}
	c.sit("ann", "first", "2026-01-01", "2026-02-28")
	c.sit("ann", "second", "2026-03-01", "")
	flat := func(payout, rate string) harness.Input {
		return harness.Input{"key": strings.ToLower(payout), "payout": payout, "measureId": c.Own, "rateKind": "RATE_ON_VALUE", "rate": rate}
	}
	c.Plan("ALL", harness.Input{"currency": "USD", "components": []harness.Input{flat("MONTH", "0.1"), flat("QUARTER", "0.01"), flat("YEAR", "0.001")}}, "ann")
	b := newBooks(h, c.Company)
	c.Record(won("ann", "D1", "2026-01-10", "1000"), won("ann", "D2", "2026-02-10", "2000"), won("ann", "D3", "2026-03-10", "3000"), won("ann", "D4", "2026-12-10", "500"))
	h.Settle()
	ann, mia, eve, ben := c.Payees["ann"], c.Payees["mia"], c.Payees["eve"], c.Payees["ben"]
	rep, before, after, other := h.Token(&ann, model.RoleRep), h.Token(&mia, model.RoleManager), h.Token(&eve, model.RoleManager), h.Token(&ben, model.RoleRep)
	for _, q := range []struct{ who, token, period, want string }{
		{"ann", rep, "2026-01", "month first 100.00 = 100.00; earned 100.00"},
		{"ann", rep, "2026-02", "month first 200.00 = 200.00; earned 200.00"},
		{"ann", rep, "2026-03", "quarter first 30.00, quarter second 30.00, month second 300.00 = 360.00; earned 360.00"},
		{"ann", rep, "2026-12", "year first 3.00, year second 3.50, quarter second 5.00, month second 50.00 = 61.50; earned 61.50"},
		{"ann", rep, "2026-Q1", "month first 100.00, quarter first 30.00, quarter second 30.00, month first 200.00, month second 300.00 = 660.00; no ledger"},
		{"an admin", h.Admin(), "2026-03", "quarter first 30.00, quarter second 30.00, month second 300.00 = 360.00; earned 360.00"},
		{"the first manager", before, "2026-02", "month first 200.00 = 200.00; earned 200.00"},
		{"the first manager", before, "2026-03", "quarter first 30.00 = ?, not all; no ledger"},
		{"the first manager", before, "2026-04", "nothing"},
		{"the second manager", after, "2026-02", "nothing"},
		{"the second manager", after, "2026-03", "quarter second 30.00, month second 300.00 = ?, not all; no ledger"},
		{"another rep", other, "2026-03", "nothing"},
	} {
		if got := listed(b, q.token, "ann", q.period); got != q.want {
			t.Errorf("%s of %s:\n got %s\nwant %s", q.who, q.period, got, q.want)
		}
	}
	// So it stays once the periods are closed, with the quarter that ends in March.
	for _, period := range []string{"2026-01", "2026-02", "2026-03"} {
		b.close(t, period)
	}
	reads(t, "March, closed", listed(b, rep, "ann", "2026-03"), "quarter first 30.00, quarter second 30.00, month second 300.00 = 360.00; earned 360.00")
	reads(t, "March, closed, of the second manager", listed(b, after, "ann", "2026-03"), "quarter second 30.00, month second 300.00 = ?, not all; no ledger")
	b.verify(t)
}

// TestStatementsAgreeWithLedgers: in every month of a company that is paid by the
// month, quarter and year, what statements list comes to what their ledgers say is
// earned, where nothing is rounded; and where parts of cents go on from month to
// month, verify finds no more than that between the two.
func TestStatementsAgreeWithLedgers(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	payees := []string{"ann", "ben", "cid"}
	for _, name := range payees {
		c.Hire(name, name, "USD", "")
	}
	part := func(key, payout, rate string, more ...any) harness.Input {
		return with(harness.Input{"key": key, "payout": payout, "measureId": c.Own, "rateKind": "RATE_ON_VALUE", "rate": rate}, more...)
	}
	c.Plan("BY", harness.Input{"currency": "USD", "components": []harness.Input{
		part("month", "MONTH", "0.1"), part("quarter", "QUARTER", "0.02"), part("year", "YEAR", "0.005"),
		part("trued", "MONTH", "0.01", "window", "QUARTER", "settlement", "TRUE_UP"),
	}}, payees...)
	c.Plan("FINE", harness.Input{"currency": "USD", "rules": harness.Input{"roundScale": 4}, "components": []harness.Input{part("fine", "MONTH", "0.0333"), part("finer", "QUARTER", "0.0333")}}, "cid")
	b := newBooks(h, c)
	for i, payee := range payees {
		for month := 1; month <= 12; month += 1 + i {
			c.Record(b.sale(fmt.Sprintf("%s%d", payee, month), payee, fmt.Sprintf("2026-%02d-1%d", month, i), fmt.Sprint(200*month+1000*i)))
		}
	}
	h.Settle()
	for _, payee := range payees[:2] {
		for month := 1; month <= 12; month++ {
			got := listed(b, h.Admin(), payee, fmt.Sprintf("2026-%02d", month))
			_, sums, _ := strings.Cut(got, " = ")
			total, earned, _ := strings.Cut(sums, "; earned ")
			if total == "" || total != earned {
				t.Errorf("%s in month %d: %s", payee, month, got)
			}
		}
	}
	b.verify(t)
}
