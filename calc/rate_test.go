package calc

import (
	"testing"

	"spm/model"
)

var halves = []sceneTable{{Key: "t", Rows: [][3]string{{"0", "100000", "0.5"}, {"100000", "", "0.6"}}}}

// TestRates holds calculation.md's reference numbers, and each rule of the
// three rate kinds.
func TestRates(t *testing.T) {
	t.Parallel()
	byAttainment := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.04"}, {"1", "1.25", "0.06"}, {"1.25", "", "0.09"}}}}
	biggest := []sceneTable{{Key: "t", Rows: [][3]string{{"0", "300000", "0.03"}, {"300000", "600000", "0.05"}, {"600000", "", "0.07"}}}}
	upper := []sceneTable{{Key: "t", Bounds: model.UpperInclusive, Rows: biggest[0].Rows}}
	gapped := []sceneTable{{Key: "t", Gaps: true, Default: "0.01", Rows: [][3]string{{"1000", "2000", "0.1"}, {"3000", "4000", "0.2"}}}}
	marginal := &sceneComponent{Table: "t"}
	retroactive := &sceneComponent{Table: "t", Mode: model.TierRetroactive}
	bonus := &sceneComponent{Bonus: [][2]string{{"1", "500"}, {"1.1", "1500"}, {"1.5", "4000"}}}
	each := &sceneComponent{Bonus: bonus.Bonus, Levels: model.BonusEach}
	for _, c := range []struct {
		name  string
		scene scene
		want  string
		lines string
		why   model.Why
	}{
		{"a flat rate", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sold("100", "50")}, "15", "10 5", model.WhyPaid},
		{"a return takes back", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sold("100", "-40")}, "6", "10 -4", model.WhyPaid},
		{"sale and return cancel", scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sold("100", "-100")}, "0", "10 -10", model.WhyNetZero},
		{"no credits", scene{Component: &sceneComponent{Rate: "0.1"}}, "0", "", model.WhyNoCredits},

		{"marginal 180,000", scene{Tables: halves, Component: marginal, Credits: sold("180000")}, "98000", "98000", model.WhyPaid},
		{"marginal in two deals", scene{Tables: halves, Component: marginal, Credits: sold("90000", "90000")}, "98000", "45000 53000", model.WhyPaid},
		{"marginal exactly on the bound", scene{Tables: halves, Component: marginal, Credits: sold("100000", "80000")}, "98000", "50000 48000", model.WhyPaid},
		{"a return walks back over its slices", scene{Tables: halves, Component: marginal, Credits: sold("180000", "-100000")}, "40000", "98000 -58000", model.WhyPaid},
		{"below zero the first tier goes on", scene{Tables: halves, Component: marginal, Credits: sold("-1000", "3000")}, "1000", "-500 1500", model.WhyPaid},
		{"a credit of 0 moves nothing", scene{Tables: halves, Component: marginal, Credits: sold("0", "10")}, "5", "0 5", model.WhyPaid},
		{"below the first bound pays the default", scene{Tables: gapped, Component: marginal, Credits: sold("500")}, "5", "5", model.WhyPaid},
		{"a gap pays the default", scene{Tables: gapped, Component: marginal, Credits: sold("3500")}, "220", "220", model.WhyPaid},
		{"below zero the default goes on", scene{Tables: gapped, Component: marginal, Credits: sold("-500")}, "-5", "-5", model.WhyPaid},
		{"up to the last bound", scene{Tables: gapped, Component: marginal, Credits: sold("4000")}, "320", "320", model.WhyPaid},
		{"five bands", scene{Quota: "250000", Component: marginal, Credits: sold("325000"), Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{
			{"0", "0.5", "0"}, {"0.5", "1", "0.08"}, {"1", "1.25", "0.12"}, {"1.25", "1.5", "0.15"}, {"1.5", "", "0.18"}}}}}, "19375", "19375", model.WhyPaid},
		{"accelerators on quota", scene{Quota: "90000", Tables: byAttainment, Component: marginal, Credits: sold("60000", "60000")}, "5625", "2400 3225", model.WhyPaid},

		{"retroactive 180,000", scene{Tables: halves, Component: retroactive, Credits: sold("180000")}, "108000", "108000", model.WhyPaid},
		{"retroactive in two deals", scene{Tables: halves, Component: retroactive, Credits: sold("90000", "90000")}, "108000", "54000 54000", model.WhyPaid},
		{"exactly on a retroactive bound", scene{Tables: biggest, Component: retroactive, Credits: sold("600000")}, "42000", "42000", model.WhyPaid},
		{"exactly on it, upper-inclusive", scene{Tables: upper, Component: retroactive, Credits: sold("600000")}, "30000", "30000", model.WhyPaid},
		{"retroactive below zero", scene{Tables: biggest, Component: retroactive, Credits: sold("-100")}, "-3", "-3", model.WhyPaid},
		{"retroactive below the first row", scene{Quota: "400000", Component: retroactive, Credits: sold("300000"), Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{
			{"1.1", "", "0.02"}}}}}, "0", "0", model.WhyBelowThreshold},
		{"retroactive on the row at 110%", scene{Quota: "400000", Component: retroactive, Credits: sold("300000", "140000"), Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{
			{"1.1", "", "0.02"}}}}}, "8800", "6000 2800", model.WhyPaid},

		{"a level reached exactly", scene{Quota: "90000", Component: bonus, Credits: sold("99000")}, "1500", "1500", model.WhyPaid},
		{"the highest level", scene{Quota: "90000", Component: bonus, Credits: sold("98999.99")}, "500", "500", model.WhyPaid},
		{"each level", scene{Quota: "90000", Component: each, Credits: sold("99000")}, "2000", "500 1500", model.WhyPaid},
		{"no level", scene{Quota: "90000", Component: bonus, Credits: sold("89999.99")}, "0", "", model.WhyBelowThreshold},
		{"the final measure counts", scene{Quota: "90000", Component: bonus, Credits: sold("99000", "-60000")}, "0", "", model.WhyBelowThreshold},
		{"a level of 0 without credits", scene{Quota: "1", Component: &sceneComponent{Bonus: [][2]string{{"0", "7"}}}}, "7", "7", model.WhyPaid},
		{"below zero no level is reached", scene{Quota: "1", Component: &sceneComponent{Bonus: [][2]string{{"0", "7"}}}, Credits: sold("-5")}, "0", "", model.WhyBelowThreshold},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := c.scene.only(t)
			if got := e.Amount.Amount.String(); got != c.want {
				t.Errorf("earned %s, want %s", got, c.want)
			}
			if got := amountsOf(e.Lines()); got != c.lines {
				t.Errorf("lines %q, want %q", got, c.lines)
			}
			if e.Why != c.why {
				t.Errorf("why %s, want %s", e.Why, c.why)
			}
		})
	}
}
