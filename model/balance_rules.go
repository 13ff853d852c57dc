package model

import "github.com/shopspring/decimal"

// Guarantee is a minimum that a plan version promises: what the payee's counted
// earnings of a period miss of it is topped up. It is not paid back. A draw that
// is not recoverable is a guarantee.
type Guarantee struct {
	Key     string           `json:"key"`
	Name    string           `json:"name"`
	Amount  *decimal.Decimal `json:"amount,omitempty"`  // of a whole period, in plan currency, prorated
	Formula string           `json:"formula,omitempty"` // instead: money in plan currency, over the period; not prorated
	Whole   bool             `json:"whole,omitempty"`   // Amount is not prorated
	Per     PeriodType       `json:"per"`               // the period whose earnings are tested
	Counts  []string         `json:"counts,omitempty"`  // keys of the plan's components that count; empty: all that the payee earns
	Besides string           `json:"besides,omitempty"` // money paid elsewhere that counts too, as base pay: in plan currency, over the period; empty: none
}

// DrawMethod is how a draw is paid.
type DrawMethod string

// The methods of draws.
const (
	DrawShortfall DrawMethod = "SHORTFALL" // what pay misses of the amount is advanced
	DrawUpFront   DrawMethod = "UP_FRONT"  // payroll has paid the amount already; it is taken off here
)

// DrawFate is what becomes of a draw's balance at the draw's end.
type DrawFate string

// The fates of a draw's balance.
const (
	DrawRecover  DrawFate = "RECOVER"   // recovered further from later pay
	DrawCollect  DrawFate = "COLLECT"   // collected from the payee
	DrawWriteOff DrawFate = "WRITE_OFF" // forgiven
)

// Draw is a recoverable advance to a minimum per pay period, repaid from later
// pay above the minimum.
type Draw struct {
	Key          string           `json:"key"`
	Name         string           `json:"name"`
	Amount       *decimal.Decimal `json:"amount,omitempty"`       // of a whole pay period, in plan currency, prorated
	Formula      string           `json:"formula,omitempty"`      // instead: money in plan currency, over the pay period; not prorated
	Whole        bool             `json:"whole,omitempty"`        // Amount is not prorated
	Method       DrawMethod       `json:"method,omitempty"`       // empty: SHORTFALL
	StartDate    *Date            `json:"startDate,omitempty"`    // its first day; nil: that of the assignment
	EndDate      *Date            `json:"endDate,omitempty"`      // its last day, inclusive; nil: that of the assignment
	RecoverAfter int              `json:"recoverAfter,omitempty"` // pay periods from its first one on in which nothing is recovered
	RecoverShare *decimal.Decimal `json:"recoverShare,omitempty"` // of what pay exceeds the amount by, above 0 and at most 1; nil: 1
	AtEnd        DrawFate         `json:"atEnd,omitempty"`        // empty: RECOVER
}

// Days gives the days on which the draw stands.
func (d *Draw) Days() Interval {
	days := Always
	if d.StartDate != nil {
		days.From = *d.StartDate
	}
	if d.EndDate != nil {
		days.To = d.EndDate.AddDays(1)
	}
	return days
}

// MethodGiven is how the draw is paid.
func (d *Draw) MethodGiven() DrawMethod {
	if d.Method == "" {
		return DrawShortfall
	}
	return d.Method
}

// AtEndGiven is the fate of its balance.
func (d *Draw) AtEndGiven() DrawFate {
	if d.AtEnd == "" {
		return DrawRecover
	}
	return d.AtEnd
}

// ReleaseTrigger is what makes a part of an earning payable.
type ReleaseTrigger string

// The triggers of releases.
const (
	ReleaseDate      ReleaseTrigger = "DATE"      // a day
	ReleaseOffset    ReleaseTrigger = "OFFSET"    // so many months and days after the event or the payout period's end
	ReleaseCash      ReleaseTrigger = "CASH"      // the customer's payments
	ReleaseCondition ReleaseTrigger = "CONDITION" // an expression over the deal
	ReleasePerson    ReleaseTrigger = "PERSON"    // somebody releases it
)

// ReleaseFrom is from when on an OFFSET counts.
type ReleaseFrom string

// What offsets count from.
const (
	FromEvent  ReleaseFrom = "EVENT"  // the credit's date; of what cites none the payout period's last day
	FromPeriod ReleaseFrom = "PERIOD" // the payout period's last day
)

// CashMode is how payments release.
type CashMode string

// The ways in which payments release.
const (
	CashWhole      CashMode = "WHOLE"      // all once the sale is paid in full
	CashProportion CashMode = "PROPORTION" // as much of it as is paid of the sale
)

// ReleasePart is a share of an earning and what makes it payable. The shares of
// a component total 1.
type ReleasePart struct {
	Name      string          `json:"name"`
	Share     decimal.Decimal `json:"share"` // a fraction
	Trigger   ReleaseTrigger  `json:"trigger"`
	Date      *Date           `json:"date,omitempty"`   // DATE
	From      ReleaseFrom     `json:"from,omitempty"`   // OFFSET; empty: EVENT
	Months    int             `json:"months,omitempty"` // OFFSET: at least 0
	Days      int             `json:"days,omitempty"`   // OFFSET: at least 0
	Cash      CashMode        `json:"cash,omitempty"`   // CASH; empty: WHOLE
	Condition string          `json:"condition,omitempty"`
}

