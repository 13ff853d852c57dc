package calc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"spm/model"
)

// byMonth is a bound of each month.
func byMonth(kind model.AdjustmentKind, excess model.CapExcess, amount string) model.Adjustment {
	a := bound(kind, model.OverComponent, amount)
	a.Per, a.Excess = model.PerPeriod, excess
	return a
}

// truedUp pays months of a window, at 10% unless it says otherwise.
func truedUp(window model.PeriodType, c sceneComponent, all ...model.Adjustment) *sceneComponent {
	if c.Table == "" {
		c.Rate = "0.1"
	}
	c.Payout, c.Window, c.Settlement, c.Adjustments = model.PeriodMonth, window, model.SettleTrueUp, all
	return &c
}

// course gives sales with which the year comes to these totals by the end of each
// month, at 10%.
func courseOf(totals ...int) []sceneCredit {
	var out []sceneCredit
	before := 0
	for i, total := range totals {
		if total != before {
			out = append(out, deal(fmt.Sprint("T", i+1), fmt.Sprintf("2026-%02d-10", i+1), fmt.Sprint(10*(total-before))))
		}
		before = total
	}
	return out
}

// TestBoundsOfPeriods pays months of a longer window under caps and floors of each
// month; want is what each pays.
func TestBoundsOfPeriods(t *testing.T) {
	t.Parallel()
	year, quarter := model.PeriodYear, model.PeriodQuarter
	forfeited, carried := byMonth(model.AdjustCap, "", "100"), byMonth(model.AdjustCap, model.ExcessCarried, "100")
	least := byMonth(model.AdjustFloor, "", "50")
	twice := model.Adjustment{Kind: model.AdjustMultiplier, Name: "twice", Over: model.OverComponent, Factor: optional("2")}
	for _, c := range []struct {
		name, want string
		scene      scene
	}{
		// The months add 150, 30, 80.
		{"forfeited", "100 30 80 0", scene{Component: truedUp(year, sceneComponent{}, forfeited), Credits: courseOf(150, 180, 260)}},
		// 50 from January beside 30; nothing beside 80; 0.
		{"carried", "100 80 80 0", scene{Component: truedUp(year, sceneComponent{}, carried), Credits: courseOf(150, 180, 260)}},
		{"carried into months that add nothing", "100 100 50 0", scene{Component: truedUp(year, sceneComponent{}, carried), Credits: courseOf(250)}},
		// Of January's 150 are 50 cut. 20 and 30 of the returns take from these, the last 10 from what was paid.
		{"a return takes first what was cut", "100 0 -10 0", scene{Component: truedUp(year, sceneComponent{}, forfeited), Credits: courseOf(150, 130, 90)}},
		// What a return has taken from what was cut is not cut again: 150 - 20 = 130, + 40.
		{"and what is sold after it is paid", "100 0 40 -60", scene{Component: truedUp(year, sceneComponent{}, forfeited), Credits: courseOf(150, 130, 170, 80)}},
		{"a return takes first what is carried", "100 30 -20 0", scene{Component: truedUp(year, sceneComponent{}, carried), Credits: courseOf(150, 130, 110)}},
		{"a fall from the start", "-20 100 100", scene{Component: truedUp(year, sceneComponent{}, forfeited), Credits: courseOf(-20, 100, 300)}},
		// 5% up to 1,000 and 10% on all above: 40, then 40 + 200 x 10%.
		{"paid up when the rate rises", "40 40 100 0", scene{Component: truedUp(year, sceneComponent{Table: "t", Mode: model.TierRetroactive}, forfeited),
			Tables: []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "1800", "0.05"}, {"1800", "", "0.1"}}}}, Credits: courseOf(80, 160, 200)}},
		// January's 50 wait for April, whose window begins with them: 100 of 120 + 20, then 40.
		{"carried into the next window", "100 100 100 100 40 0", scene{Component: truedUp(quarter, sceneComponent{}, carried), Credits: courseOf(150, 220, 320, 440)}},
		{"lost with the window", "100 70 100 100 0", scene{Component: truedUp(quarter, sceneComponent{}, forfeited), Credits: courseOf(150, 220, 320, 440)}},
		// 14 of January's 31 days: 45.16; all of February; 14 of March's: 45.16.
		{"for the days held in the month", "45.16 100 45.16 -", scene{Component: truedUp(year, sceneComponent{}, forfeited), Seats: []sceneSeat{{"ana", "north", date("2026-01-18"), date("2026-03-15")}},
			Credits: []sceneCredit{deal("T1", "2026-01-20", "9000"), deal("T2", "2026-02-10", "9000"), deal("T3", "2026-03-10", "9000")}}},
		// 100 of 150; 50 wait for a month in which there is an earning, and there is none.
		{"what is carried waits for one who has left", "100 - - 0 -", scene{Component: truedUp(year, sceneComponent{}, carried), Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}},
			Credits: []sceneCredit{deal("T1", "2026-01-10", "1500"), takesBack(deal("R1", "2026-04-10", "-500"), "T1")}}},
		{"a floor", "50 70 50 50", scene{Component: truedUp(year, sceneComponent{}, least), Credits: courseOf(20, 90, 100)}},
		// A month that falls is not lifted; what February was lifted by stays.
		{"a floor lifts no fall", "80 50 -60 50", scene{Component: truedUp(year, sceneComponent{}, least), Credits: courseOf(80, 90, 30)}},
		{"a floor for the days held in the month", "25 50 -", scene{Component: truedUp(year, sceneComponent{}, byMonth(model.AdjustFloor, "", "50")), Rules: model.PlanRules{FloorProration: model.ProrateWorkingDays},
			Seats: []sceneSeat{{"ana", "north", date("2026-01-16"), date("2026-03-01")}}}},
		// A gate that does not hold yet lets nothing be lifted: 0, 0, then 120 at once, of which 100.
		{"behind a gate", "0 0 100 50", scene{Component: truedUp(year, sceneComponent{}, model.Adjustment{Kind: model.AdjustGate, Name: "enough", Over: model.OverComponent, Condition: "measure >= 1000"}, least, forfeited), Credits: courseOf(20, 90, 120)}},
		// 150 x 2 = 300 of 100; + 60; + 160.
		{"after a multiplier", "100 60 100", scene{Component: truedUp(year, sceneComponent{}, twice, forfeited), Credits: courseOf(150, 180, 260)}},
		{"before a multiplier", "200 60 160", scene{Component: truedUp(year, sceneComponent{}, forfeited, twice), Credits: courseOf(150, 180, 260)}},
		// 100, 130, 210 after the cap of the months, of which 150 in the window.
		{"before a cap of the window", "100 30 20 0", scene{Component: truedUp(year, sceneComponent{}, forfeited, func() model.Adjustment {
			a := bound(model.AdjustCap, model.OverComponent, "150")
			a.Name = "in all"
			return a
		}()), Credits: courseOf(150, 180, 260)}},
		{"nothing at all", "0 0 0", scene{Component: truedUp(year, sceneComponent{}, byMonth(model.AdjustCap, "", "0")), Credits: courseOf(150, 180, 260)}},
		// 135 euros of 90; + 27.
		{"in another currency", "90 27 72", scene{Pay: "EUR", FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}}, Component: truedUp(year, sceneComponent{}, forfeited), Credits: courseOf(150, 180, 260)}},
		// By line: 10.01 each, so 20.02 of 15, then 10.01.
		{"rounded by line", "15 10.01 0", scene{Component: truedUp(year, sceneComponent{}, byMonth(model.AdjustCap, "", "15")), Rules: model.PlanRules{RoundStage: model.RoundLine},
			Credits: []sceneCredit{deal("T1", "2026-01-10", "100.06"), deal("T2", "2026-01-11", "100.06"), deal("T3", "2026-02-10", "100.06")}}},
		// A problem in February pays nothing in it: March has what both add.
		{"a month with a problem", "50 0 60 0", scene{Component: truedUp(year, sceneComponent{Table: "end", Mode: model.TierRetroactive}, byMonth(model.AdjustCap, "", "60")), Tables: []sceneTable{{Key: "end", Rows: [][3]string{{"0", "1400", "0.1"}}}},
			Credits: []sceneCredit{deal("T1", "2026-01-10", "500"), deal("T2", "2026-02-10", "1000"), deal("R1", "2026-03-10", "-200")}}},
		// From February on, 40 more is the most: the 150 of January stay paid.
		{"a version that begins to cap", "150 40 40 0", scene{Credits: courseOf(150, 220, 260), Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{*truedUp(year, sceneComponent{})}},
			{From: datep("2026-02-01"), Components: []sceneComponent{*truedUp(year, sceneComponent{}, byMonth(model.AdjustCap, "", "40"))}},
		}}},
		{"a cap that is raised", "100 100 80 0", scene{Credits: courseOf(150, 250, 330), Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{*truedUp(year, sceneComponent{}, forfeited)}},
			{From: datep("2026-02-01"), Components: []sceneComponent{*truedUp(year, sceneComponent{}, byMonth(model.AdjustCap, "", "120"))}},
		}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			paid, _, _ := s.months(t, len(strings.Fields(c.want)))
			got := strings.Join(paid, " ")
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			for month := range paid {
				s.Period = fmt.Sprintf("2026-%02d", month+1)
				for _, e := range s.run(t).Earnings {
					if got != c.want {
						t.Log(s.Period, outline(e.Trace.Explain(), ""))
					}
					tampered(t, c.name+" in "+s.Period, e)
				}
			}
		})
	}
}

