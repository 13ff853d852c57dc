package calc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// months calculates a scene's months of 2026, and gives what each pays.
func (s scene) months(t testing.TB, n int) (paid []string, total decimal.Decimal, last Result) {
	t.Helper()
	for month := 1; month <= n; month++ {
		s.Period = fmt.Sprintf("2026-%02d", month)
		last = s.run(t)
		amount := "-"
		if len(last.Earnings) == 1 {
			total = total.Add(last.Earnings[0].Amount.Amount)
			amount = last.Earnings[0].Amount.Amount.String()
		}
		paid = append(paid, amount)
	}
	return paid, total, last
}

// TestLongWindows pays each month what a longer window has earned to date.
func TestLongWindows(t *testing.T) {
	t.Parallel()
	tiers := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "100000", "0.05"}, {"100000", "", "0.1"}}}}
	monthly := []sceneCredit{deal("T1", "2026-01-10", "40000"), deal("T2", "2026-02-10", "40000"), deal("T3", "2026-03-10", "40000"), deal("T4", "2026-04-10", "40000")}
	curve := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTarget, Lookup: model.LookupLinear, Rows: [][3]string{{"0", "1", "0"}, {"1", "", "1"}}}}
	of := func(c sceneComponent) *sceneComponent {
		c.Payout, c.Window, c.Settlement = model.PeriodMonth, model.PeriodYear, model.SettleTrueUp
		return &c
	}
	for _, c := range []struct {
		name  string
		scene scene
		want  string
	}{
		// ../shared/cases: mrexcel-cumulative-year-crossing-tier.
		{"crossing a tier", scene{Component: of(sceneComponent{Table: "t"}), Tables: []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "4166667", "0.001"}, {"4166667", "8333333", "0.002"}, {"8333333", "12500000", "0.003"}, {"12500000", "", "0.004"}}}},
			Credits: []sceneCredit{deal("T1", "2026-01-10", "3507000"), deal("T2", "2026-02-10", "1500000")}}, "3507 2340.33 0"},
		{"marginal", scene{Component: of(sceneComponent{Table: "t"}), Tables: tiers, Credits: monthly}, "2000 2000 3000 4000 0"},
		{"all at the rate reached, paid up when it rises", scene{Component: of(sceneComponent{Table: "t", Mode: model.TierRetroactive}), Tables: tiers, Credits: monthly}, "2000 2000 8000 4000 0"},
		{"and taken back when it falls", scene{Component: of(sceneComponent{Table: "t", Mode: model.TierRetroactive}), Tables: tiers, Credits: append(monthly[:3:3], deal("R1", "2026-04-10", "-30000"))}, "2000 2000 8000 -7500 0"},
		{"a bonus once in the year", scene{Component: of(sceneComponent{Bonus: [][2]string{{"0.5", "100"}, {"1", "300"}}}), Quotas: []sceneQuota{{Period: "2026", Amount: "120000"}}, Credits: monthly}, "0 100 200 0 0"},
		{"a curve of the whole year", scene{Component: of(sceneComponent{Kind: model.RatePayCurve, Table: "t"}), Target: "12000", Tables: curve, Quotas: []sceneQuota{{Period: "2026", Amount: "480000"}}, Credits: monthly}, "1000 1000 1000 1000 0"},
		{"a cap of the whole year", scene{Component: of(sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{{Kind: model.AdjustCap, Name: "cap", Over: model.OverComponent, Amount: optional("10000")}}}), Credits: monthly}, "4000 4000 2000 0 0"},
		{"cents are kept over the year", scene{Component: of(sceneComponent{Rate: "0.001"}), Credits: []sceneCredit{deal("T1", "2026-01-10", "4"), deal("T2", "2026-02-10", "4"), deal("T3", "2026-03-10", "4"), deal("T4", "2026-04-10", "4")}}, "0 0.01 0 0.01 0"},
		{"each line by itself", scene{Component: of(sceneComponent{Rate: "0.001"}), Rules: model.PlanRules{RoundStage: model.RoundLine}, Credits: []sceneCredit{deal("T1", "2026-01-10", "4"), deal("T2", "2026-02-10", "5"), deal("T3", "2026-03-10", "5"), deal("T4", "2026-04-10", "4")}}, "0 0.01 0.01 0 0"},
		{"totals that restart each month", scene{Component: of(sceneComponent{Table: "t", Accumulate: model.OverPeriod}), Tables: tiers, Credits: []sceneCredit{deal("T1", "2026-01-10", "120000"), deal("T2", "2026-02-10", "120000")}}, "7000 7000 0"},
		{"a leaver, and a late return", scene{Component: of(sceneComponent{Table: "t"}), Tables: tiers, Seats: []sceneSeat{{"ana", "north", model.MinDate, date("2026-03-01")}},
			Credits: []sceneCredit{deal("T1", "2026-01-10", "90000"), deal("T2", "2026-02-10", "30000"), takesBack(deal("R1", "2026-04-10", "-20000"), "T2")}}, "4500 2500 - -2000 -"},
		{"totals that restart each month, below zero", scene{Component: of(sceneComponent{Table: "t", Accumulate: model.OverPeriod}), Tables: tiers, Credits: []sceneCredit{deal("R1", "2026-01-10", "-150000"), deal("T1", "2026-01-20", "160000"), deal("R2", "2026-02-10", "-150000")}}, "500 -7500 0"},
		{"multiples of the target rate", scene{Component: of(sceneComponent{Table: "rate"}), Target: "12000", Tables: []sceneTable{{Key: "rate", Cell: model.CellTargetRate, Rows: [][3]string{{"0", "100000", "1"}, {"100000", "", "2"}}}}, Quotas: []sceneQuota{{Period: "2026", Amount: "120000"}}, Credits: monthly}, "4000 4000 6000 8000 0"},
		{"a month with a problem", scene{Component: of(sceneComponent{Table: "end", Mode: model.TierRetroactive}), Tables: []sceneTable{{Key: "end", Rows: [][3]string{{"0", "1000", "0.1"}}}}, Credits: []sceneCredit{deal("T1", "2026-01-10", "500"), deal("T2", "2026-02-10", "600"), deal("R1", "2026-03-10", "-200")}}, "50 0 40 0"},
		{"quota to date, not by the days held", scene{Component: of(sceneComponent{Bonus: [][2]string{{"1", "100"}}}), Rules: model.PlanRules{QuotaBasis: model.QuotaToDate, QuotaProration: model.ProrateNone}, Quotas: []sceneQuota{{Period: "2026", Amount: "36500"}}, Credits: []sceneCredit{deal("T1", "2026-01-10", "3100"), deal("T2", "2026-02-10", "2799")}}, "100 -100 0"},
		{"another's earning", scene{Versions: []sceneVersion{{Components: []sceneComponent{*of(sceneComponent{Formula: "earningOf('commission')", Key: "more"})}}}, Credits: monthly}, "0 0"},
		{"at the window's end", scene{Component: &sceneComponent{Table: "t", Payout: model.PeriodMonth, Window: model.PeriodQuarter, Settlement: model.SettleWindowEnd}, Tables: tiers, Credits: monthly}, "- - 7000 - -"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			n := len(strings.Fields(c.want))
			paid, _, last := c.scene.months(t, n)
			if got := strings.Join(paid, " "); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
				for _, e := range last.Earnings {
					t.Log(outline(e.Trace.Explain(), ""))
				}
			}
		})
	}
}

