package calc

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// adjustment is an adjustment with its condition compiled.
type adjustment struct {
	*model.Adjustment
	label      string
	lines      *condition  // MULTIPLIER over lines
	window     *Expression // MULTIPLIER and GATE over the component; nil: always
	multiplier *tier       // its factor
}

// prepareAdjustments compiles the component's adjustments and parts those over
// lines and orders from those over the whole.
func (c *component) prepareAdjustments(x *index) {
	for i := range c.Adjustments {
		a := &adjustment{Adjustment: &c.Adjustments[i]}
		a.label = strings.ReplaceAll(a.Name, "=", ":") // name=value is a choice to whoever reads a trace
		factor := orZero(a.Factor)
		a.multiplier = &tier{label: a.label, rate: &factor}
		if !a.complete(c) {
			c.fault = faultf(model.ProblemNotSupported, "the adjustment %s is no %s over %s that can be calculated", a.Name, a.Kind, a.Over)
			continue
		}
		for _, d := range []*decimal.Decimal{a.Factor, a.Amount} {
			if d != nil && !fits(*d) {
				c.fault = faultf(model.ProblemOverflow, "a number of the adjustment %s is out of bounds", a.Name)
			}
		}
		if a.Over != model.OverComponent {
			a.lines = x.compile(c.measure.environment(), a.Condition)
			if a.lines.fault != nil {
				c.fault = a.lines.fault
			}
			c.onLines = append(c.onLines, a)
			continue
		}
		if a.Condition != "" {
			var err error
			if a.window, err = Compile(WindowEnv, a.Condition, ResultBool); err != nil {
				c.fault = faultf(model.ProblemExpression, "adjustment %s: %v", a.Name, err)
			}
		}
		c.onWhole = append(c.onWhole, a)
		c.perPeriod = c.perPeriod || c.byPeriod(a)
	}
}

// complete tells whether the adjustment is one that there is, with the number
// that it needs.
func (a *adjustment) complete(c *component) bool {
	if len(boundFaults(c.Component, a.Adjustment)) > 0 {
		return false
	}
	if a.Over != model.OverLine && a.Over != model.OverOrders && a.Over != model.OverComponent {
		return false
	}
	switch a.Kind {
	case model.AdjustMultiplier:
		return a.Factor != nil && a.Over != model.OverOrders
	case model.AdjustGate:
		return a.Over == model.OverComponent
	case model.AdjustCap, model.AdjustFloor:
		return a.Amount != nil && !a.Amount.IsNegative()
	}
	return false
}

// adjusted is what one adjustment makes of an amount.
type adjusted struct {
	kind   NodeKind
	term   Term
	before decimal.Decimal // exact
	after  decimal.Decimal // exact
	order  string          // of which order a line is part; "" where that does not matter
	so     decimal.Decimal // what the order's lines, or the earlier windows, come to before it, exact
	per    model.CapPer    // of what so is; "" of no windows
	period *periodBound    // where the bound is of each payout period of the window
	in, on decimal.Decimal // what lay above the cap of earlier windows, and lies above this one's, where it is carried
}

// acts tells whether the adjustment changes the amount.
func (a *adjusted) acts() bool { return !a.after.Equal(a.before) }

// adjustLine applies the adjustments over lines and orders to a line's product,
// in pay currency and not yet quantised. It gives the steps that acted, and
// those over orders.
func (w *worksheet) adjustLine(s *stage, p posting, exact decimal.Decimal, pay *fxStep) ([]adjusted, *fault) {
	var steps []adjusted
	for _, a := range s.component.onLines {
		next := adjusted{before: exact, after: exact, term: Term{Label: a.label}}
		switch {
		case a.Over == model.OverOrders:
			if exact.IsZero() {
				continue
			}
			w.boundOrder(&next, a, p, pay)
			exact, steps = next.after, append(steps, next)
			continue
		case a.Kind == model.AdjustMultiplier:
			if a.lines.expression != nil {
				holds, err := a.lines.expression.Bool(w.rowOf(p.fact, &p.fact.Credit))
				if err != nil {
					return nil, w.faultAt(p.fact, err)
				}
				if !holds {
					continue
				}
			}
			next.kind, next.term.Rate, next.after = NodeMultiplier, a.multiplier.rate, multiply(exact, *a.multiplier.rate)
		default:
			bound := w.boundOf(&next, a, pay, *a.Amount)
			next.after = bounded(a.Kind, exact, bound, p.fact.Reversal)
		}
		if !next.acts() {
			continue
		}
		exact, steps = next.after, append(steps, next)
	}
	return steps, nil
}

