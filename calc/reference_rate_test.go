package calc

import (
	"cmp"
	"maps"
	"math/big"

	"spm/model"
)

// rated gives the lines before the adjustments.
func (x *reference) rated(w *refSpan) []refLine {
	c := x.component()
	switch {
	case c.Formula != "":
		x.hit("FORMULA")
		return []refLine{x.result(w, tenDecimals(x.evaluated(w, c.Formula)))}
	case len(c.Goals) > 0:
		return x.objectives(w)
	case len(c.Bonus) > 0:
		return x.bonus(w)
	case c.Kind == model.RateMatrix:
		return x.matrix(w)
	case c.Kind == model.RatePayCurve:
		return x.curve(w)
	case c.Table != "":
		x.hit(string(c.Mode))
		switch c.Mode {
		case model.TierRetroactive:
			return x.retroactive(w)
		case model.TierWholeCredit:
			return x.whole(w)
		}
		return x.marginal(w)
	case c.Kind == model.RatePerEvent:
		return x.perEvent(w)
	}
	x.hit(string(cmp.Or(c.Kind, model.RateOnValue)))
	var lines []refLine
	for _, p := range w.postings {
		lines = append(lines, x.line(p, refTimes(p.value, x.rateOn(p))))
	}
	return lines
}

// rateOn gives the rate of the version in force on a posting's day, or in UNIT
// on its sale's day.
func (x *reference) rateOn(p *refPosting) *big.Rat {
	day := p.date
	if x.component().Kind == model.RateUnit && p.back() && p.value.Sign() < 0 {
		day = p.fxDate
	}
	if len(x.s.Versions) > 1 {
		x.hit("two versions")
		if day >= *x.s.Versions[0].To {
			return fraction(x.s.Versions[1].Components[x.at].Rate)
		}
	}
	return fraction(x.component().Rate)
}

// perEvent pays a sale or order while there is something left of it.
func (x *reference) perEvent(w *refSpan) []refLine {
	c := x.component()
	x.hit("PER_EVENT " + string(cmp.Or(c.Event, model.EventCredit)))
	of := func(p *refPosting) string { return x.eventOf(p, c.Event == model.EventOrder) } // each sale has one credit here
	var lines []refLine
	paid := map[string]*big.Rat{}
	for i, p := range w.postings {
		if w.replay && x.returnsEarlier(w, p) {
			continue
		}
		times, rate := x.happens(w, i, of), x.rateOn(p)
		sold := x.soldIn(w, p)
		switch {
		case times.Sign() > 0:
			paid[of(p)] = rate
			w.keepsOf(of(p), rate)
		case p.cutAway && w.into != nil && w.into.cells[of(p)] == nil:
			w.keepsOf(of(p), new(big.Rat))
		case times.Sign() < 0 && sold != nil && sold.cells[of(p)] != nil:
			rate = sold.cells[of(p)]
		case times.Sign() < 0 && sold == nil && paid[of(p)] != nil:
			rate = paid[of(p)]
		}
		lines = append(lines, x.line(p, refTimes(times, rate)))
	}
	return lines
}

// ranTo gives the running total of a posting's group before it. One that begins
// with a return, of a sale or an order that is nowhere, begins at what that takes
// back, of an earlier window at what is left of that; what cuts nothing begins
// none.
func (x *reference) ranTo(w *refSpan, i int, of func(*refPosting) string, whole bool) *big.Rat {
	total, first := new(big.Rat), true
	name := func(p *refPosting) string {
		if whole {
			if sold := x.soldIn(w, p); sold != nil {
				return of(p) + " in " + sold.days[0].String()
			}
		}
		return of(p)
	}
	for _, q := range w.postings[:i+1] {
		if name(q) != name(w.postings[i]) || whole && w.replay && x.returnsEarlier(w, q) {
			continue
		}
		if first && whole && q.back() && q.value.Sign() < 0 {
			total.Sub(total, q.value)
			if sold := x.soldIn(w, q); sold != nil {
				if left := x.remains(w, sold, x.s.Measures[0].Value, x.component().Condition, of(q), of); left != nil {
					total = left
				}
			} else {
				x.hit("a return without its sale")
			}
		}
		if q.value.Sign() != 0 || x.component().Mode != model.TierMarginal {
			first = false // what adds nothing begins no marginal total
		}
		if q != w.postings[i] {
			total = refPlus(total, q.value)
		}
	}
	return total
}

// happens is 1 where a posting brings its event's total above 0, and -1 where
// it brings it back.
func (x *reference) happens(w *refSpan, i int, of func(*refPosting) string) *big.Rat {
	before := x.ranTo(w, i, of, true)
	after := refPlus(before, w.postings[i].value)
	return big.NewRat(int64(max(after.Sign(), 0)-max(before.Sign(), 0)), 1)
}

// eventOf names the sale, or the order, that a posting belongs to.
func (x *reference) eventOf(p *refPosting, order bool) string {
	switch {
	case p.credit == nil:
		return p.date.String()
	case order && p.credit.Order != "":
		return "order " + p.credit.Order
	case p.credit.Of != "":
		return p.credit.Of
	}
	return p.credit.ID
}

