package calc

import (
	"testing"

	"spm/model"
)

// of makes a credit that belongs to an order, or takes a sale back.
func of(c sceneCredit, order, sale string) sceneCredit {
	c.Order, c.Of = order, sale
	return c
}

// deal makes a credit, a return where the amount is below zero.
func deal(id, on, amount string) sceneCredit {
	c := sceneCredit{ID: id, Date: date(on), Amount: amount}
	c.Reversal = dec(amount).IsNegative()
	return c
}

// TestRateKinds are worked by hand: what each rate kind pays with each of its
// choices.
func TestRateKinds(t *testing.T) {
	t.Parallel()
	day := deal
	tiers := func(cell model.CellKind, lookup model.Lookup, rows ...[3]string) []sceneTable {
		return []sceneTable{{Key: "t", Dimension: model.ByMeasure, Cell: cell, Lookup: lookup, Rows: rows}}
	}
	steps := tiers("", "", [3]string{"0", "1000", "0.01"}, [3]string{"1000", "3000", "0.02"}, [3]string{"3000", "8000", "0.03"}, [3]string{"8000", "", "0.05"})
	curve := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTarget, Lookup: model.LookupLinear, Rows: [][3]string{{"0.9", "1", "0.7"}, {"1", "1.1", "1"}, {"1.1", "1.2", "1.3"}, {"1.2", "", "2"}}}}
	bands := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Cell: model.CellMoney, Rows: [][3]string{{"0", "100", "0"}, {"100", "200", "50"}, {"200", "", "90"}}}}
	accelerator := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTargetRate, Rows: [][3]string{{"0", "1", "1"}, {"1", "", "1.5"}}}}
	units := []sceneMeasure{{Key: "units", Value: model.ValueQuantity}, {Key: "deals", Value: model.ValueCount}, {Key: "hours", Source: model.SourceValues}, {Key: "score", Source: model.SourceValues, Aggregation: model.AggregateLast}, {Key: "csat", Source: model.SourceValues, Aggregation: model.AggregateAverage}}
	value := func(measure, on, value string) sceneValue {
		return sceneValue{Measure: measure, Date: date(on), Value: value}
	}
	text := func(s string) *string { return &s }
	seats := tiers(model.CellPerUnit, "", [3]string{"0", "10", "20"}, [3]string{"10", "", "30"})
	unit := func(id, on, quantity string) sceneCredit {
		return sceneCredit{ID: id, Date: date(on), Amount: quantity, Quantity: quantity, Reversal: dec(quantity).IsNegative()}
	}
	checkLines(t, []lined{
		{"a rate per unit", scene{Component: &sceneComponent{Kind: model.RateUnit, Rate: "1.5", Measure: "units"}, Measures: units,
			Credits: []sceneCredit{{ID: "T1", Date: date("2026-01-05"), Amount: "10", Quantity: "3"}, {ID: "T2", Date: date("2026-01-06"), Amount: "10", Quantity: "2"}}}, "4.5 3"},
		{"a return is paid by its sale's rate per unit", scene{
			Versions: []sceneVersion{{To: datep("2026-02-01"), Components: []sceneComponent{{Kind: model.RateUnit, Rate: "2"}}}, {From: datep("2026-02-01"), Components: []sceneComponent{{Kind: model.RateUnit, Rate: "3"}}}},
			Credits:  []sceneCredit{day("T1", "2026-01-05", "10"), day("T2", "2026-02-05", "10"), {ID: "R1", Date: date("2026-02-06"), FXDate: datep("2026-01-05"), Amount: "-4", Reversal: true, Of: "T1"}}}, "20 30 -8"},
		{"money per credit, taken back once nothing is left", scene{Component: &sceneComponent{Kind: model.RatePerEvent, Rate: "50"},
			Credits: []sceneCredit{day("T1", "2026-01-05", "100"), day("T2", "2026-01-06", "0"), of(day("R1", "2026-01-07", "-40"), "", "T1"), of(day("R2", "2026-01-08", "-60"), "", "T1")}}, "50 0 0 -50"},
		{"money per order", scene{Component: &sceneComponent{Kind: model.RatePerEvent, Rate: "50", Event: model.EventOrder},
			Credits: []sceneCredit{of(day("T1", "2026-01-05", "100"), "O1", ""), of(day("T2", "2026-01-06", "10"), "O1", ""), of(day("T3", "2026-01-07", "10"), "O2", ""), of(day("R1", "2026-01-08", "-110"), "O1", "T1")}}, "50 0 50 -50"},
		{"a whole credit after", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit}, Tables: steps,
			Credits: []sceneCredit{day("T1", "2026-01-05", "900"), day("T2", "2026-01-06", "200"), day("T3", "2026-01-07", "2000"), of(day("R1", "2026-01-08", "-200"), "", "T2")}}, "9 4 60 -4"},
		{"a whole credit before", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit, Moment: model.RateBefore}, Tables: steps,
			Credits: []sceneCredit{day("T1", "2026-01-05", "900"), day("T2", "2026-01-06", "200"), day("T3", "2026-01-07", "2000")}}, "9 2 40"},
		{"each credit by itself, not split", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit, Accumulate: model.OverEvent}, Tables: steps,
			Credits: []sceneCredit{day("T1", "2026-01-05", "900"), day("T2", "2026-01-06", "1000"), day("T3", "2026-01-07", "4000")}}, "9 20 120"},
		{"each credit by itself, split", scene{Component: &sceneComponent{Table: "t", Accumulate: model.OverEvent}, Tables: steps,
			Credits: []sceneCredit{day("T1", "2026-01-05", "1500"), day("T2", "2026-01-06", "4500"), of(day("R1", "2026-01-07", "-2000"), "", "T2"), of(day("R2", "2026-01-08", "-2500"), "", "T2"), of(day("R3", "2026-01-09", "-1500"), "", "T0")}}, "20 95 -55 -40 -20"},
		{"each order by itself, split", scene{Component: &sceneComponent{Table: "t", Accumulate: model.OverOrder}, Tables: steps,
			Credits: []sceneCredit{of(day("T1", "2026-01-05", "900"), "O1", ""), of(day("T2", "2026-01-06", "900"), "O2", ""), of(day("T3", "2026-01-07", "200"), "O1", "")}}, "9 9 3"},
		{"an amount between points, by credit", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit, Accumulate: model.OverEvent},
			Tables:  tiers(model.CellMoney, model.LookupLinear, [3]string{"0", "", "0"}, [3]string{"1000", "", "10"}, [3]string{"3000", "", "50"}, [3]string{"8000", "", "150"}),
			Credits: []sceneCredit{day("T1", "2026-01-05", "200"), day("T2", "2026-01-06", "1500"), day("T3", "2026-01-07", "4500"), day("T4", "2026-01-08", "9000"), of(day("R1", "2026-01-09", "-1500"), "", "T2")}}, "2 20 80 150 -20"},
		{"a rate between points, of all", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive},
			Tables:  tiers("", model.LookupLinear, [3]string{"0", "1000", "0"}, [3]string{"1000", "5000", "0.01"}, [3]string{"5000", "", "0.03"}),
			Credits: []sceneCredit{day("T1", "2026-01-05", "500"), day("T2", "2026-01-06", "1500")}}, "7.5 22.5"},
		{"below the first point of a curve", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: curve, Target: "40000", Quota: "1000", Credits: sold("899.99")}, "0"},
		{"on the first point", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: curve, Target: "40000", Quota: "1000", Credits: sold("900")}, "7000"},
		{"between points of a curve", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: curve, Target: "40000", Quota: "1000", Credits: sold("1000", "150")}, "16500"},
		{"beyond the last point", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: curve, Target: "40000", Quota: "1000", Credits: sold("5000")}, "20000"},
		{"a negative measure finds nothing", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTarget, Rows: [][3]string{{"0", "", "1"}}}}, Target: "40000", Quota: "1000", Credits: sold("-5")}, ""},
		{"half a target, stated for the window", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t", Target: "5000"}, Tables: curve, Quota: "1000", Credits: sold("1000")}, "5000"},
		{"a share of the target, for the days held", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t", TargetShare: "0.25"}, Tables: curve, Target: "36000", Quota: "90", Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-15")}}, Credits: sold("45")}, "1125"},
		{"a target that changes within the window", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: curve, Quota: "90", Credits: sold("90"),
			Assigned: []sceneAssigned{{Title: "rep", To: datep("2026-02-15"), Target: "36000"}, {Title: "rep", From: datep("2026-02-15"), Target: "72000"}}}, "13500"},
		{"money at a band, of the window", scene{Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Tables: bands, Credits: sold("100", "60")}, "50"},
		{"money at a band, for the days held", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Tables: bands, Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-15")}}, Credits: sold("100", "60")}, "25"},
		{"multiples of the target rate", scene{Component: &sceneComponent{Table: "t"}, Tables: accelerator, Target: "20000", Quota: "100000", Credits: sold("80000", "40000")}, "4000 2500"},
		// 8 x 20; 2 x 20 + 4 x 30; back over 3 x 30.
		{"money per unit, marginal", scene{Component: &sceneComponent{Table: "t", Measure: "units"}, Measures: units, Tables: seats,
			Credits: []sceneCredit{unit("T1", "2026-01-05", "8"), unit("T2", "2026-01-06", "6"), of(unit("R2", "2026-01-07", "-3"), "", "T2")}}, "160 160 -90"},
		// 14 are reached: 8 x 30 and 6 x 30.
		{"money per unit, of all", scene{Component: &sceneComponent{Table: "t", Measure: "units", Mode: model.TierRetroactive}, Measures: units, Tables: seats,
			Credits: []sceneCredit{unit("T1", "2026-01-05", "8"), unit("T2", "2026-01-06", "6")}}, "240 180"},
		// A return as its sale was: -3 x 30, at the 30 that 14 had reached.
		{"money per unit, unsplit", scene{Component: &sceneComponent{Table: "t", Measure: "units", Mode: model.TierWholeCredit}, Measures: units, Tables: seats,
			Credits: []sceneCredit{unit("T1", "2026-01-05", "8"), unit("T2", "2026-01-06", "6"), of(unit("R2", "2026-01-07", "-6"), "", "T2")}}, "160 180 -180"},
		// In euros at 0.9: 8 x 20 x 0.9.
		{"money per unit, in another currency", scene{Pay: "EUR", FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}}, Component: &sceneComponent{Table: "t", Measure: "units"}, Measures: units, Tables: seats, Credits: []sceneCredit{unit("T1", "2026-01-05", "8")}}, "144"},
		{"money per unit by credit of a matrix", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m", Accumulate: model.OverEvent, Measure: "units"}, Measures: units,
			Credits: []sceneCredit{of(unit("T1", "2026-01-05", "8"), "P1", ""), unit("T2", "2026-01-06", "6")},
			Tables: []sceneTable{{Key: "m", Cell: model.CellPerUnit, Dimensions: []model.TableDimension{{Name: "order", Expression: "orderId", Match: model.MatchEquals}},
				Matrix: []model.RateRow{{Keys: []model.RowKey{{Equals: text("P1")}}, Cell: dec("2.5")}, {Keys: []model.RowKey{{}}, Cell: dec("1")}}}}}, "20 6"},
		{"two dimensions", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m"}, Quota: "100", Measures: units, Credits: sold("120"), Values: []sceneValue{value("csat", "2026-01-10", "8"), value("csat", "2026-02-10", "9")},
			Tables: []sceneTable{{Key: "m", Cell: model.CellMoney, Dimensions: []model.TableDimension{{Name: "attainment", Expression: "attainment", Match: model.MatchRange}, {Name: "csat", Expression: "measureOf('csat')", Match: model.MatchRange}},
				Matrix: []model.RateRow{
					{Keys: []model.RowKey{{To: optional("1")}, {}}, Cell: dec("0")},
					{Keys: []model.RowKey{{From: optional("1")}, {To: optional("8.5")}}, Cell: dec("100")},
					{Keys: []model.RowKey{{From: optional("1")}, {From: optional("8.5")}}, Cell: dec("250")},
				}}}}, "250"},
		{"a rate by title, of all", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m"}, Credits: sold("100", "50"),
			Tables: []sceneTable{{Key: "m", Dimensions: []model.TableDimension{{Name: "title", Expression: "title", Match: model.MatchEquals}},
				Matrix: []model.RateRow{{Keys: []model.RowKey{{Equals: text("boss")}}, Cell: dec("0.5")}, {Keys: []model.RowKey{{Equals: text("rep")}}, Cell: dec("0.1")}}}}}, "10 5"},
		{"the most specific row by credit", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m", Accumulate: model.OverEvent},
			Credits: []sceneCredit{day("T1", "2026-01-05", "100"), {ID: "T2", Date: date("2026-01-06"), Amount: "100", Order: "P1"}, {ID: "T3", Date: date("2026-01-07"), Amount: "5000", Order: "P1"}},
			Tables: []sceneTable{{Key: "m", Precedence: model.PrecedenceMostSpecific, Dimensions: []model.TableDimension{{Name: "order", Expression: "orderId", Match: model.MatchEquals}, {Name: "amount", Expression: "amount", Match: model.MatchRange}},
				Matrix: []model.RateRow{
					{Keys: []model.RowKey{{}, {}}, Cell: dec("0.01")},
					{Keys: []model.RowKey{{Equals: text("P1")}, {}}, Cell: dec("0.02")},
					{Keys: []model.RowKey{{Equals: text("P1")}, {From: optional("1000")}}, Cell: dec("0.03")},
				}}}}, "1 2 150"},
		{"money by credit of a matrix", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m", Accumulate: model.OverEvent},
			Credits: []sceneCredit{day("T1", "2026-01-05", "100"), {ID: "T2", Date: date("2026-01-06"), Amount: "100", Order: "P1"}},
			Tables: []sceneTable{{Key: "m", Cell: model.CellMoney, Dimensions: []model.TableDimension{{Name: "order", Expression: "orderId", Match: model.MatchEquals}},
				Matrix: []model.RateRow{{Keys: []model.RowKey{{Equals: text("P1")}}, Cell: dec("20")}, {Keys: []model.RowKey{{}}, Cell: dec("10")}}}}}, "10 20"},
		{"a formula", scene{Component: &sceneComponent{Formula: "measure * parameter('rate') + (measureOf('hours') > 10 ? 100 : 0)"}, Measures: units, Credits: sold("1000"), Values: []sceneValue{value("hours", "2026-01-10", "8"), value("hours", "2026-02-10", "4")},
			Parameters: []sceneParameter{{Key: "rate", Value: "0.01"}, {Key: "rate", Title: "rep", Value: "0.02"}, {Key: "rate", Position: "north", Value: "0.03", To: datep("2026-02-01")}}}, "120"},
		{"a default parameter", scene{Versions: []sceneVersion{{Parameters: []model.ParameterDeclaration{{Key: "rate", Default: optional("0.04")}}, Components: []sceneComponent{{Formula: "measure * parameter('rate')"}}}}, Credits: sold("1000")}, "40"},
		{"a formula that looks up", scene{Component: &sceneComponent{Formula: "round(lookup('t', measure) * target, 2) + monthsBetween(windowStart, date('2026-05-31')) + (payeeAttr('region') == '' ? daysHeld : 0)"}, Tables: steps, Target: "4000", Credits: sold("1000")}, "114"},
		{"weighted goals", scene{Component: &sceneComponent{Goals: []sceneGoal{{"revenue", "revenue", "0.6", "t"}, {"score", "score", "0.4", ""}}}, Measures: units, Tables: curve, Target: "40000", Quota: "1000", Credits: sold("1100"),
			Values: []sceneValue{value("score", "2026-01-31", "0.5"), value("score", "2026-03-31", "0.9")}}, "7800 3600"},
		{"a rate on values", scene{Component: &sceneComponent{Kind: model.RateUnit, Rate: "20", Measure: "hours"}, Measures: units, Values: []sceneValue{value("hours", "2026-01-10", "8"), value("hours", "2026-02-10", "7.5"), value("hours", "2026-04-01", "1")}}, "160 150"},
		{"tiers on values of the position before the company's", scene{Component: &sceneComponent{Table: "t", Measure: "hours"}, Measures: units, Tables: steps, Values: []sceneValue{value("hours", "2026-01-10", "9999"), {Measure: "hours", Position: "north", Date: date("2026-01-11"), Value: "2000"}}}, "30"},
		{"an average of values", scene{Component: &sceneComponent{Rate: "10", Measure: "csat"}, Measures: units, Values: []sceneValue{value("csat", "2026-01-10", "8"), value("csat", "2026-02-10", "9")}}, "85"},
	})
}

