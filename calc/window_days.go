package calc

import (
	"slices"

	"spm/model"
)

// windowsKey finds the windows of a type as payout periods of another see them.
type windowsKey struct {
	payout
	window model.PeriodType
}

// windowsBy gives the windows of a type in order, as payout periods of another
// type see them. A payout period belongs to the longer window in which its last
// day lies, so a window that payout periods straddle is made of those that belong
// to it: its days are theirs, and all else is the window's own.
func windowsBy(all []*model.Period, payout, kind model.PeriodType) []*model.Period {
	var out []*model.Period
	for _, w := range all {
		if w.Type != kind {
			continue
		}
		if kind.LongerThan(payout) {
			made := *w
			if made.Days = madeOf(all, payout, w); made.Days.Empty() {
				continue
			} else if made.Days != w.Days {
				w = &made
			}
		}
		out = append(out, w)
	}
	return out
}

// madeOf gives the days of the payout periods that belong to a window; its own
// where none straddles it.
func madeOf(all []*model.Period, payout model.PeriodType, w *model.Period) model.Interval {
	days, straddled := model.Interval{}, false
	for _, p := range all {
		if p.Type != payout || !p.Days.Overlaps(w.Days) {
			continue
		}
		straddled = straddled || p.Days.From < w.Days.From || p.Days.To > w.Days.To
		switch {
		case !w.Days.Contains(p.Days.Last()):
		case days.Empty():
			days = p.Days
		default:
			days.To = p.Days.To
		}
	}
	if !straddled {
		return w.Days
	}
	return days
}

// settledOf gives those of the windows that a payout period settles: itself, the
// longer one that it belongs to, or the shorter ones that belong to it.
func settledOf(windows []*model.Period, p *model.Period, kind model.PeriodType) []*model.Period {
	if kind == p.Type {
		return []*model.Period{p}
	}
	belongs := func(w *model.Period) bool { return p.Days.Contains(w.Days.Last()) }
	if kind.LongerThan(p.Type) {
		belongs = func(w *model.Period) bool { return w.Days.Contains(p.Days.Last()) }
	}
	var out []*model.Period
	for _, w := range windows {
		if belongs(w) {
			out = append(out, w)
		}
	}
	return out
}

// windowsLike gives the windows of the type of one at hand, as payout periods of a
// type see them.
func (x *index) windowsLike(window *model.Period, kind model.PeriodType) []*model.Period {
	if known, seen := x.windows[windowsKey{payout{window.CalendarID, kind}, window.Type}]; seen {
		return known
	}
	return slices.DeleteFunc(slices.Clone(x.periodsOf[window.CalendarID]), func(p *model.Period) bool { return p.Type != window.Type })
}

// windowsBefore gives those of them that end before it begins, in order.
func (x *index) windowsBefore(window *model.Period, kind model.PeriodType) []*model.Period {
	var out []*model.Period
	for _, p := range x.windowsLike(window, kind) {
		if p.Days.To <= window.Days.From {
			out = append(out, p)
		}
	}
	return out
}
