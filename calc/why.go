package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// why says where the amount comes from, and notes it where nothing is paid.
func (w *worksheet) why(amount, exact decimal.Decimal) model.Why {
	switch t := &w.trace; {
	case !amount.IsZero():
		return model.WhyPaid
	case w.forfeits != "":
		t.node(NodeReason, 0, t.text("%s", w.forfeits), decimal.Zero)
		return model.WhyIneligible
	case w.gated:
		return model.WhyGateNotMet
	case w.cut.IsPositive():
		t.node(NodeReason, 0, t.text("%s: caps have taken %s", model.WhyCapped, w.cut), decimal.Zero)
		return model.WhyCapped
	case w.earns():
		t.node(NodeReason, 0, t.text("%s: the lines come to %s", model.WhyNetZero, exact), decimal.Zero)
		return model.WhyNetZero
	case w.credits == 0 && !w.eligible:
		t.node(NodeReason, 0, t.text("%s: no day of the window counts", model.WhyIneligible), decimal.Zero)
		return model.WhyIneligible
	case w.credits == 0 && w.left:
		t.node(NodeReason, 0, t.text("%s: what was sold lies on days that do not count", model.WhyIneligible), decimal.Zero)
		return model.WhyIneligible
	case w.credits == 0 && !w.measureless():
		t.node(NodeReason, 0, t.text("%s: no %s of the window counts", model.WhyNoCredits, w.final.component().measure.counted()), decimal.Zero)
		return model.WhyNoCredits
	case w.moved && !w.final.component().plain():
		return model.WhyBelowThreshold
	default:
		t.node(NodeReason, 0, t.text("%s: what counts comes to nothing", model.WhyNetZero), decimal.Zero)
		return model.WhyNetZero
	}
}

// measureless tells whether the last component had nothing to count.
func (w *worksheet) measureless() bool { return w.final != nil && w.final.component().measureless() }

// earns tells whether a line is not 0.
func (w *worksheet) earns() bool {
	for i := range w.exact.Len() {
		if !numberAt(&w.exact, i).isZero() {
			return true
		}
	}
	return false
}

// measureless tells whether it reads no credits of its own: a formula or a pool
// without a measure.
func (c *component) measureless() bool {
	return c.MeasureID.IsZero() && len(c.Goals) == 0 && !c.onEarnings()
}

// plain tells whether each credit is paid at one rate, so that there is nothing
// to reach.
func (c *component) plain() bool {
	return c.RateKind == model.RateOnValue || c.RateKind == model.RateUnit || c.RateKind == model.RatePerEvent || c.RateKind == model.RateFormula
}
