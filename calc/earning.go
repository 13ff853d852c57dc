package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// earn works out a course up to a day. It gives no earning where the position
// was not held and no late reversal calls for one. Of a window that is longer
// than the payout period it gives what is earned to date less what was earned
// before: a share of the rounded output, which adds up to that of the window.
func (c *calculation) earn(co *course) (*Earning, *fault) {
	w, now, fault := c.reached(co)
	if now != nil && fault == nil {
		c.dues(co, now.Amount.Amount)
		w.withhold(now)
	}
	return now, fault
}

// reached is earn before the status of the payee at the period's end is asked.
func (c *calculation) reached(co *course) (*worksheet, *Earning, *fault) {
	if !co.long(c.period) {
		w := c.sheet(co, c.period.Days.To)
		now, fault := w.done(w.kept(w.evaluate()))
		return w, now, fault
	}
	earlier, then := c.earnedBefore(co)
	w := c.sheet(co, c.period.Days.To)
	w.prior = earlier
	if co.adds() {
		w.fresh = c.period.Days.From
	}
	fault := w.evaluate()
	if fault == nil && w.final != nil && then != nil && w.fresh > model.MinDate && !columnSum(&earlier.exact, 0).Equal(w.carried()) {
		w = c.sheet(co, c.period.Days.To) // earlier credits have another price now: they are shown
		fault = w.evaluate()
	}
	now, fault := w.done(w.kept(fault))
	if now == nil || fault != nil || then == nil {
		return w, now, fault
	}
	took, same := then.Amount.Amount, false
	if co.stated() {
		if paid, known := c.statedBefore(co, w.pay); known {
			took, same = paid, columnSum(&w.exact, 0).Equal(columnSum(&earlier.exact, 0))
		}
	}
	if w.earlier(now, took, w.cut.GreaterThan(earlier.cut)); !w.active && (same || now.Amount.Amount.IsZero()) {
		return w, nil, nil
	}
	return w, now, nil
}

// earnedBefore works out what the window had earned by the end of the last
// payout period before this one that has no problem: those with one paid nothing.
func (c *calculation) earnedBefore(co *course) (w *worksheet, then *Earning) {
	if co.byPeriod() {
		return c.earnedInTurn(co)
	}
	periods := c.periodsOf[c.period.CalendarID]
	for end := c.period.Days.From; ; {
		var fault *fault
		w = c.sheet(co, end)
		if then, fault = w.done(w.evaluate()); fault == nil {
			return w, then
		}
		i := slices.IndexFunc(periods, func(p *model.Period) bool { return p.Type == c.period.Type && p.Days.To == end })
		if i < 0 {
			return w, nil
		}
		end = periods[i].Days.From
	}
}

// evaluate works out the lines of all windows, each adjusted by itself.
func (w *worksheet) evaluate() *fault {
	for i := range w.course.spans {
		w.span = &w.course.spans[i]
		first := w.exact.Len()
		w.acting = nil
		for _, legs := range w.groups() {
			if fault := w.group(legs); fault != nil {
				return fault
			}
		}
		if w.acting == nil {
			continue
		}
		if fault := w.adjust(first); fault != nil {
			return fault
		}
	}
	return nil
}

// done makes the earning of what was worked out.
func (w *worksheet) done(fault *fault) (*Earning, *fault) {
	if fault == nil && w.final == nil {
		return nil, nil
	}
	var earning *Earning
	if fault == nil {
		earning, fault = w.settled()
	}
	if fault != nil {
		return w.failed(fault), fault
	}
	return earning, nil
}

// payCurrency is the payee's on the assignment's last day in the window; on a
// day for which none is known, the one known nearest before it, or else after
// it, or else the plan's.
func (c *calculation) payCurrency(co *course) model.CurrencyCode {
	last := co.last(c.period.Days.To)
	pay := last.component.version.Currency
	for i := range c.payee.slices {
		s := &c.payee.slices[i]
		if i > 0 && s.Days.From > last.days.Last() {
			break
		}
		pay = s.Currency
	}
	return pay
}

// group works out the lines of one group: of its legs those that count so far.
func (w *worksheet) group(whole []leg) *fault {
	legs := before(whole, w.until)
	if len(legs) == 0 {
		return nil
	}
	for _, l := range legs {
		if l.fault != nil {
			return l.fault
		}
	}
	g, fault := w.gather(legs)
	if fault != nil {
		return fault
	}
	g.whole, g.held = whole, heldDays(whole)
	count := 0
	for i := range g.stages {
		count += len(g.stages[i].postings) + len(g.stages[i].below)
		w.moved = w.moved || g.stages[i].moves()
	}
	if !someCount(legs) && count == 0 {
		if slices.ContainsFunc(legs, func(l leg) bool { return l.seated }) {
			w.active = w.active || w.acts(g)
			w.bars(g)
		}
		return nil
	}
	w.active = w.active || w.acts(g)
	for i := range g.stages {
		if fault := g.stages[i].component.fault; fault != nil {
			return fault
		}
	}
	if fault := w.reckon(g); fault != nil {
		return fault
	}
	if fault := w.limit(g); fault != nil {
		return fault
	}
	w.trace.grow(count + 12)
	w.exact.Grow(count)
	w.noteGroup(g)
	w.final, w.running, w.totals, w.counted, w.rates, w.ladders, w.orders, w.looks = g, numberOf(g.begun), nil, nil, nil, nil, nil, nil
	w.acting, w.eligible = g, true
	w.credits += count
	for i := range g.stages {
		if w.fresh > model.MinDate {
			if fault := w.carry(&g.stages[i]); fault != nil {
				return fault
			}
		}
		if fault := w.rate(g, &g.stages[i]); fault != nil {
			return fault
		}
		w.running = numberOf(g.stages[i].total)
	}
	w.back = w.back || w.goesBack(g)
	return nil
}

