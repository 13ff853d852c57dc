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
