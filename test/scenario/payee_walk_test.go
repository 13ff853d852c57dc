package scenario

import (
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestPayeesWalk: a rep reads the statement, asks when what is held will be
// released, contests, is answered, signs, and is paid; with the rep's own token.
func TestPayeesWalk(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	id := c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{
		"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "release": []harness.Input{
			{"name": "at once", "share": "0.5", "trigger": "OFFSET"}, {"name": "when paid", "share": "0.5", "trigger": "CASH"},
		}}}}, "ann")
	b := newBooks(h, c)
	ann := h.Token(&id, model.RoleRep)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	reads(t, "January", b.ledger("ann", "2026-01"), "EARNED 100.00, HOLD 50.00 = 50.00; HELD 50.00")
	s := b.statement(ann, "ann", "2026-01")
	reads(t, "what is held", s.String("holds", "nodes", 0, "externalId")+" "+s.String("holds", "nodes", 0, "held", "amount")+" "+s.String("holds", "nodes", 0, "waitsFor"),
		"D1 50.00 when paid: until the sale is paid in full")

	const answer = `mutation($i: AnswerStatementInput!) { answerStatement(input: $i) { statement { answer { answer reason current } } userErrors { path code message } } }`
	if got := h.Refused(ann, answer, harness.Input{"i": harness.Input{"periodId": c.Period("2026-01"), "answer": "SIGNED"}}); len(got) != 1 || got[0] != "input.periodId INVALID_STATE" {
		t.Errorf("an open statement is answered: %v", got)
	}
	b.must(t, b.closer, "submitPeriod", "2026-01")
	contested := h.Do(ann, answer, harness.Input{"i": harness.Input{"periodId": c.Period("2026-01"), "answer": "CONTESTED", "reason": "D1 was 1,500"}})
	reads(t, "contested", contested.String("answerStatement", "statement", "answer", "reason"), "D1 was 1,500")
	b.must(t, b.approver, "approvePeriod", "2026-01")
	if got := b.step(b.closer, "closePeriod", "2026-01"); len(got) != 1 || got[0] != "input.id NOT_READY" {
		t.Errorf("closed over a contest that nobody names: %v", got)
	}
	// The deal is put right: the answer is of another statement now.
	c.Record(b.sale("D1", "ann", "2026-01-10", "1500", "sourceRevision", "2"))
	reads(t, "put right", b.ledger("ann", "2026-01"), "EARNED 150.00, HOLD 75.00 = 75.00; HELD 75.00")
	if current := b.statement(ann, "ann", "2026-01").At("answer", "current").V; current != false {
		t.Errorf("the contest is of the statement as it is: %v", current)
	}
	h.Do(ann, answer, harness.Input{"i": harness.Input{"periodId": c.Period("2026-01"), "answer": "SIGNED"}})
	b.close(t, "2026-01")
	b.must(t, b.payer, "payPeriod", "2026-01")

	// The customer pays in February: the rest is released, and the closed month stays.
	c.Record(harness.Input{"source": "test", "externalId": "P1", "kind": "PAYMENT", "eventDate": "2026-02-20", "amount": "1500", "currency": "USD", "relatesTo": harness.Input{"type": "PAYS", "externalId": "D1"}})
	reads(t, "February", b.ledger("ann", "2026-02"), "RELEASE 75.00 = 75.00")
	s = b.statement(ann, "ann", "2026-01")
	reads(t, "January, paid", s.String("payments", 0, "amount", "amount")+" "+s.String("answer", "answer"), "75.00 SIGNED")
	b.verify(t)
}
