package calc

import (
	"maps"
	"math/big"

	"spm/model"
)

// refPeriodStep is what a bound of each month has met by the end of one.
type refPeriodStep struct {
	came   *big.Rat // what the window came to before it
	bound  *big.Rat
	active bool // something of the month was held or counted
	lifts  bool // a floor may lift
}

// byPeriod tells whether an adjustment bounds what a month of a window that is
// trued up pays.
func (x *reference) byPeriod(a *model.Adjustment) bool {
	c := x.component()
	return a.Per == model.PerPeriod && c.Window == model.PeriodQuarter && c.Settlement == model.SettleTrueUp
}

// boundMonths gives what a window comes to after its i-th adjustment, a bound of
// each month: the sum of what the months pay, each by itself, with a heap of what
// was cut, that a fall takes from first or that is paid later.
func (x *reference) boundMonths(w *refSpan, i int, total *big.Rat, stopped bool) *big.Rat {
	a := &x.component().Adjustments[i]
	var steps []refPeriodStep
	for _, month := range refMonths {
		days := refPeriod(month)
		if days[1] > w.until {
			break
		}
		if days[1] == w.until {
			steps = append(steps, x.monthStep(w, a, days, total, stopped))
			break
		}
		y := &reference{s: x.s, at: x.at, seat: x.seat, depth: 1, problems: map[model.ProblemCode]bool{}, maybe: map[model.ProblemCode]bool{}}
		v := y.span([2]model.Date{w.from, w.to}, days[1])
		if !y.active(v, [2]model.Date{w.from, days[1]}) {
			continue
		}
		y.earned(v)
		maps.Copy(x.maybe, y.maybe)
		if len(y.problems) == 0 && y.seen != nil {
			steps = append(steps, y.seen[i].month)
		}
	}
	x.seen[i].month = steps[len(steps)-1]
	came, heap, paid := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, step := range steps {
		grown := refLess(step.came, came)
		came = step.came
		var pays *big.Rat
		pays, heap = refPaysOf(a, step, grown, heap)
		paid = refPlus(paid, pays)
	}
	x.hit(string(a.Kind) + " per PERIOD, trued up " + string(a.Excess))
	if paid.Cmp(total) != 0 {
		x.hit("held by a " + string(a.Kind) + " of the month")
	}
	return paid
}

// refPaysOf gives what a month pays of what it adds, and what is on the heap after.
func refPaysOf(a *model.Adjustment, step refPeriodStep, grown, heap *big.Rat) (pays, after *big.Rat) {
	switch {
	case a.Kind == model.AdjustFloor:
		if step.lifts && grown.Sign() >= 0 && grown.Cmp(step.bound) < 0 {
			return step.bound, heap
		}
		return grown, heap
	case a.Excess == model.ExcessCarried:
		if !step.active && grown.Sign() == 0 {
			return grown, heap
		}
		due := refPlus(heap, grown)
		pays = refLeast(due, step.bound)
		return pays, refLess(due, pays)
	case grown.Sign() >= 0:
		pays = refLeast(grown, step.bound)
		return pays, refPlus(heap, refLess(grown, pays))
	}
	gone := refLeast(heap, new(big.Rat).Neg(grown))
	return refPlus(grown, gone), refLess(heap, gone)
}

// monthStep gives what a bound meets by the end of a month.
func (x *reference) monthStep(w *refSpan, a *model.Adjustment, days [2]model.Date, total *big.Rat, stopped bool) refPeriodStep {
	method := x.s.Rules.CapProration
	if a.Kind == model.AdjustFloor {
		method = x.s.Rules.FloorProration
	}
	held, all, money := x.days(days[0], days[1], refHeld), int(days[1]-days[0]), refMoney(a)
	lifts := !stopped && held > 0
	held += x.staying(w, days[0], days[1])
	if method != model.ProrateNone && held < all && x.days(days[0], days[1], refCounts) > 0 {
		x.hit("a bound of a part of a month")
		money = ratRound(refTimes(money, big.NewRat(int64(held), int64(all))), 16, model.HalfEven)
	}
	return refPeriodStep{came: total, bound: x.kept(x.payWindow(w, money)), active: x.active(w, days), lifts: lifts}
}
