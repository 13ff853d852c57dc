package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// divide gives a / b with model.DivisionScale decimals, HALF_EVEN: what shows an
// attainment and prorates. b must not be 0.
func divide(a, b decimal.Decimal) decimal.Decimal {
	if q, ok := numberOf(a).quotient(numberOf(b), model.DivisionScale); ok {
		return q.decimal()
	}
	return divideHalfEven(a, b, model.DivisionScale)
}

// quantise gives d with at most model.Scale decimals, HALF_EVEN: what is done
// once to the product of a line.
func quantise(d decimal.Decimal) decimal.Decimal {
	if d.Exponent() >= -model.Scale {
		return d
	}
	return d.RoundBank(model.Scale)
}

// rounding is a version's policy with the scale that it comes to.
type rounding struct {
	stage model.RoundStage
	mode  model.RoundMode
	scale int32 // decimals kept
}

// roundingOf is the policy of the rules for amounts of a currency.
func roundingOf(rules model.PlanRules, pay model.CurrencyCode) rounding {
	r := rounding{stage: rules.RoundStage, mode: rules.RoundMode, scale: model.MinorUnits(pay)}
	if rules.RoundScale != nil {
		r.scale = int32(*rules.RoundScale)
	}
	return r
}

// label says the policy in a trace.
func (r rounding) label() string {
	return fmt.Sprintf("roundStage=%s roundMode=%s scale=%d", r.stage, r.mode, r.scale)
}

// round gives d with at most scale decimals. Every mode mirrors: the negative
// of d gives the negative of the result.
func (r rounding) round(d decimal.Decimal) decimal.Decimal {
	if d.Exponent() >= -r.scale {
		return d
	}
	switch r.mode {
	case model.HalfEven:
		return d.RoundBank(r.scale)
	case model.RoundUp:
		return d.RoundUp(r.scale)
	case model.RoundDn:
		return d.RoundDown(r.scale)
	default:
		return d.Round(r.scale)
	}
}

// whole rounds the lines of an earning: each by itself at stage LINE, and
// together otherwise, the whole being allotted to the lines by largest
// remainder. The rounded lines sum to the whole.
func (r rounding) whole(lines []decimal.Decimal) (whole decimal.Decimal, paid []decimal.Decimal) {
	if r.stage == model.RoundLine {
		paid = make([]decimal.Decimal, len(lines))
		for i, line := range lines {
			paid[i] = r.round(line)
			whole = whole.Add(paid[i])
		}
		return whole, paid
	}
	whole = r.round(sum(lines))
	return whole, r.allot(whole, lines)
}

// allot gives each line its own units of 10^-scale, toward minus infinity, and
// one unit more to those with the largest rests until the lines sum to the
// whole, ties to the earlier line. A negative sum mirrors the positive one. The
// whole is the sum of the lines rounded by any mode.
func (r rounding) allot(whole decimal.Decimal, lines []decimal.Decimal) []decimal.Decimal {
	if paid, ok := r.allotSmall(whole, lines); ok {
		return paid
	}
	return r.allotAny(whole, lines)
}

// allotAny is allot for any numbers.
func (r rounding) allotAny(whole decimal.Decimal, lines []decimal.Decimal) []decimal.Decimal {
	paid, rests := make([]decimal.Decimal, len(lines)), make([]decimal.Decimal, len(lines))
	negative := leans(lines) < 0
	spare := whole
	for i, line := range lines {
		switch {
		case line.Exponent() >= -r.scale:
			paid[i] = line
		case negative:
			paid[i] = line.RoundCeil(r.scale)
		default:
			paid[i] = line.RoundFloor(r.scale)
		}
		rests[i] = line.Sub(paid[i]).Abs()
		spare = spare.Sub(paid[i])
	}
	left, _ := inUnits(spare.Abs(), r.scale)
	unit := decimal.New(int64(spare.Sign()), -r.scale)
	order := make([]int, len(rests))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	for _, i := range order[:left.Int64()] {
		paid[i] = paid[i].Add(unit)
	}
	return paid
}

// leans is the sign of the lines' sum or, where they cancel, of the first that
// is not 0.
func leans(lines []decimal.Decimal) int {
	if sign := sum(lines).Sign(); sign != 0 {
		return sign
	}
	for _, line := range lines {
		if !line.IsZero() {
			return line.Sign()
		}
	}
	return 0
}

// The bounds of a number: what numeric(28,10) holds before the point, and a
// length of fraction that no honest input has.
const (
	maxIntegerDigits = 18
	maxDecimals      = 64
)

// fits tells whether a number is within the bounds, so that arithmetic on it
// neither takes long nor makes what cannot be stored.
func fits(d decimal.Decimal) bool {
	return d.Exponent() >= -maxDecimals && d.Exponent() <= maxIntegerDigits &&
		(d.IsZero() || d.NumDigits()+int(d.Exponent()) <= maxIntegerDigits)
}