// TestShortWindows pays a quarter for each of its months by itself.
func TestShortWindows(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Table: "t", Payout: model.PeriodQuarter, Window: model.PeriodMonth},
		Tables:    []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}},
		Quotas:    []sceneQuota{{Period: "2026-01", Amount: "100"}, {Period: "2026-02", Amount: "200"}, {Period: "2026-03", Amount: "100"}},
		Credits: []sceneCredit{
			{ID: "T1", Date: date("2026-01-10"), Amount: "150"}, {ID: "T2", Date: date("2026-02-10"), Amount: "150"}, {ID: "T3", Date: date("2026-03-10"), Amount: "150"},
		},
	}
	e := s.only(t)
	if got := amountsOf(e.Lines()); got != "10 7.5 10" {
		t.Errorf("got %s\n%s", got, outline(e.Trace.Explain(), ""))
	}
}

// TestShortWindowsAreAdjusted each by itself: a cap is of a window.
func TestShortWindowsAreAdjusted(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Rate: "0.1", Payout: model.PeriodQuarter, Window: model.PeriodMonth, Adjustments: []model.Adjustment{
			{Kind: model.AdjustMultiplier, Name: "above quota", Over: model.OverComponent, Condition: "measure >= quota", Factor: optional("2")},
			{Kind: model.AdjustCap, Name: "cap", Over: model.OverComponent, Amount: optional("25")},
		}},
		Quotas: []sceneQuota{{Period: "2026-01", Amount: "100"}, {Period: "2026-02", Amount: "200"}, {Period: "2026-03", Amount: "100"}},
		Seats:  []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-03-16")}},
		Credits: []sceneCredit{
			{ID: "T1", Date: date("2026-01-10"), Amount: "110"}, {ID: "T2", Date: date("2026-02-10"), Amount: "150"}, {ID: "T3", Date: date("2026-03-10"), Amount: "90"},
		},
		Rules: model.PlanRules{CapProration: model.ProrateNone},
	}
	e := s.only(t)
	if got := amountsOf(e.Lines()); got != "11 11 15 9 9" {
		t.Errorf("got %s\n%s", got, outline(e.Trace.Explain(), ""))
	}
	s.Component.Adjustments[1].Amount = optional("20")
	e = s.only(t)
	if got := amountsOf(e.Lines()); got != "11 11 -2 15 9 9" {
		t.Errorf("got %s\n%s", got, outline(e.Trace.Explain(), ""))
	}
}

