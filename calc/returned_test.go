package calc

import (
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
