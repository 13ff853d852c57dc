package calc

import (
	"cmp"
	"maps"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// soldThen is how sales were paid before the running totals at hand began: in an
// earlier window, or on earlier days of this one. Their returns take back that.
type soldThen struct {
	window  *model.Period
	legs    []leg
	rates   map[saleKey]*found  // what each sale was paid by
	ladders map[saleKey]*ladder // the tiers that each went over, on a running total of its own
	wide    *calculation        // of the period at hand, from the first day of that window on
	fault   *fault              // what kept it from being worked out
}

// soldKey is what is worked out once.
type soldKey struct {
	course *course
	window model.ID
	until  model.Date
}

// paysAsSold tells whether returns are paid as their sales were, so that the
// windows of these must be known.
func (c *component) paysAsSold() bool {
	switch c.RateKind {
	case model.RatePerEvent:
		return true
	case model.RateTiered:
		return c.TierMode == model.TierWholeCredit || c.TierMode == model.TierMarginal && c.runsAlone()
	case model.RateMatrix:
		return c.Accumulate == model.OverEvent
	}
	return false
}

// runsAlone tells whether each sale or order has a running total of its own.
func (c *component) runsAlone() bool {
	return c.Accumulate == model.OverEvent || c.Accumulate == model.OverOrder
}

// boundsOrders tells whether caps or floors of the component are over orders.
func (c *component) boundsOrders() bool {
	return slices.ContainsFunc(c.Adjustments, func(a model.Adjustment) bool { return a.Over == model.OverOrders })
}

// paysLike tells whether what a sale was paid by is what another component
// means by it.
func (c *component) paysLike(then *component) bool {
	return c.RateKind == then.RateKind && c.TierMode == then.TierMode && c.Accumulate == then.Accumulate && c.Event == then.Event &&
		c.measure == then.measure && c.lookup == then.lookup && c.version.Currency == then.version.Currency
}

// TakesBack tells whether some component pays returns as their sales were paid,
// or bounds orders, which returns are of because their sales are.
func (e *Engine) TakesBack() bool { return e.takingBack }

// SalesBefore gives the first day whose facts say how the sales were paid that
// the returns among the facts take back; model.MaxDate where there are none.
func (e *Engine) SalesBefore(facts []CreditFact) model.Date {
	first := model.MaxDate
	if !e.takingBack {
		return first
	}
	for i := range facts {
		f := &facts[i]
		if !f.Reversal || f.transaction().RelatesTo == nil || f.Credit.FXDate >= f.Credit.Date {
			continue
		}
		for id, windows := range e.settled {
			if slices.ContainsFunc(windows, func(w *model.Period) bool { return w.Days.Contains(f.Credit.FXDate) }) {
				first = min(first, e.reaches[id].From)
			}
		}
	}
	return first
}

// SoldWith gives the days of all windows that facts on the days bear on, in which
// what sales were paid by depends on them.
func (e *Engine) SoldWith(days model.Interval) model.Interval {
	out := days
	for id, windows := range e.settled {
		if !e.reaches[id].Overlaps(days) {
			continue
		}
		for _, w := range windows {
			out = model.Interval{From: min(out.From, w.Days.From), To: max(out.To, w.Days.To)}
		}
	}
	return out
}

// soldBefore gives how the sale was paid that a return takes back; nil where that
// is known from the running totals at hand, where the component was not there or
// paid by other means, and where the fact is no return. It says to leave a return
// out where the sheet only works out how others were paid.
func (w *worksheet) soldBefore(c *component, p posting) (past *soldThen, skip bool, failed *fault) {
	day := p.fact.Credit.FXDate
	if !p.fact.Reversal || day >= w.final.legs[0].days.From || p.cell == nil || !p.cell.value.IsNegative() || !c.paysAsSold() || p.fact.transaction().RelatesTo == nil {
		return nil, false, nil
	}
	if w.replays {
		return nil, true, nil
	}
	if past = w.soldOn(day); past == nil {
		return nil, false, nil
	}
	i := slices.IndexFunc(past.legs, func(l leg) bool { return l.days.Contains(day) })
	switch {
	case i < 0 || !c.paysLike(past.legs[i].component):
		return nil, false, nil
	case past.fault != nil:
		return nil, false, past.fault
	}
	return past, false, nil
}

// soldOn gives how the course's sales were paid in the window that a day had in
// the version then in force, up to the group at hand; nil where it had none.
func (w *worksheet) soldOn(day model.Date) *soldThen {
	c := w.course.on(day)
	if c == nil {
		return nil
	}
	at := payout{c.version.CalendarID, c.Payout}
	windows := w.windows[windowsKey{at, c.MeasurementWindow()}]
	i := slices.IndexFunc(windows, func(p *model.Period) bool { return p.Days.Contains(day) })
	if i < 0 {
		return nil
	}
	key := soldKey{w.course, windows[i].ID, min(windows[i].Days.To, w.final.legs[0].days.From)}
	if known, seen := w.sold[key]; seen {
		return known
	}
	if w.sold == nil {
		w.sold = map[soldKey]*soldThen{}
	}
	w.sold[key] = w.replay(at, windows[i], key.until)
	return w.sold[key]
}

// on gives the course's component in the version in force on a day, nil where it
// has none.
func (c *course) on(day model.Date) *component {
	if v := c.plan.on(day); v != nil {
		for _, component := range v.components {
			if component.Key == c.key {
				return component
			}
		}
	}
	return nil
}

// replay works out how the course's sales of a window were paid, until a day.
func (w *worksheet) replay(at payout, window *model.Period, until model.Date) *soldThen {
	period := w.settledLast(at, window)
	legs := before(w.legsOf(w.payee, w.course.position, w.course.plan, window, w.course.key), until)
	if period == nil || len(legs) == 0 {
		return nil
	}
	c := w.of.calculation(period)
	c.turnTo(w.course.position)
	co := &course{w.course.position, w.course.plan, w.course.key, []stretch{{window, legs}}}
	then := c.sheet(co, until)
	then.span, then.replays = &co.spans[0], true
	out := &soldThen{window: window, legs: legs, rates: map[saleKey]*found{}, ladders: map[saleKey]*ladder{}, wide: w.of.calculation(w.period)}
	out.wide.within.From = min(out.wide.within.From, window.Days.From)
	out.wide.turnTo(w.course.position)
	for _, legs := range then.groups() {
		if out.fault = then.group(legs); out.fault != nil {
			out.fault = faultf(model.ProblemDependsOn, "the rate of a sale of %s, which is returned, has a problem: %s: %s", window.Name, out.fault.code, out.fault.detail)
			return out
		}
		maps.Copy(out.rates, then.rates)
		maps.Copy(out.ladders, then.ladders)
	}
	return out
}

// settledLast gives the last payout period of a kind that settles a window.
func (w *worksheet) settledLast(at payout, window *model.Period) *model.Period {
	var last *model.Period
	for _, p := range w.periodsOf[at.calendar] {
		if p.Type == at.kind && slices.ContainsFunc(w.index.settled[p.ID], func(s *model.Period) bool { return s.ID == window.ID }) {
			last = p
		}
	}
	return last
}

// beginsAt gives where a return begins that the running totals at hand know nothing
// of: at what facts came to before the group at hand that are of the same sale or
// order of the window, with their returns since, as a column measures them now; at
// its own magnitude where nothing is known of that window, or nothing counted in it.
func (w *worksheet) beginsAt(past *soldThen, value decimal.Decimal, key columnKey, same func(*CreditFact) bool) decimal.Decimal {
	if past == nil {
		return value.Neg()
	}
	total, some := decimal.Zero, false
	col := past.wide.column(key)
	for i, f := range past.wide.facts {
		day := f.Credit.Date
		if day >= w.final.legs[0].days.From {
			break
		}
		if f.Reversal {
			day = f.Credit.FXDate
		}
		if !past.window.Days.Contains(day) || !same(f) || !slices.ContainsFunc(past.legs, func(l leg) bool { return l.days.Contains(day) && l.accrues }) {
			continue
		}
		if cell := past.wide.at(col, i); cell.state == cellCounts {
			total, some = add(total, cell.value), true
		}
	}
	if !some {
		return value.Neg()
	}
	return total
}

// tiersOf gives the tiers that a credit goes over: where it has a running total of
// its own, a return goes back over those of its sale.
func (w *worksheet) tiersOf(c *component, l *ladder, p posting, past *soldThen) (*ladder, *soldThen) {
	if !c.runsAlone() {
		return l, past
	}
	sale := saleOf(p.fact)
	if !p.fact.Reversal {
		if w.ladders == nil {
			w.ladders = map[saleKey]*ladder{}
		}
		w.ladders[sale] = l
		return l, past
	}
	if past != nil {
		return cmp.Or(past.ladders[sale], l), past
	}
	if as := w.ladders[sale]; as != nil && as != l {
		return as, &soldThen{window: w.span.window}
	}
	return l, nil
}

// notPaid is what a sale was paid by that the attainment cap has cut to nothing.
var notPaid = &found{tier: &tier{label: "not paid", rate: &decimal.Zero}}

// unpaid tells whether the sale that a return takes back was cut to nothing.
func (s *soldThen) unpaid(p posting) bool { return s != nil && s.rates[saleOf(p.fact)] == notPaid }

// cutInReplay notes a sale of which nothing was paid, for its returns in later
// windows.
func (w *worksheet) cutInReplay(p posting) {
	if w.replays && p.cell.cutAway() && !p.fact.Reversal {
		w.paidBy(saleOf(p.fact), notPaid)
	}
}

// cutAway tells whether the attainment cap has left nothing of what is added.
func (c *cell) cutAway() bool { return c.uncut != nil && c.value.IsZero() }

// soldPrefix begins the label of the window whose sale a return takes back.
const soldPrefix = "paid as its sale in "

// soldIn stands, in the name of a running total, before the earlier window that
// what is returned was sold in.
const soldIn = ", sold in "
