package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// worksheet works out one earning.
type worksheet struct {
	*calculation
	course      *course
	pay         model.CurrencyCode
	trace       tracer
	exact       []decimal.Decimal // of the lines so far
	running     decimal.Decimal   // the group's total before the line at hand
	final       *group            // the last group with days or facts; nil: there is none
	credits     int               // that counted
	moved       bool              // one of them adds something to its measure
	ignored     bool              // a reversal was left out
	gated       bool              // a gate has stopped everything
	provisional bool
}

// earn works out a course. It gives no earning where the position was not held
// in the window and no late reversal calls for one.
func (c *calculation) earn(co *course) (*Earning, *fault) {
	w := worksheet{calculation: c, course: co, pay: c.payCurrency(co)}
	w.trace.Format = TraceFormat
	w.trace.node(NodeEarning, -1, w.trace.text("%s", lastLeg(co.legs).component.Name), decimal.Zero)
	for _, legs := range co.groups() {
		if fault := w.group(legs); fault != nil {
			return w.failed(fault), fault
		}
	}
	if w.final == nil {
		return nil, nil
	}
	if fault := w.adjust(); fault != nil {
		return w.failed(fault), fault
	}
	earning, fault := w.settled()
	if fault != nil {
		return w.failed(fault), fault
	}
	return earning, nil
}

// payCurrency is the payee's on the assignment's last day in the window; on a
// day for which none is known, the one known nearest before it, or else after
// it, or else the plan's.
func (c *calculation) payCurrency(co *course) model.CurrencyCode {
	last := lastLeg(co.legs)
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

// group works out the lines of one group.
func (w *worksheet) group(legs []leg) *fault {
	g, fault := w.gather(legs)
	if fault != nil {
		return fault
	}
	count := 0
	for i := range g.stages {
		count += len(g.stages[i].postings)
		w.moved = w.moved || g.stages[i].moves()
	}
	if g.held == 0 && count == 0 {
		return nil
	}
	for i := range g.stages {
		if fault := g.stages[i].component.fault; fault != nil {
			return fault
		}
	}
	if fault := w.reckon(g); fault != nil {
		return fault
	}
	w.trace.grow(count + 12)
	w.exact = slices.Grow(w.exact, count)
	w.noteGroup(g)
	w.final, w.running = g, decimal.Zero
	w.credits += count
	for i := range g.stages {
		if fault := w.rate(g, &g.stages[i]); fault != nil {
			return fault
		}
		w.running = g.stages[i].total
	}
	return nil
}

// rate works out the lines of one stage.
func (w *worksheet) rate(g *group, s *stage) *fault {
	switch s.component.RateKind {
	case model.RateOnValue:
		return w.rateOnValue(s)
	case model.RateTiered:
		return w.rateTiered(g, s)
	default:
		return w.bonus(g, s)
	}
}

// rule notes the choice by which the lines that follow are rated.
func (w *worksheet) rule(s *stage, term Term, value decimal.Decimal) {
	term.Label += fmt.Sprintf(" version=%d", s.component.version.Number)
	w.trace.node(NodeRule, 0, w.trace.term(term), value)
}

// payStep gives the step from a version's currency to pay currency for what
// happened on a day; nil between equal currencies.
func (w *worksheet) payStep(v *version, day model.Date) (*fxStep, *fault) {
	if v.Currency == w.pay {
		return nil, nil
	}
	step, fault := w.step(v.Currency, w.pay, w.fxDay(v.rules.FXPlanToPay, day))
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
	money := decimal.Zero
	if t != nil {
		money = multiply(p.cell.value, *t.rate)
	}
	var step *fxStep
	if !money.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, p.fact.Credit.FXDate); fault != nil {
			return fault
		}
	}
	term := w.trace.rated(rateKey{t, step, absence(p)})
	node := w.credit(NodeLine, 0, p, term)
	return w.paidLine(s, p, node, term, inPay(money, step), step)
}

