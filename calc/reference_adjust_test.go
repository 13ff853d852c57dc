package calc

import (
	"math/big"

	"spm/model"
)

// refMoney is an adjustment's amount in pay currency.
func refMoney(a *model.Adjustment) *big.Rat { return fraction(a.Amount.String()) }

// adjusted takes the lines through the adjustments: what acts on lines, then
// what acts on their sum, which are lines of the window.
func (x *reference) adjusted(w *refSpan, lines []refLine) []refLine {
	for i := range x.component().Adjustments {
		a := &x.component().Adjustments[i]
		if a.Over == model.OverComponent {
			continue
		}
		x.hit(string(a.Over) + " " + string(a.Kind))
		if a.Over == model.OverOrders {
			x.onOrders(a, lines)
			continue
		}
		for j := range lines {
			if p := lines[j].posting; p != nil && p.credit != nil {
				lines[j].raw = x.onLine(a, lines[j])
			}
		}
	}
	total := new(big.Rat)
	for i := range lines {
		lines[i].exact = tenDecimals(lines[i].raw)
		total.Add(total, x.kept(lines[i].exact))
	}
	return append(lines, x.onSum(w, total)...)
}

// kept is what is kept of an amount that acts on or among rounded lines.
func (x *reference) kept(r *big.Rat) *big.Rat {
	if x.s.Rules.RoundStage != model.RoundLine {
		return tenDecimals(r)
	}
	scale := 2
	if x.s.Rules.RoundScale != nil {
		scale = *x.s.Rules.RoundScale
	}
	return ratRound(tenDecimals(r), scale, x.s.Rules.RoundMode)
}

// onLine gives a line's money after an adjustment, not yet quantised.
func (x *reference) onLine(a *model.Adjustment, l refLine) *big.Rat {
	p := l.posting
	switch {
	case a.Kind == model.AdjustMultiplier && creditHolds(a.Condition, p.credit):
		return refTimes(l.raw, fraction(a.Factor.String()))
	case a.Kind == model.AdjustMultiplier, l.raw.Sign() == 0:
		return l.raw
	}
	bound := x.pay(refMoney(a), p.fxDate, p.fxDate)
	switch {
	case a.Kind == model.AdjustCap && new(big.Rat).Abs(l.raw).Cmp(bound) > 0:
		x.hit("line capped")
		if l.raw.Sign() < 0 {
			return bound.Neg(bound)
		}
		return bound
	case a.Kind == model.AdjustFloor && !p.back() && l.raw.Sign() > 0 && l.raw.Cmp(bound) < 0:
		x.hit("line lifted")
		return bound
	}
	return l.raw
}

// onOrders holds each order to a bound: its lines are what the held total is
// after each of them, less what it was before.
func (x *reference) onOrders(a *model.Adjustment, lines []refLine) {
	bounds, totals := map[string]*big.Rat{}, map[string]*big.Rat{}
	for j := range lines {
		p, raw := lines[j].posting, lines[j].raw
		if p == nil || p.credit == nil || raw.Sign() == 0 {
			continue
		}
		order := x.eventOf(p, true)
		if bounds[order] == nil {
			bounds[order], totals[order] = x.pay(refMoney(a), p.fxDate, p.fxDate), new(big.Rat)
		} else {
			x.hit("several lines of an order")
		}
		hold := func(total *big.Rat) *big.Rat {
			low := new(big.Rat).Neg(bounds[order])
			switch {
			case a.Kind == model.AdjustFloor && total.Sign() > 0 && total.Cmp(bounds[order]) < 0, a.Kind == model.AdjustCap && total.Cmp(bounds[order]) > 0:
				return bounds[order]
			case a.Kind == model.AdjustCap && total.Cmp(low) < 0:
				return low
			}
			return total
		}
		after := refPlus(totals[order], raw)
		if lines[j].raw = refLess(hold(after), hold(totals[order])); lines[j].raw.Cmp(raw) != 0 {
			x.hit("order held by " + string(a.Kind))
		}
		totals[order] = after
	}
}

// onSum gives what the adjustments over the component add to the sum.
func (x *reference) onSum(w *refSpan, total *big.Rat) []refLine {
	var out []refLine
	add := func(delta *big.Rat) {
		if x.s.Rules.RoundStage == model.RoundLine {
			x.hit("adjusted by line")
		}
		total = refPlus(total, delta)
		out = append(out, refLine{exact: delta})
	}
	stopped := false
	var base *big.Rat
	x.seen = make([]refCap, len(x.component().Adjustments))
	for i := range x.component().Adjustments {
		a := &x.component().Adjustments[i]
		if a.Over != model.OverComponent {
			continue
		}
		x.hit("COMPONENT " + string(a.Kind))
		if x.byPeriod(a) {
			base = nil
			if after := x.boundMonths(w, i, total, stopped); after.Cmp(total) != 0 {
				add(refLess(after, total))
			}
			continue
		}
		switch a.Kind {
		case model.AdjustMultiplier:
			if a.Condition != "" && !x.holds(w, a.Condition) {
				continue
			}
			on := total
			if x.s.Rules.Multipliers == model.MultiplySum {
				if base == nil {
					base = total
				} else {
					x.hit("multipliers add")
				}
				on = base
			}
			add(refLess(x.kept(refTimes(on, fraction(a.Factor.String()))), on))
		case model.AdjustGate:
			if x.holds(w, a.Condition) {
				continue
			}
			share := new(big.Rat)
			if a.Factor != nil {
				share = fraction(a.Factor.String())
			}
			if share.Sign() == 0 {
				x.hit("gate stops")
				stopped, x.stopped = true, true
			}
			add(refLess(x.kept(refTimes(total, share)), total))
			base = nil
		case model.AdjustCap:
			base = nil
			before := total
			after, carried := x.capped(w, i, total)
			if after.Cmp(total) != 0 {
				x.hit("capped")
				add(refLess(after, total))
			}
			seen := x.seen[:i:i]
			x.seen = append(append(seen, refCap{met: true, before: before, carried: carried}), make([]refCap, len(x.component().Adjustments)-i-1)...)
		case model.AdjustFloor:
			base = nil
			bound := x.kept(x.payWindow(w, x.share(w, refMoney(a), x.s.Rules.FloorProration)))
			if !stopped && w.held > 0 && total.Sign() >= 0 && total.Cmp(bound) < 0 {
				x.hit("lifted")
				add(refLess(bound, total))
			}
		}
	}
	if x.forfeitsWindow(w) && total.Sign() > 0 {
		x.hit("an open window forfeited")
		add(new(big.Rat).Neg(total))
	}
	return out
}
