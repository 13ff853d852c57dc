package calc

import (
	"github.com/shopspring/decimal"
)

// rateOnValue pays each credit's value x the component's rate: a fraction, or
// money per unit. A return is paid by the version in force on its own date; in
// a rate per unit by that of its sale.
func (w *worksheet) rateOnValue(s *stage) *fault {
	w.rule(s, Term{Label: "rateKind=" + string(s.component.RateKind), Rate: s.component.flat.rate}, decimal.Zero)
	for _, p := range s.postings {
		if fault := w.line(s, p, s.component.flat); fault != nil {
			return fault
		}
	}
	return nil
}
