package calc

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// adjustedLine recomputes the adjustments below a line.
func (v *verifier) adjustedLine(i, end int, product decimal.Decimal) decimal.Decimal {
	t := v.t
	var order *orderSeen
	for j := i + 1; j < end; j++ {
		if t.Parents[j] == int32(i) && t.Kinds[j] == NodeRule && strings.HasPrefix(v.term(j).Label, orderPrefix) {
			order = v.ordered(i, j, end, product)
		}
		if !t.Kinds[j].adjusts() || t.Parents[j] != int32(i) {
			continue
		}
		v.same(j, "value", t.Values[j], product)
		after := product
		switch rate := orZero(v.term(j).Rate); {
		case v.term(j).From != nil:
			after = v.boundedOrder(j, order, product)
		case t.Kinds[j] == NodeMultiplier:
			after = product.Mul(rate)
		case t.Kinds[j] == NodeCap:
			if after = v.inPay(rate, v.term(j)); product.IsNegative() {
				after = after.Neg()
			}
			v.bounds(j, product.Abs().GreaterThan(after.Abs()))
		case t.Kinds[j] == NodeFloor:
			after = v.inPay(rate, v.term(j))
			v.bounds(j, product.IsPositive() && product.LessThan(after))
		default:
			v.fail(j, "a gate does not act on a line")
		}
		v.same(j, "amount", t.Amounts[j], quantise(after).Sub(quantise(product)))
		product = after
	}
	return product
}

// boundedWhole recomputes a cap or floor over the component, with what it
// looked back at.
func (v *verifier) boundedWhole(i, end int, total decimal.Decimal) decimal.Decimal {
	t, term := v.t, v.term(i)
	rate := orZero(term.Rate)
	bound := v.rounds.kept(v.inPay(rate, term))
	floor := t.Kinds[i] == NodeFloor
	so, in, on, long := decimal.Zero, decimal.Zero, decimal.Zero, false
	var before, paid *decimal.Decimal
	for j := i + 1; j < end; j++ {
		switch choices := choicesOf(v.term(j).Label); {
		case v.term(j).Label == cameBefore:
			before = &t.Values[j]
		case v.term(j).Label == cameAfter:
			paid = &t.Values[j]
		case v.term(j).Label == carriedOn && !floor:
			on = t.Values[j]
		case choices["per"] != "" && !floor:
			so, long = t.Values[j], true
		case choices["excess"] == string(model.ExcessCarried) && !floor:
			in = t.Values[j]
		default:
			v.proration(j, rate)
		}
	}
	if before != nil && paid != nil {
		after := paid.Add(v.paidInPeriod(i, end, total.Sub(*before), *before, *paid, bound))
		v.bounds(i, !after.Equal(total) || !in.IsZero())
		return after
	}
	after := decimal.Min(so.Add(in).Add(total), bound)
	if on.IsPositive() || in.IsPositive() {
		v.same(i, "carried on", on, in.Add(total).Sub(after))
	}
	if long {
		after = after.Sub(decimal.Min(so, bound))
	}
	if floor {
		after = bound
	}
	v.bounds(i, !floor && !after.Equal(total) || floor && total.LessThan(after) && !total.IsNegative())
	return after
}

// paidInPeriod recomputes what a bound of each payout period leaves of what a
// window has come to since the period before: of a rise at most the cap, or at
// least the floor; of a fall what is left of it after what was cut, or waits.
func (v *verifier) paidInPeriod(i, end int, grown, before, paid, bound decimal.Decimal) decimal.Decimal {
	in, on, carries := decimal.Zero, decimal.Zero, false
	for j := i + 1; j < end; j++ {
		switch label := v.term(j).Label; {
		case choicesOf(label)["excess"] == string(model.ExcessCarried):
			in, carries = v.t.Values[j], true
		case label == carriedOn:
			on, carries = v.t.Values[j], true
		}
	}
	cut := before.Sub(paid)
	switch {
	case v.t.Kinds[i] == NodeFloor && grown.IsNegative():
		return grown
	case v.t.Kinds[i] == NodeFloor:
		return decimal.Max(grown, bound)
	case carries:
		pays := decimal.Min(grown.Add(in), bound)
		if grown.IsZero() && on.Equal(in) {
			pays = decimal.Zero // it waits
		}
		v.same(i, "carried on", on, grown.Add(in).Sub(pays))
		return pays
	case !grown.IsNegative():
		return decimal.Min(grown, bound)
	case cut.IsPositive() && cut.LessThan(grown.Neg()):
		return grown.Add(cut)
	case cut.IsPositive():
		return decimal.Zero
	}
	return grown
}

// orderSeen is what the lines of an order come to, as far as they were seen.
type orderSeen struct {
	before, total decimal.Decimal
	fx            *decimal.Decimal // of its first line
	bound         *decimal.Decimal // by the rule at hand
	stage         int
}

// ordered takes up a line into its order's total.
func (v *verifier) ordered(line, rule, end int, product decimal.Decimal) *orderSeen {
	label := v.term(rule).Label
	seen := v.orders[label]
	if seen == nil {
		seen = &orderSeen{}
		for j := line; j < end && seen.fx == nil; j++ {
			if v.t.Kinds[j] != NodeFX && !v.t.Kinds[j].adjusts() {
				seen.fx = v.term(j).FX
			}
		}
		v.orders[label] = seen
	}
	v.same(rule, "what the order comes to so far", v.t.Values[rule], seen.total)
	seen.before, seen.total = seen.total, seen.total.Add(product)
	return seen
}

