package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// value works out the fund, rounded as the plan rounds. One below zero is 0.
func (p *pool) value(c *component) *fault {
	row := p.row(c)
	row.reads = &reads{numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
	p.text, p.reads = c.Fund, row.reads
	money, err := c.fund.Decimal(row)
	first := p.members[0].sheet
	if err != nil {
		return first.misread("fund", err)
	}
	p.policy = roundingOf(c.version.rules, c.version.Currency)
	if p.fund = decimal.Max(p.policy.round(money), decimal.Zero); !fits(p.fund) {
		return faultf(model.ProblemOverflow, "the fund is out of bounds")
	}
	return nil
}

// row lays the team's window out for the fund: what is measured and the quotas
// of all members together.
func (p *pool) row(c *component) *WindowRow {
	first := p.members[0].sheet
	day := model.MinDate
	for _, m := range p.members {
		day = max(day, m.group.last())
	}
	row := &WindowRow{
		Window: first.span.window.Days, Day: day, DaysHeld: first.span.window.Days.Days(),
		MeasureOf:    p.measureNamed,
		QuotaOf:      p.quotaNamed,
		AttainmentOf: p.attainmentNamed,
		Target:       func() (*decimal.Decimal, error) { return nil, nil },
		EarningOf: func(string) (*decimal.Decimal, error) {
			return nil, first.depends(&fault{model.ProblemNotSupported, "a fund cannot read the earnings of a member"})
		},
		Parameter: func(key string) (*decimal.Decimal, error) { return first.parameterOf(c.version, nil, key, day) },
		Lookup: func(key string, value decimal.Decimal) (*decimal.Decimal, error) {
			return first.lookupOn(day, key, value)
		},
		hierarchy: first.hierarchy,
	}
	row.Measure, row.Quota = p.total(c), p.quota()
	if row.Quota != nil && row.Quota.IsPositive() {
		attainment := divide(row.Measure, *row.Quota)
		row.Attainment = &attainment
	}
	return row
}

// total is what all members measure: credits and the members' own values, or
// else the company's values once.
func (p *pool) total(c *component) decimal.Decimal {
	if c.measure.Source == model.SourceValues {
		return p.values(c.measure)
	}
	total := decimal.Zero
	for _, m := range p.members {
		total = total.Add(m.group.total)
	}
	return total
}

// quota sums the members' quotas; nil where none has one.
func (p *pool) quota() *decimal.Decimal {
	var total *decimal.Decimal
	for _, m := range p.members {
		if m.group.quota != nil {
			sum := orZero(total).Add(*m.group.quota)
			total = &sum
		}
	}
	return total
}

// values aggregates a measure of values over the team.
func (p *pool) values(of *measure) decimal.Decimal {
	var all []posting
	company := valueKey{measure: of.ID}
	for _, m := range p.members {
		w := m.sheet
		if !w.ownValues(of) {
			continue
		}
		for _, l := range m.group.legs {
			all = append(all, w.valuesOf(of, l)...)
		}
	}
	if len(all) == 0 {
		w := p.members[0].sheet
		all = w.valuesIn(company, model.Interval{From: w.span.window.Days.From, To: min(w.until, w.span.window.Days.To)})
	}
	slices.SortStableFunc(all, func(a, b posting) int { return int(a.fact.Credit.Date) - int(b.fact.Credit.Date) })
	return totalOf(of.aggregate(all))
}

func (p *pool) measureNamed(key string) (*decimal.Decimal, error) {
	of, err := p.members[0].sheet.measureByKey(key)
	if err != nil {
		return nil, err
	}
	if of.Source == model.SourceValues {
		total := p.values(of)
		return &total, nil
	}
	total := decimal.Zero
	for _, m := range p.members {
		part, err := m.sheet.measureNamed(m.group, key)
		if err != nil {
			return nil, err
		}
		total = total.Add(*part)
	}
	return &total, nil
}

func (p *pool) quotaNamed(key string) (*decimal.Decimal, error) {
	var total *decimal.Decimal
	for _, m := range p.members {
		if part, err := m.sheet.quotaNamed(m.group, key); err == nil {
			sum := orZero(total).Add(*part)
			total = &sum
		}
	}
	if total == nil {
		return nil, fmt.Errorf("no member has a quota of %s", key)
	}
	return total, nil
}

func (p *pool) attainmentNamed(key string) (*decimal.Decimal, error) {
	total, err := p.measureNamed(key)
	if err != nil {
		return nil, err
	}
	quota, err := p.quotaNamed(key)
	if err != nil {
		return nil, err
	}
	if !quota.IsPositive() {
		return nil, fmt.Errorf("the quota of %s is %s", key, quota)
	}
	attainment := divide(*total, *quota)
	return &attainment, nil
}
