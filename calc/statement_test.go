package calc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// onStatement is two or more flat components by key and rate that are rounded
// together, and what was sold.
func onStatement(sold string, rates ...string) scene {
	return scene{
		Period: "2026-01", Rules: model.PlanRules{RoundStage: model.RoundStatement},
		Versions: []sceneVersion{monthlyPlan("", nil, rates...)}, Credits: []sceneCredit{deal("T1", "2026-01-10", sold)},
	}
}

// TestStatement is worked by hand.
func TestStatement(t *testing.T) {
	t.Parallel()
	with := func(s scene, change func(*scene)) scene { change(&s); return s }
	capped := func(amount string) func(*scene) {
		return func(s *scene) {
			s.Versions[0].Caps = []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, amount)}
		}
	}
	mode := func(mode model.RoundMode) func(*scene) { return func(s *scene) { s.Rules.RoundMode = mode } }
	other := func(rules model.PlanRules) func(*scene) {
		return func(s *scene) {
			v := monthlyPlan("z", nil, "c", "0.05")
			v.Rules = &rules
			s.Versions = append(s.Versions, v)
		}
	}
	zero := 0
	for _, c := range []struct {
		name  string
		scene scene
		want  string
	}{
		// 1.525 + 1.525 = 3.05; 1.52 each, and the cent that is left to the first.
		{"the cent to the earlier", onStatement("30.50", "a", "0.05", "b", "0.05"), "1.53, 1.52"},
		// 1.525 + 0.9455 = 2.4705, 2.47; 1.52 + 0.94, and the cent to the rest of 0.0055.
		{"the cent to the larger rest", onStatement("30.50", "a", "0.05", "b", "0.031"), "1.52, 0.95"},
		// 3 x 1.525 = 4.575, 4.58; 1.52 each, and two cents.
		{"two cents", onStatement("30.50", "a", "0.05", "b", "0.05", "c", "0.05"), "1.53, 1.53, 1.52"},
		// -3.05; as above.
		{"mirrored", onStatement("-30.50", "a", "0.05", "b", "0.05"), "-1.53, -1.52"},
		// 1.525 - 0.305 = 1.22; 1.52 and -0.31, and the cent to the first of two rests of 0.005.
		{"one below 0", onStatement("30.50", "a", "0.05", "b", "-0.01"), "1.53, -0.31"},
		{"down", with(onStatement("30.50", "a", "0.05", "b", "0.031"), mode(model.RoundDn)), "1.52, 0.95"},
		// 2.4705 is 2.48: both rests get a cent.
		{"up", with(onStatement("30.50", "a", "0.05", "b", "0.031"), mode(model.RoundUp)), "1.53, 0.95"},
		// 0.006 + 0.007 = 0.013, 0.01; by itself each would be 0.01.
		{"nothing is left for one", onStatement("1", "a", "0.006", "b", "0.007"), "0 NET_ZERO, 0.01"},
		// 0.004 + 0.004 = 0.008, 0.01; by itself neither would be paid.
		{"something is left for one", onStatement("1", "a", "0.004", "b", "0.004"), "0.01, 0 NET_ZERO"},
		{"by itself", onStatement("30.50", "a", "0.05"), "1.53"},
		// The other plan's is on the statement: 3 x 1.525.
		{"with another plan's", with(onStatement("30.50", "a", "0.05", "b", "0.05"), other(model.PlanRules{RoundStage: model.RoundStatement})), "1.53, 1.53, 1.52"},
		// The other plan's is rounded by itself, or with those of its own mode or scale.
		{"beside one rounded by itself", with(onStatement("30.50", "a", "0.05", "b", "0.05"), other(model.PlanRules{})), "1.53, 1.52, 1.53"},
		{"beside another mode", with(onStatement("30.50", "a", "0.05", "b", "0.05"), other(model.PlanRules{RoundStage: model.RoundStatement, RoundMode: model.RoundDn})), "1.53, 1.52, 1.52"},
		{"beside another scale", with(onStatement("30.50", "a", "0.05", "b", "0.05"), other(model.PlanRules{RoundStage: model.RoundStatement, RoundScale: &zero})), "1.53, 1.52, 2"},
		// 3.05 of 3: 0.05 are taken, 0.03 of 1.53 and 0.02 of 1.52 (by 2.508 and 2.492 cents: the odd one to the larger rest).
		{"then capped", with(onStatement("30.50", "a", "0.05", "b", "0.05"), capped("3")), "1.5, 1.5"},
		{"with a problem beside", with(onStatement("30.50", "a", "0.05", "b", "0.05"), func(s *scene) {
			s.Versions[0].Components = append(s.Versions[0].Components, sceneComponent{Key: "c", Formula: "1 / (measure - measure)", Payout: model.PeriodMonth})
		}), "1.53, 1.52, 0 PROBLEM"},
		// A formula reads what the other earns by itself: 1.53 x 1, 1.53 + 1.525 = 3.055, 3.06; 1.52 and 1.53, and the cent to the first.
		{"read by a formula", with(onStatement("30.50", "a", "0.05"), func(s *scene) {
			s.Versions[0].Components = append(s.Versions[0].Components, sceneComponent{Key: "b", Formula: "earningOf('a')", Payout: model.PeriodMonth})
		}), "1.53, 1.53"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			if got := earnedBy(s.run(t)); got != c.want {
				t.Errorf("earned %s, want %s", got, c.want)
			}
		})
	}
}

