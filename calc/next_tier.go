package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// nextTier gives the first tier above what the component's table is looked up
// by at the end of the days that count: nil where no tier above pays, and where
// the table is not one of steps over an attainment or a measure.
func (w *worksheet) nextTier(g *group) *model.NextTier {
	s := &g.stages[len(g.stages)-1]
	c := s.component
	if c.RateKind != model.RateTiered || c.table == nil || c.runsAlone() || c.Accumulate == model.OverPeriod {
		return nil
	}
	table, fault := c.table.on(s.last())
	if fault != nil || table.Matrix() || table.Linear() || table.Dimension == model.ByExpression {
		return nil
	}
	quota := w.quotaLookedUp(g)
	if table.Dimension == model.ByAttainment && (quota == nil || !quota.IsPositive()) {
		return nil
	}
	factor := decimal.NewFromInt(1)
	if table.CellKind == model.CellTargetRate {
		if g.target == nil || !g.own.IsPositive() {
			return nil
		}
		factor = divide(*g.target, g.own)
	}
	value := w.lookedUpTotal(s)
	l := table.climb(quota, nil)
	for _, t := range l.tiers {
		if t.from == nil || t.rate.IsZero() {
			continue
		}
		at := l.laid(*t.from)
		if ahead := at.Cmp(value); ahead > 0 || ahead == 0 && table.Bounds == model.UpperInclusive {
			return &model.NextTier{Threshold: *t.from, Rate: t.rate.Mul(factor), Needed: at.Sub(value)}
		}
	}
	return nil
}

// attains gives the measure whose whole total towards its quota the group has:
// nil without a quota, and where a condition or a cap of the component leaves
// some of the measure out.
func (g *group) attains() *model.ID {
	c := g.component()
	if g.quota == nil || c.Condition != "" || c.AttainmentCap != nil || c.MeasureID.IsZero() {
		return nil
	}
	return &c.MeasureID
}

// LineCredits gives the number that each line cites, as Cited reads it, in the
// order of Paid.
func (t *Trace) LineCredits() []int64 {
	out := make([]int64, 0, t.Paid.Len())
	for i := range t.Kinds {
		if t.isLine(i) && len(out) < t.Paid.Len() {
			out = append(out, t.Credits[i])
		}
	}
	return out
}

// goesBack tells whether a line shown is of a fact before the payout period.
func (w *worksheet) goesBack(g *group) bool {
	for i := range g.stages {
		if p := g.stages[i].postings; len(p) > 0 && p[0].fact.Credit.Date < w.period.Days.From {
			return true
		}
	}
	return false
}
