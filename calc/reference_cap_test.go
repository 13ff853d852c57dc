package calc

import (
	"math/big"
	"slices"

	"spm/model"
)

// refCap is what a cap has met in a window.
type refCap struct {
	met             bool
	before, carried *big.Rat
	month           refPeriodStep // of a bound of each month
}

// refYear is the fiscal year of all scenes.
var refYear = [2]model.Date{date("2026-01-01"), date("2027-01-01")}

// part prorates by the days held of a span.
func (x *reference) part(of *big.Rat, days [2]model.Date) *big.Rat {
	return x.partWith(of, days, 0)
}

// partWith is part with some days more.
func (x *reference) partWith(of *big.Rat, days [2]model.Date, more int) *big.Rat {
	held, all := int64(x.days(days[0], days[1], refHeld)+more), int64(days[1]-days[0])
	if x.s.Rules.CapProration == model.ProrateNone || x.days(days[0], days[1], refCounts) == 0 || held == all {
		return of
	}
	return ratRound(refTimes(of, big.NewRat(held, all)), 16, model.HalfEven)
}

// capped gives what a window comes to after its i-th adjustment, a cap, and what
// it carries on.
func (x *reference) capped(w *refSpan, i int, total *big.Rat) (after, carried *big.Rat) {
	a := &x.component().Adjustments[i]
	days, more := [2]model.Date{w.from, w.to}, x.staying(w, w.from, w.to)
	together := a.Per == model.PerYear
	switch {
	case a.Per == model.PerYear:
		days, more = refYear, 0
	case a.Per == model.PerPeriod && x.component().Window == model.PeriodMonth:
		days, more, together = refPeriod("2026-Q1"), 0, true
		for _, month := range refMonths {
			in := refPeriod(month)
			more += x.staying(&refSpan{from: in[0], to: in[1]}, in[0], in[1])
		}
	}
	bound := x.kept(x.payWindow(w, x.partWith(refMoney(a), days, more)))
	so, in := new(big.Rat), new(big.Rat)
	for _, before := range x.before(w) {
		if step := before[i]; step.met {
			so, in = refPlus(so, step.before), step.carried
		}
	}
	switch {
	case together:
		x.hit("cap per " + string(a.Per))
		if so.Sign() != 0 {
			x.hit("a cap that looks back")
		}
		return refLess(refLeast(refPlus(so, total), bound), refLeast(so, bound)), new(big.Rat)
	case a.Excess == model.ExcessCarried:
		if in.Sign() != 0 {
			x.hit("excess carried")
		}
		due := refPlus(total, in)
		after = refLeast(due, bound)
		return after, refLess(due, after)
	}
	return refLeast(total, bound), new(big.Rat)
}

func refLeast(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// before gives what the adjustments have met in each month before a monthly
// window; a month with a problem of its own has met nothing.
func (x *reference) before(w *refSpan) [][]refCap {
	if w.days() > 80 {
		return nil
	}
	var out [][]refCap
	for _, month := range refMonths {
		days := refPeriod(month)
		if days[1] > w.from {
			break
		}
		s := *x.s
		until := refPeriod(s.Period)[1]
		if s.Payout == model.PeriodMonth {
			s.Period, until = month, days[1]
		}
		y := &reference{s: &s, at: x.at, depth: 1, problems: map[model.ProblemCode]bool{}, maybe: map[model.ProblemCode]bool{}}
		v := y.span(days, until)
		if !y.active(v, days) {
			continue
		}
		y.earned(v)
		if len(y.maybe) > 0 {
			x.maybe[""] = true // whether it is a problem is not said
		}
		if len(y.problems) == 0 && y.seen != nil {
			out = append(out, slices.Clone(y.seen))
		}
	}
	return out
}

// limited cuts a window's measure, and what each posting adds to it, at the
// attainment cap.
func (x *reference) limited(w *refSpan) {
	share := x.component().AttainmentCap
	if share == "" {
		return
	}
	if refNone(w.quota) {
		x.fail(model.ProblemNoQuota)
		return
	}
	limit, total := refTimes(fraction(share), w.quota), w.begun
	for _, p := range w.postings {
		counted := refLeast(total, limit)
		total = refPlus(total, p.value)
		if after := refLess(refLeast(total, limit), counted); after.Cmp(p.value) != 0 {
			p.value, p.cutAway = after, after.Sign() == 0
			x.hit("above the attainment cap")
		}
	}
	w.measure, w.begun = refLeast(total, limit), refLeast(w.begun, limit)
}