// TestStatementOfWhomIsNotPaid: what is withheld is on no statement; what is
// below 0 is.
func TestStatementOfWhomIsNotPaid(t *testing.T) {
	t.Parallel()
	s := onStatement("30.50", "a", "0.05", "b", "-0.03")
	s.Rules.StatusPolicy = []model.StatusRule{{Status: model.PayeeNotice, Accrues: true}}
	s.Statuses = []sceneStatus{{From: date("2026-01-20"), Status: model.PayeeNotice}}
	if got := earnedBy(s.run(t)); got != "0 INELIGIBLE, -0.92" { // 0.915 by itself
		t.Errorf("earned %s", got)
	}
}

// TestStatementLines: an earning's cents fall to its lines.
func TestStatementLines(t *testing.T) {
	t.Parallel()
	s := onStatement("30.50", "a", "0.05", "b", "0.05")
	s.Credits = append(s.Credits, deal("T2", "2026-01-11", "30.50"), deal("T3", "2026-01-12", "30.25"))
	// 4.5625 each, 9.125 and so 9.13 together: 4.57 and 4.56. Lines of 1.525, 1.525 and 1.5125.
	r := s.run(t)
	if a, b := amountsOf(r.Earnings[0].Lines()), amountsOf(r.Earnings[1].Lines()); a != "1.53 1.53 1.51" || b != "1.53 1.52 1.51" {
		t.Errorf("lines of %s and %s", a, b)
	}
}

// TestStatementBelow: an override reads what the statement has made of an
// earning.
func TestStatementBelow(t *testing.T) {
	t.Parallel()
	s := onStatement("30.50", "a", "0.05", "b", "0.05")
	s.Payee = "ben"
	s.Seats = []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}, {"ben", "south", model.MinDate, model.MaxDate}}
	s.Under = []sceneUnder{{Position: "north", Parent: "south"}}
	s.Credits[0].Payee = "ana"
	s.Versions = append(s.Versions, sceneVersion{Plan: "over", Rules: &model.PlanRules{}, Components: []sceneComponent{
		{Key: "o", Measure: "none", Basis: model.OverrideEarnings, ByLevel: []string{"1"}, Sources: []string{"plan/b"}, Payout: model.PeriodMonth},
	}})
	s.Assigned = []sceneAssigned{{Plan: "plan", Position: "north"}, {Plan: "over", Position: "south"}}
	if got := earnedBy(s.run(t)); got != "1.52" {
		t.Errorf("earned %s, want 1.52", got)
	}
}

// TestStatementVerified: the trace proves an earning's share, and nothing else.
func TestStatementVerified(t *testing.T) {
	t.Parallel()
	s := onStatement("30.50", "a", "0.05", "b", "0.05")
	b := s.run(t).Earnings[1]
	if tree := b.Trace.Explain(); !leaves(tree).Equal(dec("1.52")) {
		t.Errorf("the leaves sum to %s", leaves(tree))
	}
	for name, spoil := range map[string]func(*Trace){
		"another total": func(f *Trace) {
			for i := range f.Kinds {
				if f.Kinds[i] == NodeInput && f.termAt(i).Label != thisEarning {
					f.Values.Set(i, dec("1.5"))
				}
			}
		},
		"not on it": func(f *Trace) {
			for i := range f.Terms {
				f.Terms[i].Label = strings.ReplaceAll(f.Terms[i].Label, thisEarning, "another")
			}
		},
		"by itself": func(f *Trace) {
			for i := range f.Terms {
				f.Terms[i].Label = strings.ReplaceAll(f.Terms[i].Label, string(model.RoundStatement), string(model.RoundComponent))
			}
		},
		"the first": func(f *Trace) {
			for i := range f.Kinds {
				if f.Kinds[i] == NodeInput {
					f.Term[i], f.Term[i+1] = f.Term[i+1], f.Term[i]
					break
				}
			}
		},
	} {
		forged := b.Trace.packed()
		spoil(&forged)
		if _, err := Verify(forged); err == nil {
			t.Errorf("%s: verified", name)
		}
	}
}

