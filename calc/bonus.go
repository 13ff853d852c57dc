package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// bonus pays money for the levels that the group's measure has reached at the
// end of its last stage with bonuses: a level At is reached where the measure
// is at least At x quota. A measure below zero reaches none. The stages before
// it only add to the measure.
func (w *worksheet) bonus(g *group, s *stage) *fault {
	if fault := w.wants(g); fault != nil {
		return fault
	}
	reached, next := levelsReached(s.component.levels, *g.quota, s.total)
	w.rule(s, Term{Label: fmt.Sprintf("bonusLevels=%s", s.component.BonusLevels)}, s.total)
	if s.component.BonusLevels == model.BonusHighest && len(reached) > 1 {
		reached = reached[len(reached)-1:]
	}
	if len(reached) > 0 {
		if fault := w.payLevels(g, s, reached); fault != nil {
			return fault
		}
	}
	if next != nil {
		t := &w.trace
		t.node(NodeReason, 0, t.term(Term{Label: fmt.Sprintf("%s: %s is not reached", model.WhyBelowThreshold, next.label), From: next.from, Rate: next.rate}), decimal.Zero)
	}
	return nil
}

// levelsReached gives the levels that a measure reaches, and the first that it
// does not, nil where there is none.
func levelsReached(levels []*tier, quota, measure decimal.Decimal) (reached []*tier, next *tier) {
	of, reach := numberOf(quota), numberOf(measure)
	for i, level := range levels {
		if measure.IsNegative() || reach.against(numberOf(*level.from).times(of)) < 0 {
			return levels[:i], level
		}
	}
	return levels, nil
}

// payLevels notes a line for each level, prorated, in pay currency at the rate
// of the assignment's last day in the group.
func (w *worksheet) payLevels(g *group, s *stage, levels []*tier) *fault {
	v, t := s.component.version, &w.trace
	step, fault := w.payStep(v, g.last())
	if fault != nil {
		return fault
	}
	of := w.partOf(v.rules.BonusProration, g.whole, &v.rules)
	for _, level := range levels {
		term := Term{Label: level.label, From: level.from}
		if step != nil {
			term.FX, term.Step = &step.rate, step.label
		}
		money := of.of(*level.rate)
		node := t.node(NodeBonus, 0, t.term(term), money)
		w.noteProration(NodeRule, node, "bonusProration", of, *level.rate)
		if fault := w.paid(node, quantise(inPay(money, step))); fault != nil {
			return fault
		}
	}
	return nil
}
