package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// seats is a company whose payees and positions are made one by one.
type seats struct{ *harness.Company }

// hire adds a payee without a position.
func (c seats) hire(name string) {
	c.Payees[name] = c.Do(c.Admin(), `mutation($k: String!) { createPayee(input: {externalId: $k, name: $k, currency: "USD"}) { payee { id } userErrors { message } } }`, harness.Input{"k": name}).ID("createPayee", "payee", "id")
}

// open adds a position below somebody's, with a quota of the quarter.
func (c seats) open(position, above, quota string) {
	c.Positions[position] = c.Make("createPosition", "position", harness.Input{"externalId": position, "name": position, "parentId": c.Positions[above]})
	c.Quota(position, c.Own, quota, "2026-Q1")
}

// sit gives a payee a position.
func (c seats) sit(payee, position, from, to string) {
	seat := harness.Input{"externalId": payee + " in " + position, "payeeId": c.Payees[payee].String(), "positionId": c.Positions[position], "startDate": from}
	if to != "" {
		seat["endDate"] = to
	}
	c.Make("assignPosition", "assignment", seat)
}

// pays gives payees a plan of tiers in which totals follow something.
func (c seats) pays(rule string, payees ...string) {
	table := c.Tiers("TIERS", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "rules": harness.Input{"continuity": rule}, "components": []harness.Input{
		{"key": "commission", "payout": "QUARTER", "measureId": c.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table}}}, payees...)
}

