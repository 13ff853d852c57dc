package model

// TitleWhere filters titles.
type TitleWhere struct {
	And, Or    []*TitleWhere
	Not        *TitleWhere
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
}

// PositionWhere filters positions.
type PositionWhere struct {
	And, Or     []*PositionWhere
	Not         *PositionWhere
	ID          *IDFilter
	ExternalID  *StringFilter
	Name        *StringFilter
	Titles      *Many[TitleWhere]
	Assignments *Many[PositionAssignmentWhere]
}

// PayeeWhere filters payees.
type PayeeWhere struct {
	And, Or     []*PayeeWhere
	Not         *PayeeWhere
	ID          *IDFilter
	ExternalID  *StringFilter
	Name        *StringFilter
	Assignments *Many[PositionAssignmentWhere]
}

// PositionAssignmentWhere filters seats; On keeps those that hold that day.
type PositionAssignmentWhere struct {
	And, Or    []*PositionAssignmentWhere
	Not        *PositionAssignmentWhere
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PositionID *IDFilter
	On         *Date
	StartDate  *DateFilter
	Payee      *One[PayeeWhere]
	Position   *One[PositionWhere]
}

// TeamWhere filters teams; PositionID keeps those that have one of the
// positions as a member, on any day.
type TeamWhere struct {
	And, Or    []*TeamWhere
	Not        *TeamWhere
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
	PositionID *IDFilter
}
