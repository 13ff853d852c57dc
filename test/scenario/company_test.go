package scenario

import (
	"maps"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestOverridesAndPools: a manager earns of what those below earn, a team shares
// a fund to the cent; a deal moves the pay of all concerned; and whoever may not
// see those below sees sums in the explanation, and no name.
func TestOverridesAndPools(t *testing.T) {
	t.Parallel()
	s := newSmall(harness.New(t))
	h, admin := s.h, s.h.Admin()
	made := h.Do(admin, `mutation($members: [TeamMemberInput!]!) {
		over: createPlan(input: {externalId: "OVER", name: "Override"}) { plan { id } userErrors { path message } }
		pool: createPlan(input: {externalId: "POOL", name: "Pool"}) { plan { id } userErrors { path message } }
		createTeam(input: {externalId: "CREW", name: "Crew", members: $members}) { team { id } userErrors { path message } }
	}`, map[string]any{"members": []any{row{"positionId": s.positions["ann"]}, row{"positionId": s.positions["bob"]}, row{"positionId": s.positions["boss"]}}})
	team := made.String("createTeam", "team", "id")
	publish(h, made.String("over", "plan", "id"), s.calendar, []any{row{"key": "results", "payout": "MONTH", "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS",
		"overrideLevels": []any{row{"level": 1, "rate": "0.5"}}, "sources": []any{row{"planId": s.repPlan, "componentKey": "commission"}}}}, row{"titleId": s.bossTitle})
	pool := made.String("pool", "plan", "id")
	publish(h, pool, s.calendar, []any{row{"key": "pool", "measureId": s.own, "payout": "MONTH", "rateKind": "POOL", "teamId": team, "fund": "measure * 0.01"}}, row{"titleId": s.repTitle})
	h.Do(admin, `mutation($input: AssignPlanInput!) { assignPlan(input: $input) { userErrors { path message } } }`, input("externalId", "boss-pool", "planId", pool, "titleId", s.bossTitle, "startDate", "2017-01-01"))
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000"), s.sell("bob", "2017-01-11", "501")}, 10)
	h.Settle()
	// ann 100, bob 50.10; boss half of both; the fund is 15.01 for three of equal weight.
	for who, want := range map[string]string{"ann": "commission 100.00, pool 5.01", "bob": "commission 50.10, pool 5.00", "boss": "override 15.01, pool 5.00, results 75.05"} {
		if got := s.earned(who, "2017-01"); got != want {
			t.Errorf("%s has %s, want %s", who, got, want)
		}
	}
	record(h, []map[string]any{s.sell("ann", "2017-01-12", "200")}, 10)
	h.Settle()
	for who, want := range map[string]string{"ann": "commission 120.00, pool 5.67", "bob": "commission 50.10, pool 5.67", "boss": "override 17.01, pool 5.67, results 85.05"} {
		if got := s.earned(who, "2017-01"); got != want {
			t.Errorf("after another deal %s has %s, want %s", who, got, want)
		}
	}
	boss := s.payees["boss"]
	read := func(token string) string {
		explained := h.Do(token, `query($p: ID!) { earnings(first: 50, where: {payeeId: {eq: $p}, componentKey: {eq: "results"}}) { nodes { explanation { verified root { children { kind value label children { kind label value } } } } } } }`,
			map[string]any{"p": boss.String()}).List("earnings", "nodes")
		var out []string
		for _, e := range explained {
			if e.At("explanation", "verified").V != true {
				t.Error("an explanation does not recompute")
			}
			for _, n := range e.List("explanation", "root", "children") {
				if n.String("kind") != "EARNED" {
					continue
				}
				out = append(out, n.String("value"))
				for _, below := range n.List("children") {
					if below.String("kind") == "INPUT" {
						value, _ := below.At("value").V.(string)
						out = append(out, below.String("label")+" "+value)
					}
				}
			}
		}
		return strings.Join(out, "; ")
	}
	whole := "170.1; commission of ann in 2017-01 by payee ann 120; commission of bob in 2017-01 by payee bob 50.1"
	for name, token := range map[string]string{"comp admin": admin, "manager": h.Token(&boss, model.RoleManager)} {
		if got := read(token); got != whole {
			t.Errorf("a %s reads %q, want %q", name, got, whole)
		}
	}
	if got, want := read(h.Token(&boss, model.RoleRep)), "170.1; somebody whom you may not see ; somebody whom you may not see "; got != want {
		t.Errorf("who sees nobody below reads %q, want %q", got, want)
	}
	found, err := h.Service.Verify(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("laws are broken: %v %v", found, err)
	}
}

// earned gives what a payee has in a period, by component.
func (s *small) earned(payee, period string) string {
	var out []string
	for _, e := range s.h.Do(s.h.Admin(), `query($p: ID!, $q: ID!) { earnings(first: 50, where: {payeeId: {eq: $p}, periodId: {eq: $q}}) { nodes { componentKey amount { amount } } } }`,
		map[string]any{"p": s.payees[payee].String(), "q": s.period(period)}).List("earnings", "nodes") {
		out = append(out, e.String("componentKey")+" "+e.String("amount", "amount"))
	}
	return strings.Join(out, ", ")
}

// TestOthersRefused: what an override or a pool lacks, or has no use for, is
// named at writing.
func TestOthersRefused(t *testing.T) {
	t.Parallel()
	s := newSmall(harness.New(t))
	plan := s.h.Do(s.h.Admin(), `mutation { createPlan(input: {externalId: "P", name: "P"}) { plan { id } userErrors { path message } } }`, nil).String("createPlan", "plan", "id")
	level := []any{row{"level": 1, "rate": "0.1"}}
	for about, c := range map[string]struct {
		component row
		want      string
	}{
		"no levels":             {row{"measureId": s.own, "rateKind": "OVERRIDE"}, "input.components.0.overrideLevels REQUIRED"},
		"levels do not ascend":  {row{"measureId": s.own, "rateKind": "OVERRIDE", "overrideLevels": []any{row{"level": 2, "rate": "0.1"}, row{"level": 2, "rate": "0.1"}}}, "input.components.0.overrideLevels.1.level INVALID"},
		"level 0":               {row{"measureId": s.own, "rateKind": "OVERRIDE", "overrideLevels": []any{row{"level": 0, "rate": "0.1"}}}, "input.components.0.overrideLevels.0.level INVALID"},
		"no sources":            {row{"rateKind": "OVERRIDE", "overrideBasis": "EARNINGS", "overrideLevels": level}, "input.components.0.sources REQUIRED"},
		"a measure of earnings": {row{"measureId": s.own, "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS", "overrideLevels": level, "sources": []any{row{"componentKey": "x"}}}, "input.components.0.measureId INVALID"},
		"no measure":            {row{"rateKind": "OVERRIDE", "overrideLevels": level}, "input.components.0.measureId REQUIRED"},
		"no plan":               {row{"rateKind": "OVERRIDE", "overrideBasis": "EARNINGS", "overrideLevels": level, "sources": []any{row{"planId": s.calendar, "componentKey": "x"}}}, "input.components.0.sources.0.planId NOT_FOUND"},
		"no team":               {row{"rateKind": "POOL", "fund": "1"}, "input.components.0.teamId REQUIRED"},
		"an unknown team":       {row{"rateKind": "POOL", "fund": "1", "teamId": s.calendar}, "input.components.0.teamId NOT_FOUND"},
		"a fund that is wrong":  {row{"rateKind": "POOL", "fund": "amount +"}, "input.components.0.fund EXPRESSION"},
		"a weight of earnings":  {row{"rateKind": "POOL", "fund": "1", "weight": `earningOf("x")`}, "input.components.0.weight NOT_SUPPORTED"},
		"no use for a team":     {row{"measureId": s.own, "rateKind": "RATE_ON_VALUE", "rate": "1", "teamId": s.calendar}, "input.components.0.teamId INVALID"},
	} {
		component := row{"key": "c", "payout": "MONTH"}
		maps.Copy(component, c.component)
		got := s.h.Refused(s.h.Admin(), `mutation($p: ID!, $c: ID!, $k: [ComponentInput!]!) {
			createPlanVersion(input: {planId: $p, number: 1, startDate: "2017-01-01", currency: "USD", calendarId: $c, components: $k}) { planVersion { id } userErrors { path code } }
		}`, map[string]any{"p": plan, "c": s.calendar, "k": []any{component}})
		if !strings.Contains(strings.Join(got, ", "), c.want) {
			t.Errorf("%s: got %v, want %s", about, got, c.want)
		}
	}
}

// TestVacantLevels: who takes a vacant seat moves those below them down a level
// of an override that leaves vacant levels out, also for sales that were there,
// and what comes back of them goes by the same level.
func TestVacantLevels(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("TOP", "Top", "USD", "")
	c.Positions["MID"] = c.Make("createPosition", "position", harness.Input{"externalId": "MID", "name": "Mid", "parentId": c.Positions["TOP"]})
	c.Hire("REP", "Rep", "USD", "MID")
	c.Plan("OVER", harness.Input{"currency": "USD", "components": []harness.Input{{
		"key": "override", "payout": "MONTH", "measureId": c.Team, "rateKind": "OVERRIDE", "compress": true,
		"overrideLevels": []harness.Input{{"level": 1, "rate": "0.1"}, {"level": 2, "rate": "0.01"}},
	}}}, "TOP")
	fact := func(id, kind, day, amount string) harness.Input {
		return harness.Input{"source": "crm", "externalId": id, "kind": kind, "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "REP"}}}
	}
	back := fact("R", "RETURN", "2026-02-05", "-400")
	delete(back, "sellers")
	back["relatesTo"] = harness.Input{"type": "REVERSES", "externalId": "S"}
	c.Record(fact("S", "BOOKING", "2026-01-10", "1000"), back)
	earned := func() string {
		h.Settle()
		var out []string
		for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(first: 50, where: {payeeId: {eq: $p}}) { nodes { period { name } amount { amount } } } }`, map[string]any{"p": c.Payees["TOP"].String()}).List("earnings", "nodes") {
			if amount := e.String("amount", "amount"); amount != "0.00" {
				out = append(out, e.String("period", "name")+" "+amount)
			}
		}
		return strings.Join(out, ", ")
	}
	if got, want := earned(), "2026-01 100.00, 2026-02 -40.00"; got != want {
		t.Errorf("with a vacant seat between: got %s, want %s", got, want)
	}
	c.Hire("MIDDLE", "Middle", "USD", "")
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "seat", "payeeId": c.Payees["MIDDLE"].String(), "positionId": c.Positions["MID"], "startDate": "2026-01-05", "endDate": "2026-01-31"})
	if got, want := earned(), "2026-01 10.00, 2026-02 -4.00"; got != want {
		t.Errorf("with a holder on the day of the sale: got %s, want %s", got, want)
	}
	if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("laws are broken: %v %v", found, err)
	}
}
