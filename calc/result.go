package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// Result is what one payee earned in one payout period. Both lists are in
// canonical order: by external id of the position, external id of the plan and
// key of the component. Each problem has its earning, of 0 and Why PROBLEM.
type Result struct {
	Earnings []Earning
	Problems []model.Problem
}

// Earning is what one component yields for a payee, position and period.
//
// Its lines and its explanation are both in the trace; Lines, Explain and
// Canonical derive them.
type Earning struct {
	Payee       model.ID
	Position    model.ID
	Period      model.ID
	Component   model.ID // model.ComponentID(Plan, Key)
	Plan        model.ID
	Version     model.ID // the version in force on the assignment's last day in the window
	Key         string
	Name        string
	EarningCode string
	Amount      model.Money      // rounded, in the payee's pay currency on that day
	Measure     decimal.Decimal  // exact; in plan currency, or in the measure's own unit
	Quota       *decimal.Decimal // exact, after proration; nil where there is none
	Attainment  *decimal.Decimal // Measure / Quota, 16 decimals HALF_EVEN; nil without a quota above 0
	Attains     *model.ID        // the measure, where Measure is all of it towards its quota; nil where a condition or cap leaves some out
	Next        *model.NextTier  // nil where no tier above pays
	GoesBack    bool             // lines cite facts before the period
	Why         model.Why
	Provisional bool // a rate of another day stood in for one that is not known yet
	Trace       Trace
	Cites       Cites // the keys behind the ids, for Canonical alone; not stored
}

// Line is one part of an earning. The rounded amounts of an earning's lines
// sum to it exactly.
type Line struct {
	Credit   int64           // the credit's number, below 0 the activity's; 0 where the line is a result of the whole window: see Cited
	Measured decimal.Decimal // what it adds to the measure; 0 for a result of the window
	Exact    decimal.Decimal // at most 10 decimals, in pay currency
	Amount   decimal.Decimal // rounded, in pay currency
}

// Cites names an earning and the credits of its trace by the callers' keys.
type Cites struct {
	Payee    string // external id
	Position string // external id
	Calendar string // external id
	Period   string // name
	Plan     string // external id
	Version  int    // the plan version's number
	Key      func(credit int64) CreditKey
}

// CreditKey names the credit with a number by its facts.
type CreditKey struct {
	Credit     int64
	Source     string
	ExternalID string
	Line       string
	CreditType string // key
	Kind       model.CreditKind
	Position   string // external id
	Via        string // external id; "" unless ROLLUP
	Rule       string // key; "" where credited by hand
}
