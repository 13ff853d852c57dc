package model

import "github.com/shopspring/decimal"

// Explanation is how an earning came about, with what recomputing it from the
// tree alone gives.
type Explanation struct {
	Format     int
	Root       *ExplanationNode
	Recomputed decimal.Decimal
	Verified   bool
}

// Credited tells whether the line is the part of a credit or an activity.
func (l *EarningLine) Credited() bool { return l.CreditID != nil || l.ActivityID != nil }

// Aliases by which the graph names pages of lines.
type (
	EarningLineEdge       = Edge[EarningLine]
	EarningLineConnection = Connection[EarningLine]
)
