package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// creditByRule gives the DIRECT and ROLLUP credits of a type, or the
// exceptions that withhold them.
func (w *crediting) creditByRule(types *typeRules, m directMatch) {
	var receivers []receiver
	shares, sound := true, true
	except := func(code model.ExceptionCode, detail string) {
		w.except(types.id, code, detail)
		sound = false
	}
	if m.rule.Receivers == model.ReceiveSellers {
		receivers, shares = w.sellers(m.date, except)
	} else {
		receivers = holding(m.rule.receivers, m.date)
		w.checkExisting(receivers, m.date, except)
	}
	if sound {
		w.directAndRollup(types, m, receivers, shares)
	}
}

// checkExisting refuses receivers that were not there on the day.
func (w *crediting) checkExisting(receivers []receiver, day model.Date, except func(model.ExceptionCode, string)) {
	for i := range receivers {
		if p := receivers[i].position; !p.existed(day) {
			except(model.ExceptionNoPosition, fmt.Sprintf("position %s is not there on %s", quoted(p.externalID), day))
		}
	}
}

// creditByHand gives the DIRECT credits that a resolution says, and the ROLLUP
// credits that follow from them. Their date is that of the rule they stand in
// for, or the event date where there is none. Where the rules of the type are
// not sound nothing is given.
func (w *crediting) creditByHand(types *typeRules, m directMatch, hand *model.ExceptionResolution, sound bool) {
	if !sound || len(hand.Shares) == 0 {
		return
	}
	if m.rule == nil {
		m.date = w.t.EventDate
	}
	receivers, err := w.c.positionsOf(hand.Shares)
	if err != nil {
		w.except(types.id, model.ExceptionUnknownSeller, err.Error())
		return
	}
	w.directAndRollup(types, m, holding(receivers, m.date), true)
}

// directAndRollup splits the transaction among the receivers and rolls their
// credits up.
func (w *crediting) directAndRollup(types *typeRules, m directMatch, receivers []receiver, shares bool) {
	weights := make([]decimal.Decimal, len(receivers))
	for i := range receivers {
		weights[i] = receivers[i].weight
	}
	total, isWhole := sumsToWhole(weights)
	var parts []part
	var err error
	switch {
	case shares && !isWhole && (m.rule == nil || !m.rule.OverAllocate):
		w.except(types.id, model.ExceptionSharesNotWhole, fmt.Sprintf("the shares sum to %s", total))
		return
	case shares && !isWhole:
		parts = partsByShare(w.t, weights)
	default:
		parts, err = partsOfWhole(w.t, weights)
	}
	if err != nil {
		w.except(types.id, model.ExceptionSharesNotWhole, err.Error())
		return
	}
	first := len(w.entries)
	for i, p := range parts {
		w.give(types, model.CreditDirect, m.rule, receivers[i], m.date, p)
	}
	if !w.rollUp(types, first) {
		w.entries = w.entries[:first]
	}
}

// give notes a credit.
func (w *crediting) give(types *typeRules, kind model.CreditKind, rule *ruleEntry, to receiver, date model.Date, p part) *creditEntry {
	if w.entries == nil {
		w.entries = make([]creditEntry, 0, 8)
	}
	w.entries = append(w.entries, creditEntry{position: to.position, holder: to.holder, rule: rule, ids: &creditIDs{}})
	e := &w.entries[len(w.entries)-1]
	e.CreditTypeID, e.Kind, e.PositionID = *types.id, kind, to.position.id
	e.Date, e.FXDate, e.Currency = date, date, w.t.Currency
	e.Share, e.Amount, e.Quantity, e.Margin = p.share, p.amount, p.quantity, p.margin
	if to.holder != nil {
		e.ids.payee, e.ids.assignment = to.holder.payee.id, to.holder.id
		e.PayeeID, e.AssignmentID = &e.ids.payee, &e.ids.assignment
	}
	if rule != nil {
		e.ids.rule = rule.ID
		e.RuleID = &e.ids.rule
	}
	return e
}
