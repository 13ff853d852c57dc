package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// WhyNot tells why a transaction gives a payee no credit: by the outcome of
// Credit and by the rules, in their order, of which each says itself whether it
// takes the transaction. It has a reason also where the payee has credits.
func (c *Crediter) WhyNot(cs Case, payee model.ID) []*model.WhyNotReason {
	w := &crediting{c: c, t: &cs.Transaction, resolutions: cs.Resolutions}
	w.row = TransactionRow{Transaction: w.t, Products: c.products, Accounts: c.accounts}
	e := &exclusion{w: w, payee: c.hierarchy.payee(&payee), outcome: c.Credit(cs)}
	kind, known := c.kinds[w.t.Kind]
	switch {
	case e.payee == nil:
	case !known:
		e.exceptions()
	case kind.role == model.RoleCash:
		e.add(model.WhyNotReason{Code: model.WhyNotKind, Text: fmt.Sprintf("transactions of the kind %s make no credits", w.t.Kind)})
	case kind.role == model.RoleReversal:
		if e.exceptions(); len(e.reasons) == 0 && cs.Original != nil {
			e.add(model.WhyNotReason{Code: model.WhyNotSale, SubjectID: &cs.Original.ID, Text: fmt.Sprintf("it takes back %s, which does not credit the payee", cs.Original.ExternalID)})
		}
	default:
		e.creditable()
	}
	if len(e.reasons) == 0 {
		e.add(model.WhyNotReason{Code: model.WhyNotUncredited, Text: "nothing credits the payee with it"})
	}
	return e.reasons
}

// exclusion is why a payee is left out of what a transaction is credited as.
type exclusion struct {
	w       *crediting
	payee   *payeeNode
	outcome Outcome
	reasons []*model.WhyNotReason
}

func (e *exclusion) add(r model.WhyNotReason) { e.reasons = append(e.reasons, &r) }

// named tells whether the transaction names the payee, or a position that they
// hold on its event date, as a seller, and whether with a part of more than 0.
func (e *exclusion) named() (named, shares bool) {
	for i := range e.w.t.Sellers {
		s := &e.w.t.Sellers[i]
		holds := s.Payee != "" && s.Payee == e.payee.externalID
		if s.Position != "" {
			if position := e.w.c.hierarchy.byExternal[s.Position]; position != nil {
				_, holds = seated(e.payee, position, e.w.t.EventDate)
			}
		}
		named = named || holds
		shares = shares || holds && (s.Share == nil || s.Share.IsPositive()) && (s.Weight == nil || s.Weight.IsPositive())
	}
	return named, shares
}

// creditable adds what left the payee out of a sale.
func (e *exclusion) creditable() {
	if len(e.w.resolutions) > 0 {
		e.add(model.WhyNotReason{Code: model.WhyNotByHand, Text: "who is credited was settled by hand, without the payee"})
	}
	named, shares := e.named()
	if named && !shares {
		e.add(model.WhyNotReason{Code: model.WhyNotShare, Text: "the payee is named as a seller with a share of 0"})
	}
	for i := range e.outcome.Credits {
		credit := &e.outcome.Credits[i]
		if started, _ := seatedEver(e.payee, credit.PositionID); started && credit.PayeeID == nil {
			e.add(model.WhyNotReason{Code: model.WhyNotVacant, SubjectID: &credit.PositionID, Text: fmt.Sprintf("position %s is credited, which nobody held on %s", e.w.c.hierarchy.position(credit.PositionID).externalID, credit.Date)})
		}
	}
	if named {
		e.exceptions()
	}
	e.rules(named)
	if !named {
		e.exceptions()
	}
}

func seatedEver(payee *payeeNode, position model.ID) (bool, *seat) {
	for i := range payee.seats {
		if payee.seats[i].position.id == position {
			return true, &payee.seats[i]
		}
	}
	return false, nil
}

// exceptions adds those that the transaction waits with.
func (e *exclusion) exceptions() {
	for i := range e.outcome.Exceptions {
		x := &e.outcome.Exceptions[i]
		e.add(model.WhyNotReason{Code: model.WhyNotException, ExceptionCode: &x.Code, CreditTypeID: x.CreditTypeID, Text: "it waits in the queue of crediting exceptions: " + string(x.Code)})
	}
}

// rules adds, type by type, why each rule gives the payee nothing: the DIRECT
// ones in their order, then, to who is no seller, those that credit beside them.
func (e *exclusion) rules(named bool) {
	ordered := make([]*ruleEntry, 0, len(e.w.c.rules))
	for _, rule := range e.w.c.rules {
		ordered = append(ordered, rule)
	}
	slices.SortFunc(ordered, func(a, b *ruleEntry) int { return a.rank - b.rank })
	for i := range e.w.c.kinds[e.w.t.Kind].types {
		types := &e.w.c.kinds[e.w.t.Kind].types[i]
		taken := ""
		for _, direct := range []bool{true, false} {
			for _, rule := range ordered {
				if rule.CreditTypeID == *types.id && (rule.CreditKind == model.CreditDirect) == direct && (direct || !named) {
					e.rule(rule, types, named, &taken)
				}
			}
		}
	}
}

// rule adds why one rule gives the payee nothing.
func (e *exclusion) rule(rule *ruleEntry, types *typeRules, named bool, taken *string) {
	r := model.WhyNotReason{SubjectID: &rule.ID, CreditTypeID: types.id}
	date, known := rule.counting(e.w.t)
	takes, err := e.w.takes(rule, date)
	of := slices.Contains(types.direct, rule) || slices.Contains(types.rollup, rule) || slices.Contains(types.overlay, rule)
	switch {
	case !of:
		r.Code, r.Text = model.WhyNotRuleKind, fmt.Sprintf("rule %s does not take the kind %s", rule.Key, e.w.t.Kind)
	case rule.CreditKind == model.CreditDirect && *taken != "":
		r.Code, r.Text = model.WhyNotRuleLater, fmt.Sprintf("rule %s comes after %s, which took it", rule.Key, *taken)
	case !rule.Days.Contains(date):
		r.Code, r.Text = model.WhyNotRuleDays, fmt.Sprintf("rule %s is not in force on %s", rule.Key, date)
	case err == nil && !takes:
		r.Code, r.Text, r.Detail = model.WhyNotRuleCondition, fmt.Sprintf("the condition of rule %s does not hold", rule.Key), rule.Condition
	case !known:
		r.Code, r.Text = model.WhyNotRuleDate, fmt.Sprintf("rule %s counts by the %s date, which is missing", rule.Key, rule.DateRule)
	case err != nil:
		return // an exception says it
	default:
		if rule.CreditKind == model.CreditDirect {
			*taken = rule.Key
		}
		if named && rule.Receivers == model.ReceiveSellers {
			return // the payee is among them: what stands above has stopped it
		}
		r.Code, r.Text = model.WhyNotReceivers, fmt.Sprintf("rule %s takes it and credits %s, of whom the payee is none", rule.Key, receiverWords[rule.Receivers])
	}
	e.add(r)
}

var receiverWords = map[model.Receivers]string{
	model.ReceiveSellers: "the sellers that it names", model.ReceiveManagers: "the managers above its direct credits", model.ReceivePositions: "the positions that the rule names",
}
