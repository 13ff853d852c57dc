package calc

import (
	"bytes"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// TestPermutation: any order of the facts gives equal bytes, and so does doing
// it twice.
func TestPermutation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := generated(rapidSource{rt})
		e, payee, period := engineOf(t, s.book()), keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, s.period())
		want := bytesOf(s.run(t))
		facts := rapid.Permutation(s.facts()).Draw(rt, "order")
		for range 2 { // the second time with what the first has left behind
			if !bytes.Equal(bytesOf(e.Begin(everybody(facts)).Calculate(payee, period, facts)), want) {
				rt.Fatal("other bytes")
			}
		}
	})
}

// plain makes a scene of one tiered component over money in one currency,
// never off its table, whose products need no quantising.
func plain(rt *rapid.T, mode model.TierMode) scene {
	r := rapidSource{rt}
	s := scene{Tables: []sceneTable{generatedTable(r, "t", pick(r, model.ByAttainment, model.ByMeasure), model.CellRate)}, Component: &sceneComponent{Table: "t", Mode: mode}, Quota: "1000"}
	rows := s.Tables[0].Rows
	rows[len(rows)-1][1] = ""
	for i := range 1 + r.IntN(8) {
		c := generatedCredit(r, i)
		c.Currency, c.Date = "", date("2026-01-01").AddDays(r.IntN(90))
		s.Credits = append(s.Credits, c)
	}
	return s
}

// exactOf is what an earning comes to before it is rounded.
func exactOf(e Earning) decimal.Decimal {
	total := decimal.Zero
	for _, line := range e.Lines() {
		total = total.Add(line.Exact)
	}
	return total
}

// TestMarginalDependsOnTheTotal: not on the deals that made it.
func TestMarginalDependsOnTheTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := plain(rt, model.TierMarginal)
		e := s.only(t)
		one := s
		one.Credits = sold(e.Measure.String())
		if got := exactOf(one.only(t)); !got.Equal(exactOf(e)) {
			rt.Fatalf("%s by %d deals, %s by one", exactOf(e), len(s.Credits), got)
		}
	})
}

// TestMarginalNeverFalls: with rates of at least 0, one more sale never lowers
// what is earned.
func TestMarginalNeverFalls(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := plain(rt, model.TierMarginal)
		for i := range s.Tables[0].Rows {
			s.Tables[0].Rows[i][2] = dec(s.Tables[0].Rows[i][2]).Abs().String()
		}
		more := s
		more.Credits = append(sold(hundredths(rapid.IntRange(0, 500000).Draw(rt, "more"))), s.Credits...)
		if before, after := s.only(t), more.only(t); after.Amount.Amount.LessThan(before.Amount.Amount) {
			rt.Fatalf("one sale more, and %s becomes %s", before.Amount.Amount, after.Amount.Amount)
		}
	})
}

// TestRetroactiveIsRateTimesTotal, the rate being the one that its lines show.
func TestRetroactiveIsRateTimesTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := plain(rt, model.TierRetroactive)
		e := s.only(t)
		for i, kind := range e.Trace.Kinds {
			if kind != NodeLine {
				continue
			}
			if rate := e.Trace.termAt(i).Rate; !exactOf(e).Equal(rate.Mul(e.Measure)) {
				rt.Fatalf("%s is not %s x %s", exactOf(e), rate, e.Measure)
			}
		}
	})
}

// TestScaling: money, bounds, quotas and the smallest unit times a power of
// ten give the earning times that power.
func TestScaling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		power := int32(rapid.IntRange(1, 6).Draw(rt, "power"))
		base := plain(rt, rapid.SampledFrom([]model.TierMode{model.TierMarginal, model.TierRetroactive}).Draw(rt, "mode"))
		if rapid.Bool().Draw(rt, "bonus") {
			base.Component, base.Tables = &sceneComponent{Bonus: [][2]string{{"0.5", "12.3456789"}, {"1", "77.7"}}, Levels: model.BonusEach}, nil
		}
		base.Rules = generatedRules(rapidSource{rt})
		scale, scaled := 6, base.scaled(power)
		base.Rules.RoundScale = &scale
		less := scale - int(power)
		scaled.Rules = base.Rules
		scaled.Rules.RoundScale = &less
		if got, want := scaled.only(t).Amount.Amount, base.only(t).Amount.Amount.Shift(power); !got.Equal(want) {
			rt.Fatalf("got %s, want %s", got, want)
		}
	})
}

// scaled is the scene with its money in units 10^power times smaller.
func (s scene) scaled(power int32) scene {
	by := func(text string) string {
		if text == "" {
			return ""
		}
		return dec(text).Shift(power).String()
	}
	out := s
	out.Quota, out.Tables, out.Credits = by(s.Quota), nil, nil
	for _, table := range s.Tables {
		rows := table.Rows
		table.Rows = nil
		for _, row := range rows {
			if table.Dimension == model.ByMeasure {
				row[0], row[1] = by(row[0]), by(row[1])
			}
			table.Rows = append(table.Rows, row)
		}
		out.Tables = append(out.Tables, table)
	}
	for _, c := range s.Credits {
		c.Amount = by(c.Amount)
		out.Credits = append(out.Credits, c)
	}
	component := *s.Component
	component.Bonus = nil
	for _, level := range s.Component.Bonus {
		component.Bonus = append(component.Bonus, [2]string{level[0], by(level[1])})
	}
	out.Component = &component
	return out
}

// TestVersionsAddUp: cutting a version in two that say the same changes nothing
// about marginal rates, however the credits fall.
func TestVersionsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := plain(rt, model.TierMarginal)
		cut := date("2026-01-02").AddDays(rapid.IntRange(0, 80).Draw(rt, "cut"))
		two := s
		two.Component = nil
		two.Versions = []sceneVersion{{To: &cut, Components: []sceneComponent{*s.Component}}, {From: &cut, Components: []sceneComponent{*s.Component}}}
		got, want := two.only(t), s.only(t)
		if !got.Amount.Amount.Equal(want.Amount.Amount) || amountsOf(got.Lines()) != amountsOf(want.Lines()) {
			rt.Fatalf("two versions earn %s, one earns %s", got.Amount.Amount, want.Amount.Amount)
		}
	})
}
