package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const createVersion = `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`

// TestLastPay: ann leaves on 15 March with 600 held, of which 200 are released in
// each of April, May and June; her last pay is two pay periods later, in May,
// where the rest is forfeited.
func TestLastPay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	version := func(leaver harness.Input) harness.Input {
		part := func(name, day, share string) harness.Input {
			return harness.Input{"name": name, "share": share, "trigger": "DATE", "date": day}
		}
		return harness.Input{"currency": "USD", "rules": harness.Input{"leaver": leaver}, "components": []harness.Input{{
			"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
			"release": []harness.Input{part("April", "2026-04-10", "0.3333333333"), part("May", "2026-05-10", "0.3333333333"), part("June", "2026-06-10", "0.3333333334")},
		}}}
	}
	plan := c.Plan("REPS", version(harness.Input{"holds": "FORFEIT", "lastPayAfter": 2}), "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "6000"))
	reads(t, "June, at work", b.ledger("ann", "2026-06"), "RELEASE 200.00 = 200.00")
	c.Status("ann", "2026-03-15", model.PayeeTerminated)
	for month, want := range map[string]string{
		"2026-01": "EARNED 600.00, HOLD 600.00 = 0; HELD 600.00",
		"2026-03": " = 0; HELD 600.00",
		"2026-04": "RELEASE 200.00 = 200.00; HELD 400.00",
		"2026-05": "RELEASE 200.00, FORFEITED 200.00 = 200.00",
	} {
		reads(t, month, b.ledger("ann", month), want)
	}
	b.verify(t)

	next := version(harness.Input{"lastPayAfter": -1})
	next["planId"], next["number"], next["startDate"], next["calendarId"] = plan, 2, "2026-07-01", c.Calendar
	harness.Same(t, "below 0", h.Refused(h.Admin(), createVersion, harness.Input{"i": next}), "input.rules.leaver.lastPayAfter INVALID")
	if code := h.Denied(h.Token(nil, model.RoleManager), createVersion, harness.Input{"i": next}); code != "FORBIDDEN" {
		t.Errorf("a manager's createPlanVersion gave %q", code)
	}
	given := h.Do(h.Admin(), `{ planVersions { nodes { rules { leaver { holds draw debit lastPayAfter } } } } }`, nil).At("planVersions", "nodes", 0, "rules", "leaver")
	if n, holds := given.At("lastPayAfter"), given.String("holds"); n.V != float64(2) || holds != "FORFEIT" {
		t.Errorf("the policy reads %v", given.V)
	}
}

