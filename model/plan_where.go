package model

// MeasureWhere filters measures.
type MeasureWhere struct {
	And, Or []*MeasureWhere
	Not     *MeasureWhere
	ID      *IDFilter
	Key     *StringFilter
	Name    *StringFilter
}

// MeasureValueWhere filters values of measures; CompanyWide keeps those of the
// whole company, or those of positions.
type MeasureValueWhere struct {
	And, Or     []*MeasureValueWhere
	Not         *MeasureValueWhere
	ID          *IDFilter
	MeasureID   *IDFilter
	PositionID  *IDFilter
	CompanyWide *bool
	Date        *DateFilter
	Value       *DecimalFilter
	Measure     *One[MeasureWhere]
	Position    *One[PositionWhere]
}

// QuotaWhere filters quotas.
type QuotaWhere struct {
	And, Or    []*QuotaWhere
	Not        *QuotaWhere
	ID         *IDFilter
	PositionID *IDFilter
	TitleID    *IDFilter
	MeasureID  *IDFilter
	PeriodID   *IDFilter
	StartDate  *DateFilter
	Amount     *DecimalFilter
	Position   *One[PositionWhere]
	Title      *One[TitleWhere]
	Measure    *One[MeasureWhere]
	Period     *One[PeriodWhere]
}

// RateTableWhere filters rate tables.
type RateTableWhere struct {
	And, Or []*RateTableWhere
	Not     *RateTableWhere
	ID      *IDFilter
	Key     *StringFilter
	Name    *StringFilter
}

// PlanWhere filters plans.
type PlanWhere struct {
	And, Or     []*PlanWhere
	Not         *PlanWhere
	ID          *IDFilter
	ExternalID  *StringFilter
	Name        *StringFilter
	Assignments *Many[PlanAssignmentWhere]
}

// PlanVersionWhere filters plan versions; States keeps those in one of the
// states, On those whose days contain the day.
type PlanVersionWhere struct {
	And, Or   []*PlanVersionWhere
	Not       *PlanVersionWhere
	ID        *IDFilter
	PlanID    *IDFilter
	States    []PlanVersionState
	On        *Date
	State     *PlanVersionStateFilter
	Of        *ID // the plan whose own list it is
	Number    *IntFilter
	StartDate *DateFilter
	Plan      *One[PlanWhere]
}

// PlanAssignmentWhere filters plan assignments; On keeps those that hold that
// day.
type PlanAssignmentWhere struct {
	And, Or    []*PlanAssignmentWhere
	Not        *PlanAssignmentWhere
	ID         *IDFilter
	ExternalID *StringFilter
	PlanID     *IDFilter
	TitleID    *IDFilter
	PositionID *IDFilter
	PayeeID    *IDFilter
	On         *Date
	StartDate  *DateFilter
	Plan       *One[PlanWhere]
	Title      *One[TitleWhere]
	Position   *One[PositionWhere]
	Payee      *One[PayeeWhere]
}

// ParameterValueWhere filters parameter values; Levels keeps those of one of
// the levels, On those that hold that day.
type ParameterValueWhere struct {
	And, Or    []*ParameterValueWhere
	Not        *ParameterValueWhere
	ID         *IDFilter
	PlanID     *IDFilter
	Key        *StringFilter
	Levels     []ParameterLevel
	TitleID    *IDFilter
	PositionID *IDFilter
	PayeeID    *IDFilter
	On         *Date
	StartDate  *DateFilter
	Value      *DecimalFilter
	Plan       *One[PlanWhere]
	Title      *One[TitleWhere]
	Position   *One[PositionWhere]
	Payee      *One[PayeeWhere]
}
