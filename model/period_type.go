package model

import "slices"

// PeriodType is a length of fiscal period.
type PeriodType string

// The period types that calendars generate.
const (
	PeriodDay         PeriodType = "DAY"
	PeriodWeek        PeriodType = "WEEK"
	PeriodSemiMonthly PeriodType = "SEMI_MONTHLY"
	PeriodFourWeeks   PeriodType = "FOUR_WEEKS"
	PeriodMonth       PeriodType = "MONTH"
	PeriodQuarter     PeriodType = "QUARTER"
	PeriodHalf        PeriodType = "HALF"
	PeriodYear        PeriodType = "YEAR"
)

// PeriodTypes are the types of period, the shortest first.
var PeriodTypes = []PeriodType{PeriodDay, PeriodWeek, PeriodSemiMonthly, PeriodFourWeeks, PeriodMonth, PeriodQuarter, PeriodHalf, PeriodYear}

// UsualPeriodTypes are those of a calendar that names none.
var UsualPeriodTypes = []PeriodType{PeriodMonth, PeriodQuarter, PeriodHalf, PeriodYear}

// LongerThan tells whether periods of this type are longer than those of another.
func (t PeriodType) LongerThan(other PeriodType) bool {
	return slices.Index(PeriodTypes, t) > slices.Index(PeriodTypes, other)
}

// UpTo lists the types that are no longer than this one.
func (t PeriodType) UpTo() []PeriodType {
	return slices.Clone(PeriodTypes[:slices.Index(PeriodTypes, t)+1])
}

// Weekday is a day of the week.
type Weekday string

// Weekdays are the days of the week, from Monday on.
var Weekdays = []Weekday{"MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"}

// CalendarPattern is what the months of a fiscal calendar are made of.
type CalendarPattern string

// The patterns of fiscal calendars.
const (
	PatternMonths CalendarPattern = "MONTHS" // of calendar months; the default
	Pattern445    CalendarPattern = "WEEKS_4_4_5"
	Pattern454    CalendarPattern = "WEEKS_4_5_4"
	Pattern544    CalendarPattern = "WEEKS_5_4_4"
)
