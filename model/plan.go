package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// MeasureSource is what a measure reads.
type MeasureSource string

// The sources of measures; the zero value reads as CREDITS.
const (
	SourceCredits    MeasureSource = "CREDITS"
	SourceActivities MeasureSource = "ACTIVITIES"
	SourceValues     MeasureSource = "VALUES"
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

// Measure is a tenant's named number, over credits or activities (which ones
// count and what of each is summed) or over values.
type Measure struct {
	ID            ID
	Key           string
	Name          string
	Source        MeasureSource
	Aggregation   MeasureAggregation // SUM over credits and activities
	CreditTypeIDs []ID               // empty takes all
	CreditKinds   []CreditKind       // empty takes all
	Condition     string             // an expression over the credit or activity; empty takes all
	Value         MeasureOf          // AMOUNT over values: the value itself
	Expression    string             // where Value is EXPRESSION
	Version       int
}

// OfValues tells whether the measure reads values, not credits.
func (m *Measure) OfValues() bool { return m.Source == SourceValues }

// OfActivities tells whether the measure reads activities, not credits.
func (m *Measure) OfActivities() bool { return m.Source == SourceActivities }

// Sums tells whether what is measured adds up: dated values may be averaged, or
// the last of them count.
func (m *Measure) Sums() bool {
	return !m.OfValues() || m.Aggregation == "" || m.Aggregation == AggregateSum
}

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
// the default of its positions, for a title: from a day of the period on, until
// the next one of the same begins.
type Quota struct {
	ID         ID
	PositionID *ID
	TitleID    *ID
	MeasureID  ID
	PeriodID   ID
	StartDate  *Date // within the period; nil: its first day
	Amount     decimal.Decimal
	Relief     *QuotaRelief // nil: none
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
	CellRate       CellKind = "RATE"                    // a fraction of what is paid on
	CellMoney      CellKind = "MONEY"                   // of each credit looked up by itself, otherwise of the window
	CellPerUnit    CellKind = "MONEY_PER_UNIT"          // money per unit of the measure
	CellTarget     CellKind = "FRACTION_OF_TARGET"      // of the window's target incentive
	CellTargetRate CellKind = "MULTIPLE_OF_TARGET_RATE" // x target incentive / quota, as a rate
)

// Lookup is what a value between the bounds of a rate table finds.
type Lookup string

// The ways to look up.
const (
	LookupStep   Lookup = "STEP"   // the cell of its row
	LookupLinear Lookup = "LINEAR" // rows are points: From has the cell, between two the straight line; beyond the last it is flat
)

// Match is how a value finds its row in one dimension of a matrix.
type Match string

// The ways to match.
const (
	MatchRange  Match = "RANGE"  // a number: from, to
	MatchEquals Match = "EQUALS" // a text
	MatchTree   Match = "TREE"   // a text that is, or stood below, a node of a tree
)

// TableTree is the tree that a dimension's values lie in.
type TableTree string

// The trees.
const (
	TreeProduct TableTree = "PRODUCT"
	TreeAccount TableTree = "ACCOUNT"
)

// Precedence says which of several matching rows of a matrix counts.
type Precedence string

// The rules of precedence.
const (
	PrecedenceFirst        Precedence = "FIRST"         // the first in the list
	PrecedenceMostSpecific Precedence = "MOST_SPECIFIC" // the one with the fewest open keys, then the nearest above in a tree, then the first
)

// TableDimension is one dimension of a matrix: an expression and how its value
// finds a row.
type TableDimension struct {
	Name       string `json:"name"`
	Expression string `json:"expression"` // over the window, or over the credit where a table is looked up per credit
	Match      Match  `json:"match"`

	Tree TableTree `json:"tree,omitempty"` // of TREE
}

// RowKey is what a row of a matrix wants of one dimension; an empty key takes
// all.
type RowKey struct {
	From   *decimal.Decimal `json:"from,omitempty"`
	To     *decimal.Decimal `json:"to,omitempty"`
	Equals *string          `json:"equals,omitempty"`
	Under  *string          `json:"under,omitempty"` // the external id of a node
}

// Open tells whether the key takes all.
func (k RowKey) Open() bool { return k.From == nil && k.To == nil && k.Equals == nil && k.Under == nil }

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
	Keys []RowKey         `json:"keys,omitempty"` // of a matrix: one for each dimension, instead of From and To
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
	Days       Interval         `json:"days"`
	Dimension  DimensionOf      `json:"dimension"`
	Expression string           `json:"expression,omitempty"`
	CellKind   CellKind         `json:"cellKind"`
	Bounds     BoundsRule       `json:"bounds"`
	Gaps       bool             `json:"gaps"`    // rows need not be contiguous
	Default    decimal.Decimal  `json:"default"` // the cell of a gap and below the first row
	Lookup     Lookup           `json:"lookup,omitempty"`
	Dimensions []TableDimension `json:"dimensions,omitempty"` // of a matrix, instead of Dimension
	Precedence Precedence       `json:"precedence,omitempty"` // of a matrix
	Rows       []RateRow        `json:"rows"`
}

// Linear tells whether values between the rows are interpolated.
func (v *RateTableVersion) Linear() bool { return v.Lookup == LookupLinear }

// Matrix tells whether the table has dimensions of its own expressions.
func (v *RateTableVersion) Matrix() bool { return len(v.Dimensions) > 0 }

