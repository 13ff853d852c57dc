package model

import (
	"time"

	"github.com/google/uuid"
)

// EarningChange is what one sealed batch of changes made of one earning.
type EarningChange struct {
	ID       ID
	Earning  *Earning // as it is since; nil where it is no more
	Previous *Money   // its amount before; nil where it is new
	Place    PayPlace
}

// PayPlace is what decides who may see a row of pay.
type PayPlace struct {
	Payee    uuid.UUID
	Position uuid.UUID
	LastDay  Date // of its payout period
	Closed   bool // the period is closed or paid
}

// EarningsChangedEvent is what one sealed batch changed of the earnings that
// somebody follows.
type EarningsChangedEvent struct {
	Sequence int64
	At       time.Time
	Changes  []*EarningChange
}

// SeesPay tells whether a row of pay is in the reach: the caller's own, or of
// a position that was in the caller's subtree on the last day of a closed
// period, or is in it today while the period is open. It is the rule that
// store's reads of earnings have in SQL.
func (r Reach) SeesPay(p PayPlace) bool {
	if r.All || r.Payee != nil && *r.Payee == p.Payee {
		return true
	}
	if r.Except != nil && *r.Except == p.Payee {
		return false
	}
	day := r.Today
	if p.Closed {
		day = p.LastDay
	}
	for _, span := range r.Subtree {
		if span.Position == p.Position && span.Days.Contains(day) {
			return true
		}
	}
	return false
}
