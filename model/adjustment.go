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
}

// MultiplierRule is how several multipliers act together.
type MultiplierRule string

// The rules of multipliers.
const (
	MultiplyProduct MultiplierRule = "PRODUCT" // one after the other
	MultiplySum     MultiplierRule = "SUM"     // by the sum of (factor - 1)
)
