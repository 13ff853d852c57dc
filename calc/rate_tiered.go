package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// rateTiered pays by a rate table. A component whose table needs a quota is at
// fault without one, be there credits or not, so that what is missing is seen
// before the first sale.
func (w *worksheet) rateTiered(g *group, s *stage) *fault {
	c := s.component
	table, fault := c.table.on(s.last())
	if fault := w.lookUpBy(g, s); fault != nil {
		return fault
	}
	if fault == nil && table.Dimension == model.ByAttainment {
		if fault := w.wantsLookedUp(g); fault != nil {
			return fault
		}
	}
	if fault == nil && table.CellKind == model.CellTargetRate {
		if fault := w.wants(g); fault != nil {
			return fault
		}
	}
	switch c.TierMode {
	case model.TierWholeCredit:
		return w.wholeCredit(g, s)
	case model.TierRetroactive:
		if fault != nil && (len(s.postings) > 0 || c.whole()) {
			return fault
		}
		w.passAll(s)
		if c.whole() {
			return w.lookedUp(g, s, table)
		}
		return w.retroactive(g, s, table)
	}
	return w.marginal(g, s)
}

// tierRule notes the table that the lines that follow are rated by.
func (w *worksheet) tierRule(s *stage, table *tableVersion, reached *tier, value decimal.Decimal, more ...string) int32 {
	c := s.component
	label := "tierMode=" + string(c.TierMode)
	if c.RateKind != model.RateTiered {
		label = "rateKind=" + string(c.RateKind)
	}
	term := Term{Label: fmt.Sprintf("%s dimension=%s bounds=%s table=%s", label, table.Dimension, table.Bounds, table.table.key)}
	if table.Linear() {
		term.Label += " lookup=" + string(model.LookupLinear)
	}
	if c.Accumulate != "" && c.Accumulate != model.OverWindow {
		term.Label += " accumulate=" + string(c.Accumulate)
	}
	if table.CellKind == model.CellPerUnit {
		term.Label += " cellKind=" + string(table.CellKind)
	}
	for _, m := range more {
		term.Label += " " + m
	}
	if w.looks != nil {
		term.Label += " lookedUpBy=" + w.looks.measure.Key
	}
	if reached != nil {
		term.Rate, term.From, term.To = reached.rate, reached.from, reached.to
	}
	return w.rule(s, term, value)
}

// lookupValue gives what the window is looked up by: the running total at the
// stage's end, of the measure or of the one that it is looked up by, or an
// expression.
func (w *worksheet) lookupValue(g *group, s *stage, table *tableVersion) (decimal.Decimal, *fault) {
	switch {
	case w.looks != nil:
		return w.looks.running.decimal(), nil
	case table.Dimension != model.ByExpression:
		return s.total, nil
	}
	value, err := table.window.Decimal(w.windowRow(g))
	if err != nil {
		return value, w.misread("rate table "+table.table.key, err)
	}
	return value, nil
}

// retroactive pays all of the stage's credits at the rate that the running
// total reaches at its end; the table is that of the assignment's last day.
func (w *worksheet) retroactive(g *group, s *stage, table *tableVersion) *fault {
	if len(s.postings) == 0 {
		return nil
	}
	rate, fault := w.targetRate(g, table)
	if fault != nil {
		return fault
	}
	value, fault := w.lookupValue(g, s, table)
	if fault != nil {
		return fault
	}
	l := table.climb(w.quotaLookedUp(g), rate)
	reached := l.find(value)
	if reached == nil {
		return w.off(table, value)
	}
	w.notePoints(w.tierRule(s, table, reached.tier, value), reached)
	if reached.rate.IsZero() {
		w.below(l, reached.tier)
	}
	return w.lines(s, s.postings, reached.tier)
}

// marginal pays each part of a credit at the rate of the tier that the running
// total passes through with it: a credit is cut at the bounds, a return walks
// back over its slices. The table is that of the credit's day.
func (w *worksheet) marginal(g *group, s *stage) *fault {
	var l *ladder
	for i, p := range s.postings {
		table, fault := s.component.table.on(p.fact.Credit.Date)
		if fault != nil {
			return fault
		}
		if l == nil || l.tableVersion != table {
			if l, fault = w.laddered(g, s, table); fault != nil {
				return fault
			}
		}
		past, skip, fault := w.soldBefore(s.component, p)
		switch {
		case fault != nil || skip:
		case w.looks != nil:
			fault = w.walkBy(s, l, p, past)
		default:
			fault = w.walk(s, l, s.postings[i:i+1], past)
		}
		if fault != nil {
			return fault
		}
	}
	w.passAll(s)
	if l != nil && (s.component.Accumulate == "" || s.component.Accumulate == model.OverWindow) {
		if standing := l.reached(w.standing().decimal()); standing != nil && standing.rate.IsZero() {
			w.below(l, standing)
		}
	}
	return nil
}

// walk pays one credit over the tiers between the running totals before and
// after it.
func (w *worksheet) walk(s *stage, l *ladder, one []posting, past *soldThen) *fault {
	p := one[0]
	value := p.cell.number()
	if value.isZero() {
		w.cutInReplay(p)
		return w.line(s, p, nil)
	}
	run, from := w.runFrom(s.component, p, past)
	to := from.plus(value)
	w.move(run, to)
	l, past = w.tiersOf(s.component, l, p, past)
	start := passed{run: run, past: past}
	if run != "" {
		start.before = from.decimal()
	}
	if past.unpaid(p) {
		return w.lineAs(s, p, notPaid, start)
	}
	at, stop := l.step(from, to)
	if stop == nil && at != nil {
		if run != "" {
			return w.lineAs(s, p, &found{tier: at}, start)
		}
		return w.lines(s, one, at)
	}
	step, fault := w.payStep(s.component.version, p.fact.Credit.FXDate)
	if fault != nil {
		return fault
	}
	t := &w.trace
	head := w.credit(NodeLine, 0, p, -1)
	w.noteRun(head, start)
	var exact, done number
	for ; at != nil; at, stop = l.step(from, to) {
		end := to
		if stop != nil {
			end = *stop
		}
		// The line is quantised once: each slice shows what it adds to the
		// quantised sum of the slices before it.
		part := end.minus(from)
		exact = exact.plus(part.times(w.rateOf(at)).inPay(step))
		sofar := exact.quantised()
		slice := t.nodeOf(NodeSlice, head, t.rated(rateKey{at, step, ""}), part)
		t.amountOf(slice, sofar.minus(done))
		if from, done = end, sofar; stop == nil {
			return w.paidLine(s, p, head, -1, exact.decimal(), step)
		}
	}
	return w.off(l.tableVersion, to.decimal())
}

// off is the fault of a value beyond a table's last row.
func (w *worksheet) off(table *tableVersion, value decimal.Decimal) *fault {
	return faultf(model.ProblemOffTable, "%s lies beyond the last row of the rate table %s", value, table.table.key)
}

// below notes that the rate reached is 0, and where the next one begins.
func (w *worksheet) below(l *ladder, reached *tier) {
	t := &w.trace
	term := Term{Label: fmt.Sprintf("%s: the rate of %s is 0", model.WhyBelowThreshold, reached.label)}
	if next := l.next(); next != nil {
		term.Label += "; the next one begins at From"
		term.From, term.Rate = next.from, next.rate
	}
	t.node(NodeReason, 0, t.term(term), decimal.Zero)
}
