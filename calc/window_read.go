package calc

import (
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Error makes a fault an error, for expressions that meet one.
func (f *fault) Error() string { return f.detail }

// measureByKey gives a measure that can be calculated.
func (w *worksheet) measureByKey(key string) (*measure, error) {
	m := w.measureKeys[key]
	switch {
	case m == nil:
		return nil, fmt.Errorf("there is no measure %s", key)
	case m.fault != nil:
		return nil, fmt.Errorf("measure %s: %s", key, m.fault.detail)
	}
	return m, nil
}

// allOf gives what a measure counts for the position on the days of the window
// so far, in the currency of the group's plan.
func (w *worksheet) allOf(g *group, m *measure) ([]posting, *fault) {
	var out []posting
	legs := before(w.span.legs, w.until)
	if m.Source == model.SourceValues {
		for _, l := range legs {
			out = append(out, w.valuesOf(m, l)...)
		}
		return m.aggregate(out), nil
	}
	v := g.component().version
	col := w.column(v.columnFor(m, w.everything))
	for i, f := range w.facts {
		j := slices.IndexFunc(legs, func(l leg) bool { return l.days.Contains(f.Credit.Date) })
		if j < 0 || !f.Reversal && !legs[j].accrues || f.Reversal && (v.rules.Returns != model.ReturnsNegative || w.ofNoSale(f, legs[j].component)) {
			continue
		}
		switch cell := w.at(col, i); cell.state {
		case cellFaulty:
			return nil, &fault{cell.fault.code, fmt.Sprintf("measure %s: %s", m.Key, cell.fault.detail)}
		case cellCounts:
			out = append(out, posting{f, cell})
		}
	}
	return out, nil
}

// measureNamed gives what a measure comes to for the position in the window.
func (w *worksheet) measureNamed(g *group, key string) (*decimal.Decimal, error) {
	m, err := w.measureByKey(key)
	if err != nil {
		return nil, err
	}
	all, fault := w.allOf(g, m)
	if fault != nil {
		return nil, errors.New(fault.detail)
	}
	sum := totalOf(all)
	if !fits(sum) {
		return nil, fmt.Errorf("the measure %s is out of bounds", key)
	}
	return &sum, nil
}

// quotaNamed gives the position's quota of a measure, prorated.
func (w *worksheet) quotaNamed(g *group, key string) (*decimal.Decimal, error) {
	m := w.measureKeys[key]
	if m == nil {
		return nil, fmt.Errorf("there is no measure %s", key)
	}
	quota := w.reckonQuota(g, m.ID)
	switch {
	case quota == nil:
		return nil, fmt.Errorf("there is no quota of %s", key)
	case !quota.fits():
		return nil, fmt.Errorf("the quota of %s is out of bounds", key)
	}
	return &quota.after, nil
}

func (w *worksheet) attainmentNamed(g *group, key string) (*decimal.Decimal, error) {
	total, err := w.measureNamed(g, key)
	if err != nil {
		return nil, err
	}
	quota, err := w.quotaNamed(g, key)
	if err != nil {
		return nil, err
	}
	if !quota.IsPositive() {
		return nil, fmt.Errorf("the quota of %s is %s", key, quota)
	}
	attainment := divide(*total, *quota)
	return &attainment, nil
}

// earningNamed gives what another component of the plan earns the position in
// the period.
func (w *worksheet) earningNamed(g *group, key string) (*decimal.Decimal, error) {
	if err := w.readsEarnings(g, key); err != nil {
		return nil, err
	}
	i := w.courseNamed(w.course, key)
	if i < 0 {
		return &decimal.Zero, nil // it pays nothing in this period
	}
	r := w.outcome(i)
	switch {
	case r.fault != nil && w.run.circular():
		return nil, w.depends(faultf(model.ProblemCycle, "it depends on itself through %s", key))
	case r.fault != nil:
		return nil, w.depends(&fault{model.ProblemDependsOn, fmt.Sprintf("the component %s has a problem: %s", key, r.fault.code)})
	case r.earning == nil:
		return &decimal.Zero, nil
	}
	return &r.earning.Amount.Amount, nil
}

// depends keeps the fault that an expression met elsewhere, which is the
// component's instead of one of the expression.
func (w *worksheet) depends(f *fault) error {
	w.dependency = f
	return f
}

// misread is the fault of an expression over the window that failed: that of
// another component where it met one.
func (w *worksheet) misread(what string, err error) *fault {
	if f := w.dependency; f != nil {
		w.dependency = nil
		return f
	}
	return faultf(model.ProblemExpression, "%s: %v", what, err)
}

// parameterNamed gives the value of a parameter of the plan on the assignment's
// last day in the group: the most specific one.
func (w *worksheet) parameterNamed(g *group, key string) (*decimal.Decimal, error) {
	day, position := g.last(), w.course.position
	holders := []model.ID{w.payee.id, position.id}
	if slice := position.on(day); slice != nil && slice.TitleID != nil {
		holders = append(holders, *slice.TitleID)
	}
	return w.parameterOf(g.component().version, holders, key, day)
}

// parameterOf gives the value of a parameter on a day: that of the first of the
// holders which has one, or else the plan's own.
func (w *worksheet) parameterOf(v *version, holders []model.ID, key string, day model.Date) (*decimal.Decimal, error) {
	for _, holder := range append(holders, model.ID{}) {
		for _, p := range w.parameters[parameterKey{v.plan.ID, holder, key}] {
			if p.Days.Contains(day) {
				return &p.Value, nil
			}
		}
	}
	for i := range v.Parameters {
		if p := &v.Parameters[i]; p.Key == key {
			if p.Default != nil {
				return p.Default, nil
			}
			return nil, fmt.Errorf("the parameter %s has no value on %s", key, day)
		}
	}
	return nil, fmt.Errorf("the plan version declares no parameter %s", key)
}

// lookupNamed looks a number up in a rate table of one dimension, by its bounds
// as they stand.
func (w *worksheet) lookupNamed(g *group, key string, value decimal.Decimal) (*decimal.Decimal, error) {
	return w.lookupOn(g.last(), key, value)
}

func (w *worksheet) lookupOn(day model.Date, key string, value decimal.Decimal) (*decimal.Decimal, error) {
	table := w.tableKeys[key]
	if table == nil {
		return nil, fmt.Errorf("there is no rate table %s", key)
	}
	v, fault := table.on(day)
	switch {
	case fault != nil:
		return nil, errors.New(fault.detail)
	case v.Matrix():
		return nil, fmt.Errorf("the rate table %s has several dimensions", key)
	}
	f := v.climb(nil, nil).find(value)
	if f == nil {
		return nil, errors.New(w.off(v, value).detail)
	}
	return f.rate, nil
}
