package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestRestatedProblems: a closed month in which a component has a problem is
// calculated again, and what is restated keeps every law.
func TestRestatedProblems(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
		{"key": "bonus", "name": "Bonus", "measureId": c.Own, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []harness.Input{{"at": "1", "amount": "500"}}},
	}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	b.close(t, "2026-01") // the bonus has no quota
	c.Record(b.sale("D1", "ann", "2026-01-10", "1200", "sourceRevision", "2"))
	b.verify(t)
	c.Quota("ann", c.Own, "1000", "2026-01")
	b.verify(t)
	reads(t, "January", b.ledger("ann", "2026-01"), "EARNED 100.00 = 0; PAYABLE 100.00")
	reads(t, "February", b.ledger("ann", "2026-02"), "PRIOR_PERIOD_ADJUSTMENT 500.00, PRIOR_PERIOD_ADJUSTMENT 20.00 = 0; PAYABLE 620.00")
}

// TestProblemOfAClosedMonth: what a month that was closed with a problem leaves
// payable is withheld in the next one, and in the one after, until the problem is
// mended, whether or not anything else of the payee changes meanwhile.
func TestProblemOfAClosedMonth(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
		{"key": "bonus", "name": "Bonus", "measureId": c.Own, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []harness.Input{{"at": "1", "amount": "500"}}},
	}}, "ann")
	c.Quota("ann", c.Own, "1000", "2026-02", "2026-03")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	reads(t, "February", b.ledger("ann", "2026-02"), " = 100.00")
	b.close(t, "2026-01") // the bonus has no quota
	reads(t, "February, after January was closed", b.ledger("ann", "2026-02"), " = 0; PAYABLE 100.00")
	b.verify(t)
	c.Record(b.sale("D2", "ann", "2026-03-10", "500"))
	b.close(t, "2026-02")
	reads(t, "March, after February was closed", b.ledger("ann", "2026-03"), "EARNED 50.00 = 0; PAYABLE 150.00")
	b.verify(t)
	c.Quota("ann", c.Own, "1000", "2026-01")
	reads(t, "March, once it is mended", b.ledger("ann", "2026-03"), "EARNED 50.00, PRIOR_PERIOD_ADJUSTMENT 500.00 = 650.00")
	b.verify(t)
}
