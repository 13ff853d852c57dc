package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// moved is a company in which Ann has West in January and East from February
// on, under a plan of tiers in which totals follow the payee. Max is above East,
// and Wes above West.
func moved(t *testing.T) *harness.Company {
	t.Helper()
	c := harness.New(t).NewCompany()
	c.Hire("max", "Max", "USD", "")
	c.Hire("wes", "Wes", "USD", "")
	c.Payees["ann"] = c.Do(c.Admin(), `mutation { createPayee(input: {externalId: "ann", name: "Ann", currency: "USD"}) { payee { id } userErrors { message } } }`, nil).ID("createPayee", "payee", "id")
	sit := func(position, above string, days harness.Input) {
		c.Positions[position] = c.Make("createPosition", "position", harness.Input{"externalId": position, "name": position, "parentId": c.Positions[above]})
		seat := harness.Input{"externalId": "ann in " + position, "payeeId": c.Payees["ann"].String(), "positionId": c.Positions[position]}
		maps.Copy(seat, days)
		c.Make("assignPosition", "assignment", seat)
	}
	sit("West", "wes", harness.Input{"startDate": "2026-01-01", "endDate": "2026-01-31"})
	sit("East", "max", harness.Input{"startDate": "2026-02-01"})
	c.Quota("West", c.Own, "90000", "2026-Q1")
	c.Quota("East", c.Own, "180000", "2026-Q1")
	table := c.Tiers("TIERS", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "rules": harness.Input{"continuity": "FOLLOW_PAYEE"}, "components": []harness.Input{
		{"key": "commission", "payout": "QUARTER", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table}}}, "ann")
	c.Record(annsDeal("A-1", "2026-01-10", "40000"), annsDeal("A-2", "2026-02-10", "100000"), annsDeal("A-3", "2026-03-10", "20000"))
	return c
}

func annsDeal(id, day, amount string) harness.Input {
	return harness.Input{"source": "crm", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
}

// reached reads what somebody sees of Ann's quarter: by position amount, measure
// and quota, and what the explanations say was brought along.
func reached(t *testing.T, c *harness.Company, token string) string {
	t.Helper()
	c.Settle()
	var out []string
	for _, e := range c.Do(token, `query($p: ID!) { earnings(where: {periodId: {eq: $p}, componentKey: {eq: "commission"}}) { nodes { position { externalId } amount { amount } measure quota
		explanation { verified root { children { kind label value children { kind label value credit { id } } } } } } } }`, harness.Input{"p": c.Period("2026-Q1")}).List("earnings", "nodes") {
		if e.At("explanation", "verified").V != true {
			t.Errorf("%s does not recompute", e.String("position", "externalId"))
		}
		text := fmt.Sprintf("%s %s of %s/%s", e.String("position", "externalId"), e.String("amount", "amount"), e.String("measure"), e.String("quota"))
		for _, n := range e.List("explanation", "root", "children") {
			for _, below := range n.List("children") {
				if label := below.String("label"); strings.HasPrefix(label, "continuity=") {
					text += fmt.Sprintf(", %s %s %s", below.String("kind"), label, below.String("value"))
				}
			}
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestFollowPayee moves a payee within a quarter, and changes what came before.
func TestFollowPayee(t *testing.T) {
	t.Parallel()
	c := moved(t)
	// 40,000 of 31,000 + 118,000 are reached: 109,000 x 0.05 + 11,000 x 0.1
	east := "East 6550 of 160000/149000, MEASURE continuity=FOLLOW_PAYEE before 2026-02-01: position West 40000, QUOTA continuity=FOLLOW_PAYEE quota=POSITION before 2026-02-01: position West 31000"
	harness.Same(t, "both", []string{reached(t, c, c.Admin())}, east+"\nWest 2450 of 40000/31000")

	t.Run("who manages the new position sees of the old one the sum alone", func(t *testing.T) {
		max := c.Payees["max"]
		harness.Same(t, "Max sees", []string{reached(t, c, c.Token(&max, model.RoleManager))}, east)
		wes := c.Payees["wes"]
		harness.Same(t, "Wes sees", []string{reached(t, c, c.Token(&wes, model.RoleManager))}, "West 2450 of 40000/31000")
	})
	t.Run("a late sale in the old position raises the new one's rate", func(t *testing.T) {
		c.Record(annsDeal("A-4", "2026-01-20", "10000"))
		// 50,000: 99,000 x 0.05 + 21,000 x 0.1; 31,000 x 0.05 + 19,000 x 0.1
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "East 7050 of 170000/149000,") || !strings.HasSuffix(got, "\nWest 3450 of 50000/31000") {
			t.Error(got)
		}
	})
	t.Run("the old position's quota is part of the new one's", func(t *testing.T) {
		c.Quota("West", c.Own, "180000", "2026-Q1")
		// 62,000 + 118,000 = 180,000: 170,000 lie below it
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "East 6000 of 170000/180000,") || !strings.HasSuffix(got, "\nWest 2500 of 50000/62000") {
			t.Error(got)
		}
	})
	t.Run("a formula and carried quotas are refused", func(t *testing.T) {
		plan := c.Make("createPlan", "plan", harness.Input{"externalId": "NO", "name": "No"})
		id := c.Make("createPlanVersion", "planVersion", harness.Input{"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD",
			"rules": harness.Input{"continuity": "FOLLOW_PAYEE", "quotaCarry": "SHORTFALL"}, "components": []harness.Input{
				{"key": "f", "payout": "QUARTER", "measureId": c.Own, "rateKind": "FORMULA", "formula": "measure"}}})
		finance := c.Token(nil, model.RoleFinance)
		c.Do(c.Admin(), `mutation($i: SubmitPlanVersionInput!) { submitPlanVersion(input: $i) { userErrors { code } } }`, harness.Input{"i": harness.Input{"id": id, "ifVersion": 1}})
		c.Do(finance, `mutation($i: ApprovePlanVersionInput!) { approvePlanVersion(input: $i) { userErrors { code } } }`, harness.Input{"i": harness.Input{"id": id, "ifVersion": 2}})
		harness.Same(t, "codes", c.Refused(finance, `mutation($i: PublishPlanVersionInput!) { publishPlanVersion(input: $i) { userErrors { path code message } } }`,
			harness.Input{"i": harness.Input{"id": id, "ifVersion": 3}}), "input.id.rules.quotaCarry NOT_SUPPORTED", "input.id.components.0.rateKind NOT_SUPPORTED")
	})
}
