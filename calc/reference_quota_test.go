package calc

import (
	"math/big"

	"spm/model"
)

// quotaOn gives the quota in force on a day, after relief; nil: none.
func (x *reference) quotaOn(w *refSpan, measure string, day model.Date) *big.Rat {
	var own, title *sceneQuota
	for i := range x.s.Quotas {
		q := &x.s.Quotas[i]
		days := refPeriod(q.Period)
		if q.Measure != measure || q.Title == "" && q.Position != x.position() || days[0] != w.from || days[1] != w.to || q.From != nil && *q.From > day {
			continue
		}
		of := &own
		if q.Title != "" {
			of = &title
		}
		if *of == nil || (*of).From == nil || q.From != nil && *q.From > *(*of).From {
			*of = q
		}
		if q.From != nil {
			x.hit("a quota that changed, " + string(x.s.Rules.QuotaChange))
		}
	}
	if own == nil {
		own = title
	}
	if own == nil {
		return nil
	}
	out := fraction(own.Amount)
	if own.Relief != "" {
		x.hit("relief")
		out = refTimes(out, refLess(big.NewRat(1, 1), fraction(own.Relief)))
	}
	return out
}

// ramp is the component's, or else the version's.
func (x *reference) ramp() *model.Ramp {
	if ramp := x.component().Ramp; ramp != nil {
		return ramp
	}
	return x.s.Rules.Ramp
}

// ramped gives the share of a quota that a day has by the ramp.
func (x *reference) ramped(day model.Date) *big.Rat {
	return x.shareOn(day, "ramp ", func(s model.RampStep) string { return s.Share.String() })
}

// shareOn gives a share that a day has by the ramp.
func (x *reference) shareOn(day model.Date, name string, of func(model.RampStep) string) *big.Rat {
	ramp := x.ramp()
	if ramp == nil {
		return big.NewRat(1, 1)
	}
	var began model.Date
	switch {
	case ramp.Since == model.RampPayee && x.s.Began != nil && x.payee() == "ana":
		began = *x.s.Began
	case ramp.Since != model.RampPayee && len(x.s.Seats) > 0:
		began = x.s.Seats[x.seat].From
	default:
		return big.NewRat(1, 1)
	}
	if day < began {
		return big.NewRat(1, 1)
	}
	month := 1
	for month < 60 && day >= refMonthLater(began, month) {
		month++
	}
	share := "1"
	for _, step := range ramp.Steps {
		if step.Month <= month {
			share = of(step)
		}
	}
	if share != "1" {
		x.hit(name + string(ramp.SinceGiven()))
	}
	return fraction(share)
}

// refMonthLater is the same day so many months later, or that month's last.
func refMonthLater(day model.Date, months int) model.Date {
	t := day.Time()
	first := model.NewDate(t.Year(), int(t.Month())+months, 1)
	for dom := t.Day(); ; dom-- {
		later := first.AddDays(dom - 1)
		if later.Time().Month() == first.Time().Month() {
			return later
		}
	}
}

// rampedTarget gives the target incentive of which a ramp takes off: the mean of
// the days that count, of what is left of each day's; part is the window's of
// the year.
func (x *reference) rampedTarget(w *refSpan, on func(model.Date) *big.Rat, part *big.Rat) *big.Rat {
	if x.s.Rules.QuotaBasis == model.QuotaToDate && w.until < w.to {
		x.hit("target to date")
	}
	none := x.s.Rules.TargetProration == model.ProrateNone
	left := func(day model.Date) *big.Rat {
		share := x.shareOn(day, "target ramp ", func(s model.RampStep) string {
			if s.TargetShare == nil {
				return "1"
			}
			return s.TargetShare.String()
		})
		if none {
			return refTimes(on(w.last()), share)
		}
		return refTimes(on(day), share)
	}
	until := w.to
	if x.s.Rules.QuotaBasis == model.QuotaToDate {
		until = min(w.to, w.until)
	}
	sum, n := new(big.Rat), 0
	for day := w.from; day < until; day++ {
		if x.lasts(w, day) {
			sum.Add(sum, left(day))
			n++
		}
	}
	switch {
	case n == 0 && !none && x.someBefore(w, until):
		return new(big.Rat)
	case n == 0:
		sum, n = left(w.last()), 1
	case !none:
		n = w.days()
	}
	if none && until < w.to {
		sum = refTimes(sum, big.NewRat(int64(until-w.from), int64(w.days())))
	}
	return ratRound(refTimes(sum, refTimes(part, big.NewRat(1, int64(n)))), 16, model.HalfEven)
}
