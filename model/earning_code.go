package model

// EarningCode is a payroll wage code: how earnings and adjustments of it are
// booked, shown and counted. What names a code that nobody has set is shown
// under Earnings and counts.
type EarningCode struct {
	ID            ID
	Code          string
	Name          string
	Section       string // of the statement
	LedgerAccount string // in the general ledger; empty: none
	CountsNot     bool   // toward draws and guarantees
	Version       int
}

// Counts tells whether it counts toward draws and guarantees.
func (c *EarningCode) Counts() bool { return !c.CountsNot }
