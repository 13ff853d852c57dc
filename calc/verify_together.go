package calc

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// togetherSeen is what stands below a cap or floor over several earnings.
type togetherSeen struct {
	policy     rounding
	bound      decimal.Decimal
	so, in, on decimal.Decimal
	year       bool
	all        decimal.Decimal
	own        int
	sums       []decimal.Decimal
	stopped    []bool
}

// together recomputes what a cap or floor over several earnings takes from this
// one, or adds, and what that makes of its lines.
func (v *verifier) together(i, end int) {
	t := v.t
	seen, ok := v.below(i, end)
	if !ok || len(v.lines) > 0 && !v.rounded {
		v.fail(i, "a cap or floor over several earnings that does not say enough")
		return
	}
	v.same(i, "value", t.Values[i], v.amount)
	v.same(i, "this earning with what is carried to it", seen.sums[seen.own], v.amount.Add(seen.in))
	floor := t.Kinds[i] == NodeFloorTogether
	total := sum(seen.sums)
	v.same(i, "sum", seen.all, total)
	after := decimal.Min(total, seen.bound)
	switch {
	case floor:
		after = decimal.Max(total, seen.bound)
		v.bounds(i, !total.IsNegative() && total.LessThan(seen.bound))
	case seen.year:
		after = decimal.Min(seen.so.Add(total), seen.bound).Sub(decimal.Min(seen.so, seen.bound))
	}
	part := v.share(i, seen, after.Sub(total), floor)
	if !seen.on.IsZero() {
		v.same(i, "carried on", seen.on, part.Neg())
	}
	change := seen.in.Add(part)
	v.same(i, "amount", t.Amounts[i], change)
	v.bounds(i, !change.IsZero())
	v.relined(i, change, seen.policy.scale)
	v.amount = v.amount.Add(change)
}

// below reads what stands below the node.
func (v *verifier) below(i, end int) (seen togetherSeen, ok bool) {
	t, term := v.t, v.term(i)
	seen.own = -1
	for j := i + 1; j < end; j++ {
		label := v.term(j).Label
		choices := choicesOf(label)
		switch {
		case t.Kinds[j] == NodeInput:
			label, stopped := strings.CutSuffix(label, stoppedByGate)
			if label == thisEarning {
				seen.own = len(seen.sums)
			}
			seen.sums, seen.stopped = append(seen.sums, t.Values[j]), append(seen.stopped, stopped)
		case choices["over"] != "":
			choices["roundStage"] = string(model.RoundComponent)
			policy, err := roundingFrom(choices)
			if err != nil {
				return seen, false
			}
			seen.policy, seen.bound, ok = policy, policy.round(v.inPay(orZero(term.Rate), term)), true
			seen.year = choices["per"] == string(model.PerYear)
			v.same(j, "bound", t.Values[j], seen.bound)
		case label == allEarnings:
			seen.all = t.Values[j]
		case label == soFar:
			seen.so = t.Values[j]
		case choices["excess"] == string(model.ExcessCarried):
			seen.in = t.Values[j]
		case label == carriedOn:
			seen.on = t.Values[j]
		default:
			v.proration(j, orZero(term.Rate))
		}
	}
	return seen, ok && seen.own >= 0
}

// share gives this earning's part of what is taken from all, or added to all:
// in whole units toward 0, those left over to the largest rests.
func (v *verifier) share(i int, seen togetherSeen, delta decimal.Decimal, floor bool) decimal.Decimal {
	weights := make([]decimal.Decimal, len(seen.sums))
	for k, sum := range seen.sums {
		if floor && seen.stopped[k] || !floor && sum.Sign() == delta.Sign() || floor && sum.IsNegative() {
			continue
		}
		weights[k] = sum.Abs()
	}
	if floor && sum(weights).IsZero() {
		for k := range weights {
			if !seen.stopped[k] {
				weights[k] = oneDecimal
			}
		}
	}
	parts := v.parted(i, delta, weights, seen.policy.scale)
	return parts[seen.own]
}

// parted cuts a whole by weights.
func (v *verifier) parted(i int, whole decimal.Decimal, weights []decimal.Decimal, scale int32) []decimal.Decimal {
	parts, rests, order := make([]decimal.Decimal, len(weights)), make([]decimal.Decimal, len(weights)), make([]int, len(weights))
	all := sum(weights)
	if whole.IsZero() {
		return parts
	}
	if all.IsZero() {
		v.fail(i, "there is nothing to take from, or to add to")
		return parts
	}
	scale = max(scale, -whole.Normalize().Exponent())
	left := whole.Abs().Shift(scale)
	for k, weight := range weights {
		order[k] = k
		product := whole.Abs().Shift(scale).Mul(weight)
		units, rest := product.QuoRem(all, 0)
		parts[k], rests[k], left = units, rest, left.Sub(units)
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	for _, k := range order[:left.IntPart()] {
		parts[k] = parts[k].Add(oneDecimal)
	}
	for k := range parts {
		parts[k] = parts[k].Shift(-scale).Mul(decimal.New(int64(whole.Sign()), 0))
	}
	return parts
}

// relined takes a change to the lines.
func (v *verifier) relined(i int, change decimal.Decimal, scale int32) {
	if v.amount.Sign()*change.Sign() >= 0 || change.Abs().GreaterThan(v.amount.Abs()) {
		v.paid = append(v.paid, change)
		return
	}
	weights := make([]decimal.Decimal, len(v.paid))
	for k, line := range v.paid {
		if line.Sign() == v.amount.Sign() {
			weights[k] = line.Abs()
		}
	}
	for k, part := range v.parted(i, change, weights, scale) {
		v.paid[k] = v.paid[k].Add(part)
	}
}
