package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestPeriodsTile: the periods of one type tile the fiscal year, and year follows
// on year, whatever its start, weeks and pattern; their names are unique.
func TestPeriodsTile(t *testing.T) {
	t.Parallel()
	var calendars []FiscalCalendar
	for month := 1; month <= 12; month++ {
		for _, day := range []int{1, 15, 28} {
			c := FiscalCalendar{StartMonth: month, StartDay: day, PeriodTypes: PeriodTypes}
			calendars = append(calendars, c)
			for i := range Weekdays {
				c.WeekStart, c.Pattern, c.PeriodTypes = &Weekdays[i], PatternMonths, PeriodTypes
				calendars = append(calendars, c)
				c.PeriodTypes = slices.DeleteFunc(slices.Clone(PeriodTypes), func(of PeriodType) bool { return of == PeriodSemiMonthly })
				for _, c.Pattern = range []CalendarPattern{Pattern445, Pattern454, Pattern544} {
					calendars = append(calendars, c)
				}
			}
		}
	}
	for i := range calendars {
		for _, year := range []int{1900, 2027, 2028, 2100} {
			if what := tiles(&calendars[i], year); what != "" {
				t.Errorf("%+v in %d: %s", calendars[i], year, what)
			}
		}
	}
}

// tiles says what is wrong with a fiscal year.
func tiles(c *FiscalCalendar, year int) string {
	names, ends, numbers := map[string]bool{}, map[PeriodType]Date{}, map[PeriodType]int{}
	whole := Interval{c.yearStart(year), c.yearStart(year + 1)}
	if n := whole.Days(); c.OfWeeks() && n != 364 && n != 371 || !c.OfWeeks() && n != 365 && n != 366 {
		return fmt.Sprintf("the year has %d days", n)
	}
	for _, p := range c.PeriodsOf(year) {
		from, begun := ends[p.Type]
		if !begun {
			from = whole.From
		}
		numbers[p.Type]++
		switch {
		case p.Days.From != from || p.Days.Empty():
			return fmt.Sprintf("%s is from %s to %s, and those before end at %s", p.Name, p.Days.From, p.Days.To, from)
		case p.Number != numbers[p.Type] || p.FiscalYear != year:
			return fmt.Sprintf("%s is number %d of %d", p.Name, p.Number, p.FiscalYear)
		case names[p.Name]:
			return "two are called " + p.Name
		}
		names[p.Name], ends[p.Type] = true, p.Days.To
	}
	for _, of := range c.PeriodTypes {
		if ends[of] != whole.To {
			return fmt.Sprintf("%s ends at %s, the year at %s", of, ends[of], whole.To)
		}
	}
	want := map[PeriodType][2]int{PeriodDay: {364, 371}, PeriodWeek: {52, 54}, PeriodFourWeeks: {13, 13}, PeriodMonth: {12, 12}, PeriodQuarter: {4, 4}, PeriodHalf: {2, 2}, PeriodYear: {1, 1}, PeriodSemiMonthly: {24, 24}}
	for of, n := range numbers {
		if n < want[of][0] || n > want[of][1] {
			return fmt.Sprintf("there are %d of %s", n, of)
		}
	}
	return ""
}

