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
	day model.Date
}

// step gives the currency step of a day, nil between equal currencies, as one
// pointer per calculation; a pair without any rate by then is a fault.
func (c *calculation) step(from, to model.CurrencyCode, day model.Date) (*fxStep, *fault) {
	if from == to {
		return nil, nil
	}
	key := fxStepKey{fxPair{from, to}, day}
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
	if c.of.steps == nil {
		c.of.steps = map[fxStepKey]*fxStep{}
	}
	c.of.steps[key] = step
	return step, nil
}

// fxDay gives the day whose rate a date rule takes, for what happened on day.
// PERIOD_END is the end of the period, of the type and calendar being
// calculated, that the day lies in: a reversal is converted as its sale was.
func (c *calculation) fxDay(rule model.FXDate, day model.Date) model.Date {
	if rule != model.FXPeriodEnd {
		return day
	}
	if !c.period.Days.Contains(day) {
		for _, p := range c.periodsOf[c.period.CalendarID] {
			if p.Type == c.period.Type && p.Days.Contains(day) {
				return p.Days.Last()
			}
		}
	}
	return c.period.Days.Last()
}
