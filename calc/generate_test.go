package calc

import (
	"fmt"
	"math/rand/v2"
	"slices"
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

// generated makes a company of one payee and position, whose first component
// may be anything that the engine has. A component "base" may stand beside it.
func generated(r source) scene {
	s := scene{Rules: generatedRules(r), Tables: []sceneTable{}}
	if oneIn(r, 3) {
		from := date("2026-01-01").AddDays(r.IntN(60))
		s.Seats = []sceneSeat{{"ana", "north", from, from.AddDays(1 + r.IntN(90))}}
	}
	if oneIn(r, 4) {
		s.Pay = "EUR"
	}
	generatedStatuses(r, &s)
	if generatedFX(r, &s); oneIn(r, 20) {
		s.Rules.PlanRates = s.Rules.PlanRates[:r.IntN(3)]
	}
	c := sceneComponent{Measure: "m"}
	generatedWindow(r, &s, &c)
	if c.Settlement == model.SettleTrueUp && s.Rules.RoundStage == model.RoundStatement {
		if scale := r.IntN(2); oneIn(r, 3) {
			s.Rules.RoundStage = model.RoundComponent
		} else {
			s.Rules.RoundScale = &scale // else there is seldom anything to round
		}
	}
	generatedMeasures(r, &s, &c)
	generatedTargets(r, &s, &c)
	generatedKind(r, &s, &c)
	if len(c.Goals) == 0 && oneIn(r, 6) {
		c.AttainmentCap = hundredths(1 + r.IntN(pick(r, 50, 150)))
	}
	generatedAdjustments(r, &c)
	generatedLongCap(r, &s, &c)
	generatedEligibility(r, &s, &c)
	generatedDates(r, &c)
	generatedQuotas(r, &s, &c)
	v := sceneVersion{Components: []sceneComponent{c, {Key: "base", Measure: "m", Rate: "0.01"}}}
	generatedParameters(r, &s, &v)
	generatedCaps(r, &v)
	s.Versions = []sceneVersion{v}
	if c.Rate != "" && oneIn(r, 3) {
		cut, second := date("2026-01-02").AddDays(r.IntN(80)), v
		second.Components = slices.Clone(v.Components)
		second.Components[0].Rate = tenThousandths(r.IntN(3000))
		s.Versions[0].To, second.From = &cut, &cut
		s.Versions = append(s.Versions, second)
	}
	for i := range r.IntN(9) {
		s.Credits = append(s.Credits, generatedCredit(r, i))
		if oneIn(r, 4) || c.Mode == model.TierWholeCredit && oneIn(r, 3) {
			generatedReturn(r, &s, i)
		}
	}
	generatedPast(r, &s, &c)
	generatedReturns(r, &s, &c)
	generatedTransfer(r, &s)
	if c.Kind == model.RatePayCurve && !oneIn(r, 3) {
		for i := range s.Credits {
			s.Credits[i].Amount, s.Credits[i].Reversal = dec(s.Credits[i].Amount).Abs().Neg().String(), true
		}
	}
	generatedActivities(r, &s)
	generatedLeaver(r, &s)
	return s
}

// generatedWindow chooses payout period and window: the quarter, a month, a
// month in a quarter's window, or the quarter of its months.
func generatedWindow(r source, s *scene, c *sceneComponent) {
	s.Period, s.Payout = "2026-Q1", model.PeriodQuarter
	switch r.IntN(20) {
	case 12, 13, 14, 15:
		s.Period, s.Payout = pick(r, "2026-01", "2026-02", "2026-03", "2026-03"), model.PeriodMonth
		return
	case 0, 1, 2, 16, 18, 19:
		c.Settlement = model.SettleTrueUp
	case 3:
		c.Settlement = pick(r, model.SettleWindowEnd, "")
	case 4, 5, 17:
		c.Window = model.PeriodMonth
		return
	default:
		return
	}
	s.Period, s.Payout, c.Window = pick(r, "2026-01", "2026-02", "2026-03", "2026-03"), model.PeriodMonth, model.PeriodQuarter
	if c.Settlement == model.SettleTrueUp && !oneIn(r, 3) {
		s.Rules.QuotaBasis = model.QuotaToDate
	}
}

func generatedMeasures(r source, s *scene, c *sceneComponent) {
	s.Measures = []sceneMeasure{
		{Key: "m", Value: pick(r, model.ValueAmount, model.ValueAmount, model.ValueAmount, model.ValueCount, model.ValueQuantity, model.ValueMargin)},
		{Key: "v", Source: model.SourceValues, Aggregation: pick(r, "", model.AggregateSum, model.AggregateAverage, model.AggregateLast)},
	}
	if oneIn(r, 8) {
		c.Measure = "v"
	}
	for i := range r.IntN(6) {
		value := sceneValue{Measure: "v", Date: date("2026-01-01").AddDays(i*17 + r.IntN(17) - 3), Value: hundredths(r.IntN(10000) - 500)}
		if oneIn(r, 3) {
			value.Position = "north"
		}
		s.Values = append(s.Values, value)
	}
	months := []string{"2026-01", "2026-02", "2026-03"}
	for _, measure := range []string{"m", "v"} {
		if oneIn(r, 10) {
			continue
		}
		amount := 10000 + r.IntN(1000000)
		if measure == "v" {
			amount = 100 + r.IntN(30000)
		}
		if oneIn(r, 12) {
			amount = 0
		}
		periods := []string{"2026-Q1"}
		if c.Window == model.PeriodMonth || c.Window == "" && s.Payout == model.PeriodMonth {
			periods = months
		}
		for i, period := range periods {
			if i == 0 || !oneIn(r, 8) {
				s.Quotas = append(s.Quotas, sceneQuota{Position: "north", Measure: measure, Period: period, Amount: hundredths(amount + 1000*i)})
			}
		}
	}
}

// generatedTargets gives the plan with a target incentive, which may change,
// or gives the component its own.
func generatedTargets(r source, s *scene, c *sceneComponent) {
	annual := func() string { return hundredths(r.IntN(5000000)) }
	switch r.IntN(16) {
	case 0, 1, 2:
	case 3, 4:
		c.Target = annual()
	case 5, 6, 7, 8:
		cut := date("2026-01-01").AddDays(5 + r.IntN(80))
		s.Assigned = []sceneAssigned{{Title: "rep", To: &cut, Target: annual()}, {Title: "rep", From: &cut, Target: annual()}}
	default:
		s.Target = annual()
	}
	if c.Target == "" && oneIn(r, 3) {
		c.TargetShare = hundredths(r.IntN(100))
	}
}

func generatedParameters(r source, s *scene, v *sceneVersion) {
	if oneIn(r, 2) {
		v.Parameters = []model.ParameterDeclaration{{Key: "rate", Default: optional("0.0325")}}
	}
	for _, p := range []sceneParameter{{}, {Title: "rep"}, {Position: "north"}, {Payee: "ana"}} {
		if !oneIn(r, 3) {
			continue
		}
		p.Key, p.Value = "rate", tenThousandths(r.IntN(1000))
		cut := date("2026-01-01").AddDays(r.IntN(90))
		switch r.IntN(3) {
		case 0:
			p.From = &cut
		case 1:
			p.To = &cut
		}
		s.Parameters = append(s.Parameters, p)
	}
}

func generatedRules(r source) model.PlanRules {
	rules := model.PlanRules{
		RoundStage:      pick(r, model.RoundComponent, model.RoundComponent, model.RoundLine, model.RoundStatement, model.RoundStatement),
		RoundMode:       pick(r, model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn),
		FXCreditToPlan:  pick(r, model.FXEvent, model.FXEvent, model.FXPeriodEnd, model.FXPayDate, model.FXPlanRate),
		FXPlanToPay:     pick(r, model.FXEvent, model.FXEvent, model.FXPeriodEnd, model.FXPayDate, model.FXPlanRate),
		Returns:         pick(r, model.ReturnsNegative, model.ReturnsNegative, model.ReturnsIgnore),
		QuotaProration:  pick(r, model.ProrateDays, model.ProrateDays, model.ProrateNone),
		TargetProration: pick(r, model.ProrateDays, model.ProrateDays, model.ProrateNone),
		BonusProration:  pick(r, model.ProrateDays, model.ProrateNone),
		CapProration:    pick(r, model.ProrateDays, model.ProrateNone),
		FloorProration:  pick(r, model.ProrateDays, model.ProrateNone),
		Multipliers:     pick(r, model.MultiplyProduct, model.MultiplySum),
	}
	if oneIn(r, 3) {
		scale := r.IntN(5)
		if rules.RoundStage == model.RoundStatement {
			scale /= 2 // else there is seldom anything to round
		}
		rules.RoundScale = &scale
	}
	return rules
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
		Order:    pick(r, "", "A", "B"),
		Product:  pick(r, "", "p1", "p1", "p1", "p2", "nothing"),
	}
	if oneIn(r, 8) {
		c.Reversal, c.Amount = true, "-"+c.Amount
		if c.Quantity != "" {
			c.Quantity = "-" + c.Quantity
		}
	}
	return c
}

// generatedReturn takes back a part, all or more of the last sale.
func generatedReturn(r source, s *scene, i int) {
	c := s.Credits[len(s.Credits)-1]
	if c.Reversal {
		return
	}
	sale := c.Date
	part := pick(r, "1", "1", "0.5", "0.3333", "1.2")
	negative := func(text string) string {
		if text == "" {
			return ""
		}
		return dec(text).Mul(dec(part)).Neg().String()
	}
	c.Of, c.ID, c.Reversal, c.FXDate = c.ID, fmt.Sprintf("R%d%d", r.IntN(1000), i), true, &sale
	c.Date = c.Date.AddDays(r.IntN(40))
	c.Amount, c.Quantity, c.Margin = negative(c.Amount), negative(c.Quantity), negative(c.Margin)
	s.Credits = append(s.Credits, c)
	if oneIn(r, 3) {
		c.ID += "+"
		c.Date = c.Date.AddDays(r.IntN(10))
		s.Credits = append(s.Credits, c)
	}
}
