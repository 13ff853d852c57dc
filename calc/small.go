package calc

import (
	"math/bits"

	"github.com/shopspring/decimal"
)

// What follows computes on one machine word where the numbers allow it, and
// leaves the rest to decimal: the results are equal (TestSmall), the words take
// a third of the time and fewer allocations. It is the seam for columns of
// scaled integers.

// smallDigits is how many digits are sure to fit an int64.
const smallDigits = 18

var smallPowers = func() [smallDigits + 1]int64 {
	var out [smallDigits + 1]int64
	out[0] = 1
	for i := 1; i < len(out); i++ {
		out[i] = out[i-1] * 10
	}
	return out
}()

// small gives the coefficient of a number where it fits.
func small(d decimal.Decimal) (int64, bool) {
	return d.CoefficientInt64(), d.NumDigits() <= smallDigits
}

// rescaled gives c x 10^by, for by of at least 0, where it fits.
func rescaled(c int64, by int32) (int64, bool) {
	if by == 0 || c == 0 {
		return c, true
	}
	if by > smallDigits {
		return 0, false
	}
	return product(c, smallPowers[by])
}

// product gives a x b where it fits.
func product(a, b int64) (int64, bool) {
	high, low := bits.Mul64(magnitude(a), magnitude(b))
	if high != 0 || low > 1<<63-1 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(low), true
	}
	return int64(low), true
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// aligned gives the coefficients of two numbers at the finer of their
// exponents, where they fit.
func aligned(a, b decimal.Decimal) (x, y int64, exp int32, ok bool) {
	x, okX := small(a)
	y, okY := small(b)
	exp = min(a.Exponent(), b.Exponent())
	if !okX || !okY {
		return 0, 0, 0, false
	}
	x, okX = rescaled(x, a.Exponent()-exp)
	y, okY = rescaled(y, b.Exponent()-exp)
	return x, y, exp, okX && okY
}

// add gives a + b.
func add(a, b decimal.Decimal) decimal.Decimal {
	if x, y, exp, ok := aligned(a, b); ok {
		if s := x + y; (s > x) == (y > 0) {
			return decimal.New(s, exp)
		}
	}
	return a.Add(b)
}

// subtract gives a - b.
func subtract(a, b decimal.Decimal) decimal.Decimal {
	if x, y, exp, ok := aligned(a, b); ok {
		if s := x - y; (s < x) == (y > 0) {
			return decimal.New(s, exp)
		}
	}
	return a.Sub(b)
}

// multiply gives a x b.
func multiply(a, b decimal.Decimal) decimal.Decimal {
	x, okX := small(a)
	y, okY := small(b)
	if okX && okY {
		exp := int64(a.Exponent()) + int64(b.Exponent())
		if p, ok := product(x, y); ok && int64(int32(exp)) == exp {
			return decimal.New(p, int32(exp))
		}
	}
	return a.Mul(b)
}

// compare orders a and b.
func compare(a, b decimal.Decimal) int {
	if a.Exponent() != b.Exponent() {
		if x, y, _, ok := aligned(a, b); ok {
			switch {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		}
	}
	return a.Cmp(b)
}

// accumulator sums numbers. Its zero value is 0.
type accumulator struct {
	units int64
	exp   int32
	rest  decimal.Decimal // what did not fit
}

// add adds a number.
func (a *accumulator) add(d decimal.Decimal) {
	c, ok := small(d)
	if ok && c == 0 {
		return
	}
	if a.units == 0 {
		a.exp = d.Exponent()
	}
	exp := min(a.exp, d.Exponent())
	if ok {
		units, fit := rescaled(a.units, a.exp-exp)
		more, fitToo := rescaled(c, d.Exponent()-exp)
		if s := units + more; fit && fitToo && (s > units) == (more > 0) {
			a.units, a.exp = s, exp
			return
		}
	}
	a.rest = a.rest.Add(d)
}

// total gives the sum so far.
func (a *accumulator) total() decimal.Decimal {
	if a.rest.IsZero() {
		return decimal.New(a.units, a.exp)
	}
	return a.rest.Add(decimal.New(a.units, a.exp))
}

// sum gives the sum of numbers.
func sum(ds []decimal.Decimal) decimal.Decimal {
	var a accumulator
	for i := range ds {
		a.add(ds[i])
	}
	return a.total()
}

// smallAll gives the coefficients of numbers at one exponent, at most -scale,
// where they and their sum fit.
func smallAll(ds []decimal.Decimal, scale int32) (units []int64, exp int32, ok bool) {
	exp = -scale
	for i := range ds {
		exp = min(exp, ds[i].Exponent())
	}
	units = make([]int64, len(ds))
	var room uint64 = 1<<63 - 1
	for i := range ds {
		c, fits := small(ds[i])
		if !fits {
			return nil, 0, false
		}
		if units[i], fits = rescaled(c, ds[i].Exponent()-exp); !fits || magnitude(units[i]) > room {
			return nil, 0, false
		}
		room -= magnitude(units[i])
	}
	return units, exp, -exp-scale <= smallDigits
}
