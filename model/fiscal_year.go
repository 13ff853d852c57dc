package model

import (
	"fmt"
	"slices"
)

// PeriodsOf lists the periods of a fiscal year, type by type, each in order. The
// year has the number of the calendar year in which it ends. Those of one type
// tile it: they leave no day out, and share none.
func (c *FiscalCalendar) PeriodsOf(year int) []Period {
	from, to := c.yearStart(year), c.yearStart(year+1)
	var out []Period
	for _, of := range c.PeriodTypes {
		cuts := c.cuts(of, from, to)
		for i, first := range cuts {
			next := to
			if i+1 < len(cuts) {
				next = cuts[i+1]
			}
			out = append(out, Period{
				CalendarID: c.ID, Type: of, Name: c.periodName(of, year, i+1, first), FiscalYear: year, Number: i + 1,
				Days: Interval{From: first, To: next}, Status: PeriodOpen,
			})
		}
	}
	return out
}

// OfWeeks tells whether the calendar's months are made of weeks.
func (c *FiscalCalendar) OfWeeks() bool { return c.Pattern != "" && c.Pattern != PatternMonths }

// yearStart is the first day of a fiscal year: its day in the calendar or, of a
// year of weeks, the nearest day on which weeks start.
func (c *FiscalCalendar) yearStart(year int) Date {
	if c.StartMonth != 1 || c.StartDay != 1 {
		year--
	}
	start := NewDate(year, c.StartMonth, c.StartDay)
	if !c.OfWeeks() || c.WeekStart == nil {
		return start
	}
	next := start.onOrAfter(*c.WeekStart)
	if next-start > 3 {
		next -= 7
	}
	return next
}

// onOrAfter is the first such day of the week from a date on.
func (d Date) onOrAfter(day Weekday) Date {
	const monday = -3 // 1969-12-29
	ahead := (slices.Index(Weekdays, day) - int(d-monday)) % 7
	if ahead < 0 {
		ahead += 7
	}
	return d.AddDays(ahead)
}

// The weeks of the three months of a quarter.
var monthWeeks = map[CalendarPattern][3]int{Pattern445: {4, 4, 5}, Pattern454: {4, 5, 4}, Pattern544: {5, 4, 4}}

// cuts lists the first days of the periods of a type in a fiscal year.
func (c *FiscalCalendar) cuts(of PeriodType, from, to Date) []Date {
	switch of {
	case PeriodDay:
		return every(1, from, to)
	case PeriodWeek:
		return c.weeks(from, to)
	case PeriodFourWeeks:
		var out []Date
		for i, week := range c.weeks(from, to) {
			if i%4 == 0 && i < 52 { // the thirteenth goes on to the year's end
				out = append(out, week)
			}
		}
		return out
	case PeriodSemiMonthly:
		var out []Date
		for _, month := range c.months(from) {
			out = append(out, month, month.AddDays(15))
		}
		return out
	}
	months, length := c.months(from), map[PeriodType]int{PeriodMonth: 1, PeriodQuarter: 3, PeriodHalf: 6, PeriodYear: 12}[of]
	var out []Date
	for i := 0; length > 0 && i < len(months); i += length {
		out = append(out, months[i])
	}
	return out
}

// weeks lists the first days of a year's weeks. Those that lie in two fiscal
// years are cut between them.
func (c *FiscalCalendar) weeks(from, to Date) []Date {
	if c.WeekStart == nil {
		return every(7, from, to)
	}
	whole := every(7, from.onOrAfter(*c.WeekStart), to)
	if whole[0] == from {
		return whole
	}
	return append([]Date{from}, whole...)
}

// months lists the first days of a year's twelve months. What weeks leave over
// is of the last one.
func (c *FiscalCalendar) months(from Date) []Date {
	out := make([]Date, 0, 12)
	weeks := monthWeeks[c.Pattern]
	for i, first := 0, from; i < 12; i++ {
		out = append(out, first)
		if first = first.AddDays(7 * weeks[i%3]); !c.OfWeeks() {
			first = from.AddMonths(i + 1)
		}
	}
	return out
}

func every(days int, from, to Date) []Date {
	var out []Date
	for day := from; day < to; day = day.AddDays(days) {
		out = append(out, day)
	}
	return out
}

// periodName names a period, uniquely in its calendar.
func (c *FiscalCalendar) periodName(of PeriodType, year, number int, first Date) string {
	month := func(day Date) string { return day.String()[:len("2026-04")] }
	switch of {
	case PeriodDay:
		return first.String()
	case PeriodWeek:
		return fmt.Sprintf("%d-W%02d", year, number)
	case PeriodFourWeeks:
		return fmt.Sprintf("%d-F%02d", year, number)
	case PeriodSemiMonthly:
		if number%2 == 0 {
			return month(first.AddDays(-15)) + "-B"
		}
		return month(first) + "-A"
	case PeriodMonth:
		if c.OfWeeks() {
			return fmt.Sprintf("%d-M%02d", year, number)
		}
		return month(first)
	case PeriodQuarter:
		return fmt.Sprintf("%d-Q%d", year, number)
	case PeriodHalf:
		return fmt.Sprintf("%d-H%d", year, number)
	default:
		return fmt.Sprint(year)
	}
}

// PayPeriodGiven is the type of period whose balances are struck, closed and
// paid: where the calendar says none, MONTH if it has months, otherwise the
// shortest that it has.
func (c *FiscalCalendar) PayPeriodGiven() PeriodType {
	switch {
	case c.PayPeriod != "":
		return c.PayPeriod
	case len(c.PeriodTypes) == 0 || slices.Contains(c.PeriodTypes, PeriodMonth):
		return PeriodMonth
	}
	return c.PeriodTypes[0]
}
