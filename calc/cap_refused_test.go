package calc

import (
	"testing"

	"spm/model"
)

// TestCapsRefused: what a cap or floor cannot say is refused at writing, and is
// a problem of what was written nonetheless.
func TestCapsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*model.Adjustment, *sceneComponent)
		want   string
	}{
		{"a cap", func(*model.Adjustment, *sceneComponent) {}, ""},
		{"a cap of the year", func(a *model.Adjustment, _ *sceneComponent) { a.Per = model.PerYear }, ""},
		{"a floor of the year", func(a *model.Adjustment, _ *sceneComponent) { a.Kind, a.Per = model.AdjustFloor, model.PerYear }, "INVALID p.adjustments.0.per"},
		{"a line's cap of the year", func(a *model.Adjustment, _ *sceneComponent) { a.Over, a.Per = model.OverLine, model.PerYear }, "INVALID p.adjustments.0.per"},
		{"per nothing", func(a *model.Adjustment, _ *sceneComponent) { a.Per = "DAY" }, "INVALID p.adjustments.0.per"},
		{"a multiplier that carries", func(a *model.Adjustment, _ *sceneComponent) {
			a.Kind, a.Excess, a.Amount, a.Factor = model.AdjustMultiplier, model.ExcessCarried, nil, optional("2")
		}, "INVALID p.adjustments.0.excess"},
		{"carried out of the year", func(a *model.Adjustment, _ *sceneComponent) { a.Per, a.Excess = model.PerYear, model.ExcessCarried }, "INVALID p.adjustments.0.excess"},
		{"carried by period, over months", func(a *model.Adjustment, c *sceneComponent) {
			a.Per, a.Excess, c.Window = model.PerPeriod, model.ExcessCarried, model.PeriodMonth
		}, "INVALID p.adjustments.0.excess"},
		{"an excess of another kind", func(a *model.Adjustment, _ *sceneComponent) { a.Excess = "KEPT" }, "INVALID p.adjustments.0.excess"},
		{"a multiplier over orders", func(a *model.Adjustment, _ *sceneComponent) {
			a.Kind, a.Over, a.Amount, a.Factor = model.AdjustMultiplier, model.OverOrders, nil, optional("2")
		}, "INVALID p.adjustments.0.over"},
		{"an attainment cap of nothing", func(_ *model.Adjustment, c *sceneComponent) { c.AttainmentCap = "0" }, "INVALID p.attainmentCap"},
	} {
		a := bound(model.AdjustCap, model.OverComponent, "100")
		component := sceneComponent{Rate: "0.1", Payout: model.PeriodQuarter}
		c.change(&a, &component)
		component.Adjustments = []model.Adjustment{a}
		s := scene{Component: &component, Quota: "10", Credits: sold("10")}
		if got := paths(ValidateComponent("p", s.component(component))); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if r := s.run(t); (len(r.Problems) > 0) != (c.want != "") || len(r.Problems) > 0 && r.Problems[0].Code != model.ProblemNotSupported {
			t.Errorf("%s: problems %+v", c.name, r.Problems)
		}
	}
	trueUp := model.Component{Payout: model.PeriodMonth, Window: model.PeriodQuarter, Settlement: model.SettleTrueUp, RateKind: model.RateOnValue, Adjustments: []model.Adjustment{{Kind: model.AdjustCap, Over: model.OverComponent, Per: model.PerPeriod, Excess: model.ExcessCarried, Amount: optional("1")}}}
	if got := Unsupported(model.PlanVersion{Components: []model.Component{trueUp}}); len(got) != 0 {
		t.Errorf("a period of a window that is trued up: %v", got)
	}
	trueUp.Settlement = model.SettleWindowEnd
	if got := boundFaults(&trueUp, &trueUp.Adjustments[0]); len(got) != 1 || got[0].Path != "excess" {
		t.Errorf("carried by period, paid at the window's end: %v", got)
	}
}

// TestPlanCapsRefused is TestCapsRefused for caps over plans and payees.
func TestPlanCapsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(*model.PlanCap)
		want   string
	}{
		{"a cap", func(*model.PlanCap) {}, ""},
		{"neither cap nor floor", func(c *model.PlanCap) { c.Kind = "GATE" }, "INVALID p.0.kind"},
		{"over nothing", func(c *model.PlanCap) { c.Over = "TEAM" }, "INVALID p.0.over"},
		{"per window", func(c *model.PlanCap) { c.Per = model.PerWindow }, "INVALID p.0.per"},
		{"a floor of the year", func(c *model.PlanCap) { c.Kind, c.Per = model.PlanCapFloor, model.PerYear }, "INVALID p.0.per"},
		{"a floor that carries", func(c *model.PlanCap) { c.Kind, c.Excess = model.PlanCapFloor, model.ExcessCarried }, "INVALID p.0.excess"},
		{"carried out of the year", func(c *model.PlanCap) { c.Per, c.Excess = model.PerYear, model.ExcessCarried }, "INVALID p.0.excess"},
		{"an excess of another kind", func(c *model.PlanCap) { c.Excess = "KEPT" }, "INVALID p.0.excess"},
		{"below 0", func(c *model.PlanCap) { c.Amount = dec("-1") }, "INVALID p.0.amount"},
	} {
		bad := planCapOf(model.OverPlan, model.PerPeriod, "100")
		c.change(&bad)
		v := model.PlanVersion{Caps: []model.PlanCap{bad}}
		if got := paths(ValidateCaps("p", &v)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		s := scene{Period: "2026-01", Versions: []sceneVersion{monthlyPlan("", []model.PlanCap{bad}, "a", "0.1")}, Credits: []sceneCredit{deal("T1", "2026-01-10", "10")}}
		if bad.Over != "TEAM" { // which takes no earning
			if r := s.run(t); (len(r.Problems) > 0) != (c.want != "") {
				t.Errorf("%s: problems %+v", c.name, r.Problems)
			}
		}
	}
	v := model.PlanVersion{Caps: make([]model.PlanCap, maxCaps+1)}
	if got := paths(ValidateCaps("p", &v)); got != "TOO_MANY p" {
		t.Error(got)
	}
}
