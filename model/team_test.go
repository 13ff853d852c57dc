package model

import (
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// TestDaysApart compares teams of positions 1 and 2.
func TestDaysApart(t *testing.T) {
	t.Parallel()
	member := func(position byte, from, to, weight string) TeamMember {
		days := Interval{To: MaxDate}
		days.From, _ = ParseDate(from)
		if to != "" {
			days.To, _ = ParseDate(to)
		}
		return TeamMember{PositionID: UUIDs(KindPosition, uuid.UUID{position}), Days: days, Weight: decimal.RequireFromString(weight)}
	}
	one, two := member(1, "2026-01-01", "", "1"), member(2, "2026-01-01", "", "1")
	for _, c := range []struct {
		name string
		a, b []TeamMember
		want string
	}{
		{"none", nil, nil, "[]"},
		{"the same in another order", []TeamMember{one, two}, []TeamMember{two, one}, "[]"},
		{"a weight written otherwise", []TeamMember{one}, []TeamMember{member(1, "2026-01-01", "", "1.00")}, "[]"},
		{"a membership in two parts", []TeamMember{one}, []TeamMember{member(1, "2026-01-01", "2026-03-01", "1"), member(1, "2026-03-01", "", "1")}, "[]"},
		{"one more", []TeamMember{one}, []TeamMember{one, two}, "[{2026-01-01 9999-12-31}]"},
		{"one ends", []TeamMember{one, two}, []TeamMember{one, member(2, "2026-01-01", "2026-07-01", "1")}, "[{2026-07-01 9999-12-31}]"},
		{"another weight for a while", []TeamMember{one},
			[]TeamMember{member(1, "2026-01-01", "2026-03-01", "1"), member(1, "2026-03-01", "2026-04-01", "2"), member(1, "2026-04-01", "", "1")}, "[{2026-03-01 2026-04-01}]"},
		{"weight 0 is not absence", []TeamMember{member(1, "2026-01-01", "2026-02-01", "0")}, nil, "[{2026-01-01 2026-02-01}]"},
		{"spans that touch or overlap are one", nil, []TeamMember{member(1, "2026-01-01", "2026-02-01", "1"), member(2, "2026-02-01", "2026-04-01", "1"), member(1, "2026-03-01", "2026-05-01", "1"),
			member(2, "2026-06-01", "2026-07-01", "1")}, "[{2026-01-01 2026-05-01} {2026-06-01 2026-07-01}]"},
		{"one goes where another comes", []TeamMember{member(1, "2026-01-01", "", "1")}, []TeamMember{member(1, "2026-01-01", "2026-02-01", "1"), member(2, "2026-02-01", "", "1")}, "[{2026-02-01 9999-12-31}]"},
	} {
		a, b := &Team{Members: c.a}, &Team{Members: c.b}
		if got := fmt.Sprint(a.DaysApart(b)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := fmt.Sprint(b.DaysApart(a)); got != c.want {
			t.Errorf("%s, the other way round: %s, want %s", c.name, got, c.want)
		}
	}
}
