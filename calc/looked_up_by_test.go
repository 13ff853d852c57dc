package calc

import (
	"testing"

	"spm/model"
)

// services makes a credit of the type SERVICES.
func services(id, on, amount string) sceneCredit {
	c := deal(id, on, amount)
	c.Type = "SERVICES"
	return c
}

// TestLookedUpByAnotherMeasure are worked by hand: 5 % up to 10,000 of all that
// is sold and 10 % above, paid on services alone unless said otherwise.
func TestLookedUpByAnotherMeasure(t *testing.T) {
	t.Parallel()
	kit := func(c sceneComponent, credits ...sceneCredit) scene {
		c.Table, c.Measure, c.LookedUpBy = "t", orElse(c.Measure, "services"), orElse(c.LookedUpBy, "revenue")
		return scene{
			Component: &c, Types: map[string]string{"SERVICES": "MONEY"}, Credits: credits,
			Tables: []sceneTable{{Key: "t", Rows: [][3]string{{"0", "10000", "0.05"}, {"10000", "", "0.1"}}}},
			Measures: []sceneMeasure{
				{Key: "services", Types: []string{"SERVICES"}}, {Key: "goods", Types: []string{"REVENUE"}}, {Key: "margin", Value: model.ValueMargin},
				{Key: "hours", Source: model.SourceValues}, {Key: "units", Value: model.ValueQuantity},
			},
		}
	}
	with := func(s scene, change func(*scene)) scene {
		change(&s)
		return s
	}
	margin := func(id, on, amount, margin string) sceneCredit {
		c := deal(id, on, amount)
		c.Margin = margin
		return c
	}
	year := []sceneCredit{deal("T1", "2026-01-05", "6000"), services("T2", "2026-01-06", "2000"), deal("T3", "2026-01-07", "1000"), services("T4", "2026-01-08", "4000")}
	upper := func(s *scene) { s.Tables[0].Bounds = model.UpperInclusive }
	whole := sceneComponent{Mode: model.TierWholeCredit}
	cases := []lined{
		// T2 goes from 6,000 to 8,000: 2,000 x 5 %. T4 goes from 9,000 to 13,000: 1,000 x 5 % + 3,000 x 10 %.
		{"what is not paid moves the total", kit(sceneComponent{}, year...), "100 350"},
		{"a return walks back", kit(sceneComponent{}, append(year[:4:4], of(services("R4", "2026-01-09", "-4000"), "", "T4"))...), "100 350 -350"},
		// Of T2's 6,000 there are 2,000 below the bound, a third: 300 of the margin of 900. 300 x 5 % + 600 x 10 %.
		{"cut in proportion", kit(sceneComponent{Measure: "margin"}, margin("T1", "2026-01-05", "8000", "800"), margin("T2", "2026-01-06", "6000", "900")), "40 75"},
		// 1,000 of 3,000: 33.3333333333333333 x 5 % + 66.6666666666666667 x 10 % = 8.333333333333333335, rounded
		{"parts sum to the whole", kit(sceneComponent{Measure: "margin"}, deal("T1", "2026-01-05", "9000"), margin("T2", "2026-01-06", "3000", "100")), "0 8.33"},
		// A margin below 0 on a sale: cut all the same. -300 x 5 % - 600 x 10 %.
		{"a loss is cut too", kit(sceneComponent{Measure: "margin"}, deal("T1", "2026-01-05", "8000"), margin("T2", "2026-01-06", "6000", "-900")), "0 -75"},
		// Services do not count for goods: at 6,000 they have 5 %, at 11,000 they have 10 %.
		{"what moves nothing has the standing rate", kit(sceneComponent{LookedUpBy: "goods"}, deal("T1", "2026-01-05", "6000"), services("T2", "2026-01-06", "2000"), deal("T3", "2026-01-07", "5000"), services("T4", "2026-01-08", "1000")), "100 100"},
		{"standing on a bound", kit(sceneComponent{LookedUpBy: "goods"}, deal("T1", "2026-01-05", "10000"), services("T2", "2026-01-06", "1000")), "100"},
		{"standing on a bound that belongs below", with(kit(sceneComponent{LookedUpBy: "goods"}, deal("T1", "2026-01-05", "10000"), services("T2", "2026-01-06", "1000")), upper), "50"},
		{"before all else", kit(sceneComponent{LookedUpBy: "goods"}, services("T2", "2026-01-04", "1000"), deal("T1", "2026-01-05", "20000")), "50"},
		// The quota of what is looked up is 5,000: the bound is 10,000 again by 2 x 5,000; the component's own of 1 does not matter.
		{"by attainment of its own quota", with(kit(sceneComponent{}, year...), func(s *scene) {
			s.Tables = tiersOf(model.ByAttainment, [3]string{"0", "2", "0.05"}, [3]string{"2", "", "0.1"})
			s.Quotas = []sceneQuota{{Measure: "revenue", Period: "2026-Q1", Amount: "5000"}, {Measure: "services", Period: "2026-Q1", Amount: "1"}}
		}), "100 350"},
		// The target rate is of what is paid: 1,000 / 4,000 = 25 %. 2,000 x 25 %; 1,000 x 25 % + 3,000 x 50 %.
		{"multiples of the target rate", with(kit(sceneComponent{Target: "1000"}, year...), func(s *scene) {
			s.Tables = []sceneTable{{Key: "t", Cell: model.CellTargetRate, Rows: [][3]string{{"0", "10000", "1"}, {"10000", "", "2"}}}}
			s.Quotas = []sceneQuota{{Measure: "services", Period: "2026-Q1", Amount: "4000"}}
		}), "500 1750"},
		{"a whole credit after", kit(whole, year...), "100 400"},
		{"a whole credit before", kit(sceneComponent{Mode: model.TierWholeCredit, Moment: model.RateBefore}, year...), "100 200"},
		{"a whole credit is taken back as it was paid", kit(whole, append(year[:4:4], of(services("R4", "2026-01-09", "-4000"), "", "T4"), of(services("R0", "2026-01-10", "-500"), "", "T0"))...), "100 400 -400 -25"},
		// 12,000 are reached at the end: all services at 10 %.
		{"retroactive", kit(sceneComponent{Mode: model.TierRetroactive}, year...), "200 400"},
		// By order: O1 has 9,000 when T2 comes, which goes to 13,000; T4 is of O2, where 0 is reached.
		{"each order by itself", kit(sceneComponent{Accumulate: model.OverOrder}, of(deal("T1", "2026-01-05", "9000"), "O1", ""), of(services("T2", "2026-01-06", "4000"), "O1", ""), of(services("T4", "2026-01-07", "4000"), "O2", "")), "350 200"},
		{"each sale by itself", kit(sceneComponent{Measure: "margin", Accumulate: model.OverEvent}, margin("T1", "2026-01-05", "12000", "120"), margin("T2", "2026-01-06", "9000", "90"), of(margin("R1", "2026-01-07", "-6000", "-60"), "", "T1"), of(margin("R0", "2026-01-08", "-20000", "-200"), "", "T0")), "7 4.5 -4 -15"},
		{"each month by itself", with(kit(sceneComponent{Accumulate: model.OverPeriod, Window: model.PeriodQuarter, Payout: model.PeriodMonth}, deal("T1", "2026-02-05", "20000"), services("T2", "2026-02-06", "100"), services("T3", "2026-03-06", "100")), func(s *scene) { s.Period = "2026-03" }), "10 5"},
		// All of the sales are looked up, of which those of 2,000 and more are paid.
		{"its own measure, of which a condition pays a part", kit(sceneComponent{Measure: "revenue", Condition: "amount >= 2000"}, deal("T1", "2026-01-05", "1999"), deal("T2", "2026-01-06", "9001")), "500.05"},
		{"returns that are ignored", with(kit(sceneComponent{}, append(year[:4:4], deal("R1", "2026-01-09", "-10000"), services("T5", "2026-01-10", "100"))...), func(s *scene) { s.Rules.Returns = model.ReturnsIgnore }), "100 350 10"},
		// What was sold before the version counts for the total.
		{"a version that begins to look up", with(kit(sceneComponent{}, year...), func(s *scene) {
			flat := sceneComponent{Measure: "services", Rate: "0.01"}
			s.Versions = []sceneVersion{{To: datep("2026-01-07"), Components: []sceneComponent{flat}}, {From: datep("2026-01-07"), Components: []sceneComponent{*s.Component}}}
			s.Component = nil
		}), "20 350"},
		{"versions that look up by different measures", with(kit(sceneComponent{}, year...), func(s *scene) {
			first := *s.Component
			first.LookedUpBy = "goods"
			s.Versions = []sceneVersion{{To: datep("2026-01-07"), Components: []sceneComponent{first}}, {From: datep("2026-01-07"), Components: []sceneComponent{*s.Component}}}
			s.Component = nil
		}), "100 350"},
		{"trued up", with(kit(sceneComponent{Window: model.PeriodQuarter, Payout: model.PeriodMonth, Settlement: model.SettleTrueUp}, append(year[:4:4], services("T5", "2026-02-05", "100"))...), func(s *scene) { s.Period = "2026-02" }), "100 350 10 -450"},
		// The cap of 150 % is on what is paid, 1,000 x 1.5: T4 counts for 0 and moves the total all the same.
		{"an attainment cap", with(kit(sceneComponent{AttainmentCap: "1.5"}, year...), func(s *scene) {
			s.Quotas = []sceneQuota{{Measure: "services", Period: "2026-Q1", Amount: "1000"}}
		}), "75 0"},
		// GBP 1.5 each: of 9,000 the bound leaves 1,000 x 1.5 / 9,000.
		{"in another currency", with(kit(sceneComponent{}, func() []sceneCredit {
			all := []sceneCredit{deal("T1", "2026-01-05", "9250"), services("T2", "2026-01-06", "1000")}
			all[1].Currency = "GBP"
			return all
		}()...), func(s *scene) { s.FX = []sceneFX{{"GBP", "USD", date("2026-01-01"), "1.5"}} }), "112.5"},
	}
	checkLines(t, cases)
	tried := 0
	for _, c := range cases {
		tried += tampered(t, c.name, c.scene.only(t))
	}
	t.Logf("%d changes", tried)
}

