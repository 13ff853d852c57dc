package model

// IDFilter keeps rows whose id equals Eq and is one of In; nil means absent.
type IDFilter struct {
	Eq *ID
	In []ID
}

// StringFilter keeps rows whose text equals Eq and is one of In, byte by byte.
type StringFilter struct {
	Eq *string
	In []string
}

// DateFilter keeps rows whose date satisfies each bound that is given.
type DateFilter struct {
	Eq  *Date
	Gt  *Date
	Gte *Date
	Lt  *Date
	Lte *Date
}

// TitleWhere filters titles.
type TitleWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
}

// PositionWhere filters positions.
type PositionWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
}

// PayeeWhere filters payees.
type PayeeWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
}

// PositionAssignmentWhere filters seats; On keeps those that hold that day.
type PositionAssignmentWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	PayeeID    *IDFilter
	PositionID *IDFilter
	On         *Date
}

// TeamWhere filters teams; PositionID keeps those that have one of the
// positions as a member, on any day.
type TeamWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
	PositionID *IDFilter
}
