package calc

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// seeded makes companies of all kinds, one a seed, until so many have been
// wanted.
func seeded(stream uint64, n int, want func(*rand.Rand, *scene) bool, check func(seed uint64, s *scene)) {
	for seed := uint64(0); n > 0; seed++ {
		random := rand.New(rand.NewPCG(seed, stream))
		s := generated(random)
		if want(random, &s) {
			check(seed, &s)
			n--
		}
	}
}

func anyScene(*rand.Rand, *scene) bool { return true }

// inBatches gives facts as several imports could have left them: in batches of
// another order, with other ids.
func inBatches(random *rand.Rand, facts []CreditFact) []CreditFact {
	batches := make([][]CreditFact, 1+random.IntN(4))
	for _, f := range facts {
		i := random.IntN(len(batches))
		batches[i] = append(batches[i], f)
	}
	random.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	out := slices.Concat(batches...)
	for i := range out {
		out[i].Credit.ID = model.IntID(model.KindCredit, int64(1000+i))
	}
	return out
}

// TestAnyOrder: in whatever order and batches the facts of a company of any
// kind come, and however the book lies, the bytes are equal, and so they are
// the second time.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 14))
	seeded(77, 1000, anyScene, func(seed uint64, s *scene) {
		payee, period := keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, s.period())
		want := bytesOf(s.run(t))
		e, other := engineOf(t, s.book()), engineOf(t, shuffled(s.book(), random))
		for range 2 {
			facts := inBatches(random, s.facts())
			if !bytes.Equal(bytesOf(e.Begin(everybody(facts)).Calculate(payee, period, facts)), want) {
				t.Fatalf("seed %d: other bytes", seed)
			}
			if !bytes.Equal(bytesOf(other.Begin(everybody(facts)).Calculate(payee, period, facts)), want) {
				t.Fatalf("seed %d: other bytes of a shuffled book", seed)
			}
		}
	})
}

// TestScalingOfAllKinds: amounts, bounds, quotas, money and targets times a
// power of ten earn that many times as much. A quotient has 16 decimals, of the
// larger numbers finer ones: where all is rounded up or down, that may be the
// last unit.
func TestScalingOfAllKinds(t *testing.T) {
	t.Parallel()
	earned := 0
	seeded(99, 1000, scalable, func(seed uint64, s *scene) {
		power := 1 + int(seed%5)
		scale := 6
		s.Rules.RoundScale = &scale
		less := scale - power
		scaled := s.times(int32(power))
		scaled.Rules.RoundScale = &less
		small, large := earningNamed(s.run(t), "commission"), earningNamed(scaled.run(t), "commission")
		if (small == nil) != (large == nil) {
			t.Fatalf("seed %d: one of them earns nothing", seed)
		}
		var leeway decimal.Decimal
		if mode := s.Rules.RoundMode; mode == model.RoundUp || mode == model.RoundDn {
			leeway = decimal.New(1, -int32(less))
		}
		if small != nil && small.Amount.Amount.Shift(int32(power)).Sub(large.Amount.Amount).Abs().GreaterThan(leeway) {
			t.Errorf("seed %d: %s becomes %s", seed, small.Amount.Amount, large.Amount.Amount)
		}
		if small != nil && !small.Amount.Amount.IsZero() {
			earned++
		}
	})
	if earned < 300 {
		t.Errorf("only %d earned something", earned)
	}
}

// scalable tells whether nothing of the scene compares with, or pays by, a
// number that stands in an expression or counts credits.
func scalable(_ *rand.Rand, s *scene) bool {
	c := &s.Versions[0].Components[0]
	if s.ofActivities() || c.Formula != "" || s.Measures[0].Value == model.ValueCount || len(s.Versions) > 1 || len(c.Goals) > 0 && c.Goals[1].Table == "" {
		return false
	}
	if c.LookedUpBy != "" && (s.Measures[2].Value == model.ValueCount || strings.ContainsAny(s.Measures[2].Condition+c.Condition, "123456789")) {
		return false
	}
	for i := range c.Adjustments {
		if strings.ContainsAny(strings.ReplaceAll(strings.ReplaceAll(c.Adjustments[i].Condition, "25", ""), "0.5", ""), "123456789") {
			return false
		}
	}
	return !slices.ContainsFunc(s.Tables, func(t sceneTable) bool { return strings.Contains(t.Expression, "500") })
}