// group names what a posting's running total runs over.
func (x *reference) group(p *refPosting) string {
	switch x.component().Accumulate {
	case model.OverEvent:
		return x.eventOf(p, false)
	case model.OverOrder:
		return x.eventOf(p, true)
	case model.OverPeriod:
		return x.periodEnd(p.date).String()
	}
	return ""
}

// totals gives the running total before and after each posting.
func (x *reference) totals(w *refSpan) (before, after []*big.Rat) {
	a := x.component().Accumulate
	x.hit(string(x.component().Mode) + " over " + string(cmp.Or(a, model.OverWindow)))
	if x.component().LookedUpBy != "" {
		return x.otherTotals(w, x.lookedUp(w))
	}
	for i, p := range w.postings {
		total := x.ranTo(w, i, x.group, a == model.OverEvent || a == model.OverOrder)
		if x.group(p) == "" {
			total = refPlus(total, w.begun)
		}
		before, after = append(before, total), append(after, refPlus(total, p.value))
	}
	return before, after
}

func (x *reference) marginal(w *refSpan) []refLine {
	t := x.table(x.lookedUp(w), x.component().Table)
	factor := x.factor(w, t.Cell)
	before, after := x.totals(w)
	alone := x.component().Accumulate == model.OverEvent || x.component().Accumulate == model.OverOrder
	if w.into != nil {
		w.into.table, w.into.factor = t, factor
	}
	var lines []refLine
	own, times := t, factor
	for i, p := range w.postings {
		if alone && w.replay && x.returnsEarlier(w, p) {
			continue
		}
		if t, factor = own, times; alone {
			if sold := x.soldIn(w, p); sold != nil && sold.cells[p.credit.Of] != nil {
				if t, factor = sold.table, sold.factor; sold.unpaid[p.credit.Of] {
					factor = new(big.Rat)
				}
			}
		}
		if x.component().LookedUpBy != "" || p.value.Sign() != 0 || p.cutAway {
			w.keeps(p, new(big.Rat))
		}
		if x.component().LookedUpBy != "" {
			lines = append(lines, x.line(p, refTimes(x.inProportion(t, p.value, before[i], after[i]), factor)))
			continue
		}
		if p.value.Sign() != 0 && (t.beyond(before[i]) || t.beyond(after[i])) {
			x.fail(model.ProblemOffTable)
		}
		money := refLess(t.integral(after[i]), t.integral(before[i]))
		lines = append(lines, x.line(p, refTimes(money, factor)))
	}
	return lines
}

// whole pays each posting unsplit.
func (x *reference) whole(w *refSpan) []refLine {
	c := x.component()
	x.hit("moment " + string(cmp.Or(c.Moment, model.RateAfter)))
	t := x.table(x.lookedUp(w), c.Table)
	before, after := x.totals(w)
	factor, reached := t.scaled(x.factor(w, t.Cell)), map[*refPosting]*big.Rat{}
	if w.into != nil {
		w.into.factor = factor
	}
	var lines []refLine
	for i, p := range w.postings {
		at := after[i]
		if c.Moment == model.RateBefore {
			at = before[i]
		}
		back := p.back() && p.value.Sign() < 0
		sold := x.soldIn(w, p)
		if w.replay && x.returnsEarlier(w, p) {
			continue
		}
		if back && p.sale == nil {
			if sold == nil {
				x.hit("unsplit without its sale")
			}
			at = after[i]
			if added := refLess(after[i], before[i]); added.Sign() < 0 {
				at = new(big.Rat).Neg(added)
			}
		}
		cell := reached[p.sale]
		times := factor
		if sold != nil {
			if cell = sold.cells[p.credit.Of]; cell != nil {
				times = sold.factor
			}
		}
		if !back || cell == nil {
			cell = x.look(t, at)
		} else {
			x.hit("paid as its sale")
		}
		reached[p] = cell
		w.keeps(p, cell)
		lines = append(lines, x.line(p, x.onCell(w, t.Cell, cell, times, i)))
	}
	return lines
}

// onCell gives a posting's money by the cell that it found: money as often as
// it makes its sale happen.
func (x *reference) onCell(w *refSpan, kind model.CellKind, cell, factor *big.Rat, i int) *big.Rat {
	p := w.postings[i]
	if kind != model.CellMoney {
		return refTimes(refTimes(p.value, cell), factor)
	}
	return refTimes(cell, x.happens(w, i, func(p *refPosting) string { return x.eventOf(p, false) }))
}

func (x *reference) retroactive(w *refSpan) []refLine {
	other := x.lookedUp(w)
	t := x.table(other, x.component().Table)
	kind := t.Cell
	if kind == model.CellTargetRate && t.Lookup == model.LookupLinear {
		t.scaled(x.factor(w, kind))
		kind = model.CellRate
	}
	return x.byCell(w, kind, func() *big.Rat { return x.look(t, x.by(other, t)) })
}

