package calc

import (
	"math/bits"

	"github.com/shopspring/decimal"

	"spm/model"
)

// number is an exact number: units x 10^exp while that fits a machine word, and
// a decimal where it does not. What is computed of numbers is what decimal gives
// (TestNumber); one that is wide stays so.
type number struct {
	units int64
	exp   int32
	wide  *decimal.Decimal // nil: units and exp say it
}

// leastInt is the one machine word that has no opposite.
const leastInt = -1 << 63

func numberOf(d decimal.Decimal) number {
	if units, exp, fits := model.SmallNumber(d); fits {
		return number{units: units, exp: exp}
	}
	return wideNumber(d)
}

func wideNumber(d decimal.Decimal) number { return number{wide: &d} }

// numberAt gives a number of a column.
func numberAt(all *model.Numbers, i int) number {
	if units, exp, fits := all.Small(i); fits {
		return number{units: units, exp: exp}
	}
	return wideNumber(all.At(i))
}

func (n number) decimal() decimal.Decimal {
	if n.wide != nil {
		return *n.wide
	}
	return decimal.New(n.units, n.exp)
}

// appendTo adds the number to a column.
func (n number) appendTo(all *model.Numbers) {
	if n.wide != nil {
		all.Append(*n.wide)
		return
	}
	all.AppendSmall(n.units, n.exp)
}

// sign is -1, 0 or 1.
func (n number) sign() int {
	switch {
	case n.wide != nil:
		return n.wide.Sign()
	case n.units < 0:
		return -1
	case n.units > 0:
		return 1
	}
	return 0
}

func (n number) isZero() bool { return n.sign() == 0 }

// alignedNumbers gives the units of two numbers at the finer of their
// exponents, where they fit.
func alignedNumbers(a, b number) (x, y int64, exp int32, ok bool) {
	if a.wide != nil || b.wide != nil {
		return 0, 0, 0, false
	}
	if a.exp == b.exp {
		return a.units, b.units, a.exp, true
	}
	exp = min(a.exp, b.exp)
	if int64(max(a.exp, b.exp))-int64(exp) > 1<<15-1 {
		return 0, 0, 0, false
	}
	x, okX := rescaled(a.units, a.exp-exp)
	y, okY := rescaled(b.units, b.exp-exp)
	return x, y, exp, okX && okY
}

func (n number) plus(m number) number {
	if x, y, exp, ok := alignedNumbers(n, m); ok {
		if s := x + y; (s > x) == (y > 0) && s != leastInt {
			return number{units: s, exp: exp}
		}
	}
	return wideNumber(n.decimal().Add(m.decimal()))
}

func (n number) minus(m number) number {
	if x, y, exp, ok := alignedNumbers(n, m); ok {
		if s := x - y; (s < x) == (y > 0) && s != leastInt {
			return number{units: s, exp: exp}
		}
	}
	return wideNumber(n.decimal().Sub(m.decimal()))
}

func (n number) times(m number) number {
	if n.wide == nil && m.wide == nil {
		exp := int64(n.exp) + int64(m.exp)
		if p, ok := product(n.units, m.units); ok && int64(int32(exp)) == exp {
			return number{units: p, exp: int32(exp)}
		}
	}
	return wideNumber(n.decimal().Mul(m.decimal()))
}

// against orders two numbers: -1, 0 or 1.
func (n number) against(m number) int {
	if x, y, _, ok := alignedNumbers(n, m); ok {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	return n.decimal().Cmp(m.decimal())
}

// quantised is quantise.
func (n number) quantised() number {
	if n.wide == nil && n.exp >= -model.Scale {
		return n
	}
	if by := -model.Scale - n.exp; n.wide == nil && by <= smallDigits {
		return number{units: roundedUnits(n.units, smallPowers[by], model.HalfEven), exp: -model.Scale}
	}
	return wideNumber(quantise(n.decimal()))
}

// roundedUnits gives c / unit as a whole number. Every mode mirrors.
func roundedUnits(c, unit int64, mode model.RoundMode) int64 {
	whole, rest := c/unit, magnitude(c%unit)
	up := false
	switch mode {
	case model.RoundUp:
		up = rest > 0
	case model.RoundDn:
	case model.HalfEven:
		up = rest > uint64(unit)-rest || rest == uint64(unit)-rest && whole%2 != 0
	default:
		up = rest >= uint64(unit)-rest && rest > 0
	}
	switch {
	case !up:
	case c < 0:
		whole--
	default:
		whole++
	}
	return whole
}

// fits is the function of that name.
func (n number) fits() bool {
	if n.wide == nil && n.exp < 0 && n.exp >= -maxDecimals {
		return true
	}
	return fits(n.decimal())
}

// inPay is the function of that name.
func (n number) inPay(step *fxStep) number {
	if step == nil {
		return n
	}
	return n.times(numberOf(step.rate))
}

// addNumber adds a number to the sum.
func (a *accumulator) addNumber(n number) {
	if n.wide != nil {
		a.add(*n.wide)
		return
	}
	if n.units == 0 {
		return
	}
	if a.units == 0 {
		a.exp = n.exp
	}
	if sum := (number{units: a.units, exp: a.exp}).plus(n); sum.wide == nil {
		a.units, a.exp = sum.units, sum.exp
		return
	}
	a.rest = a.rest.Add(n.decimal())
}

// columnSum sums a column from a place on.
func columnSum(all *model.Numbers, from int) decimal.Decimal {
	var a accumulator
	for i := from; i < all.Len(); i++ {
		units, exp, small := all.Small(i)
		if sum := a.units + units; small && exp == a.exp && (sum > a.units) == (units > 0) && sum != leastInt {
			a.units = sum
			continue
		}
		a.addNumber(numberAt(all, i))
	}
	return a.total()
}

// quotient gives n / m with so many decimals, a tie to the even digit, where
// the machine's words suffice. m must not be 0.
func (n number) quotient(m number, decimals int32) (number, bool) {
	if n.wide != nil || m.wide != nil {
		return number{}, false
	}
	by := int64(decimals) + int64(n.exp) - int64(m.exp)
	if by < 0 || by > smallDigits {
		return number{}, false
	}
	divisor := magnitude(m.units)
	high, low := bits.Mul64(magnitude(n.units), uint64(smallPowers[by]))
	if high >= divisor {
		return number{}, false
	}
	whole, rest := bits.Div64(high, low, divisor)
	if rest > divisor-rest || rest == divisor-rest && whole%2 != 0 {
		whole++
	}
	if whole > 1<<63-1 {
		return number{}, false
	}
	units := int64(whole)
	if (n.units < 0) != (m.units < 0) {
		units = -units
	}
	return number{units: units, exp: -decimals}, true
}
