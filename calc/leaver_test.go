package calc

import (
	"testing"

	"spm/model"
)

// TestOpenWindow: ana leaves on 2 March, after 60 of the quarter's 90 days, having
// sold 70,000 against a quota of 90,000, at 5% up to the quota and 10% above.
func TestOpenWindow(t *testing.T) {
	t.Parallel()
	tiers := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}}
	left := []sceneStatus{{From: date("2026-03-02"), Status: model.PayeeTerminated}}
	of := func(open model.OpenWindow) model.PlanRules {
		return model.PlanRules{Leaver: &model.LeaverPolicy{OpenWindow: open}}
	}
	seats := []sceneSeat{{"ana", "north", model.MinDate, date("2026-03-02")}}
	quarter := func(open model.OpenWindow) scene {
		return scene{Component: &sceneComponent{Table: "t"}, Tables: tiers, Quota: "90000", Credits: []sceneCredit{dealt("T1", "2026-02-10", "70000"), dealt("T2", "2026-03-10", "999")}, Statuses: left, Rules: of(open)}
	}
	with := func(s scene, change func(*scene)) scene { change(&s); return s }
	monthly := sceneComponent{Rate: "0.1", Window: model.PeriodQuarter, Settlement: model.SettleTrueUp}
	trued := func(month string) scene {
		return scene{Component: &monthly, Payout: model.PeriodMonth, Period: month, Credits: []sceneCredit{dealt("T1", "2026-01-10", "1000"), dealt("T2", "2026-02-05", "500")}, Statuses: []sceneStatus{{From: date("2026-02-15"), Status: model.PayeeTerminated}}, Rules: of(model.OpenForfeit)}
	}
	months := scene{
		Component: &sceneComponent{Rate: "0.1", Window: model.PeriodMonth}, Rules: of(model.OpenForfeit), Statuses: []sceneStatus{{From: date("2026-02-20"), Status: model.PayeeTerminated}},
		Credits: []sceneCredit{dealt("T1", "2026-01-10", "1000"), dealt("T2", "2026-02-10", "2000")},
	}
	bonus := scene{Component: &sceneComponent{Bonus: [][2]string{{"1", "900"}}}, Quota: "60000", Credits: []sceneCredit{dealt("T1", "2026-02-10", "60000")}, Statuses: left}
	for _, c := range []struct {
		name  string
		scene scene
		want  string // amount, measure, quota and why
	}{
		{"prorated: quota 90,000 x 60 / 90, 60,000 x 5% + 10,000 x 10%", quarter(model.OpenProrate), "4000 70000 60000 PAID"},
		{"that is the default", quarter(""), "4000 70000 60000 PAID"},
		{"whole: 70,000 x 5% of a quota of 90,000", quarter(model.OpenFull), "3500 70000 90000 PAID"},
		{"whole, where the seat ends on the same day", with(quarter(model.OpenFull), func(s *scene) { s.Seats = seats }), "3500 70000 90000 PAID"},
		{"an end of the seat alone is no leaving", with(quarter(model.OpenFull), func(s *scene) { s.Seats, s.Statuses = seats, nil }), "4000 70000 60000 PAID"},
		{"forfeited", quarter(model.OpenForfeit), "0 70000 60000 INELIGIBLE"},
		{"forfeited, where lines are rounded", with(quarter(model.OpenForfeit), func(s *scene) { s.Rules.RoundStage = model.RoundLine }), "0 70000 60000 INELIGIBLE"},
		{"who leaves with the window's last day has reached its end", with(quarter(model.OpenForfeit), func(s *scene) { s.Statuses = []sceneStatus{{From: date("2026-04-01"), Status: model.PayeeTerminated}} }), "3549.95 70999 90000 PAID"},
		{"so has who has come back: quota 90,000 x 61 / 90, 61,000 x 5% + 9,000 x 10%", with(quarter(model.OpenForfeit), func(s *scene) { s.Statuses = []sceneStatus{left[0], {From: date("2026-03-31")}} }), "3950 70000 61000 PAID"},
		{"a bonus of 900 at a quota of 60,000 x 60 / 90 = 40,000: 900 x 60 / 90", bonus, "600 60000 40000 PAID"},
		{"whole it is 900 at 60,000", with(bonus, func(s *scene) { s.Rules = of(model.OpenFull) }), "900 60000 60000 PAID"},
		{"a window that is trued up: January's 1,000 x 10% stays", trued("2026-01"), "100 1000 - PAID"},
		{"February's 500 x 10% is forfeited", trued("2026-02"), "0 1500 - INELIGIBLE"},
		{"no day of March counts", trued("2026-03"), "0 1500 - INELIGIBLE"},
		{"of windows of months January is paid, February forfeited", months, "100 0 - PAID"},
		{"the return of what was forfeited takes nothing back", with(months, func(s *scene) {
			s.Credits = append(s.Credits[:2:2], takenBack("R2", "2026-03-05", "-2000", "T2", "2026-02-10"))
		}), "100 0 - PAID"},
		{"that of what was paid does: 100 - 1,000 x 10%, February being lost", with(months, func(s *scene) {
			s.Credits = append(s.Credits[:2:2], takenBack("R1", "2026-03-05", "-1000", "T1", "2026-01-10"))
		}), "0 -1000 - INELIGIBLE"},
	} {
		e := c.scene.only(t)
		quota := "-"
		if e.Quota != nil {
			quota = e.Quota.String()
		}
		if got := e.Amount.Amount.String() + " " + e.Measure.String() + " " + quota + " " + string(e.Why); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
