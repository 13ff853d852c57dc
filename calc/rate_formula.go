package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// formula pays what an expression over the window comes to, in plan currency.
// What it reads is noted, so that it can be worked out again.
func (w *worksheet) formula(g *group, s *stage) *fault {
	row := w.windowRow(g)
	row.reads = &reads{numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
	money, err := s.component.formula.Decimal(row)
	if err != nil {
		return w.misread("formula", err)
	}
	rule := w.rule(s, Term{Label: "rateKind=" + string(model.RateFormula)}, s.total)
	w.trace.node(NodeRule, rule, w.trace.text("%s", s.component.Formula), decimal.Zero)
	for _, label := range row.reads.labels {
		value, read := row.reads.numbers[label]
		switch {
		case !read:
			w.trace.node(NodeInput, rule, w.trace.text("%s: %s", label, row.reads.texts[label]), decimal.Zero)
		case value == nil:
			w.trace.node(NodeInput, rule, w.trace.text("%s: nil", label), decimal.Zero)
		default:
			w.trace.node(NodeInput, rule, w.trace.text("%s", label), *value)
		}
	}
	return w.result(g, s, Term{Label: "formula"}, quantise(money))
}
