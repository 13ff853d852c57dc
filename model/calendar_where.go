package model

// FiscalCalendarWhere filters fiscal calendars.
type FiscalCalendarWhere struct {
	And, Or    []*FiscalCalendarWhere
	Not        *FiscalCalendarWhere
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
}

// PeriodWhere filters periods; Contains keeps those in which the day lies.
type PeriodWhere struct {
	And, Or    []*PeriodWhere
	Not        *PeriodWhere
	ID         *IDFilter
	CalendarID *IDFilter
	Types      []PeriodType
	FiscalYear *int
	Contains   *Date
	Statuses   []PeriodStatus
	Names      []string
	Of         *ID // the calendar whose own list it is; In sets it
	Type       *PeriodTypeFilter
	Status     *PeriodStatusFilter
	Name       *StringFilter
	StartDate  *DateFilter
	EndDate    *DateFilter
}

// In narrows the filter, nil included, to a calendar's periods.
func (w *PeriodWhere) In(calendar ID) *PeriodWhere {
	narrowed := PeriodWhere{}
	if w != nil {
		narrowed = *w
	}
	narrowed.Of = &calendar
	return &narrowed
}
