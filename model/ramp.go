package model

import "github.com/shopspring/decimal"

// RampSince is from when on the months of a ramp count.
type RampSince string

// The beginnings of ramps.
const (
	RampAssignment RampSince = "ASSIGNMENT" // the day on which the payee took the position; the default
	RampPayee      RampSince = "PAYEE"      // the payee's first day
)

// RampStep is the share of a quota from a month of a ramp on, until the next
// step.
type RampStep struct {
	Month int             `json:"month"` // 1 is the first
	Share decimal.Decimal `json:"share"` // a fraction of the quota
}

// Ramp is a schedule by which a quota grows to the whole of it for who is new:
// by whole months, from the same day of each month on. The last share is 1.
type Ramp struct {
	Since RampSince  `json:"since,omitempty"`
	Steps []RampStep `json:"steps"` // from month 1 on, ascending
}

// SinceGiven is from when on the months count.
func (r *Ramp) SinceGiven() RampSince {
	if r.Since == "" {
		return RampAssignment
	}
	return r.Since
}

// Normal gives the ramp with its numbers in their shortest form; nil stays nil.
func (r *Ramp) Normal() *Ramp {
	if r == nil {
		return nil
	}
	out := &Ramp{Since: r.SinceGiven()}
	for _, step := range r.Steps {
		out.Steps = append(out.Steps, RampStep{step.Month, step.Share.Normalize()})
	}
	return out
}

// QuotaRelief takes a share off a quota.
type QuotaRelief struct {
	Share  decimal.Decimal // the fraction that is taken off, 0 to 1
	Reason string
}
