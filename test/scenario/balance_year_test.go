package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestBalanceOfANewYear: what somebody without any plan owes is brought into a
// year that is opened afterwards.
func TestBalanceOfANewYear(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	b := newBooks(h, c)
	b.adjust(t, "A1", "2026-12", "-150")
	reads(t, "December", b.ledger("ann", "2026-12"), "ADJUSTMENT -150.00, CARRIED 150.00 = 0; CARRIED -150.00")
	next := h.Do(h.Admin(), `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2027}) { periods { id name type } userErrors { message } } }`, harness.Input{"c": c.Calendar})
	h.Settle()
	for _, p := range next.List("openFiscalYear", "periods") {
		if p.String("name") == "2027-01" {
			s := h.Do(h.Admin(), `query($payee: ID!, $period: ID!) { statement(payeeId: $payee, periodId: $period) { brought { account amount { amount } } carried { account amount { amount } } } }`,
				harness.Input{"payee": c.Payees["ann"], "period": p.String("id")}).At("statement")
			if len(s.List("brought")) != 1 || len(s.List("carried")) != 1 {
				t.Errorf("January brings %v", s.V)
			}
		}
	}
	b.verify(t)
}
