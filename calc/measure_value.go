package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// valueKey finds the values of a measure: of a position, or of the company
// where that is zero.
type valueKey struct{ measure, position model.ID }

func (x *index) addValues(book *Book) error {
	x.values = map[valueKey][]*model.MeasureValue{}
	for i := range book.Values {
		v := &book.Values[i]
		key := valueKey{measure: v.MeasureID}
		if v.PositionID != nil {
			key.position = *v.PositionID
		}
		x.values[key] = append(x.values[key], v)
	}
	for _, all := range x.values {
		slices.SortFunc(all, func(a, b *model.MeasureValue) int { return int(a.Date) - int(b.Date) })
	}
	return nil
}

// valuesOf gives the values of a measure on the days of a leg that accrue, each as a
// posting without a credit: the position's own or, where it has none in the
// window so far, the company's.
func (w *worksheet) valuesOf(m *measure, l leg) []posting {
	if !l.accrues {
		return nil
	}
	key := valueKey{measure: m.ID}
	if w.ownValues(m) {
		key.position = w.course.position.id
	}
	return w.valuesIn(key, l.days)
}

// ownValues tells whether the position has values of its own in the window so
// far.
func (w *worksheet) ownValues(m *measure) bool {
	return slices.ContainsFunc(w.values[valueKey{m.ID, w.course.position.id}], func(v *model.MeasureValue) bool {
		return v.Date < w.until && w.span.window.Days.Contains(v.Date)
	})
}

// valuesIn gives values on days, each as a posting without a credit.
func (x *index) valuesIn(key valueKey, days model.Interval) []posting {
	var out []posting
	for _, v := range x.values[key] {
		if days.Contains(v.Date) {
			out = append(out, posting{&CreditFact{Credit: model.Credit{Date: v.Date, FXDate: v.Date}}, &cell{state: cellCounts, value: v.Value}})
		}
	}
	return out
}

// aggregate aggregates the values of the stages. Those that do not sum are one
// number of all stages together, which stands in the last that has any.
func aggregate(stages []stage) {
	for i := range stages {
		s := &stages[i]
		m := s.component.measure
		if m.sums() || len(s.postings) == 0 {
			continue
		}
		later := slices.IndexFunc(stages[i+1:], func(t stage) bool { return t.component.measure.ID == m.ID && len(t.postings) > 0 })
		if later < 0 {
			s.postings = m.aggregate(s.postings)
			continue
		}
		to := &stages[i+1+later]
		to.postings, s.postings = append(s.postings, to.postings...), nil
	}
}

// sums tells whether what counts for the measure is added up.
func (m *measure) sums() bool {
	return m.Source != model.SourceValues || m.Aggregation == "" || m.Aggregation == model.AggregateSum
}

// aggregate makes one posting, dated as the last, of values that do not sum.
func (m *measure) aggregate(all []posting) []posting {
	if m.sums() || len(all) == 0 {
		return all
	}
	last := all[len(all)-1]
	if m.Aggregation == model.AggregateAverage {
		total := decimal.Zero
		for _, p := range all {
			total = total.Add(p.cell.value)
		}
		last.cell = &cell{state: cellCounts, value: divide(total, decimal.New(int64(len(all)), 0))}
	}
	return []posting{last}
}
