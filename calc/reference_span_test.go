package calc

import (
	"cmp"
	"math/big"
	"slices"

	"spm/model"
)

// refPosting is a credit, or a dated value, that counts.
type refPosting struct {
	number       int // of the credit; 0 for a value, below it for an activity
	place        int // among all credits that count
	credit       *sceneCredit
	date, fxDate model.Date
	value        *big.Rat
	cutAway      bool        // the attainment cap has left nothing of it
	sale         *refPosting // of a return, where it counts in the window
}

func (p *refPosting) back() bool { return p.credit != nil && p.credit.Reversal }

// span lays out a window as it is known by the end of a payout period.
func (x *reference) span(window [2]model.Date, until model.Date) *refSpan {
	w := &refSpan{from: window[0], to: window[1], until: until}
	if len(x.s.Seats) > 0 {
		x.hit("part of the window")
	}
	w.held = x.days(w.from, w.to, refHeld)
	w.lastDay = min(w.to, until) - 1
	for day := w.lastDay; day >= w.from; day-- {
		if refCounts(x.on(day)) {
			w.lastDay = day
			break
		}
	}
	w.measure, w.postings = x.measuredWhere(w, x.component().Measure, x.component().Condition)
	w.quota = x.quotaOf(w, x.component().Measure)
	x.bring(w)
	return w
}

// measured gives what a measure comes to, and what counts for it, in order.
func (x *reference) measured(w *refSpan, measure string) (*big.Rat, []*refPosting) {
	return x.measuredWhere(w, measure, "")
}

// measuredWhere is measured of the credits on which a condition holds.
func (x *reference) measuredWhere(w *refSpan, measure, condition string) (*big.Rat, []*refPosting) {
	var all []*refPosting
	if measure == "v" {
		all = x.values(w)
	} else {
		all = x.counted(w, x.s.Measures[0].Value, condition)
	}
	if condition != "" {
		all = x.paidOn(condition, all)
	}
	total := new(big.Rat)
	for _, p := range all {
		total.Add(total, p.value)
	}
	return total, all
}

// paidOn leaves what a condition takes.
func (x *reference) paidOn(condition string, all []*refPosting) (out []*refPosting) {
	kept := map[*refPosting]bool{}
	for _, p := range all {
		if creditHolds(condition, p.credit) {
			out, kept[p] = append(out, p), true
		}
	}
	for _, p := range out {
		if !kept[p.sale] {
			p.sale = nil
		}
	}
	return out
}

// counted gives the credits that count, in order. Those on which a condition does
// not hold add nothing.
func (x *reference) counted(w *refSpan, kind model.MeasureOf, condition string) []*refPosting {
	var out []*refPosting
	for i := range x.s.Credits {
		c := &x.s.Credits[i]
		switch {
		case (c.Activity != "") != x.s.ofActivities(), cmp.Or(c.Position, "north") != x.position(), cmp.Or(c.Payee, "ana") != x.payee():
			continue
		case c.Date < w.from || c.Date >= min(w.to, w.until) || c.Date < x.joined(), c.Reversal && x.s.Rules.Returns == model.ReturnsIgnore:
			continue
		case !c.Reversal && !x.on(c.Date).accrues:
			if x.on(c.Date).seated {
				x.hit("a sale that does not count")
			}
			continue
		case c.Reversal && c.Of != "" && x.soldInVain(w, *c.FXDate):
			x.hit("a return of what leaving has forfeited")
			continue
		case c.Reversal && c.Of != "" && (x.outside(*c.FXDate) || x.on(*c.FXDate).seated && !x.on(*c.FXDate).accrues):
			x.hit("a return of no sale")
			continue
		}
		p := &refPosting{number: i + 1, credit: c, date: c.Date, fxDate: c.Date}
		if c.FXDate != nil {
			p.fxDate = *c.FXDate
		}
		p.value = new(big.Rat)
		if c.Activity != "" {
			value, counts := x.ofActivity(c)
			if !counts {
				continue
			}
			p.value, p.number = value, -p.number
		} else if condition == "" || creditHolds(condition, c) {
			p.value = x.value(p, kind)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b *refPosting) int {
		back := map[bool]int{true: 1}
		return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.credit.Sequence, b.credit.Sequence), cmp.Compare(back[a.back()], back[b.back()]), cmp.Compare(a.credit.ID, b.credit.ID))
	})
	for i, p := range out {
		p.place = i
		if i := slices.IndexFunc(out, func(q *refPosting) bool { return q.credit.ID == p.credit.Of }); i >= 0 {
			p.sale = out[i]
		}
	}
	return out
}

