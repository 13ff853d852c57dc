package scalar

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

// MarshalDate writes "YYYY-MM-DD"; a date beyond model.MinDate and
// model.MaxDate is written as null.
func MarshalDate(d model.Date) graphql.Marshaler {
	if d < model.MinDate || d > model.MaxDate {
		return graphql.Null
	}
	return raw(d.String())
}

// UnmarshalDate accepts "YYYY-MM-DD" of a date that exists.
func UnmarshalDate(v any) (model.Date, error) {
	text, ok := v.(string)
	if !ok {
		return 0, refuse("Date must be a JSON string, such as \"2026-01-31\"")
	}
	d, err := model.ParseDate(text)
	if err != nil {
		return 0, refuse("Date must be written YYYY-MM-DD and exist")
	}
	return d, nil
}

// MarshalDateTime writes RFC 3339 in UTC with as many decimals of a second as
// are needed. An instant that was never set (year 1 or before) and one after
// the year 9999 are written as null.
func MarshalDateTime(t time.Time) graphql.Marshaler {
	t = t.UTC()
	if t.Year() < 2 || t.Year() > 9999 {
		return graphql.Null
	}
	return raw(t.Format(time.RFC3339Nano))
}

// UnmarshalDateTime accepts RFC 3339 with a zone or Z, strictly, and gives UTC.
// The empty string and the year 1, which stand for "never set", are refused.
func UnmarshalDateTime(v any) (time.Time, error) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, refuse("DateTime must be a JSON string, such as \"2026-01-31T09:30:00Z\"")
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || !strictRFC3339(text) {
		return time.Time{}, refuse("DateTime must be written as in RFC 3339, such as \"2026-01-31T09:30:00Z\"")
	}
	t = t.UTC()
	if t.Year() < 2 || t.Year() > 9999 {
		return time.Time{}, refuse("DateTime must lie between the years 2 and 9999")
	}
	return t, nil
}

// strictRFC3339 closes what time.Parse lets pass: an hour of one digit, a comma
// before the decimals, more than nine of them and offsets beyond a day.
func strictRFC3339(text string) bool {
	const plain = "2006-01-02T15:04:05"
	if len(text) <= len(plain) || text[len("2006-01-02T15")] != ':' {
		return false
	}
	zone := text[len(plain):]
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && zone[n] >= '0' && zone[n] <= '9' {
			n++
		}
		if n < 2 || n > 10 {
			return false
		}
		zone = zone[n:]
	}
	return zone == "Z" || (len(zone) == len("+00:00") && zone[1:3] < "24" && zone[4:6] < "60")
}
