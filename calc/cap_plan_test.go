package calc

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
)

// monthlyPlan is a version with flat components by key and rate, paid by the month.
func monthlyPlan(plan string, caps []model.PlanCap, rates ...string) sceneVersion {
	v := sceneVersion{Plan: plan, Caps: caps}
	for i := 0; i < len(rates); i += 2 {
		v.Components = append(v.Components, sceneComponent{Key: rates[i], Rate: rates[i+1], Payout: model.PeriodMonth})
	}
	return v
}

func planCapOf(over model.PlanCapOver, per model.CapPer, amount string) model.PlanCap {
	return model.PlanCap{Kind: model.PlanCapCap, Name: "cap", Over: over, Per: per, Amount: dec(amount)}
}

// earnedBy writes what each component earns, and why where that is nothing.
func earnedBy(r Result) string {
	var out []string
	for _, e := range r.Earnings {
		text := e.Amount.Amount.String()
		if e.Why != model.WhyPaid {
			text += " " + string(e.Why)
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

// TestCapsOverPlans are worked by hand: what each component earns by the month.
func TestCapsOverPlans(t *testing.T) {
	t.Parallel()
	jan, feb := deal("T1", "2026-01-10", "1000"), deal("T2", "2026-02-10", "1000")
	with := func(c model.PlanCap, change func(*model.PlanCap)) model.PlanCap { change(&c); return c }
	carried := func(c *model.PlanCap) { c.Excess = model.ExcessCarried }
	except := func(keys ...string) func(*model.PlanCap) { return func(c *model.PlanCap) { c.Except = keys } }
	floor := func(c *model.PlanCap) { c.Kind = model.PlanCapFloor }
	named := func(name string) func(*model.PlanCap) { return func(c *model.PlanCap) { c.Name = name } }
	for _, c := range []struct {
		name  string
		scene scene
		want  []string // by month
	}{
		// 100 + 50 + 50 of 120: 80 are taken, 40, 20 and 20.
		{"a cap over the plan", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "120")}, "a", "0.1", "b", "0.05", "c", "0.05")}, Credits: []sceneCredit{jan}}, []string{"60, 30, 30"}},
		// 100, 100, 100 of 200: 33.34 of the first, 33.33 of the others.
		{"the odd cent to the first", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "200")}, "a", "0.1", "b", "0.1", "c", "0.1")}, Credits: []sceneCredit{jan}}, []string{"66.66, 66.67, 66.67"}},
		{"one left out", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{with(planCapOf(model.OverPlan, model.PerPeriod, "60"), except("a"))}, "a", "0.1", "b", "0.05", "c", "0.05")}, Credits: []sceneCredit{jan}}, []string{"100, 30, 30"}},
		{"nothing is left", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "0")}, "a", "0.1", "b", "0")}, Credits: []sceneCredit{jan}}, []string{"0 CAPPED, 0 NET_ZERO"}},
		// 100 - 20 of 50: what is taken is taken from the 100.
		{"beside one below 0", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "50")}, "a", "0.1", "b", "-0.02")}, Credits: []sceneCredit{jan}}, []string{"70, -20"}},
		{"other plans are not concerned", scene{Versions: []sceneVersion{monthlyPlan("p", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "60")}, "a", "0.1"), monthlyPlan("q", nil, "a", "0.1")}, Credits: []sceneCredit{jan}}, []string{"60, 100"}},
		{"over the payee, by whichever plan says so", scene{Versions: []sceneVersion{monthlyPlan("p", nil, "a", "0.1"), monthlyPlan("q", []model.PlanCap{planCapOf(model.OverPayee, model.PerPeriod, "60")}, "a", "0.1", "b", "0.1")}, Credits: []sceneCredit{jan}}, []string{"20, 20, 20"}},
		// The plan's first, whichever stands first: 100 and 80 of 80; then 90 of 60 + 80... 140 of 70.
		{"the plan's before the payee's", scene{Versions: []sceneVersion{monthlyPlan("p", []model.PlanCap{planCapOf(model.OverPayee, model.PerPeriod, "70"), with(planCapOf(model.OverPlan, model.PerPeriod, "60"), named("plan"))}, "a", "0.1"), monthlyPlan("q", nil, "a", "0.08")}, Credits: []sceneCredit{jan}}, []string{"30, 40"}},
		// 150 a month: 150 and 50 of 200; a return of 1,000 leaves 150 of 300: nothing comes of it.
		{"of the year", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerYear, "200")}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan, feb, deal("R1", "2026-03-10", "-500")}}, []string{"100, 50", "33.33, 16.67", "0 CAPPED, 0 CAPPED", "0 NO_CREDITS, 0 NO_CREDITS"}},
		// 300 so far; the return leaves 150: 50 less than the 200 that were paid, of -100 and -50.
		{"a return below what was cut", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerYear, "200")}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan, feb, deal("R1", "2026-03-10", "-1000")}}, []string{"100, 50", "33.33, 16.67", "-33.33, -16.67"}},
		// 150 of 120: 20 of a and 10 of b are carried. Then 20 + 10, and nothing more.
		{"carried", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{with(planCapOf(model.OverPlan, model.PerPeriod, "120"), carried)}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan}}, []string{"80, 40", "20, 10", "0 NO_CREDITS, 0 NO_CREDITS"}},
		// 30 on top of 150: 180 of 120, 60 carried: 40 of a's 120, 20 of b's 60.
		{"carried into a month that earns", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{with(planCapOf(model.OverPlan, model.PerPeriod, "120"), carried)}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan, feb}}, []string{"80, 40", "80, 40", "40, 20", "0 NO_CREDITS, 0 NO_CREDITS"}},
		// 150 of 300: 100 and 50 on top, in proportion.
		{"a floor", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{with(planCapOf(model.OverPlan, model.PerPeriod, "300"), floor)}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan}}, []string{"200, 100", "150, 150"}},
		// January from the 17th on: 15 of 31 days of 310; nothing in March, after the last day.
		{"for the days held", scene{Seats: []sceneSeat{{"ana", "north", date("2026-01-17"), date("2026-03-01")}}, Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{with(planCapOf(model.OverPlan, model.PerPeriod, "310"), floor)}, "a", "0.1")}}, []string{"150", "310", ""}},
		// 100 dollars are 90 euros.
		{"in another currency", scene{Pay: "EUR", FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}}, Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPayee, model.PerPeriod, "100")}, "a", "0.1", "b", "0.05")}, Credits: []sceneCredit{jan}}, []string{"60, 30"}},
		{"no rate for the cap", scene{Pay: "EUR", Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPayee, model.PerPeriod, "100")}, "a", "0.1")}}, []string{"0 PROBLEM"}},
		{"below the cap", scene{Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "500")}, "a", "0.1")}, Credits: []sceneCredit{jan}}, []string{"100"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for month, want := range c.want {
				s := c.scene
				s.Period = fmt.Sprintf("2026-%02d", month+1)
				r := s.run(t)
				if got := earnedBy(r); got != want {
					t.Errorf("%s: got %s, want %s", s.Period, got, want)
					for _, e := range r.Earnings {
						t.Log(outline(e.Trace.Explain(), ""))
					}
				}
				for _, e := range r.Earnings {
					if e.Why != model.WhyProblem {
						tampered(t, c.name+" in "+s.Period, e)
					}
				}
			}
		})
	}
}

