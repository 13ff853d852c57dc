package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestPaidAhead: a window that is paid before its end is prorated by the days to
// come, so that somebody who goes on leave in March has another quota, and other
// pay, in January too; and so has a cap of the year.
func TestPaidAhead(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("AHEAD", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "quarter", "name": "Quarter", "measureId": c.Own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "BONUS", "bonusLevels": "EACH", "bonus": []harness.Input{{"at": "1", "amount": "100"}}},
		{"key": "year", "name": "Year", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "1", "adjustments": []harness.Input{{"kind": "CAP", "name": "a year", "per": "YEAR", "amount": "365"}}},
	}}, "ann")
	c.Quota("ann", c.Own, "900", "2026-Q1")
	c.Record(harness.Input{"source": "test", "externalId": "D1", "kind": "BOOKING", "eventDate": "2026-01-10", "amount": "800", "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}})
	january := func() string {
		h.Settle()
		got := ""
		for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {in: [$p]}}, first: 50) { nodes { componentKey amount { amount } } } }`, harness.Input{"p": c.Period("2026-01")}).List("earnings", "nodes") {
			got += e.String("componentKey") + " " + e.String("amount", "amount") + "; "
		}
		return got
	}
	if got := january(); got != "quarter 0.00; year 365.00; " {
		t.Errorf("in January %s", got)
	}
	// On leave from 20 March on: 78 of 90 days make a quota of 780, which is reached, and a bonus of 86.67; 78 of 365 days a cap of 78.
	payee := h.Do(h.Admin(), `{ payees(where: {externalId: {eq: "ann"}}) { nodes { id version } } }`, nil).At("payees", "nodes", 0)
	if refused := h.Refused(h.Admin(), `mutation($i: UpdatePayeeInput!) { updatePayee(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"id": payee.String("id"), "ifVersion": payee.At("version").V, "effectiveFrom": "2026-03-20", "status": "LEAVE_UNPAID",
	}}); len(refused) > 0 {
		t.Fatalf("refused: %v", refused)
	}
	if got := january(); got != "quarter 86.67; year 78.00; " {
		t.Errorf("in January, once on leave in March, %s", got)
	}
	found, err := h.Service.Verify(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("broken laws %v, %v", found, err)
	}
}
