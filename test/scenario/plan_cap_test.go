package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestPlanCaps writes a plan with a cap over all its components and one over
// all that the payee earns in the year, publishes it through four eyes, sells,
// and reads what was earned and why; a late deal changes later months.
func TestPlanCaps(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	flat := func(key, rate string) harness.Input {
		return harness.Input{"key": key, "name": key, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": rate, "measureId": c.Own}
	}
	c.Plan("CAPPED", harness.Input{"currency": "USD", "components": []harness.Input{flat("a", "0.1"), flat("b", "0.05"), flat("free", "0.01")}, "caps": []harness.Input{
		{"kind": "CAP", "name": "a year", "over": "PAYEE", "per": "YEAR", "amount": "300", "except": []string{"free"}},
		{"kind": "CAP", "name": "a month", "over": "PLAN", "amount": "120", "excess": "CARRIED", "except": []string{"free"}},
	}}, "ann")
	sale := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	read := func() map[string]string {
		h.Settle()
		got := map[string]string{}
		for _, e := range h.Do(h.Admin(), `{ earnings(where: {periodTypes: [MONTH]}, first: 100) { nodes {
				componentKey why period { name } amount { amount } lines { nodes { amount { amount } } } explanation { verified root { children { kind } } } } } }`, nil).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s of %s does not recompute", e.String("componentKey"), e.String("period", "name"))
			}
			got[e.String("period", "name")+" "+e.String("componentKey")] = e.String("amount", "amount") + " " + e.String("why")
		}
		return got
	}
	want := func(got map[string]string, pairs ...string) {
		t.Helper()
		for i := 0; i < len(pairs); i += 2 {
			if got[pairs[i]] != pairs[i+1] {
				t.Errorf("%s: %s, want %s", pairs[i], got[pairs[i]], pairs[i+1])
			}
		}
	}
	c.Record(sale("D1", "2026-02-03", "1000"), sale("D2", "2026-04-03", "2000"))
	// February: 150 of 120, 30 of which are carried to March. April: 300 of 120.
	want(read(), "2026-02 a", "80.00 PAID", "2026-02 b", "40.00 PAID", "2026-02 free", "10.00 PAID", "2026-03 a", "20.00 PAID", "2026-03 b", "10.00 PAID",
		"2026-04 a", "80.00 PAID", "2026-04 b", "40.00 PAID", "2026-05 a", "20.00 PAID", "2026-05 b", "10.00 PAID", "2026-06 a", "0.00 CAPPED")
	// 3,000 in January: 120 in January, in February and in March come to the year's 300 with 60 of March.
	c.Record(sale("D0", "2026-01-03", "3000"))
	want(read(), "2026-01 a", "80.00 PAID", "2026-02 a", "80.00 PAID", "2026-02 b", "40.00 PAID", "2026-03 a", "40.00 PAID", "2026-03 b", "20.00 PAID", "2026-04 a", "0.00 CAPPED", "2026-04 free", "20.00 PAID")
	version := h.Do(h.Admin(), `{ planVersions { nodes { caps { kind name over per amount excess except } } } }`, nil).At("planVersions", "nodes", 0)
	if version.String("caps", 0, "over") != "PAYEE" || version.String("caps", 1, "per") != "PERIOD" || version.String("caps", 0, "excess") != "FORFEITED" || version.String("caps", 1, "except", 0) != "free" {
		t.Errorf("the version reads %v", version.V)
	}
}

// TestPlanCapRefusals refuses what a cap over a plan or payee cannot say, with
// the field concerned.
func TestPlanCapRefusals(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "P", "name": "P"})
	component := adjusted("c")
	component["measureId"] = c.Own
	got := h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": []harness.Input{component}, "caps": []harness.Input{
			{"kind": "CAP", "name": "a", "over": "PLAN", "amount": "-1", "per": "WINDOW"},
			{"kind": "FLOOR", "name": "a", "over": "PLAN", "amount": "1", "per": "YEAR", "except": []string{"c", "d"}},
			{"kind": "FLOOR", "name": "", "over": "PAYEE", "amount": "1", "excess": "CARRIED", "except": []string{"d"}},
			{"kind": "CAP", "name": "b", "over": "PAYEE", "amount": "1", "per": "YEAR", "excess": "CARRIED"},
		}}})
	harness.Same(t, "refused", got,
		"input.caps.0.per INVALID", "input.caps.0.amount INVALID", "input.caps.1.name DUPLICATE_INPUT", "input.caps.1.per INVALID", "input.caps.1.except.1 INVALID",
		"input.caps.2.excess INVALID", "input.caps.3.excess INVALID", "input.caps.2.name REQUIRED")
}

// TestCapsHideOtherPositions: a cap over all that a payee earns shows the
// manager of one of the payee's positions nothing of what the other earned.
func TestCapsHideOtherPositions(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	boss, chief := c.Hire("bob", "Bob", "USD", ""), c.Hire("cleo", "Cleo", "USD", "")
	ann := c.Hire("ann", "Ann", "USD", "bob")
	c.Positions["second"] = c.Make("createPosition", "position", harness.Input{"externalId": "second", "name": "Second", "parentId": c.Positions["cleo"]})
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "second seat", "payeeId": ann.String(), "positionId": c.Positions["second"], "startDate": "2026-01-01"})
	c.Plan("CAPPED", harness.Input{"currency": "USD", "rules": harness.Input{"roundStage": "STATEMENT"}, "caps": []harness.Input{{"kind": "CAP", "name": "a month", "over": "PAYEE", "amount": "120"}},
		"components": []harness.Input{{"key": "a", "name": "a", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "measureId": c.Own}}}, "ann")
	sale := func(id, position, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": "2026-01-10", "amount": amount, "currency": "USD", "sellers": []harness.Input{{"position": position}}}
	}
	c.Record(sale("D1", "ann", "1000"), sale("D2", "second", "777"))
	h.Settle()
	for _, reader := range []struct {
		name, token string
		earnings    int
		elsewhere   bool
	}{
		{"the payee", h.Token(&ann, model.RoleRep), 2, true},
		{"the comp admin", h.Admin(), 2, true},
		{"one manager", h.Token(&boss, model.RoleManager), 1, false},
		{"the other", h.Token(&chief, model.RoleManager), 1, false},
	} {
		answer := h.Do(reader.token, `query($p: ID!, $j: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $j}}, first: 10) { nodes {
			amount { amount } position { externalId } explanation { verified root { children { kind label value children { kind label value } } } } } } }`, harness.Input{"p": ann.String(), "j": c.Period("2026-01")})
		all := answer.List("earnings", "nodes")
		if len(all) != reader.earnings {
			t.Errorf("%s reads %d earnings", reader.name, len(all))
		}
		text := fmt.Sprint(answer.V)
		if len(all) == 1 {
			other := map[string][]string{"ann": {"77.7", "177.7", "second"}, "second": {"100", "177.7", "of ann"}}[all[0].String("position", "externalId")]
			for _, secret := range other {
				if strings.Contains(text, secret) {
					t.Errorf("%s reads %s of the other position: %s", reader.name, secret, text)
				}
			}
		}
		if strings.Contains(text, "an earning that you may not see") == reader.elsewhere || strings.Contains(text, "verified:false") {
			t.Errorf("%s reads %s", reader.name, text)
		}
	}
}