// TestLookedUpByRefused: what cannot be looked up by another measure, or not
// without its quota.
func TestLookedUpByRefused(t *testing.T) {
	t.Parallel()
	measures := []sceneMeasure{{Key: "margin", Value: model.ValueMargin}, {Key: "hours", Source: model.SourceValues}}
	table := sceneTable{Key: "t", Rows: [][3]string{{"0", "10000", "0.05"}}}
	attained, expressed := table, table
	attained.Dimension = model.ByAttainment
	expressed.Dimension, expressed.Expression = model.ByExpression, "measure"
	for _, c := range []struct {
		name string
		s    scene
		want model.ProblemCode
	}{
		{"no quota of it", scene{Quota: "5", Tables: []sceneTable{attained}, Component: &sceneComponent{Table: "t", LookedUpBy: "margin"}}, model.ProblemNoQuota},
		{"values", scene{Tables: []sceneTable{table}, Component: &sceneComponent{Table: "t", LookedUpBy: "hours"}, Credits: sold("1")}, model.ProblemNotSupported},
		{"values that are paid on", scene{Tables: []sceneTable{table}, Component: &sceneComponent{Table: "t", Measure: "hours", LookedUpBy: "margin"}}, model.ProblemNotSupported},
		{"an expression", scene{Tables: []sceneTable{expressed}, Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive, LookedUpBy: "margin"}, Credits: sold("1")}, model.ProblemNotSupported},
		{"beyond the last row", scene{Tables: []sceneTable{table}, Component: &sceneComponent{Table: "t", Measure: "margin", LookedUpBy: "revenue"}, Credits: []sceneCredit{{ID: "T1", Date: date("2026-01-05"), Amount: "10001", Margin: "1"}}}, model.ProblemOffTable},
		{"standing beyond the last row", scene{Tables: []sceneTable{table}, Component: &sceneComponent{Table: "t", Measure: "margin", LookedUpBy: "revenue"}, Credits: []sceneCredit{deal("T1", "2026-01-05", "10000"), {ID: "T2", Date: date("2026-01-06"), Amount: "0", Margin: "1"}}}, model.ProblemOffTable},
	} {
		c.s.Measures = measures
		if r := c.s.run(t); len(r.Problems) != 1 || r.Problems[0].Code != c.want {
			t.Errorf("%s: %+v", c.name, r.Problems)
		}
	}
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
