package calc

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// planCap is a cap or floor over the earnings of a payee in a payout period.
type planCap struct {
	*model.PlanCap
	label   string
	version *version // in force on the last day on which the payee had the plan
	legs    []leg    // on which a version of the plan paid the payee, in all positions
	last    leg
}

// capKey finds what a cap has met in a period.
type capKey struct {
	plan model.ID
	name string
}

// sumKey names an earning of a payee in any period.
type sumKey struct{ position, component model.ID }

// capMet is what a cap has met in a period: what the earnings came to before
// it, and what lay above it of each and is carried on.
type capMet struct {
	currency model.CurrencyCode
	before   decimal.Decimal
	carried  map[sumKey]decimal.Decimal
}

// together holds the earnings of the period to the caps and floors over plans,
// then to those over the payee, each in order: by external id of the plan that
// declares them, then as they stand.
func (c *calculation) together(out *Result) {
	if !c.capping[c.period.CalendarID] {
		return
	}
	c.met = map[capKey]capMet{}
	all := c.planCaps()
	for _, over := range []model.PlanCapOver{model.OverPlan, model.OverPayee} {
		for i := range all {
			if all[i].Over == over {
				c.bind(&all[i], out)
			}
		}
	}
}

// planCaps gives the caps of the plans that the payee has in the period,
// whatever their components pay by.
func (c *calculation) planCaps() []planCap {
	legs := map[*plan][]leg{}
	last := map[*plan]leg{}
	versions := map[*plan]*version{}
	for _, position := range held(c.payee, c.period.Days) {
		for _, p := range c.plansOf(c.payee, position, c.period.Days) {
			c.eachPiece(c.payee, position, p, c.period, func(l leg, v *version) {
				if l.seated {
					l.standing = c.standsUnder(v, c.payee, position, l.days.From)
				}
				legs[p] = append(legs[p], l)
				if known := last[p]; versions[p] == nil || l.counts() && !known.counts() || l.counts() == known.counts() && known.days.To < l.days.To {
					last[p], versions[p] = l, v
				}
			})
		}
	}
	plans := make([]*plan, 0, len(legs))
	for p := range legs {
		plans = append(plans, p)
	}
	slices.SortFunc(plans, func(a, b *plan) int {
		return cmp.Or(strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Name, b.Name))
	})
	var out []planCap
	for _, p := range plans {
		for i := range versions[p].Caps {
			one := &versions[p].Caps[i]
			out = append(out, planCap{one, strings.ReplaceAll(one.Name, "=", ":"), versions[p], legs[p], last[p]})
		}
	}
	return out
}

// takes tells whether the cap takes an earning.
func (p *planCap) takes(e *Earning, pay model.CurrencyCode) bool {
	return e.Why != model.WhyProblem && e.Amount.Currency == pay && !slices.Contains(p.Except, e.Key) &&
		(p.Over == model.OverPayee || e.Plan == p.version.plan.ID)
}

// bounding is a cap at work in a period.
type bounding struct {
	*planCap
	part    heldPart
	step    *fxStep // plan to pay currency
	money   decimal.Decimal
	policy  rounding
	bound   decimal.Decimal            // in pay currency, rounded
	so      decimal.Decimal            // what the periods of the year have come to before
	carried map[sumKey]decimal.Decimal // from earlier periods
	scope   []*Earning
	sums    []decimal.Decimal // of the scope, with what is carried to it
	total   decimal.Decimal
	partial bool // an earning that it would take has a problem
}

