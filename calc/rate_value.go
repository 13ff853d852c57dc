package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// rateOnValue pays each credit's value x the component's rate.
func (w *worksheet) rateOnValue(s *stage) *fault {
	w.rule(s, Term{Label: "rateKind=" + string(model.RateOnValue), Rate: s.component.flat.rate}, decimal.Zero)
	for _, p := range s.postings {
		if fault := w.line(s, p, s.component.flat); fault != nil {
			return fault
		}
	}
	return nil
}
