package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// limit cuts what the group measures at the component's attainment cap x quota:
// what a credit adds is what it adds to the total up to there, so that a return
// takes first from what was cut.
func (w *worksheet) limit(g *group) *fault {
	share := g.component().AttainmentCap
	if share == nil {
		return nil
	}
	if fault := w.wants(g); fault != nil {
		return fault
	}
	if !fits(*share) || !share.IsPositive() || g.component().RateKind == model.RateObjectives {
		return faultf(model.ProblemNotSupported, "an attainment cap of %s for %s", share, g.component().RateKind)
	}
	limit, so := multiply(*share, *g.quota), g.begun
	for i := range g.stages {
		s := &g.stages[i]
		for j := range s.postings {
			p := &s.postings[j]
			after := so.Add(p.cell.value)
			if counts := upTo(limit, so, after); !counts.Equal(p.cell.value) {
				cut, whole := *p.cell, p.cell.value
				cut.value, cut.uncut = counts, &whole
				cut.settle(w.of.plain)
				p.cell = &cut
			}
			so = after
		}
		s.total = decimal.Min(so, limit)
	}
	whole := g.total
	g.begun = decimal.Min(g.begun, limit)
	g.uncut, g.total = &whole, decimal.Min(whole, limit)
	attainment := divide(g.total, *g.quota)
	g.attainment = &attainment
	return nil
}

// upTo gives what of the way from one total to another lies below a limit.
func upTo(limit, from, to decimal.Decimal) decimal.Decimal {
	return decimal.Min(to, limit).Sub(decimal.Min(from, limit))
}

// measured is what the group measures, uncut.
func (g *group) measured() decimal.Decimal {
	if g.uncut != nil {
		return *g.uncut
	}
	return g.total
}

// cutOff is the label of what a line adds to the measure, of which less counts.
const cutOff = "before the attainment cap"
