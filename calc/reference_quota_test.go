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
		if q.Measure != measure || days[0] != w.from || days[1] != w.to || q.From != nil && *q.From > day {
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

// ramped gives the share of a quota that a day has by the ramp.
func (x *reference) ramped(day model.Date) *big.Rat {
	ramp := x.component().Ramp
	if ramp == nil {
		ramp = x.s.Rules.Ramp
	}
	if ramp == nil {
		return big.NewRat(1, 1)
	}
	var began model.Date
	switch {
	case ramp.Since == model.RampPayee && x.s.Began != nil:
		began = *x.s.Began
	case ramp.Since != model.RampPayee && len(x.s.Seats) > 0:
		began = x.s.Seats[0].From
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
			share = step.Share.String()
		}
	}
	if share != "1" {
		x.hit("ramp " + string(ramp.SinceGiven()))
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
