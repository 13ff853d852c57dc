package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// bound is a cap or floor over something.
func bound(kind model.AdjustmentKind, over model.AdjustmentOver, amount string) model.Adjustment {
	return model.Adjustment{Kind: kind, Name: strings.ToLower(string(kind)), Over: over, Amount: optional(amount)}
}

// ordered puts deals into an order.
func ordered(order string, all ...sceneCredit) []sceneCredit {
	for i := range all {
		all[i].Order = order
	}
	return all
}

// TestCapsOverOrders are worked by hand, at 10%: what each line pays.
func TestCapsOverOrders(t *testing.T) {
	t.Parallel()
	twoLines := append(ordered("A", deal("T1", "2026-01-05", "4000"), deal("T2", "2026-01-06", "3000")), ordered("B", deal("T3", "2026-01-07", "1000"))...)
	for _, c := range []struct {
		name        string
		adjustments []model.Adjustment
		scene       scene
		lines       string
		why         model.Why
	}{
		// A: 400 + 300, of which 500; B: 100.
		{"a cap", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "500")}, scene{Credits: twoLines}, "400 100 100", model.WhyPaid},
		// A comes to 700, B to 100, which is lifted to 150.
		{"a floor", []model.Adjustment{bound(model.AdjustFloor, model.OverOrders, "150")}, scene{Credits: twoLines}, "400 300 150", model.WhyPaid},
		// 400 + 300 = 500; 200 of the return come from what was cut, the other 150 from what was paid: 500 - 350.
		{"a return walks back over what was cut", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "500")}, scene{Credits: append(twoLines[:2:2], ordered("A", deal("R1", "2026-01-20", "-3500"))...)}, "400 100 -150", model.WhyPaid},
		// The sale was of another quarter: the return mirrors what it was held to.
		{"a return alone", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "500")}, scene{Credits: []sceneCredit{deal("R1", "2026-01-20", "-9000")}}, "-500", model.WhyPaid},
		{"a floor lifts no return", []model.Adjustment{bound(model.AdjustFloor, model.OverOrders, "500")}, scene{Credits: []sceneCredit{deal("R1", "2026-01-20", "-900")}}, "-90", model.WhyPaid},
		// A floor of 500 on 400; the return leaves 50, still 500; the last one leaves nothing.
		{"a floor until nothing is left", []model.Adjustment{bound(model.AdjustFloor, model.OverOrders, "500")}, scene{Credits: ordered("A", deal("T1", "2026-01-05", "4000"), deal("R1", "2026-01-06", "-3500"), deal("R2", "2026-01-07", "-500"))}, "500 0 -500", model.WhyNetZero},
		// Without an order id a sale and its return are one.
		{"no order id", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "300")}, scene{Credits: []sceneCredit{deal("T1", "2026-01-05", "4000"), deal("T2", "2026-01-06", "4000"), takesBack(deal("R1", "2026-01-07", "-2000"), "T1")}}, "300 300 -100", model.WhyPaid},
		// Lines at most 350 first: 350 + 300 of an order of at most 600, then doubled.
		{"in order with others over lines", []model.Adjustment{
			{Kind: model.AdjustCap, Name: "line", Over: model.OverLine, Amount: optional("350")}, bound(model.AdjustCap, model.OverOrders, "600"),
			{Kind: model.AdjustMultiplier, Name: "twice", Over: model.OverLine, Factor: optional("2")},
		}, scene{Credits: twoLines}, "700 500 200", model.WhyPaid},
		// 500 dollars at the first line's 0.9 are 450 euros: 360 + 90 of 300 x 0.8.
		{"in another currency, at the first line's rate", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "500")}, scene{
			Pay: "EUR", FX: []sceneFX{{"USD", "EUR", date("2026-01-05"), "0.9"}, {"USD", "EUR", date("2026-01-06"), "0.8"}}, Credits: twoLines[:2]}, "360 90", model.WhyPaid},
		{"nothing is left", []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "0")}, scene{Credits: twoLines}, "0 0 0", model.WhyCapped},
		// The second version's cap goes on with what the order has come to: 400 of 500, then 700 of 600.
		{"an order over two versions", nil, scene{Credits: twoLines[:2], Versions: []sceneVersion{
			{To: datep("2026-01-06"), Components: []sceneComponent{{Rate: "0.1", Adjustments: []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "500")}}}},
			{From: datep("2026-01-06"), Components: []sceneComponent{{Rate: "0.1", Adjustments: []model.Adjustment{bound(model.AdjustCap, model.OverOrders, "600")}}}},
		}}, "400 200", model.WhyPaid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			if s.Versions == nil {
				s.Component = &sceneComponent{Rate: "0.1", Adjustments: c.adjustments}
			}
			e := s.only(t)
			if got := amountsOf(e.Lines()); got != c.lines || e.Why != c.why {
				t.Errorf("got %s %s, want %s %s\n%s", got, e.Why, c.lines, c.why, outline(e.Trace.Explain(), ""))
			}
			tampered(t, c.name, e)
		})
	}
}

