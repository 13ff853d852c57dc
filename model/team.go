package model

import "github.com/shopspring/decimal"

// Team is a group of positions that share, with its dated members.
type Team struct {
	ID         ID
	ExternalID string
	Name       string
	Members    []TeamMember
	Version    int
}

// TeamMember is a position's part in a team on a span of days.
type TeamMember struct {
	PositionID ID              `json:"position"`
	Days       Interval        `json:"days"`
	Weight     decimal.Decimal `json:"weight"`
}