// TestFiscalYears are counted on a calendar.
func TestFiscalYears(t *testing.T) {
	t.Parallel()
	monday, sunday := Weekday("MONDAY"), Weekday("SUNDAY")
	for name, c := range map[string]struct {
		calendar FiscalCalendar
		year     int
		of       PeriodType
		at       []int // which of them; negative from the end
		want     string
	}{
		"weeks from the first day":  {FiscalCalendar{StartMonth: 1, StartDay: 1}, 2026, PeriodWeek, []int{0, -2, -1}, "2026-W01 2026-01-01 2026-01-07, 2026-W52 2026-12-24 2026-12-30, 2026-W53 2026-12-31 2026-12-31"},
		"weeks from Monday":         {FiscalCalendar{StartMonth: 1, StartDay: 1, WeekStart: &monday}, 2026, PeriodWeek, []int{0, 1, 4, -1}, "2026-W01 2026-01-01 2026-01-04, 2026-W02 2026-01-05 2026-01-11, 2026-W05 2026-01-26 2026-02-01, 2026-W53 2026-12-28 2026-12-31"},
		"four weeks":                {FiscalCalendar{StartMonth: 1, StartDay: 1}, 2026, PeriodFourWeeks, []int{0, 1, -1}, "2026-F01 2026-01-01 2026-01-28, 2026-F02 2026-01-29 2026-02-25, 2026-F13 2026-12-03 2026-12-31"},
		"half months":               {FiscalCalendar{StartMonth: 2, StartDay: 1}, 2027, PeriodSemiMonthly, []int{0, 1, -1}, "2026-02-A 2026-02-01 2026-02-15, 2026-02-B 2026-02-16 2026-02-28, 2027-01-B 2027-01-16 2027-01-31"},
		"half months from the 28th": {FiscalCalendar{StartMonth: 1, StartDay: 28}, 2027, PeriodSemiMonthly, []int{2, 3}, "2026-02-A 2026-02-28 2026-03-14, 2026-02-B 2026-03-15 2026-03-27"},
		"days":                      {FiscalCalendar{StartMonth: 1, StartDay: 1}, 2028, PeriodDay, []int{59, -1}, "2028-02-29 2028-02-29 2028-02-29, 2028-12-31 2028-12-31 2028-12-31"},
		// 1 February 2025 is a Saturday, the Sunday nearest to it the next day; of 2026 it is one.
		"4-4-5":             {FiscalCalendar{StartMonth: 2, StartDay: 1, WeekStart: &sunday, Pattern: Pattern445}, 2026, PeriodMonth, []int{0, 1, 2, 3, -1}, "2026-M01 2025-02-02 2025-03-01, 2026-M02 2025-03-02 2025-03-29, 2026-M03 2025-03-30 2025-05-03, 2026-M04 2025-05-04 2025-05-31, 2026-M12 2025-12-28 2026-01-31"},
		"5-4-4":             {FiscalCalendar{StartMonth: 2, StartDay: 1, WeekStart: &sunday, Pattern: Pattern544}, 2026, PeriodMonth, []int{0, 1}, "2026-M01 2025-02-02 2025-03-08, 2026-M02 2025-03-09 2025-04-05"},
		"quarters of weeks": {FiscalCalendar{StartMonth: 2, StartDay: 1, WeekStart: &sunday, Pattern: Pattern454}, 2026, PeriodQuarter, []int{0, -1}, "2026-Q1 2025-02-02 2025-05-03, 2026-Q4 2025-11-02 2026-01-31"},
		// 1 January 2026 is a Thursday, the Monday before it nearer; of 2027 it is a Friday, the Monday after it nearer: 53 weeks.
		"53 weeks":              {FiscalCalendar{StartMonth: 1, StartDay: 1, WeekStart: &monday, Pattern: Pattern445}, 2026, PeriodMonth, []int{0, -1}, "2026-M01 2025-12-29 2026-01-25, 2026-M12 2026-11-23 2027-01-03"},
		"four weeks of a 53rd":  {FiscalCalendar{StartMonth: 1, StartDay: 1, WeekStart: &monday, Pattern: Pattern445}, 2026, PeriodFourWeeks, []int{-1}, "2026-F13 2026-11-30 2027-01-03"},
		"weeks of a 4-4-5 year": {FiscalCalendar{StartMonth: 1, StartDay: 1, WeekStart: &monday, Pattern: Pattern445}, 2026, PeriodWeek, []int{0, -1}, "2026-W01 2025-12-29 2026-01-04, 2026-W53 2026-12-28 2027-01-03"},
	} {
		c.calendar.PeriodTypes = []PeriodType{c.of}
		all := c.calendar.PeriodsOf(c.year)
		var got []string
		for _, i := range c.at {
			p := &all[(i+len(all))%len(all)]
			got = append(got, fmt.Sprintf("%s %s %s", p.Name, p.Days.From, p.EndDate()))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: got %s, want %s", name, text, c.want)
		}
	}
}
