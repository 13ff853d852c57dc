package calc

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"
)

func dec(text string) decimal.Decimal { return decimal.RequireFromString(text) }

func decs(texts ...string) []decimal.Decimal {
	out := make([]decimal.Decimal, len(texts))
	for i, t := range texts {
		out[i] = dec(t)
	}
	return out
}

func joined(ds []decimal.Decimal) string {
	texts := make([]string, len(ds))
	for i, d := range ds {
		texts[i] = d.String()
	}
	return strings.Join(texts, " ")
}

func TestSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		whole   string
		weights []string
		scale   int32
		want    string
	}{
		{"thirds tie to the earliest", "100", []string{"1", "1", "1"}, 2, "33.34 33.33 33.33"},
		{"negatives mirror", "-100", []string{"1", "1", "1"}, 2, "-33.34 -33.33 -33.33"},
		{"weights need not sum to 1", "10", []string{"2", "6"}, 0, "3 7"},
		{"fractions", "0.05", []string{"0.5", "0.5"}, 2, "0.03 0.02"},
		{"largest remainder first", "10", []string{"0.15", "0.25", "0.6"}, 0, "2 2 6"},
		{"a weight of 0 gets nothing", "1", []string{"0", "3", "0"}, 2, "0 1 0"},
		{"nothing to split", "0", []string{"1", "2"}, 2, "0 0"},
		{"ten decimals", "1", []string{"1", "1", "1"}, 10, "0.3333333334 0.3333333333 0.3333333333"},
		{"the pool of tips", "600", []string{"8", "6", "5", "5"}, 2, "200 150 125 125"},
		{"coarse units", "1000", []string{"1", "2"}, -2, "300 700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			parts, err := Split(dec(c.whole), decs(c.weights...), c.scale)
			if err != nil {
				t.Fatal(err)
			}
			if got := joined(parts); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestSplitRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		whole   string
		weights []string
	}{
		"no weights":              {"1", nil},
		"weights of 0":            {"1", []string{"0", "0"}},
		"a negative weight":       {"1", []string{"2", "-1"}},
		"a whole finer than 0.01": {"1.005", []string{"1"}},
	} {
		if _, err := Split(dec(c.whole), decs(c.weights...), 2); !errors.Is(err, ErrSplit) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestSplitLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scale := int32(rapid.IntRange(0, 10).Draw(t, "scale"))
		whole := decimal.New(rapid.Int64().Draw(t, "whole"), -scale)
		weights := []decimal.Decimal{decimal.New(1, 0)}
		for _, w := range rapid.SliceOfN(rapid.Int64Range(0, 1e12), 0, 12).Draw(t, "weights") {
			weights = append(weights, decimal.New(w, -int32(w%7)))
		}
		parts, err := Split(whole, weights, scale)
		if err != nil {
			t.Fatal(err)
		}
		total, weight := decimal.Zero, decimal.Zero
		for i := range parts {
			total, weight = total.Add(parts[i]), weight.Add(weights[i])
		}
		if !total.Equal(whole) {
			t.Fatalf("the parts sum to %s, the whole is %s", total, whole)
		}
		unit := decimal.New(1, -scale)
		mirrored, _ := Split(whole.Neg(), weights, scale)
		for i := range parts {
			// |part - whole x weight / sum| < unit, without dividing
			off := parts[i].Mul(weight).Sub(whole.Mul(weights[i])).Abs()
			if off.GreaterThanOrEqual(unit.Mul(weight)) {
				t.Fatalf("part %d is a unit or more off its share", i)
			}
			if !mirrored[i].Equal(parts[i].Neg()) {
				t.Fatalf("part %d does not mirror", i)
			}
		}
	})
}
