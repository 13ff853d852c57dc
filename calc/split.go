package calc

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/shopspring/decimal"
)

// ErrSplit is why a whole cannot be split: no weight, a negative one, weights
// that sum to 0, or a whole finer than the unit.
var ErrSplit = errors.New("cannot be split")

// Split divides a whole among weights so that the parts sum to it exactly:
// each part is a whole number of units of 10^-scale, by largest remainder,
// ties to the earlier part. A negative whole mirrors the positive one. The
// weights need not sum to 1 or be in lowest terms; a weight of 0 gets 0.
//
// It gives an error that wraps ErrSplit where there are no weights, where one
// is negative, where they sum to 0, and where the whole has more than scale
// decimals.
func Split(whole decimal.Decimal, weights []decimal.Decimal, scale int32) ([]decimal.Decimal, error) {
	parts, _, _, err := splitRanked(whole, weights, scale)
	return parts, err
}

// splitRanked is Split that also tells how many units were left over after each
// part was cut off, and the rank of each by its remainder: those whose rank is
// no higher got one.
func splitRanked(whole decimal.Decimal, weights []decimal.Decimal, scale int32) (parts []decimal.Decimal, ranks []int, left int, err error) {
	units, exact := inUnits(whole, scale)
	if !exact {
		return nil, nil, 0, fmt.Errorf("%w: %s has more than %d decimals", ErrSplit, whole, scale)
	}
	shares, total, err := commonWeights(weights)
	if err != nil {
		return nil, nil, 0, err
	}
	negative := units.Sign() < 0
	units.Abs(units)
	floors := make([]*big.Int, len(shares))
	rests := make([]*big.Int, len(shares))
	over := new(big.Int).Set(units)
	for i, share := range shares {
		floors[i], rests[i] = new(big.Int), new(big.Int)
		floors[i].QuoRem(share.Mul(share, units), total, rests[i])
		over.Sub(over, floors[i])
	}
	left, ranks = int(over.Int64()), make([]int, len(floors))
	for rank, i := range largestFirst(rests) {
		if ranks[i] = rank + 1; ranks[i] <= left {
			floors[i].Add(floors[i], one)
		}
	}
	parts = make([]decimal.Decimal, len(floors))
	for i, floor := range floors {
		if negative {
			floor.Neg(floor)
		}
		parts[i] = decimal.NewFromBigInt(floor, -scale)
	}
	return parts, ranks, left, nil
}

var one = big.NewInt(1)

// commonWeights gives the weights as integers of one unit, and their sum.
func commonWeights(weights []decimal.Decimal) ([]*big.Int, *big.Int, error) {
	finest := int32(0)
	for i, w := range weights {
		if w.IsNegative() {
			return nil, nil, fmt.Errorf("%w: weight %d is negative", ErrSplit, i+1)
		}
		finest = min(finest, w.Exponent())
	}
	total := new(big.Int)
	shares := make([]*big.Int, len(weights))
	for i, w := range weights {
		shares[i], _ = inUnits(w, -finest)
		total.Add(total, shares[i])
	}
	if total.Sign() == 0 {
		return nil, nil, fmt.Errorf("%w: the weights sum to 0", ErrSplit)
	}
	return shares, total, nil
}

// largestFirst orders the indexes of rests from the largest to the smallest,
// equal ones by index.
func largestFirst(rests []*big.Int) []int {
	order := make([]int, len(rests))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	return order
}

// inUnits counts the units of 10^-scale in d, toward zero, and tells whether
// nothing was cut off. The integer is the caller's own.
func inUnits(d decimal.Decimal, scale int32) (*big.Int, bool) {
	shift := int64(d.Exponent()) + int64(scale)
	coefficient := d.Coefficient()
	if shift >= 0 {
		return coefficient.Mul(coefficient, powerOfTen(shift)), true
	}
	rest := new(big.Int)
	coefficient.QuoRem(coefficient, powerOfTen(-shift), rest)
	return coefficient, rest.Sign() == 0
}

// powerOfTen is 10^n for n of at least 0.
func powerOfTen(n int64) *big.Int {
	if n < int64(len(powersOfTen)) {
		return powersOfTen[n]
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil)
}

// powersOfTen are shared and never written to.
var powersOfTen = func() [64]*big.Int {
	var out [64]*big.Int
	out[0] = big.NewInt(1)
	for i := 1; i < len(out); i++ {
		out[i] = new(big.Int).Mul(out[i-1], big.NewInt(10))
	}
	return out
}()
