package model

// MeasureWhere filters measures.
type MeasureWhere struct {
	ID  *IDFilter
	Key *StringFilter
}

// MeasureValueWhere filters values of measures; CompanyWide keeps those of the
// whole company, or those of positions.
type MeasureValueWhere struct {
	ID          *IDFilter
	MeasureID   *IDFilter
	PositionID  *IDFilter
	CompanyWide *bool
	Date        *DateFilter
}

// QuotaWhere filters quotas.
type QuotaWhere struct {
	ID         *IDFilter
	PositionID *IDFilter
	TitleID    *IDFilter
	MeasureID  *IDFilter
	PeriodID   *IDFilter
	StartDate  *DateFilter
}

// RateTableWhere filters rate tables.
type RateTableWhere struct {
	ID  *IDFilter
	Key *StringFilter
}

// PlanWhere filters plans.
type PlanWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
}

// PlanVersionWhere filters plan versions; States keeps those in one of the
// states, On those whose days contain the day.
type PlanVersionWhere struct {
	ID     *IDFilter
	PlanID *IDFilter
	States []PlanVersionState
	On     *Date
}

// PlanAssignmentWhere filters plan assignments; On keeps those that hold that
// day.
type PlanAssignmentWhere struct {
	ID         *IDFilter
	ExternalID *StringFilter
	PlanID     *IDFilter
	TitleID    *IDFilter
	PositionID *IDFilter
	PayeeID    *IDFilter
	On         *Date
}

// ParameterValueWhere filters parameter values; Levels keeps those of one of
// the levels, On those that hold that day.
type ParameterValueWhere struct {
	ID         *IDFilter
	PlanID     *IDFilter
	Key        *StringFilter
	Levels     []ParameterLevel
	TitleID    *IDFilter
	PositionID *IDFilter
	PayeeID    *IDFilter
	On         *Date
}