// boundedOrder recomputes a cap or floor over an order for one of its lines.
func (v *verifier) boundedOrder(i int, seen *orderSeen, product decimal.Decimal) decimal.Decimal {
	term, kind := v.term(i), v.t.Kinds[i]
	if seen == nil || kind != NodeCap && kind != NodeFloor {
		v.fail(i, "a bound of an order that is not there")
		return product
	}
	v.same(i, "what the order comes to so far", *term.From, seen.before)
	v.same(i, "currency step", orOne(term.FX), orOne(seen.fx))
	if seen.bound != nil && seen.stage == v.stage {
		v.same(i, "bound", orZero(term.Rate), *seen.bound)
	}
	seen.bound, seen.stage = term.Rate, v.stage
	bound := v.inPay(orZero(term.Rate), term)
	held := func(total decimal.Decimal) decimal.Decimal {
		switch {
		case kind == NodeFloor && total.IsPositive():
			return decimal.Max(total, bound)
		case kind == NodeFloor:
			return total
		}
		return decimal.Max(decimal.Min(total, bound), bound.Neg())
	}
	return held(seen.total).Sub(held(seen.before))
}

func orOne(d *decimal.Decimal) decimal.Decimal {
	if d == nil {
		return oneDecimal
	}
	return *d
}

// bounds reports a cap or floor that had nothing to hold.
func (v *verifier) bounds(i int, acts bool) {
	if !acts {
		v.fail(i, "the amount is within the bound")
	}
}

// total is what the window's lines come to so far.
func (v *verifier) total() decimal.Decimal {
	if v.rounds == nil {
		return sum(v.lines[v.first:])
	}
	whole, _ := v.rounds.whole(v.lines[v.first:])
	return whole
}

// roundedFirst takes up that the window's lines are rounded before anything acts
// on their sum.
func (v *verifier) roundedFirst(i int, choices map[string]string) {
	policy, err := roundingFrom(choices)
	if err != nil || policy.stage != model.RoundLine || v.rounds != nil {
		v.fail(i, "not a rounding of lines, or a second one")
		return
	}
	v.rounds = &policy
	v.same(i, "rounded lines", v.t.Values[i], v.total())
}

// adjustment recomputes an adjustment over the component, a line of its own.
func (v *verifier) adjustment(i, end int) {
	if v.rounded {
		v.withheld(i)
		return
	}
	t, term := v.t, v.term(i)
	total, rate := v.total(), orZero(term.Rate)
	if !v.based {
		v.base, v.based = total, true
	}
	var after decimal.Decimal
	switch t.Kinds[i] {
	case NodeMultiplier:
		if !t.Values[i].Equal(total) {
			v.same(i, "value", t.Values[i], v.base)
		}
		after = total.Add(v.rounds.kept(t.Values[i].Mul(rate)).Sub(t.Values[i]))
	case NodeGate:
		v.same(i, "value", t.Values[i], total)
		after = v.rounds.kept(total.Mul(rate))
		v.base = after
	default:
		v.same(i, "value", t.Values[i], total)
		after = v.boundedWhole(i, end, total)
		v.base = after
	}
	v.same(i, "amount", t.Amounts[i], after.Sub(total))
	v.lines = append(v.lines, after.Sub(total))
}

// conditionOf begins, behind its kind, the name of the adjustment whose condition
// a node is.
const conditionOf = " of "

// condition works an adjustment's condition out again from what it read, and
// checks that the adjustment goes by it: a gate always says so next, a multiplier
// acts only where it holds.
func (v *verifier) condition(i, end int, choices map[string]string) {
	text, row := v.recorded(i)
	expression, err := Compile(WindowEnv, text, ResultBool)
	if err != nil {
		v.fail(i, "expression: %v", err)
		return
	}
	holds, err := expression.Bool(row)
	if err != nil {
		v.fail(i, "expression: %v", err)
	}
	if said := choices["condition"] == "true"; said != holds {
		v.fail(i, "the condition is said to be %t and is %t", said, holds)
	}
	_, name, _ := strings.Cut(v.term(i).Label, conditionOf)
	kind, next := NodeKind(-1), ""
	if end < v.t.Len() {
		kind, next = v.t.Kinds[end], v.term(end).Label
	}
	switch gate := choices["kind"] == string(model.AdjustGate); {
	case gate && holds && (kind != NodeRule || next != gateHolds+name), gate && !holds && (kind != NodeGate || next != name):
		v.fail(i, "the gate %s does not go by its condition", name)
	case !gate && !holds && kind == NodeMultiplier && next == name:
		v.fail(i, "%s multiplies, and its condition does not hold", name)
	}
}

// standing checks that the days which count, or do not, are no more than those
// of the window.
func (v *verifier) standing(i int, choices map[string]string) {
	if choices["continuity"] == "" && choices["eligibility"] == "" && choices["prorates"] == "" {
		return
	}
	if term := v.term(i); orZero(term.From).GreaterThan(orZero(term.To)) {
		v.fail(i, "%s of %s days", orZero(term.From), orZero(term.To))
	}
}
