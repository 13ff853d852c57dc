package calc

import (
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

// TestStatementOfTrueUp: what is trued up is refused.
func TestStatementOfTrueUp(t *testing.T) {
	t.Parallel()
	v := model.PlanVersion{Rules: model.PlanRules{RoundStage: model.RoundStatement}, Components: []model.Component{
		{RateKind: model.RateOnValue, Payout: model.PeriodMonth}, {RateKind: model.RateOnValue, Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp},
	}}
	got := Unsupported(v)
	if len(got) != 1 || got[0].Path != "components.1.settlement" {
		t.Errorf("refused %v", got)
	}
}
