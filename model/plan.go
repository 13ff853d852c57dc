package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// MeasureSource is what a measure reads.
type MeasureSource string

// The sources of measures; the zero value reads as CREDITS.
const (
	SourceCredits MeasureSource = "CREDITS"
	SourceValues  MeasureSource = "VALUES"
)

// MeasureAggregation is how the values of a window become one number.
type MeasureAggregation string

// The aggregations of measures; the zero value reads as SUM.
const (
	AggregateSum     MeasureAggregation = "SUM"
	AggregateAverage MeasureAggregation = "AVERAGE" // of the values that there are
	AggregateLast    MeasureAggregation = "LAST"    // the value of the latest date
)

// MeasureOf is what a measure sums over its credits. (A MeasureValue is
// something else: a dated number that is no credit.)
type MeasureOf string

// The values of measures over credits.
const (
	ValueAmount     MeasureOf = "AMOUNT"
	ValueQuantity   MeasureOf = "QUANTITY"
	ValueMargin     MeasureOf = "MARGIN"
	ValueCount      MeasureOf = "COUNT"
	ValueExpression MeasureOf = "EXPRESSION"
)

// Measure is a tenant's named number, over credits (which ones count and what
// of each is summed) or over values.
type Measure struct {
	ID            ID
	Key           string
	Name          string
	Source        MeasureSource
	Aggregation   MeasureAggregation // SUM over credits
	CreditTypeIDs []ID               // empty takes all
	CreditKinds   []CreditKind       // empty takes all
	Condition     string             // an expression over the credit; empty takes all
	Value         MeasureOf          // AMOUNT over values: the value itself
	Expression    string             // where Value is EXPRESSION
	Version       int
}

// OfValues tells whether the measure reads values, not credits.
func (m *Measure) OfValues() bool { return m.Source == SourceValues }

// MeasureValue is a dated number that is no credit, such as hours or EBITDA:
// there is one a day for each measure and position, or for the whole company.
type MeasureValue struct {
	ID         ID
	MeasureID  ID
	PositionID *ID // nil: of the whole company
	Date       Date
	Value      decimal.Decimal // may be negative
	Version    int
}

// CompanyWide tells whether the value is the whole company's.
func (v *MeasureValue) CompanyWide() bool { return v.PositionID == nil }

// Quota is the number to reach of a measure in a period, for a position or, as
// the default of its positions, for a title.
type Quota struct {
	ID         ID
	PositionID *ID
	TitleID    *ID
	MeasureID  ID
	PeriodID   ID
	Amount     decimal.Decimal
	Version    int
}

// DimensionOf is what a rate table is looked up by.
type DimensionOf string

// The dimensions of rate tables.
const (
	ByAttainment DimensionOf = "ATTAINMENT" // a fraction of quota: bounds are cut as bound x quota
	ByMeasure    DimensionOf = "MEASURE"    // the measure itself
	ByExpression DimensionOf = "EXPRESSION"
)

// CellKind is what a rate table's cells are.
type CellKind string

// The kinds of cell.
const (
	CellRate  CellKind = "RATE"
	CellMoney CellKind = "MONEY"
)

// BoundsRule says to which row a value exactly on a bound belongs.
type BoundsRule string

// The rules of bounds.
const (
	LowerInclusive BoundsRule = "LOWER_INCLUSIVE"
	UpperInclusive BoundsRule = "UPPER_INCLUSIVE"
)

// RateRow is one row of a rate table: from and to (nil: no bound) and its
// cell.
type RateRow struct {
	From *decimal.Decimal `json:"from,omitempty"`
	To   *decimal.Decimal `json:"to,omitempty"`
	Cell decimal.Decimal  `json:"cell"`
}

// RateTable is a tenant's table of rates with dated versions.
type RateTable struct {
	ID       ID
	Key      string
	Name     string
	Versions []RateTableVersion // ordered by From, without overlap
	Version  int
}

// On gives what the table says on a day, nil where nothing.
func (t *RateTable) On(day Date) *RateTableVersion {
	for i := range t.Versions {
		if t.Versions[i].Days.Contains(day) {
			return &t.Versions[i]
		}
	}
	return nil
}

// RateTableVersion is what a rate table says on a span of days.
type RateTableVersion struct {
	Days       Interval        `json:"days"`
	Dimension  DimensionOf     `json:"dimension"`
	Expression string          `json:"expression,omitempty"`
	CellKind   CellKind        `json:"cellKind"`
	Bounds     BoundsRule      `json:"bounds"`
	Gaps       bool            `json:"gaps"`    // rows need not be contiguous
	Default    decimal.Decimal `json:"default"` // the cell of a gap and below the first row
	Rows       []RateRow       `json:"rows"`
}

