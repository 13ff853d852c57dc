package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// looksBackAt lists what the expressions of the component look back at.
func (c *component) looksBackAt() []*lookBack {
	var out []*lookBack
	add := func(e *Expression) {
		if e != nil && e.back.any() {
			out = append(out, &e.back)
		}
	}
	add(c.formula)
	for _, a := range c.onWhole {
		add(a.window)
	}
	tables := []*rateTable{c.table}
	for i := range c.goals {
		tables = append(tables, c.goals[i].table)
	}
	for _, t := range tables {
		if t == nil {
			continue
		}
		for _, v := range t.versions {
			add(v.window)
			for _, k := range v.keys {
				add(k.expression)
			}
		}
	}
	return out
}

// addLooking notes how far the expressions of a component look back.
func (x *index) addLooking(at payout, c *component) {
	for _, back := range c.looksBackAt() {
		if back.windows > 0 {
			x.priors[at] = max(x.priors[at], back.windows)
		}
		x.carrying[at] = x.carrying[at] || back.year
	}
}

// lookingFrom gives the first day that expressions in a payout period bear on,
// which settles windows from a day on.
func (x *index) lookingFrom(period *model.Period) model.Date {
	at := payout{period.CalendarID, period.Type}
	from, n := period.Days.From, x.priors[at]
	for _, w := range x.settled[period.ID] {
		from = min(from, w.Days.From)
		if n == 0 {
			continue
		}
		if before := x.windowsBefore(w, period.Type); len(before) > 0 {
			first := before[max(0, len(before)-n)]
			if from = min(from, first.Days.From); x.carrying[at] { // what quotas carry in it
				from = min(from, x.yearOf(first).From)
			}
		}
	}
	return from
}

// chosen gives those of the windows before this one that an expression reads.
func (w *worksheet) chosen(this *model.Period, e Earlier) []*model.Period {
	all := w.windowsBefore(this, w.period.Type)
	sameYear := func(p *model.Period) bool { return p.FiscalYear == this.FiscalYear }
	if e.Back == 0 {
		return slices.DeleteFunc(all, func(p *model.Period) bool { return !sameYear(p) })
	}
	i := len(all) - e.Back
	if i < 0 || e.Earning && !sameYear(all[i]) {
		return nil
	}
	return all[i : i+1]
}

// earlierOf gives what an expression reads of earlier windows or periods.
func (w *worksheet) earlierOf(g *group, e Earlier) ([]EarlierPart, error) {
	read, this := w.measuredIn, w.span.window
	if e.Earning {
		if err := w.readsEarnings(g, e.Key); err != nil {
			return nil, err
		}
		read, this = w.earnedIn, w.period
	}
	var out []EarlierPart
	for _, p := range w.chosen(this, e) {
		value, err := read(g, p, e)
		if err != nil {
			return nil, err
		}
		out = append(out, EarlierPart{p.Name, value})
	}
	if e.Earning || e.Back > 0 {
		return out, nil
	}
	now := &g.total
	if !e.Own {
		var err error
		if now, err = w.measureNamed(g, e.Key); err != nil {
			return nil, err
		}
	}
	return append(out, EarlierPart{this.Name, *now}), nil
}

// readsEarnings tells what keeps the group from reading earnings of its plan.
func (w *worksheet) readsEarnings(g *group, key string) error {
	v := g.component().version
	switch {
	case v.Currency != w.pay:
		return w.depends(&fault{model.ProblemNotSupported, fmt.Sprintf("earnings are in %s, the plan calculates in %s", w.pay, v.Currency)})
	case w.until != w.period.Days.To:
		return w.depends(&fault{model.ProblemNotSupported, "a component that is trued up over a longer window cannot read another's earning"})
	case !w.course.plan.has(key):
		return fmt.Errorf("the plan has no component %s", key)
	}
	return nil
}

