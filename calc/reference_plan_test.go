package calc

import (
	"math/big"
	"slices"

	"spm/model"
)

// refSums are what the two components of a scene earn in a period: commission
// and base; nil where there is no earning, or a problem.
type refSums [2]*big.Rat

// refMet is what a cap over several earnings has met in a period.
type refMet struct {
	before  *big.Rat
	carried refSums
}

var refKeys = [2]string{"commission", "base"}

// together is outcome after the caps and floors over several earnings.
func (x *reference) together() refOutcome {
	out, sums, uncertain := x.boundedSums(nil)
	joined := len(x.s.Versions[0].Caps) > 0 || x.s.Rules.RoundStage == model.RoundStatement
	if !joined || !out.some || len(out.problems) > 0 {
		return out
	}
	if uncertain {
		out.maybe[""] = true
	}
	if sums[0].Cmp(out.amount) != 0 {
		x.hit("held together")
	}
	out.amount, out.lines = sums[0], nil
	return out
}

// boundedSums works out both components and what the caps make of them. met
// gets what each cap has met.
func (x *reference) boundedSums(met *[]refMet) (commission refOutcome, sums refSums, uncertain bool) {
	base := &reference{s: x.s, at: 1, depth: 1}
	outs := [2]refOutcome{x.outcome(), base.outcome()}
	failed, stopped := false, x.stopped
	for i, o := range outs {
		uncertain = uncertain || len(o.maybe) > 0
		failed = failed || o.some && len(o.problems) > 0
		if o.some && len(o.problems) == 0 {
			sums[i] = o.amount
		}
	}
	if x.s.Rules.RoundStage == model.RoundStatement && sums[0] != nil && sums[1] != nil {
		x.state(&sums, [2]*big.Rat{x.exact, base.exact})
	}
	caps := x.s.Versions[0].Caps
	if met != nil {
		*met = make([]refMet, len(caps))
	}
	gate := stopped && sums[0] != nil
	for _, over := range []model.PlanCapOver{model.OverPlan, model.OverPayee} {
		for i := range caps {
			if caps[i].Over != over {
				continue
			}
			was := sums
			m, unsure := x.boundTogether(i, &sums, failed, gate)
			uncertain = uncertain || unsure
			if met != nil {
				(*met)[i] = m
			}
			gate = gate && (sums[0] == nil || was[0] == nil || sums[0].Cmp(was[0]) == 0)
		}
	}
	return outs[0], sums, uncertain
}

// lastDay is the last day on which the payee had the plan in the period.
func (x *reference) lastDay() model.Date {
	days := refPeriod(x.s.Period)
	base := &reference{s: x.s, at: 1, depth: 1} // has no eligibility of its own
	for day := days[1] - 1; day >= days[0]; day-- {
		if refCounts(base.on(day)) {
			return day
		}
	}
	if len(x.s.Seats) > 0 && x.s.Seats[0].From < days[1] && x.s.Seats[0].To > days[0] {
		return min(days[1], x.s.Seats[0].To) - 1
	}
	return days[1] - 1
}

// boundTogether holds the sums to a cap or floor.
func (x *reference) boundTogether(i int, sums *refSums, failed, gate bool) (refMet, bool) {
	c := &x.s.Versions[0].Caps[i]
	days, method := refPeriod(x.s.Period), x.s.Rules.CapProration
	if c.Kind == model.PlanCapFloor {
		method = x.s.Rules.FloorProration
	}
	held := (&reference{s: x.s, at: 1, depth: 1}).days(days[0], days[1], refCounts) > 0
	if c.Per == model.PerYear {
		days = refYear
	}
	s := *x.s
	s.Rules.CapProration = method
	money := (&reference{s: &s, at: 1, depth: 1}).part(fraction(c.Amount.String()), days)
	scale := 2
	if x.s.Rules.RoundScale != nil {
		scale = *x.s.Rules.RoundScale
	}
	bound := ratRound(x.pay(money, x.lastDay(), x.lastDay()), scale, x.s.Rules.RoundMode)
	so, in, uncertain := x.metBefore(i)
	met := refMet{new(big.Rat), in}
	due, total, some := refSums{}, new(big.Rat), false
	for k, sum := range sums {
		if sum == nil || slices.Contains(c.Except, refKeys[k]) {
			continue
		}
		some = true
		met.before = refPlus(met.before, sum)
		if due[k] = sum; c.Excess == model.ExcessCarried && in[k] != nil {
			due[k] = refPlus(sum, in[k])
			x.hit("carried together")
		}
		total = refPlus(total, due[k])
	}
	if !some {
		return met, uncertain
	}
	after := total
	switch {
	case c.Kind == model.PlanCapFloor:
		if held && !failed && total.Sign() >= 0 && total.Cmp(bound) < 0 {
			after = bound
		}
	case c.Per == model.PerYear:
		x.hit("together per YEAR")
		after = refLess(refLeast(refPlus(so, total), bound), refLeast(so, bound))
	default:
		after = refLeast(total, bound)
	}
	parts := x.shares(c, due, refLess(after, total), scale, gate)
	for k := range due {
		if due[k] == nil {
			continue
		}
		sums[k] = refPlus(due[k], parts[k])
		if c.Excess == model.ExcessCarried {
			met.carried[k] = new(big.Rat).Neg(parts[k])
		}
	}
	if after.Cmp(total) != 0 {
		x.hit("together " + string(c.Kind) + " over " + string(c.Over))
	}
	return met, uncertain
}