// won is a deal of a payee.
func won(payee, id, day, amount string) harness.Input {
	return harness.Input{"source": "crm", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": payee}}}
}

// reached reads what somebody sees of the quarter: by position amount, measure
// and quota, and what the explanations say was brought along.
func reached(t *testing.T, c seats, token string) string {
	t.Helper()
	c.Settle()
	var out []string
	for _, e := range c.Do(token, `query($p: ID!) { earnings(where: {periodId: {eq: $p}, componentKey: {eq: "commission"}}) { nodes { payee { externalId } position { externalId } amount { amount } measure quota
		explanation { verified root { children { kind label value children { kind label value credit { id } } } } } } } }`, harness.Input{"p": c.Period("2026-Q1")}).List("earnings", "nodes") {
		if e.At("explanation", "verified").V != true {
			t.Errorf("%s does not recompute", e.String("position", "externalId"))
		}
		text := fmt.Sprintf("%s %s %s of %s/%s", e.String("payee", "externalId"), e.String("position", "externalId"), e.String("amount", "amount"), e.String("measure"), e.String("quota"))
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
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.Hire("wes", "Wes", "USD", "")
	c.hire("ann")
	c.open("West", "wes", "90000")
	c.open("East", "max", "180000")
	c.sit("ann", "West", "2026-01-01", "2026-01-31")
	c.sit("ann", "East", "2026-02-01", "")
	c.pays("FOLLOW_PAYEE", "ann")
	c.Record(won("ann", "A-1", "2026-01-10", "40000"), won("ann", "A-2", "2026-02-10", "100000"), won("ann", "A-3", "2026-03-10", "20000"))
	// 40,000 of 31,000 + 118,000 are reached: 109,000 x 0.05 + 11,000 x 0.1
	east := "ann East 6550.00 of 160000/149000, MEASURE continuity=FOLLOW_PAYEE before 2026-02-01: an earlier position 40000, QUOTA continuity=FOLLOW_PAYEE quota=POSITION before 2026-02-01: an earlier position 31000"
	harness.Same(t, "both", []string{reached(t, c, c.Admin())}, east+"\nann West 2450.00 of 40000/31000")

	t.Run("who manages the new position sees of the old one the sum alone", func(t *testing.T) {
		manager := c.Payees["max"]
		harness.Same(t, "Max sees", []string{reached(t, c, c.Token(&manager, model.RoleManager))}, east)
		wes := c.Payees["wes"]
		harness.Same(t, "Wes sees", []string{reached(t, c, c.Token(&wes, model.RoleManager))}, "ann West 2450.00 of 40000/31000")
	})
	t.Run("a late sale in the old position raises the new one's rate", func(t *testing.T) {
		c.Record(won("ann", "A-4", "2026-01-20", "10000"))
		// 50,000: 99,000 x 0.05 + 21,000 x 0.1; 31,000 x 0.05 + 19,000 x 0.1
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "ann East 7050.00 of 170000/149000,") || !strings.HasSuffix(got, "\nann West 3450.00 of 50000/31000") {
			t.Error(got)
		}
	})
	t.Run("the old position's quota is part of the new one's", func(t *testing.T) {
		c.Quota("West", c.Own, "180000", "2026-Q1")
		// 62,000 + 118,000 = 180,000: 170,000 lie below it
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "ann East 6000.00 of 170000/180000,") || !strings.HasSuffix(got, "\nann West 2500.00 of 50000/62000") {
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

// TestFollowPosition lets a payee take the position of another, whose facts
// change afterwards.
func TestFollowPosition(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.hire("ann")
	c.hire("bob")
	c.open("North", "max", "90000")
	c.sit("bob", "North", "2026-01-01", "2026-01-31")
	c.sit("ann", "North", "2026-02-01", "")
	c.pays("FOLLOW_POSITION", "ann", "bob")
	c.Record(won("bob", "B-1", "2026-01-10", "40000"), won("ann", "A-1", "2026-02-10", "60000"))
	// 40,000 of 90,000 are reached: 50,000 x 0.05 + 10,000 x 0.1; 31,000 x 0.05 + 9,000 x 0.1
	ann := "ann North 3500.00 of 100000/90000, MEASURE continuity=FOLLOW_POSITION before 2026-02-01: an earlier holder 40000, QUOTA continuity=FOLLOW_POSITION quota=POSITION before 2026-02-01: an earlier holder 31000"
	harness.Same(t, "both", []string{reached(t, c, c.Admin())}, ann+"\nbob North 2450.00 of 40000/31000")
	annsID, bobsID := c.Payees["ann"], c.Payees["bob"]
	harness.Same(t, "Ann sees", []string{reached(t, c, c.Token(&annsID, model.RoleRep))}, ann)
	harness.Same(t, "Bob sees", []string{reached(t, c, c.Token(&bobsID, model.RoleRep))}, "bob North 2450.00 of 40000/31000")

	t.Run("a late sale of who had it before", func(t *testing.T) {
		c.Record(won("bob", "B-2", "2026-01-20", "10000"))
		// 50,000: 40,000 x 0.05 + 20,000 x 0.1
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "ann North 4000.00 of 110000/90000,") {
			t.Error(got)
		}
	})
	t.Run("on unpaid leave they reach nothing", func(t *testing.T) {
		c.Status("bob", "2026-01-16", model.PayeeLeaveUnpaid)
		// 40,000 of 15,000 + 59,000 = 74,000: 34,000 x 0.05 + 26,000 x 0.1
		if got := reached(t, c, c.Admin()); !strings.HasPrefix(got, "ann North 4300.00 of 100000/74000,") {
			t.Error(got)
		}
	})
	t.Run("nobody had it before", func(t *testing.T) {
		seat := c.Do(c.Admin(), `{ positionAssignments { nodes { id version externalId } } }`, nil)
		for _, one := range seat.List("positionAssignments", "nodes") {
			if one.String("externalId") == "bob in North" {
				c.Do(c.Admin(), `mutation($i: EndPositionAssignmentInput!) { endPositionAssignment(input: $i) { userErrors { path code message } } }`,
					harness.Input{"i": harness.Input{"id": one.String("id"), "ifVersion": one.At("version").V, "endDate": "2025-12-31"}})
			}
		}
		// 59,000 x 0.05 + 1,000 x 0.1
		if got := reached(t, c, c.Admin()); !strings.Contains(got, "ann North 3050.00 of 60000/59000") {
			t.Error(got)
		}
	})
}
