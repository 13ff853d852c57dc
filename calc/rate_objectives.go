package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// objectives pays for each goal its weight of the target incentive x the
// fraction that its curve gives, or its score where it has none.
func (w *worksheet) objectives(g *group, s *stage) *fault {
	if fault := w.targetOf(g); fault != nil {
		return fault
	}
	target := g.target
	for i := range s.component.Goals {
		if fault := w.goal(g, s, &s.component.goals[i], *target); fault != nil {
			return fault
		}
	}
	return nil
}

// goal works out one goal as a group of its own.
func (w *worksheet) goal(of *group, s *stage, goal *goal, target decimal.Decimal) *fault {
	m := goal.measure
	if m.fault != nil {
		return m.fault
	}
	postings, fault := w.allOf(of, m)
	if fault != nil {
		return fault
	}
	g := &group{legs: of.legs, whole: of.whole, held: of.held, total: totalOf(postings), target: &target}
	if !fits(g.total) {
		return faultf(model.ProblemOverflow, "the measure %s is out of bounds", m.Key)
	}
	if fault := w.quotaFor(g, m); fault != nil {
		return fault
	}
	w.noteMeasure(g, m, goal.label, postings)
	part := *s
	part.total = g.total
	label := goal.label + " weight=" + goal.Weight.String()
	if goal.table == nil {
		w.rule(s, Term{Label: "rateKind=" + string(model.RateObjectives) + " goal=" + label}, g.total)
		return w.result(of, s, Term{Label: goal.label, Rate: &part.total}, target.Mul(goal.Weight))
	}
	table, fault := goal.table.on(s.last())
	if fault != nil {
		return fault
	}
	if table.Dimension == model.ByAttainment && (g.quota == nil || !g.quota.IsPositive()) {
		return faultf(model.ProblemNoQuota, "there is no quota of measure %s for position %s in %s", m.Key, w.course.position.externalID, w.span.window.Name)
	}
	l := table.climb(g.quota, nil)
	f := l.find(g.total)
	switch {
	case f == nil:
		return w.off(table, g.total)
	case g.total.IsNegative():
		w.rule(s, Term{Label: "goal=" + label + " negative measure pays nothing"}, g.total)
		return nil
	}
	w.notePoints(w.tierRule(&part, table, f.tier, g.total, "goal="+label), f)
	return w.result(of, s, Term{Label: goal.label, Rate: f.rate}, target.Mul(goal.Weight))
}