// rate works out the lines of one stage.
func (w *worksheet) rate(g *group, s *stage) *fault {
	c := s.component
	if c.whole() && s != lastWhole(g) {
		return nil // its credits only add to the measure
	}
	switch c.RateKind {
	case model.RateOnValue, model.RateUnit:
		return w.rateOnValue(s)
	case model.RatePerEvent:
		return w.perEvent(s)
	case model.RateTiered:
		return w.rateTiered(g, s)
	case model.RatePayCurve:
		return w.payCurve(g, s)
	case model.RateMatrix:
		return w.matrix(g, s)
	case model.RateObjectives:
		return w.objectives(g, s)
	case model.RateFormula:
		return w.formula(g, s)
	case model.RateOverride:
		return w.override(s)
	case model.RatePool:
		return w.pool(g, s)
	default:
		return w.bonus(g, s)
	}
}

// whole tells whether the component pays for the window as a whole, instead of
// for its credits.
func (c *component) whole() bool {
	switch c.RateKind {
	case model.RateBonus, model.RatePayCurve, model.RateObjectives, model.RateFormula, model.RatePool:
		return true
	case model.RateMatrix:
		return c.table != nil && c.table.whole() && c.Accumulate != model.OverEvent
	case model.RateTiered:
		return c.table != nil && c.table.whole() && c.TierMode != model.TierWholeCredit
	}
	return false
}

// lastWhole gives the stage that pays for the group's window as a whole: that of the
// assignment's last day or, where it pays for credits, the last one.
func lastWhole(g *group) *stage {
	var found *stage
	last := g.component()
	for i := range g.stages {
		if s := &g.stages[i]; s.component.whole() && (found == nil || found.component != last) {
			found = s
		}
	}
	return found
}

// rule notes the choice by which the lines that follow are rated.
func (w *worksheet) rule(s *stage, term Term, value decimal.Decimal) int32 {
	term.Label += s.component.version.suffix
	return w.trace.node(NodeRule, 0, w.trace.term(term), value)
}

// payStep gives the step from a version's currency to pay currency for what
// happened on a day; nil between equal currencies.
func (w *worksheet) payStep(v *version, day model.Date) (*fxStep, *fault) {
	if v.Currency == w.pay {
		return nil, nil
	}
	step, fault := w.convert(v, v.rules.FXPlanToPay, v.Currency, w.pay, day)
	if fault == nil && step.provisional {
		w.provisional = true
	}
	return step, fault
}

// inPay gives money of the plan in pay currency, exactly.
func inPay(money decimal.Decimal, step *fxStep) decimal.Decimal {
	if step == nil {
		return money
	}
	return multiply(money, step.rate)
}

// line notes a credit that lies at one rate as a whole. A rate of nil pays
// nothing: the credit moves nothing.
func (w *worksheet) line(s *stage, p posting, t *tier) *fault {
	var money number
	if t != nil {
		money = p.cell.number().times(w.rateOf(t))
	}
	var step *fxStep
	if !money.isZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, p.fact.Credit.FXDate); fault != nil {
			return fault
		}
	}
	term := w.trace.rated(rateKey{t, step, absence(p)})
	node := w.credit(NodeLine, 0, p, term)
	exact := money.inPay(step)
	if len(s.component.onLines) == 0 {
		return w.paidNumber(node, exact.quantised())
	}
	return w.paidLine(s, p, node, term, exact.decimal(), step)
}

// rateOf gives the rate of a tier as a number.
func (w *worksheet) rateOf(t *tier) number {
	if w.rateTier != t {
		w.rateTier, w.rateNow = t, numberOf(*t.rate)
	}
	return w.rateNow
}

