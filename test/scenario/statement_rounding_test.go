package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestStatementRounding publishes plans that round the statement, and reads what
// falls to each earning; a late deal moves the cents.
func TestStatementRounding(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	flat := func(key string, more ...any) harness.Input {
		return with(harness.Input{"key": key, "name": key, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.05", "measureId": c.Own}, more...)
	}
	rules := harness.Input{"roundStage": "STATEMENT"}
	c.Plan("P1", harness.Input{"currency": "USD", "rules": rules, "components": []harness.Input{flat("a"), flat("b")}}, "ann")
	c.Plan("P2", harness.Input{"currency": "USD", "rules": rules, "components": []harness.Input{flat("c")}}, "ann")
	sold := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	want := func(amounts ...string) {
		t.Helper()
		h.Settle()
		got := []string{}
		for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { componentKey amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Period("2026-01")}).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s does not recompute", e.String("componentKey"))
			}
			got = append(got, e.String("componentKey")+" "+e.String("amount", "amount"))
		}
		harness.Same(t, "earned", got, amounts...)
	}
	c.Record(sold("D1", "2026-01-10", "30.50")) // 3 x 1.525 = 4.575, 4.58
	want("a 1.53", "b 1.53", "c 1.52")
	c.Record(sold("D2", "2026-01-11", "0.05")) // 3 x 1.5275 = 4.5825, 4.58
	want("a 1.53", "b 1.53", "c 1.52")
	c.Record(sold("D3", "2026-01-12", "0.05")) // 3 x 1.53 = 4.59
	want("a 1.53", "b 1.53", "c 1.53")

	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "P3", "name": "P3"})
	version := h.Do(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id version } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "rules": rules,
		"components": []harness.Input{flat("d", "window", "QUARTER", "settlement", "TRUE_UP")},
	}}).At("createPlanVersion", "planVersion")
	id := version.String("id")
	for n, name := range []string{"submitPlanVersion", "approvePlanVersion"} {
		who := h.Admin()
		if n == 1 {
			who = h.Token(nil, "FINANCE")
		}
		h.Do(who, `mutation($input: `+inputName(name)+`!) { `+name+`(input: $input) { userErrors { path code message } } }`, input("id", id, "ifVersion", n+1))
	}
	harness.Same(t, "refused", h.Refused(h.Admin(), `mutation($input: PublishPlanVersionInput!) { publishPlanVersion(input: $input) { userErrors { path code message } } }`, input("id", id, "ifVersion", 3)), "input.id.components.0.settlement NOT_SUPPORTED")
}

func inputName(mutation string) string { return string(mutation[0]-'a'+'A') + mutation[1:] + "Input" }
