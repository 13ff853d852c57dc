package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// periodBound is what a bound of a payout period has looked back at.
type periodBound struct {
	then    capStep // at the end of the period before
	carries bool    // what lies above it
	none    bool    // a floor that lifts nothing in this period
}

// byPeriod tells whether a cap or floor bounds what a window that is trued up pays
// in each payout period, instead of what it has earned to date.
func (c *component) byPeriod(a *adjustment) bool {
	return a.Per == model.PerPeriod && a.Bounds() && c.TruedUp()
}

// byPeriod tells whether some cap or floor of the course is one of these: then
// what its windows came to at the end of each payout period is worked out.
func (c *course) byPeriod() bool {
	return slices.ContainsFunc(c.spans, func(s stretch) bool {
		return slices.ContainsFunc(s.legs, func(l leg) bool { return l.component.perPeriod })
	})
}

// earnedInTurn works out what the windows had earned by the end of each payout
// period before this one, one after the other, and gives the last that has no
// problem: those with one paid nothing.
func (c *calculation) earnedInTurn(co *course) (w *worksheet, then *Earning) {
	begins := co.begins(c.period)
	w = c.sheet(co, begins)
	for _, p := range c.periodsOf[c.period.CalendarID] {
		if p.Type != c.period.Type || p.Days.From < begins || p.Days.To > c.period.Days.From {
			continue
		}
		next := c.sheet(co, p.Days.To)
		next.from, next.prior = p.Days.From, w
		if earned, fault := next.done(next.evaluate()); fault == nil {
			w, then = next, earned
		}
	}
	return w, then
}

// came notes, for later payout periods, what the window at hand came to after an
// adjustment over the component; "": before the first.
func (w *worksheet) came(after string, total decimal.Decimal) {
	if w.cameTo != nil {
		w.cameTo[stepKey{w.span.window, after}] = total
	}
}

// periodPart is the part of the payout period that a cap or floor is prorated by.
func (w *worksheet) periodPart(method model.Proration, rules *model.PlanRules) heldPart {
	days := w.payout()
	return partOfDays(method, during(w.span.legs, days), days, rules)
}

// payout gives the days of the payout period that the worksheet is of.
func (w *worksheet) payout() model.Interval { return model.Interval{From: w.from, To: w.until} }

// during gives what lies of legs within some days.
func during(legs []leg, days model.Interval) []leg {
	var out []leg
	for _, l := range legs {
		if l.days.Overlaps(days) {
			l.days = l.days.Intersect(days)
			out = append(out, l)
		}
	}
	return out
}

// stepBefore gives what a cap or floor of the payout period had met at the end of
// the period before it. One that was not there yet begins with what the window
// came to at its place.
func (w *worksheet) stepBefore(a *adjustment, all []*adjustment) capStep {
	if w.prior != nil {
		window := w.span.window
		if step, met := w.prior.capSteps[stepKey{window, a.label}]; met {
			return step
		}
		for _, earlier := range slices.Backward(all[:slices.Index(all, a)]) {
			if total, came := w.prior.cameTo[stepKey{window, earlier.label}]; came {
				return capStep{before: total, after: total}
			}
		}
		if total, came := w.prior.cameTo[stepKey{window, ""}]; came {
			return capStep{before: total, after: total}
		}
	}
	if a.Excess != model.ExcessCarried {
		return capStep{}
	}
	return capStep{carried: w.carriedIn(a)}
}

// carriedIn gives what lay above a cap of the payout period in the last period
// before the window that met it, in the same fiscal year.
func (w *worksheet) carriedIn(a *adjustment) decimal.Decimal {
	window := w.span.window
	for _, p := range slices.Backward(w.periodsOf[window.CalendarID]) {
		if p.Type != w.period.Type || p.FiscalYear != window.FiscalYear || p.Days.To > window.Days.From {
			continue
		}
		c := w.before(p)
		at := c.courseNamed(w.course, w.course.key)
		if at < 0 {
			continue
		}
		c.turnTo(w.course.position)
		c.outcome(at)
		co := &c.courses[at]
		for i := range slices.Backward(co.spans) {
			if step, met := c.capped[co][stepKey{co.spans[i].window, a.label}]; met {
				return step.carried
			}
		}
	}
	return decimal.Zero
}

// boundPeriod holds what the window has come to since the period before to a cap
// or floor, prorated by the days of the period, and adds it to what it came to
// after the bound by then. A floor lifts no fall, and nothing of a period without a
// day or with a gate that has stopped everything: then it is 0.
func (w *worksheet) boundPeriod(next *adjusted, a *adjustment, g *group, now *adjusting, bound decimal.Decimal) decimal.Decimal {
	then := w.stepBefore(a, g.component().onWhole)
	grown := now.total.Sub(then.before)
	met := capStep{before: now.total}
	next.period, next.in = &periodBound{then: then, carries: a.Excess == model.ExcessCarried}, then.carried
	pays := grown
	switch {
	case a.Kind == model.AdjustFloor:
		if now.gated || heldDays(during(w.span.legs, w.payout())) == 0 {
			bound, next.period.none, next.term.Rate = decimal.Zero, true, &decimal.Zero
		}
		if !grown.IsNegative() {
			pays = decimal.Max(grown, bound)
		}
	case a.Excess != model.ExcessCarried:
		pays = heldTo(then, grown, bound)
	case w.active || !grown.IsZero():
		pays = decimal.Min(grown.Add(then.carried), bound)
	}
	if a.Excess == model.ExcessCarried {
		met.carried = grown.Add(then.carried).Sub(pays)
		next.on = met.carried
	}
	met.after = then.after.Add(pays)
	w.meets(a, met)
	return met.after
}

// heldTo gives what a cap of the payout period leaves of what a window has come to
// since the period before, where what lies above is lost: of a fall, what was cut
// before and has not gone since goes first.
func heldTo(then capStep, grown, bound decimal.Decimal) decimal.Decimal {
	if !grown.IsNegative() {
		return decimal.Min(grown, bound)
	}
	cut := decimal.Max(then.before.Sub(then.after), decimal.Zero)
	return decimal.Min(grown.Add(cut), decimal.Zero)
}

// The labels of what a window that is trued up came to at the end of the payout
// period before, below a cap or floor of each period.
const (
	cameBefore = "per=PERIOD came to before it in earlier periods"
	cameAfter  = "per=PERIOD came to after it in earlier periods"
)
