package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// rateOnValue pays each credit's value x the component's rate: a fraction, or
// money per unit. A return is paid by the version in force on its own date; in
// a rate per unit by that of its sale.
func (w *worksheet) rateOnValue(s *stage) *fault {
	w.rule(s, Term{Label: "rateKind=" + string(s.component.RateKind), Rate: s.component.flat.rate}, decimal.Zero)
	if s.component.RateKind != model.RateUnit {
		return w.lines(s, s.postings, s.component.flat)
	}
	for _, p := range s.postings {
		t := s.component.flat
		if p.fact.Reversal && p.cell.value.IsNegative() {
			t = w.flatOn(p.fact.Credit.FXDate, t)
		}
		if fault := w.line(s, p, t); fault != nil {
			return fault
		}
	}
	return nil
}

// flatOn gives the component's rate on the day of a sale, or else the one at
// hand.
func (w *worksheet) flatOn(day model.Date, now *tier) *tier {
	v := w.course.plan.on(day)
	if v == nil {
		return now
	}
	for _, c := range v.components {
		if c.Key == w.course.key && c.RateKind == model.RateUnit && c.version.Currency == w.span.legs[0].component.version.Currency {
			return c.flat
		}
	}
	return now
}
