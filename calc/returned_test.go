package calc

import (
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// TestReturnsOfEarlierWindows takes back in later months what was sold in
// January, as it was paid then.
func TestReturnsOfEarlierWindows(t *testing.T) {
	t.Parallel()
	tiers := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "1000", "0.05"}, {"1000", "", "0.1"}}}}
	back := func(id, of, day, amount string) sceneCredit {
		c := deal(id, day, amount)
		c.Of, c.Reversal, c.FXDate = of, true, datep("2026-01-10")
		return c
	}
	order := func(o string, c sceneCredit) sceneCredit {
		c.Order = o
		return c
	}
	whole := &sceneComponent{Table: "t", Mode: model.TierWholeCredit}
	event := &sceneComponent{Table: "t", Mode: model.TierMarginal, Accumulate: model.OverEvent}
	orders := &sceneComponent{Table: "t", Mode: model.TierMarginal, Accumulate: model.OverOrder}
	february := datep("2026-02-01")
	pays := func(from, to *model.Date, c sceneComponent) sceneVersion {
		return sceneVersion{From: from, To: to, Components: []sceneComponent{c}}
	}
	perEvent := func(rate string) sceneComponent { return sceneComponent{Kind: model.RatePerEvent, Rate: rate} }
	perOrder := func(rate string) sceneComponent {
		return sceneComponent{Kind: model.RatePerEvent, Event: model.EventOrder, Rate: rate}
	}
	matrix := []sceneTable{{Key: "t", Dimensions: []model.TableDimension{{Name: "amount", Expression: "amount", Match: model.MatchRange}},
		Matrix: []model.RateRow{{Keys: []model.RowKey{{To: optional("1000")}}, Cell: dec("0.05")}, {Keys: []model.RowKey{{From: optional("1000")}}, Cell: dec("0.1")}}}}
	sales := []sceneCredit{deal("T1", "2026-01-05", "600"), deal("T2", "2026-01-10", "600")}
	for _, c := range []struct {
		name, want string
		scene      scene
	}{
		// 600 x 5%, and 600 x 10% with 1,200 reached; the second comes back at 10%, whatever February has reached.
		{"of whole credits", "90 -60 0", scene{Component: whole, Tables: tiers, Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-600"))}},
		{"half of it, and half of it again", "90 -30 -30", scene{Component: whole, Tables: tiers, Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-300"), back("R2", "T2", "2026-03-10", "-300"))}},
		// 1,000 x 5% + 500 x 10%; from 1,500 back to 1,200, and from there to 500.
		{"of sales with tiers of their own", "100 -30 -45", scene{Component: event, Tables: tiers, Credits: []sceneCredit{deal("T1", "2026-01-10", "1500"), back("R1", "T1", "2026-02-10", "-300"), back("R2", "T1", "2026-03-10", "-700")}}},
		// 900 x 5% and 100 x 5% + 500 x 10%. From 1,500 back to 600: 500 x 10% + 400 x 5%, and to 300: 300 x 5%. What the
		// order sells in February begins anew: 400 x 5%.
		{"of orders", "100 -50 -15", scene{Component: orders, Tables: tiers, Credits: []sceneCredit{
			order("A", deal("T1", "2026-01-10", "900")), order("A", deal("T2", "2026-01-10", "600")),
			order("A", back("R1", "T1", "2026-02-05", "-900")), order("A", deal("T3", "2026-02-10", "400")), order("A", back("R2", "T2", "2026-03-10", "-300"))}}},
		// 100 for the deal in January, 150 for one in February; something is left of the first until March.
		{"of events, of an earlier version", "100 150 -100", scene{Versions: []sceneVersion{pays(nil, february, perEvent("100")), pays(february, nil, perEvent("150"))}, Credits: []sceneCredit{
			deal("T1", "2026-01-10", "1000"), deal("T2", "2026-02-01", "1000"), back("R1", "T1", "2026-02-10", "-400"), back("R2", "T1", "2026-03-10", "-600")}}},
		{"of orders that pay once", "100 0 -100", scene{Versions: []sceneVersion{pays(nil, february, perOrder("100")), pays(february, nil, perOrder("150"))}, Credits: []sceneCredit{
			order("A", deal("T1", "2026-01-10", "1000")), order("A", deal("T2", "2026-01-10", "500")), order("A", back("R1", "T1", "2026-02-10", "-1000")), order("A", back("R2", "T2", "2026-03-10", "-500"))}}},
		// Within one window too: 100 + 100 + 150 - 100 - 150.
		{"of an earlier version in the quarter", "100", scene{Payout: model.PeriodQuarter, Versions: []sceneVersion{pays(nil, february, perEvent("100")), pays(february, nil, perEvent("150"))}, Credits: []sceneCredit{
			deal("T1", "2026-01-10", "1000"), deal("T2", "2026-01-10", "1000"), deal("T3", "2026-02-01", "1000"), back("R1", "T1", "2026-02-10", "-1000"), back("R2", "T3", "2026-02-11", "-1000")}}},
		// 1,500 x 10% by its own row; half of it is -750, and paid by the row of the 1,500.
		{"of a matrix for each credit", "150 -75 0", scene{Component: &sceneComponent{Kind: model.RateMatrix, Table: "t", Accumulate: model.OverEvent}, Tables: matrix, Credits: []sceneCredit{deal("T1", "2026-01-10", "1500"), back("R1", "T1", "2026-02-10", "-750")}}},
		// The component measured otherwise then: as if the sale had been as large, 600 x 5%.
		{"paid in another way then", "60 -30 0", scene{Versions: []sceneVersion{pays(nil, february, sceneComponent{Rate: "0.05"}), pays(february, nil, *whole)}, Tables: tiers, Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-600"))}},
		{"with a problem then", "NO_QUOTA DEPENDS_ON_FAILED 0", scene{Component: whole, Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: tiers[0].Rows}}, Quotas: []sceneQuota{{Period: "2026-02", Amount: "10"}, {Period: "2026-03", Amount: "10"}},
			Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-600"))}},
		// The quota that January lacks is none of this sale's, which was before the payee had the position.
		{"of nobody's sale, with a problem then", "NO_QUOTA -30 0", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit, AttainmentCap: "100"}, Tables: tiers, Seats: []sceneSeat{{"ana", "north", date("2026-01-20"), model.MaxDate}},
			Quotas: []sceneQuota{{Period: "2026-02", Amount: "1000"}, {Period: "2026-03", Amount: "1000"}}, Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-600"))}},
		// Sold before the payee had the position: as if it had been as large.
		{"of nobody's sale", "0 -30 0", scene{Component: whole, Tables: tiers, Seats: []sceneSeat{{"ana", "north", date("2026-01-20"), model.MaxDate}}, Credits: append(sales[:2:2], back("R1", "T2", "2026-02-10", "-600"))}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			periods := []string{"2026-01", "2026-02", "2026-03"}
			if s.Payout == model.PeriodQuarter {
				periods = []string{"2026-Q1"}
			} else {
				s.Payout = model.PeriodMonth
			}
			var got []string
			for _, period := range periods {
				s.Period = period
				e := s.only(t)
				if _, err := Verify(e.Trace); err != nil {
					t.Error(err)
				}
				if why := s.run(t).Problems; len(why) > 0 {
					got = append(got, string(why[0].Code))
				} else {
					got = append(got, e.Amount.Amount.String())
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %s, want %s", strings.Join(got, " "), c.want)
			}
		})
	}
}

func comesBack(id, of, sold, day, amount string) sceneCredit {
	c := deal(id, day, amount)
	c.Of, c.Reversal, c.FXDate = of, true, datep(sold)
	return c
}

// inPeriods gives what each period comes to, 0 where there is no earning.
func inPeriods(t *testing.T, s scene, periods ...string) string {
	t.Helper()
	var out []string
	for _, period := range periods {
		s.Period = period
		result := s.run(t)
		for _, e := range result.Earnings {
			if _, err := Verify(e.Trace); err != nil {
				t.Error(period, err)
			}
		}
		switch {
		case len(result.Problems) > 0:
			out = append(out, string(result.Problems[0].Code))
		case len(result.Earnings) == 0:
			out = append(out, "-")
		default:
			out = append(out, result.Earnings[0].Amount.Amount.String())
		}
	}
	return strings.Join(out, " ")
}

var twoTiers = []sceneTable{{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "1000", "0.05"}, {"1000", "", "0.1"}}}}

// TestSalesBeforeInAnyOrder asks from which day on facts are read, for the same
// returns in two orders.
func TestSalesBeforeInAnyOrder(t *testing.T) {
	t.Parallel()
	s := scene{Tables: twoTiers, Shorter: []model.PeriodType{model.PeriodWeek}, Versions: []sceneVersion{{Components: []sceneComponent{
		{Key: "month", Payout: model.PeriodMonth, Kind: model.RatePerEvent, Rate: "50"},
		{Key: "week", Payout: model.PeriodWeek, Table: "t", Mode: model.TierWholeCredit}}}},
		Credits: []sceneCredit{comesBack("R1", "A3", "2026-07-10", "2026-08-04", "-100"), comesBack("R2", "A2", "2026-07-02", "2026-08-05", "-400")}}
	e, err := NewEngine(s.book())
	if err != nil {
		t.Fatal(err)
	}
	f := s.facts()
	if one, other := e.SalesBefore(f), e.SalesBefore([]CreditFact{f[1], f[0]}); one != other || one != date("2026-06-29") {
		t.Errorf("from %s on, in the other order from %s on; want both 2026-06-29, where the week of July 2nd begins", one, other)
	}
}

// TestReturnsWherePayoutChanges pays a sale in a month, and its return in a quarter,
// because a later version pays by quarters.
func TestReturnsWherePayoutChanges(t *testing.T) {
	t.Parallel()
	april := datep("2026-04-01")
	s := scene{Versions: []sceneVersion{
		{To: april, Components: []sceneComponent{{Payout: model.PeriodMonth, Kind: model.RatePerEvent, Rate: "100"}}},
		{From: april, Components: []sceneComponent{{Payout: model.PeriodQuarter, Kind: model.RatePerEvent, Rate: "150"}}}},
		Credits: []sceneCredit{deal("T1", "2026-01-10", "1000"), comesBack("R1", "T1", "2026-01-10", "2026-05-05", "-1000")}}
	if got := inPeriods(t, s, "2026-01", "2026-Q2"); got != "100 -100" {
		t.Errorf("per event: got %s, want 100 -100", got)
	}
	w := scene{Tables: twoTiers, Versions: []sceneVersion{
		{To: april, Components: []sceneComponent{{Payout: model.PeriodMonth, Table: "t", Mode: model.TierWholeCredit}}},
		{From: april, Components: []sceneComponent{{Payout: model.PeriodQuarter, Table: "t", Mode: model.TierWholeCredit}}}},
		Credits: []sceneCredit{deal("T0", "2026-01-09", "900"), deal("T1", "2026-01-10", "600"), comesBack("R1", "T1", "2026-01-10", "2026-05-05", "-600")}}
	if got := inPeriods(t, w, "2026-01", "2026-Q2"); got != "105 -60" {
		t.Errorf("whole credit: got %s, want 105 -60", got)
	}
}

// TestReturnsOfMoneyTiers: of a sale that a tier paid money for, parts come back in
// two windows, and in one.
func TestReturnsOfMoneyTiers(t *testing.T) {
	t.Parallel()
	money := []sceneTable{{Key: "t", Dimension: model.ByMeasure, Cell: model.CellMoney, Rows: [][3]string{{"0", "1000", "20"}, {"1000", "", "70"}}}}
	for _, c := range []sceneComponent{{Table: "t", Mode: model.TierWholeCredit}, {Table: "t", Mode: model.TierWholeCredit, Accumulate: model.OverEvent}} {
		s := scene{Tables: money, Payout: model.PeriodMonth, Component: &c, Credits: []sceneCredit{deal("T1", "2026-01-10", "1500"),
			comesBack("R1", "T1", "2026-01-10", "2026-02-05", "-500"), comesBack("R2", "T1", "2026-01-10", "2026-02-06", "-400"), comesBack("R3", "T1", "2026-01-10", "2026-03-06", "-600"), comesBack("R4", "T1", "2026-01-10", "2026-04-06", "-10")}}
		if got := inPeriods(t, s, "2026-01", "2026-02", "2026-03", "2026-04"); got != "70 0 -70 0" {
			t.Errorf("got %s", got)
		}
	}
}

// TestReturnsOfWhatFollowed: a sale at the rate that totals brought along reach
// comes back in the next window at that rate.
func TestReturnsOfWhatFollowed(t *testing.T) {
	t.Parallel()
	for _, rule := range []model.Continuity{model.ContinuePayee, model.ContinuePosition} {
		s := scene{Tables: twoTiers, Rules: model.PlanRules{Continuity: rule}, Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit}}
		if rule == model.ContinuePayee {
			s.Seats = []sceneSeat{{"ana", "west", date("2026-01-01"), date("2026-02-01")}, {"ana", "north", date("2026-02-01"), date("2026-03-01")}, {"ana", "west", date("2026-03-01"), model.MaxDate}}
		} else {
			s.Seats = []sceneSeat{{"bob", "north", date("2026-01-01"), date("2026-02-01")}, {"ana", "north", date("2026-02-01"), model.MaxDate}}
		}
		first := deal("T0", "2026-01-10", "900")
		if rule == model.ContinuePayee {
			first.Position = "west"
		} else {
			first.Payee = "bob"
		}
		s.Credits = []sceneCredit{first, deal("T1", "2026-02-10", "600"), comesBack("R1", "T1", "2026-02-10", "2026-05-05", "-600")}
		s.Period = "2026-Q2"
		var got []string
		for _, e := range s.run(t).Earnings {
			if _, err := Verify(e.Trace); err != nil {
				t.Error(err)
			}
			if !e.Amount.Amount.IsZero() {
				got = append(got, e.Amount.Amount.String())
			}
		}
		if strings.Join(got, " ") != "-60" {
			t.Errorf("%s: got %v", rule, got)
		}
	}
}

// TestReturnsWhereWindowsChange: the sale's own window is that of the version which
// paid it, whatever window the return's version has.
func TestReturnsWhereWindowsChange(t *testing.T) {
	t.Parallel()
	april := datep("2026-04-01")
	of := func(payout model.PeriodType, window model.PeriodType, settle model.Settlement) []sceneComponent {
		return []sceneComponent{{Payout: payout, Window: window, Settlement: settle, Table: "t", Mode: model.TierWholeCredit}}
	}
	sales := []sceneCredit{deal("T0", "2026-02-09", "900"), deal("T1", "2026-03-10", "600"), comesBack("R1", "T1", "2026-03-10", "2026-04-05", "-600")}
	for _, c := range []struct {
		name          string
		before, after []sceneComponent
		want          string
		periods       []string
	}{
		// March alone reached 600: 600 x 5%.
		{"from months to quarters", of(model.PeriodMonth, "", ""), of(model.PeriodQuarter, "", ""), "30 -30", []string{"2026-03", "2026-Q2"}},
		// The quarter reached 1,500: 900 x 5% + 600 x 10%.
		{"from quarters to months", of(model.PeriodQuarter, "", ""), of(model.PeriodMonth, "", ""), "105 -60", []string{"2026-Q1", "2026-04"}},
		{"from a window of the quarter to the month", of(model.PeriodMonth, model.PeriodQuarter, model.SettleTrueUp), of(model.PeriodMonth, "", ""), "45 60 -60", []string{"2026-02", "2026-03", "2026-04"}},
		{"from the month to a window of the quarter", of(model.PeriodMonth, "", ""), of(model.PeriodMonth, model.PeriodQuarter, model.SettleTrueUp), "45 30 -30", []string{"2026-02", "2026-03", "2026-04"}},
	} {
		s := scene{Tables: twoTiers, Versions: []sceneVersion{{To: april, Components: c.before}, {From: april, Components: c.after}}, Credits: sales}
		if got := inPeriods(t, s, c.periods...); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

// TestAllComesBack: what every sale of a window was paid comes back to
// the cent when all are returned later, in parts and in several windows, whatever
// the window of the sales was.
func TestAllComesBack(t *testing.T) {
	t.Parallel()
	tables := []sceneTable{
		{Key: "t", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "1000", "0.05"}, {"1000", "2000", "0.1"}, {"2000", "", "0.2"}}},
		{Key: "q", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0.05"}, {"0.5", "1", "0.1"}, {"1", "", "0.2"}}},
		{Key: "m", Dimension: model.ByMeasure, Cell: model.CellMoney, Rows: [][3]string{{"0", "1000", "20"}, {"1000", "", "70"}}},
		{Key: "l", Dimension: model.ByMeasure, Lookup: model.LookupLinear, Rows: [][3]string{{"0", "", "0"}, {"2000", "", "0.2"}}},
	}
	var all []sceneComponent
	for _, table := range []string{"t", "q"} {
		for _, moment := range []model.RateMoment{model.RateBefore, model.RateAfter} {
			for _, run := range []model.Accumulation{"", model.OverEvent, model.OverOrder, model.OverPeriod} {
				all = append(all, sceneComponent{Table: table, Mode: model.TierWholeCredit, Moment: moment, Accumulate: run})
			}
		}
		for _, run := range []model.Accumulation{model.OverEvent, model.OverOrder} {
			all = append(all, sceneComponent{Table: table, Mode: model.TierMarginal, Accumulate: run})
		}
	}
	for _, run := range []model.Accumulation{"", model.OverEvent} {
		all = append(all, sceneComponent{Table: "m", Mode: model.TierWholeCredit, Accumulate: run}, sceneComponent{Table: "l", Mode: model.TierWholeCredit, Accumulate: run})
	}
	all = append(all, sceneComponent{Kind: model.RatePerEvent, Rate: "50"}, sceneComponent{Kind: model.RatePerEvent, Event: model.EventOrder, Rate: "50"}, sceneComponent{Kind: model.RateUnit, Rate: "0.3"})
	order := func(o string, c sceneCredit) sceneCredit { c.Order = o; return c }
	credits := []sceneCredit{
		order("A", deal("S1", "2026-01-05", "700")), order("A", deal("S2", "2026-01-12", "900")), deal("S3", "2026-02-10", "1300"), order("B", deal("S4", "2026-02-20", "400")), order("B", deal("S5", "2026-03-20", "1100")),
		order("A", comesBack("R1", "S1", "2026-01-05", "2026-04-05", "-300")), order("A", comesBack("R2", "S2", "2026-01-12", "2026-04-06", "-500")), comesBack("R3", "S3", "2026-02-10", "2026-04-06", "-1300"),
		order("B", comesBack("R4", "S4", "2026-02-20", "2026-05-06", "-100")), order("B", comesBack("R5", "S5", "2026-03-20", "2026-05-06", "-1100")), order("A", comesBack("R6", "S1", "2026-01-05", "2026-05-07", "-400")),
		order("A", comesBack("R7", "S2", "2026-01-12", "2026-07-06", "-400")), order("B", comesBack("R8", "S4", "2026-02-20", "2026-08-06", "-300")),
	}
	months := []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09"}
	quarters := []string{"2026-Q1", "2026-Q2", "2026-Q3"}
	for _, c := range all {
		for _, how := range []struct {
			name           string
			payout, window model.PeriodType
			settle         model.Settlement
			periods        []string
		}{{"month", model.PeriodMonth, "", "", months}, {"quarter", model.PeriodQuarter, "", "", quarters}, {"trued up", model.PeriodMonth, model.PeriodQuarter, model.SettleTrueUp, months},
			{"at the end", model.PeriodMonth, model.PeriodQuarter, model.SettleWindowEnd, months}, {"quarters of months", model.PeriodQuarter, model.PeriodMonth, "", quarters}} {
			if c.Accumulate == model.OverPeriod && how.window != model.PeriodQuarter {
				continue
			}
			c.Payout, c.Window, c.Settlement = how.payout, how.window, how.settle
			for _, way := range []string{"", "restart", "looked up", "left", "status", "euro"} {
				c := c
				if way == "looked up" {
					if c.Table == "" || c.Table == "m" {
						continue
					}
					c.LookedUpBy = "units"
				}
				s := scene{Tables: tables, Component: &c, Credits: slices.Clone(credits), Measures: []sceneMeasure{{Key: "units", Value: model.ValueQuantity}}}
				for i := range s.Credits {
					s.Credits[i].Quantity = s.Credits[i].Amount
				}
				switch way {
				case "restart":
					cut, again, other := datep("2026-02-15"), datep("2026-05-01"), c
					other.Restart = true
					if other.Rate != "" {
						other.Rate = "70"
					}
					s.Component = nil
					s.Versions = []sceneVersion{{To: cut, Components: []sceneComponent{c}}, {From: cut, To: again, Components: []sceneComponent{other}}, {From: again, Components: []sceneComponent{c}}}
				case "left":
					s.Seats = []sceneSeat{{"ana", "north", date("2026-01-03"), date("2026-04-10")}}
				case "status":
					s.Statuses = []sceneStatus{{From: date("2026-02-15"), Status: model.PayeeLeaveUnpaid}, {From: date("2026-03-10"), Status: model.PayeeActive}}
				case "euro":
					s.Pay = "EUR"
					s.FX = []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}, {"USD", "EUR", date("2026-02-01"), "0.8"}, {"USD", "EUR", date("2026-04-01"), "0.7"}}
				}
				for _, p := range append(append([]string{}, months...), quarters...) {
					s.Quotas = append(s.Quotas, sceneQuota{Period: p, Amount: "2500"}, sceneQuota{Period: p, Amount: "2500", Measure: "units"})
				}
				total := dec("0")
				got := inPeriods(t, s, how.periods...)
				for one := range strings.FieldsSeq(got) {
					if one == "-" {
						continue
					}
					total = total.Add(dec(one))
				}
				if !total.IsZero() {
					t.Errorf("%s, %s: %+v %s %s %s %s: %s sums to %s", how.name, way, c.Kind, c.Table, c.Mode, c.Accumulate, c.Moment, got, total)
				}
			}
		}
	}
}

// TestReturnsOfSeveralCredits: a sale of several credits of the payee, by type and
// by rollup, comes back in two windows: all that was paid, and no more.
func TestReturnsOfSeveralCredits(t *testing.T) {
	t.Parallel()
	of := func(c sceneCredit, kind model.CreditKind, via, credited string) sceneCredit {
		c.Kind, c.Via, c.Type = kind, via, credited
		if via != "" {
			c.Level = 1
		}
		return c
	}
	var credits []sceneCredit
	for _, c := range []sceneCredit{deal("S1", "2026-01-05", "700"), comesBack("R1", "S1", "2026-01-05", "2026-02-05", "-300"), comesBack("R2", "S1", "2026-01-05", "2026-02-05", "-100"), comesBack("R3", "S1", "2026-01-05", "2026-03-05", "-300")} {
		credits = append(credits, of(c, model.CreditDirect, "", "REVENUE"), of(c, model.CreditDirect, "", "OTHER"), of(c, model.CreditRollup, "south", "REVENUE"), of(c, model.CreditRollup, "west", "REVENUE"))
	}
	for _, c := range []struct {
		sceneComponent
		want string
	}{
		{sceneComponent{Table: "t", Mode: model.TierMarginal, Accumulate: model.OverEvent}, "230 -160 -70"},
		{sceneComponent{Table: "t", Mode: model.TierWholeCredit, Accumulate: model.OverEvent}, ""},
		{sceneComponent{Table: "t", Mode: model.TierWholeCredit}, "245 -140 -105"},
		{sceneComponent{Kind: model.RatePerEvent, Rate: "50"}, "200 0 -200"},
		{sceneComponent{Kind: model.RatePerEvent, Event: model.EventOrder, Rate: "50"}, "50 0 -50"},
	} {
		s := scene{Tables: twoTiers, Payout: model.PeriodMonth, Component: &c.sceneComponent, Types: map[string]string{"OTHER": "MONEY"}, Credits: credits,
			Seats: []sceneSeat{{"ana", "north", date("2025-01-01"), model.MaxDate}, {"x", "south", date("2025-01-01"), model.MaxDate}, {"y", "west", date("2025-01-01"), model.MaxDate}}}
		got := inPeriods(t, s, "2026-01", "2026-02", "2026-03")
		total := dec("0")
		for one := range strings.FieldsSeq(got) {
			total = total.Add(dec(one))
		}
		if !total.IsZero() || c.want != "" && got != c.want {
			t.Errorf("%s %s %s: got %s, want %s, in all %s", c.Kind, c.Mode, c.Accumulate, got, c.want, total)
		}
	}
}

// TestReturnsOfWhatWasNotPaid: a sale that lies above the attainment cap is not
// paid at all, so nothing comes back of it.
func TestReturnsOfWhatWasNotPaid(t *testing.T) {
	t.Parallel()
	quotas := []sceneQuota{{Period: "2026-01", Amount: "1000"}, {Period: "2026-02", Amount: "1000"}, {Period: "2026-Q1", Amount: "1000"}}
	for name, c := range map[string]sceneComponent{
		"per event": {Kind: model.RatePerEvent, Rate: "50", AttainmentCap: "1.5"},
		"each":      {Table: "t", Mode: model.TierMarginal, Accumulate: model.OverEvent, AttainmentCap: "1.5"},
		"whole":     {Table: "t", Mode: model.TierWholeCredit, AttainmentCap: "1.5"},
	} {
		paid := map[string]string{"per event": "50", "each": "100", "whole": "150"}[name]
		s := scene{Tables: twoTiers, Payout: model.PeriodMonth, Component: &c, Quotas: quotas,
			Credits: []sceneCredit{deal("T1", "2026-01-10", "1500"), deal("T2", "2026-01-11", "300"), comesBack("R1", "T2", "2026-01-11", "2026-02-05", "-300")}}
		if got := inPeriods(t, s, "2026-01", "2026-02"); got != paid+" 0" {
			t.Errorf("%s: got %s, want %s 0", name, got, paid)
		}
		s.Payout = model.PeriodQuarter // in one window it is so
		if got := inPeriods(t, s, "2026-Q1"); got != paid {
			t.Errorf("%s in one window: got %s, want %s", name, got, paid)
		}
	}
}

// TestOrderOfOneSale: a sale without an order is one by itself: two credits
// of it pay once for each order, as they do with an order's name.
func TestOrderOfOneSale(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"A", ""} {
		var credits []sceneCredit
		for _, kind := range []string{"REVENUE", "OTHER"} {
			c := deal("S1", "2026-01-05", "700")
			c.Type, c.Order = kind, order
			credits = append(credits, c)
		}
		s := scene{Payout: model.PeriodMonth, Component: &sceneComponent{Kind: model.RatePerEvent, Event: model.EventOrder, Rate: "50"}, Types: map[string]string{"OTHER": "MONEY"}, Credits: credits}
		if got := inPeriods(t, s, "2026-01"); got != "50" {
			t.Errorf("order %q: got %s, want 50", order, got)
		}
	}
}