// Targets tells whether its cells need a target incentive.
func (v *RateTableVersion) Targets() bool {
	return v.CellKind == CellTarget || v.CellKind == CellTargetRate
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
	Parameters  []ParameterDeclaration // that its expressions may read
	Caps        []PlanCap              // over all its components, or all earnings of the payee, in order
	Guarantees  []Guarantee            // in order
	Draws       []Draw                 // in order
	Tests       []PlanTest             // that it passes before it is published
	ContentHash string                 // hex SHA-256 of the canonical content
	AuthorID    ID                     // the user who wrote the content last
	AuthorFor   *ID                    // whom the author acted for then; nil for oneself
	SubmittedAt *time.Time
	ApproverID  *ID
	ApprovedAt  *time.Time
	PublishedAt *time.Time
	Version     int
}

// Pays tells whether the version is in force on its days.
func (v *PlanVersion) Pays() bool { return v.State == VersionPublished || v.State == VersionRetired }

// PaidAhead lists the types of period that the version prorates by their days to
// come, because it pays for them before their end: windows that are trued up, and
// the year of a cap.
func (v *PlanVersion) PaidAhead() []PeriodType {
	var out []PeriodType
	for i := range v.Components {
		c := &v.Components[i]
		if c.Settlement == SettleTrueUp {
			out = append(out, c.MeasurementWindow())
		}
		for j := range c.Adjustments {
			if c.Adjustments[j].Per == PerYear {
				out = append(out, PeriodYear)
			}
		}
	}
	for i := range v.Caps {
		if v.Caps[i].Per == PerYear {
			out = append(out, PeriodYear)
		}
	}
	return out
}

// MeasureIDs lists what the components measure.
func (v *PlanVersion) MeasureIDs() []ID {
	var out []ID
	for i := range v.Components {
		out = append(out, v.Components[i].MeasureIDs()...)
	}
	return out
}

// RateTableIDs lists the rate tables that the components look up.
func (v *PlanVersion) RateTableIDs() []ID {
	var out []ID
	for i := range v.Components {
		out = append(out, v.Components[i].RateTableIDs()...)
	}
	return out
}

// RateKind is how a component turns its measure into money.
type RateKind string

// The rate kinds of calculation.md, step 5, that the engine has.
const (
	RateOnValue    RateKind = "RATE_ON_VALUE" // a fraction of each credit's value
	RateUnit       RateKind = "UNIT"          // money per unit of the measure
	RatePerEvent   RateKind = "PER_EVENT"     // money per credit, or per order
	RateTiered     RateKind = "TIERED"
	RatePayCurve   RateKind = "PAY_CURVE" // a fraction of the target incentive
	RateBonus      RateKind = "BONUS"
	RateMatrix     RateKind = "MATRIX"
	RateObjectives RateKind = "OBJECTIVES" // weighted measures, each with a curve
	RateFormula    RateKind = "FORMULA"
	RateOverride   RateKind = "OVERRIDE" // a fraction of what those below sell or earn, by level
	RatePool       RateKind = "POOL"     // a part of a fund, by weights among a team's members
)

// OverrideBasis is what an override is a fraction of.
type OverrideBasis string

// The bases of overrides.
const (
	OverrideCredits  OverrideBasis = "CREDITS"  // the default: what the rollup credits of the subtree add to the measure
	OverrideEarnings OverrideBasis = "EARNINGS" // what components have earned those below
)

// OverrideLevel is the rate of an override at a level.
type OverrideLevel struct {
	Level int             `json:"level"` // 1 is the next below
	Rate  decimal.Decimal `json:"rate"`  // a fraction
}

// EarningSource names a component of a plan whose earnings an override reads.
type EarningSource struct {
	PlanID       *ID    `json:"plan,omitempty"` // nil: the component's own plan
	ComponentKey string `json:"component"`
}

// TierMode is how a tiered rate applies.
type TierMode string

// The modes of tiered rates.
const (
	TierMarginal    TierMode = "MARGINAL"
	TierRetroactive TierMode = "RETROACTIVE"
	TierWholeCredit TierMode = "WHOLE_CREDIT"
)

// RateMoment is at which running total a whole credit is looked up.
type RateMoment string

// The moments of a whole credit.
const (
	RateAfter  RateMoment = "AFTER" // the default: the credit counted in
	RateBefore RateMoment = "BEFORE"
)

// Accumulation is what a running total runs over.
type Accumulation string

// The spans of running totals.
const (
	OverWindow Accumulation = "WINDOW" // the default
	OverPeriod Accumulation = "PERIOD" // the payout period, in a longer window
	OverOrder  Accumulation = "ORDER"  // the credits of one order
	OverEvent  Accumulation = "EVENT"  // one sale with its returns
)

// EventOf is what PER_EVENT pays for.
type EventOf string

// The events.
const (
	EventCredit EventOf = "CREDIT" // the default
	EventOrder  EventOf = "ORDER"  // once, however many credits it has
)

// Settlement is when a component whose window is longer than its payout period
// pays.
type Settlement string

// The settlements.
const (
	SettleTrueUp    Settlement = "TRUE_UP"    // each period: earned to date less what was earned before
	SettleWindowEnd Settlement = "WINDOW_END" // the period in which the window ends
)

// Goal is one of several measures that make up a component, with its share of
// the target incentive.
type Goal struct {
	Key         string          `json:"key"`
	MeasureID   ID              `json:"measure"`
	Weight      decimal.Decimal `json:"weight"`              // a fraction; the weights of a component total 1
	RateTableID *ID             `json:"rateTable,omitempty"` // its curve; nil: what it measures is the fraction itself
}

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
