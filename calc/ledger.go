package calc

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Striking is what a payee's balances of a pay period are struck from. What it
// lists is of that payee and period, in any order; equal input gives equal
// balances.
type Striking struct {
	Payee       model.ID
	Period      model.ID      // a pay period of its calendar
	Before      model.Brought // what the pay period before has handed on
	Earnings    []Accrual     // of the payout periods that end in it
	Prior       []Accrual     // what later facts change of closed periods: differences
	Adjustments []model.PayAdjustment
	Openings    []model.OpeningEntry
	Released    []PersonRelease
	Deals       map[DealKey]*Deal // of all that is watched
}

// Accrual is an earning, or what later facts change of one.
type Accrual struct {
	Position, Plan, Version, Component model.ID
	Period                             model.ID // the payout period
	Key, Name, EarningCode             string
	Amount                             model.Money
	Failed                             bool            // it has a problem
	Lines                              []DealLine      // by deal, where Watched says that it is to be known; they sum to the amount
	Deferred                           decimal.Decimal // the share that waits for a gate
	Gate                               string          // that gate
	Met                                []string        // gates of the component that hold in the period
	Cause                              string          // of a difference, in words
}

// DealKey names a sale by the caller's keys.
type DealKey struct{ Source, ExternalID string }

// DealLine is what one credit of a deal earns.
type DealLine struct {
	Deal   DealKey // zero: of no deal
	Credit string  // what tells credits of one deal apart
	Direct bool    // cites a DIRECT or MANUAL credit, or none
	Date   model.Date
	Amount decimal.Decimal
	AtRate decimal.Decimal // what the rate alone gave, at most 10 decimals
}

// Deal is what has become of a sale.
type Deal struct {
	Sale     *model.Transaction // for conditions; nil: it is not in force
	Amount   decimal.Decimal    // of the sale, before returns; 0: it is not in force
	Paid     []DealEvent
	Returned []DealEvent // above 0
}

// DealEvent is a payment or return.
type DealEvent struct {
	Date   model.Date
	Amount decimal.Decimal
}

// PersonRelease says that somebody has released parts of what is held.
type PersonRelease struct {
	Position, Component, Period model.ID
	Deal                        DealKey // zero: all deals of the earning
	Part                        string  // name of the part; empty: all that wait for a person
	Date                        model.Date
}

// ledger strikes the balances of one pay period.
type ledger struct {
	*Payee
	period *model.Period
	in     *Striking
	out    *model.Balance
	sums   map[side]decimal.Decimal
	draws  []*model.Debt
	runs   []model.GuaranteeRun
	holds  []*model.Hold
	rests  map[model.CurrencyCode]decimal.Decimal
	left   model.Date   // since when the payee is TERMINATED, on the period's last day; MaxDate: not
	leaves []model.Date // the first day of each time TERMINATED, in the period or before
	since  int          // how many pay periods ago the payee left
	mins   []minimum    // of the pay period
	ruling []*version   // see policies
}

// side is an account in a currency.
type side struct {
	account  model.LedgerAccount
	currency model.CurrencyCode
}

// Strike works out a payee's ledger of a pay period, in the order of
// calculation.md, step 10. An error is a mistake of the program: a law of
// balances that does not hold.
func (p *Payee) Strike(in Striking) (*model.Balance, error) {
	at := p.periods[in.Period]
	if p.node == nil || at == nil {
		return nil, fmt.Errorf("payee %s or period %s is not in the book", in.Payee, in.Period)
	}
	l := &ledger{
		Payee: p, period: at, in: &in, sums: map[side]decimal.Decimal{}, rests: map[model.CurrencyCode]decimal.Decimal{},
		out: &model.Balance{PayeeID: in.Payee, PeriodID: in.Period, Before: in.Before, Entries: []model.LedgerEntry{}}, left: model.MaxDate,
	}
	l.leaves = p.node.leaves(at.Days.To)
	if left, gone := p.node.leftBy(at.Days.Last()); gone {
		l.left = left
	}
	l.since = l.periodsSince(l.left)
	l.mins = p.minimums(at)
	l.bring()
	l.open()
	l.accrue()
	l.adjust()
	l.clawBack()
	l.guarantee()
	l.draw()
	l.settle()
	l.hand()
	return l.out, CheckBalance(l.out)
}

// post notes an entry; one of 0 is none.
func (l *ledger) post(e model.LedgerEntry) {
	if e.Amount.Amount.IsZero() {
		return
	}
	l.out.Entries = append(l.out.Entries, e)
	from, to := side{e.From, e.Amount.Currency}, side{e.To, e.Amount.Currency}
	l.sums[from], l.sums[to] = l.sums[from].Sub(e.Amount.Amount), l.sums[to].Add(e.Amount.Amount)
}

