package calc

import "github.com/shopspring/decimal"

// payRates checks the steps to pay currency: of one pair and day, or of one
// version's own, there is one rate.
func (v *verifier) payRates() {
	for i := range v.t.Terms {
		if term := &v.t.Terms[i]; term.FX != nil {
			v.oneRate(0, term.Step, term.FX)
		}
	}
}

// oneRate checks the rate of a step against those before with its label.
func (v *verifier) oneRate(node int, label string, rate *decimal.Decimal) {
	if rate == nil {
		return
	}
	if before, known := v.steps[label]; known {
		v.same(node, "rate of "+label, *rate, before)
		return
	}
	if v.steps == nil {
		v.steps = map[string]decimal.Decimal{}
	}
	v.steps[label] = *rate
}
