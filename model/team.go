package model

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// MaxTeamMembers bounds the memberships of a team, past ones included.
const MaxTeamMembers = 1000

// Team is positions that share, such as those among whom a pool is divided.
type Team struct {
	ID         ID
	ExternalID string
	Name       string
	Members    []TeamMember // ordered by the position's external id, then by first day; of one position without overlap
	Version    int
}

// TeamMember is a position's membership of a team on a span of days.
type TeamMember struct {
	PositionID ID              `json:"position"`
	Days       Interval        `json:"days"`
	Weight     decimal.Decimal `json:"weight"` // 0 or more: its part beside the others' weights
}

// Positions lists the positions that are members on any day, each once.
func (t *Team) Positions() []ID {
	var out []ID
	seen := map[ID]bool{}
	for _, m := range t.Members {
		if !seen[m.PositionID] {
			seen[m.PositionID] = true
			out = append(out, m.PositionID)
		}
	}
	return out
}

// DaysApart gives the days on which the two have other members or weights, as
// spans that do not touch, in their order.
func (t *Team) DaysApart(other *Team) []Interval {
	sides := map[ID]*[2][]TeamMember{}
	for side, team := range []*Team{t, other} {
		for _, m := range team.Members {
			if sides[m.PositionID] == nil {
				sides[m.PositionID] = &[2][]TeamMember{}
			}
			sides[m.PositionID][side] = append(sides[m.PositionID][side], m)
		}
	}
	var apart []Interval
	for _, s := range sides {
		apart = append(apart, daysApart(s[0], s[1])...)
	}
	slices.SortFunc(apart, func(a, b Interval) int { return cmp.Compare(a.From, b.From) })
	var out []Interval
	for _, span := range apart {
		if n := len(out); n > 0 && span.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, span.To)
		} else {
			out = append(out, span)
		}
	}
	return out
}

// daysApart gives the days on which memberships of one position differ.
func daysApart(a, b []TeamMember) []Interval {
	var days []Date
	for _, m := range slices.Concat(a, b) {
		days = append(days, m.Days.From, m.Days.To)
	}
	slices.Sort(days)
	days = slices.Compact(days)
	var out []Interval
	for i := 1; i < len(days); i++ {
		x, y := memberOn(a, days[i-1]), memberOn(b, days[i-1])
		if (x == nil) != (y == nil) || x != nil && !x.Weight.Equal(y.Weight) {
			out = append(out, Interval{From: days[i-1], To: days[i]})
		}
	}
	return out
}

func memberOn(members []TeamMember, day Date) *TeamMember {
	for i := range members {
		if members[i].Days.Contains(day) {
			return &members[i]
		}
	}
	return nil
}
