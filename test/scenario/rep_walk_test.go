package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestRepsWalk is a rep's way through their own questions, with their own token:
// what did I earn, why is it less than last month, why did that deal not pay, and
// what became of it after the admin has mended it.
func TestRepsWalk(t *testing.T) {
	t.Parallel()
	c := asked(t)
	h := c.Harness
	ann := c.Payees["ann"]
	rep := h.Token(&ann, model.RoleRep)

	// February paid 500, March pays nothing.
	total := func(period string) string {
		return h.Do(rep, `query($p: ID!) { statement(periodId: $p) { totals { amount } } }`, harness.Input{"p": c.Period(period)}).String("statement", "totals", 0, "amount")
	}
	if february, march := total("2026-02"), total("2026-03"); february != "500.00" || march != "0.00" {
		t.Fatalf("February %s, March %s", february, march)
	}
	less := harness.Input{"periods": harness.Input{"periodId": c.Period("2026-03"), "comparedWithId": c.Period("2026-02")}}
	// 6,500 less at 10% is 650 less; the cap had taken 150 of them in February.
	got, answer := differs(t, h, rep, less)
	if got != "VOLUME deals -650, ADJUSTMENT deals 150" {
		t.Errorf("March is less than February by %s", got)
	}
	if deals := strings.Join(evidence(answer, "VOLUME"), "; "); !strings.HasPrefix(deals, "BIG: BOOKING on 2026-02-10 -> <nil>; BOTH: ") {
		t.Errorf("the deals are %s", deals)
	}

	// A deal of hers is in neither: she asks by the number that her CRM has for it.
	question := ofTransaction("MISSPELT")
	if got, _ := asks(h, rep, question); got != "CREDITING_EXCEPTION" {
		t.Errorf("it does not pay because of %s", got)
	}
	before := h.Do(rep, "{ sequence }", nil).String("sequence")
	h.Do(h.Admin(), `mutation { createProducts(input: {products: [{externalId: "SX", name: "Softwear"}]}) { userErrors { path message } } }`, nil)
	h.Settle()
	got, answer = asks(h, rep, ofTransaction("MISSPELT", harness.Input{"componentKey": "deals"}))
	if !strings.HasPrefix(got, "paid 5.00, CAPPED") {
		t.Errorf("mended, it is %s", got)
	}
	// It pays 5 by its line; the month is capped as it was, so nothing has changed.
	if got, _ := differs(t, h, rep, harness.Input{"moments": harness.Input{"periodId": c.Period("2026-02"), "from": harness.Input{"sequence": before}}}); got != "" {
		t.Errorf("since then %s", got)
	}
	line := answer.At("payments", 0, "lines", 0)
	if line.String("credit", "transaction", "externalId") != "MISSPELT" {
		t.Errorf("the line is %v", line.V)
	}
	// And down to the last decimal: the earning explains itself.
	explained := h.Do(rep, `query($p: ID!) { earnings(where: {periodId: {eq: $p}, componentKey: {eq: "deals"}}) { nodes { explanation { verified root { children { kind label amount credit { transaction { externalId } } } } } } } }`, harness.Input{"p": c.Period("2026-02")})
	if explained.At("earnings", "nodes", 0, "explanation", "verified").V != true {
		t.Errorf("%v", explained.V)
	}
}