// TestCappedWindow: a month whose window has earned what a cap allows says so;
// one that adds nothing says that.
func TestCappedWindow(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Rate: "0.1", Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp, Adjustments: []model.Adjustment{bound(model.AdjustCap, model.OverComponent, "100")}},
		Credits:   []sceneCredit{deal("T1", "2026-01-10", "2000"), deal("T2", "2026-02-10", "500")},
	}
	var got []string
	for _, s.Period = range []string{"2026-01", "2026-02", "2026-03"} {
		got = append(got, string(s.only(t).Why))
	}
	if text := strings.Join(got, " "); text != "PAID CAPPED NOTHING_NEW" {
		t.Error(text)
	}
}

// TestLongCaps pays months, at 10%, under caps that look back.
func TestLongCaps(t *testing.T) {
	t.Parallel()
	sales := []sceneCredit{deal("T1", "2026-01-10", "600"), deal("T2", "2026-02-10", "800"), deal("T3", "2026-03-10", "-300"), deal("T4", "2026-04-10", "500")}
	long := func(per model.CapPer, excess model.CapExcess, amount string) model.Adjustment {
		a := bound(model.AdjustCap, model.OverComponent, amount)
		a.Per, a.Excess = per, excess
		return a
	}
	monthly := func(c sceneComponent, all ...model.Adjustment) *sceneComponent {
		c.Rate, c.Payout, c.Adjustments = "0.1", model.PeriodMonth, all
		return &c
	}
	quarters := sceneComponent{Window: model.PeriodQuarter, Settlement: model.SettleTrueUp}
	for _, c := range []struct {
		name, want string
		scene      scene
	}{
		// 60, 140, 110, 160 so far, held to 100.
		{"of the year", "60 40 0 0 0", scene{Component: monthly(sceneComponent{}, long(model.PerYear, "", "100")), Credits: sales}},
		// The return takes what was cut first: 60, 140, 90 of 100.
		{"a return below the cap", "60 40 -10 10 0", scene{Component: monthly(sceneComponent{}, long(model.PerYear, "", "100")), Credits: append(sales[:2:2], deal("T3", "2026-03-10", "-500"), sales[3])}},
		// 110 days of 365: 110 of 365.
		{"for the part of the year that was held", "60 50 0 0 -", scene{Component: monthly(sceneComponent{}, long(model.PerYear, "", "365")), Credits: append(sales[:3:3], deal("T4", "2026-04-10", "9000")), Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-04-21")}}}},
		{"what lies above is carried", "50 50 20 50 0", scene{Component: monthly(sceneComponent{}, long(model.PerPeriod, model.ExcessCarried, "50")), Credits: []sceneCredit{deal("T1", "2026-01-10", "1200"), deal("T4", "2026-04-10", "500")}}},
		{"carried into a month that sells", "50 50 50 20 0", scene{Component: monthly(sceneComponent{}, long(model.PerPeriod, model.ExcessCarried, "50")), Credits: []sceneCredit{deal("T1", "2026-01-10", "900"), deal("T2", "2026-02-10", "800")}}},
		// 60 + 80 of the quarter's 100; then a window of its own with the 40 from before, less a return.
		{"carried from quarter to quarter, trued up", "60 40 0 90 0 0", scene{Component: monthly(quarters, long(model.PerWindow, model.ExcessCarried, "100")), Credits: append(sales[:2:2], sales[3])}},
		{"of the year, over trued-up quarters", "60 80 -30 40 0", scene{Component: monthly(quarters, long(model.PerYear, "", "150")), Credits: sales}},
		// A lowered cap takes nothing back, and lets nothing more through.
		{"a cap that changes", "60 40 0 0", scene{Credits: sales[:2], Versions: []sceneVersion{
			{To: datep("2026-03-01"), Components: []sceneComponent{*monthly(sceneComponent{}, long(model.PerYear, "", "100"))}},
			{From: datep("2026-03-01"), Components: []sceneComponent{*monthly(sceneComponent{}, long(model.PerYear, "", "70"))}},
		}}},
		// 60 twice = 120 of 150, then 160: 30; all of which is then halved.
		{"in order with what stands before and after", "60 15 0 0", scene{Component: monthly(sceneComponent{},
			model.Adjustment{Kind: model.AdjustMultiplier, Name: "twice", Over: model.OverComponent, Factor: optional("2")}, long(model.PerYear, "", "150"),
			model.Adjustment{Kind: model.AdjustMultiplier, Name: "half", Over: model.OverComponent, Factor: optional("0.5")}), Credits: sales[:2]}},
		// 60 and 80 of which 20; the second cap meets 60, 80: of which 70.
		{"two of the year", "60 10 0", scene{Component: monthly(sceneComponent{}, long(model.PerYear, "", "80"), func() model.Adjustment { a := long(model.PerYear, "", "70"); a.Name = "second"; return a }()), Credits: sales[:2]}},
		// 54 and 54 euros, held to 90.
		{"in another currency", "54 36 0", scene{Pay: "EUR", FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}}, Component: monthly(sceneComponent{}, long(model.PerYear, "", "100")), Credits: []sceneCredit{sales[0], deal("T2", "2026-02-10", "600")}}},
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
				s.Period = []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"}[month]
				if r := s.run(t); len(r.Earnings) > 0 {
					if got != c.want {
						t.Log(outline(r.Earnings[0].Trace.Explain(), ""))
					}
					tampered(t, c.name+" in "+s.Period, r.Earnings[0])
				}
			}
		})
	}
}