// TestCapsOverPlansOfSeveralPeriods: a cap of the year takes months and
// quarters together, in the order in which they end, the shorter first.
func TestCapsOverPlansOfSeveralPeriods(t *testing.T) {
	t.Parallel()
	v := monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerYear, "350")}, "month", "0.1")
	v.Components = append(v.Components, sceneComponent{Key: "quarter", Rate: "0.1", Payout: model.PeriodQuarter})
	s := scene{Versions: []sceneVersion{v}, Credits: []sceneCredit{deal("T1", "2026-01-10", "1000"), deal("T2", "2026-03-10", "1000"), deal("T3", "2026-04-10", "1000")}}
	for period, want := range map[string]string{"2026-01": "100", "2026-02": "0 NO_CREDITS", "2026-03": "100", "2026-Q1": "150", "2026-04": "0 CAPPED"} {
		s.Period = period
		if got := earnedBy(s.run(t)); got != want {
			t.Errorf("%s: got %s, want %s", period, got, want)
		}
	}
}

// TestCapsOverPlansLeaveLines: what is taken from an earning is taken from its
// lines.
func TestCapsOverPlansLeaveLines(t *testing.T) {
	t.Parallel()
	s := scene{Period: "2026-01", Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "100")}, "a", "0.1")},
		Credits: []sceneCredit{deal("T1", "2026-01-10", "1000"), deal("T2", "2026-01-11", "500"), deal("R1", "2026-01-12", "-200")}}
	e := s.only(t)
	// 100 + 50 - 20 = 130, of which 30 are taken: 20 and 10.
	if got := amountsOf(e.Lines()); got != "80 40 -20" {
		t.Errorf("got %s\n%s", got, outline(e.Trace.Explain(), ""))
	}
	s.Versions[0].Caps[0].Kind, s.Versions[0].Caps[0].Amount = model.PlanCapFloor, dec("200")
	e = s.only(t)
	if got := amountsOf(e.Lines()); got != "100 50 -20 70" || e.Lines()[3].Credit != 0 {
		t.Errorf("got %s\n%s", got, outline(e.Trace.Explain(), ""))
	}
}

