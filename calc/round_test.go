package calc

import (
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// TestRoundingPolicy: calculation.md's 4.5625 is 4.56 rounded once and 4.57 by
// line; every mode mirrors for what is taken back.
func TestRoundingPolicy(t *testing.T) {
	t.Parallel()
	two, four := 2, 4
	charges := []sceneCredit{{ID: "base", Date: date("2026-01-05"), Amount: "45.25"}, {ID: "pieces", Date: date("2026-01-06"), Amount: "0.375"}}
	for _, c := range []struct {
		name    string
		rules   model.PlanRules
		pay     model.CurrencyCode
		credits []sceneCredit
		want    string
		lines   string
	}{
		{"once", model.PlanRules{}, "", charges, "4.56", "4.52 0.04"},
		{"by line", model.PlanRules{RoundStage: model.RoundLine}, "", charges, "4.57", "4.53 0.04"},
		{"by line, half even", model.PlanRules{RoundStage: model.RoundLine, RoundMode: model.HalfEven}, "", charges, "4.56", "4.52 0.04"},
		{"up", model.PlanRules{RoundMode: model.RoundUp}, "", charges, "4.57", "4.53 0.04"},
		{"down", model.PlanRules{RoundMode: model.RoundDn}, "", charges, "4.56", "4.52 0.04"},
		{"to four decimals", model.PlanRules{RoundScale: &four}, "", charges, "4.5625", "4.525 0.0375"},
		{"half away from zero", model.PlanRules{}, "", sold("0.25"), "0.03", "0.03"},
		{"and back", model.PlanRules{}, "", sold("-0.25"), "-0.03", "-0.03"},
		{"half to even", model.PlanRules{RoundMode: model.HalfEven}, "", sold("-0.25"), "-0.02", "-0.02"},
		{"up mirrors", model.PlanRules{RoundMode: model.RoundUp}, "", sold("-0.21"), "-0.03", "-0.03"},
		{"down mirrors", model.PlanRules{RoundMode: model.RoundDn}, "", sold("-0.29"), "-0.02", "-0.02"},
		{"a tie of rests goes to the earlier line", model.PlanRules{}, "", sold("0.05", "0.05"), "0.01", "0.01 0"},
		{"more decimals than the currency", model.PlanRules{RoundScale: &two}, "JPY", sold("0.25"), "0.03", "0.03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := scene{Rules: c.rules, Pay: c.pay, Component: &sceneComponent{Rate: "0.1"}, Credits: c.credits,
				FX: []sceneFX{{"USD", "JPY", date("2026-01-01"), "1"}}}
			e := s.only(t)
			if got := e.Amount.Amount.String(); got != c.want || amountsOf(e.Lines()) != c.lines {
				t.Errorf("got %s of %s, want %s of %s", got, amountsOf(e.Lines()), c.want, c.lines)
			}
		})
	}
}

// TestQuantised: a line's product has at most 10 decimals, half even, and its
// slices show what each adds to it.
func TestQuantised(t *testing.T) {
	t.Parallel()
	s := scene{
		Tables:    []sceneTable{{Key: "t", Rows: [][3]string{{"0", "0.00001", "0.000015"}, {"0.00001", "", "0.000015"}}}},
		Component: &sceneComponent{Table: "t"}, Rules: model.PlanRules{RoundMode: model.RoundUp}, Credits: sold("0.00003"),
	}
	e := s.only(t)
	var got []decimal.Decimal
	for i, kind := range e.Trace.Kinds {
		if kind == NodeLine || kind == NodeSlice {
			got = append(got, e.Trace.Amounts.At(i))
		}
	}
	// 0.00003 x 0.000015 is 4.5 units of 10^-10; its parts are 1.5 and 3 of them.
	if joined(got) != "0.0000000004 0.0000000002 0.0000000002" {
		t.Errorf("got %s", joined(got))
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"1", "3", "0.3333333333333333"}, {"2", "3", "0.6666666666666667"}, {"-2", "3", "-0.6666666666666667"},
		{"1", "20000000000000000", "0"}, {"3", "20000000000000000", "0.0000000000000002"}, {"-3", "20000000000000000", "-0.0000000000000002"},
		{"5", "20000000000000000", "0.0000000000000002"}, {"6", "3", "2"}, {"0", "7", "0"},
	} {
		if got := divide(dec(c[0]), dec(c[1])).String(); got != c[2] {
			t.Errorf("%s / %s = %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

func TestFits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"0": true, "999999999999999999": true, "-999999999999999999.9999999999": true, "1000000000000000000": false,
		"1e17": true, "1e18": false, "1e9000": false, "1e-64": true, "1e-65": false, "1e-9000": false,
	} {
		if got := fits(dec(text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestMinorUnits(t *testing.T) {
	t.Parallel()
	for code, want := range map[model.CurrencyCode]int32{"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4, "AFN": 2, "IQD": 3, "HUF": 2, "???": 2} {
		if got := model.MinorUnits(code); got != want {
			t.Errorf("%s has %d decimals, want %d", code, got, want)
		}
	}
	for code, want := range map[model.CurrencyCode]bool{"USD": true, "usd": false, "XXX": false, "ZZZ": false, "": false} {
		if model.KnownCurrency(code) != want {
			t.Errorf("%q: %t", code, !want)
		}
	}
}

// TestAllotment: whatever the lines and the mode, the rounded lines sum to the
// whole, no line moves by a unit or more, a line of 0 stays 0, and everything
// mirrors.
func TestAllotment(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rounding{
			stage: model.RoundComponent,
			mode:  rapid.SampledFrom([]model.RoundMode{model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn}).Draw(t, "mode"),
			scale: int32(rapid.IntRange(0, 4).Draw(t, "scale")),
		}
		var lines, mirrored []decimal.Decimal
		for _, n := range rapid.SliceOfN(rapid.Int64Range(-30000, 30000), 1, 20).Draw(t, "lines") {
			lines = append(lines, decimal.New(n, -4))
			mirrored = append(mirrored, decimal.New(-n, -4))
		}
		whole, paid := r.whole(lines)
		if !sum(paid).Equal(whole) {
			t.Fatalf("the lines sum to %s, the whole is %s", sum(paid), whole)
		}
		for i := range lines {
			if paid[i].Sub(lines[i]).Abs().GreaterThanOrEqual(decimal.New(1, -r.scale)) {
				t.Fatalf("line %s became %s", lines[i], paid[i])
			}
			if lines[i].IsZero() && !paid[i].IsZero() {
				t.Fatal("a line of 0 is paid")
			}
		}
		back, paidBack := r.whole(mirrored)
		if !back.Equal(whole.Neg()) || !slices.EqualFunc(paid, paidBack, func(a, b decimal.Decimal) bool { return a.Equal(b.Neg()) }) {
			t.Fatalf("%s does not mirror: %s", joined(paid), joined(paidBack))
		}
	})
}