// of gives what an account comes to.
func (l *ledger) of(account model.LedgerAccount, currency model.CurrencyCode) decimal.Decimal {
	return l.sums[side{account, currency}]
}

// currencies lists those in which something was posted or brought, in order.
func (l *ledger) currencies() []model.CurrencyCode {
	var out []model.CurrencyCode
	for s := range l.sums {
		if !slices.Contains(out, s.currency) {
			out = append(out, s.currency)
		}
	}
	slices.Sort(out)
	return out
}

// bring takes up what the period before has handed on: what is owed from pay
// below zero is set against pay first.
func (l *ledger) bring() {
	b := l.in.Before
	for _, d := range b.Debts {
		switch d.Account {
		case model.AccountPayable:
			l.sums[side{model.AccountPayable, d.Currency}] = d.Amount
		case model.AccountDraw:
			debt := d
			debt.Age++
			l.draws = append(l.draws, &debt)
			at := side{model.AccountDraw, d.Currency}
			l.sums[at] = l.sums[at].Sub(d.Amount)
		case model.AccountCarried:
			l.sums[side{model.AccountCarried, d.Currency}] = d.Amount.Neg()
			l.post(model.LedgerEntry{
				Movement: model.MoveCarried, From: model.AccountPayable, To: model.AccountCarried, Amount: model.Money{Amount: d.Amount, Currency: d.Currency},
				Text: "owed from earlier periods",
			})
		}
	}
	for _, r := range b.Rests {
		l.rests[r.Currency] = r.Amount
	}
	for i := range b.Holds {
		h := b.Holds[i]
		l.holds = append(l.holds, &h)
		at := side{model.AccountHeld, h.Currency}
		l.sums[at] = l.sums[at].Add(h.Held)
	}
	for _, run := range b.Guarantees {
		if p := l.periods[run.PeriodID]; p != nil && p.Days.To > l.period.Days.From {
			l.runs = append(l.runs, run)
		}
	}
}

