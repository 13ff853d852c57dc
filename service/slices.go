package service

import "spm/model"

// replaceFrom gives dated slices in which what held from a day on is replaced:
// change is applied to the slice in force on that day (to the empty one where
// there is none), and what was set from a later day goes. days reaches into a
// slice for its interval.
func replaceFrom[S any](slices []S, from model.Date, days func(*S) *model.Interval, change func(S) S) []S {
	var out []S
	var base S
	for _, s := range slices {
		span := days(&s)
		if span.From <= from {
			base = s
		}
		if span.From < from {
			span.To = min(span.To, from)
			out = append(out, s)
		}
	}
	next := change(base)
	*days(&next) = model.Interval{From: from, To: model.MaxDate}
	return append(out, next)
}

func positionDays(s *model.PositionSlice) *model.Interval { return &s.Days }
func payeeDays(s *model.PayeeSlice) *model.Interval       { return &s.Days }
func treeDays(s *model.TreeSlice) *model.Interval         { return &s.Days }