// lined is a scene and the amounts of its lines.
type lined struct {
	name  string
	scene scene
	lines string
}

func checkLines(t *testing.T, cases []lined) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := c.scene.only(t)
			if e.Why == model.WhyProblem {
				t.Fatalf("%s", outline(e.Trace.Explain(), ""))
			}
			if got := amountsOf(e.Lines()); got != c.lines {
				t.Errorf("got %s, want %s\n%s", got, c.lines, outline(e.Trace.Explain(), ""))
			}
		})
	}
}

// TestRateKindsAtTheirEdges are scenes that the reference has found.
func TestRateKindsAtTheirEdges(t *testing.T) {
	t.Parallel()
	steps := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "1000", "0.01"}, {"1000", "3000", "0.02"}, {"3000", "", "0.03"}}}}
	units := []sceneMeasure{{Key: "units", Value: model.ValueQuantity}, {Key: "hours", Source: model.SourceValues}, {Key: "score", Source: model.SourceValues, Aggregation: model.AggregateLast}}
	versions := func(first, second sceneComponent) []sceneVersion {
		cut := date("2026-02-01")
		return []sceneVersion{{To: &cut, Components: []sceneComponent{first}}, {From: &cut, Components: []sceneComponent{second}}}
	}
	checkLines(t, []lined{
		{"money by credit, looked up in two dimensions", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "m", Accumulate: model.OverEvent},
			Credits: []sceneCredit{deal("T1", "2026-01-05", "100"), deal("T2", "2026-01-06", "2000"), of(deal("R1", "2026-01-07", "-2000"), "", "T2")},
			Tables: []sceneTable{{Key: "m", Cell: model.CellMoney, Dimensions: []model.TableDimension{{Name: "amount", Expression: "amount", Match: model.MatchRange}},
				Matrix: []model.RateRow{{Keys: []model.RowKey{{To: optional("1000")}}, Cell: dec("10")}, {Keys: []model.RowKey{{From: optional("1000")}}, Cell: dec("30")}}}}}, "10 30 -30"},
		{"more comes back than was sold, and the money once", scene{Component: &sceneComponent{Kind: model.RatePerEvent, Rate: "50"},
			Credits: []sceneCredit{deal("T1", "2026-01-05", "100"), of(deal("R1", "2026-01-07", "-120"), "", "T1"), of(deal("R2", "2026-01-08", "-10"), "", "T1")}}, "50 -50 0"},
		{"money for a sale that is not in the window is taken back once", scene{Component: &sceneComponent{Kind: model.RatePerEvent, Rate: "50"},
			Credits: []sceneCredit{of(deal("R1", "2026-01-07", "-60"), "", "T0"), of(deal("R2", "2026-01-08", "-60"), "", "T0")}}, "-50 0"},
		{"a return that adds to the measure is paid as any credit", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit, Moment: model.RateBefore, Measure: "margin"}, Tables: steps, Measures: []sceneMeasure{{Key: "margin", Value: model.ValueMargin}},
			Credits: []sceneCredit{{ID: "T1", Date: date("2026-01-05"), Amount: "10", Margin: "1500"}, {ID: "R1", Date: date("2026-01-06"), Amount: "-10", Margin: "200", Reversal: true, Of: "T1"}}}, "15 4"},
		{"a return of nothing, by a rate that has changed", scene{
			Versions: versions(sceneComponent{Kind: model.RateUnit, Rate: "2", Measure: "units"}, sceneComponent{Kind: model.RateUnit, Rate: "3", Measure: "units"}), Measures: units,
			Credits: []sceneCredit{{ID: "T1", Date: date("2026-01-05"), Amount: "10", Quantity: "4"}, {ID: "R1", Date: date("2026-02-06"), FXDate: datep("2026-01-05"), Amount: "-4", Reversal: true, Of: "T1"}}}, "8 0"},
		{"the default is a multiple of the target rate too", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Target: "20000", Quota: "10000", Credits: sold("400"),
			Tables: []sceneTable{{Key: "t", Cell: model.CellTargetRate, Lookup: model.LookupLinear, Default: "0.1", Rows: [][3]string{{"500", "1000", "0.5"}, {"1000", "", "1"}}}}}, "20"},
		{"adjustments over lines act on credits alone", scene{Component: &sceneComponent{Kind: model.RateUnit, Rate: "20", Measure: "hours", Adjustments: []model.Adjustment{{Kind: model.AdjustMultiplier, Name: "twice", Over: model.OverLine, Factor: optional("2")}}}, Measures: units, Values: []sceneValue{{Measure: "hours", Date: date("2026-01-10"), Value: "8"}}}, "160"},
		{"the last value of a window that a version cuts", scene{
			Versions: versions(sceneComponent{Rate: "10", Measure: "score"}, sceneComponent{Rate: "10", Measure: "score"}), Measures: units,
			Values: []sceneValue{{Measure: "score", Date: date("2026-01-31"), Value: "0.5"}, {Measure: "score", Date: date("2026-03-31"), Value: "0.9"}}}, "9"},
		{"multipliers begin anew after a cap, whether it holds something or not", scene{Rules: model.PlanRules{Multipliers: model.MultiplySum}, Credits: sold("1000"),
			Component: &sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{
				{Kind: model.AdjustMultiplier, Name: "a", Over: model.OverComponent, Factor: optional("1.2")}, {Kind: model.AdjustCap, Name: "cap", Over: model.OverComponent, Amount: optional("500")},
				{Kind: model.AdjustMultiplier, Name: "b", Over: model.OverComponent, Factor: optional("1.1")}, {Kind: model.AdjustMultiplier, Name: "c", Over: model.OverComponent, Factor: optional("1.1")},
			}}}, "100 20 12 12"},
	})
}

