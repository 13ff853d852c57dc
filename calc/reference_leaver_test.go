package calc

import (
	"slices"

	"spm/model"
)

// leftOn is the first day of the days without a break, up to one, on which the
// payee had left; 0 where they had not.
func (x *reference) leftOn(day model.Date) (left model.Date) {
	for first := day; first > date("2025-06-01"); first-- {
		if status, _ := x.statusOn(first); status != model.PayeeTerminated {
			break
		}
		left = first
	}
	return left
}

func (x *reference) leaves() model.OpenWindow {
	if x.s.Rules.Leaver == nil {
		return ""
	}
	return x.s.Rules.Leaver.OpenWindow
}

// stays tells whether a day of the window counts for what is prorated though the
// payee has left by then: they had it to themselves, as a day that counts, when
// they did, and had begun it.
func (x *reference) stays(w *refSpan, day model.Date) bool {
	if x.leaves() != model.OpenFull || x.seat > 0 || x.on(day).held || x.outside(day) {
		return false
	}
	left := x.leftOn(day)
	return left > w.from && x.on(left-1).held
}

// lasts tells whether a day counts for what is prorated.
func (x *reference) lasts(w *refSpan, day model.Date) bool {
	return x.on(day).held || x.stays(w, day)
}

// staying counts the days that stay.
func (x *reference) staying(w *refSpan, from, to model.Date) int {
	n := 0
	for day := from; day < to; day++ {
		if x.stays(w, day) {
			n++
		}
	}
	if n > 0 {
		x.hit("an open window left whole")
	}
	return n
}

// trued tells whether the component pays a longer window in shorter periods.
func (x *reference) trued() bool {
	c := x.component()
	return c.Window == model.PeriodQuarter && c.Settlement == model.SettleTrueUp && x.s.Payout == model.PeriodMonth
}

// forfeitsWindow tells whether the payee left before the window's end.
func (x *reference) forfeitsWindow(w *refSpan) bool {
	if x.leaves() != model.OpenForfeit || x.trued() {
		return false
	}
	return x.leftOn(min(w.to, w.until)-1) > w.from
}

// soldInVain tells whether a sale lies in an earlier window that was forfeited.
func (x *reference) soldInVain(w *refSpan, day model.Date) bool {
	if x.leaves() != model.OpenForfeit || x.trued() || day >= w.from || !x.on(day).seated {
		return false
	}
	names := []string{"2025-Q4", "2026-Q1"}
	if w.days() < 80 {
		names = []string{"2025-12", "2026-01", "2026-02", "2026-03"}
	}
	for _, name := range names {
		if in := refPeriod(name); in[0] <= day && day < in[1] {
			return x.leftOn(in[1]-1) > in[0]
		}
	}
	return false
}

// unpaid tells whether a window that is trued up was open when the payee left.
func (x *reference) unpaid(period [2]model.Date) bool {
	return x.leaves() == model.OpenForfeit && x.trued() && x.leftOn(period[1]-1) > refPeriod("2026-Q1")[0]
}

// generatedLeaver lets the payee leave, late in the window or after a sale that is
// returned in a later one, with a policy for windows that are open then.
func generatedLeaver(r source, s *scene) {
	c := &s.Versions[0].Components[0]
	seldom := c.Accumulate != "" && c.Accumulate != model.OverWindow || s.Rules.QuotaBasis == model.QuotaToDate && c.Target+c.TargetShare != "" || len(c.Bonus) > 0 || s.ofActivities() ||
		slices.ContainsFunc(c.Adjustments, func(a model.Adjustment) bool { return a.Excess == model.ExcessCarried })
	if seldom || oneIn(r, 2) {
		return // what is had seldom stays as it is
	}
	s.Rules.Leaver = &model.LeaverPolicy{OpenWindow: pick(r, model.OpenForfeit, model.OpenFull)}
	left := refPeriod(s.Period)[1].AddDays(-1 - r.IntN(25))
	for _, c := range s.Credits {
		if c.Reversal && c.FXDate != nil && c.Of != "" && c.FXDate.Time().Month() != c.Date.Time().Month() {
			if left = c.FXDate.AddDays(1); left.Time().Day() > 1 {
				s.Rules.Leaver.OpenWindow = model.OpenForfeit
				break
			}
		}
	}
	if s.Began != nil && left <= *s.Began {
		s.Began = nil
	}
	s.Statuses = slices.DeleteFunc(s.Statuses, func(status sceneStatus) bool { return status.From >= left })
	s.Statuses = append(s.Statuses, sceneStatus{left, model.PayeeTerminated, ""})
	if len(s.Seats) > 0 && oneIn(r, 2) && left > s.Seats[0].From {
		s.Seats[0].To = left // the seat ends with the last day
	}
}