// Plan is a compensation plan; what it says stands in its versions.
type Plan struct {
	ID         ID
	ExternalID string
	Name       string
	Version    int
}

// PlanVersionState is where a plan version stands in its life.
type PlanVersionState string

// The states of a plan version.
const (
	VersionDraft     PlanVersionState = "DRAFT"
	VersionInReview  PlanVersionState = "IN_REVIEW"
	VersionApproved  PlanVersionState = "APPROVED"
	VersionPublished PlanVersionState = "PUBLISHED"
	VersionRetired   PlanVersionState = "RETIRED"
)

// PlanVersion is the content of a plan in force [From, To).
type PlanVersion struct {
	ID          ID
	PlanID      ID
	Number      int
	State       PlanVersionState
	Days        Interval
	Currency    CurrencyCode
	CalendarID  ID
	Rules       PlanRules
	Components  []Component
	ContentHash string // hex SHA-256 of the canonical content
	AuthorID    ID     // the user who wrote the content last
	SubmittedAt *time.Time
	ApproverID  *ID
	ApprovedAt  *time.Time
	PublishedAt *time.Time
	Version     int
}

// Pays tells whether the version is in force on its days.
func (v *PlanVersion) Pays() bool { return v.State == VersionPublished || v.State == VersionRetired }

// MeasureIDs lists what the components measure.
func (v *PlanVersion) MeasureIDs() []ID {
	out := make([]ID, len(v.Components))
	for i, c := range v.Components {
		out[i] = c.MeasureID
	}
	return out
}

// RateTableIDs lists the rate tables that the components look up.
func (v *PlanVersion) RateTableIDs() []ID {
	var out []ID
	for _, c := range v.Components {
		if c.RateTableID != nil {
			out = append(out, *c.RateTableID)
		}
	}
	return out
}

// RateKind is how a component turns its measure into money.
type RateKind string

// The rate kinds of calculation.md, step 5, that the engine has.
const (
	RateOnValue RateKind = "RATE_ON_VALUE"
	RateTiered  RateKind = "TIERED"
	RateBonus   RateKind = "BONUS"
)

// TierMode is how a tiered rate applies.
type TierMode string

// The modes of tiered rates.
const (
	TierMarginal    TierMode = "MARGINAL"
	TierRetroactive TierMode = "RETROACTIVE"
)

// BonusLevels says which of the bonus levels reached are paid.
type BonusLevels string

// The rules of bonus levels.
const (
	BonusHighest BonusLevels = "HIGHEST"
	BonusEach    BonusLevels = "EACH"
)

// BonusLevel pays Amount once attainment reaches At.
type BonusLevel struct {
	At     decimal.Decimal `json:"at"` // a fraction of quota
	Amount decimal.Decimal `json:"amount"`
}

// Component is one way of earning in a plan version.
type Component struct {
	Key         string           `json:"key"`
	Name        string           `json:"name"`
	MeasureID   ID               `json:"measure"`
	Condition   string           `json:"condition,omitempty"` // on a credit, beside the measure's own
	Payout      PeriodType       `json:"payout"`              // payout period and measurement window
	RateKind    RateKind         `json:"rateKind"`
	Rate        *decimal.Decimal `json:"rate,omitempty"`      // RATE_ON_VALUE: a fraction
	RateTableID *ID              `json:"rateTable,omitempty"` // TIERED
	TierMode    TierMode         `json:"tierMode,omitempty"`
	Bonus       []BonusLevel     `json:"bonus,omitempty"`
	BonusLevels BonusLevels      `json:"bonusLevels,omitempty"`
	Adjustments []Adjustment     `json:"adjustments,omitempty"` // in order, between the rate and the rounding
	EarningCode string           `json:"earningCode"`
	Restart     bool             `json:"restart,omitempty"` // do not carry running totals over from an earlier version
}

// NeedsQuota tells whether the component cannot be calculated without a quota,
// given the table it looks up (nil where it has none).
func (c Component) NeedsQuota(table *RateTableVersion) bool {
	return c.RateKind == RateBonus || (table != nil && table.Dimension == ByAttainment)
}

// PlanAssignment gives a plan to a title, a position or a payee on a span of
// days. The most specific wins for the same plan; different plans add.
type PlanAssignment struct {
	ID              ID
	ExternalID      string
	PlanID          ID
	TitleID         *ID
	PositionID      *ID
	PayeeID         *ID
	Days            Interval
	TargetIncentive *Money // per plan year
	Version         int
}

// Holder gives to whom the plan is given: the title, position or payee.
func (a *PlanAssignment) Holder() ID {
	for _, id := range []*ID{a.TitleID, a.PositionID, a.PayeeID} {
		if id != nil {
			return *id
		}
	}
	return ID{}
}