// open posts what the payee brings at go-live.
func (l *ledger) open() {
	all := slices.Clone(l.in.Openings)
	slices.SortFunc(all, func(a, b model.OpeningEntry) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	for i := range all {
		o := &all[i]
		e := model.LedgerEntry{Movement: model.MoveOpening, From: model.AccountOpening, To: o.Account, Amount: o.Amount, AdjustmentID: &o.ID, Key: o.Key, PlanID: o.PlanID, Text: "at go-live"}
		switch o.Account {
		case model.AccountCarried:
			e.From, e.To = o.Account, model.AccountOpening
			l.post(e)
			l.post(model.LedgerEntry{Movement: model.MoveCarried, From: model.AccountPayable, To: model.AccountCarried, Amount: o.Amount, Text: "owed at go-live"})
		case model.AccountDraw:
			e.From, e.To = o.Account, model.AccountOpening
			l.post(e)
			debt := l.debtOf(o.PlanID, o.Key, o.Amount.Currency)
			debt.Amount, debt.Age = debt.Amount.Add(o.Amount.Amount), max(debt.Age, 1)
		case model.AccountHeld:
			l.post(e)
			h := &model.Hold{Key: "opening " + o.ExternalID, Direct: true, Date: model.MaxDate, Currency: o.Amount.Currency, Whole: o.Amount.Amount, Held: o.Amount.Amount, AtRate: o.Amount.Amount}
			if o.ReleaseOn != nil {
				h.Date = *o.ReleaseOn
			}
			l.holds = append(l.holds, h)
		case model.AccountEarned: // what is calculated here again was paid elsewhere
			e.From, e.To, e.Text = model.AccountPayable, model.AccountOpening, "earned before go-live"
			l.post(e)
		default:
			l.post(e)
		}
	}
}

// adjust posts what was added by hand.
func (l *ledger) adjust() {
	all := slices.Clone(l.in.Adjustments)
	slices.SortFunc(all, func(a, b model.PayAdjustment) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	for i := range all {
		a := &all[i]
		l.post(model.LedgerEntry{
			Movement: model.MoveAdjustment, From: model.AccountAdjustment, To: model.AccountPayable, Amount: a.Amount,
			Key: a.ReasonCode, EarningCode: a.EarningCode, AdjustmentID: &a.ID, Text: a.Reason,
		})
	}
}

// settle ends the period: what a leaver owes, and pay below zero.
func (l *ledger) settle() {
	policies := l.policies()
	for _, d := range l.draws {
		if policy := l.leaverOf(d.PlanID); l.lastPay(&policy) && policy.Draw != model.DebtCarry && d.Amount.IsPositive() {
			l.recover(d, d.Amount, l.leaving())
		}
	}
	collects := len(policies) > 0 && !slices.ContainsFunc(policies, func(v *version) bool { return v.rules.NegativePay != model.NegativeCollected })
	for _, currency := range l.currencies() {
		owed := l.of(model.AccountPayable, currency).Neg()
		if !owed.IsPositive() {
			continue
		}
		e := model.LedgerEntry{Movement: model.MoveCarried, From: model.AccountCarried, To: model.AccountPayable, Amount: model.Money{Amount: owed, Currency: currency}, Text: "pay below zero is carried on"}
		if fate := l.debitOf(); fate != model.DebtCarry {
			l.post(e)
			e.From, e.To, e.Movement, e.Text = model.AccountCollected, model.AccountCarried, model.MoveCollected, l.leaving()+": it is collected"
			if fate == model.DebtWriteOff {
				e.From, e.Movement, e.Text = model.AccountWrittenOff, model.MoveWrittenOff, l.leaving()+": it is written off"
			}
		} else if collects {
			e.From, e.Movement, e.Text = model.AccountCollected, model.MoveCollected, "pay below zero is collected"
		}
		l.post(e)
	}
}

// hand says what goes on to the next period.
func (l *ledger) hand() {
	after := &l.out.After
	l.out.Withheld = l.out.Fault != "" || slices.ContainsFunc(l.in.Earnings, func(a Accrual) bool { return a.Failed }) ||
		slices.ContainsFunc(l.in.Prior, func(a Accrual) bool { return a.Failed })
	for _, currency := range l.currencies() {
		if carried := l.of(model.AccountCarried, currency); carried.IsNegative() {
			after.Debts = append(after.Debts, model.Debt{Account: model.AccountCarried, Currency: currency, Amount: carried.Neg()})
		}
		if payable := l.of(model.AccountPayable, currency); l.out.Withheld && payable.IsPositive() {
			after.Debts = append(after.Debts, model.Debt{Account: model.AccountPayable, Currency: currency, Amount: payable})
		}
	}
	for _, d := range l.draws {
		if d.Amount.IsPositive() {
			after.Debts = append(after.Debts, *d)
		}
	}
	after.Guarantees = l.runs
	for _, h := range l.holds {
		if !l.done(h) {
			after.Holds = append(after.Holds, *h)
		}
	}
	for currency, rest := range l.rests {
		if !rest.IsZero() {
			after.Rests = append(after.Rests, model.Rest{Currency: currency, Amount: rest})
		}
	}
	sortBrought(l.index, after)
}

func sortBrought(x *index, b *model.Brought) {
	slices.SortStableFunc(b.Debts, func(a, c model.Debt) int {
		return cmp.Or(cmp.Compare(a.Account, c.Account), cmp.Compare(a.Currency, c.Currency), cmp.Compare(x.optionalPlanKey(a.PlanID), x.optionalPlanKey(c.PlanID)), cmp.Compare(a.Key, c.Key))
	})
	slices.SortFunc(b.Rests, func(a, c model.Rest) int { return cmp.Compare(a.Currency, c.Currency) })
	slices.SortStableFunc(b.Holds, func(a, c model.Hold) int { return compareHolds(x, &a, &c) })
}

// policies gives the versions that pay the payee last in the period or, where none
// does, have before, by the keys of their plans.
func (l *ledger) policies() []*version {
	if l.ruling == nil {
		l.ruling = l.paying(l.period.Days)
		if len(l.ruling) == 0 {
			l.ruling = l.paying(model.Interval{From: model.MinDate, To: l.period.Days.To})
		}
		l.ruling = slices.CompactFunc(l.ruling, func(a, b *version) bool { return a.plan == b.plan })
	}
	return l.ruling
}

// paying gives the versions of the period's calendar that pay the payee for a position
// held on any of the days: by the keys of their plans, of each plan the last first.
func (l *ledger) paying(days model.Interval) []*version {
	last := map[*version]model.Date{}
	for _, position := range held(l.node, days) {
		for _, p := range l.plansOf(l.node, position, days) {
			l.eachPiece(l.node, position, p, &model.Period{CalendarID: l.period.CalendarID, Days: days}, func(piece leg, v *version) {
				if piece.seated {
					last[v] = max(last[v], piece.days.To)
				}
			})
		}
	}
	return slices.SortedFunc(maps.Keys(last), func(a, b *version) int {
		return cmp.Or(strings.Compare(a.plan.ExternalID, b.plan.ExternalID), cmp.Compare(last[b], last[a]), cmp.Compare(b.Number, a.Number))
	})
}

// lastIn gives the version in force on the last of the days on which one is.
func (p *plan) lastIn(days model.Interval) *version {
	for day := days.Last(); ; {
		if v := p.on(day); v != nil {
			return v
		}
		before := model.MinDate
		for _, v := range p.versions {
			if v.Days.To <= day {
				before = max(before, v.Days.Last())
			}
		}
		if before < days.From {
			return nil
		}
		day = before
	}
}
