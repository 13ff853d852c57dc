package calc

import (
	"github.com/shopspring/decimal"
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

// adjustment recomputes an adjustment over the component, a line of its own.
func (v *verifier) adjustment(i, end int) {
	if v.rounded {
		v.withheld(i)
		return
	}
	t, term := v.t, v.term(i)
	total, rate := sum(v.lines[v.first:]), orZero(term.Rate)
	if !v.based {
		v.base, v.based = total, true
	}
	var after decimal.Decimal
	switch t.Kinds[i] {
	case NodeMultiplier:
		if !t.Values[i].Equal(total) {
			v.same(i, "value", t.Values[i], v.base)
		}
		after = total.Add(quantise(t.Values[i].Mul(rate)).Sub(t.Values[i]))
	case NodeGate:
		v.same(i, "value", t.Values[i], total)
		after = quantise(total.Mul(rate))
		v.base = after
	default:
		v.same(i, "value", t.Values[i], total)
		for j := i + 1; j < end; j++ {
			v.proration(j, rate)
		}
		after = quantise(v.inPay(rate, term))
		v.bounds(i, t.Kinds[i] == NodeCap && total.GreaterThan(after) || t.Kinds[i] == NodeFloor && total.LessThan(after) && !total.IsNegative())
		v.base = after
	}
	v.same(i, "amount", t.Amounts[i], after.Sub(total))
	v.lines = append(v.lines, after.Sub(total))
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
