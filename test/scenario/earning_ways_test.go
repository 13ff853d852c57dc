package scenario

import (
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestCompAdminsWalk is a comp admin's way to a plan with a target rate, an
// accelerator, a matrix and a gate: written, validated, approved and published
// by others, given with a target incentive, calculated, explained.
func TestCompAdminsWalk(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Hire("ben", "Ben", "USD", "")

	// What is measured beside sales, and the tables.
	csat := c.Make("createMeasure", "measure", harness.Input{"key": "CSAT", "name": "Satisfaction", "source": "VALUES", "aggregation": "AVERAGE"})
	h.Do(h.Admin(), `mutation($v: [MeasureValueInput!]!) { setMeasureValues(input: {values: $v}) { userErrors { path code message } } }`, harness.Input{"v": []harness.Input{
		{"measureId": csat, "positionId": c.Positions["ann"], "date": "2026-01-31", "value": "8"},
		{"measureId": csat, "positionId": c.Positions["ann"], "date": "2026-03-31", "value": "9"},
	}})
	accelerator := c.Make("createRateTable", "rateTable", harness.Input{"key": "ACCELERATOR", "name": "Accelerator", "version": harness.Input{
		"dimension": "ATTAINMENT", "cellKind": "MULTIPLE_OF_TARGET_RATE", "rows": []harness.Input{{"from": "0", "to": "1", "cell": "1"}, {"from": "1", "cell": "1.5"}},
	}})
	matrix := c.Make("createRateTable", "rateTable", harness.Input{"key": "QUALITY", "name": "Quality", "version": harness.Input{
		"dimensions": []harness.Input{{"name": "attainment", "expression": "attainment"}, {"name": "satisfaction", "expression": "measureOf('CSAT')"}},
		"cellKind":   "FRACTION_OF_TARGET",
		"rows": []harness.Input{
			{"keys": []harness.Input{{"to": "1"}, {}}, "cell": "0"},
			{"keys": []harness.Input{{"from": "1"}, {"to": "8"}}, "cell": "0.5"},
			{"keys": []harness.Input{{"from": "1"}, {"from": "8"}}, "cell": "1.25"},
		},
	}})

	// The plan: a first try says what is wrong, and where.
	check := h.Do(h.Admin(), `query($t: String!) { validateExpression(environment: WINDOW, text: $t) { type error { message line column } } }`, harness.Input{"t": "attainment >= 0.5 and earnings('sales') > 0"})
	if got := check.String("validateExpression", "error", "message"); !strings.Contains(got, "earnings") {
		t.Errorf("the expression is refused with %q", got)
	}
	tried := h.Do(h.Admin(), `query($t: String!, $s: [SampleInput!]) { validateExpression(environment: WINDOW, text: $t, sample: $s) { type value error { message } } }`, harness.Input{
		"t": "attainment >= 0.5 and measureOf('CSAT') > 8", "s": []harness.Input{{"name": "attainment", "value": "0.6"}, {"name": "measureOf(CSAT)", "value": "8.5"}},
	})
	if got := tried.String("validateExpression", "type") + " " + tried.String("validateExpression", "value"); got != "BOOLEAN true" {
		t.Errorf("on a sample the gate is %s", got)
	}
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "AE", "name": "Account executives"})
	components := []harness.Input{
		{"key": "sales", "measureId": c.Own, "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": accelerator, "targetShare": "0.7", "adjustments": []harness.Input{
			{"kind": "GATE", "name": "half of quota", "condition": "attainment >= 0.5"},
		}},
		{"key": "quality", "measureId": c.Own, "payout": "QUARTER", "rateKind": "MATRIX", "rateTableId": matrix, "targetShare": "0.3"},
		{"key": "kicker", "measureId": c.Own, "payout": "QUARTER", "rateKind": "FORMULA", "formula": "earningOf('sales') > 9000 ? round(earningOf('sales') * 0.1, 2) : 0"},
	}
	version := harness.Input{"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": components}
	const create = `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`
	components[0]["adjustments"].([]harness.Input)[0]["condition"] = "earningOf('kicker') >= 0"
	if refused := h.Refused(h.Admin(), create, harness.Input{"i": version}); !slices.Contains(refused, "input.components.0 CYCLE") {
		t.Errorf("a circle of components is refused with %v", refused)
	}
	components[0]["adjustments"].([]harness.Input)[0]["condition"] = "attainment >= 0.5"
	id := h.Do(h.Admin(), create, harness.Input{"i": version}).String("createPlanVersion", "planVersion", "id")

	// Its author may not approve it.
	step := func(token, name string, ifVersion int) []string {
		return h.Refused(token, "mutation($i: "+strings.ToUpper(name[:1])+name[1:]+"Input!) { "+name+"(input: $i) { userErrors { path code message } } }", harness.Input{"i": harness.Input{"id": id, "ifVersion": ifVersion}})
	}
	if refused := step(h.Admin(), "submitPlanVersion", 1); len(refused) > 0 {
		t.Fatalf("submitting: %v", refused)
	}
	if refused := step(h.Admin(), "approvePlanVersion", 2); !slices.Contains(refused, "input.id SAME_PERSON") {
		t.Errorf("its author's approval is refused with %v", refused)
	}
	approver := h.Token(nil, model.RoleFinance)
	for i, name := range []string{"approvePlanVersion", "publishPlanVersion"} {
		if refused := step(approver, name, i+2); len(refused) > 0 {
			t.Fatalf("%s: %v", name, refused)
		}
	}
	for _, payee := range []string{"ann", "ben"} {
		c.Make("assignPlan", "planAssignment", harness.Input{"externalId": "AE to " + payee, "planId": plan, "payeeId": c.Payees[payee].String(), "startDate": "2026-01-01", "targetIncentive": harness.Input{"amount": "40000", "currency": "USD"}})
		c.Quota(payee, c.Own, "100000", "2026-Q1")
	}
	sale := func(id, payee, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": "2026-02-03", "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": payee}}}
	}
	c.Record(sale("D1", "ann", "80000"), sale("D2", "ann", "40000"), sale("D3", "ben", "40000"))
	h.Do(h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, harness.Input{"p": c.Period("2026-Q1")})
	h.Settle()

	got, trees := map[string]string{}, map[string]string{}
	for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {in: [$p]}}, first: 50) { nodes {
			componentKey why payee { externalId } amount { amount }
			explanation { verified root { children { kind label amount value rate children { kind label value } } } } } } }`, harness.Input{"p": c.Period("2026-Q1")}).List("earnings", "nodes") {
		if e.At("explanation", "verified").V != true {
			t.Errorf("%s does not recompute", e.String("componentKey"))
		}
		key := e.String("payee", "externalId") + " " + e.String("componentKey")
		got[key] = e.String("amount", "amount") + " " + e.String("why")
		for _, n := range e.List("explanation", "root", "children") {
			trees[key] += n.String("kind") + " " + n.String("label") + "; "
		}
	}
	// 40,000 a year is 10,000 a quarter: 7,000 for sales at 0.07 of a quota of
	// 100,000, one and a half times that above; 3,000 for quality.
	for key, want := range map[string]string{
		"ann sales":   "9100.00 PAID", // 100,000 x 0.07 + 20,000 x 0.105
		"ann quality": "3750.00 PAID", // 3,000 x 1.25 at 120 % and (8 + 9) / 2
		"ann kicker":  "910.00 PAID",
		"ben sales":   "0.00 GATE_NOT_MET",
		"ben quality": "0.00 BELOW_THRESHOLD", // 40 % of quota
		"ben kicker":  "0.00 NET_ZERO",
	} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s: %s", key, got[key], want, trees[key])
		}
	}
	for key, wants := range map[string][]string{
		"ann sales":   {"TARGET targetProration=DAYS", "RULE targetRate=TARGET/QUOTA", "RULE gate holds: half of quota"},
		"ann quality": {"RULE rateKind=MATRIX precedence=FIRST table=QUALITY version=1", "RESULT row 3"},
		"ben sales":   {"GATE half of quota"},
	} {
		for _, want := range wants {
			if !strings.Contains(trees[key], want) {
				t.Errorf("%s does not say %s: %s", key, want, trees[key])
			}
		}
	}
}
