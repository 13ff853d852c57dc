package calc

import (
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

// anyDecimal is a number of any size, often at the edges of a machine word.
func anyDecimal() *rapid.Generator[decimal.Decimal] {
	return rapid.Custom(func(t *rapid.T) decimal.Decimal {
		c := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000), rapid.SampledFrom([]int64{0, 1, -1, 1<<63 - 1, -1 << 63, 999999999999999999, 1000000000000000000, -999999999999999999})).Draw(t, "coefficient")
		d := decimal.New(c, int32(rapid.IntRange(-30, 20).Draw(t, "exponent")))
		if rapid.IntRange(0, 9).Draw(t, "long") == 0 {
			d = d.Mul(decimal.New(rapid.Int64().Draw(t, "more"), -9))
		}
		return d
	})
}

// TestSmall: the short way gives what decimal gives.
func TestSmall(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal().Draw(t, "a"), anyDecimal().Draw(t, "b")
		if got := add(a, b); !got.Equal(a.Add(b)) {
			t.Fatalf("%s + %s = %s", a, b, got)
		}
		if got := subtract(a, b); !got.Equal(a.Sub(b)) {
			t.Fatalf("%s - %s = %s", a, b, got)
		}
		if got := multiply(a, b); !got.Equal(a.Mul(b)) {
			t.Fatalf("%s x %s = %s", a, b, got)
		}
		if got := compare(a, b); got != a.Cmp(b) {
			t.Fatalf("%s against %s: %d", a, b, got)
		}
	})
}

func TestSum(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(anyDecimal()).Draw(t, "numbers")
		want := decimal.Zero
		for _, d := range all {
			want = want.Add(d)
		}
		if got := sum(all); !got.Equal(want) {
			t.Fatalf("the sum is %s, not %s", got, want)
		}
		units, exp, ok := smallAll(all, 2)
		for i := range units {
			if ok && !decimal.New(units[i], exp).Equal(all[i]) {
				t.Fatalf("%s became %d at %d", all[i], units[i], exp)
			}
		}
	})
}

// TestAllotmentsAgree: lines are allotted alike in one word and in many.
func TestAllotmentsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rounding{scale: int32(rapid.IntRange(0, 10).Draw(t, "scale"))}
		var lines []decimal.Decimal
		for _, n := range rapid.SliceOfN(rapid.Int64Range(-1e9, 1e9), 1, 12).Draw(t, "lines") {
			lines = append(lines, decimal.New(n, -int32(rapid.IntRange(0, 10).Draw(t, "decimals"))))
		}
		whole := r.round(sum(lines))
		fast, ok := r.allotSmall(whole, lines)
		if slow := r.allotAny(whole, lines); ok && joined(fast) != joined(slow) {
			t.Fatalf("%s allotted as %s, or as %s", joined(lines), joined(fast), joined(slow))
		}
	})
}
