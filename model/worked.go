package model

import "github.com/shopspring/decimal"

// PlanTest is a worked test that is kept with a plan version: what a made-up
// payee sells, and what the version is to pay for it.
type PlanTest struct {
	Name        string                `json:"name"`
	StartDate   *Date                 `json:"startDate,omitempty"`   // the payee's first day in the position; nil: long before
	EndDate     *Date                 `json:"endDate,omitempty"`     // the last, inclusive; nil: they stay
	PayCurrency CurrencyCode          `json:"payCurrency,omitempty"` // empty: the plan's
	TitleID     *ID                   `json:"title,omitempty"`       // of the position
	Attributes  []Attribute           `json:"attributes,omitempty"`  // of the payee
	Statuses    []PlanTestStatus      `json:"statuses,omitempty"`    // ascending; ACTIVE before the first
	Target      *decimal.Decimal      `json:"target,omitempty"`      // incentive per plan year, in plan currency
	Quotas      []PlanTestQuota       `json:"quotas,omitempty"`
	Parameters  []PlanTestParameter   `json:"parameters,omitempty"`
	Values      []PlanTestValue       `json:"values,omitempty"`
	Facts       []PlanTestFact        `json:"facts,omitempty"`
	Expect      []PlanTestExpectation `json:"expect"`
}

// PlanTestStatus is what the payee is from a day on.
type PlanTestStatus struct {
	StartDate Date        `json:"startDate"`
	Status    PayeeStatus `json:"status"`
}

// PlanTestQuota is what the payee is to reach.
type PlanTestQuota struct {
	MeasureID ID              `json:"measure"`
	Period    string          `json:"period"` // a name of the plan's calendar
	StartDate *Date           `json:"startDate,omitempty"`
	Amount    decimal.Decimal `json:"amount"`
}

// PlanTestParameter is what a parameter is for the payee.
type PlanTestParameter struct {
	Key   string          `json:"key"`
	Value decimal.Decimal `json:"value"`
}

// PlanTestValue is a dated number of a measure of values.
type PlanTestValue struct {
	MeasureID ID              `json:"measure"`
	Date      Date            `json:"date"`
	Value     decimal.Decimal `json:"value"`
}

// PlanTestFact is a credit of the payee.
type PlanTestFact struct {
	ID           string           `json:"id,omitempty"` // by which a return names its sale
	Date         Date             `json:"date"`
	Amount       decimal.Decimal  `json:"amount"`
	Currency     CurrencyCode     `json:"currency,omitempty"` // empty: the plan's
	Quantity     *decimal.Decimal `json:"quantity,omitempty"`
	Margin       *decimal.Decimal `json:"margin,omitempty"`
	Kind         string           `json:"kind,omitempty"` // of the transaction
	Product      string           `json:"product,omitempty"`
	Account      string           `json:"account,omitempty"`
	Order        string           `json:"order,omitempty"`
	Reverses     string           `json:"reverses,omitempty"`   // the id of the sale that it returns
	CreditTypeID *ID              `json:"creditType,omitempty"` // nil: REVENUE
	CreditKind   CreditKind       `json:"creditKind,omitempty"` // empty: DIRECT
	Level        int              `json:"level,omitempty"`      // ROLLUP: levels above the sale
	Attributes   []Attribute      `json:"attributes,omitempty"` // of the transaction
}

// PlanTestExpectation is what a component is to earn in a period.
type PlanTestExpectation struct {
	Period     string           `json:"period"` // a name of the plan's calendar
	Component  string           `json:"component"`
	Amount     decimal.Decimal  `json:"amount"`               // in pay currency
	Attainment *decimal.Decimal `json:"attainment,omitempty"` // to the decimals that it has, at least 4; nil: whatever
	Why        *Why             `json:"why,omitempty"`        // nil: whatever
}

// PlanTestResult is what a worked test came to.
type PlanTestResult struct {
	Name     string
	Passed   bool
	Failure  *string // why it could not be worked out at all
	Outcomes []*PlanTestOutcome
}

// PlanTestOutcome is what one expectation came to.
type PlanTestOutcome struct {
	Period             string
	Component          string
	Expected           Money
	Actual             *Money // nil where the component earns nothing in the period, not even 0
	Difference         *Money // actual - expected
	ExpectedAttainment *decimal.Decimal
	Attainment         *decimal.Decimal
	ExpectedWhy        *Why
	Why                *Why
	Passed             bool
	Text               string // how the amount comes about, or what is wrong
}

// PayCurrencyGiven is the currency in which the payee is paid, nil for the plan's.
func (t *PlanTest) PayCurrencyGiven() *CurrencyCode { return given(t.PayCurrency) }

// CurrencyGiven is the currency of the fact, nil for the plan's.
func (f *PlanTestFact) CurrencyGiven() *CurrencyCode { return given(f.Currency) }

// CreditKindGiven is how the payee came by the credit.
func (f *PlanTestFact) CreditKindGiven() CreditKind {
	if f.CreditKind == "" {
		return CreditDirect
	}
	return f.CreditKind
}