// measuredIn gives what a measure came to in an earlier window, by the versions
// then in force; 0 where the course had no day in it.
func (w *worksheet) measuredIn(g *group, window *model.Period, e Earlier) (decimal.Decimal, error) {
	then := w.sheetIn(window)
	if len(then.span.legs) == 0 {
		return decimal.Zero, nil
	}
	read := func() (*group, *measure, decimal.Decimal, *fault) { return then.ownMeasure(e.Attainment) }
	if !e.Own {
		m, err := w.measureByKey(e.Key)
		if err != nil {
			return decimal.Zero, err
		}
		read = func() (*group, *measure, decimal.Decimal, *fault) { return then.measureOfAll(m) }
	}
	by, m, total, failed := read()
	switch {
	case failed != nil:
		return decimal.Zero, w.depends(faultf(model.ProblemDependsOn, "what was measured has a problem in %s: %s: %s", window.Name, failed.code, failed.detail))
	case by == nil:
		return decimal.Zero, nil
	case !fits(total):
		return decimal.Zero, fmt.Errorf("what was measured is out of bounds in %s", window.Name)
	}
	if was, is := by.component().version.Currency, g.component().version.Currency; was != is && !e.Attainment && m.inMoney() && !total.IsZero() {
		return decimal.Zero, w.depends(&fault{model.ProblemNotSupported, fmt.Sprintf("the plan calculated in %s in %s, and does in %s", was, window.Name, is)})
	}
	return total, nil
}

// inMoney tells whether the measure is counted in the currency of a plan.
func (m *measure) inMoney() bool {
	return m.Source != model.SourceValues && !m.activity && m.Value != model.ValueCount && m.Value != model.ValueQuantity
}

// sheetIn is a worksheet of the course in an earlier window, whatever it pays by.
func (w *worksheet) sheetIn(window *model.Period) *worksheet {
	then := w.calculation.sheetOf(w.course)
	then.until, then.span = window.Days.To, &stretch{window, w.legsOf(w.payee, w.course.position, w.course.plan, window, w.course.key)}
	return then
}

// ownMeasure gives what the component's measure, or its attainment, came to in the
// window, up to its attainment cap, and the group that it is of: the last one of
// which a day or a fact counts; nil where there is none.
func (w *worksheet) ownMeasure(attainment bool) (*group, *measure, decimal.Decimal, *fault) {
	for _, legs := range slices.Backward(w.groups()) {
		for i := range legs {
			if fault := legs[i].fault; fault != nil {
				return nil, nil, decimal.Zero, fault
			}
		}
		g, fault := w.gather(legs)
		if fault != nil {
			return nil, nil, decimal.Zero, fault
		}
		if !someCount(legs) && !slices.ContainsFunc(g.stages, func(s stage) bool { return len(s.postings)+len(s.below) > 0 }) {
			continue
		}
		g.whole, g.held = legs, heldDays(legs)
		if attainment || g.component().AttainmentCap != nil {
			if fault = w.reckon(g); fault == nil {
				fault = w.limit(g)
			}
		}
		if !attainment || fault != nil {
			return g, g.component().measure, g.total, fault
		}
		if fault = w.wants(g); fault != nil {
			return g, g.component().measure, decimal.Zero, fault
		}
		return g, g.component().measure, *g.attainment, nil
	}
	return nil, nil, decimal.Zero, nil
}

// measureOfAll gives what a measure came to for the position in the window.
func (w *worksheet) measureOfAll(m *measure) (*group, *measure, decimal.Decimal, *fault) {
	g := &group{legs: w.span.legs, whole: w.span.legs, held: heldDays(w.span.legs)}
	for i := range g.legs {
		if fault := g.legs[i].fault; fault != nil {
			return nil, nil, decimal.Zero, fault
		}
	}
	all, fault := w.allOf(g, m)
	return g, m, totalOf(all), fault
}

// earnedIn gives what a component earned in an earlier period of the year; 0
// where it had no earning.
func (w *worksheet) earnedIn(g *group, period *model.Period, e Earlier) (decimal.Decimal, error) {
	c := w.before(period)
	i := c.courseNamed(w.course, e.Key)
	if i < 0 {
		return decimal.Zero, nil
	}
	c.turnTo(w.course.position)
	r := c.outcome(i)
	switch {
	case r.fault != nil && w.run.circular():
		return decimal.Zero, w.depends(faultf(model.ProblemCycle, "it depends on itself through %s in %s", e.Key, period.Name))
	case r.fault != nil:
		return decimal.Zero, w.depends(faultf(model.ProblemDependsOn, "the component %s has a problem in %s: %s", e.Key, period.Name, r.fault.code))
	case r.earning == nil:
		return decimal.Zero, nil
	case r.earning.Amount.Currency != w.pay:
		return decimal.Zero, w.depends(&fault{model.ProblemNotSupported, fmt.Sprintf("%s was paid in %s in %s, and the period is in %s", e.Key, r.earning.Amount.Currency, period.Name, g.component().version.Currency)})
	}
	return r.earning.Amount.Amount, nil
}
