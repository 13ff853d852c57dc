package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// long tells whether a window of the course is longer than the payout period,
// and began before it.
func (c *course) long(period *model.Period) bool {
	return slices.ContainsFunc(c.spans, func(s stretch) bool {
		return s.window.Days.From < period.Days.From && s.window.Days.To >= period.Days.To &&
			slices.ContainsFunc(s.legs, func(l leg) bool { return l.component.Settlement == model.SettleTrueUp })
	})
}

// adds tells whether credits add to what the course has earned without changing
// what those before them have: then the lines of earlier periods are one sum.
func (c *course) adds() bool {
	for i := range c.spans {
		for _, l := range c.spans[i].legs {
			if !l.component.adds() {
				return false
			}
		}
	}
	return true
}

func (c *component) adds() bool {
	if len(c.onWhole) > 0 || c.AttainmentCap != nil || c.lookup != nil || slices.ContainsFunc(c.onLines, func(a *adjustment) bool { return a.Over == model.OverOrders }) {
		return false
	}
	switch c.RateKind {
	case model.RateOnValue, model.RateUnit:
		return true
	case model.RateTiered:
		return c.TierMode == model.TierMarginal && (c.Accumulate == "" || c.Accumulate == model.OverWindow)
	}
	return false
}

// acts tells whether the group has a day or a credit of the payout period.
func (w *worksheet) acts(g *group) bool {
	for i := range g.legs {
		if g.legs[i].seated && g.legs[i].days.To > w.from {
			return true
		}
	}
	for i := range g.stages {
		if p := g.stages[i].postings; len(p) > 0 && p[len(p)-1].fact.Credit.Date >= w.from {
			return true
		}
	}
	return false
}

// carry sums up what the group's lines of earlier periods come to, instead of
// showing them: a line of their own, with what they add to the measure.
func (w *worksheet) carry(s *stage) *fault {
	n, _ := slices.BinarySearchFunc(s.postings, w.fresh, func(p posting, day model.Date) int { return int(p.fact.Credit.Date) - int(day) })
	if n == 0 {
		return nil
	}
	scratch := *w
	scratch.trace = tracer{lastAt: -1}
	scratch.trace.node(NodeEarning, -1, -1, decimal.Zero)
	scratch.exact, scratch.fresh = model.Numbers{}, model.MinDate
	earlier := *s
	earlier.postings = s.postings[:n]
	if fault := scratch.rate(w.final, &earlier); fault != nil {
		return fault
	}
	s.postings = s.postings[n:]
	w.final.target = nil // it is noted again
	w.provisional, w.running = scratch.provisional, scratch.running
	policy := roundingOf(s.component.version.rules, w.pay)
	total := columnSum(&scratch.exact, 0)
	w.carries = append(w.carries, total)
	if policy.stage == model.RoundLine {
		total = policy.wholeOf(&scratch.exact, w.of.scratch, &scratch.trace.Paid)
	}
	node := w.trace.node(NodeEarlier, 0, w.trace.text("credits of earlier periods"), totalOf(earlier.postings))
	return w.paid(node, total)
}

// carried is what the sums of earlier lines come to.
func (w *worksheet) carried() decimal.Decimal { return sum(w.carries) }

// earlier takes off what the earlier periods of the window have earned; capped
// tells whether caps have taken more than they had by then.
func (w *worksheet) earlier(now *Earning, took decimal.Decimal, capped bool) {
	t := &w.trace
	if took.IsZero() {
		return
	}
	node := t.node(NodeEarlier, 0, t.label(earnedEarlier), took)
	t.amount(node, took.Neg())
	t.Paid.Append(took.Neg())
	now.Amount.Amount = now.Amount.Amount.Sub(took)
	t.amount(0, now.Amount.Amount)
	switch {
	case now.Why != model.WhyPaid || !now.Amount.Amount.IsZero():
	case capped:
		now.Why = model.WhyCapped
		t.node(NodeReason, 0, t.text("%s: the window has earned as much as a cap allows", model.WhyCapped), decimal.Zero)
	case w.barredSince(w.period.Days.From):
		now.Why = model.WhyIneligible
		t.node(NodeReason, 0, t.text("%s: no day of the period counts", model.WhyIneligible), decimal.Zero)
	default:
		now.Why = model.WhyNothingNew
		t.node(NodeReason, 0, t.label(nothingNew), decimal.Zero)
	}
	now.Trace = t.Trace
}

// The labels of what earlier periods of a window bring, and of one that adds
// nothing.
const (
	earnedEarlier = "earned in earlier periods of the window"
	nothingNew    = string(model.WhyNothingNew) + ": the window has earned no more than before"
)
