package calc

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// fxPair is a direction of conversion; its inverse is another pair.
type fxPair struct{ from, to model.CurrencyCode }

// fxTable holds the rates of each pair by date. It neither inverts a rate nor
// goes through a third currency.
type fxTable map[fxPair][]fxPoint

type fxPoint struct {
	date model.Date
	rate decimal.Decimal
}

// newFXTable indexes rates; two of one pair and day, and one that is not above
// 0, are errors.
func newFXTable(rates []model.FXRate) (fxTable, error) {
	table := fxTable{}
	for i := range rates {
		r := &rates[i]
		if !r.Rate.IsPositive() || !fits(r.Rate) {
			return nil, fmt.Errorf("the rate from %s to %s on %s is not a rate", r.From, r.To, r.Date)
		}
		pair := fxPair{r.From, r.To}
		table[pair] = append(table[pair], fxPoint{r.Date, r.Rate})
	}
	for pair, points := range table {
		slices.SortFunc(points, func(a, b fxPoint) int { return cmp.Compare(a.date, b.date) })
		for i := 1; i < len(points); i++ {
			if points[i].date == points[i-1].date {
				return nil, fmt.Errorf("there are two rates from %s to %s on %s", pair.from, pair.to, points[i].date)
			}
		}
	}
	return table, nil
}

// latest gives the last rate at or before the day.
func (t fxTable) latest(pair fxPair, day model.Date) (fxPoint, bool) {
	points := t[pair]
	after, _ := slices.BinarySearchFunc(points, day, func(p fxPoint, d model.Date) int {
		if p.date <= d {
			return -1
		}
		return 1
	})
	if after == 0 {
		return fxPoint{}, false
	}
	return points[after-1], true
}

// fxStep is a currency step: a rate, and whether it stands in for that of
// another day.
type fxStep struct {
	label       string // such as "EUR>USD 2026-01-15"
	rate        decimal.Decimal
	provisional bool
}

type fxStepKey struct {
	fxPair
	day    model.Date
	stated *version // that states the rate, whatever the day; nil: the table does
}

// convert gives the step of a version by its date rule, for what happened on
// day: the table's rate, or the version's own.
func (c *calculation) convert(v *version, rule model.FXDate, from, to model.CurrencyCode, day model.Date) (*fxStep, *fault) {
	if rule == model.FXPlanRate && from != to {
		return c.stated(v, fxPair{from, to})
	}
	return c.step(from, to, c.fxDay(rule, day))
}

// stated gives the step by the rate that a version states.
func (c *calculation) stated(v *version, pair fxPair) (*fxStep, *fault) {
	key := fxStepKey{fxPair: pair, stated: v}
	if step, known := c.of.steps[key]; known {
		return step, nil
	}
	i := slices.IndexFunc(v.rules.PlanRates, func(r model.PlanRate) bool { return r.FromCurrency == pair.from && r.ToCurrency == pair.to })
	if i < 0 {
		return nil, faultf(model.ProblemNoFXRate, "version %d of the plan %s states no rate from %s to %s", v.Number, v.plan.ExternalID, pair.from, pair.to)
	}
	rate := v.rules.PlanRates[i].Rate
	if !rate.IsPositive() || !fits(rate) {
		return nil, faultf(model.ProblemNoFXRate, "what version %d of the plan %s states from %s to %s is not a rate", v.Number, v.plan.ExternalID, pair.from, pair.to)
	}
	return c.keep(key, &fxStep{label: fmt.Sprintf("%s>%s plan rate of %s version %d", pair.from, pair.to, v.plan.ExternalID, v.Number), rate: rate}), nil
}

// keep notes a step, so that it is one pointer.
func (c *calculation) keep(key fxStepKey, step *fxStep) *fxStep {
	if c.of.steps == nil {
		c.of.steps = map[fxStepKey]*fxStep{}
	}
	c.of.steps[key] = step
	return step
}

// step gives the currency step of a day, nil between equal currencies, as one
// pointer per calculation; a pair without any rate by then is a fault.
func (c *calculation) step(from, to model.CurrencyCode, day model.Date) (*fxStep, *fault) {
	if from == to {
		return nil, nil
	}
	key := fxStepKey{fxPair: fxPair{from, to}, day: day}
	if step, known := c.of.steps[key]; known {
		return step, nil
	}
	point, found := c.fx.latest(key.fxPair, day)
	if !found {
		return nil, faultf(model.ProblemNoFXRate, "no rate from %s to %s on or before %s", from, to, day)
	}
	step := &fxStep{label: fmt.Sprintf("%s>%s %s", from, to, point.date), rate: point.rate}
	if point.date != day {
		step.provisional = true
		step.label += fmt.Sprintf(" provisional for %s", day)
	}
	return c.keep(key, step), nil
}

// fxDay gives the day whose rate a date rule takes, for what happened on day.
// PERIOD_END is the last day, and PAY_DATE the pay date, of the period, of the
// type and calendar being calculated, that the day lies in: a reversal is
// converted as its sale was.
func (c *calculation) fxDay(rule model.FXDate, day model.Date) model.Date {
	if !byPeriod(rule) {
		return day
	}
	p := c.period
	if !p.Days.Contains(day) {
		all := c.periodsOf[p.CalendarID]
		if i := slices.IndexFunc(all, func(q *model.Period) bool { return q.Type == p.Type && q.Days.Contains(day) }); i >= 0 {
			p = all[i]
		}
	}
	if rule == model.FXPayDate {
		return p.PayDate()
	}
	return p.Days.Last()
}

// byPeriod tells whether a rule's day depends on the payout period.
func byPeriod(rule model.FXDate) bool {
	return rule == model.FXPeriodEnd || rule == model.FXPayDate
}
