package model

import (
	"math"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

// Numbers is a column of exact numbers. One whose digits fit a machine word
// takes nine bytes and no allocation, any other is kept as it is. The zero
// value is empty. A copy shares what it holds, as that of a slice does.
type Numbers struct {
	units []int64           // of 10^exps; or an index into wide
	exps  []int8            // isWide: see wide
	wide  []decimal.Decimal // what does not fit
}

const (
	isWide      = math.MinInt8
	smallDigits = 18 // are sure to fit an int64
)

// NumbersOf makes a column.
func NumbersOf(list []decimal.Decimal) Numbers {
	var n Numbers
	n.Grow(len(list))
	for _, d := range list {
		n.Append(d)
	}
	return n
}

// SmallNumber gives a number as units x 10^exp where it fits.
func SmallNumber(d decimal.Decimal) (units int64, exp int32, fits bool) {
	return d.CoefficientInt64(), d.Exponent(), d.NumDigits() <= smallDigits
}

// Len is how many numbers there are.
func (n *Numbers) Len() int { return len(n.units) }

// At gives the i-th number.
func (n *Numbers) At(i int) decimal.Decimal {
	if n.exps[i] == isWide {
		return n.wide[n.units[i]]
	}
	return decimal.New(n.units[i], int32(n.exps[i]))
}

// Small gives the i-th number as units x 10^exp where it is held so.
func (n *Numbers) Small(i int) (units int64, exp int32, fits bool) {
	return n.units[i], int32(n.exps[i]), n.exps[i] != isWide
}

// Append adds a number.
func (n *Numbers) Append(d decimal.Decimal) {
	units, exp := n.held(d)
	n.units, n.exps = append(n.units, units), append(n.exps, exp)
}

// AppendSmall adds units x 10^exp.
func (n *Numbers) AppendSmall(units int64, exp int32) {
	if exp <= isWide || exp > math.MaxInt8 {
		n.Append(decimal.New(units, exp))
		return
	}
	n.units, n.exps = append(n.units, units), append(n.exps, int8(exp))
}

// Set replaces the i-th number.
func (n *Numbers) Set(i int, d decimal.Decimal) { n.units[i], n.exps[i] = n.held(d) }

// SetSmall replaces the i-th number by units x 10^exp.
func (n *Numbers) SetSmall(i int, units int64, exp int32) {
	if exp <= isWide || exp > math.MaxInt8 {
		n.Set(i, decimal.New(units, exp))
		return
	}
	n.units[i], n.exps[i] = units, int8(exp)
}

// held gives how a number is kept, and keeps what does not fit.
func (n *Numbers) held(d decimal.Decimal) (int64, int8) {
	if units, exp, fits := SmallNumber(d); fits && exp > isWide && exp <= math.MaxInt8 {
		return units, int8(exp)
	}
	n.wide = append(n.wide, d)
	return int64(len(n.wide) - 1), isWide
}

// Grow makes room for more numbers.
func (n *Numbers) Grow(more int) {
	n.units, n.exps = slices.Grow(n.units, more), slices.Grow(n.exps, more)
}

// Empty takes all numbers out and keeps the room.
func (n *Numbers) Empty() { n.units, n.exps, n.wide = n.units[:0], n.exps[:0], nil }

// CloneIn is Clone into memory of the caller, of which it gives what it leaves.
func (n Numbers) CloneIn(units []int64, exps []int8) (clone Numbers, unitsLeft []int64, expsLeft []int8) {
	size := n.Len()
	clone = Numbers{units[:size:size], exps[:size:size], slices.Clone(n.wide)}
	copy(clone.units, n.units)
	copy(clone.exps, n.exps)
	return clone, units[size:], exps[size:]
}

// Clone copies what it holds too.
func (n Numbers) Clone() Numbers {
	return Numbers{slices.Clone(n.units), slices.Clone(n.exps), slices.Clone(n.wide)}
}

// Part gives the numbers from one up to, not including, another; they are shared.
func (n Numbers) Part(from, to int) Numbers {
	return Numbers{n.units[from:to:to], n.exps[from:to:to], slices.Clip(n.wide)}
}

// Decimals gives the numbers as a list.
func (n *Numbers) Decimals() []decimal.Decimal {
	out := make([]decimal.Decimal, n.Len())
	for i := range out {
		out[i] = n.At(i)
	}
	return out
}

// Texts gives each number as its String.
func (n *Numbers) Texts() []string {
	out := make([]string, n.Len())
	var digits [2 * smallDigits]byte
	for i := range out {
		if exp := n.exps[i]; exp > 0 || exp < -smallDigits {
			out[i] = n.At(i).String()
		} else {
			out[i] = string(appendPoint(digits[:0], n.units[i], -int(exp)))
		}
	}
	return out
}

// appendPoint writes units with so many decimals, without zeros at their end.
func appendPoint(out []byte, units int64, decimals int) []byte {
	if units < 0 {
		out, units = append(out, '-'), -units
	}
	for decimals > 0 && units%10 == 0 {
		units, decimals = units/10, decimals-1
	}
	start := len(out)
	out = strconv.AppendInt(out, units, 10)
	for len(out)-start <= decimals {
		out = slices.Insert(out, start, '0')
	}
	if decimals > 0 {
		out = slices.Insert(out, len(out)-decimals, '.')
	}
	return out
}
