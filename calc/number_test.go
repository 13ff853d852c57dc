package calc

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// TestNumber: what is computed of numbers, small or wide, is what decimal gives.
func TestNumber(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyDecimal().Draw(t, "a"), anyDecimal().Draw(t, "b")
		for _, pair := range [][2]number{{numberOf(a), numberOf(b)}, {wideNumber(a), numberOf(b)}, {numberOf(a), wideNumber(b)}} {
			n, m := pair[0], pair[1]
			var column model.Numbers
			n.appendTo(&column)
			m.appendTo(&column)
			sum := accumulator{}
			sum.addNumber(n)
			sum.addNumber(m)
			for name, got := range map[string][2]decimal.Decimal{
				"+": {n.plus(m).decimal(), a.Add(b)}, "-": {n.minus(m).decimal(), a.Sub(b)}, "x": {n.times(m).decimal(), a.Mul(b)},
				"sum": {sum.total(), a.Add(b)}, "sum of a column": {columnSum(&column, 0), a.Add(b)}, "sum from a place": {columnSum(&column, 1), b},
				"quantised": {n.quantised().decimal(), quantise(a)}, "quantised product": {n.times(m).quantised().decimal(), quantise(a.Mul(b))},
				"of a column": {numberAt(&column, 0).decimal(), a},
			} {
				if !got[0].Equal(got[1]) {
					t.Fatalf("%s and %s: %s gives %s, not %s", a, b, name, got[0], got[1])
				}
			}
			if !b.IsZero() {
				decimals := int32(rapid.IntRange(0, 16).Draw(t, "decimals"))
				if q, ok := n.quotient(m, decimals); ok && !q.decimal().Equal(divideHalfEven(a, b, decimals)) {
					t.Fatalf("%s / %s with %d decimals gives %s", a, b, decimals, q.decimal())
				}
			}
			if n.against(m) != a.Cmp(b) || n.sign() != a.Sign() || n.isZero() != a.IsZero() || n.fits() != fits(a) || n.times(m).fits() != fits(a.Mul(b)) {
				t.Fatalf("%s against %s", a, b)
			}
		}
	})
}

// TestRoundingsAgree: a column is rounded and allotted as a list of decimals is.
func TestRoundingsAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rounding{
			scale: int32(rapid.IntRange(0, 10).Draw(t, "scale")),
			stage: rapid.SampledFrom([]model.RoundStage{model.RoundLine, model.RoundComponent}).Draw(t, "stage"),
			mode:  rapid.SampledFrom([]model.RoundMode{model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn}).Draw(t, "mode"),
		}
		var lines []decimal.Decimal
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(-1e9, 1e9), rapid.Int64Range(-6, 6), rapid.Int64Range(-9e17, 9e17)), 1, 80).Draw(t, "lines") {
			lines = append(lines, decimal.New(n, -int32(rapid.IntRange(0, 10).Draw(t, "decimals"))))
		}
		column := model.NumbersOf(lines)
		var paid model.Numbers
		whole := r.wholeOf(&column, new(scratch), &paid)
		want := decimal.Zero
		list := make([]decimal.Decimal, len(lines))
		if r.stage == model.RoundLine {
			for i := range lines {
				list[i] = r.round(lines[i])
				want = want.Add(list[i])
			}
		} else {
			want = r.round(sum(lines))
			list = r.allotAny(want, lines)
		}
		if !whole.Equal(want) || !slices.EqualFunc(paid.Decimals(), list, decimal.Decimal.Equal) {
			t.Fatalf("%s came to %s %s, not %s %s", joined(lines), whole, joined(paid.Decimals()), want, joined(list))
		}
	})
}
