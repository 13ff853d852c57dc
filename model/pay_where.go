package model

// PayAdjustmentWhere filters manual adjustments.
type PayAdjustmentWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PeriodID   *IDFilter
	States     []AdjustmentState
}

// OpeningEntryWhere filters opening entries.
type OpeningEntryWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PeriodID   *IDFilter
}

// EarningCodeWhere filters earning codes.
type EarningCodeWhere struct {
	ID      *IDFilter
	Code    *StringFilter
	Section *StringFilter
}

// PaymentWhere filters payments.
type PaymentWhere struct {
	ID       *IDFilter
	PayeeID  *IDFilter
	PeriodID *IDFilter
}

// ClosingCode is what speaks against closing a period.
type ClosingCode string

// What speaks against closing. The first ones block; the others are left out of
// pay, or passed over, by who names them.
const (
	ClosingEarlierOpen   ClosingCode = "EARLIER_PERIOD_OPEN"
	ClosingNotCalculated ClosingCode = "NOT_CALCULATED"
	ClosingNotApproved   ClosingCode = "NOT_APPROVED"
	ClosingProvisional   ClosingCode = "PROVISIONAL_RATE"
	ClosingPending       ClosingCode = "PENDING_ADJUSTMENT"
	ClosingOpenProblem   ClosingCode = "OPEN_PROBLEM"
	ClosingOpenException ClosingCode = "OPEN_EXCEPTION"
	ClosingContested     ClosingCode = "CONTESTED_STATEMENT"
)

// ClosingCheck is one thing that speaks against closing a period.
type ClosingCheck struct {
	Code     ClosingCode
	Blocking bool // closing is refused as long as it stands; otherwise it is enough to name it
	Count    int
	Text     string
}
