package calc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// in puts deals into a position.
func in(position string, all ...sceneCredit) []sceneCredit {
	for i := range all {
		all[i].Position = position
	}
	return all
}

// seats of "ana", one after another: position, first day, day after the last.
func seatsOf(all ...[3]string) []sceneSeat {
	var out []sceneSeat
	for _, s := range all {
		out = append(out, sceneSeat{"ana", s[0], date(s[1]), date(s[2])})
	}
	return out
}

// TestFollowPayee are worked by hand. The quarter has 90 days, of which January
// has 31, February 28 and March 31; quotas are of the quarter.
func TestFollowPayee(t *testing.T) {
	t.Parallel()
	moved := seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-02-01", "2026-04-01"})
	quotas := []sceneQuota{{Position: "south", Measure: "revenue", Period: "2026-Q1", Amount: "90000"}, {Position: "north", Measure: "revenue", Period: "2026-Q1", Amount: "180000"}}
	sales := append(in("south", deal("S1", "2026-01-10", "40000")), in("north", deal("N1", "2026-02-10", "100000"), deal("N2", "2026-03-10", "20000"))...)
	tiers := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}}
	marginal := sceneComponent{Table: "t"}
	for _, c := range []struct {
		name  string
		scene scene
		want  string // of each earning: position, amount, measure, quota, why
	}{
		// South: 31,000 x 0.05 + 9,000 x 0.1 = 2,450, as without the transfer. North: the quota is 31,000 + 118,000
		// = 149,000, of which 40,000 are reached: 100,000 x 0.05, then 9,000 x 0.05 + 11,000 x 0.1 = 1,550.
		{"marginal", scene{Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6550 of 160000/149000 PAID; south 2450 of 40000/31000 PAID"},
		// 160,000 of 149,000 is 107%: 10% of what was sold in north.
		{"retroactive", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 12000 of 160000/149000 PAID; south 4000 of 40000/31000 PAID"},
		// N1 reaches 140,000 of 149,000: 5%; N2 160,000: 10%.
		{"whole credits", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit}, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 7000 of 160000/149000 PAID; south 4000 of 40000/31000 PAID"},
		// Each position pays its part of a level's 900: 59 and 31 of 90 days.
		{"a bonus", scene{Component: &sceneComponent{Bonus: [][2]string{{"1", "900"}, {"1.5", "90"}}, Levels: model.BonusEach}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 590 of 160000/149000 PAID; south 310 of 40000/31000 PAID"},
		// 9,000 a year are 2,250 a quarter, of which 59 days are 1,475; 104.3% of a third of it and so on: a curve
		// that pays 200% above quota.
		{"a pay curve", scene{Target: "9000", Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTarget, Rows: [][3]string{{"0", "1", "0.5"}, {"1", "", "2"}}}},
			Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 2950 of 160000/149000 PAID; south 1550 of 40000/31000 PAID"},
		// The target rate is north's own: 1,475 / 118,000 = 0.0125; 109,000 at it and 11,000 at twice of it. South's
		// is 775 / 31,000 = 0.025.
		{"a target rate", scene{Target: "9000", Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTargetRate, Rows: [][3]string{{"0", "1", "1"}, {"1", "", "2"}}}},
			Component: &marginal, Credits: sales, Quotas: quotas, Seats: moved},
			"north 1637.5 of 160000/149000 PAID; south 1225 of 40000/31000 PAID"},
		// Up to 149,000 x 1: of N2 9,000 count.
		{"an attainment cap", scene{Component: &sceneComponent{Rate: "0.1", AttainmentCap: "1"}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 10900 of 160000/149000 PAID; south 3100 of 40000/31000 PAID"},
		// 200,000 were brought along, of which 149,000 count. 100,000 come back, first what did not count: 49,000 x 0.05.
		{"more than the attainment cap", scene{Component: &sceneComponent{Table: "t", AttainmentCap: "1"}, Tables: tiers, Quotas: quotas, Seats: moved,
			Credits: append(in("south", deal("S1", "2026-01-10", "200000")), in("north", takesBack(deal("R1", "2026-02-20", "-100000"), ""))...)},
			"north -2450 of 100000/149000 PAID; south 1550 of 200000/31000 PAID"},
		// North's quota as a whole, and all that was sold.
		{"quotas that are not prorated", scene{Rules: model.PlanRules{QuotaProration: model.ProrateNone}, Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6000 of 160000/180000 PAID; south 2000 of 40000/90000 PAID"},
		// South is held beside north until the middle of February: nobody moves.
		{"two positions at once", scene{Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-15"}, [3]string{"north", "2026-02-01", "2026-04-01"})},
			"north 6100 of 120000/118000 PAID; south 2000 of 40000/45000 PAID"},
		// North from the 1st of March, with 62,000 of quota; February counts nowhere.
		{"a gap", scene{Component: &marginal, Credits: append(sales[:1:1], sales[2]), Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-03-01", "2026-04-01"})},
			"north 1000 of 60000/93000 PAID; south 2450 of 40000/31000 PAID"},
		// South in January, north in February, south in March: south pays January by itself, then 20,000 from
		// 140,000 on, against 31,000 + 56,000 + 31,000 = 118,000: all at 10%.
		{"a transfer back", scene{Component: &marginal, Credits: append(sales[:2:2], in("south", deal("S2", "2026-03-10", "20000"))...), Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-02-01", "2026-03-01"}, [3]string{"south", "2026-03-01", "2026-04-01"})},
			// north: 40,000 of 87,000 are reached: 47,000 x 0.05 + 53,000 x 0.1
			"north 7650 of 140000/87000 PAID; south 4450 of 160000/118000 PAID"},
		// What comes back after the transfer is taken back in south, at its own rates: 9,000 x 0.1 + 1,000 x 0.05.
		{"a return after the transfer", scene{Component: &marginal, Credits: append(sales[:3:3], in("south", takesBack(deal("R1", "2026-02-20", "-10000"), "S1"))...), Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6550 of 160000/149000 PAID; south 1500 of 30000/31000 PAID"},
		// Totals begin anew with the second version, from the 1st of February on.
		{"a restart", scene{Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved, Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{marginal}},
			{From: datep("2026-02-01"), Components: []sceneComponent{{Table: "t", Restart: true}}}}},
			"north 6100 of 120000/118000 PAID; south 2450 of 40000/31000 PAID"},
		// Totals go on over another version: as without it.
		{"another version", scene{Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved, Versions: []sceneVersion{
			{To: datep("2026-02-15"), Components: []sceneComponent{marginal}},
			{From: datep("2026-02-15"), Components: []sceneComponent{marginal}}}},
			"north 6550 of 160000/149000 PAID; south 2450 of 40000/31000 PAID"},
		{"no quota in the earlier position", scene{Component: &marginal, Credits: sales[1:], Tables: tiers, Quotas: quotas[1:], Seats: moved},
			"north 0 of 0/none PROBLEM; south 0 of 0/none PROBLEM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Rules.Continuity = model.ContinuePayee
			if got := s.reached(t); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// reached calculates, and writes each earning: position, amount, measure, quota,
// why. Each must recompute from its trace, and from no other.
func (s *scene) reached(t *testing.T) string {
	t.Helper()
	var out []string
	for _, e := range s.run(t).Earnings {
		quota := "none"
		if e.Quota != nil {
			quota = e.Quota.String()
		}
		out = append(out, fmt.Sprintf("%s %s of %s/%s %s", e.Cites.Position, e.Amount.Amount, e.Measure, quota, e.Why))
		if _, err := Verify(e.Trace); err != nil {
			t.Error(err)
		}
		if e.Why != model.WhyProblem {
			tampered(t, t.Name(), e)
		}
	}
	return strings.Join(out, "; ")
}

// creditedTo makes deals those of a payee.
func creditedTo(payee string, all ...sceneCredit) []sceneCredit {
	for i := range all {
		all[i].Payee = payee
	}
	return all
}

// TestFollowPosition are worked by hand: who takes north goes on from what its
// holders before have reached in the quarter, whose quota is 90,000.
func TestFollowPosition(t *testing.T) {
	t.Parallel()
	seat := func(payee, from, to string) sceneSeat { return sceneSeat{payee, "north", date(from), date(to)} }
	taken := []sceneSeat{seat("bob", "2026-01-01", "2026-02-01"), seat("ana", "2026-02-01", "2026-04-01")}
	back := []sceneSeat{seat("ana", "2026-01-01", "2026-02-01"), seat("bob", "2026-02-01", "2026-03-01"), seat("ana", "2026-03-01", "2026-04-01")}
	sales := append(creditedTo("bob", deal("B1", "2026-01-10", "40000")), creditedTo("ana", deal("A1", "2026-02-10", "60000"), deal("A2", "2026-03-10", "20000"))...)
	tiers := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}}
	marginal := sceneComponent{Table: "t"}
	for _, c := range []struct {
		name  string
		payee string
		scene scene
		want  string
	}{
		// 40,000 of 90,000 are reached: 50,000 x 0.05, then 10,000 x 0.1 and 20,000 x 0.1.
		{"marginal", "ana", scene{Component: &marginal, Credits: sales, Seats: taken}, "north 5500 of 120000/90000 PAID"},
		// 31,000 x 0.05 + 9,000 x 0.1: bob's own part, as without a successor.
		{"who had it before", "bob", scene{Component: &marginal, Credits: sales, Seats: taken}, "north 2450 of 40000/31000 PAID"},
		{"retroactive", "ana", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Credits: sales, Seats: taken}, "north 8000 of 120000/90000 PAID"},
		// 59 of 90 days of 900
		{"a bonus", "ana", scene{Component: &sceneComponent{Bonus: [][2]string{{"1.2", "900"}}}, Credits: sales, Seats: taken}, "north 590 of 120000/90000 PAID"},
		// 62,000 of quota for January and March; what was sold meanwhile is nobody's.
		{"a vacancy", "ana", scene{Component: &marginal, Credits: append(sales[:1:1], sales[2]), Seats: []sceneSeat{taken[0], seat("ana", "2026-03-01", "2026-04-01")}},
			"north 1000 of 60000/62000 PAID"},
		// Bob shares it until the middle of February.
		{"two holders at once", "ana", scene{Component: &marginal, Credits: sales, Seats: []sceneSeat{seat("bob", "2026-01-01", "2026-02-15"), taken[1]}},
			"north 5050 of 80000/59000 PAID"},
		// January by itself, against 31,000; March from 40,000 + 60,000 on, against 90,000.
		{"who comes back", "ana", scene{Component: &marginal, Seats: back, Credits: append(append(creditedTo("ana", deal("A0", "2026-01-10", "40000")), creditedTo("bob", deal("B2", "2026-02-10", "60000"))...), sales[2])},
			// 31,000 x 0.05 + 9,000 x 0.1; 20,000 x 0.1
			"north 4450 of 120000/90000 PAID"},
		// Bob's return comes after he has left: it is his.
		{"a return after the transfer", "ana", scene{Component: &marginal, Seats: taken, Credits: append(sales[:3:3], creditedTo("bob", takesBack(deal("R1", "2026-02-20", "-10000"), "B1"))...)},
			"north 5500 of 120000/90000 PAID"},
		{"a restart", "ana", scene{Credits: sales, Seats: taken, Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{marginal}},
			{From: datep("2026-02-01"), Components: []sceneComponent{{Table: "t", Restart: true}}}}},
			// 59,000 x 0.05 + 21,000 x 0.1
			"north 5050 of 80000/59000 PAID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Payee, s.Quota, s.Tables, s.Rules.Continuity = c.payee, "90000", tiers, model.ContinuePosition
			if got := s.reached(t); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	t.Run("of who had it before nothing but sums is said", func(t *testing.T) {
		t.Parallel()
		s := scene{Component: &marginal, Credits: sales, Seats: taken, Quota: "90000", Tables: tiers, Rules: model.PlanRules{Continuity: model.ContinuePosition}}
		tree := outline(s.only(t).Trace.Explain(), "")
		for _, part := range []string{"B1", "bob", "credit 1"} {
			if strings.Contains(tree, part) {
				t.Errorf("%s is in\n%s", part, tree)
			}
		}
		if want := "MEASURE continuity=FOLLOW_POSITION before 2026-02-01: an earlier holder (40000)"; !strings.Contains(tree, want) {
			t.Errorf("no %s in\n%s", want, tree)
		}
	})
	t.Run("in whatever order they are calculated", func(t *testing.T) {
		t.Parallel()
		s := scene{Component: &sceneComponent{Table: "t", Payout: model.PeriodMonth, Window: model.PeriodQuarter, Settlement: model.SettleTrueUp}, Seats: back, Quota: "90000", Tables: tiers,
			Rules:   model.PlanRules{Continuity: model.ContinuePosition},
			Credits: append(creditedTo("ana", deal("A0", "2026-01-10", "40000"), deal("A2", "2026-03-10", "20000")), creditedTo("bob", deal("B2", "2026-02-10", "60000"))...)}
		s.Period = "2026-Q1" // of the quota
		e, order := engineOf(t, s.book()), []asked{{"ana", "2026-01"}, {"ana", "2026-02"}, {"ana", "2026-03"}, {"bob", "2026-01"}, {"bob", "2026-02"}, {"bob", "2026-03"}}
		want := calculated(e, s.facts(), order)
		var paid []string
		for _, a := range order {
			for _, earning := range want[a].Earnings {
				paid = append(paid, a.payee+" "+a.period+" "+earning.Amount.Amount.String())
			}
			if err := sound(want[a]); err != nil {
				t.Error(err)
			}
		}
		// Ana's January of 31,000 by itself; bob from 40,000 on, of 59,000: 19,000 x 0.05 + 41,000 x 0.1; ana at 10%.
		if got := strings.Join(paid, ", "); got != "ana 2026-01 2450, ana 2026-03 2000, bob 2026-02 5050" {
			t.Error(got)
		}
		slices.Reverse(order)
		if what := otherwise(calculated(e, s.facts(), order), want); what != "" {
			t.Error(what)
		}
	})
	t.Run("who takes a position depends on who had it", func(t *testing.T) {
		t.Parallel()
		s := scene{Component: &marginal, Tables: tiers, Seats: taken, Rules: model.PlanRules{Continuity: model.ContinuePosition}}
		e, bob, ana := engineOf(t, s.book()), keyed(model.KindPayee, "bob"), keyed(model.KindPayee, "ana")
		quarter := keyed(model.KindPeriod, "2026-Q1")
		if !slices.Contains(e.Dependents(bob, quarter), model.PayeePeriod{Payee: ana, Period: quarter}) || !e.Interdependent() {
			t.Errorf("bob has %v", e.Dependents(bob, quarter))
		}
	})
}

// TestUnsupportedContinuity: what has no meaning where totals go on is refused.
func TestUnsupportedContinuity(t *testing.T) {
	t.Parallel()
	id := keyed(model.KindMeasure, "other")
	none := model.PlanRules{BonusProration: model.ProrateNone}
	for _, c := range []struct {
		rules     model.PlanRules
		component model.Component
		want      string
	}{
		{model.PlanRules{}, model.Component{RateKind: model.RateTiered, TierMode: model.TierMarginal}, ""},
		{model.PlanRules{}, model.Component{RateKind: model.RatePayCurve}, ""},
		{model.PlanRules{QuotaCarry: model.CarrySurplus}, model.Component{RateKind: model.RateOnValue}, "rules.quotaCarry"},
		{model.PlanRules{}, model.Component{RateKind: model.RateFormula, Formula: "measure"}, "components.0.rateKind"},
		{model.PlanRules{}, model.Component{RateKind: model.RateObjectives}, "components.0.rateKind"},
		{model.PlanRules{}, model.Component{RateKind: model.RatePool}, "components.0.rateKind"},
		{model.PlanRules{}, model.Component{RateKind: model.RateOverride}, "components.0.rateKind"},
		{none, model.Component{RateKind: model.RateBonus, BonusLevels: model.BonusEach}, "components.0.rateKind"},
		{model.PlanRules{TargetProration: model.ProrateNone}, model.Component{RateKind: model.RatePayCurve}, "components.0.rateKind"},
		{none, model.Component{RateKind: model.RateTiered, TierMode: model.TierRetroactive}, "components.0.tierMode"},
		{none, model.Component{RateKind: model.RateTiered, TierMode: model.TierMarginal}, ""},
		{model.PlanRules{}, model.Component{RateKind: model.RateTiered, TierMode: model.TierMarginal, Accumulate: model.OverOrder}, "components.0.accumulate"},
		{model.PlanRules{}, model.Component{RateKind: model.RateTiered, TierMode: model.TierMarginal, LookedUpByID: &id}, "components.0.lookedUpById"},
	} {
		for _, rule := range []model.Continuity{model.ContinuePayee, model.ContinuePosition} {
			c.rules.Continuity, c.component.Payout = rule, model.PeriodQuarter
			var got []string
			for _, u := range Unsupported(model.PlanVersion{Rules: c.rules, Components: []model.Component{c.component}}) {
				got = append(got, u.Path)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s %s: %v, want %q", rule, c.component.RateKind, got, c.want)
			}
		}
	}
	s := scene{Rules: model.PlanRules{Continuity: model.ContinuePayee}, Measures: []sceneMeasure{{Key: "v", Source: model.SourceValues, Aggregation: model.AggregateLast}}, Component: &sceneComponent{Measure: "v", Rate: "1"}}
	if r := s.run(t); len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemNotSupported {
		t.Errorf("the last of values: %v", r.Problems)
	}
}