// FromGiven is from when on an OFFSET counts, nil for another trigger.
func (p *ReleasePart) FromGiven() *ReleaseFrom {
	if p.From == "" && p.Trigger == ReleaseOffset {
		return given(FromEvent)
	}
	return given(p.From)
}

// CashGiven is how payments release, nil for another trigger.
func (p *ReleasePart) CashGiven() *CashMode {
	if p.Cash == "" && p.Trigger == ReleaseCash {
		return given(CashWhole)
	}
	return given(p.Cash)
}

// ClawbackCause is what takes an earning back.
type ClawbackCause string

// The causes of clawbacks.
const (
	ClawReturn     ClawbackCause = "RETURN"      // the sale is returned or cancelled
	ClawNonPayment ClawbackCause = "NON_PAYMENT" // the customer has not paid in time
	ClawLeaving    ClawbackCause = "LEAVING"     // the payee leaves
)

// ClawbackBasis is what is taken back of.
type ClawbackBasis string

// The bases of clawbacks.
const (
	ClawPaid   ClawbackBasis = "PAID"    // what the line has earned, with all adjustments
	ClawAtRate ClawbackBasis = "AT_RATE" // what the rate alone gave
)

// ClawbackMethod is how much of the basis is taken back.
type ClawbackMethod string

// The methods of clawbacks.
const (
	ClawFull     ClawbackMethod = "FULL"
	ClawPercent  ClawbackMethod = "PERCENT"
	ClawUnearned ClawbackMethod = "UNEARNED_MONTHS" // by the months of Term that are left
)

// Clawback is a rule by which a component's earnings are taken back.
type Clawback struct {
	Cause      ClawbackCause    `json:"cause"`
	Basis      ClawbackBasis    `json:"basis,omitempty"`      // empty: PAID
	Method     ClawbackMethod   `json:"method,omitempty"`     // empty: FULL
	Share      *decimal.Decimal `json:"share,omitempty"`      // PERCENT: a fraction above 0 and at most 1
	Months     int              `json:"months,omitempty"`     // RETURN, LEAVING: what happens within so many months of the event takes back; UNEARNED_MONTHS: they are the term; 0: whenever
	Days       int              `json:"days,omitempty"`       // NON_PAYMENT: so many days after the event; at least 1
	EventMonth bool             `json:"eventMonth,omitempty"` // UNEARNED_MONTHS: the month in which it happens is earned
	OnlyDirect bool             `json:"onlyDirect,omitempty"` // what cites rollup or overlay credits stays
}

// BasisGiven is what is taken back of.
func (c *Clawback) BasisGiven() ClawbackBasis {
	if c.Basis == "" {
		return ClawPaid
	}
	return c.Basis
}

// MethodGiven is how much is taken back.
func (c *Clawback) MethodGiven() ClawbackMethod {
	if c.Method == "" {
		return ClawFull
	}
	return c.Method
}

// LeaverHolds is what becomes of what is held when the payee leaves.
type LeaverHolds string

// The fates of a leaver's holds.
const (
	HoldsContinue LeaverHolds = "CONTINUE"
	HoldsRelease  LeaverHolds = "RELEASE"
	HoldsForfeit  LeaverHolds = "FORFEIT"
)

// LeaverDebt is what becomes of what a leaver owes.
type LeaverDebt string

// The fates of a leaver's debts.
const (
	DebtCarry    LeaverDebt = "CARRY" // set against what may still come
	DebtCollect  LeaverDebt = "COLLECT"
	DebtWriteOff LeaverDebt = "WRITE_OFF"
)

// OpenWindow is what becomes of a measurement window that is open when the payee
// leaves: that began before, and ends after.
type OpenWindow string

// The choices for an open window.
const (
	OpenProrate OpenWindow = "PRORATE" // it is measured and prorated by the days until leaving
	OpenForfeit OpenWindow = "FORFEIT" // it earns nothing any more
	OpenFull    OpenWindow = "FULL"    // it is measured until leaving, and not prorated for it
)

// LeaverPolicy is what happens once a payee is TERMINATED.
type LeaverPolicy struct {
	OpenWindow OpenWindow `json:"openWindow,omitempty"` // empty: PRORATE

	Holds LeaverHolds `json:"holds,omitempty"` // empty: CONTINUE
	Draw  LeaverDebt  `json:"draw,omitempty"`  // empty: CARRY
	Debit LeaverDebt  `json:"debit,omitempty"` // of carried debits; empty: CARRY

	LastPayAfter int `json:"lastPayAfter,omitempty"` // pay periods after the one of leaving until the last pay, in which holds and debts meet their fate; 0: that of leaving
}

// LeaverGiven is the version's leaver policy with its defaults filled in.
func (r *PlanRules) LeaverGiven() LeaverPolicy {
	var out LeaverPolicy
	if r.Leaver != nil {
		out = *r.Leaver
	}
	fill(&out.OpenWindow, OpenProrate)
	fill(&out.Holds, HoldsContinue)
	fill(&out.Draw, DebtCarry)
	fill(&out.Debit, DebtCarry)
	return out
}
