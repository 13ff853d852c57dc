package model

import "github.com/shopspring/decimal"

// ParameterDeclaration names a number that a plan version's expressions read
// as parameter('key').
type ParameterDeclaration struct {
	Key     string           `json:"key"`
	Name    string           `json:"name"`
	Default *decimal.Decimal `json:"default,omitempty"` // where no value is set; nil: none
}

// ParameterLevel says for whom a parameter value is.
type ParameterLevel string

// The levels of parameter values, the least specific first.
const (
	LevelPlan     ParameterLevel = "PLAN"
	LevelTitle    ParameterLevel = "TITLE"
	LevelPosition ParameterLevel = "POSITION"
	LevelPayee    ParameterLevel = "PAYEE"
)

// ParameterValue is what a plan's parameter is on a span of days for the whole
// plan or for one title, position or payee. The most specific wins: plan <
// title < position < payee.
type ParameterValue struct {
	ID         ID
	PlanID     ID
	Key        string
	TitleID    *ID
	PositionID *ID
	PayeeID    *ID
	Days       Interval
	Value      decimal.Decimal
	Version    int
}

// Holder gives for whom the value is: the title, position or payee, or the
// plan itself.
func (v *ParameterValue) Holder() ID {
	for _, id := range []*ID{v.TitleID, v.PositionID, v.PayeeID} {
		if id != nil {
			return *id
		}
	}
	return v.PlanID
}

// Level tells how specific the value is.
func (v *ParameterValue) Level() ParameterLevel {
	switch {
	case v.PayeeID != nil:
		return LevelPayee
	case v.PositionID != nil:
		return LevelPosition
	case v.TitleID != nil:
		return LevelTitle
	}
	return LevelPlan
}
