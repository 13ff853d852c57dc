package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// minimum is an amount of a guarantee or draw for a position, in a period.
type minimum struct {
	position  *positionNode
	plan      *plan
	version   *version // the last that promises it
	period    *model.Period
	guarantee *model.Guarantee
	draw      *model.Draw
	besides   bool // it is what counts beside earnings toward the guarantee
	amount    model.Money
	fault     *fault
}

// promised is a component that works out the amount of a guarantee or draw.
type promised struct {
	*component
	guarantee *model.Guarantee
	draw      *model.Draw
	besides   bool
}

// addPromises makes the components that work out a version's guarantees and
// draws.
func (x *index) addPromises(v *version) error {
	add := func(key string, p promised, c model.Component) error {
		c.Key, c.Name, c.RateKind = key, key, model.RateFormula
		made, err := x.newComponent(v, &c)
		if err != nil {
			return err
		}
		p.component = made
		v.promises = append(v.promises, p)
		x.promising = true
		if at := (payout{v.CalendarID, c.Payout}); !slices.Contains(x.payouts[at], c.Payout) {
			x.payouts[at] = append(x.payouts[at], c.Payout)
		}
		return nil
	}
	for i := range v.Guarantees {
		g := &v.Guarantees[i]
		if err := add("guarantee "+g.Key, promised{guarantee: g}, model.Component{Formula: promisedFormula(g.Amount, g.Formula, g.Whole), Payout: g.Per}); err != nil {
			return err
		}
		if g.Besides == "" {
			continue
		}
		if err := add("besides "+g.Key, promised{guarantee: g, besides: true}, model.Component{Formula: g.Besides, Payout: g.Per}); err != nil {
			return err
		}
	}
	for i := range v.Draws {
		d := &v.Draws[i]
		c := model.Component{Formula: promisedFormula(d.Amount, d.Formula, d.Whole), Payout: x.calendars[v.CalendarID].PayPeriodGiven(), StartDate: d.StartDate, EndDate: d.EndDate}
		if err := add("draw "+d.Key, promised{draw: d}, c); err != nil {
			return err
		}
	}
	return nil
}

// promisedFormula is the formula of an amount: as given, or a fixed one by the
// days held.
func promisedFormula(amount *decimal.Decimal, formula string, whole bool) string {
	switch {
	case amount == nil:
		return formula
	case whole:
		return amount.String()
	}
	return amount.String() + " * daysHeld / daysInWindow"
}

// minimums works out the guarantees and draws of a payee for a period.
func (p *Payee) minimums(period *model.Period) []minimum {
	if !p.promising {
		return nil
	}
	used := p.scratch.used
	defer func() { p.scratch.used = used }()
	p.forget(period)
	c := p.calculation(period)
	var found []promised
	for _, position := range held(p.node, period.Days) {
		for _, plan := range p.plansOf(p.node, position, period.Days) {
			for _, co := range p.coursesBy(p.node, position, plan, period, (*version).promised) {
				c.courses = append(c.courses, co)
				found = append(found, promiseOf(&co, period))
			}
		}
	}
	c.outcomes = make([]outcome, len(c.courses))
	out := make([]minimum, 0, len(c.courses))
	for i := range c.courses {
		co := &c.courses[i]
		m := minimum{position: co.position, plan: co.plan, version: found[i].version, period: period, guarantee: found[i].guarantee, draw: found[i].draw, besides: found[i].besides}
		c.turnTo(co.position)
		c.run.waiting = append(c.run.waiting, &c.outcomes[i])
		_, e, fault := c.reached(co)
		c.run.waiting = c.run.waiting[:len(c.run.waiting)-1]
		if m.fault = fault; e != nil && fault == nil {
			m.amount = model.Money{Amount: e.Amount.Amount.Round(model.MinorUnits(e.Amount.Currency)), Currency: e.Amount.Currency}
			if !m.besides { // a formula may come to less than nothing
				m.amount.Amount = decimal.Max(m.amount.Amount, decimal.Zero)
			}
		}
		if e != nil && co.last(period.Days.To).counts() { // where no day counts nothing is promised
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b minimum) int {
		return cmp.Or(strings.Compare(a.position.externalID, b.position.externalID), strings.Compare(a.plan.ExternalID, b.plan.ExternalID))
	})
	return out
}

// promised gives the components of a version's guarantees and draws.
func (v *version) promised() []*component {
	out := make([]*component, len(v.promises))
	for i := range v.promises {
		out[i] = v.promises[i].component
	}
	return out
}

// promiseOf gives what a course works out the amount of.
func promiseOf(co *course, period *model.Period) promised {
	c := co.last(period.Days.To).component
	for _, p := range c.version.promises {
		if p.component == c {
			return p
		}
	}
	return promised{}
}

// blame notes that an amount could not be calculated.
func (l *ledger) blame(m *minimum) {
	if m.fault != nil && l.out.Fault == "" {
		key := "guarantee"
		if m.draw != nil {
			key = "draw " + m.draw.Key
		} else if m.guarantee != nil {
			key = "guarantee " + m.guarantee.Key
		}
		l.out.Fault = fmt.Sprintf("%s of %s: %s: %s", key, m.plan.ExternalID, m.fault.code, m.fault.detail)
	}
}