// bind holds the earnings that a cap takes to it.
func (c *calculation) bind(p *planCap, out *Result) {
	pay := c.currency(p.last.days.Last())
	b := &bounding{planCap: p}
	for i := range out.Earnings {
		e := &out.Earnings[i]
		if p.takes(e, pay) {
			b.scope = append(b.scope, e)
		}
		b.partial = b.partial || e.Why == model.WhyProblem && (p.Over == model.OverPayee || e.Plan == p.version.plan.ID)
	}
	if len(b.scope) == 0 {
		return
	}
	if fault := c.measureBound(b, pay); fault != nil {
		b.fail(out, fault)
		return
	}
	c.lookBack(b, pay)
	met := capMet{currency: pay, carried: b.carried}
	for _, e := range b.scope {
		met.before = met.before.Add(e.Amount.Amount)
		sum := e.Amount.Amount.Add(b.carried[e.sumKey()])
		b.sums, b.total = append(b.sums, sum), b.total.Add(sum)
	}
	parts := b.allot()
	for i, e := range b.scope {
		in := b.carried[e.sumKey()]
		if b.Excess == model.ExcessCarried {
			met.carried[e.sumKey()] = parts[i].Neg()
		}
		if change := in.Add(parts[i]); !change.IsZero() {
			b.change(i, change, in, parts[i])
		}
	}
	c.met[capKey{p.version.plan.ID, p.Name}] = met
}

// sumKey names the earning in any period.
func (e *Earning) sumKey() sumKey { return sumKey{e.Position, e.Component} }

// currency is what the payee is paid in on a day, or was last known to be.
func (c *calculation) currency(day model.Date) (pay model.CurrencyCode) {
	for i := range c.payee.slices {
		s := &c.payee.slices[i]
		if i > 0 && s.Days.From > day {
			break
		}
		pay = s.Currency
	}
	return pay
}

// measureBound finds the bound in pay currency: prorated by the days of the
// period or year on which the payee had the plan, at the rate of the last of
// them in the period, and rounded as the plan rounds.
func (c *calculation) measureBound(b *bounding, pay model.CurrencyCode) (fault *fault) {
	rules := &b.version.rules
	if refused := planCapFaults(b.PlanCap); len(refused) > 0 || b.Amount.IsNegative() {
		return faultf(model.ProblemNotSupported, "%s is no %s over %s that can be calculated", b.Name, b.Kind, b.Over)
	}
	if !fits(b.Amount) {
		return faultf(model.ProblemOverflow, "the amount of %s is out of bounds", b.Name)
	}
	if b.step, fault = c.convert(b.version, rules.FXPlanToPay, b.version.Currency, pay, b.last.days.Last()); fault != nil {
		return fault
	}
	method, days, legs := rules.CapProration, c.period.Days, b.legs
	if b.Kind == model.PlanCapFloor {
		method = rules.FloorProration
	}
	if b.Per == model.PerYear {
		year := model.Period{CalendarID: c.period.CalendarID, Days: c.yearOf(c.period)}
		days, legs = year.Days, nil
		for _, position := range held(c.payee, year.Days) {
			c.eachPiece(c.payee, position, b.version.plan, &year, func(l leg, v *version) {
				if l.seated {
					l.standing = c.standsUnder(v, c.payee, position, l.days.From)
				}
				legs = append(legs, l)
			})
		}
	}
	b.part = partOfDays(method, once(legs), days, rules)
	b.part.some = someCount(legs)
	b.policy = roundingOf(*rules, pay)
	b.money = b.part.of(b.Amount)
	b.bound = b.policy.round(inPay(b.money, b.step))
	if !fits(b.bound) {
		return faultf(model.ProblemOverflow, "the amount of %s is out of bounds", b.Name)
	}
	return nil
}

// once gives the held legs with each day once, in order.
func once(legs []leg) []leg {
	var held []leg
	for _, l := range legs {
		if l.held {
			held = append(held, l)
		}
	}
	slices.SortFunc(held, func(a, b leg) int { return cmp.Compare(a.days.From, b.days.From) })
	var out []leg
	for _, l := range held {
		if n := len(out); n > 0 && l.days.From <= out[n-1].days.To {
			out[n-1].days.To = max(out[n-1].days.To, l.days.To)
			continue
		}
		out = append(out, l)
	}
	return out
}