// TestStatementOfTrueUp pays months of a year and beside them another component:
// what each month of the two earns, worked by hand.
func TestStatementOfTrueUp(t *testing.T) {
	t.Parallel()
	trued := func(key, rate string) sceneComponent {
		return sceneComponent{Key: key, Rate: rate, Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp}
	}
	of := func(rules model.PlanRules, credits []sceneCredit, all ...sceneComponent) scene {
		rules.RoundStage = model.RoundStatement
		return scene{Rules: rules, Versions: []sceneVersion{{Components: all}}, Credits: credits}
	}
	flat := sceneComponent{Key: "b", Rate: "0.05", Payout: model.PeriodMonth}
	each := []sceneCredit{deal("T1", "2026-01-10", "30.50"), deal("T2", "2026-02-10", "30.50"), deal("T3", "2026-03-10", "30.50")}
	left := func(s scene) scene {
		s.Seats = []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}}
		return s
	}
	capped := func(s scene) scene {
		s.Versions[0].Caps = []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "2")}
		return s
	}
	back := takesBack(deal("R1", "2026-03-20", "-30.50"), "T1")
	for _, c := range []struct {
		name, want string
		scene      scene
	}{
		// 1.525 + 1.525 = 3.05: 1.53 and 1.52. Then 3.05 + 1.525 = 4.575, 4.58: 3.05 and 1.53, less 1.53 of January.
		// Then 4.575 + 1.525 = 6.10: both rests are 0.005, so 4.58 and 1.52, less 3.05.
		{"beside one by the month", "1.53, 1.52; 1.52, 1.53; 1.53, 1.52", of(model.PlanRules{}, each, trued("a", "0.05"), flat)},
		// 1.525 each, as above; 3.05 each; 4.575 each, 9.15: 4.58 and 4.57.
		{"two of the year", "1.53, 1.52; 1.52, 1.53; 1.53, 1.52", of(model.PlanRules{}, each, trued("a", "0.05"), trued("b", "0.05"))},
		{"a month that adds nothing", "1.53, 1.52; 0 NOTHING_NEW, 0 NOTHING_NEW", of(model.PlanRules{}, each[:1], trued("a", "0.05"), trued("b", "0.05"))},
		// 4.575 + 1.525 less 1.525 + 1.525: 3.05, of which 3.05 were earned.
		{"a return", "1.53, 1.52; 1.52, 1.53; 0 NOTHING_NEW, 0 NET_ZERO", of(model.PlanRules{}, append(each[:3:3], back), trued("a", "0.05"), flat)},
		// By itself it is the month's: 1.525, 3.05, 4.575.
		{"by itself", "1.53; 1.52; 1.53", of(model.PlanRules{}, each, trued("a", "0.05"))},
		// 3.05 is 3.05; 6.10; 9.15: 4.57 + 4.57 and a cent.
		{"down", "1.53, 1.52; 1.52, 1.53; 1.53, 1.52", of(model.PlanRules{RoundMode: model.RoundDn}, each, trued("a", "0.05"), trued("b", "0.05"))},
		// 0.004 each: 0.01 together, to the first. 0.008 each: 0.02, a cent each. 0.012 each: 0.02 still.
		{"too small by itself", "0.01, 0 NET_ZERO; 0 NOTHING_NEW, 0.01; 0 NOTHING_NEW, 0 NOTHING_NEW", of(model.PlanRules{}, []sceneCredit{deal("T1", "2026-01-10", "1"), deal("T2", "2026-02-10", "1"), deal("T3", "2026-03-10", "1")}, trued("a", "0.004"), trued("b", "0.004"))},
		// Who has left is not paid a cent more: 1.525 each stay 1.53 and 1.52.
		{"after leaving", "1.53, 1.52; ; ", left(of(model.PlanRules{}, each[:1], trued("a", "0.05"), trued("b", "0.05")))},
		// January by itself is 1.53 each; then 3.05 each, less these.
		{"a version that begins to", "1.53, 1.53; 1.52, 1.52", scene{Credits: each[:2], Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{trued("a", "0.05"), trued("b", "0.05")}, Rules: &model.PlanRules{}},
			{From: datep("2026-02-01"), Components: []sceneComponent{trued("a", "0.05"), trued("b", "0.05")}, Rules: &model.PlanRules{RoundStage: model.RoundStatement}},
		}}},
		// January as above; from February on each by itself: 3.05, less 1.53 and 1.52.
		{"a version that ends it", "1.53, 1.52; 1.52, 1.53", scene{Credits: each[:2], Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{trued("a", "0.05"), trued("b", "0.05")}, Rules: &model.PlanRules{RoundStage: model.RoundStatement}},
			{From: datep("2026-02-01"), Components: []sceneComponent{trued("a", "0.05"), trued("b", "0.05")}, Rules: &model.PlanRules{}},
		}}},
		// A cap of each month of 1.50: 1.50 and 1.525, 3.025: 1.50 and 1.53. Then 3.00 and 3.05, less these.
		{"under a cap of each month", "1.5, 1.53; 1.5, 1.52", of(model.PlanRules{}, each[:2], func() sceneComponent {
			c := trued("a", "0.05")
			c.Adjustments = []model.Adjustment{byMonth(model.AdjustCap, "", "1.5")}
			return c
		}(), trued("b", "0.05"))},
		// 1.53 and 1.52, less 0.53 and 0.52; then 1.52 and 1.53: what the cap took is not paid later.
		{"then capped", "1, 1; 1, 1", capped(of(model.PlanRules{}, each[:2], trued("a", "0.05"), trued("b", "0.05")))},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			var got []string
			for month := range strings.Split(c.want, "; ") {
				s.Period = fmt.Sprintf("2026-%02d", month+1)
				r := s.run(t)
				got = append(got, earnedBy(r))
				for _, e := range r.Earnings {
					if paid, err := Verify(e.Trace); err != nil || !paid.Equal(e.Amount.Amount) || !leaves(e.Trace.Explain()).Equal(paid) {
						t.Errorf("%s comes to %s, %v", s.Period, paid, err)
					}
					forged := e.Trace.packed()
					if at := slices.Index(forged.Kinds, NodeEarlier); at >= 0 {
						forged.Values.Set(at, forged.Values.At(at).Add(dec("0.01")))
						if _, err := Verify(forged); err == nil {
							t.Errorf("%s: another amount of earlier periods was verified", s.Period)
						}
					}
				}
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("got %s, want %s", text, c.want)
			}
		})
	}
}

