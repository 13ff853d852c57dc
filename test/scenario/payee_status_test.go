package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestPayeeStatus sends a payee on leave and reads status, pay and the reason
// for none back.
func TestPayeeStatus(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "", harness.Input{"startDate": "2026-01-01", "attributes": []harness.Input{{"name": "grade", "value": "senior"}}})
	c.Hire("bob", "Bob", "USD", "", harness.Input{"status": "NOTICE"})
	component := func(key, eligible string) harness.Input {
		return harness.Input{"key": key, "payout": "MONTH", "measureId": c.Own, "rateKind": "RATE_ON_VALUE", "rate": "0.1", "eligibility": eligible}
	}
	c.Plan("PLAN", harness.Input{
		"currency": "USD", "components": []harness.Input{component("all", ""), component("seniors", "payeeAttr('grade') == 'senior'")},
		"rules": harness.Input{"eligibility": "title == ''", "statusPolicy": []harness.Input{
			{"status": "NOTICE", "accrues": true, "pays": false, "prorates": false}, {"status": "ACTIVE", "accrues": true, "pays": true, "prorates": false},
		}},
	}, "ann", "bob")
	sale := func(id, payee, day string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": "1000", "currency": "USD", "sellers": []harness.Input{{"payee": payee}}}
	}
	c.Record(sale("A1", "ann", "2026-01-10"), sale("A2", "ann", "2026-02-10"), sale("A3", "ann", "2026-02-20"), sale("B1", "bob", "2026-01-10"))
	c.Status("ann", "2026-02-15", model.PayeeLeaveUnpaid)
	c.Status("ann", "2026-04-01", model.PayeeActive)
	h.Settle()
	pay := func(payee, period string) string {
		t.Helper()
		var out []string
		for _, e := range h.Do(h.Admin(), `query($p: ID!, $period: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $period}}) { nodes {
				componentKey why amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Payees[payee].String(), "period": c.Period(period)}).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s of %s does not recompute", e.String("componentKey"), payee)
			}
			out = append(out, e.String("componentKey")+" "+e.String("amount", "amount")+" "+e.String("why"))
		}
		return strings.Join(out, ", ")
	}
	for _, want := range [][3]string{
		{"ann", "2026-01", "all 100.00 PAID, seniors 100.00 PAID"},
		{"ann", "2026-02", "all 100.00 PAID, seniors 100.00 PAID"}, // the sale of the 20th does not count
		{"ann", "2026-03", "all 0.00 INELIGIBLE, seniors 0.00 INELIGIBLE"},
		{"ann", "2026-04", "all 0.00 NO_CREDITS, seniors 0.00 NO_CREDITS"},
		{"bob", "2026-01", "all 0.00 INELIGIBLE, seniors 0.00 INELIGIBLE"},
	} {
		if got := pay(want[0], want[1]); got != want[2] {
			t.Errorf("%s in %s: %s, want %s", want[0], want[1], got, want[2])
		}
	}
	ann := c.Payees["ann"]
	rep := h.Token(&ann, model.RoleRep)
	seen := h.Do(rep, `{ payees { nodes { status(effectiveOn: "2026-02-20") before: status(effectiveOn: "2025-12-31") slices { startDate status } } } }`, nil).At("payees", "nodes", 0)
	if got, want := fmt.Sprint(seen.V), "map[before:<nil> slices:[map[startDate:2026-01-01 status:ACTIVE] map[startDate:2026-02-15 status:LEAVE_UNPAID] map[startDate:2026-04-01 status:ACTIVE]] status:LEAVE_UNPAID]"; got != want {
		t.Errorf("the rep sees %s, want %s", got, want)
	}
	if code := h.Denied(rep, `mutation($id: ID!) { updatePayee(input: {id: $id, ifVersion: 3, status: ACTIVE}) { userErrors { code } } }`, harness.Input{"id": ann.String()}); code != "FORBIDDEN" {
		t.Errorf("a rep ends its leave: %s", code)
	}
	harness.Same(t, "no status", h.Refused(h.Admin(), `mutation($id: ID!) { updatePayee(input: {id: $id, ifVersion: 3, status: null}) { userErrors { path code } } }`, harness.Input{"id": ann.String()}), "input.status REQUIRED")
	rules := h.Do(h.Admin(), `{ planVersions { nodes { components { eligibility } rules { eligibility statusPolicy { status accrues pays prorates } } } } }`, nil).At("planVersions", "nodes", 0)
	if got, want := fmt.Sprint(rules.At("rules", "statusPolicy", 3).V, rules.At("rules", "statusPolicy", 2).V, rules.String("components", 1, "eligibility"), rules.String("rules", "eligibility")),
		"map[accrues:true pays:false prorates:false status:NOTICE] map[accrues:false pays:true prorates:true status:LEAVE_UNPAID]payeeAttr('grade') == 'senior'title == ''"; got != want {
		t.Errorf("the rules read %s, want %s", got, want)
	}
}

// TestEligibilityIsChecked refuses what reads credits, and a status said twice.
func TestEligibilityIsChecked(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "P", "name": "P"})
	rule := harness.Input{"status": "ACTIVE", "accrues": true, "pays": true, "prorates": false}
	got := h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { userErrors { path code } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "currency": "USD", "calendarId": c.Calendar,
		"rules":      harness.Input{"eligibility": "amount > 5", "statusPolicy": []harness.Input{rule, rule}},
		"components": []harness.Input{{"key": "c", "payout": "MONTH", "measureId": c.Own, "rateKind": "RATE_ON_VALUE", "rate": "1", "eligibility": "creditDate == eventDate"}},
	}})
	harness.Same(t, "refused", got, "input.rules.eligibility EXPRESSION", "input.rules.statusPolicy.1.status DUPLICATE_INPUT", "input.components.0.eligibility EXPRESSION")
}
