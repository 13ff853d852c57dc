package model

import "github.com/shopspring/decimal"

// PlanCapKind is what a bound over a plan or a payee does.
type PlanCapKind string

// The kinds of bound.
const (
	PlanCapCap   PlanCapKind = "CAP"   // at most Amount
	PlanCapFloor PlanCapKind = "FLOOR" // at least Amount
)

// PlanCapOver is what earnings a bound takes together.
type PlanCapOver string

// What earnings bounds take together.
const (
	OverPlan  PlanCapOver = "PLAN"  // of the payee's, those of the plan
	OverPayee PlanCapOver = "PAYEE" // all of the payee's
)

// PlanCap is a cap or floor over the earnings of a payee in a payout period,
// after all components are rounded. Those of a version act in the order of the
// list, those over plans before those over payees.
type PlanCap struct {
	Kind   PlanCapKind     `json:"kind"`
	Name   string          `json:"name"`
	Over   PlanCapOver     `json:"over"`
	Per    CapPer          `json:"per"`    // PERIOD, YEAR
	Amount decimal.Decimal `json:"amount"` // in plan currency, at least 0
	Excess CapExcess       `json:"excess,omitempty"`
	Except []string        `json:"except,omitempty"` // keys of components that are left out
}

// LooksBack tells whether it needs what earlier periods of the year have earned.
func (c *PlanCap) LooksBack() bool { return c.Per == PerYear || c.Excess == ExcessCarried }

// ExcessGiven is what becomes of what lies above a cap, nil for a floor.
func (c *PlanCap) ExcessGiven() *CapExcess {
	if c.Excess == "" && c.Kind == PlanCapCap {
		return given(ExcessForfeited)
	}
	return given(c.Excess)
}
