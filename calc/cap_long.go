package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// stepKey finds what a cap over a component has met in a window.
type stepKey struct {
	window *model.Period
	label  string
}

// capStep is what a cap has met in a window: what the window came to before it,
// and what lay above it and is carried on; of one of each payout period of a
// window also what the window came to after it.
type capStep struct{ before, after, carried decimal.Decimal }

// looksBack tells whether a cap of the component is of the year, or carries on
// what lies above it.
func (c *component) looksBack() bool {
	return slices.ContainsFunc(c.onWhole, func(a *adjustment) bool { return a.Per == model.PerYear || a.Excess == model.ExcessCarried })
}

// boundFaults lists what a cap or floor says of its days and of what lies above
// it that it cannot say; paths are fields.
func boundFaults(c *model.Component, a *model.Adjustment) []UnsupportedChoice {
	var out []UnsupportedChoice
	refuse := func(field, message string) { out = append(out, UnsupportedChoice{field, message}) }
	other := c.MeasurementWindow() != c.Payout
	switch {
	case a.Per == "":
	case !a.Bounds() || a.Over != model.OverComponent:
		refuse("per", "it is for caps and floors over the component")
	case a.Per != model.PerPeriod && a.Per != model.PerWindow && a.Per != model.PerYear:
		refuse("per", "a cap is per PERIOD, WINDOW or YEAR")
	case a.Per == model.PerYear && a.Kind == model.AdjustFloor:
		refuse("per", "a floor is per PERIOD or WINDOW: one of the year would be paid at once")
	}
	switch {
	case a.Excess == "":
	case a.Kind != model.AdjustCap || a.Over != model.OverComponent:
		refuse("excess", "it is for caps over the component")
	case a.Excess == model.ExcessForfeited:
	case a.Excess != model.ExcessCarried:
		refuse("excess", "what lies above a cap is FORFEITED or CARRIED")
	case a.Per == model.PerYear:
		refuse("excess", "a cap of the year has no next period to carry to")
	case a.Per == model.PerPeriod && other && !c.TruedUp():
		refuse("excess", "it is carried from window to window: the cap is per WINDOW")
	}
	return out
}

// boundPart is the part that a cap or floor is prorated by: of its window, of
// the payout period, or of the fiscal year.
func (w *worksheet) boundPart(a *adjustment, g *group) heldPart {
	rules := &g.component().version.rules
	method := rules.CapProration
	if a.Kind == model.AdjustFloor {
		method = rules.FloorProration
	}
	switch {
	case a.Per == model.PerYear:
		year := model.Period{CalendarID: w.period.CalendarID, Days: w.yearOf(w.span.window)}
		legs := w.legsOf(w.payee, w.course.position, w.course.plan, &year, w.course.key)
		return partOfDays(method, untilLeaving(legs), year.Days, rules)
	case g.component().byPeriod(a):
		return w.periodPart(method, rules)
	case a.Per == model.PerPeriod && w.shortWindow():
		var legs []leg
		for i := range w.course.spans {
			legs = append(legs, w.course.spans[i].legs...)
		}
		return partOfDays(method, legs, w.period.Days, rules)
	}
	return w.partOf(method, g.whole, rules)
}

// shortWindow tells whether the window at hand is shorter than the payout period,
// which settles others too, even if the payee has no day in them.
func (w *worksheet) shortWindow() bool {
	return w.span.window != w.period && w.span.window.Days.From >= w.period.Days.From
}

