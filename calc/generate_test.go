package calc

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"pgregory.net/rapid"

	"spm/model"
)

// source is where a generated scene takes its choices from: a seed, or rapid,
// which can then shrink what it drew.
type source interface{ IntN(n int) int }

type rapidSource struct{ t *rapid.T }

func (s rapidSource) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(s.t, "n") }

var _ source = (*rand.Rand)(nil)

// hundredths writes n / 100.
func hundredths(n int) string { return dec(strconv.Itoa(n)).Shift(-2).String() }

func tenThousandths(n int) string { return dec(strconv.Itoa(n)).Shift(-4).String() }

// oneIn answers true once in n times.
func oneIn(r source, n int) bool { return r.IntN(n) == 0 }

func pick[T any](r source, all ...T) T { return all[r.IntN(len(all))] }

// generated makes a company of one payee, position and component, in which
// anything that the engine has may occur.
func generated(r source) scene {
	s := scene{Period: "2026-Q1"}
	if oneIn(r, 3) {
		from := date("2026-01-01").AddDays(r.IntN(60))
		s.Seats = []sceneSeat{{"ana", "north", from, from.AddDays(1 + r.IntN(90))}}
	}
	if oneIn(r, 4) {
		s.Pay = "EUR"
	}
	for _, pair := range [][2]model.CurrencyCode{{"USD", "EUR"}, {"EUR", "USD"}, {"GBP", "USD"}} {
		for i := range 3 {
			s.FX = append(s.FX, sceneFX{pair[0], pair[1], date("2026-01-01").AddDays(30 * i), tenThousandths(5000 + r.IntN(10000))})
		}
	}
	switch r.IntN(8) {
	case 0:
	case 1:
		s.Quota = "0"
	default:
		s.Quota = hundredths(10000 + r.IntN(1000000))
	}
	s.Rules = generatedRules(r)
	s.Measures = []sceneMeasure{{Key: "m", Value: pick(r, model.ValueAmount, model.ValueAmount, model.ValueAmount, model.ValueCount, model.ValueQuantity, model.ValueMargin)}}
	c := sceneComponent{Measure: "m"}
	s.Quotas = nil
	if s.Quota != "" {
		s.Quotas, s.Quota = []sceneQuota{{Position: "north", Measure: "m", Period: s.Period, Amount: s.Quota}}, ""
	}
	switch r.IntN(4) {
	case 0:
		c.Rate = tenThousandths(r.IntN(3000) - 300)
	case 1:
		c.Levels = pick(r, model.BonusHighest, model.BonusEach)
		for i := range 1 + r.IntN(3) {
			c.Bonus = append(c.Bonus, [2]string{hundredths(50*i + r.IntN(50)), hundredths(r.IntN(100000))})
		}
	default:
		c.Table, c.Mode = "t", pick(r, model.TierMarginal, model.TierMarginal, model.TierRetroactive)
		s.Tables = []sceneTable{generatedTable(r)}
	}
	s.Component = &c
	for i := range r.IntN(9) {
		s.Credits = append(s.Credits, generatedCredit(r, i))
	}
	return s
}

func generatedRules(r source) model.PlanRules {
	rules := model.PlanRules{
		RoundStage:     pick(r, model.RoundComponent, model.RoundComponent, model.RoundLine),
		RoundMode:      pick(r, model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn),
		FXCreditToPlan: pick(r, model.FXEvent, model.FXEvent, model.FXPeriodEnd),
		FXPlanToPay:    pick(r, model.FXEvent, model.FXEvent, model.FXPeriodEnd),
		Returns:        pick(r, model.ReturnsNegative, model.ReturnsNegative, model.ReturnsIgnore),
		QuotaProration: pick(r, model.ProrateDays, model.ProrateDays, model.ProrateNone),
		BonusProration: pick(r, model.ProrateDays, model.ProrateNone),
	}
	if oneIn(r, 3) {
		scale := r.IntN(5)
		rules.RoundScale = &scale
	}
	return rules
}

// generatedTable makes a table in order: in hundredths of a quota, or in
// hundreds of money.
func generatedTable(r source) sceneTable {
	t := sceneTable{Key: "t", Dimension: pick(r, model.ByAttainment, model.ByMeasure), Bounds: pick(r, model.LowerInclusive, model.UpperInclusive), Gaps: oneIn(r, 3)}
	if oneIn(r, 2) {
		t.Default = tenThousandths(r.IntN(500))
	}
	bound := func(n int) string {
		if t.Dimension == model.ByAttainment {
			return hundredths(n)
		}
		return strconv.Itoa(10 * n)
	}
	at := pick(r, 0, 0, 0, 30, -20)
	for i := range 1 + r.IntN(4) {
		if t.Gaps && i > 0 {
			at += r.IntN(20)
		}
		row := [3]string{bound(at), "", tenThousandths(r.IntN(2000) - 100)}
		if i == 0 && oneIn(r, 5) {
			row[0] = ""
		}
		at += 1 + r.IntN(60)
		row[1] = bound(at)
		t.Rows = append(t.Rows, row)
	}
	if !oneIn(r, 6) {
		t.Rows[len(t.Rows)-1][1] = ""
	}
	return t
}

func generatedCredit(r source, i int) sceneCredit {
	c := sceneCredit{
		ID:       fmt.Sprintf("T%d", r.IntN(1000)*10+i),
		Date:     date("2026-01-01").AddDays(r.IntN(96) - 3),
		Amount:   hundredths(r.IntN(1000000)),
		Quantity: pick(r, "", "1", "12.5"),
		Margin:   pick(r, "", "33.33", "1000"),
		Currency: pick[model.CurrencyCode](r, "USD", "USD", "GBP"),
		Sequence: int64(r.IntN(2)),
	}
	if oneIn(r, 4) {
		c.Reversal, c.Amount = true, "-"+c.Amount
		if c.Quantity != "" {
			c.Quantity = "-" + c.Quantity
		}
	}
	return c
}
