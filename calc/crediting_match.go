package calc

import (
	"fmt"

	"spm/model"
)

// firstDirect finds the first DIRECT rule that takes the transaction.
//
// A rule whose date is missing is judged as of the event date: if it would
// take the transaction, or cannot say, the date is what is missing; if it
// would not, the next rule's turn comes.
func (w *crediting) firstDirect(rules []*ruleEntry) directMatch {
	for _, rule := range rules {
		date, known := rule.counting(w.t)
		takes, err := w.takes(rule, date)
		switch {
		case err == nil && !takes:
		case !known:
			return directMatch{fault: &creditFault{model.ExceptionMissingDate, fmt.Sprintf("rule %s: no %s date", rule.Key, rule.DateRule)}}
		case err != nil:
			return directMatch{fault: conditionFailed(rule, err)}
		default:
			return directMatch{rule: rule, date: date}
		}
	}
	return directMatch{}
}

// takes tells whether the rule takes the transaction as of the date.
func (w *crediting) takes(rule *ruleEntry, date model.Date) (bool, error) {
	if !rule.Days.Contains(date) {
		return false, nil
	}
	if rule.broken != nil {
		return false, rule.broken
	}
	if rule.condition == nil {
		return true, nil
	}
	w.row.Date = date
	return rule.condition.Bool(&w.row)
}

// additional calls apply for each of the rules that takes the transaction.
// One whose date is missing waits: a manager credited on payment must not
// withhold the seller's booking. A condition that fails is an exception, and
// the answer false.
func (w *crediting) additional(typeID *model.ID, rules []*ruleEntry, apply func(rule *ruleEntry, date model.Date)) bool {
	sound := true
	for _, rule := range rules {
		date, known := rule.counting(w.t)
		if !known {
			continue
		}
		takes, err := w.takes(rule, date)
		if err != nil {
			fault := conditionFailed(rule, err)
			w.except(typeID, fault.code, fault.detail)
			sound = false
		}
		if takes {
			apply(rule, date)
		}
	}
	return sound
}

func conditionFailed(rule *ruleEntry, err error) *creditFault {
	return &creditFault{model.ExceptionConditionFailed, fmt.Sprintf("rule %s: %s", rule.Key, err)}
}
