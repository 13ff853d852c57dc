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
	w.noteReads(w.rule(s, Term{Label: "rateKind=" + string(model.RateFormula)}, s.total), s.component.Formula, row.reads)
	return w.result(g, s, Term{Label: "formula"}, quantise(money))
}
