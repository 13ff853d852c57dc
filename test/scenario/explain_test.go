package scenario

import (
	"fmt"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestExplainedInFewStatements: each line of an explanation down to its
// transaction, in one query, by as many SQL statements for 100 lines as for 10.
func TestExplainedInFewStatements(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	ann := c.Hire("ann", "Ann", "USD", "")
	c.Plan("P", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	var deals []harness.Input
	for n := range 110 {
		day := "2026-02-10"
		if n < 10 {
			day = "2026-01-10"
		}
		deals = append(deals, harness.Input{"source": "test", "externalId": fmt.Sprint("D", n), "kind": "BOOKING", "eventDate": day, "amount": "10", "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}})
	}
	c.Record(deals...)
	h.Settle()
	token := h.Token(&ann, model.RoleRep)
	url, sent := h.Counting()
	count := func(query, period string) int64 {
		ask := func() int {
			answer := h.PostTo(url, token, query, harness.Input{"p": c.Period(period)})
			if len(answer.Errors) > 0 {
				t.Fatal(answer.Errors)
			}
			return len(answer.Data)
		}
		if size := ask(); size < 1000 {
			t.Fatalf("%d bytes", size)
		}
		sent()
		ask()
		return sent()
	}
	for _, query := range []string{
		`query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { explanation { verified root { children { kind label amount credit { amount { amount } transaction { externalId } position { externalId } } } } } } } }`,
		`query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { lines(first: 100) { nodes { amount { amount } credit { transaction { externalId product } creditType { key } } } } } } }`,
	} {
		few, many := count(query, "2026-01"), count(query, "2026-02")
		if t.Logf("%d statements for 10 lines, %d for 100", few, many); many > few || many > 12 {
			t.Errorf("%d statements for 10 lines, %d for 100: %s", few, many, query)
		}
	}
	// What did not pay, and why pay is not what it was, are as few.
	why := func(period string) int64 {
		document := `query($p: ID!, $q: ID!) { whyNot(input: {component: {periodId: $p, componentKey: "commission"}}) { paid reasons { text } }
			earningsDiff(input: {periods: {periodId: $p, comparedWithId: $q}}) { causes { cause changes(first: 100) { nodes { name object { __typename id } } } } } }`
		variables := harness.Input{"p": c.Period(period), "q": c.Period("2026-03")}
		if answer := h.PostTo(url, token, document, variables); len(answer.Errors) > 0 {
			t.Fatal(answer.Errors)
		}
		sent()
		h.PostTo(url, token, document, variables)
		return sent()
	}
	if few, many := why("2026-01"), why("2026-02"); many > few+1 {
		t.Errorf("%d statements for 10 lines, %d for 100", few, many)
	}
}
