// Package model holds the plain nouns of the product: what they are, not how
// they are stored, transported or calculated. It reads no clock and does no IO.
package model

import (
	"fmt"
	"time"
)

// Date is a business date without a time zone: the number of days since
// 1970-01-01 in the proleptic Gregorian calendar.
type Date int32

// The bounds of what the product accepts: 0001-01-01 and 9999-12-31. MaxDate
// stands for "no end" in an Interval.
const (
	MinDate Date = -719162
	MaxDate Date = 2932896
)

// NewDate gives the date of a civil year, month (1 to 12) and day; days and
// months beyond their range carry over, as in time.Date.
func NewDate(year, month, day int) Date {
	return Date(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads "YYYY-MM-DD"; a date that does not exist is an error.
func ParseDate(text string) (Date, error) {
	if len(text) != len("2006-01-02") {
		return 0, fmt.Errorf("a date is written YYYY-MM-DD")
	}
	parsed, err := time.Parse("2006-01-02", text)
	if err != nil || parsed.Year() < 1 {
		return 0, fmt.Errorf("a date is written YYYY-MM-DD and must exist")
	}
	return DateOf(parsed), nil
}

// DateOf gives the calendar date that an instant shows in its own location.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return NewDate(year, int(month), day)
}

// Time gives midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Civil gives year, month (1 to 12) and day.
func (d Date) Civil() (year, month, day int) {
	y, m, dd := d.Time().Date()
	return y, int(m), dd
}

// AddDays moves the date by n days.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// AddMonths moves the date by n months and clamps to the month's last day.
func (d Date) AddMonths(n int) Date {
	year, month, day := d.Civil()
	last := NewDate(year, month+n+1, 0)
	_, _, lastDay := last.Civil()
	if day > lastDay {
		return last
	}
	return NewDate(year, month+n, day)
}

// String writes "YYYY-MM-DD".
func (d Date) String() string { return d.Time().Format("2006-01-02") }

// MarshalText writes "YYYY-MM-DD".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "YYYY-MM-DD".
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Interval is a span of days [From, To): From is in it, To is not. To is
// MaxDate where there is no end.
type Interval struct {
	From Date `json:"from"`
	To   Date `json:"to"`
}

// Always is the interval that every date is in.
var Always = Interval{From: MinDate, To: MaxDate}

// Contains tells whether the day lies in the interval.
func (i Interval) Contains(d Date) bool { return i.From <= d && d < i.To }

// Overlaps tells whether the two intervals share a day.
func (i Interval) Overlaps(o Interval) bool { return i.From < o.To && o.From < i.To }

// Intersect gives the days that both have; it is Empty where there is none.
func (i Interval) Intersect(o Interval) Interval {
	return Interval{From: max(i.From, o.From), To: min(i.To, o.To)}
}

// Empty tells whether no day is in the interval.
func (i Interval) Empty() bool { return i.From >= i.To }

// Days is the number of days in the interval, 0 if it is empty.
func (i Interval) Days() int { return max(0, int(i.To-i.From)) }

// Last is the last day in the interval.
func (i Interval) Last() Date { return i.To - 1 }
