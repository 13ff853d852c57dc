package calc

import "spm/model"

// periodsSince counts the pay periods after the one with a day, up to the one at
// hand.
func (l *ledger) periodsSince(day model.Date) int {
	n := 0
	for _, p := range l.periodsOf[l.period.CalendarID] {
		if p.Type == l.period.Type && p.Days.To > day && p.Days.From < l.period.Days.From {
			n++
		}
	}
	return n
}

// lastPay tells whether what a leaver holds and owes meets its fate by a policy:
// in the pay period of the last pay, and in those after it.
func (l *ledger) lastPay(policy *model.LeaverPolicy) bool {
	return l.left < model.MaxDate && l.since >= policy.LastPayAfter
}

// leaving says why something meets its fate.
func (l *ledger) leaving() string {
	if l.since > 0 {
		return "the payee has left"
	}
	return "the payee leaves"
}

// leaverOf gives the leaver policy of a plan, its defaults filled in.
func (l *ledger) leaverOf(planID *model.ID) model.LeaverPolicy {
	if planID != nil && l.plans[*planID] != nil {
		if n := len(l.plans[*planID].versions); n > 0 {
			v := l.plans[*planID].lastIn(model.Interval{From: model.MinDate, To: l.period.Days.To})
			if v == nil {
				v = l.plans[*planID].versions[n-1]
			}
			return v.rules.LeaverGiven()
		}
	}
	return (&model.PlanRules{}).LeaverGiven()
}

// holdsOf gives what becomes of a leaver's hold: as its plan says or, of what was
// brought at go-live, released where one of the plans says so, forfeited where
// all do, otherwise held on.
func (l *ledger) holdsOf(h *model.Hold) model.LeaverHolds {
	if !h.PlanID.IsZero() {
		if policy := l.leaverOf(&h.PlanID); l.lastPay(&policy) {
			return policy.Holds
		}
		return model.HoldsContinue
	}
	fates, all := fatesOf(l, func(p *model.LeaverPolicy) model.LeaverHolds { return p.Holds })
	switch {
	case fates[model.HoldsRelease] > 0:
		return model.HoldsRelease
	case all > 0 && fates[model.HoldsForfeit] == all:
		return model.HoldsForfeit
	}
	return model.HoldsContinue
}

// debitOf gives what becomes of a leaver's debit: written off where all of the
// plans say so, collected where one does, otherwise carried.
func (l *ledger) debitOf() model.LeaverDebt {
	fates, all := fatesOf(l, func(p *model.LeaverPolicy) model.LeaverDebt { return p.Debit })
	switch {
	case all > 0 && fates[model.DebtWriteOff] == all:
		return model.DebtWriteOff
	case fates[model.DebtCollect] > 0:
		return model.DebtCollect
	}
	return model.DebtCarry
}

// fatesOf counts what the plans of a leaver say about what is of none of them:
// nothing before the last pay by each of them.
func fatesOf[T comparable](l *ledger, fate func(*model.LeaverPolicy) T) (fates map[T]int, all int) {
	policies := l.policies()
	fates = map[T]int{}
	for _, v := range policies {
		policy := v.rules.LeaverGiven()
		if !l.lastPay(&policy) {
			return nil, 0
		}
		fates[fate(&policy)]++
	}
	return fates, len(policies)
}