// paidLine gives a line its amount, adjusted. A product that an adjustment
// acts on stands below the line as its first part.
func (w *worksheet) paidLine(s *stage, p posting, node, term int32, exact decimal.Decimal, step *fxStep) *fault {
	if len(s.component.onLines) == 0 || exact.IsZero() {
		return w.paid(node, quantise(exact))
	}
	steps, fault := w.adjustLine(s, p, exact, step)
	if fault != nil {
		return fault
	}
	if len(steps) > 0 && term >= 0 {
		t := &w.trace
		t.Term[node] = -1
		slice := t.node(NodeSlice, node, term, p.cell.value)
		t.Amounts[slice] = quantise(exact)
	}
	for _, next := range steps {
		t := &w.trace
		at := t.node(next.kind, node, t.term(next.term), next.before)
		t.Amounts[at] = quantise(next.after).Sub(quantise(next.before))
		exact = next.after
	}
	return w.paid(node, quantise(exact))
}

// credit notes a posting, and the currency step that brought it into the plan.
func (w *worksheet) credit(kind NodeKind, parent int32, p posting, term int32) int32 {
	t := &w.trace
	node := t.node(kind, parent, term, p.cell.value)
	t.Credits[node] = p.fact.citation()
	if step := p.cell.step; step != nil {
		w.provisional = w.provisional || step.provisional
		t.node(NodeFX, node, t.rated(rateKey{step: step}), p.cell.original)
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
	if !fits(exact) {
		return faultf(model.ProblemOverflow, "the amount of a line is out of bounds")
	}
	w.trace.Amounts[node] = exact
	w.exact = append(w.exact, exact)
	return nil
}

// settled rounds the lines and makes the earning.
func (w *worksheet) settled() (*Earning, *fault) {
	g, t := w.final, &w.trace
	policy := roundingOf(g.component().version.rules, w.pay)
	total := sum(w.exact)
	if !fits(total) {
		return nil, faultf(model.ProblemOverflow, "the earning is out of bounds")
	}
	e := w.blank(g.component())
	e.Measure, e.Quota, e.Attainment, e.Provisional = g.total, g.quota, g.attainment, w.provisional
	if len(w.exact) > 0 {
		e.Amount.Amount, t.Paid = policy.whole(w.exact)
		if !fits(e.Amount.Amount) {
			return nil, faultf(model.ProblemOverflow, "the earning is out of bounds")
		}
		node := t.node(NodeRounding, 0, t.text("roundStage=%s roundMode=%s scale=%d", policy.stage, policy.mode, policy.scale), total)
		t.Amounts[node] = e.Amount.Amount.Sub(total)
	}
	t.Amounts[0] = e.Amount.Amount
	e.Why = w.why(e.Amount.Amount, total)
	e.Trace = t.Trace
	return e, nil
}

// why says where the amount comes from, and notes it where nothing is paid.
func (w *worksheet) why(amount, exact decimal.Decimal) model.Why {
	earned := slices.ContainsFunc(w.exact, func(line decimal.Decimal) bool { return !line.IsZero() })
	switch t := &w.trace; {
	case !amount.IsZero():
		return model.WhyPaid
	case w.gated:
		return model.WhyGateNotMet
	case earned:
		t.node(NodeReason, 0, t.text("%s: the lines come to %s", model.WhyNetZero, exact), decimal.Zero)
		return model.WhyNetZero
	case w.credits == 0:
		t.node(NodeReason, 0, t.text("%s: no credit of the window counts", model.WhyNoCredits), decimal.Zero)
		return model.WhyNoCredits
	case w.moved && w.final.component().RateKind != model.RateOnValue:
		return model.WhyBelowThreshold
	default:
		t.node(NodeReason, 0, t.text("%s: what counts comes to nothing", model.WhyNetZero), decimal.Zero)
		return model.WhyNetZero
	}
}

// failed is the earning of a course with a problem.
func (w *worksheet) failed(f *fault) *Earning {
	e := w.blank(lastLeg(w.course.legs).component)
	var t tracer
	t.Format = TraceFormat
	t.node(NodeEarning, -1, t.text("%s", e.Name), decimal.Zero)
	t.node(NodeReason, 0, t.text("%s: %s: %s", model.WhyProblem, f.code, f.detail), decimal.Zero)
	e.Why, e.Trace = model.WhyProblem, t.Trace
	return e
}

// blank is the earning of a component before anything is known of it.
func (w *worksheet) blank(c *component) *Earning {
	v, p := c.version, w.course.plan
	return &Earning{
		Payee:       w.payee.id,
		Position:    w.course.position.id,
		Period:      w.period.ID,
		Component:   model.ComponentID(p.ID, c.Key),
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
			Key:      w.cited.key,
		},
	}
}