// boundOf fills the step of a cap or floor and gives its bound in pay currency.
func (w *worksheet) boundOf(next *adjusted, a *adjustment, pay *fxStep, money decimal.Decimal) decimal.Decimal {
	next.kind = NodeCap
	if a.Kind == model.AdjustFloor {
		next.kind = NodeFloor
	}
	next.term.Rate = &money
	if pay != nil {
		next.term.FX, next.term.Step = &pay.rate, pay.label
	}
	return inPay(money, pay)
}

// bounded holds an amount to a cap or floor. A cap acts on magnitude, so that
// a reversal mirrors its sale; a floor lifts what is above zero alone, and no
// reversal.
func bounded(kind model.AdjustmentKind, amount, bound decimal.Decimal, reversal bool) decimal.Decimal {
	switch {
	case kind == model.AdjustCap && amount.Abs().GreaterThan(bound):
		if amount.IsNegative() {
			return bound.Neg()
		}
		return bound
	case kind == model.AdjustFloor && !reversal && amount.IsPositive() && amount.LessThan(bound):
		return bound
	}
	return amount
}

// withinPrefix begins the label of a cap or floor that had nothing to hold;
// multipliers that add up begin anew after it.
const withinPrefix = "within "

// gateHolds begins the label of a gate whose condition holds.
const gateHolds = "gate holds: "

// adjusting is how far the adjustments of a window have come.
type adjusting struct {
	total decimal.Decimal
	base  decimal.Decimal // of multipliers that add up
	lines *rounding       // how lines are rounded before anything acts on their sum; nil: they are not
	gated bool            // a gate has stopped everything
}

// kept gives an amount that an adjustment comes to with the decimals that are
// kept of it.
func (r *rounding) kept(d decimal.Decimal) decimal.Decimal {
	if r == nil {
		return quantise(d)
	}
	return r.round(quantise(d))
}

// adjust applies the adjustments over the component to a window's lines, from
// the first on, in order, each as a line of its own, and notes whether a gate
// has stopped everything.
func (w *worksheet) adjust(first int) *fault {
	g := w.acting
	all := g.component().onWhole
	_, lost := w.forfeited(g)
	if len(all) == 0 && w.cameTo == nil && !lost {
		return nil
	}
	now := &adjusting{total: columnSum(&w.exact, first)}
	if policy := roundingOf(g.component().version.rules, w.pay); policy.stage == model.RoundLine {
		now.lines = &policy
		lines := w.exact.Part(first, w.exact.Len())
		now.total, _ = policy.whole(lines.Decimals())
		if len(all) > 0 || lost {
			w.trace.node(NodeRule, 0, w.trace.label(policy.label()), now.total)
		}
	}
	w.came("", now.total)
	now.base = now.total
	row := w.windowRow(g)
	for _, a := range all {
		next, fault := w.adjustOnce(a, g, row, now)
		if fault != nil {
			return fault
		}
		if !next.after.Equal(now.total) || next.kind == NodeGate || next.period != nil && !next.in.IsZero() {
			if fault := w.adjustedBy(next, now.total, a, g); fault != nil {
				return fault
			}
		}
		now.total = next.after
		w.came(a.label, now.total)
	}
	w.gated = w.gated || now.gated
	return w.forfeit(g, now.total)
}

// adjustOnce works out one adjustment over the component.
func (w *worksheet) adjustOnce(a *adjustment, g *group, row *WindowRow, now *adjusting) (*adjusted, *fault) {
	next := &adjusted{before: now.total, after: now.total, term: Term{Label: a.label}}
	holds, fault := w.holds(a, row)
	if fault != nil {
		return nil, fault
	}
	adds := g.component().version.rules.Multipliers == model.MultiplySum
	switch {
	case a.Kind == model.AdjustMultiplier && holds:
		on := now.total
		if adds {
			on = now.base
		}
		next.kind, next.before, next.term.Rate = NodeMultiplier, on, a.multiplier.rate
		next.after = now.total.Add(now.lines.kept(multiply(on, *a.multiplier.rate)).Sub(on))
	case a.Kind == model.AdjustMultiplier:
	case a.Kind == model.AdjustGate && holds:
		w.trace.node(NodeRule, 0, w.trace.label(gateHolds+a.label), decimal.Zero)
	case a.Kind == model.AdjustGate && a.Deferred:
		w.trace.node(NodeRule, 0, w.trace.label(deferredBy+a.label), oneDecimal.Sub(*a.multiplier.rate))
	case a.Kind == model.AdjustGate:
		now.gated = now.gated || a.multiplier.rate.IsZero()
		next.kind, next.term.Rate = NodeGate, a.multiplier.rate
		next.after = now.lines.kept(multiply(now.total, *a.multiplier.rate))
		now.base = next.after
	default:
		if next.after, fault = w.boundWhole(next, a, g, now); fault != nil {
			return nil, fault
		}
		if now.base = next.after; now.base.Equal(now.total) && adds {
			w.trace.node(NodeRule, 0, w.trace.text(withinPrefix+"%s", a.label), decimal.Zero)
		}
	}
	return next, nil
}