// TestStatementsInACircle: where those above one another stand in a circle, what
// else is trued up on their statements is paid, whoever is calculated first.
func TestStatementsInACircle(t *testing.T) {
	t.Parallel()
	override := sceneComponent{Basis: model.OverrideEarnings, ByLevel: []string{"0.5", "0.1"}, Sources: []string{"managers/override", "plan/commission"}, Payout: model.PeriodMonth}
	s := chain(override, soldBy(deal("A1", "2026-01-05", "1000"), "ana", "north"), soldBy(deal("B1", "2026-01-05", "30.50"), "ben", "east"), soldBy(deal("B2", "2026-03-05", "30.50"), "ben", "east"))
	s.Rules.RoundStage = model.RoundStatement
	trued := sceneComponent{Rate: "0.05", Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp}
	second := trued
	second.Key = "second"
	s.Versions[0].Components = []sceneComponent{trued, second}
	s.Under = []sceneUnder{{Position: "east", Parent: "west"}, {Position: "west", Parent: "east"}, {Position: "north", Parent: "east"}}
	s.Period = "2026-03"
	// 1.525 each in January, of which the first has 1.53; 3.05 each by March.
	want := map[string]string{"ana": "0 NOTHING_NEW, 0 NOTHING_NEW", "ben": "0 PROBLEM, 1.52, 1.53", "cyd": "0 PROBLEM", "dee": "0 NO_CREDITS"}
	for _, order := range [][]string{{"ana", "ben", "cyd", "dee"}, {"dee", "cyd", "ben", "ana"}} {
		engine, err := NewEngine(s.book())
		if err != nil {
			t.Fatal(err)
		}
		all := everybody(s.facts())
		run := engine.Begin(all)
		for _, name := range order {
			payee := keyed(model.KindPayee, name)
			r := run.Calculate(payee, keyed(model.KindPeriod, s.Period), all.Credits([]model.ID{payee}, model.Always))
			if got := earnedBy(r); got != want[name] {
				t.Errorf("%v: %s earned %s, want %s", order, name, got, want[name])
			}
		}
	}
}
