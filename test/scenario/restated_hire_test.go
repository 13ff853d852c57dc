package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestHiredAfterTheClosing: what somebody earns in a month that was closed before
// they were hired counts for the override of who is above them, in each later
// calculation too.
func TestHiredAfterTheClosing(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("max", "Max", "USD", "")
	c.Hire("ann", "Ann", "USD", "max")
	reps := c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	c.Plan("OVER", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "override", "name": "Override", "payout": "QUARTER", "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS",
		"overrideLevels": []harness.Input{{"level": 1, "rate": "0.2"}}, "sources": []harness.Input{{"planId": reps, "componentKey": "commission"}}}}}, "max")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	reads(t, "Max's March", b.ledger("max", "2026-03"), "EARNED 20.00 = 20.00")
	b.close(t, "2026-01")
	c.Hire("zoe", "Zoe", "USD", "max")
	c.Make("assignPlan", "planAssignment", harness.Input{"externalId": "REPS to zoe", "planId": reps, "payeeId": c.Payees["zoe"].String(), "startDate": "2026-01-01"})
	c.Record(b.sale("D2", "zoe", "2026-01-20", "2000"))
	const both = "EARNED 60.00 = 60.00" // a fifth of 100 and 200
	reads(t, "Max's March, with Zoe's January", b.ledger("max", "2026-03"), both)
	h.Do(h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { path code message } } }`, harness.Input{"p": c.Period("2026")})
	reads(t, "Max's March, after a run", b.ledger("max", "2026-03"), both)
	b.verify(t)
}
