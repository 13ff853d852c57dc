package calc

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
)

// in puts deals into a position.
func in(position string, all ...sceneCredit) []sceneCredit {
	for i := range all {
		all[i].Position = position
	}
	return all
}

// seats of "ana", one after another: position, first day, day after the last.
func seatsOf(all ...[3]string) []sceneSeat {
	var out []sceneSeat
	for _, s := range all {
		out = append(out, sceneSeat{"ana", s[0], date(s[1]), date(s[2])})
	}
	return out
}

// TestFollowPayee are worked by hand. The quarter has 90 days, of which January
// has 31, February 28 and March 31; quotas are of the quarter.
func TestFollowPayee(t *testing.T) {
	t.Parallel()
	moved := seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-02-01", "2026-04-01"})
	quotas := []sceneQuota{{Position: "south", Measure: "revenue", Period: "2026-Q1", Amount: "90000"}, {Position: "north", Measure: "revenue", Period: "2026-Q1", Amount: "180000"}}
	sales := append(in("south", deal("S1", "2026-01-10", "40000")), in("north", deal("N1", "2026-02-10", "100000"), deal("N2", "2026-03-10", "20000"))...)
	tiers := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}}
	marginal := sceneComponent{Table: "t"}
	for _, c := range []struct {
		name  string
		scene scene
		want  string // of each earning: position, amount, measure, quota, why
	}{
		// South: 31,000 x 0.05 + 9,000 x 0.1 = 2,450, as without the transfer. North: the quota is 31,000 + 118,000
		// = 149,000, of which 40,000 are reached: 100,000 x 0.05, then 9,000 x 0.05 + 11,000 x 0.1 = 1,550.
		{"marginal", scene{Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6550 of 160000/149000 PAID; south 2450 of 40000/31000 PAID"},
		// 160,000 of 149,000 is 107%: 10% of what was sold in north.
		{"retroactive", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 12000 of 160000/149000 PAID; south 4000 of 40000/31000 PAID"},
		// N1 reaches 140,000 of 149,000: 5%; N2 160,000: 10%.
		{"whole credits", scene{Component: &sceneComponent{Table: "t", Mode: model.TierWholeCredit}, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 7000 of 160000/149000 PAID; south 4000 of 40000/31000 PAID"},
		// Each position pays its part of a level's 900: 59 and 31 of 90 days.
		{"a bonus", scene{Component: &sceneComponent{Bonus: [][2]string{{"1", "900"}, {"1.5", "90"}}, Levels: model.BonusEach}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 590 of 160000/149000 PAID; south 310 of 40000/31000 PAID"},
		// 9,000 a year are 2,250 a quarter, of which 59 days are 1,475; 104.3% of a third of it and so on: a curve
		// that pays 200% above quota.
		{"a pay curve", scene{Target: "9000", Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTarget, Rows: [][3]string{{"0", "1", "0.5"}, {"1", "", "2"}}}},
			Component: &sceneComponent{Kind: model.RatePayCurve, Table: "t"}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 2950 of 160000/149000 PAID; south 1550 of 40000/31000 PAID"},
		// The target rate is north's own: 1,475 / 118,000 = 0.0125; 109,000 at it and 11,000 at twice of it. South's
		// is 775 / 31,000 = 0.025.
		{"a target rate", scene{Target: "9000", Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Cell: model.CellTargetRate, Rows: [][3]string{{"0", "1", "1"}, {"1", "", "2"}}}},
			Component: &marginal, Credits: sales, Quotas: quotas, Seats: moved},
			"north 1637.5 of 160000/149000 PAID; south 1225 of 40000/31000 PAID"},
		// Up to 149,000 x 1: of N2 9,000 count.
		{"an attainment cap", scene{Component: &sceneComponent{Rate: "0.1", AttainmentCap: "1"}, Credits: sales, Quotas: quotas, Seats: moved},
			"north 10900 of 160000/149000 PAID; south 3100 of 40000/31000 PAID"},
		// North's quota as a whole, and all that was sold.
		{"quotas that are not prorated", scene{Rules: model.PlanRules{QuotaProration: model.ProrateNone}, Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6000 of 160000/180000 PAID; south 2000 of 40000/90000 PAID"},
		// South is held beside north until the middle of February: nobody moves.
		{"two positions at once", scene{Component: &marginal, Credits: sales, Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-15"}, [3]string{"north", "2026-02-01", "2026-04-01"})},
			"north 6100 of 120000/118000 PAID; south 2000 of 40000/45000 PAID"},
		// North from the 1st of March, with 62,000 of quota; February counts nowhere.
		{"a gap", scene{Component: &marginal, Credits: append(sales[:1:1], sales[2]), Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-03-01", "2026-04-01"})},
			"north 1000 of 60000/93000 PAID; south 2450 of 40000/31000 PAID"},
		// South in January, north in February, south in March: south pays January by itself, then 20,000 from
		// 140,000 on, against 31,000 + 56,000 + 31,000 = 118,000: all at 10%.
		{"a transfer back", scene{Component: &marginal, Credits: append(sales[:2:2], in("south", deal("S2", "2026-03-10", "20000"))...), Tables: tiers, Quotas: quotas,
			Seats: seatsOf([3]string{"south", "2026-01-01", "2026-02-01"}, [3]string{"north", "2026-02-01", "2026-03-01"}, [3]string{"south", "2026-03-01", "2026-04-01"})},
			// north: 40,000 of 87,000 are reached: 47,000 x 0.05 + 53,000 x 0.1
			"north 7650 of 140000/87000 PAID; south 4450 of 160000/118000 PAID"},
		// What comes back after the transfer is taken back in south, at its own rates: 9,000 x 0.1 + 1,000 x 0.05.
		{"a return after the transfer", scene{Component: &marginal, Credits: append(sales[:3:3], in("south", takesBack(deal("R1", "2026-02-20", "-10000"), "S1"))...), Tables: tiers, Quotas: quotas, Seats: moved},
			"north 6550 of 160000/149000 PAID; south 1500 of 30000/31000 PAID"},
		// Totals begin anew with the second version, from the 1st of February on.
		{"a restart", scene{Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved, Versions: []sceneVersion{
			{To: datep("2026-02-01"), Components: []sceneComponent{marginal}},
			{From: datep("2026-02-01"), Components: []sceneComponent{{Table: "t", Restart: true}}}}},
			"north 6100 of 120000/118000 PAID; south 2450 of 40000/31000 PAID"},
		// Totals go on over another version: as without it.
		{"another version", scene{Credits: sales, Tables: tiers, Quotas: quotas, Seats: moved, Versions: []sceneVersion{
			{To: datep("2026-02-15"), Components: []sceneComponent{marginal}},
			{From: datep("2026-02-15"), Components: []sceneComponent{marginal}}}},
			"north 6550 of 160000/149000 PAID; south 2450 of 40000/31000 PAID"},
		{"no quota in the earlier position", scene{Component: &marginal, Credits: sales[1:], Tables: tiers, Quotas: quotas[1:], Seats: moved},
			"north 0 of 0/none PROBLEM; south 0 of 0/none PROBLEM"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Rules.Continuity = model.ContinuePayee
			var got []string
			for _, e := range s.run(t).Earnings {
				quota := "none"
				if e.Quota != nil {
					quota = e.Quota.String()
				}
				got = append(got, fmt.Sprintf("%s %s of %s/%s %s", e.Cites.Position, e.Amount.Amount, e.Measure, quota, e.Why))
				if _, err := Verify(e.Trace); err != nil {
					t.Error(err)
				}
				if e.Why != model.WhyProblem {
					tampered(t, c.name, e)
				}
				t.Log(outline(e.Trace.Explain(), ""))
			}
			if text := strings.Join(got, "; "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}