// TestMonthsAddUp: what the months of a year's window pay is what the year would
// pay at its end, whatever the component.
func TestMonthsAddUp(t *testing.T) {
	t.Parallel()
	components := []sceneComponent{
		{Rate: "0.0333"}, {Table: "t"}, {Table: "t", Mode: model.TierRetroactive}, {Table: "t", Mode: model.TierWholeCredit},
		{Table: "t", Accumulate: model.OverEvent}, {Bonus: [][2]string{{"0.4", "100"}, {"1", "333.33"}}, Levels: model.BonusEach},
		{Kind: model.RatePayCurve, Table: "curve"}, {Formula: "measure > 1000 ? measure * 0.07 : 0"}, {Kind: model.RatePerEvent, Rate: "7.5"},
	}
	random := rand.New(rand.NewPCG(4, 2))
	for i := range 150 {
		c := components[i%len(components)]
		s := scene{
			Target: "12000", Quotas: []sceneQuota{{Period: "2026", Amount: "50000"}},
			Tables: []sceneTable{
				{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0.03"}, {"0.5", "1", "0.05"}, {"1", "", "0.08"}}},
				{Key: "curve", Dimension: model.ByAttainment, Cell: model.CellTarget, Lookup: model.LookupLinear, Rows: [][3]string{{"0.3", "1", "0.1"}, {"1", "", "1"}}},
			},
		}
		if i%3 == 0 {
			s.Rules.RoundStage = model.RoundLine
		}
		if i%5 == 0 {
			s.Seats = []sceneSeat{{"ana", "north", date("2026-02-11"), date("2026-11-05")}}
		}
		for j := range 1 + random.IntN(40) {
			credit := sceneCredit{ID: fmt.Sprintf("T%02d", j), Date: date("2026-01-01").AddDays(random.IntN(365)), Amount: money(random, 500000)}
			if j > 0 && random.IntN(6) == 0 {
				credit.Reversal, credit.Amount, credit.Of = true, "-"+credit.Amount, fmt.Sprintf("T%02d", random.IntN(j))
			}
			s.Credits = append(s.Credits, credit)
		}
		year := s
		c.Payout, c.Window, c.Settlement = model.PeriodMonth, model.PeriodYear, model.SettleTrueUp
		s.Component = &c
		_, got, _ := s.months(t, 12)
		whole := c
		whole.Payout, whole.Window, whole.Settlement = model.PeriodYear, "", ""
		year.Component, year.Period = &whole, "2026"
		want := decimal.Zero
		for _, e := range year.run(t).Earnings {
			want = e.Amount.Amount
		}
		if !got.Equal(want) {
			t.Errorf("%d, %+v: the months come to %s, the year to %s", i, c, got, want)
		}
	}
}

// takesBack makes a credit the reversal of a sale.
func takesBack(c sceneCredit, sale string) sceneCredit {
	c.Of = sale
	return c
}
