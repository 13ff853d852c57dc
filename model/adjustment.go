package model

import "github.com/shopspring/decimal"

// AdjustmentKind is what an adjustment does to what the rate gave.
type AdjustmentKind string

// The kinds of adjustment.
const (
	AdjustMultiplier AdjustmentKind = "MULTIPLIER" // x Factor where Condition holds
	AdjustGate       AdjustmentKind = "GATE"       // x Factor, 0 where none is given, unless Condition holds
	AdjustCap        AdjustmentKind = "CAP"        // at most Amount
	AdjustFloor      AdjustmentKind = "FLOOR"      // at least Amount
)

// AdjustmentOver is what an adjustment acts on.
type AdjustmentOver string

// What adjustments act on.
const (
	OverLine      AdjustmentOver = "LINE"      // each line that cites a credit, before they are summed
	OverOrders    AdjustmentOver = "ORDER"     // CAP, FLOOR: the lines of one order together, before they are summed
	OverComponent AdjustmentOver = "COMPONENT" // the sum of the lines
)

// Adjustment is one step between a component's rate and its rounding. Steps
// act in the order of the list, those over lines and orders before those over
// the component.
type Adjustment struct {
	Kind      AdjustmentKind   `json:"kind"`
	Name      string           `json:"name"`
	Over      AdjustmentOver   `json:"over"`
	Condition string           `json:"condition,omitempty"` // MULTIPLIER, GATE: over the credit for LINE, over the window for COMPONENT
	Factor    *decimal.Decimal `json:"factor,omitempty"`    // MULTIPLIER, GATE: a fraction
	Amount    *decimal.Decimal `json:"amount,omitempty"`    // CAP, FLOOR: in plan currency
	Per       CapPer           `json:"per,omitempty"`       // CAP, FLOOR over COMPONENT; empty: WINDOW
	Excess    CapExcess        `json:"excess,omitempty"`    // CAP over COMPONENT; empty: FORFEITED
	Deferred  bool             `json:"deferred,omitempty"`  // GATE over COMPONENT: what it would take is held until it holds
}

// CapPer is of which days a cap or floor is.
type CapPer string

// The spans of caps and floors.
const (
	PerPeriod CapPer = "PERIOD" // the payout period
	PerWindow CapPer = "WINDOW" // the component's measurement window
	PerYear   CapPer = "YEAR"   // CAP: the fiscal year so far, of which the period earns the difference
)

// CapExcess is what becomes of what lies above a cap.
type CapExcess string

// The fates of what lies above a cap.
const (
	ExcessForfeited CapExcess = "FORFEITED"
	ExcessCarried   CapExcess = "CARRIED" // into the next window or period of the fiscal year, whose cap it uses
)

// Bounds tells whether the adjustment is a cap or floor.
func (a *Adjustment) Bounds() bool { return a.Kind == AdjustCap || a.Kind == AdjustFloor }

// PerGiven is of which days a cap or floor over the component is, nil for
// another adjustment.
func (a *Adjustment) PerGiven() *CapPer {
	if a.Per == "" && a.Bounds() && a.Over == OverComponent {
		return given(PerWindow)
	}
	return given(a.Per)
}

// ExcessGiven is what becomes of what lies above a cap over the component, nil
// for another adjustment.
func (a *Adjustment) ExcessGiven() *CapExcess {
	if a.Excess == "" && a.Kind == AdjustCap && a.Over == OverComponent {
		return given(ExcessForfeited)
	}
	return given(a.Excess)
}

// MultiplierRule is how several multipliers act together.
type MultiplierRule string

// The rules of multipliers.
const (
	MultiplyProduct MultiplierRule = "PRODUCT" // one after the other
	MultiplySum     MultiplierRule = "SUM"     // by the sum of (factor - 1)
)