// TestOpenWindow: three reps have a quota of 3,100 for January and sell 3,000; they
// leave on the 21st. Prorated the quota is 3,100 x 20 / 31 = 2,000: 2,000 x 5% and
// 1,000 x 10%; whole it is 3,100: 3,000 x 5%; forfeited nothing is left.
// What follows each change is what a calculation of all that is known gives.
func TestOpenWindow(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	table := c.Tiers("TIERS", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
	plan := func(payee string, leaver harness.Input) {
		c.Hire(payee, payee, "USD", "")
		c.Plan("PLAN-"+payee, harness.Input{"currency": "USD", "rules": harness.Input{"leaver": leaver}, "components": []harness.Input{{
			"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table,
		}}}, payee)
		c.Quota(payee, c.Own, "3100", "2026-01")
	}
	b := newBooks(h, c)
	for payee, open := range map[string]string{"ann": "PRORATE", "bob": "FULL", "cam": "FORFEIT"} {
		plan(payee, harness.Input{"openWindow": open})
		c.Record(b.sale("D-"+payee, payee, "2026-01-10", "3000"))
	}
	h.Settle()
	pay := func(payee string) string {
		t.Helper()
		e := h.Do(h.Admin(), `query($p: ID!, $period: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $period}}) { nodes { why amount { amount } explanation { verified } } } }`,
			harness.Input{"p": c.Payees[payee].String(), "period": c.Period("2026-01")}).At("earnings", "nodes", 0)
		if e.At("explanation", "verified").V != true {
			t.Errorf("%s does not recompute", payee)
		}
		return e.String("amount", "amount") + " " + e.String("why")
	}
	for _, payee := range []string{"ann", "bob", "cam"} {
		reads(t, payee+", at work", pay(payee), "150.00 PAID")
		c.Status(payee, "2026-01-21", model.PayeeTerminated)
	}
	h.Settle()
	reads(t, "prorated", pay("ann"), "200.00 PAID")
	reads(t, "whole", pay("bob"), "150.00 PAID")
	reads(t, "forfeited", pay("cam"), "0.00 INELIGIBLE")
	b.verify(t)

	cam := c.Payees["cam"]
	rep := h.Token(&cam, model.RoleRep)
	reason := h.Do(rep, `query($p: ID!, $period: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $period}}) { nodes { explanation { root { children { kind label } } } } } }`,
		harness.Input{"p": cam.String(), "period": c.Period("2026-01")}).At("earnings", "nodes", 0, "explanation", "root")
	all := map[string]string{}
	for _, n := range reason.List("children") {
		all[n.String("kind")] = n.String("label")
	}
	reads(t, "what takes it", all["GATE"], "openWindow=FORFEIT left=2026-01-21")
	reads(t, "why", all["REASON"], "INELIGIBLE: the payee left on 2026-01-21, before the end of the window")
	if seen := h.Do(rep, `query($p: ID!) { earnings(where: {payeeId: {eq: $p}}) { totalCount } }`, harness.Input{"p": c.Payees["ann"].String()}).At("earnings", "totalCount"); seen.V != float64(0) {
		t.Errorf("cam sees %v earnings of ann", seen.V)
	}
	c.Status("cam", "2026-01-31", model.PayeeActive) // back on the last day
	h.Settle()
	reads(t, "come back: 3,100 x 21 / 31 = 2,100, 2,100 x 5% + 900 x 10%", pay("cam"), "195.00 PAID")
	b.verify(t)
}

// TestIncrementalOfLeavers is TestIncrementalEqualsFull where windows that are open
// when somebody leaves are forfeited, or left whole.
func TestIncrementalOfLeavers(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"FORFEIT", "FULL"} {
		t.Run(open, func(t *testing.T) {
			t.Parallel()
			rules := map[string]any{"leaver": map[string]any{"openWindow": open}}
			incremental(t, newShopBy(t, rules), 12, 12, "record", "return", "status of a payee", "end seat", "assign position", "quota")
		})
	}
}

// TestSeatThatWasNever: a seat that is taken back altogether leaves nothing in the
// month that settled its quarter, though the month begins after the seat ended.
func TestSeatThatWasNever(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.must("assignPosition", "externalId", "short", "payeeId", s.payees["cid"].String(), "positionId", s.positions["open"], "startDate", "2017-07-03", "endDate", "2017-08-22")
	earned := func() int {
		s.h.Settle()
		n := 0
		for _, line := range s.h.Strings(earnedLines) {
			if strings.HasPrefix(line, "cid 2017-09 ") {
				n++
			}
		}
		return n
	}
	if earned() == 0 {
		t.Fatal("the quarter of the seat is not settled in September")
	}
	seat := s.h.Do(s.h.Admin(), `query($p: ID!) { positionAssignments(where: {positionId: {eq: $p}}) { nodes { id version } } }`, row{"p": s.positions["open"]}).At("positionAssignments", "nodes", 0)
	s.must("endPositionAssignment", "id", seat.String("id"), "ifVersion", seat.At("version").V, "endDate", "2017-03-20")
	if n := earned(); n > 0 {
		t.Errorf("%d earnings of nobody's seat are left", n)
	}
	if found, err := s.h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("broken laws %v, %v", found, err)
	}
}