// TestCapPerPeriodInOneWindow: a cap of the quarter, paid by its months, is
// prorated by the days of the quarter, though the payee was there in one month
// alone: 90 x 14 / 90 of 100, and 90 x 14 / 90 of 6 for a floor.
func TestCapPerPeriodInOneWindow(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind       model.AdjustmentKind
		sold, want string
	}{{model.AdjustCap, "1000", "14"}, {model.AdjustFloor, "60", "14"}} {
		a := bound(c.kind, model.OverComponent, "90")
		a.Per = model.PerPeriod
		s := scene{
			Component: &sceneComponent{Rate: "0.1", Window: model.PeriodMonth, Adjustments: []model.Adjustment{a}},
			Seats:     []sceneSeat{{"ana", "north", date("2026-03-01"), date("2026-03-15")}}, Credits: []sceneCredit{deal("T1", "2026-03-05", c.sold)},
		}
		e := s.only(t)
		if got := e.Amount.Amount.String(); got != c.want {
			t.Errorf("%s: got %s, want %s\n%s", c.kind, got, c.want, outline(e.Trace.Explain(), ""))
		}
		tampered(t, string(c.kind), e)
	}
}

// TestAttainmentCaps are worked by hand: a cap of 1.5 on a quota of 1,000.
func TestAttainmentCaps(t *testing.T) {
	t.Parallel()
	tiers := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.1"}, {"1", "", "0.2"}}}}
	sales := []sceneCredit{deal("T1", "2026-01-05", "900"), deal("T2", "2026-01-06", "400"), deal("T3", "2026-01-07", "700"), deal("R1", "2026-01-08", "-600")}
	for _, c := range []struct {
		name, lines, measure, attainment string
		scene                            scene
	}{
		// 900, 1,300, 2,000 of which 1,500: 200 of T3. The return leaves 1,400: it takes 500 from what was cut, 100 from what counts.
		{"flat", "90 40 20 -10", "1400", "1.4", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sales}},
		{"capped at the end", "90 40 20", "2000", "1.5", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sales[:3]}},
		// 900 x 0.1; 100 x 0.1 + 300 x 0.2; 200 x 0.2.
		{"marginal", "90 70 40", "2000", "1.5", scene{Component: &sceneComponent{Table: "t"}, Tables: tiers, Credits: sales[:3]}},
		{"at the rate reached", "180 80 40", "2000", "1.5", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Tables: tiers, Credits: sales[:3]}},
		{"a bonus", "50", "2000", "1.5", scene{Component: &sceneComponent{Bonus: [][2]string{{"1.5", "50"}, {"1.6", "500"}}}, Credits: sales[:3]}},
		{"a formula", "1501.5", "2000", "1.5", scene{Component: &sceneComponent{Formula: "measure + attainment"}, Credits: sales[:3]}},
		// 900 + 500 pounds x 1.2 = 1,500.
		{"in another currency", "90 60", "2100", "1.5", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: []sceneCredit{sales[0], {ID: "T2", Date: date("2026-01-06"), Amount: "1000", Currency: "GBP"}}, FX: []sceneFX{{"GBP", "USD", date("2026-01-01"), "1.2"}}}},
		{"below it", "90", "900", "0.9", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sales[:1]}},
		{"below zero", "-60", "-600", "-0.6", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sales[3:]}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Quota, s.Component.AttainmentCap = "1000", "1.5"
			e := s.only(t)
			if got := amountsOf(e.Lines()); got != c.lines || e.Measure.String() != c.measure || e.Attainment.String() != c.attainment {
				t.Errorf("got %s of %s at %s, want %s of %s at %s\n%s", got, e.Measure, e.Attainment, c.lines, c.measure, c.attainment, outline(e.Trace.Explain(), ""))
			}
			tampered(t, c.name, e)
		})
	}
	s := scene{Component: &sceneComponent{Rate: "0.1", AttainmentCap: "1.5"}, Credits: sales}
	if r := s.run(t); len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemNoQuota {
		t.Errorf("without a quota: %+v", r.Problems)
	}
}