// TestBoundsOfPeriodsAsOverPlans: over courses of a year that never fall, and of
// any course where the excess is carried or there is a floor, months come to what
// a bound of the version over the component alone makes of them.
func TestBoundsOfPeriodsAsOverPlans(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 2026))
	cut := 0
	for n := range 200 {
		kind, excess, over := model.AdjustCap, pick(r, model.ExcessForfeited, model.ExcessCarried), model.PlanCapCap
		if oneIn(r, 4) {
			kind, excess, over = model.AdjustFloor, "", model.PlanCapFloor
		}
		totals, total := make([]int, 6), 0
		for i := range totals {
			step := r.IntN(200) - 60
			if excess == model.ExcessForfeited {
				step = max(step, 0)
			}
			total += step
			totals[i] = total
		}
		window, amount := pick(r, model.PeriodYear, model.PeriodQuarter), fmt.Sprint(r.IntN(150))
		s := scene{Credits: courseOf(totals...)}
		if oneIn(r, 3) {
			from := date("2026-01-01").AddDays(r.IntN(40))
			s.Seats = []sceneSeat{{"ana", "north", from, date("2026-06-30").AddDays(-r.IntN(90))}}
		}
		s.Component = truedUp(window, sceneComponent{}, byMonth(kind, excess, amount))
		s.Rules.CapProration, s.Rules.FloorProration = model.ProrateNone, model.ProrateNone
		ours, all, _ := s.months(t, 6)
		s.Versions, s.Component = []sceneVersion{{Components: []sceneComponent{*truedUp(window, sceneComponent{})}, Caps: []model.PlanCap{{Kind: over, Name: "plan", Over: model.OverPlan, Per: model.PerPeriod, Amount: dec(amount), Excess: excess}}}}, nil
		plans, planned, _ := s.months(t, 6)
		if got, want := strings.Join(ours, " "), strings.Join(plans, " "); got != want {
			t.Errorf("%d: %s of %s %s per %s of %v: got %s, over the plan %s", n, kind, amount, excess, window, totals, got, want)
		}
		if !all.Equal(planned) || !planned.Equal(dec(fmt.Sprint(total))) {
			cut++
		}
	}
	if cut < 50 {
		t.Errorf("only %d were bound", cut)
	}
}
