package calc

import (
	"spm/model"
)

// rollUp gives the managers of each direct credit, those from first on, their
// ROLLUP credits: one per direct credit and manager, by the first of the rules
// that reaches the manager. It answers false where a rule's condition failed.
func (w *crediting) rollUp(types *typeRules, first int) bool {
	last := len(w.entries)
	return w.additional(types.id, types.rollup, func(rule *ruleEntry, date model.Date) {
		for i := first; i < last; i++ {
			w.rollUpOne(types, rule, date, i, last)
		}
	})
}

// rollUpOne walks up from the direct credit at index i; the rollup credits
// given so far begin at index from.
func (w *crediting) rollUpOne(types *typeRules, rule *ruleEntry, date model.Date, i, from int) {
	direct := w.entries[i] // a copy: giving moves the entries
	direct.position.managers(date, func(level int, manager *positionNode) bool {
		if rule.Levels > 0 && level > rule.Levels {
			return false
		}
		share := rule.levelShare(level)
		if share.IsZero() || w.rolledUp(from, &direct, manager) {
			return true
		}
		e := w.give(types, model.CreditRollup, rule, receiver{position: manager, holder: manager.holder(date)}, date, part{
			partOf(direct.Share, share), partOf(direct.Amount, share), partOfOptional(direct.Quantity, share), partOfOptional(direct.Margin, share),
		})
		e.ids.via = direct.PositionID
		e.ViaPositionID, e.via, e.viaHolder, e.Level = &e.ids.via, direct.position, direct.holder, level
		return true
	})
}

// rolledUp tells whether the manager has a rollup of the direct credit.
func (w *crediting) rolledUp(from int, direct *creditEntry, manager *positionNode) bool {
	for i := from; i < len(w.entries); i++ {
		if e := &w.entries[i]; e.position == manager && e.via == direct.position && e.viaHolder.is(direct.holder) {
			return true
		}
	}
	return false
}

// overlay gives the OVERLAY credits of a type: to each position that a
// matching rule names its share of the whole. A position that was not there on
// the day gets none. It answers false where a rule's condition failed.
func (w *crediting) overlay(types *typeRules) bool {
	return w.additional(types.id, types.overlay, func(rule *ruleEntry, date model.Date) {
		for _, r := range holding(rule.receivers, date) {
			if !r.position.existed(date) {
				continue
			}
			w.give(types, model.CreditOverlay, rule, r, date, part{
				quantise(r.weight), partOf(w.t.Amount, r.weight), partOfOptional(w.t.Quantity, r.weight), partOfOptional(w.t.Margin, r.weight),
			})
		}
	})
}
