package scenario

import (
	"slices"
	"testing"

	"spm/test/harness"
)

// TestEarlierPeriods writes a plan whose formula reads what was earned before and
// whose gate reads the month before, sells, and reads what was earned; a late deal
// of the year before, and one of January, change the months after.
func TestEarlierPeriods(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	component := func(key, kind string) harness.Input {
		return harness.Input{"key": key, "name": key, "payout": "MONTH", "rateKind": kind, "measureId": c.Own}
	}
	capped, gated := component("capped", "FORMULA"), component("gated", "RATE_ON_VALUE")
	capped["formula"] = "min(measure * 0.1, 500 - earnedBefore('capped'))"
	gated["rate"], gated["adjustments"] = "0.02", []harness.Input{{"kind": "GATE", "name": "after a good month", "over": "COMPONENT", "condition": "prior(1) >= 2000"}}

	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "WRONG", "name": "Wrong"})
	wrong := component("wrong", "FORMULA")
	for formula, want := range map[string]string{
		"prior(13)":              "input.components.0.formula EXPRESSION",
		"prior(daysHeld)":        "input.components.0.formula EXPRESSION",
		"earnedBefore('nobody')": "input.components.0 INVALID",
	} {
		wrong["formula"] = formula
		if refused := h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
			"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": []harness.Input{wrong},
		}}); !slices.Contains(refused, want) {
			t.Errorf("%s is refused with %v", formula, refused)
		}
	}

	c.Plan("EARLIER", harness.Input{"currency": "USD", "components": []harness.Input{capped, gated}}, "ann")
	sale := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	want := func(pairs ...string) {
		t.Helper()
		h.Settle()
		got := map[string]string{}
		for _, e := range h.Do(h.Admin(), `{ earnings(where: {periodTypes: [MONTH]}, first: 100) { nodes {
				componentKey why period { name } amount { amount } explanation { verified } } } }`, nil).List("earnings", "nodes") {
			key := e.String("period", "name") + " " + e.String("componentKey")
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s does not recompute", key)
			}
			got[key] = e.String("amount", "amount") + " " + e.String("why")
		}
		for i := 0; i < len(pairs); i += 2 {
			if got[pairs[i]] != pairs[i+1] {
				t.Errorf("%s: %s, want %s", pairs[i], got[pairs[i]], pairs[i+1])
			}
		}
	}
	c.Record(sale("D1", "2026-02-03", "3000"), sale("D2", "2026-03-03", "4000"))
	want("2026-02 capped", "300.00 PAID", "2026-03 capped", "200.00 PAID", "2026-02 gated", "0.00 GATE_NOT_MET", "2026-03 gated", "80.00 PAID")
	// 2,500 in January: 250, which leave 250 for February and nothing for March.
	c.Record(sale("D0", "2026-01-03", "2500"))
	want("2026-01 capped", "250.00 PAID", "2026-02 capped", "250.00 PAID", "2026-03 capped", "0.00 NET_ZERO", "2026-01 gated", "0.00 GATE_NOT_MET", "2026-02 gated", "60.00 PAID")
	found, err := h.Service.Verify(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("broken laws %v, %v", found, err)
	}
}