// TestSourcesApart: what two sources call by one name is not one order.
func TestSourcesApart(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Kind: model.RatePerEvent, Rate: "50", Event: model.EventOrder},
		Credits:   []sceneCredit{{ID: "T1", Date: date("2026-01-05"), Amount: "10", Order: "O1"}, {ID: "T2", Date: date("2026-01-06"), Amount: "10", Order: "O1"}},
	}
	facts := s.facts()
	facts[1].Transaction.Source = "erp"
	engine := engineOf(t, s.book())
	r := engine.Calculate(keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, s.period()), facts)
	if err := r.Check(); err != nil || len(r.Earnings) != 1 || r.Earnings[0].Amount.Amount.String() != "100" {
		t.Errorf("%+v: %v", r.Earnings, err)
	}
	s.Component = &sceneComponent{Table: "t", Accumulate: model.OverOrder}
	s.Tables = []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "10", "0"}, {"10", "", "1"}}}}
	r = engineOf(t, s.book()).Calculate(keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, s.period()), facts)
	if err := r.Check(); err != nil || !r.Earnings[0].Amount.Amount.IsZero() {
		t.Errorf("%+v: %v", r.Earnings, err)
	}
}

// TestProrationMethods are worked by hand; the first three are published, under
// the names that they have in ../shared/cases.
func TestProrationMethods(t *testing.T) {
	t.Parallel()
	cents := 2
	bonus := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Cell: model.CellMoney, Rows: [][3]string{{"0", "", "10000"}}}}
	for _, c := range []struct {
		name     string
		rules    model.PlanRules
		from, to string
		want     string
	}{
		{"lumo-prorated-bonus-184-days", model.PlanRules{}, "2025-07-01", "2026-01-01", "5041.1"},
		{"prorata-september-start-ratio-first", model.PlanRules{}, "2025-09-01", "2026-01-01", "3342.47"},
		{"prorata-september-start-daily-rate-first", model.PlanRules{ProrationUnit: &cents}, "2025-09-01", "2026-01-01", "3342.8"},
		{"months, from the 15th", model.PlanRules{BonusProration: model.ProrateMonths}, "2025-09-15", "2026-01-01", "3333.33"},
		{"months, from the 16th", model.PlanRules{BonusProration: model.ProrateMonths}, "2025-09-16", "2026-01-01", "2500"},
		{"less than half a month", model.PlanRules{BonusProration: model.ProrateMonths}, "2025-12-20", "2026-01-01", "0"},
		{"months at a rounded rate", model.PlanRules{BonusProration: model.ProrateMonths, ProrationUnit: &cents}, "2025-10-01", "2026-01-01", "2499.99"},
		{"working days: 66 of 261", model.PlanRules{BonusProration: model.ProrateWorkingDays}, "2025-10-01", "2026-01-01", "2528.74"},
		{"a weekend alone", model.PlanRules{BonusProration: model.ProrateWorkingDays}, "2025-10-04", "2025-10-06", "0"},
		{"in full", model.PlanRules{BonusProration: model.ProrateNone}, "2025-12-31", "2026-01-01", "10000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := scene{Period: "2025", Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t", Payout: model.PeriodYear}, Tables: bonus, Rules: c.rules, Seats: []sceneSeat{{"ana", "north", date(c.from), date(c.to)}}}
			if e := s.only(t); e.Amount.Amount.String() != c.want {
				t.Errorf("got %s, want %s\n%s", e.Amount.Amount, c.want, outline(e.Trace.Explain(), ""))
			}
			s.Target, s.Component = "10000", &sceneComponent{Formula: "target", Payout: model.PeriodYear}
			s.Rules.TargetProration = s.Rules.BonusProration
			if e := s.only(t); e.Amount.Amount.String() != c.want {
				t.Errorf("the target: got %s, want %s\n%s", e.Amount.Amount, c.want, outline(e.Trace.Explain(), ""))
			}
		})
	}
}
