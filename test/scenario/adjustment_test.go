package scenario

import (
	"slices"
	"testing"

	"spm/test/harness"
)

// adjusted is a component that pays a tenth of own sales, adjusted.
func adjusted(key string, adjustments ...harness.Input) harness.Input {
	return harness.Input{"key": key, "name": key, "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": adjustments}
}

// TestAdjustments writes a plan with multipliers, gates, caps and floors,
// publishes it through four eyes, sells, and reads what was earned and why.
func TestAdjustments(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	components := []harness.Input{
		adjusted("accelerated", harness.Input{"kind": "MULTIPLIER", "name": "above quota", "condition": "attainment >= 1.25", "factor": "1.2"}),
		adjusted("capped", harness.Input{"kind": "CAP", "name": "cap", "amount": "800"}),
		adjusted("windfall", harness.Input{"kind": "CAP", "name": "a deal at most", "over": "LINE", "amount": "300"},
			harness.Input{"kind": "MULTIPLIER", "name": "big ones", "over": "LINE", "condition": "amount > 5000", "factor": "2"}),
		adjusted("gated", harness.Input{"kind": "GATE", "name": "team first", "condition": "measureOf('TEAM') > 0"}),
		adjusted("half", harness.Input{"kind": "GATE", "name": "a share", "condition": "measure >= 20000", "factor": "0.5"},
			harness.Input{"kind": "FLOOR", "name": "minimum", "amount": "650"}),
	}
	for i := range components {
		components[i]["measureId"] = c.Own
	}
	c.Plan("ADJUSTED", harness.Input{"currency": "USD", "components": components}, "ann")
	c.Quota("ann", c.Own, "8000", "2026-Q1")
	sale := func(id, amount string) harness.Input {
		return harness.Input{
			"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": "2026-02-03", "amount": amount, "currency": "USD",
			"sellers": []harness.Input{{"payee": "ann"}},
		}
	}
	c.Record(sale("D1", "6000"), sale("D2", "4000"))
	h.Settle()
	got := map[string]string{}
	for _, e := range h.Do(h.Admin(), `{ earnings(where: {periodTypes: [QUARTER]}, first: 50) { nodes {
			componentKey why period { name } amount { amount } explanation { verified root { children { kind label amount rate children { kind label amount } } } } } } }`, nil).List("earnings", "nodes") {
		if e.String("period", "name") != "2026-Q1" {
			continue
		}
		if e.At("explanation", "verified").V != true {
			t.Errorf("%s does not recompute", e.String("componentKey"))
		}
		text := e.String("amount", "amount") + " " + e.String("why")
		for _, n := range e.List("explanation", "root", "children") {
			if kind := n.String("kind"); slices.Contains([]string{"MULTIPLIER", "GATE", "CAP", "FLOOR"}, kind) {
				text += ", " + kind + " " + n.String("label") + " " + n.String("amount")
			}
			for _, below := range n.List("children") {
				if kind := below.String("kind"); n.String("kind") == "LINE" && slices.Contains([]string{"MULTIPLIER", "CAP"}, kind) {
					text += ", " + kind + " " + below.String("label") + " " + below.String("amount")
				}
			}
		}
		got[e.String("componentKey")] = text
	}
	for key, want := range map[string]string{
		"accelerated": "1200.00 PAID, MULTIPLIER above quota 200",
		"capped":      "800.00 PAID, CAP cap -200",
		"windfall":    "900.00 PAID, CAP a deal at most -300, MULTIPLIER big ones 300, CAP a deal at most -100",
		"gated":       "0.00 GATE_NOT_MET, GATE team first -1000",
		"half":        "650.00 PAID, GATE a share -500, FLOOR minimum 150",
	} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s", key, got[key], want)
		}
	}
	version := h.Do(h.Admin(), `{ planVersions { nodes { rules { multipliers capProration floorProration } components { adjustments { kind name over condition factor amount per excess } } } } }`, nil).At("planVersions", "nodes", 0)
	if version.String("rules", "multipliers") != "PRODUCT" || version.String("components", 2, "adjustments", 1, "condition") != "amount > 5000" ||
		version.String("components", 1, "adjustments", 0, "per") != "PERIOD" || version.String("components", 1, "adjustments", 0, "excess") != "FORFEITED" {
		t.Errorf("the version reads %v", version.V)
	}
}

// TestAdjustmentRefusals refuses what an adjustment has no use for, with the
// field concerned.
func TestAdjustmentRefusals(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "P", "name": "P"})
	component := adjusted("c",
		harness.Input{"kind": "MULTIPLIER", "name": "m"},
		harness.Input{"kind": "CAP", "name": "m", "factor": "2"},
		harness.Input{"kind": "GATE", "name": "g", "over": "LINE", "condition": "amount > 0"},
		harness.Input{"kind": "GATE", "name": "h", "condition": "amount > 0"},
		harness.Input{"kind": "FLOOR", "name": "f", "amount": "-1"},
		harness.Input{"kind": "MULTIPLIER", "name": "o", "over": "ORDER", "factor": "2"},
		harness.Input{"kind": "FLOOR", "name": "y", "amount": "1", "per": "YEAR", "excess": "CARRIED"},
		harness.Input{"kind": "CAP", "name": "z", "amount": "1", "per": "YEAR", "excess": "CARRIED"},
		harness.Input{"kind": "CAP", "name": "l", "amount": "1", "over": "LINE", "per": "PERIOD"},
	)
	component["measureId"] = c.Own
	got := h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": []harness.Input{component}}})
	harness.Same(t, "refused", got,
		"input.components.0.adjustments.0.factor REQUIRED", "input.components.0.adjustments.1.name DUPLICATE_INPUT",
		"input.components.0.adjustments.1.factor INVALID", "input.components.0.adjustments.1.amount REQUIRED",
		"input.components.0.adjustments.2.over INVALID", "input.components.0.adjustments.3.condition EXPRESSION",
		"input.components.0.adjustments.4.amount INVALID", "input.components.0.adjustments.5.over INVALID",
		"input.components.0.adjustments.6.per INVALID", "input.components.0.adjustments.6.excess INVALID",
		"input.components.0.adjustments.7.excess INVALID", "input.components.0.adjustments.8.per INVALID")
}