// holds tells whether an adjustment's condition over the window holds. Of one that
// looks back, what it reads is noted, so that it can be worked out again.
func (w *worksheet) holds(a *adjustment, row *WindowRow) (bool, *fault) {
	if a.window == nil {
		return true, nil
	}
	if a.window.back.any() {
		row.reads = &reads{numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
		defer func() { row.reads = nil }()
	}
	holds, err := a.window.Bool(row)
	if err != nil {
		return false, w.misread("adjustment "+a.Name, err)
	}
	if row.reads != nil {
		label := fmt.Sprintf("condition=%t kind=%s"+conditionOf+"%s", holds, a.Kind, a.label)
		w.noteReads(w.trace.node(NodeRule, 0, w.trace.text("%s", label), decimal.Zero), a.Condition, row.reads)
	}
	return holds, nil
}

// adjustedBy notes a step over the component as a line: what it adds.
func (w *worksheet) adjustedBy(next *adjusted, total decimal.Decimal, a *adjustment, g *group) *fault {
	t := &w.trace
	node := t.node(next.kind, 0, t.term(next.term), next.before)
	if a.Amount != nil {
		if next.period == nil || !next.period.none {
			w.noteProration(NodeRule, node, "proration", w.boundPart(a, g), *a.Amount)
		}
		w.noteLong(next, node)
	}
	w.took(next.kind, next.after.Sub(total))
	return w.paid(node, next.after.Sub(total))
}

// took notes what a cap has taken.
func (w *worksheet) took(kind NodeKind, added decimal.Decimal) {
	if kind == NodeCap {
		w.cut = w.cut.Sub(added)
	}
}

// boundWhole holds a total to a cap or floor, prorated, at the currency rate
// of the assignment's last day. A floor does not lift what a gate stopped.
func (w *worksheet) boundWhole(next *adjusted, a *adjustment, g *group, now *adjusting) (decimal.Decimal, *fault) {
	total := now.total
	step, fault := w.payStep(g.component().version, g.last())
	if fault != nil {
		return total, fault
	}
	money := w.boundPart(a, g).of(*a.Amount)
	bound := now.lines.kept(w.boundOf(next, a, step, money))
	if g.component().byPeriod(a) {
		return w.boundPeriod(next, a, g, now, bound), nil
	}
	if a.Kind == model.AdjustFloor {
		if now.gated || total.IsNegative() || total.GreaterThanOrEqual(bound) || g.held == 0 {
			return total, nil
		}
		return bound, nil
	}
	return w.capWhole(next, a, total, bound), nil
}

// windowRow lays the window out for expressions.
func (w *worksheet) windowRow(g *group) *WindowRow {
	return &WindowRow{
		Window: w.span.window.Days, Day: g.last(), DaysHeld: g.held, Measure: g.total, Quota: g.quota, Attainment: g.attainment, own: g.ownQuota(),
		Target: func() (*decimal.Decimal, error) {
			if fault := w.targetOf(g); fault != nil {
				return nil, fault
			}
			return g.target, nil
		},
		MeasureOf:    func(key string) (*decimal.Decimal, error) { return w.measureNamed(g, key) },
		QuotaOf:      func(key string) (*decimal.Decimal, error) { return w.quotaNamed(g, key) },
		AttainmentOf: func(key string) (*decimal.Decimal, error) { return w.attainmentNamed(g, key) },
		EarningOf:    func(key string) (*decimal.Decimal, error) { return w.earningNamed(g, key) },
		Parameter:    func(key string) (*decimal.Decimal, error) { return w.parameterNamed(g, key) },
		Lookup:       func(key string, value decimal.Decimal) (*decimal.Decimal, error) { return w.lookupNamed(g, key, value) },
		Earlier:      func(e Earlier) ([]EarlierPart, error) { return w.earlierOf(g, e) },
		payee:        w.payee, position: w.course.position, hierarchy: w.hierarchy,
	}
}
