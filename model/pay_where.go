package model

// PayAdjustmentWhere filters manual adjustments.
type PayAdjustmentWhere struct {
	And, Or    []*PayAdjustmentWhere
	Not        *PayAdjustmentWhere
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PeriodID   *IDFilter
	States     []AdjustmentState
	State      *AdjustmentStateFilter
	Amount     *DecimalFilter
	Currency   *CurrencyFilter
	CreatedAt  *DateTimeFilter
	Payee      *One[PayeeWhere]
	Period     *One[PeriodWhere]
}

// OpeningEntryWhere filters opening entries.
type OpeningEntryWhere struct {
	And, Or    []*OpeningEntryWhere
	Not        *OpeningEntryWhere
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PeriodID   *IDFilter
	Amount     *DecimalFilter
	Currency   *CurrencyFilter
	Payee      *One[PayeeWhere]
	Period     *One[PeriodWhere]
}

// EarningCodeWhere filters earning codes.
type EarningCodeWhere struct {
	And, Or []*EarningCodeWhere
	Not     *EarningCodeWhere
	ID      *IDFilter
	Code    *StringFilter
	Section *StringFilter
	Name    *StringFilter
}

// PaymentWhere filters payments.
type PaymentWhere struct {
	And, Or  []*PaymentWhere
	Not      *PaymentWhere
	ID       *IDFilter
	PayeeID  *IDFilter
	PeriodID *IDFilter
	Amount   *DecimalFilter
	Currency *CurrencyFilter
	PaidOn   *DateFilter
	Payee    *One[PayeeWhere]
	Period   *One[PeriodWhere]
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
