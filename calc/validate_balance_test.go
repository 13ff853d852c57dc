package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// TestBalanceRulesRefused: what a version cannot say of balances is refused at its
// place.
func TestBalanceRulesRefused(t *testing.T) {
	t.Parallel()
	part := func(name, share string) model.ReleasePart {
		return model.ReleasePart{Name: name, Share: dec(share), Trigger: model.ReleaseOffset}
	}
	release := func(parts ...model.ReleasePart) func(*model.PlanVersion) {
		return func(v *model.PlanVersion) { v.Components[0].Release = parts }
	}
	gate := func(over model.AdjustmentOver) model.Adjustment {
		return model.Adjustment{Kind: model.AdjustGate, Name: "g", Over: over, Condition: "measure > 5", Deferred: true}
	}
	clawback := func(c model.Clawback) func(*model.PlanVersion) {
		return func(v *model.PlanVersion) { v.Components[0].Clawbacks = []model.Clawback{c} }
	}
	day := model.NewDate(2026, 1, 1)
	for name, c := range map[string]struct {
		change func(*model.PlanVersion)
		want   string
	}{
		"nothing":                  {func(*model.PlanVersion) {}, ""},
		"two halves":               {release(part("a", "0.5"), part("b", "0.5")), ""},
		"less than a whole":        {release(part("a", "0.5"), part("b", "0.4")), "v.components.0.release SHARES_NOT_WHOLE"},
		"parts of one name":        {release(part("a", "0.5"), part("a", "0.5")), "v.components.0.release.1.name INVALID"},
		"a day of another trigger": {release(model.ReleasePart{Name: "a", Share: oneDecimal, Trigger: model.ReleaseCash, Date: &day}), "v.components.0.release.0.date INVALID"},
		"a DATE without a day":     {release(model.ReleasePart{Name: "a", Share: oneDecimal, Trigger: model.ReleaseDate}), "v.components.0.release.0.date REQUIRED"},
		"before the event":         {release(model.ReleasePart{Name: "a", Share: oneDecimal, Trigger: model.ReleaseOffset, Months: -1}), "v.components.0.release.0.months INVALID"},
		"one gate defers": {func(v *model.PlanVersion) {
			v.Components[0].Adjustments = []model.Adjustment{gate(model.OverComponent)}
		}, ""},
		"two gates defer": {func(v *model.PlanVersion) {
			v.Components[0].Adjustments = []model.Adjustment{gate(model.OverComponent), gate(model.OverComponent)}
		}, "v.components.0.adjustments.1.deferred INVALID"},
		"a gate over lines defers": {func(v *model.PlanVersion) { v.Components[0].Adjustments = []model.Adjustment{gate(model.OverLine)} }, "v.components.0.adjustments.0.deferred INVALID"},
		"PERCENT without a share":  {clawback(model.Clawback{Cause: model.ClawLeaving, Months: 3, Method: model.ClawPercent}), "v.components.0.clawbacks.0.share INVALID"},
		"a return without a term":  {clawback(model.Clawback{Cause: model.ClawReturn}), "v.components.0.clawbacks.0.months INVALID, v.components.0.clawbacks.0.cause INVALID"},
		"no days to pay":           {clawback(model.Clawback{Cause: model.ClawNonPayment}), "v.components.0.clawbacks.0.days INVALID"},
		"an amount and a formula": {func(v *model.PlanVersion) {
			v.Guarantees = []model.Guarantee{{Key: "g", Amount: optional("1"), Formula: "1", Per: model.PeriodMonth}}
		}, "v.guarantees.0.amount INVALID"},
		"a guarantee of no periods": {func(v *model.PlanVersion) {
			v.Guarantees = []model.Guarantee{{Key: "g", Amount: optional("1"), Per: model.PeriodWeek}}
		}, "v.guarantees.0.per INVALID"},
		"what is not there counts": {func(v *model.PlanVersion) {
			v.Guarantees = []model.Guarantee{{Key: "g", Amount: optional("1"), Per: model.PeriodMonth, Counts: []string{"x"}}}
		}, "v.guarantees.0.counts.0 NOT_FOUND"},
		"two draws of one key": {func(v *model.PlanVersion) {
			v.Draws = []model.Draw{{Key: "d", Amount: optional("1")}, {Key: "d", Amount: optional("1")}}
		}, "v.draws.1.key DUPLICATE_INPUT"},
		"more than is spare": {func(v *model.PlanVersion) {
			v.Draws = []model.Draw{{Key: "d", Amount: optional("1"), RecoverShare: optional("1.1")}}
		}, "v.draws.0.recoverShare INVALID"},
		"a draw that reads pay":     {func(v *model.PlanVersion) { v.Draws = []model.Draw{{Key: "d", Formula: "earningOf(\"c\")"}} }, "v.draws.0.formula INVALID"},
		"no such window":            {func(v *model.PlanVersion) { v.Rules.Leaver = &model.LeaverPolicy{OpenWindow: "HALF"} }, "v.rules.leaver.openWindow INVALID"},
		"a last pay before leaving": {func(v *model.PlanVersion) { v.Rules.Leaver = &model.LeaverPolicy{LastPayAfter: -1} }, "v.rules.leaver.lastPayAfter INVALID"},
	} {
		v := &model.PlanVersion{Components: []model.Component{{Key: "c"}}}
		c.change(v)
		var got []string
		for _, e := range ValidateBalances("v", v, []model.PeriodType{model.PeriodMonth, model.PeriodQuarter}) {
			got = append(got, strings.Join(e.Path, ".")+" "+string(e.Code))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: %q instead of %q", name, text, c.want)
		}
	}
}
