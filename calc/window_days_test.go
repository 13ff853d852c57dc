package calc

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"spm/model"
)

// weekly gives what each of some periods pays, "-" where there is no earning.
func weekly(t testing.TB, s scene, periods ...string) string {
	t.Helper()
	var out []string
	for _, s.Period = range periods {
		r := s.run(t)
		if len(r.Earnings) == 0 {
			out = append(out, "-")
			continue
		}
		text := r.Earnings[0].Amount.Amount.String()
		for _, p := range r.Problems {
			text += " " + string(p.Code)
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// TestPeriodsThatStraddle: a shorter period belongs to the longer one in which its
// last day lies. The weeks of January 2026 are those that end on the 4th, 11th,
// 18th and 25th; that of the 26th to the 1st of February is February's.
func TestPeriodsThatStraddle(t *testing.T) {
	t.Parallel()
	tiers := []sceneTable{{Key: "t", Rows: [][3]string{{"0", "1000", "0.05"}, {"1000", "", "0.1"}}}}
	sold := []sceneCredit{deal("T1", "2026-01-10", "800"), deal("T2", "2026-01-20", "400"), deal("T3", "2026-01-28", "600"), deal("T4", "2026-02-03", "600")}
	of := func(payout, window model.PeriodType, settlement model.Settlement, c sceneComponent) *sceneComponent {
		c.Payout, c.Window, c.Settlement = payout, window, settlement
		return &c
	}
	weeks := []string{"2026-W01", "2026-W02", "2026-W03", "2026-W04", "2026-W05", "2026-W06", "2026-W07", "2026-W08", "2026-W09"}
	for _, c := range []struct {
		name    string
		scene   scene
		periods []string
		want    string
	}{
		{"paid by the week", scene{Component: of(model.PeriodWeek, "", "", sceneComponent{Rate: "0.1"}), Credits: sold}, weeks, "0 80 0 40 60 60 0 0 0"},
		// January: 800 and 400, 200 of which at 10 %. February from the 26th of January on: 600 and 600, 200 of which at 10 %.
		{"trued up over the month", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Table: "t"}), Tables: tiers, Credits: sold}, weeks, "0 40 0 30 30 40 0 0 0"},
		// January's last week is the fourth, February's the eighth: 1,200 at 10 % each.
		{"at the month's end", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleWindowEnd, sceneComponent{Table: "t", Mode: model.TierRetroactive}), Tables: tiers, Credits: sold}, weeks, "- - - 120 - - - 120 -"},
		// 1,200 in the week of the 26th of January at 10 %, paid with February.
		{"weeks paid by the month", scene{Component: of(model.PeriodMonth, model.PeriodWeek, "", sceneComponent{Table: "t", Mode: model.TierRetroactive}), Tables: tiers, Credits: []sceneCredit{deal("T1", "2026-01-28", "800"), deal("T2", "2026-02-01", "400"), deal("T3", "2026-02-02", "400")}}, []string{"2026-01", "2026-02"}, "0 140"},
		// 300 are missing in January, so 1,300 are to reach: with the 1,400 of the 28th they are.
		{"a shortfall of the month before", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Bonus: [][2]string{{"1", "100"}}}), Rules: model.PlanRules{QuotaCarry: model.CarryShortfall},
			Quotas: []sceneQuota{{Period: "2026-01", Amount: "1000"}, {Period: "2026-02", Amount: "1000"}, {Period: "2026-03", Amount: "1000"}}, Credits: []sceneCredit{deal("T1", "2026-01-10", "700"), deal("T2", "2026-01-28", "1299"), deal("T3", "2026-02-10", "1")}}, weeks, "0 0 0 0 0 0 100 0 0"},
		// 100 a month: January has 120, of which 20 are carried on to February.
		{"a cap that carries", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleWindowEnd, sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{{Kind: model.AdjustCap, Name: "cap", Over: model.OverComponent, Per: model.PerWindow, Excess: model.ExcessCarried, Amount: optional("100")}}}),
			Credits: []sceneCredit{deal("T1", "2026-01-10", "1200"), deal("T2", "2026-01-28", "500")}}, weeks, "- - - 100 - - - 70 -"},
		// 50 a week: of the 80 of the 10th 50 and 30; 40; of the 60 of the 28th 50; of 10 more and the 60 of the 3rd 50 and 20.
		{"a cap of each week that carries", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{byMonth(model.AdjustCap, model.ExcessCarried, "50")}}), Credits: sold}, weeks, "0 50 30 40 50 50 20 0 0"},
		{"a cap of each week", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{byMonth(model.AdjustCap, "", "50")}}), Credits: sold}, weeks, "0 50 0 40 50 50 0 0 0"},
		// January's weeks have 800 + 400, February's 600 + 600.
		{"what the month before came to", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleWindowEnd, sceneComponent{Formula: "prior(1)"}), Credits: sold}, weeks, "- - - 0 - - - 1200 -"},
		{"what the year came to", scene{Component: of(model.PeriodWeek, model.PeriodMonth, model.SettleWindowEnd, sceneComponent{Formula: "toDate()"}), Credits: sold}, weeks, "- - - 1200 - - - 2400 -"},
		// Half months lie in months: 800 + 400, and 600; 600 of February.
		{"half months", scene{Component: of(model.PeriodSemiMonthly, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Table: "t"}), Tables: tiers, Credits: sold}, []string{"2026-01-A", "2026-01-B", "2026-02-A", "2026-02-B"}, "40 90 30 0"},
		// The first four weeks end on the 25th of January, the next on the 22nd of February.
		{"four weeks in months", scene{Component: of(model.PeriodFourWeeks, model.PeriodMonth, model.SettleTrueUp, sceneComponent{Table: "t"}), Tables: tiers, Credits: sold}, []string{"2026-F01", "2026-F02", "2026-F03"}, "70 70 0"},
		{"days in weeks", scene{Component: of(model.PeriodDay, model.PeriodWeek, model.SettleTrueUp, sceneComponent{Table: "t"}), Tables: tiers, Credits: sold}, []string{"2026-01-10", "2026-01-11", "2026-02-03"}, "40 0 30"},
		// The week of the 5th has no 15th, and is not prorated; of that of the 12th the 15th is not held.
		{"half a week by months", scene{Component: of(model.PeriodWeek, "", "", sceneComponent{Bonus: [][2]string{{"0", "100"}}}), Seats: []sceneSeat{{"ana", "north", date("2026-01-08"), date("2026-01-14")}}, Rules: model.PlanRules{BonusProration: model.ProrateMonths, QuotaProration: model.ProrateNone},
			Quotas: []sceneQuota{{Period: "2026-W02", Amount: "1"}, {Period: "2026-W03", Amount: "1"}}}, weeks[1:3], "100 0"},
		// 52 weeks of the year and one that is cut: an equal part of the year's target for each.
		{"a week's target", scene{Component: of(model.PeriodWeek, "", "", sceneComponent{Formula: "target"}), Target: "5300"}, []string{"2026-W01", "2026-W02"}, "100 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Shorter = []model.PeriodType{model.PeriodDay, model.PeriodWeek, model.PeriodSemiMonthly, model.PeriodFourWeeks}
			if got := weekly(t, s, c.periods...); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestWeeksOfAMonth: a month has the weeks that end in it.
func TestWeeksOfAMonth(t *testing.T) {
	t.Parallel()
	b := (&scene{Shorter: []model.PeriodType{model.PeriodWeek}}).book()
	e := engineOf(t, b)
	if got := names(t, b, e.PayoutPeriodsWithin(keyed(model.KindPeriod, "2026-02"))); got != "2026-W05 2026-02 2026-W06 2026-W07 2026-W08" {
		t.Errorf("February has %s", got)
	}
	seen := map[string]int{}
	for month := 1; month <= 12; month++ {
		for name := range strings.FieldsSeq(names(t, b, e.PayoutPeriodsWithin(keyed(model.KindPeriod, model.NewDate(2026, month, 1).String()[:7])))) {
			seen[name]++
		}
	}
	if len(seen) != 12+53 || slices.Max(slices.Collect(func(yield func(int) bool) {
		for _, n := range seen {
			if !yield(n) {
				return
			}
		}
	})) != 1 {
		t.Errorf("the months have %v", seen)
	}
}

// TestWeeksAddUp: trued up by the week or by four weeks over months or quarters
// that they straddle, each sale is paid once, at the rate that the whole periods
// of its window have reached by then.
func TestWeeksAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		r := rapidSource{rt}
		payout, window := pick(r, model.PeriodWeek, model.PeriodFourWeeks), pick(r, model.PeriodMonth, model.PeriodQuarter)
		s := scene{
			Shorter: []model.PeriodType{model.PeriodWeek, model.PeriodFourWeeks}, Tables: []sceneTable{{Key: "t", Rows: [][3]string{{"", "1000", "0.05"}, {"1000", "", "0.1"}}}},
			Component: &sceneComponent{Table: "t", Payout: payout, Window: window, Settlement: model.SettleTrueUp},
		}
		for i := range 1 + r.IntN(8) {
			c := deal("T"+string(rune('A'+i)), "2026-01-01", hundredths(100*(r.IntN(2000)-200)))
			c.Date = c.Date.AddDays(r.IntN(365))
			s.Credits = append(s.Credits, c)
		}
		all := s.periods()
		of := func(kind model.PeriodType, day model.Date) model.Period {
			return all[slices.IndexFunc(all, func(p model.Period) bool { return p.Type == kind && p.Days.Contains(day) })]
		}
		sums := map[string]int64{} // whole amounts by window so far
		cents := func(total int64) int64 { return 5*min(total, 1000) + 10*max(total-1000, 0) }
		for _, p := range all {
			if p.Type != payout || p.FiscalYear != 2026 {
				continue
			}
			into := of(window, p.Days.Last()).Name
			before := sums[into]
			for _, c := range s.Credits {
				if p.Days.Contains(c.Date) {
					sums[into] += dec(c.Amount).IntPart()
				}
			}
			s.Period = p.Name
			want := cents(sums[into]) - cents(before)
			if r := s.run(t); len(r.Problems) > 0 || len(r.Earnings) != 1 || r.Earnings[0].Amount.Amount.Shift(2).IntPart() != want {
				rt.Fatalf("%s earned %+v, want %d cents", p.Name, r.Earnings, want)
			}
		}
	})
}
