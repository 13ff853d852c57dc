package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// payCurve pays a fraction of the target incentive, or money, that the window
// finds in a table.
func (w *worksheet) payCurve(g *group, s *stage) *fault {
	table, fault := s.component.table.on(s.last())
	if fault != nil {
		return fault
	}
	return w.lookedUp(g, s, table)
}

// lookedUp pays for the window what it finds in a table of money or of
// fractions of target. A measure below zero pays nothing.
func (w *worksheet) lookedUp(g *group, s *stage, table *tableVersion) *fault {
	if table.Dimension == model.ByAttainment {
		if fault := w.wantsLookedUp(g); fault != nil {
			return fault
		}
	}
	if table.CellKind == model.CellTarget {
		if fault := w.targetOf(g); fault != nil {
			return fault
		}
	}
	value, fault := w.lookupValue(g, s, table)
	if fault != nil {
		return fault
	}
	l := table.climb(w.quotaLookedUp(g), nil)
	f := l.find(value)
	if f == nil {
		return w.off(table, value)
	}
	if measured := w.lookedUpTotal(s); measured.IsNegative() {
		w.rule(s, Term{Label: "negative measure pays nothing"}, measured)
		return nil
	}
	w.notePoints(w.tierRule(s, table, f.tier, value), f)
	if f.rate.IsZero() {
		w.below(l, f.tier)
	}
	return w.cell(g, s, table, f.tier, oneDecimal)
}

// cell pays what a cell says of the window: money, prorated, or a fraction of
// the target incentive, of which the component's part at hand is a weight.
func (w *worksheet) cell(g *group, s *stage, table *tableVersion, found *tier, weight decimal.Decimal) *fault {
	if table.CellKind == model.CellMoney {
		return w.wholeMoney(g, s, Term{Label: found.label}, *found.rate)
	}
	return w.result(g, s, Term{Label: found.label, Rate: found.rate}, g.target.Mul(weight))
}

// wholeMoney pays an amount of a whole window, prorated as bonuses are.
func (w *worksheet) wholeMoney(g *group, s *stage, term Term, money decimal.Decimal) *fault {
	rules := &s.component.version.rules
	of := w.partOf(rules.BonusProration, g.whole, rules)
	if fault := w.result(g, s, term, of.of(money)); fault != nil {
		return fault
	}
	w.noteProration(NodeRule, int32(w.trace.Len()-1), "bonusProration", of, money)
	return nil
}

// result notes what the window comes to, value x the term's rate in plan
// currency, as a line, in pay currency at the rate of the assignment's last day.
func (w *worksheet) result(g *group, s *stage, term Term, value decimal.Decimal) *fault {
	money := value
	if term.Rate != nil {
		money = multiply(value, *term.Rate)
	}
	if !fits(money) {
		return faultf(model.ProblemOverflow, "the result of the component is out of bounds")
	}
	var step *fxStep
	if !money.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, g.last()); fault != nil {
			return fault
		}
	}
	if step != nil {
		term.FX, term.Step = &step.rate, step.label
	}
	node := w.trace.node(NodeResult, 0, w.trace.term(term), value)
	return w.paid(node, quantise(inPay(money, step)))
}
