package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/test/harness"
)

// corrections reads what the adjustments of closed periods in a statement are about,
// in short; their lines, page by page, and causes must each sum to the change.
func corrections(t *testing.T, b *books, token, payee, period string) string {
	t.Helper()
	b.h.Settle()
	s := b.h.Do(token, `query($payee: ID!, $period: ID!) { statement(payeeId: $payee, periodId: $period) { entries(first: 50) { nodes { movement key amount { amount } origin { name }
		correction { before { amount } after { amount } change { amount } causes { cause totals { amount } parts { componentKey } changes(first: 5) { totalCount nodes { name before after } } }
			first: lines(first: 1) { totalCount pageInfo { endCursor } } lines(first: 250) { totalCount nodes { source externalId transaction { externalId } before { amount } after { amount } } } } } } } }`,
		harness.Input{"payee": b.c.Payees[payee], "period": b.c.Period(period)}).At("statement")
	if s.V == nil || s.At("entries").V == nil {
		return "none"
	}
	var out []string
	for _, e := range s.List("entries", "nodes") {
		c := e.At("correction")
		if e.String("movement") != "PRIOR_PERIOD_ADJUSTMENT" {
			if c.V != nil {
				t.Errorf("%s has a correction", e.String("movement"))
			}
			continue
		}
		change := decimal.RequireFromString(c.String("change", "amount"))
		text := fmt.Sprintf("%s of %s %s -> %s:", e.String("key"), e.String("origin", "name"), c.String("before", "amount"), c.String("after", "amount"))
		lines, causes := decimal.Zero, decimal.Zero
		for _, l := range c.List("lines", "nodes") {
			was, is := "-", "-"
			if l.At("before").V != nil {
				was = l.String("before", "amount")
				lines = lines.Sub(decimal.RequireFromString(was))
			}
			if l.At("after").V != nil {
				is = l.String("after", "amount")
				lines = lines.Add(decimal.RequireFromString(is))
			}
			text += fmt.Sprintf(" %s %s -> %s,", l.String("externalId"), was, is)
			if l.String("externalId") != "" && l.String("transaction", "externalId") != l.String("externalId") {
				t.Errorf("the transaction is %v", l.V)
			}
		}
		for _, cause := range c.List("causes") {
			for _, m := range cause.List("totals") {
				causes = causes.Add(decimal.RequireFromString(m.String("amount")))
				text += fmt.Sprintf(" %s %s,", cause.String("cause"), m.String("amount"))
			}
		}
		if !lines.Equal(change) || !causes.Equal(change) || !change.Equal(decimal.RequireFromString(e.String("amount", "amount"))) {
			t.Errorf("of %s of %s lines come to %s and causes to %s", e.String("amount", "amount"), change, lines, causes)
		}
		out = append(out, strings.TrimSuffix(text, ","))
	}
	return strings.Join(out, "; ")
}

// TestCorrections: an adjustment of a closed month says what was booked, what is
// booked now, deal by deal, and why: also once its own month is closed, and another
// one follows it. An exchange rate that is set for a day of a closed month moves
// that month by an adjustment too.
func TestCorrections(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	for _, hired := range [][2]string{{"mia", ""}, {"ann", "mia"}, {"ben", "mia"}} {
		c.Hire(hired[0], hired[0], "USD", hired[1])
	}
	rate := func(value string) {
		t.Helper()
		if refused := h.Refused(h.Admin(), `mutation($i: SetFXRatesInput!) { setFXRates(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{"rates": []harness.Input{
			{"fromCurrency": "EUR", "toCurrency": "USD", "date": "2026-01-11", "rate": value}}}}); len(refused) > 0 {
			t.Fatalf("refused: %v", refused)
		}
	}
	rate("2")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
		{"key": "bonus", "name": "Bonus", "measureId": c.Own, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []harness.Input{{"at": "1", "amount": "500"}}},
	}}, "ann")
	c.Quota("ann", c.Own, "4000", "2026-01")
	for _, month := range []string{"2026-02", "2026-03", "2026-04"} {
		c.Quota("ann", c.Own, "100000", month)
	}
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"), b.sale("D2", "ann", "2026-01-11", "1000", "currency", "EUR"))
	b.close(t, "2026-01") // 100 + 200

	// 1 EUR is 3 USD; D1 becomes 1,200, D3 comes: 120, 300 and 30. With 4,500 of 4,000 the bonus is reached by D3.
	rate("3")
	c.Record(b.sale("D1", "ann", "2026-01-10", "1200", "sourceRevision", "2"), b.sale("D3", "ann", "2026-01-20", "300"))
	reads(t, "February", b.ledger("ann", "2026-02"), "PRIOR_PERIOD_ADJUSTMENT 500.00, PRIOR_PERIOD_ADJUSTMENT 150.00 = 650.00")
	ann, ben, mia := c.Payees["ann"], c.Payees["ben"], c.Payees["mia"]
	rep := h.Token(&ann, model.RoleRep)
	const february = "bonus of 2026-01 0.00 -> 500.00:  - -> 500.00, FX 500.00; commission of 2026-01 300.00 -> 450.00: D1 100.00 -> 120.00, D2 200.00 -> 300.00, D3 - -> 30.00, FX 100.00, DEAL 50.00"
	reads(t, "what February adjusts", corrections(t, b, rep, "ann", "2026-02"), february)
	reads(t, "to her manager", corrections(t, b, h.Token(&mia, model.RoleManager), "ann", "2026-02"), february)
	reads(t, "to another rep", corrections(t, b, h.Token(&ben, model.RoleRep), "ann", "2026-02"), "none")
	reads(t, "to another tenant", corrections(t, b, h.Beside("other").Admin(), "ann", "2026-02"), "none")
	page, _ := file(c, rep, "ann", "2026-02", "PAGE")
	for _, want := range []string{"450.00 instead of 300.00", "Exchange rates 100.00 USD, deals 50.00 USD"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}

	// February is closed; D3 changes once more, and is compared with what February booked.
	b.close(t, "2026-02")
	c.Record(b.sale("D3", "ann", "2026-01-20", "500", "sourceRevision", "2"))
	reads(t, "what March adjusts", corrections(t, b, rep, "ann", "2026-03"), "commission of 2026-01 450.00 -> 470.00: D3 30.00 -> 50.00, DEAL 20.00")
	reads(t, "what February adjusted", corrections(t, b, rep, "ann", "2026-02"), february)
	b.verify(t)
}
