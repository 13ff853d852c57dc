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
)

// Precedence says which of several matching rows of a matrix counts.
type Precedence string

// The rules of precedence.
const (
	PrecedenceFirst        Precedence = "FIRST"         // the first in the list
	PrecedenceMostSpecific Precedence = "MOST_SPECIFIC" // the one with the fewest open keys, then the first
)

// TableDimension is one dimension of a matrix: an expression and how its value
// finds a row.
type TableDimension struct {
	Name       string `json:"name"`
	Expression string `json:"expression"` // over the window, or over the credit where a table is looked up per credit
	Match      Match  `json:"match"`
}

// RowKey is what a row of a matrix wants of one dimension; an empty key takes
// all.
type RowKey struct {
	From   *decimal.Decimal `json:"from,omitempty"`
	To     *decimal.Decimal `json:"to,omitempty"`
	Equals *string          `json:"equals,omitempty"`
}

// Open tells whether the key takes all.
func (k RowKey) Open() bool { return k.From == nil && k.To == nil && k.Equals == nil }

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
	ContentHash string                 // hex SHA-256 of the canonical content
	AuthorID    ID                     // the user who wrote the content last
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

// Component is one way of earning in a plan version.
type Component struct {
	Key         string           `json:"key"`
	Name        string           `json:"name"`
	MeasureID   ID               `json:"measure,omitzero"`      // zero: none; a formula, goals, a pool and an override on earnings need none
	Condition   string           `json:"condition,omitempty"`   // on a credit, beside the measure's own
	Eligibility string           `json:"eligibility,omitempty"` // on a day, beside the version's own; empty: always
	Payout      PeriodType       `json:"payout"`
	Window      PeriodType       `json:"window,omitempty"` // measurement window; empty: the payout period
	Settlement  Settlement       `json:"settlement,omitempty"`
	RateKind    RateKind         `json:"rateKind"`
	Rate        *decimal.Decimal `json:"rate,omitempty"`      // RATE_ON_VALUE: a fraction; UNIT, PER_EVENT: money
	RateTableID *ID              `json:"rateTable,omitempty"` // TIERED, PAY_CURVE, MATRIX
	TierMode    TierMode         `json:"tierMode,omitempty"`
	RateMoment  RateMoment       `json:"rateMoment,omitempty"` // TIERED by WHOLE_CREDIT
	Accumulate  Accumulation     `json:"accumulate,omitempty"` // TIERED
	Event       EventOf          `json:"event,omitempty"`      // PER_EVENT
	Goals       []Goal           `json:"goals,omitempty"`      // OBJECTIVES
	Basis       OverrideBasis    `json:"overrideBasis,omitempty"`
	Levels      []OverrideLevel  `json:"overrideLevels,omitempty"` // OVERRIDE: ascending
	Sources     []EarningSource  `json:"sources,omitempty"`        // OVERRIDE on EARNINGS
	Compress    bool             `json:"compress,omitempty"`       // OVERRIDE: a vacant position is no level
	TeamID      *ID              `json:"team,omitempty"`           // POOL
	Fund        string           `json:"fund,omitempty"`           // POOL: money in plan currency, over the team's window
	Weight      string           `json:"weight,omitempty"`         // POOL: over a member's window; empty: the member's weight x days
	Formula     string           `json:"formula,omitempty"`        // FORMULA: money in plan currency, over the window
	Ramp        *Ramp            `json:"ramp,omitempty"`           // of its quotas, instead of the version's
	TargetShare *decimal.Decimal `json:"targetShare,omitempty"`    // of the assignment's target incentive; nil: all
	Target      *decimal.Decimal `json:"target,omitempty"`         // money of a whole window, instead of a share
	Bonus       []BonusLevel     `json:"bonus,omitempty"`

	AttainmentCap *decimal.Decimal `json:"attainmentCap,omitempty"` // a fraction of quota: what is above it does not count in the rate; nil: all counts
	BonusLevels   BonusLevels      `json:"bonusLevels,omitempty"`
	Adjustments   []Adjustment     `json:"adjustments,omitempty"` // in order, between the rate and the rounding
	EarningCode   string           `json:"earningCode"`
	Restart       bool             `json:"restart,omitempty"` // do not carry running totals over from an earlier version
}

// MeasureIDs lists what the component measures.
func (c *Component) MeasureIDs() []ID {
	var out []ID
	if !c.MeasureID.IsZero() {
		out = append(out, c.MeasureID)
	}
	for i := range c.Goals {
		out = append(out, c.Goals[i].MeasureID)
	}
	return out
}

// RateTableIDs lists the rate tables that the component looks up.
func (c *Component) RateTableIDs() []ID {
	var out []ID
	if c.RateTableID != nil {
		out = append(out, *c.RateTableID)
	}
	for i := range c.Goals {
		if id := c.Goals[i].RateTableID; id != nil {
			out = append(out, *id)
		}
	}
	return out
}

// given is a choice, nil where none was made.
func given[T ~string](choice T) *T {
	if choice == "" {
		return nil
	}
	return &choice
}

// SettlementGiven is the component's settlement: of a longer window WINDOW_END
// where it says none.
func (c *Component) SettlementGiven() *Settlement {
	if c.Settlement == "" && c.Window != "" && c.Window != c.Payout {
		return given(SettleWindowEnd)
	}
	return given(c.Settlement)
}

// RateMomentGiven is the component's moment of a whole credit, nil where none.
func (c *Component) RateMomentGiven() *RateMoment { return given(c.RateMoment) }

// AccumulationGiven is what its running totals run over, nil where not said.
func (c *Component) AccumulationGiven() *Accumulation { return given(c.Accumulate) }

// EventGiven is what it pays for, nil where it pays for no events.
func (c *Component) EventGiven() *EventOf { return given(c.Event) }

// MeasureGiven is what it measures, nil where nothing.
func (c *Component) MeasureGiven() *ID {
	if c.MeasureID.IsZero() {
		return nil
	}
	return &c.MeasureID
}

// BasisGiven is what an override is a fraction of, nil where it is none.
func (c *Component) BasisGiven() *OverrideBasis { return given(c.Basis) }

// MeasuresNothing tells whether the component needs no measure.
func (c *Component) MeasuresNothing() bool {
	return c.RateKind == RateFormula || c.RateKind == RateObjectives || c.ReadsOthers()
}

// ReadsOthers tells whether what it earns depends on other payees.
func (c *Component) ReadsOthers() bool {
	return c.RateKind == RatePool || c.RateKind == RateOverride && c.Basis == OverrideEarnings
}

// FollowsSeats tells whether who sits where, or reports to whom, moves what it
// earns though no credit of the payee's moves.
func (c *Component) FollowsSeats() bool {
	return c.ReadsOthers() || c.RateKind == RateOverride && c.Compress
}

// DimensionGiven is what the table is looked up by, nil for a matrix.
func (v *RateTableVersion) DimensionGiven() *DimensionOf { return given(v.Dimension) }

// PrecedenceGiven is which matching row of a matrix counts, nil for another table.
func (v *RateTableVersion) PrecedenceGiven() *Precedence {
	if v.Matrix() && v.Precedence == "" {
		return given(PrecedenceFirst)
	}
	return given(v.Precedence)
}

// LookupGiven is what a value between the bounds finds.
func (v *RateTableVersion) LookupGiven() Lookup {
	if v.Linear() {
		return LookupLinear
	}
	return LookupStep
}

// MeasurementWindow is the type of period whose credits the component measures.
func (c *Component) MeasurementWindow() PeriodType {
	if c.Window == "" {
		return c.Payout
	}
	return c.Window
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
