package model

import "github.com/shopspring/decimal"

// Result is an earning as it is kept: narrow, with its trace in flat arrays
// whose format calc defines.
type Result struct {
	RunID         ID
	PayeeID       ID
	PeriodID      ID
	PositionID    ID
	ComponentID   ID
	PlanID        ID
	PlanVersionID ID
	ComponentKey  string
	ComponentName string
	EarningCode   string
	Amount        Money
	Measure       decimal.Decimal
	Quota         *decimal.Decimal
	Attainment    *decimal.Decimal
	Attains       *ID       // the measure, where Measure is all of it towards its quota
	Next          *NextTier // nil where no tier above pays
	LineCredits   []int64   // what each line of Paid cites: a credit, below 0 an activity, 0 nothing
	GoesBack      bool      // lines cite facts before the period
	Why           Why
	Provisional   bool
	Trace         FlatTrace
}

// FlatTrace is calc's trace as arrays: one entry per node, one per rounded
// line in Paid, one per term in the Term arrays.
type FlatTrace struct {
	Format    int16
	Kinds     []int16
	Parents   []int32
	Terms     []int32
	Amounts   Numbers
	Values    Numbers
	Credits   []int64
	Paid      Numbers
	TermLabel []string
	TermRate  []*decimal.Decimal
	TermFrom  []*decimal.Decimal
	TermTo    []*decimal.Decimal
	TermFX    []*decimal.Decimal
	TermStep  []string
}

// PayeePeriod is what is calculated and published as one.
type PayeePeriod struct {
	Payee  ID
	Period ID
}

// CreditFact is a credit in force with its transaction's revision in force and
// the keys that a calculation cites.
type CreditFact struct {
	Credit      Credit
	Transaction *Transaction
	Reversal    bool
	Activity    bool // not a credit but an activity, as Activity.Fact lays it out
	Rule        string
}

// EarningWhere filters earnings.
type EarningWhere struct {
	And, Or      []*EarningWhere
	Not          *EarningWhere
	PayeeID      *IDFilter
	PositionID   *IDFilter
	PeriodID     *IDFilter
	PlanID       *IDFilter
	CalendarID   *IDFilter // of the payout period; not in the graph
	ComponentKey *StringFilter
	PeriodTypes  []PeriodType
	PeriodStart  *DateFilter
	PeriodEnd    *DateFilter
	EarningCode  *StringFilter
	Amount       *DecimalFilter
	Currency     *CurrencyFilter
	Attainment   *DecimalFilter
	Provisional  *BooleanFilter
	Payee        *One[PayeeWhere]
	Position     *One[PositionWhere]
	Period       *One[PeriodWhere]
	Plan         *One[PlanWhere]
}

// ProblemWhere filters problems.
type ProblemWhere struct {
	And, Or      []*ProblemWhere
	Not          *ProblemWhere
	PayeeID      *IDFilter
	PeriodID     *IDFilter
	Codes        []ProblemCode
	Code         *ProblemCodeFilter
	PositionID   *IDFilter
	ComponentKey *StringFilter
	Payee        *One[PayeeWhere]
	Position     *One[PositionWhere]
	Period       *One[PeriodWhere]
}

// CalculationRunWhere filters runs.
type CalculationRunWhere struct {
	And, Or   []*CalculationRunWhere
	Not       *CalculationRunWhere
	ID        *IDFilter
	PeriodID  *IDFilter
	Kinds     []RunKind
	Statuses  []RunStatus
	Kind      *RunKindFilter
	Status    *RunStatusFilter
	CreatedAt *DateTimeFilter
}
