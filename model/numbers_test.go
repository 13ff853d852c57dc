package model

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// TestNumbers: a column gives back each number as it was, and writes it as it
// writes itself.
func TestNumbers(t *testing.T) {
	t.Parallel()
	number := rapid.Custom(func(t *rapid.T) decimal.Decimal {
		c := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000), rapid.SampledFrom([]int64{0, 1<<63 - 1, -1 << 63, 999999999999999999, -1000000000000000000})).Draw(t, "coefficient")
		d := decimal.New(c, int32(rapid.OneOf(rapid.IntRange(-30, 20), rapid.SampledFrom([]int{-500, -129, -128, -127, 127, 128})).Draw(t, "exponent")))
		if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
			d = d.Mul(decimal.New(rapid.Int64().Draw(t, "more"), -9))
		}
		return d
	})
	same := func(a, b decimal.Decimal) bool { return a.Equal(b) && a.Exponent() == b.Exponent() }
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(number).Draw(t, "list")
		n := NumbersOf(list)
		if units, exp, fits := SmallNumber(number.Draw(t, "small")); fits {
			n.AppendSmall(units, exp)
			list = append(list, decimal.New(units, exp))
		}
		kept := n.Clone()
		for range min(2, len(list)) {
			at, d := rapid.IntRange(0, len(list)-1).Draw(t, "at"), number.Draw(t, "other")
			if units, exp, fits := SmallNumber(d); fits {
				n.SetSmall(at, units, exp)
			} else {
				n.Set(at, d)
			}
			list[at] = d
		}
		in, units, exps := kept.CloneIn(make([]int64, kept.Len()+1), make([]int8, kept.Len()+2))
		if !slices.EqualFunc(in.Decimals(), kept.Decimals(), same) || len(units) != 1 || len(exps) != 2 {
			t.Fatalf("%s was cloned as %s", kept.Decimals(), in.Decimals())
		}
		if in.Empty(); in.Len() != 0 {
			t.Fatal("not empty")
		}
		from := rapid.IntRange(0, len(list)).Draw(t, "from")
		part := n.Part(from, len(list))
		if !slices.EqualFunc(n.Decimals(), list, same) || !slices.EqualFunc(part.Decimals(), list[from:], same) || kept.Len() != n.Len() {
			t.Fatalf("%s became %s", list, n.Decimals())
		}
		for i, text := range n.Texts() {
			if text != list[i].String() {
				t.Fatalf("%s is written as %s", list[i], text)
			}
			if units, exp, fits := n.Small(i); fits && !decimal.New(units, exp).Equal(list[i]) {
				t.Fatalf("%s is %d x 10^%d", list[i], units, exp)
			}
		}
	})
}
