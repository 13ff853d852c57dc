package model

import (
	"slices"

	"github.com/shopspring/decimal"
)

// RampSince is from when on the months of a ramp count.
type RampSince string

// The beginnings of ramps.
const (
	RampAssignment RampSince = "ASSIGNMENT" // the day on which the payee took the position; the default
	RampPayee      RampSince = "PAYEE"      // the payee's first day
)

// RampStep is the share of a quota, and of the target incentive, from a month of
// a ramp on, until the next step.
type RampStep struct {
	Month int             `json:"month"` // 1 is the first
	Share decimal.Decimal `json:"share"` // a fraction of the quota

	TargetShare *decimal.Decimal `json:"targetShare,omitempty"` // a fraction of the target incentive; nil: all of it
}

// Ramp is a schedule by which a quota grows to the whole of it for who is new,
// and a target incentive if it says so: by whole months, from the same day of
// each month on. The last shares are 1.
type Ramp struct {
	Since RampSince  `json:"since,omitempty"`
	Steps []RampStep `json:"steps"` // from month 1 on, ascending
}

// Targets tells whether it changes the target incentive.
func (r *Ramp) Targets() bool {
	return r != nil && slices.ContainsFunc(r.Steps, func(s RampStep) bool { return s.TargetShare != nil })
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
		next := RampStep{Month: step.Month, Share: step.Share.Normalize()}
		if step.TargetShare != nil {
			share := step.TargetShare.Normalize()
			next.TargetShare = &share
		}
		out.Steps = append(out.Steps, next)
	}
	return out
}

// QuotaRelief takes a share off a quota.
type QuotaRelief struct {
	Share  decimal.Decimal // the fraction that is taken off, 0 to 1
	Reason string
}