// guarantee tops up what the counted earnings of a guarantee's period miss of it:
// before clawbacks, carried debits and draws, in the pay period in which its own
// period ends.
func (l *ledger) guarantee() {
	if !l.promising {
		return
	}
	for _, p := range l.periodsOf[l.period.CalendarID] {
		if !p.Days.Overlaps(l.period.Days) {
			continue
		}
		type promise struct {
			plan *plan
			key  string
		}
		seen := map[promise]bool{}
		for _, v := range l.paying(model.Interval{From: p.Days.From, To: max(min(p.Days.To, l.period.Days.To), p.Days.From+1)}) {
			for i := range v.Guarantees {
				if g := &v.Guarantees[i]; g.Per == p.Type && !seen[promise{v.plan, g.Key}] {
					seen[promise{v.plan, g.Key}] = true
					l.guaranteeIn(v, g, p)
				}
			}
		}
	}
}

// guaranteeIn is guarantee for one of its periods, which may begin before the pay
// period or end after it.
func (l *ledger) guaranteeIn(v *version, g *model.Guarantee, p *model.Period) {
	ends := l.period.Days.Contains(p.Days.Last())
	if !ends && p.Type != l.period.Type && !p.Type.LongerThan(l.period.Type) {
		return // a shorter one belongs to the pay period in which it ends
	}
	mins := l.mins
	if p != l.period && ends {
		mins = l.minimums(p)
	}
	var of []minimum
	for _, m := range mins {
		if m.guarantee != nil && m.guarantee.Key == g.Key && m.plan == v.plan {
			of = append(of, m)
		}
	}
	currency := l.payCurrencyOn(l.period.Days.Last())
	earned := l.counted(v, g, p, currency)
	if p.Type.LongerThan(l.period.Type) {
		run := l.runOf(v.plan.ID, g.Key, p.ID, currency)
		if p.Days.Contains(l.period.Days.Last()) { // what reaches over the end counts in the period in which it ends
			run.Earned = run.Earned.Add(earned)
		}
		earned = run.Earned
		if !ends {
			l.runs = append(l.runs, run)
			return
		}
	}
	amount, besides, some := decimal.Zero, decimal.Zero, false
	for i := range of {
		l.blame(&of[i])
		switch {
		case of[i].fault != nil:
			return
		case of[i].amount.Currency != currency:
		case of[i].besides:
			besides = besides.Add(of[i].amount.Amount)
		default:
			amount, some = amount.Add(of[i].amount.Amount), true
		}
	}
	if !some {
		return
	}
	missing := amount.Sub(earned).Sub(besides)
	if missing.IsPositive() {
		l.post(model.LedgerEntry{
			Movement: model.MoveGuarantee, From: model.AccountGuarantee, To: model.AccountPayable, Amount: model.Money{Amount: missing, Currency: currency},
			PlanID: &v.plan.ID, Key: g.Key, OriginID: &p.ID,
			Text: fmt.Sprintf("%s of %s: %s guaranteed, %s earned", g.Name, p.Name, amount, earned.Add(besides)),
		})
	}
}

// runOf takes up how far a guarantee over several pay periods has come.
func (l *ledger) runOf(plan model.ID, key string, period model.ID, currency model.CurrencyCode) model.GuaranteeRun {
	for i, r := range l.runs {
		if r.PlanID == plan && r.Key == key && r.PeriodID == period && r.Currency == currency {
			l.runs = slices.Delete(slices.Clone(l.runs), i, i+1)
			return r
		}
	}
	return model.GuaranteeRun{PlanID: plan, Key: key, PeriodID: period, Currency: currency}
}

// counted sums what of the period's entries counts toward a guarantee: what
// earnings, adjustments and releases have made payable, less what was earned before
// go-live. Toward one of a shorter period only its own earnings count.
func (l *ledger) counted(v *version, g *model.Guarantee, p *model.Period, currency model.CurrencyCode) decimal.Decimal {
	total := decimal.Zero
	for i := range l.out.Entries {
		e := &l.out.Entries[i]
		if e.Amount.Currency != currency || l.codes[e.EarningCode].CountsNot {
			continue
		}
		switch e.Movement {
		case model.MoveEarned, model.MoveHold, model.MoveRelease, model.MovePrior:
			if len(g.Counts) > 0 && (e.PlanID == nil || *e.PlanID != v.plan.ID || !slices.Contains(g.Counts, e.Key)) {
				continue
			}
			if l.period.Type.LongerThan(p.Type) && (e.OriginID == nil || e.Movement == model.MoveRelease || e.Movement == model.MovePrior || l.periods[*e.OriginID].Days.To > p.Days.To || l.periods[*e.OriginID].Days.From < p.Days.From) {
				continue
			}
		case model.MoveOpening: // of what is earned anew, what was earned before go-live
			if e.To != model.AccountOpening || len(g.Counts) > 0 || l.period.Type.LongerThan(p.Type) {
				continue
			}
		case model.MoveAdjustment:
			if len(g.Counts) > 0 || l.period.Type.LongerThan(p.Type) {
				continue
			}
		default:
			continue
		}
		if e.To == model.AccountPayable {
			total = total.Add(e.Amount.Amount)
		} else if e.From == model.AccountPayable {
			total = total.Sub(e.Amount.Amount)
		}
	}
	return total
}

// payCurrencyOn is what the payee is paid in on a day.
func (p *Payee) payCurrencyOn(day model.Date) model.CurrencyCode {
	return (&calculation{payee: p.node}).currency(day)
}