// byCell pays a window by one cell: rates on each posting, anything else once.
func (x *reference) byCell(w *refSpan, kind model.CellKind, find func() *big.Rat) []refLine {
	if kind == model.CellMoney || kind == model.CellTarget {
		once := x.once(w, kind, find())
		if x.lookedUp(w).measure.Sign() < 0 {
			return nil
		}
		return []refLine{x.result(w, once)}
	}
	factor := x.factor(w, kind)
	if len(w.postings) == 0 {
		return nil
	}
	cell := refTimes(find(), factor)
	var lines []refLine
	for _, p := range w.postings {
		lines = append(lines, x.line(p, refTimes(p.value, cell)))
	}
	return lines
}

// perhaps works out what nothing needs: whether that is a problem is not said.
func (x *reference) perhaps(f func()) {
	problems := x.problems
	x.problems = map[model.ProblemCode]bool{}
	f()
	maps.Copy(x.maybe, x.problems)
	x.problems = problems
}

// factor turns a cell into a rate.
func (x *reference) factor(w *refSpan, kind model.CellKind) *big.Rat {
	if kind == model.CellTargetRate && len(w.postings) == 0 {
		x.perhaps(func() { x.targetRate(w) })
		return big.NewRat(1, 1)
	}
	if kind == model.CellTargetRate {
		return x.targetRate(w)
	}
	return big.NewRat(1, 1)
}

// once gives the money of a cell of the window.
func (x *reference) once(w *refSpan, kind model.CellKind, cell *big.Rat) *big.Rat {
	if kind == model.CellMoney {
		return x.share(w, cell, x.s.Rules.BonusProration)
	}
	return refTimes(cell, x.needTarget(w))
}

func (x *reference) curve(w *refSpan) []refLine {
	x.hit("PAY_CURVE")
	t := x.table(w, x.component().Table)
	if t.Cell == model.CellTarget {
		x.needTarget(w)
	}
	if w.measure.Sign() < 0 {
		x.hit("curve below zero")
		x.perhaps(func() { x.look(t, x.by(w, t)) })
		return nil
	}
	return []refLine{x.result(w, x.once(w, t.Cell, x.look(t, x.by(w, t))))}
}

func (x *reference) objectives(w *refSpan) []refLine {
	x.hit("OBJECTIVES")
	var lines []refLine
	target := x.needTarget(w)
	for _, g := range x.component().Goals {
		goal := *w
		goal.measure, _ = x.measured(w, g.Measure)
		goal.quota = x.quotaOf(w, g.Measure)
		reached := goal.measure
		if g.Table != "" {
			reached = x.look(x.table(&goal, g.Table), goal.measure)
		}
		if g.Table != "" && goal.measure.Sign() < 0 {
			continue
		}
		lines = append(lines, x.result(w, refTimes(refTimes(reached, target), fraction(g.Weight))))
	}
	return lines
}

func (x *reference) bonus(w *refSpan) []refLine {
	c := x.component()
	x.hit("BONUS " + string(c.Levels))
	if refNone(w.quota) {
		x.fail(model.ProblemNoQuota)
		return nil
	}
	var lines []refLine
	for _, level := range c.Bonus { // ascending, in the generator
		if w.measure.Sign() < 0 || w.measure.Cmp(refTimes(fraction(level[0]), w.quota)) < 0 {
			break
		}
		x.hit("level reached")
		line := x.result(w, x.share(w, fraction(level[1]), x.s.Rules.BonusProration))
		if c.Levels == model.BonusHighest {
			lines = nil
		}
		lines = append(lines, line)
	}
	return lines
}

// matrix looks each posting up, or the window.
func (x *reference) matrix(w *refSpan) []refLine {
	c := x.component()
	t := x.tableOf(c.Table)
	x.hit("MATRIX " + string(cmp.Or(t.Precedence, model.PrecedenceFirst)) + " over " + string(cmp.Or(c.Accumulate, model.OverWindow)))
	x.hit("cell " + string(t.Cell))
	if c.Accumulate != model.OverEvent {
		x.factor(w, t.Cell)
		cell := x.row(t, x.evaluated(w, t.Dimensions[0].Expression), "rep", w.last())
		return x.byCell(w, t.Cell, func() *big.Rat { return cell })
	}
	factor, found := x.factor(w, t.Cell), map[*refPosting]*big.Rat{}
	if w.into != nil {
		w.into.factor = factor
	}
	var lines []refLine
	for i, p := range w.postings {
		if w.replay && x.returnsEarlier(w, p) {
			continue
		}
		cell, known := found[p.sale]
		times := factor
		if sold := x.soldIn(w, p); sold != nil {
			if cell, known = sold.cells[p.credit.Of]; known {
				times = sold.factor
			}
		}
		if !known {
			amount, order := new(big.Rat), ""
			if p.credit != nil {
				amount, order = fraction(p.credit.Amount), p.credit.Order
			}
			if t.Dimensions[1].Match == model.MatchTree {
				order = p.credit.Product
			}
			cell = x.row(t, amount, order, p.date)
		}
		found[p] = cell
		w.keeps(p, cell)
		lines = append(lines, x.line(p, x.onCell(w, t.Cell, cell, times, i)))
	}
	return lines
}