// capWhole holds a window to a cap: by itself, with what earlier windows carry
// to it, or together with those of the period or year, of which it earns the
// difference.
func (w *worksheet) capWhole(next *adjusted, a *adjustment, total, bound decimal.Decimal) decimal.Decimal {
	met := capStep{before: total}
	after := decimal.Min(total, bound)
	switch {
	case a.Per == model.PerYear || a.Per == model.PerPeriod && w.shortWindow():
		next.per = a.Per
		for _, earlier := range w.earlierWindows() {
			if step, met := w.stepIn(earlier, a.label, a.Per == model.PerYear); met {
				next.so = next.so.Add(step.before)
			}
		}
		after = decimal.Min(next.so.Add(total), bound).Sub(decimal.Min(next.so, bound))
	case a.Excess == model.ExcessCarried:
		for _, earlier := range slices.Backward(w.earlierWindows()) {
			if step, met := w.stepIn(earlier, a.label, true); met {
				next.in = step.carried
				break
			}
		}
		after = decimal.Min(total.Add(next.in), bound)
		met.carried = total.Add(next.in).Sub(after)
		next.on = met.carried
	}
	w.meets(a, met)
	return after
}

// meets keeps what a bound has met in the window at hand.
func (w *worksheet) meets(a *adjustment, met capStep) {
	if w.capSteps == nil {
		w.capSteps = map[stepKey]capStep{}
	}
	w.capSteps[stepKey{w.span.window, a.label}] = met
}

// noteLong notes, below a cap, what it looked back at.
func (w *worksheet) noteLong(next *adjusted, node int32) {
	t := &w.trace
	carries := false
	if p := next.period; p != nil {
		t.node(NodeRule, node, t.text(cameBefore), p.then.before)
		t.node(NodeRule, node, t.text(cameAfter), p.then.after)
		carries = p.carries
	}
	if next.per != "" {
		t.node(NodeRule, node, t.text("per=%s so far", next.per), next.so)
	}
	if carries || !next.in.IsZero() {
		t.node(NodeRule, node, t.text("excess=%s from before", model.ExcessCarried), next.in)
	}
	if !next.on.IsZero() {
		t.node(NodeRule, node, t.text(carriedOn), next.on)
	}
}

// carriedOn is the label of what lies above a cap and is carried on.
const carriedOn = "carried on"

// earlierWindows gives the windows of the fiscal year before the one at hand,
// in order.
func (w *worksheet) earlierWindows() []*model.Period {
	var out []*model.Period
	this := w.span.window
	for _, p := range w.windowsBefore(this, w.period.Type) {
		if p.FiscalYear == this.FiscalYear {
			out = append(out, p)
		}
	}
	return out
}

// stepIn gives what a cap of the component has met in an earlier window: of this
// payout period, or of the one that settled it.
func (w *worksheet) stepIn(window *model.Period, label string, before bool) (capStep, bool) {
	key := stepKey{window, label}
	if step, met := w.capSteps[key]; met || !before || window.Days.From >= w.period.Days.From {
		return step, met
	}
	i := slices.IndexFunc(w.periodsOf[window.CalendarID], func(p *model.Period) bool {
		return p.Type == w.period.Type && p.Days.Contains(window.Days.Last())
	})
	if i < 0 {
		return capStep{}, false
	}
	c := w.before(w.periodsOf[window.CalendarID][i])
	at := c.courseNamed(w.course, w.course.key)
	if at < 0 {
		return capStep{}, false
	}
	c.turnTo(w.course.position)
	c.outcome(at)
	step, met := c.capped[&c.courses[at]][key]
	return step, met
}

// before gives the calculation of an earlier payout period, worked out when
// asked, with what was known of the days until its end.
func (c *calculation) before(period *model.Period) *calculation {
	if known := c.then[period.ID]; known != nil {
		return known
	}
	if c.then == nil {
		c.then = map[model.ID]*calculation{}
	}
	then := c.of.calculation(period)
	then.within, then.then = c.within.Intersect(then.within), c.then
	then.courses = c.index.courses(c.payee, period)
	then.outcomes = make([]outcome, len(then.courses))
	c.then[period.ID] = then
	return then
}

// kept keeps what the caps of a course have met, unless it has a problem: then
// it pays nothing, and they have met nothing.
func (w *worksheet) kept(fault *fault) *fault {
	if fault == nil && len(w.capSteps) > 0 {
		c := w.calculation
		if c.capped == nil {
			c.capped = map[*course]map[stepKey]capStep{}
		}
		c.capped[w.course] = w.capSteps
	}
	return fault
}
