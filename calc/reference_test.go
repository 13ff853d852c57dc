package calc

import (
	"cmp"
	"flag"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"spm/model"
)

// reference is a second calculator of what generated makes, in big.Rat, that
// shares no arithmetic with the engine: it integrates the tiers instead of
// walking them, and knows nothing of traces.
type reference struct {
	s        *scene
	features map[string]int
	held     int // days
	from, to model.Date
	measure  *big.Rat
	quota    *big.Rat
	rows     []referenceRow
}

type referenceRow struct{ from, to, rate *big.Rat } // bounds nil: none; in the measure's unit

func fraction(text string) *big.Rat {
	if text == "" {
		return new(big.Rat)
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic(text)
	}
	return r
}

func refTimes(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// ratRound rounds to so many decimals.
func ratRound(r *big.Rat, scale int, mode model.RoundMode) *big.Rat {
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)
	units := refTimes(new(big.Rat).Abs(r), new(big.Rat).SetInt(unit))
	whole, rest := new(big.Int).QuoRem(units.Num(), units.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest, 1).Cmp(units.Denom())
	up := false
	switch mode {
	case model.RoundUp:
		up = rest.Sign() > 0
	case model.RoundDn:
	case model.HalfEven:
		up = half > 0 || half == 0 && whole.Bit(0) == 1
	default:
		up = half >= 0
	}
	if up {
		whole.Add(whole, big.NewInt(1))
	}
	out := new(big.Rat).SetFrac(whole, unit)
	if r.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

// rate finds the last rate of the list at or before the day.
func (x *reference) rate(from, to model.CurrencyCode, day model.Date) *big.Rat {
	var found *big.Rat
	for _, fx := range x.s.FX { // ascending by day
		if fx.From == from && fx.To == to && fx.Date <= day {
			found = fraction(fx.Rate)
		}
	}
	return found
}

// amount gives the earning and, where it cannot be calculated, why.
func (x *reference) amount() (*big.Rat, model.ProblemCode, bool) {
	s, c := x.s, x.s.Component
	x.span()
	credits := x.counted()
	if x.held == 0 && len(credits) == 0 {
		return nil, "", false
	}
	var values []*big.Rat
	x.measure = new(big.Rat)
	for _, credit := range credits {
		values = append(values, x.value(credit))
		x.measure.Add(x.measure, values[len(values)-1])
	}
	x.prorate()
	var lines []*big.Rat
	code := model.ProblemCode("")
	switch {
	case c.Table != "":
		lines, code = x.tiered(credits, values)
	case len(c.Bonus) > 0:
		lines, code = x.bonus()
	default:
		x.features["flat"]++
		for i := range credits {
			lines = append(lines, x.pay(refTimes(values[i], fraction(c.Rate)), credits[i]))
		}
	}
	if code != "" {
		x.features[string(code)]++
		return new(big.Rat), code, true
	}
	return x.round(lines, s.Rules), "", true
}

// span works out the days held.
func (x *reference) span() {
	x.from, x.to = date("2026-01-01"), date("2026-04-01")
	if len(x.s.Seats) > 0 {
		x.from, x.to = max(x.from, x.s.Seats[0].From), min(x.to, x.s.Seats[0].To)
		x.features["part of the window"]++
	}
	x.held = int(x.to - x.from)
}

// counted gives the credits that count, in order.
func (x *reference) counted() []sceneCredit {
	var out []sceneCredit
	for _, c := range x.s.Credits {
		inWindow := c.Date >= date("2026-01-01") && c.Date < date("2026-04-01")
		if c.Reversal {
			x.features["reversal"]++
		}
		switch {
		case !inWindow || c.Date < x.from, c.Reversal && x.s.Rules.Returns == model.ReturnsIgnore:
		case c.Date >= x.to && !c.Reversal:
		default:
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b sceneCredit) int {
		back := func(c sceneCredit) int {
			if c.Reversal {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(back(a), back(b)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// value gives what a credit adds to the measure, in USD.
func (x *reference) value(c sceneCredit) *big.Rat {
	kind := x.s.Measures[0].Value
	x.features[string(kind)]++
	switch kind {
	case model.ValueCount:
		if c.Reversal {
			return fraction("-1")
		}
		return fraction("1")
	case model.ValueQuantity:
		return fraction(c.Quantity)
	}
	money := fraction(c.Amount)
	if kind == model.ValueMargin {
		money = fraction(c.Margin)
	}
	if c.Currency != "GBP" {
		return money
	}
	x.features["credit to plan"]++
	day := c.Date
	if x.s.Rules.FXCreditToPlan == model.FXPeriodEnd {
		day = date("2026-03-31")
	}
	return refTimes(money, x.rate("GBP", "USD", day))
}

// pay gives a line's money in pay currency, to 10 decimals.
func (x *reference) pay(money *big.Rat, c sceneCredit) *big.Rat {
	return x.payOn(money, c.Date)
}

func (x *reference) payOn(money *big.Rat, day model.Date) *big.Rat {
	if x.s.Pay == "EUR" {
		x.features["plan to pay"]++
		if x.s.Rules.FXPlanToPay == model.FXPeriodEnd {
			day = date("2026-03-31")
		}
		money = refTimes(money, x.rate("USD", "EUR", day))
	}
	return ratRound(money, 10, model.HalfEven)
}

func (x *reference) share(of *big.Rat, method model.Proration) *big.Rat {
	if method == model.ProrateNone || x.held == 90 || x.held <= 0 {
		return of
	}
	x.features["prorated"]++
	return ratRound(refTimes(of, big.NewRat(int64(x.held), 90)), 16, model.HalfEven)
}

func (x *reference) prorate() {
	if len(x.s.Quotas) > 0 {
		x.quota = x.share(fraction(x.s.Quotas[0].Amount), x.s.Rules.QuotaProration)
	}
}

func (x *reference) noQuota() bool { return x.quota == nil || x.quota.Sign() <= 0 }

func (x *reference) tiered(credits []sceneCredit, values []*big.Rat) ([]*big.Rat, model.ProblemCode) {
	t := &x.s.Tables[0]
	x.features[string(t.Dimension)]++
	x.features[string(x.s.Component.Mode)]++
	x.features[string(t.Bounds)]++
	if t.Dimension == model.ByAttainment && x.noQuota() {
		return nil, model.ProblemNoQuota
	}
	x.complete(t)
	var lines []*big.Rat
	if x.s.Component.Mode == model.TierRetroactive {
		if len(values) == 0 {
			return nil, ""
		}
		rate := x.lookUp(t)
		if rate == nil {
			return nil, model.ProblemOffTable
		}
		for i := range values {
			lines = append(lines, x.pay(refTimes(values[i], rate), credits[i]))
		}
		return lines, ""
	}
	before := new(big.Rat)
	for i := range values {
		after := new(big.Rat).Add(before, values[i])
		last := x.rows[len(x.rows)-1].to
		if last != nil && after.Cmp(last) > 0 {
			return nil, model.ProblemOffTable
		}
		lines = append(lines, x.pay(new(big.Rat).Sub(x.integral(after), x.integral(before)), credits[i]))
		before = after
	}
	return lines, ""
}

// complete lays out the rows with their gaps filled.
func (x *reference) complete(t *sceneTable) {
	bound := func(text string) *big.Rat {
		if text == "" {
			return nil
		}
		if t.Dimension == model.ByAttainment {
			return refTimes(fraction(text), x.quota)
		}
		return fraction(text)
	}
	x.rows = nil
	for i, row := range t.Rows {
		from, to := bound(row[0]), bound(row[1])
		if i == 0 && from != nil && from.Sign() <= 0 {
			from = nil
		}
		if i == 0 && from != nil {
			x.rows = append(x.rows, referenceRow{nil, from, fraction(t.Default)})
		} else if i > 0 && x.rows[len(x.rows)-1].to.Cmp(from) < 0 {
			x.features["gap"]++
			x.rows = append(x.rows, referenceRow{x.rows[len(x.rows)-1].to, from, fraction(t.Default)})
		}
		x.rows = append(x.rows, referenceRow{from, to, fraction(row[2])})
	}
}

// integral is what a running total from 0 to v earns, negative below 0.
func (x *reference) integral(v *big.Rat) *big.Rat {
	out, zero := new(big.Rat), new(big.Rat)
	low, high := zero, v
	if v.Sign() < 0 {
		low, high = v, zero
	}
	for _, row := range x.rows {
		from, to := low, high
		if row.from != nil && row.from.Cmp(from) > 0 {
			from = row.from
		}
		if row.to != nil && row.to.Cmp(to) < 0 {
			to = row.to
		}
		if from.Cmp(to) < 0 {
			out.Add(out, refTimes(new(big.Rat).Sub(to, from), row.rate))
		}
	}
	if v.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

// lookUp gives the rate that the measure reaches.
func (x *reference) lookUp(t *sceneTable) *big.Rat {
	for _, row := range x.rows {
		above := row.from == nil || x.measure.Cmp(row.from) > 0 || t.Bounds == model.LowerInclusive && x.measure.Cmp(row.from) == 0
		below := row.to == nil || x.measure.Cmp(row.to) < 0 || t.Bounds == model.UpperInclusive && x.measure.Cmp(row.to) == 0
		if above && below {
			return row.rate
		}
	}
	return nil
}

func (x *reference) bonus() ([]*big.Rat, model.ProblemCode) {
	c := x.s.Component
	x.features[string(c.Levels)]++
	if x.noQuota() {
		return nil, model.ProblemNoQuota
	}
	var lines []*big.Rat
	day := min(x.to, date("2026-04-01")) - 1
	if x.held <= 0 {
		day = date("2026-03-31")
	}
	for _, level := range c.Bonus { // ascending, in the generator
		if x.measure.Sign() < 0 || x.measure.Cmp(refTimes(fraction(level[0]), x.quota)) < 0 {
			break
		}
		x.features["level reached"]++
		line := x.payOn(x.share(fraction(level[1]), x.s.Rules.BonusProration), day)
		if c.Levels == model.BonusHighest {
			lines = nil
		}
		lines = append(lines, line)
	}
	return lines, ""
}

func (x *reference) round(lines []*big.Rat, rules model.PlanRules) *big.Rat {
	x.features[string(rules.RoundStage)+" "+string(rules.RoundMode)]++
	scale := 2
	if rules.RoundScale != nil {
		scale = *rules.RoundScale
	}
	total := new(big.Rat)
	for _, line := range lines {
		if rules.RoundStage == model.RoundLine {
			line = ratRound(line, scale, rules.RoundMode)
		}
		total.Add(total, line)
	}
	return ratRound(total, scale, rules.RoundMode)
}

var references = flag.Int("references", 3000, "how many generated companies TestReference compares")

// TestReference compares the engine with the reference on generated plans and
// facts, and counts what they had.
func TestReference(t *testing.T) {
	t.Parallel()
	n := *references
	features := map[string]int{}
	for seed := range uint64(n) {
		s := generated(rand.New(rand.NewPCG(seed, 2026)))
		want, code, some := (&reference{s: &s, features: features}).amount()
		r := s.run(t)
		if !some {
			if len(r.Earnings) > 0 {
				t.Fatalf("seed %d: an earning of nothing", seed)
			}
			features["nothing"]++
			continue
		}
		if len(r.Earnings) != 1 {
			t.Fatalf("seed %d: %d earnings", seed, len(r.Earnings))
		}
		got := r.Earnings[0].Amount.Amount
		if got.Rat().Cmp(want) != 0 {
			t.Fatalf("seed %d: earned %s, the reference says %s", seed, got, want.FloatString(12))
		}
		if (code != "") != (len(r.Problems) == 1) || code != "" && r.Problems[0].Code != code {
			t.Fatalf("seed %d: problems %v, the reference says %q", seed, r.Problems, code)
		}
	}
	for feature, count := range features {
		t.Logf("%6d %s", count, feature)
		if count < n/50 && feature != "nothing" {
			t.Errorf("only %d had %s", count, feature)
		}
	}
}
