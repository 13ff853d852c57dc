package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// adjustedLine recomputes the adjustments below a line.
func (v *verifier) adjustedLine(i, end int, product decimal.Decimal) decimal.Decimal {
	t := v.t
	for j := i + 1; j < end; j++ {
		if !t.Kinds[j].adjusts() || t.Parents[j] != int32(i) {
			continue
		}
		v.same(j, "value", t.Values[j], product)
		after := product
		switch rate := orZero(v.term(j).Rate); t.Kinds[j] {
		case NodeMultiplier:
			after = product.Mul(rate)
		case NodeCap:
			if after = v.inPay(rate, v.term(j)); product.IsNegative() {
				after = after.Neg()
			}
			v.bounds(j, product.Abs().GreaterThan(after.Abs()))
		case NodeFloor:
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
		for j := i + 1; j < end; j++ {
			v.proration(j, rate)
		}
		after = v.rounds.kept(v.inPay(rate, term))
		v.bounds(i, t.Kinds[i] == NodeCap && total.GreaterThan(after) || t.Kinds[i] == NodeFloor && total.LessThan(after) && !total.IsNegative())
		v.base = after
	}
	v.same(i, "amount", t.Amounts[i], after.Sub(total))
	v.lines = append(v.lines, after.Sub(total))
}
