package model

import "github.com/shopspring/decimal"

// Component is one way of earning in a plan version.
type Component struct {
	Key          string           `json:"key"`
	Name         string           `json:"name"`
	MeasureID    ID               `json:"measure,omitzero"`      // zero: none; a formula, goals, a pool and an override on earnings need none
	LookedUpByID *ID              `json:"lookedUpBy,omitempty"`  // TIERED: the measure that its table is looked up by; nil: its own
	Condition    string           `json:"condition,omitempty"`   // on a credit, beside the measure's own
	Eligibility  string           `json:"eligibility,omitempty"` // on a day, beside the version's own; empty: always
	StartDate    *Date            `json:"startDate,omitempty"`   // its first day; nil: the version's
	EndDate      *Date            `json:"endDate,omitempty"`     // its last day, inclusive; nil: the version's
	Payout       PeriodType       `json:"payout"`
	Window       PeriodType       `json:"window,omitempty"` // measurement window; empty: the payout period
	Settlement   Settlement       `json:"settlement,omitempty"`
	RateKind     RateKind         `json:"rateKind"`
	Rate         *decimal.Decimal `json:"rate,omitempty"`      // RATE_ON_VALUE: a fraction; UNIT, PER_EVENT: money
	RateTableID  *ID              `json:"rateTable,omitempty"` // TIERED, PAY_CURVE, MATRIX
	TierMode     TierMode         `json:"tierMode,omitempty"`
	RateMoment   RateMoment       `json:"rateMoment,omitempty"` // TIERED by WHOLE_CREDIT
	Accumulate   Accumulation     `json:"accumulate,omitempty"` // TIERED
	Event        EventOf          `json:"event,omitempty"`      // PER_EVENT
	Goals        []Goal           `json:"goals,omitempty"`      // OBJECTIVES
	Basis        OverrideBasis    `json:"overrideBasis,omitempty"`
	Levels       []OverrideLevel  `json:"overrideLevels,omitempty"` // OVERRIDE: ascending
	Sources      []EarningSource  `json:"sources,omitempty"`        // OVERRIDE on EARNINGS
	Compress     bool             `json:"compress,omitempty"`       // OVERRIDE: a vacant position is no level
	TeamID       *ID              `json:"team,omitempty"`           // POOL
	Fund         string           `json:"fund,omitempty"`           // POOL: money in plan currency, over the team's window
	Weight       string           `json:"weight,omitempty"`         // POOL: over a member's window; empty: the member's weight x days
	Formula      string           `json:"formula,omitempty"`        // FORMULA: money in plan currency, over the window
	Ramp         *Ramp            `json:"ramp,omitempty"`           // of its quotas, instead of the version's
	TargetShare  *decimal.Decimal `json:"targetShare,omitempty"`    // of the assignment's target incentive; nil: all
	Target       *decimal.Decimal `json:"target,omitempty"`         // money of a whole window, instead of a share
	Bonus        []BonusLevel     `json:"bonus,omitempty"`

	AttainmentCap *decimal.Decimal `json:"attainmentCap,omitempty"` // a fraction of quota: what is above it does not count in the rate; nil: all counts
	BonusLevels   BonusLevels      `json:"bonusLevels,omitempty"`
	Adjustments   []Adjustment     `json:"adjustments,omitempty"` // in order, between the rate and the rounding
	EarningCode   string           `json:"earningCode"`
	Release       []ReleasePart    `json:"release,omitempty"`   // what makes it payable; empty: it is at once
	Clawbacks     []Clawback       `json:"clawbacks,omitempty"` // what takes it back
	Restart       bool             `json:"restart,omitempty"`   // do not carry running totals over from an earlier version
}

// Days gives the days on which the component pays, within those of its version.
func (c *Component) Days() Interval {
	days := Always
	if c.StartDate != nil {
		days.From = *c.StartDate
	}
	if c.EndDate != nil {
		days.To = c.EndDate.AddDays(1)
	}
	return days
}

// MeasureIDs lists what the component measures, and what it is looked up by.
func (c *Component) MeasureIDs() []ID {
	var out []ID
	if !c.MeasureID.IsZero() {
		out = append(out, c.MeasureID)
	}
	if c.LookedUpByID != nil {
		out = append(out, *c.LookedUpByID)
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

// TreeGiven is the tree that its values lie in, nil where they lie in none.
func (d *TableDimension) TreeGiven() *TableTree { return given(d.Tree) }

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

// TruedUp tells whether the component pays in each payout period what a longer
// window has earned to date less what it had earned before.
func (c *Component) TruedUp() bool {
	return c.Settlement == SettleTrueUp && c.MeasurementWindow().LongerThan(c.Payout)
}