// lookBack finds what the cap has met in earlier periods of the fiscal year: of
// the year what they came to, whatever their length; of what it carries, what
// the last period of this type left.
func (c *calculation) lookBack(b *bounding, pay model.CurrencyCode) {
	b.carried = map[sumKey]decimal.Decimal{}
	if !b.LooksBack() {
		return
	}
	key := capKey{b.version.plan.ID, b.Name}
	for _, q := range c.earlierPeriods() {
		if b.Excess == model.ExcessCarried && q.Type != c.period.Type {
			continue
		}
		met, known := c.before(q).finished().met[key]
		if !known || met.currency != pay {
			continue
		}
		b.so = b.so.Add(met.before)
		maps.Copy(b.carried, met.carried)
	}
}

// earlierPeriods gives the payout periods of the fiscal year that end before
// this one, or with it and are shorter; in the order in which they end, the
// shortest first.
func (c *calculation) earlierPeriods() []*model.Period {
	var out []*model.Period
	this := c.period
	for _, q := range c.periodsOf[this.CalendarID] {
		if q.FiscalYear == this.FiscalYear && len(c.settled[q.ID]) > 0 && (q.Days.To < this.Days.To || q.Days.To == this.Days.To && q.Days.From > this.Days.From) {
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(a, b *model.Period) int {
		return cmp.Or(cmp.Compare(a.Days.To, b.Days.To), cmp.Compare(b.Days.From, a.Days.From))
	})
	return out
}

// finished is the calculation with all its earnings worked out.
func (c *calculation) finished() *calculation {
	if c.met == nil {
		c.results()
	}
	return c
}

// allot gives what the cap or floor takes from each of its earnings, or adds,
// by largest remainder: taken from what is above 0, a return of what was cut
// from what is below.
func (b *bounding) allot() []decimal.Decimal {
	after, lifts := b.total, b.Kind == model.PlanCapFloor
	switch {
	case lifts:
		if b.part.some && !b.partial && !b.total.IsNegative() {
			after = decimal.Max(b.total, b.bound)
		}
	case b.Per == model.PerYear:
		after = decimal.Min(b.so.Add(b.total), b.bound).Sub(decimal.Min(b.so, b.bound))
	default:
		after = decimal.Min(b.total, b.bound)
	}
	none := make([]decimal.Decimal, len(b.sums))
	delta := after.Sub(b.total)
	if delta.IsZero() {
		return none
	}
	weights := make([]decimal.Decimal, len(b.sums))
	for i, sum := range b.sums {
		switch {
		case lifts && b.scope[i].Why == model.WhyGateNotMet:
		case delta.IsNegative() || lifts:
			weights[i] = decimal.Max(sum, decimal.Zero)
		default:
			weights[i] = decimal.Max(sum.Neg(), decimal.Zero)
		}
	}
	if lifts && sum(weights).IsZero() {
		for i := range weights {
			if b.scope[i].Why != model.WhyGateNotMet {
				weights[i] = oneDecimal
			}
		}
	}
	parts, err := Split(delta, weights, decimalsOf(b.policy.scale, delta))
	if err != nil {
		return none // a gate has stopped all of them
	}
	return parts
}

// decimalsOf gives the most decimals that the numbers have, at least as many as
// the scale.
func decimalsOf(scale int32, all ...decimal.Decimal) int32 {
	for _, d := range all {
		scale = max(scale, -d.Normalize().Exponent())
	}
	return scale
}

// fail makes what the cap would take a problem.
func (b *bounding) fail(out *Result, f *fault) {
	for _, e := range b.scope {
		t := tracer{lastAt: -1}
		t.Format = TraceFormat
		t.node(NodeEarning, -1, t.text("%s", e.Name), decimal.Zero)
		t.node(NodeReason, 0, t.text("%s: %s: %s", model.WhyProblem, f.code, f.detail), decimal.Zero)
		e.Amount.Amount, e.Measure, e.Quota, e.Attainment = decimal.Zero, decimal.Zero, nil, nil
		e.Why, e.Provisional, e.Trace = model.WhyProblem, false, t.Trace
		out.Problems = append(out.Problems, problem(e, f))
	}
	at := map[model.ID]int{}
	for i := range out.Earnings {
		at[problem(&out.Earnings[i], f).ID] = i
	}
	slices.SortFunc(out.Problems, func(a, b model.Problem) int { return at[a.ID] - at[b.ID] })
}