// times is the scene with its money and units 10^power times as large.
func (s *scene) times(power int32) scene {
	by := func(text string) string {
		if text == "" {
			return ""
		}
		return dec(text).Shift(power).String()
	}
	out := *s
	out.Target, out.Tables, out.Credits, out.Quotas = by(s.Target), nil, slices.Clone(s.Credits), slices.Clone(s.Quotas)
	out.Values, out.Assigned = slices.Clone(s.Values), slices.Clone(s.Assigned)
	for i := range out.Credits {
		c := &out.Credits[i]
		c.Amount, c.Margin, c.Quantity = by(c.Amount), by(c.Margin), by(c.Quantity)
	}
	for i := range out.Quotas {
		out.Quotas[i].Amount = by(out.Quotas[i].Amount)
	}
	for i := range out.Values {
		out.Values[i].Value = by(out.Values[i].Value)
	}
	for i := range out.Assigned {
		out.Assigned[i].Target = by(out.Assigned[i].Target)
	}
	for _, t := range s.Tables {
		out.Tables = append(out.Tables, t.times(by))
	}
	v := s.Versions[0]
	v.Components = slices.Clone(v.Components)
	v.Components[0] = v.Components[0].times(by)
	v.Caps = slices.Clone(v.Caps)
	for i := range v.Caps {
		v.Caps[i].Amount = v.Caps[i].Amount.Shift(power)
	}
	out.Versions = []sceneVersion{v}
	return out
}

func (t sceneTable) times(by func(string) string) sceneTable {
	money := t.Cell == model.CellMoney
	t.Rows, t.Matrix = slices.Clone(t.Rows), slices.Clone(t.Matrix)
	if money {
		t.Default = by(t.Default)
	}
	for i := range t.Rows {
		row := &t.Rows[i]
		if t.Dimension != model.ByAttainment {
			row[0], row[1] = by(row[0]), by(row[1])
		}
		if money {
			row[2] = by(row[2])
		}
	}
	for i := range t.Matrix {
		row := &t.Matrix[i]
		row.Keys = slices.Clone(row.Keys)
		if key := &row.Keys[0]; !strings.Contains(t.Dimensions[0].Expression, "attainment") {
			if key.From != nil {
				key.From = optional(by(key.From.String()))
			}
			if key.To != nil {
				key.To = optional(by(key.To.String()))
			}
		}
		if money {
			row.Cell = dec(by(row.Cell.String()))
		}
	}
	return t
}

func (c sceneComponent) times(by func(string) string) sceneComponent {
	c.Target, c.Bonus, c.Adjustments = by(c.Target), slices.Clone(c.Bonus), slices.Clone(c.Adjustments)
	if c.Kind == model.RatePerEvent {
		c.Rate = by(c.Rate)
	}
	for i := range c.Bonus {
		c.Bonus[i][1] = by(c.Bonus[i][1])
	}
	for i := range c.Adjustments {
		if a := &c.Adjustments[i]; a.Amount != nil {
			a.Amount = optional(by(a.Amount.String()))
		}
	}
	return c
}

// TestMarginalNeverFallsOfAllKinds: with rates of at least 0, in one currency of
// pay, rounded once and without adjustments and caps, one more credit lowers nothing,
// whatever the totals run over.
func TestMarginalNeverFallsOfAllKinds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(8, 8))
	paid := 0
	seeded(55, 500, rising, func(seed uint64, s *scene) {
		more := *s
		more.Credits = append(slices.Clone(s.Credits), sceneCredit{
			ID: fmt.Sprint("more", seed), Date: date("2026-01-01").AddDays(random.IntN(90)),
			Amount: hundredths(random.IntN(1000000)), Quantity: "3", Margin: hundredths(random.IntN(100000)),
		})
		before, after := earningNamed(s.run(t), "commission"), earningNamed(more.run(t), "commission")
		if before == nil {
			return
		}
		if after == nil || after.Amount.Amount.LessThan(before.Amount.Amount) {
			t.Errorf("seed %d: one more, and it falls below %s", seed, before.Amount.Amount)
		}
		if after != nil && after.Amount.Amount.GreaterThan(before.Amount.Amount) {
			paid++
		}
	})
	if paid < 100 {
		t.Errorf("only %d credits more were paid", paid)
	}
}

// rising makes a scene with marginal tiers one whose earning cannot fall.
func rising(_ *rand.Rand, s *scene) bool {
	c := &s.Versions[0].Components[0]
	if c.Mode != model.TierMarginal || c.Settlement != "" || c.Measure == "v" || c.LookedUpBy != "" {
		return false
	}
	c.Adjustments, s.Pay, s.Rules.RoundStage = nil, "", model.RoundComponent
	c.AttainmentCap, s.Versions[0].Caps = "", nil
	rows := s.Tables[0].Rows
	for i := range rows {
		rows[i][2] = dec(rows[i][2]).Abs().String()
	}
	rows[len(rows)-1][1] = ""
	return true
}
