package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// clawBack takes back what has been earned, where a rule of its component calls
// for it: first of what is held of the same line, then of what is payable. What
// no longer calls for it is given back.
func (l *ledger) clawBack() {
	for _, h := range l.holds {
		c := l.watched(h.VersionID, h.Key)
		if c == nil || len(c.Clawbacks) == 0 || h.ComponentID.IsZero() {
			continue
		}
		target, why := l.clawed(c, h)
		back := target.LessThan(h.Clawed)
		if l.clawTo(h, target, why); back { // what comes back into the hold may be payable by now
			l.release(h)
		}
	}
}

func (l *ledger) clawTo(h *model.Hold, target decimal.Decimal, why string) {
	change := target.Sub(h.Clawed)
	if change.IsZero() {
		return
	}
	post := func(from model.LedgerAccount, amount decimal.Decimal) {
		e := l.entryOf(h, model.MoveClawback, why)
		e.From, e.To, e.Amount.Amount = from, model.AccountClawback, amount
		l.post(e)
	}
	h.Clawed = target
	if change.IsPositive() {
		held := decimal.Max(decimal.Zero, decimal.Min(change, h.Held))
		h.Held, h.ClawedHeld = h.Held.Sub(held), h.ClawedHeld.Add(held)
		post(model.AccountHeld, held)
		post(model.AccountPayable, change.Sub(held))
		return
	}
	back := change.Neg()
	paid := decimal.Min(back, target.Add(back).Sub(h.ClawedHeld))
	h.ClawedHeld = h.ClawedHeld.Sub(back.Sub(paid))
	due, _ := l.heldBy(h)
	held := decimal.Max(decimal.Zero, decimal.Min(due.Sub(h.Held), back.Sub(paid)))
	h.Held = h.Held.Add(held)
	post(model.AccountPayable, back.Sub(held).Neg())
	post(model.AccountHeld, held.Neg())
}

// clawed gives what all rules together have taken back of a watched part by the
// period's end, each of what the ones before it have left, at most what is not
// forfeited; and why. Returns that are paid as negative credits are not taken
// back.
func (l *ledger) clawed(c *component, h *model.Hold) (decimal.Decimal, string) {
	why := "nothing calls for it any more"
	if !h.Whole.IsPositive() {
		return decimal.Zero, why
	}
	left := oneDecimal
	taken := decimal.Zero
	for i := range c.Clawbacks {
		rule := &c.Clawbacks[i]
		if rule.OnlyDirect && !h.Direct {
			continue
		}
		fraction, cause := l.clawedFraction(rule, h)
		if !fraction.IsPositive() {
			continue
		}
		basis := h.Whole
		if rule.BasisGiven() == model.ClawAtRate {
			basis = decimal.Min(h.AtRate, h.Whole)
		}
		why = cause
		taken = taken.Add(basis.Mul(left).Mul(fraction))
		left = left.Mul(oneDecimal.Sub(fraction))
	}
	most := h.Whole.Sub(h.Forfeited)
	return decimal.Min(decimal.Max(taken, decimal.Zero).Round(model.MinorUnits(h.Currency)), most), why
}

// clawedFraction gives how much of its basis a rule takes back by the period's
// end, 0 to 1.
func (l *ledger) clawedFraction(rule *model.Clawback, h *model.Hold) (decimal.Decimal, string) {
	deal := l.in.Deals[DealKey{h.Source, h.ExternalID}]
	total := decimal.Zero
	switch rule.Cause {
	case model.ClawReturn:
		if deal == nil || h.ExternalID == "" {
			return total, ""
		}
		for _, e := range deal.Returned {
			if e.Date >= l.period.Days.To || e.Date >= h.Date.AddMonths(rule.Months) {
				continue
			}
			part := oneDecimal
			if deal.Amount.IsPositive() {
				part = decimal.Min(divide(e.Amount, deal.Amount), oneDecimal)
			}
			total = total.Add(part.Mul(unearned(rule, h.Date, e.Date)))
		}
		return decimal.Min(total, oneDecimal), "the sale was returned"
	case model.ClawNonPayment:
		deadline := h.Date.AddDays(rule.Days)
		if h.ExternalID == "" || deadline >= l.period.Days.To {
			return total, ""
		}
		return oneDecimal.Sub(l.paidShare(h, deal)).Mul(unearned(rule, h.Date, deadline)), "the sale was not paid by " + deadline.String()
	default:
		for _, left := range l.leaves { // coming back gives nothing back
			if left >= h.Date && left < h.Date.AddMonths(rule.Months) {
				return unearned(rule, h.Date, left), "the payee left on " + left.String()
			}
		}
		return total, ""
	}
}

// unearned gives the share of its basis that a method takes back of what happens
// on a day.
func unearned(rule *model.Clawback, event, day model.Date) decimal.Decimal {
	switch rule.MethodGiven() {
	case model.ClawPercent:
		return orZero(rule.Share)
	case model.ClawUnearned:
		months := max(monthsBetween(event, day), 0)
		if rule.EventMonth {
			months++
		}
		rest := max(rule.Months-months, 0)
		return divide(decimal.New(int64(rest), 0), decimal.New(int64(rule.Months), 0))
	}
	return oneDecimal
}

// done tells whether nothing can move a watched part any more.
func (l *ledger) done(h *model.Hold) bool {
	if !h.Held.IsZero() {
		return false
	}
	if h.Whole.IsZero() && h.Clawed.IsZero() && h.Met == "" && !h.Freed {
		return true
	}
	c := l.watched(h.VersionID, h.Key)
	if c == nil || h.ComponentID.IsZero() {
		return true
	}
	gated := slices.ContainsFunc(c.Adjustments, func(a model.Adjustment) bool { return a.Deferred })
	returned := h.Whole.IsNegative() && len(c.Clawbacks) > 0                                                                               // what it adds again later is no sale
	if (gated || returned || h.Freed || !h.Forfeited.IsZero() || !h.Clawed.IsZero()) && l.period.Days.To < h.Date.AddMonths(watchMonths) { // a late fact of it meets what has become of it
		return false
	}
	for i := range c.Release {
		if c.Release[i].Trigger == model.ReleaseCash || c.Release[i].Trigger == model.ReleaseCondition {
			if l.period.Days.To < h.Date.AddMonths(watchMonths) { // a payment may bounce
				return false
			}
		}
	}
	for i := range c.Clawbacks {
		rule := &c.Clawbacks[i]
		until := h.Date.AddMonths(rule.Months)
		if rule.Cause == model.ClawNonPayment {
			until = h.Date.AddDays(rule.Days).AddMonths(watchMonths)
		}
		if l.period.Days.To < until.AddMonths(1) || l.period.Days.From < until { // what comes in a pay period late counts
			return false
		}
	}
	return true
}

// watchMonths is how long after its event payments of a sale still move what was
// released by them.
const watchMonths = 60