// paidLine gives a line its amount, adjusted where it cites a credit. A product
// that an adjustment acts on stands below the line as its first part.
func (w *worksheet) paidLine(s *stage, p posting, node, term int32, exact decimal.Decimal, step *fxStep) *fault {
	if len(s.component.onLines) == 0 || exact.IsZero() || p.fact.citation() == 0 {
		return w.paid(node, quantise(exact))
	}
	steps, fault := w.adjustLine(s, p, exact, step)
	if fault != nil {
		return fault
	}
	if slices.ContainsFunc(steps, func(next adjusted) bool { return next.acts() }) && term >= 0 {
		t := &w.trace
		t.Term[node] = -1
		slice := t.node(NodeSlice, node, term, p.cell.value)
		t.amount(slice, quantise(exact))
	}
	for _, next := range steps {
		t := &w.trace
		if next.order != "" {
			t.node(NodeRule, node, t.text("%s%s: %s", orderPrefix, next.order, next.term.Label), next.so)
		}
		if next.acts() {
			added := quantise(next.after).Sub(quantise(next.before))
			at := t.node(next.kind, node, t.term(next.term), next.before)
			t.amount(at, added)
			w.took(next.kind, added)
		}
		exact = next.after
	}
	return w.paid(node, quantise(exact))
}

// credit notes a posting, and the currency step that brought it into the plan.
func (w *worksheet) credit(kind NodeKind, parent int32, p posting, term int32) int32 {
	t := &w.trace
	value := p.cell.number()
	if kind == NodeMeasure && p.cell.uncut != nil {
		value = numberOf(*p.cell.uncut)
	}
	node := t.nodeOf(kind, parent, term, value)
	if t.Credits[node] = p.cell.credit; p.cell.credit == 0 {
		t.Credits[node] = p.fact.citation()
	}
	if step := p.cell.step; step != nil {
		w.provisional = w.provisional || step.provisional
		t.node(NodeFX, node, t.rated(rateKey{step: step}), p.cell.original)
	}
	if kind == NodeLine && p.cell.uncut != nil {
		t.node(NodeRule, node, t.text(cutOff), *p.cell.uncut)
	}
	return node
}

// absence says what of the credit was taken as 0 because it is not known.
func absence(p posting) string {
	if p.cell.absent {
		return "not given: taken as 0"
	}
	return ""
}

// paid gives a line its exact amount.
func (w *worksheet) paid(node int32, exact decimal.Decimal) *fault {
	return w.paidNumber(node, numberOf(exact))
}

// paidNumber is paid.
func (w *worksheet) paidNumber(node int32, exact number) *fault {
	if !exact.fits() {
		return faultf(model.ProblemOverflow, "the amount of a line is out of bounds")
	}
	w.trace.amountOf(node, exact)
	exact.appendTo(&w.exact)
	return nil
}

// settled rounds the lines and makes the earning.
func (w *worksheet) settled() (*Earning, *fault) {
	g, t := w.final, &w.trace
	policy := roundingOf(g.component().version.rules, w.pay)
	total := columnSum(&w.exact, 0)
	if !fits(total) {
		return nil, faultf(model.ProblemOverflow, "the earning is out of bounds")
	}
	e := w.blank(g.component())
	e.Measure, e.Quota, e.Attainment, e.Provisional = g.measured(), g.quota, g.attainment, w.provisional
	e.Attains, e.Next, e.GoesBack = g.attains(), w.nextTier(g), w.back
	if w.exact.Len() > 0 || w.course.long(w.period) {
		e.Amount.Amount = policy.wholeOf(&w.exact, w.of.scratch, &t.Paid)
		if !fits(e.Amount.Amount) {
			return nil, faultf(model.ProblemOverflow, "the earning is out of bounds")
		}
		node := t.node(NodeRounding, 0, t.label(w.of.scratch.roundingLabel(policy)), total)
		t.amountOf(node, numberOf(e.Amount.Amount).minus(numberOf(total)))
	}
	t.amount(0, e.Amount.Amount)
	e.Why = w.why(e.Amount.Amount, total)
	e.Trace = t.Trace
	return e, nil
}

// failed is the earning of a course with a problem.
func (w *worksheet) failed(f *fault) *Earning {
	e := w.blank(w.course.last(w.period.Days.To).component)
	t := tracer{lastAt: -1}
	t.Format = TraceFormat
	t.node(NodeEarning, -1, t.text("%s", e.Name), decimal.Zero)
	t.node(NodeReason, 0, t.text("%s: %s: %s", model.WhyProblem, f.code, f.detail), decimal.Zero)
	e.Why, e.Trace = model.WhyProblem, t.Trace
	return e
}

// blank is the earning of a component before anything is known of it.
func (w *worksheet) blank(c *component) *Earning {
	v, p := c.version, w.course.plan
	e := w.of.scratch.earning()
	*e = Earning{
		Payee:       w.payee.id,
		Position:    w.course.position.id,
		Period:      w.period.ID,
		Component:   c.id,
		Plan:        p.ID,
		Version:     v.ID,
		Key:         c.Key,
		Name:        c.Name,
		EarningCode: c.EarningCode,
		Amount:      model.Money{Amount: decimal.Zero, Currency: w.pay},
		Cites: Cites{
			Payee:    w.payee.externalID,
			Position: w.course.position.externalID,
			Calendar: w.calendars[w.period.CalendarID].ExternalID,
			Period:   w.period.Name,
			Plan:     p.ExternalID,
			Version:  v.Number,
			Key:      w.of.cited.find,
		},
	}
	return e
}
