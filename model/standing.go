package model

import (
	"slices"

	"github.com/shopspring/decimal"
)

// NextTier is the first tier above what a component has reached, of those that
// pay something.
type NextTier struct {
	EarningID     ID
	ComponentKey  string
	ComponentName string
	Threshold     decimal.Decimal // the tier's lower bound, in the unit of the table's dimension
	Rate          decimal.Decimal // the tier's cell
	Needed        decimal.Decimal // what is missing to it, in the measure's unit
}

// Standing is how a payee stands in a payout period: what the caller may see of
// the payee's earnings, summed up.
type Standing struct {
	PayeeID  ID
	PeriodID ID
	Earnings []*Earning // in the order of position and component; never empty
	Complete bool       // whether these are all
}

// Attainment is what a payee has credited towards the quota of a measure, once
// for all components that look at the whole of it.
type Attainment struct {
	PositionID    ID
	MeasureID     ID
	ComponentKeys []string
	Credited      decimal.Decimal
	Quota         decimal.Decimal // after proration
}

// Attainments lists what the standing has towards each quota, once however many
// components look at it alike, in the order of position and component.
func (s *Standing) Attainments() []*Attainment {
	out := []*Attainment{}
	for _, e := range s.Earnings {
		if e.Attains == nil || e.Quota == nil {
			continue
		}
		at := slices.IndexFunc(out, func(a *Attainment) bool {
			return a.PositionID == e.PositionID && a.MeasureID == *e.Attains && a.Credited.Equal(e.Measure) && a.Quota.Equal(*e.Quota)
		})
		if at < 0 {
			at = len(out)
			out = append(out, &Attainment{PositionID: e.PositionID, MeasureID: *e.Attains, Credited: e.Measure, Quota: *e.Quota})
		}
		out[at].ComponentKeys = append(out[at].ComponentKeys, e.ComponentKey)
	}
	return out
}

// NextTier gives the nearest tier above: the one with the least missing, of
// those the one with the lowest threshold, and of those the first component's.
// Nil where no tier above pays.
func (s *Standing) NextTier() *NextTier {
	var out *NextTier
	for _, e := range s.Earnings {
		if n := e.Next; n != nil && (out == nil || n.nearer(out)) {
			out = n
		}
	}
	return out
}

func (n *NextTier) nearer(other *NextTier) bool {
	if c := n.Needed.Cmp(other.Needed); c != 0 {
		return c < 0
	}
	return n.Threshold.LessThan(other.Threshold)
}

// Earned sums up the earnings, one amount a currency; nil where the caller may
// not see all of them.
func (s *Standing) Earned() []*Money {
	if !s.Complete {
		return nil
	}
	var out []*Money
	for _, e := range s.Earnings {
		at := slices.IndexFunc(out, func(m *Money) bool { return m.Currency == e.Amount.Currency })
		if at < 0 {
			out = append(out, &Money{Amount: e.Amount.Amount, Currency: e.Amount.Currency})
			continue
		}
		out[at].Amount = out[at].Amount.Add(e.Amount.Amount)
	}
	return out
}

// attainedScale is how many decimals an attainment has where no scale is asked for.
const attainedScale = 10

// Attained gives the share of a quota that was credited, rounded once, half away
// from zero, to a scale of 0 to 10 decimals, 10 where nil; nil for a quota that
// is not above 0.
func Attained(credited decimal.Decimal, quota *decimal.Decimal, scale *int) (*decimal.Decimal, error) {
	places := attainedScale
	if scale != nil {
		places = *scale
	}
	if places < 0 || places > attainedScale {
		return nil, Errorf(BadUserInput, "a scale is 0 to %d decimals", attainedScale)
	}
	if quota == nil || !quota.IsPositive() {
		return nil, nil
	}
	out := credited.DivRound(*quota, int32(places))
	return &out, nil
}