// joined is the first day on which the payee has the position and the component
// stands.
func (x *reference) joined() model.Date {
	out := model.MinDate
	if len(x.s.Seats) > 0 {
		out = x.s.Seats[x.seat].From
	}
	if c := x.component(); c.Starts != nil {
		out = max(out, *c.Starts)
	}
	return out
}

// value gives what a credit adds to a measure, in USD.
func (x *reference) value(p *refPosting, kind model.MeasureOf) *big.Rat {
	c := p.credit
	x.hit(string(kind))
	switch kind {
	case model.ValueCount:
		if c.Reversal {
			return fraction("-1")
		}
		return fraction("1")
	case model.ValueQuantity:
		return fraction(c.Quantity)
	}
	money := fraction(c.Amount)
	if kind == model.ValueMargin {
		money = fraction(c.Margin)
	}
	from := cmp.Or(c.Currency, "USD")
	if from == "USD" || money.Sign() == 0 {
		return money
	}
	x.hit("credit to plan")
	return refTimes(money, x.converts(x.s.Rules.FXCreditToPlan, from, "USD", p.fxDate, p.fxDate))
}

// values gives the values of the days held: the position's, or where it has
// none in the window so far the company's; as one where they do not sum.
func (x *reference) values(w *refSpan) []*refPosting {
	own := slices.ContainsFunc(x.s.Values, func(v sceneValue) bool {
		return v.Position == x.position() && v.Date >= w.from && v.Date < min(w.to, w.until)
	})
	var out []*refPosting
	for _, v := range x.s.Values { // ascending by day
		if (v.Position == "" && !own || v.Position == x.position() && own) && v.Date >= w.from && v.Date < min(w.to, w.until) && x.on(v.Date).accrues {
			out = append(out, &refPosting{date: v.Date, fxDate: v.Date, value: fraction(v.Value)})
		}
	}
	how := x.s.Measures[1].Aggregation
	x.hit("values " + string(cmp.Or(how, model.AggregateSum)))
	if len(out) == 0 || how == "" || how == model.AggregateSum {
		return out
	}
	last := out[len(out)-1]
	if how == model.AggregateAverage {
		total := new(big.Rat)
		for _, p := range out {
			total.Add(total, p.value)
		}
		last.value = refDivide(total, big.NewRat(int64(len(out)), 1))
	}
	return []*refPosting{last}
}

// share prorates by the days held.
func (x *reference) share(w *refSpan, of *big.Rat, method model.Proration) *big.Rat {
	held := w.held + x.staying(w, w.from, w.to)
	if method == model.ProrateNone || held == w.days() || !x.someBefore(w, w.to) {
		return of
	}
	x.hit("prorated")
	return ratRound(refTimes(of, big.NewRat(int64(held), int64(w.days()))), 16, model.HalfEven)
}

// quotaOf gives the prorated quota of a measure, nil where there is none: the
// mean of the days that count, of what is left of each day's.
func (x *reference) quotaOf(w *refSpan, measure string) *big.Rat {
	rules := x.s.Rules
	if x.quotaOn(w, measure, w.last()) == nil {
		return nil
	}
	until := w.to
	if rules.QuotaBasis == model.QuotaToDate {
		until = min(w.to, w.until)
	}
	sum, n := new(big.Rat), 0
	for day := w.from; day < until; day++ {
		if !x.lasts(w, day) {
			continue
		}
		in := w.last()
		if rules.QuotaChange == model.QuotaDayWeighted {
			in = day
		}
		quota := x.quotaOn(w, measure, in)
		if quota == nil {
			x.hit("a day without quota")
			return nil
		}
		sum.Add(sum, refTimes(quota, x.ramped(day)))
		n++
	}
	if n == 0 {
		sum, n = refTimes(x.quotaOn(w, measure, w.last()), x.ramped(w.last())), 1
		if rules.QuotaProration != model.ProrateNone && x.someBefore(w, until) {
			return new(big.Rat)
		}
		if rules.QuotaProration != model.ProrateNone {
			return sum
		}
	}
	if rules.QuotaProration != model.ProrateNone {
		if n < w.days() {
			x.hit("prorated")
		}
		n = w.days()
	} else if until < w.to {
		sum.Mul(sum, big.NewRat(int64(until-w.from), int64(w.days())))
	}
	if until < w.to {
		x.hit("TO_DATE")
	}
	return ratRound(refTimes(sum, big.NewRat(1, int64(n))), 16, model.HalfEven)
}