// TestFloorsOverPlansStop: a floor lifts nothing that a gate has stopped, and
// nothing beside a problem.
func TestFloorsOverPlansStop(t *testing.T) {
	t.Parallel()
	floor := []model.PlanCap{{Kind: model.PlanCapFloor, Name: "floor", Over: model.OverPlan, Per: model.PerPeriod, Amount: dec("500")}}
	s := scene{Period: "2026-01", Versions: []sceneVersion{monthlyPlan("", floor, "a", "0.1", "b", "0.1")}, Credits: []sceneCredit{deal("T1", "2026-01-10", "1000")}}
	gate := []model.Adjustment{{Kind: model.AdjustGate, Name: "never", Over: model.OverComponent, Condition: "measure < 0"}}
	s.Versions[0].Components[0].Adjustments = gate
	if got := earnedBy(s.run(t)); got != "0 GATE_NOT_MET, 500" {
		t.Error(got)
	}
	s.Versions[0].Components[1].Adjustments = gate
	if got := earnedBy(s.run(t)); got != "0 GATE_NOT_MET, 0 GATE_NOT_MET" {
		t.Error(got)
	}
	s.Versions[0].Components[0] = sceneComponent{Key: "a", Bonus: [][2]string{{"1", "5"}}, Payout: model.PeriodMonth}
	s.Versions[0].Components[1].Adjustments = nil
	if got := earnedBy(s.run(t)); got != "0 PROBLEM, 100" {
		t.Error(got)
	}
}

// TestCapsOverPlansInTwoPositions: both seats' earnings are of the plan, and a
// day on which both were held counts once.
func TestCapsOverPlansInTwoPositions(t *testing.T) {
	t.Parallel()
	s := scene{
		Period: "2026-01", Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{planCapOf(model.OverPlan, model.PerPeriod, "310")}, "a", "0.1")},
		Seats: []sceneSeat{{"ana", "north", date("2026-01-11"), date("2027-01-01")}, {"ana", "south", date("2026-01-16"), date("2027-01-01")}},
	}
	north, south := deal("T1", "2026-01-20", "3000"), deal("T2", "2026-01-21", "1200")
	south.Position = "south"
	s.Credits = []sceneCredit{north, south}
	// 300 and 120 of 310 x 21 / 31 = 210: 210 are taken, 150 and 60.
	if got := earnedBy(s.run(t)); got != "150, 60" {
		t.Error(got)
	}
}
