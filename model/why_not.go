package model

import "github.com/shopspring/decimal"

// WhyNotCode says what stopped a transaction or a component from paying.
type WhyNotCode string

// What stops crediting, in the order in which it is asked.
const (
	WhyNotKind          WhyNotCode = "KIND_NOT_CREDITABLE"
	WhyNotByHand        WhyNotCode = "SETTLED_BY_HAND"
	WhyNotSuperseded    WhyNotCode = "SUPERSEDED"
	WhyNotSale          WhyNotCode = "SALE_NOT_CREDITED"
	WhyNotShare         WhyNotCode = "NO_SHARE"
	WhyNotVacant        WhyNotCode = "VACANT_POSITION"
	WhyNotException     WhyNotCode = "CREDITING_EXCEPTION"
	WhyNotReceivers     WhyNotCode = "OTHER_RECEIVERS"
	WhyNotRuleKind      WhyNotCode = "RULE_OTHER_KIND"
	WhyNotRuleDays      WhyNotCode = "RULE_OUT_OF_DATES"
	WhyNotRuleDate      WhyNotCode = "RULE_DATE_MISSING"
	WhyNotRuleCondition WhyNotCode = "RULE_CONDITION"
	WhyNotRuleLater     WhyNotCode = "RULE_LATER"
	WhyNotUncredited    WhyNotCode = "NOT_CREDITED"
)

// What keeps a credit from counting in a component, or a component from having
// an earning at all.
const (
	WhyNotUnknown            WhyNotCode = "NO_SUCH_COMPONENT"
	WhyNotAssigned           WhyNotCode = "NOT_ASSIGNED"
	WhyNotVersion            WhyNotCode = "NO_VERSION"
	WhyNotHeld               WhyNotCode = "NOT_HELD"
	WhyNotInVersion          WhyNotCode = "NOT_IN_VERSION"
	WhyNotDates              WhyNotCode = "OUTSIDE_DATES"
	WhyNotMember             WhyNotCode = "NOT_A_MEMBER"
	WhyNotPayout             WhyNotCode = "OTHER_PAYOUT"
	WhyNotPeriod             WhyNotCode = "NO_PERIOD"
	WhyNotReturnIgnored      WhyNotCode = "RETURN_IGNORED"
	WhyNotSaleUncounted      WhyNotCode = "SALE_NOT_COUNTED"
	WhyNotMeasured           WhyNotCode = "NOT_MEASURED"
	WhyNotCreditType         WhyNotCode = "CREDIT_TYPE"
	WhyNotCreditKind         WhyNotCode = "CREDIT_KIND"
	WhyNotMeasureCondition   WhyNotCode = "MEASURE_CONDITION"
	WhyNotComponentCondition WhyNotCode = "COMPONENT_CONDITION"
	WhyNotEligible           WhyNotCode = "INELIGIBLE"
	WhyNotCalculated         WhyNotCode = "NOT_CALCULATED"
	WhyNotWithdrawn          WhyNotCode = "WITHDRAWN"
)

// What took the money of a credit that counts, or of a component.
const (
	WhyNotProblem       WhyNotCode = "PROBLEM"
	WhyNotCredits       WhyNotCode = "NO_CREDITS"
	WhyNotNothing       WhyNotCode = "NOTHING_MEASURED"
	WhyNotAttainmentCap WhyNotCode = "ATTAINMENT_CAPPED"
	WhyNotThreshold     WhyNotCode = "BELOW_THRESHOLD"
	WhyNotWithOrder     WhyNotCode = "PAID_WITH_ORDER"
	WhyNotTogether      WhyNotCode = "PAID_TOGETHER"
	WhyNotMultiplied    WhyNotCode = "MULTIPLIED_BY_ZERO"
	WhyNotGate          WhyNotCode = "GATE_NOT_MET"
	WhyNotCapped        WhyNotCode = "CAPPED"
	WhyNotReturned      WhyNotCode = "RETURNED"
	WhyNotNetZero       WhyNotCode = "NET_ZERO"
	WhyNotRounded       WhyNotCode = "ROUNDED_TO_ZERO"
	WhyNotStatus        WhyNotCode = "STATUS_NOT_PAID"
	WhyNotNothingNew    WhyNotCode = "NOTHING_NEW"
)

// What has become of what was earned.
const (
	WhyNotPayable    WhyNotCode = "HELD"
	WhyNotForfeited  WhyNotCode = "FORFEITED"
	WhyNotClawedBack WhyNotCode = "CLAWED_BACK"
	WhyNotClosed     WhyNotCode = "CLOSED"
	WhyNotWithheld   WhyNotCode = "WITHHELD"
	WhyNotRecovered  WhyNotCode = "RECOVERED"
	WhyNotOwed       WhyNotCode = "CARRIED"
)

// WhyNotReason is one thing that stopped pay, or cut it.
type WhyNotReason struct {
	Code          WhyNotCode
	Text          string
	Detail        string // what is added to the text for who may read the set-up that it quotes
	SubjectID     *ID    // the rule, exception, plan, version, earning ... where it is a node
	PositionID    *ID    // of the credit or earning
	PlanID        *ID
	ComponentKey  string
	PeriodID      *ID              // the payout period
	CreditTypeID  *ID              // of a rule or an exception; nil: of every type
	ExceptionCode *ExceptionCode   // CREDITING_EXCEPTION
	Value         *decimal.Decimal // what was reached, or is stopped
	Bound         *decimal.Decimal // what it was held against
}

// WhyNotPayment is what a transaction or component did pay in one earning.
type WhyNotPayment struct {
	EarningID ID
	Lines     []int // the numbers of the earning's lines that cite the transaction; all is meant where none is
	Amount    Money
}

// WhyNot answers why a transaction, or a component, did not pay a payee.
type WhyNot struct {
	PayeeID       ID
	TransactionID *ID
	ActivityID    *ID
	PeriodID      *ID
	Paid          bool
	Payments      []*WhyNotPayment
	Reasons       []*WhyNotReason
	Complete      bool // no reason was left out, because there are too many or the asker may not see the position
}