// target gives the component's target incentive of the window, nil where there
// is none: of the year's an equal part for each window, by the days held, or
// what is in force on the last day where days do not matter.
func (x *reference) target(w *refSpan) *big.Rat {
	c := x.component()
	none := x.s.Rules.TargetProration == model.ProrateNone
	toDate := x.s.Rules.QuotaBasis == model.QuotaToDate && w.until < w.to && (none || x.someBefore(w, w.until))
	whole := x.s.Rules.QuotaBasis == model.QuotaToDate && !none && !x.someBefore(w, w.until)
	passed := big.NewRat(int64(w.until-w.from), int64(w.days()))
	if toDate && !none {
		passed = big.NewRat(int64(x.days(w.from, w.until, refHeld)+x.staying(w, w.from, w.until)), int64(w.days()))
	}
	if c.Target != "" && x.ramp().Targets() {
		return x.rampedTarget(w, func(model.Date) *big.Rat { return fraction(c.Target) }, big.NewRat(1, 1))
	}
	if c.Target != "" {
		return x.ownTarget(w, fraction(c.Target), toDate, whole, passed)
	}
	part := big.NewRat(1, 4)
	if w.days() < 80 {
		part = big.NewRat(1, 12)
	}
	if c.TargetShare != "" {
		x.hit("share of the target")
		part = refTimes(part, fraction(c.TargetShare))
	}
	on := func(day model.Date) *big.Rat {
		annual := x.s.Target
		for _, a := range x.s.Assigned {
			if (a.From == nil || *a.From <= day) && (a.To == nil || day < *a.To) {
				annual = a.Target
			}
		}
		return fraction(annual)
	}
	if x.s.Target == "" && len(x.s.Assigned) == 0 {
		return nil
	}
	if x.ramp().Targets() {
		return x.rampedTarget(w, on, part)
	}
	if toDate && x.s.Rules.TargetProration == model.ProrateNone {
		x.hit("target to date")
		return ratRound(refTimes(on(w.last()), refTimes(part, passed)), 16, model.HalfEven)
	}
	if none || whole || !x.someBefore(w, w.to) {
		return ratRound(refTimes(on(w.last()), part), 16, model.HalfEven)
	}
	if len(x.s.Assigned) > 0 {
		x.hit("target that may change")
	}
	total := new(big.Rat)
	heldTo := w.to
	if toDate {
		x.hit("target to date")
		heldTo = w.until
	}
	for day := w.from; day < heldTo; day++ {
		if x.lasts(w, day) {
			total.Add(total, on(day))
		}
	}
	return ratRound(refTimes(total, refTimes(part, big.NewRat(1, int64(w.days())))), 16, model.HalfEven)
}

// ownTarget is the target that the component says of a window.
func (x *reference) ownTarget(w *refSpan, target *big.Rat, toDate, whole bool, passed *big.Rat) *big.Rat {
	switch {
	case whole:
		return target
	case toDate:
		x.hit("target to date")
		return ratRound(refTimes(target, passed), 16, model.HalfEven)
	}
	x.hit("target of its own")
	return x.share(w, target, x.s.Rules.TargetProration)
}

func (x *reference) needTarget(w *refSpan) *big.Rat {
	target := x.target(w)
	if target == nil {
		return x.fail(model.ProblemNoTarget)
	}
	return target
}

func refNone(quota *big.Rat) bool { return quota == nil || quota.Sign() <= 0 }

// targetRate is target incentive / quota.
func (x *reference) targetRate(w *refSpan) *big.Rat {
	target := x.needTarget(w)
	if refNone(w.quota) || refNone(w.own) {
		return x.fail(model.ProblemNoQuota)
	}
	return refDivide(target, w.own)
}