// shares cuts what is taken or added in proportion; the unit that is left goes
// to the larger rest, or the first by key.
func (x *reference) shares(c *model.PlanCap, due refSums, delta *big.Rat, scale int, gate bool) [2]*big.Rat {
	weights, all := [2]*big.Rat{new(big.Rat), new(big.Rat)}, new(big.Rat)
	floor := c.Kind == model.PlanCapFloor
	for k, sum := range due {
		if sum != nil && !(floor && gate && k == 0) && (sum.Sign() > 0 && (floor || delta.Sign() < 0) || sum.Sign() < 0 && !floor && delta.Sign() > 0) {
			weights[k].Abs(sum)
		}
	}
	if all.Add(weights[0], weights[1]); all.Sign() == 0 && floor {
		for k, sum := range due {
			if sum != nil && !(gate && k == 0) {
				weights[k] = big.NewRat(1, 1)
			}
		}
		all.Add(weights[0], weights[1])
	}
	none := [2]*big.Rat{new(big.Rat), new(big.Rat)}
	if delta.Sign() == 0 || all.Sign() == 0 {
		return none
	}
	for ratRound(delta, scale, model.RoundDn).Cmp(delta) != 0 {
		scale++
	}
	var parts, rests [2]*big.Rat
	left := new(big.Rat).Abs(delta)
	for k := range parts {
		exact := new(big.Rat).Quo(refTimes(new(big.Rat).Abs(delta), weights[k]), all)
		parts[k] = ratRound(exact, scale, model.RoundDn)
		rests[k], left = refLess(exact, parts[k]), refLess(left, parts[k])
	}
	to := 1 // base comes first
	if rests[0].Cmp(rests[1]) > 0 {
		to = 0
	}
	parts[to] = refPlus(parts[to], left)
	for k := range parts {
		if delta.Sign() < 0 {
			parts[k] = new(big.Rat).Neg(parts[k])
		}
	}
	return parts
}

// metBefore gives what a cap has met in the months before: in all of them, and
// what was carried out of the last.
func (x *reference) metBefore(i int) (so *big.Rat, in refSums, uncertain bool) {
	so = new(big.Rat)
	c := &x.s.Versions[0].Caps[i]
	if x.s.Payout != model.PeriodMonth || c.Per != model.PerYear && c.Excess != model.ExcessCarried {
		return so, in, false
	}
	for _, month := range refMonths {
		if month >= x.s.Period {
			break
		}
		s := *x.s
		s.Period = month
		y := &reference{s: &s, at: x.at, depth: 1, features: map[string]int{}}
		var met []refMet
		_, _, unsure := y.boundedSums(&met)
		uncertain = uncertain || unsure
		so = refPlus(so, met[i].before)
		for k, left := range met[i].carried {
			if left != nil {
				in[k] = left
			}
		}
	}
	return so, in, uncertain
}

// state rounds what the components come to together: the unit that is missing
// to the whole goes to the larger rest, or to base, which comes first.
func (x *reference) state(sums *refSums, exact [2]*big.Rat) {
	took := [2]*big.Rat{x.took, new(big.Rat)}
	if took[0] == nil {
		took[0] = new(big.Rat)
	}
	for k := range exact {
		due := refLess(exact[k], took[k])
		if out := x.withheld(refOutcome{some: true, amount: due}, refPeriod(x.s.Period)); due.Sign() > 0 && out.amount.Sign() == 0 {
			return
		}
	}
	scale := 2
	if x.s.Rules.RoundScale != nil {
		scale = *x.s.Rules.RoundScale
	}
	x.hit("rounded with another")
	whole := refPlus(exact[0], exact[1])
	sign := big.NewRat(int64(whole.Sign()), 1)
	if whole.Sign() == 0 { // they cancel: the first decides
		sign = big.NewRat(int64(exact[1].Sign()), 1)
	}
	left := refTimes(sign, ratRound(whole, scale, x.s.Rules.RoundMode))
	var parts, rests [2]*big.Rat
	for k := range exact {
		own := refTimes(sign, exact[k])
		parts[k] = ratRound(own, scale, model.RoundDn)
		if parts[k].Cmp(own) > 0 { // below 0: down to the next unit
			parts[k] = ratRound(own, scale, model.RoundUp)
		}
		rests[k], left = refLess(own, parts[k]), refLess(left, parts[k])
	}
	unit := ratRound(big.NewRat(1, 1000000), scale, model.RoundUp)
	first := 1
	if rests[0].Cmp(rests[1]) > 0 {
		first = 0
	}
	for _, k := range []int{first, 1 - first} {
		if left.Sign() > 0 {
			parts[k], left = refPlus(parts[k], unit), refLess(left, unit)
		}
		next := refLess(refTimes(sign, parts[k]), took[k])
		if next.Cmp(sums[k]) != 0 {
			x.hit("moved by the statement")
		}
		sums[k] = next
	}
	if x.moved = x.due.Cmp(sums[0]) != 0; took[0].Sign() != 0 {
		x.hit("trued up on a statement")
	}
	x.due = sums[0]
}

// statedBefore gives what the months before have earned by their statements.
func (x *reference) statedBefore() *big.Rat {
	total := new(big.Rat)
	for _, month := range refMonths {
		if month >= x.s.Period {
			break
		}
		s := *x.s
		s.Period = month
		y := &reference{s: &s, at: x.at, seat: x.seat, depth: 1, features: map[string]int{}}
		out, _, unsure := y.boundedSums(nil)
		if unsure {
			x.maybe[""] = true
		}
		if out.some && len(out.problems) == 0 {
			if total = refPlus(total, y.due); y.moved && x.depth == 1 {
				x.features["trued up after a statement that moved it"]++
			}
		}
	}
	return total
}
