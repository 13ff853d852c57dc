package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// lookup is the running total of the measure that a component's table is looked
// up by, where that is another than the one which is paid on. It goes over the
// group's days from the first one on, also those of earlier versions.
type lookup struct {
	measure *measure
	of      *group     // its total, quota and attainment
	until   model.Date // the day after the last whose facts it has
	facts   []posting  // that count, in order
	next    int        // the first of them that has not moved the total yet
	running number     // over the window so far
	totals  map[string]number
}

// lookupStep is what a credit adds to such a running total.
type lookupStep struct {
	run           string // orders, events and periods have their own; "": the window
	before, added number
	cell          *cell // nil: it does not count for that measure
}

// lookupFault is what stops a component that is looked up by another measure.
func (c *component) lookupFault() *fault {
	switch {
	case c.lookup == nil:
		return nil
	case c.lookup.fault != nil:
		return c.lookup.fault
	case c.lookup.OfValues() || c.measure.OfValues():
		return faultf(model.ProblemNotSupported, "lookedUpBy: both measures are of credits: a dated value has no place among them")
	}
	return nil
}

// lookUpBy takes up the measure that the stage is looked up by, and notes it
// where it is not at hand yet: with the days of the stages that go on with it.
func (w *worksheet) lookUpBy(g *group, s *stage) *fault {
	m := s.component.lookup
	if m == nil {
		w.looks = nil
		return nil
	}
	if l := w.looks; l != nil && l.measure == m && s.until() <= l.until {
		return nil
	}
	at := slices.IndexFunc(g.stages, func(t stage) bool { return t.component == s.component })
	end := at + 1
	for end < len(g.stages) && g.stages[end].component.lookup == m {
		end++
	}
	l := &lookup{measure: m, until: g.stages[end-1].until()}
	left, ignored := w.left, w.ignored
	for i := range g.stages[:end] {
		part := stage{component: g.stages[i].component}
		for _, leg := range g.stages[i].legs {
			if fault := w.post(&part, leg, m, w.everything); fault != nil {
				return fault
			}
		}
		l.facts = append(l.facts, part.postings...)
	}
	w.left, w.ignored = left, ignored
	l.of = &group{legs: g.legs, whole: g.whole, held: g.held, total: totalOf(l.facts)}
	if !fits(l.of.total) {
		return faultf(model.ProblemOverflow, "the measure %s is out of bounds", m.Key)
	}
	if fault := w.quotaFor(l.of, m); fault != nil {
		return fault
	}
	w.looks = l
	w.noteMeasured(l.of, lookupPrefix+m.label, nil)
	return nil
}

// lookupPrefix begins the label of a measure that is looked up by, and not paid
// on.
const lookupPrefix = "lookup "

// until is the day after the stage's last.
func (s *stage) until() model.Date { return s.legs[len(s.legs)-1].days.To }

// quotaLookedUp is the quota of what the table is looked up by.
func (w *worksheet) quotaLookedUp(g *group) *decimal.Decimal {
	if w.looks != nil {
		return w.looks.of.quota
	}
	return g.quota
}

// wantsLookedUp is the fault of a table by attainment whose measure has no quota
// above 0.
func (w *worksheet) wantsLookedUp(g *group) *fault {
	if w.looks == nil {
		return w.wants(g)
	}
	if quota := w.looks.of.quota; quota == nil || !quota.IsPositive() {
		return faultf(model.ProblemNoQuota, "there is no quota above 0 of measure %s for position %s in %s", w.looks.measure.Key, w.course.position.externalID, w.span.window.Name)
	}
	return nil
}

// standing is the running total that credits are looked up by now.
func (w *worksheet) standing() number {
	if w.looks != nil {
		return w.looks.running
	}
	return w.running
}

// lookedUpTotal is the running total that the stage is looked up by at its end.
func (w *worksheet) lookedUpTotal(s *stage) decimal.Decimal {
	if w.looks != nil {
		return w.looks.running.decimal()
	}
	return s.total
}

// stepBy takes what comes before a credit, and the credit, into the running
// total that it is looked up by.
func (w *worksheet) stepBy(c *component, p posting) *lookupStep {
	l := w.looks
	for l.next < len(l.facts) && l.facts[l.next].fact != p.fact && w.compareFacts(l.facts[l.next].fact, p.fact) < 0 {
		w.pass(c)
	}
	if l.next < len(l.facts) && l.facts[l.next].fact == p.fact {
		l.next++
		return w.take(c, l.facts[l.next-1])
	}
	return w.take(c, posting{p.fact, nil})
}

// passAll takes the rest of the stage's days into the running total, of
// credits that are not paid.
func (w *worksheet) passAll(s *stage) {
	l := w.looks
	for l != nil && l.next < len(l.facts) && l.facts[l.next].fact.Credit.Date < s.until() {
		w.pass(s.component)
	}
}

// pass takes the next credit into the running total, and notes it where it moves
// that: it has no line.
func (w *worksheet) pass(c *component) {
	l := w.looks
	p := l.facts[l.next]
	l.next++
	if by := w.take(c, p); !by.added.isZero() {
		w.trace.Credits[w.noteStep(0, by)] = p.fact.citation()
	}
}

// take moves the running total by a credit. A return of a sale of an earlier
// window begins at what is left of that or of its order, one whose sale or order
// is nowhere at its own magnitude, as in runFrom.
func (w *worksheet) take(c *component, p posting) *lookupStep {
	l := w.looks
	out := &lookupStep{run: w.runOf(c, p.fact), before: l.running, cell: p.cell}
	if p.cell != nil {
		out.added = p.cell.number()
	}
	l.running = l.running.plus(out.added)
	if out.run == "" {
		return out
	}
	of := out.run
	var past *soldThen
	if c.runsAlone() {
		var skip bool
		var failed *fault
		if past, skip, failed = w.soldBefore(c, p); skip || failed != nil {
			out.run += soldIn + "an earlier window"
		} else if past != nil {
			out.run += soldIn + past.window.Name
		}
	}
	before, known := l.totals[out.run]
	if !known && c.Accumulate != model.OverPeriod && p.fact.Reversal && out.added.sign() < 0 {
		before = numberOf(w.beginsAt(past, out.added.decimal(), c.version.columnFor(l.measure, w.everything), func(f *CreditFact) bool { return w.runOf(c, f) == of }))
	}
	out.before = before
	if l.totals == nil {
		l.totals = map[string]number{}
	}
	if known || !out.added.isZero() || c.Accumulate == model.OverPeriod {
		l.totals[out.run] = before.plus(out.added)
	}
	return out
}

// noteStep notes what a credit adds to the running total, with the currency step
// of that.
func (w *worksheet) noteStep(parent int32, by *lookupStep) int32 {
	t := &w.trace
	before, after := by.before.decimal(), by.before.plus(by.added).decimal()
	term := Term{From: &before, To: &after}
	if by.run != "" {
		term.Label = runPrefix + by.run
	}
	node := t.nodeOf(NodeLookup, parent, t.term(term), by.added)
	if by.cell != nil && by.cell.step != nil {
		w.provisional = w.provisional || by.cell.step.provisional
		t.node(NodeFX, node, t.rated(rateKey{step: by.cell.step}), by.cell.original)
	}
	return node
}

// walkBy is walk by another measure: a credit is cut in the proportion in which
// what it adds to that one is cut; one that adds nothing has the rate that stands.
func (w *worksheet) walkBy(s *stage, l *ladder, p posting, past *soldThen) *fault {
	value, by := p.cell.number(), w.stepBy(s.component, p)
	l, past = w.tiersOf(s.component, l, p, past)
	start := passed{by: by, past: past}
	if value.isZero() {
		w.cutInReplay(p)
		head := w.credit(NodeLine, 0, p, w.trace.rated(rateKey{label: absence(p)}))
		w.noteRun(head, start)
		return w.paidLine(s, p, head, -1, decimal.Zero, nil)
	}
	parts := l.cutBy(value, by)
	if past.unpaid(p) {
		parts = []partBy{{notPaid.tier, value}}
	}
	if parts == nil {
		return w.off(l.tableVersion, by.before.plus(by.added).decimal())
	}
	var fx *fxStep
	if slices.ContainsFunc(parts, func(part partBy) bool { return !part.value.isZero() && !part.tier.rate.IsZero() }) {
		var fault *fault
		if fx, fault = w.payStep(s.component.version, p.fact.Credit.FXDate); fault != nil {
			return fault
		}
	}
	head := w.credit(NodeLine, 0, p, -1)
	w.noteRun(head, start)
	var exact, done number
	for _, part := range parts {
		exact = exact.plus(part.value.times(w.rateOf(part.tier)).inPay(fx))
		sofar := exact.quantised()
		slice := w.trace.nodeOf(NodeSlice, head, w.trace.rated(rateKey{part.tier, fx, ""}), part.value)
		w.trace.amountOf(slice, sofar.minus(done))
		done = sofar
	}
	return w.paidLine(s, p, head, -1, exact.decimal(), fx)
}

// partBy is a part of a credit at one rate.
type partBy struct {
	tier  *tier
	value number
}

// cutBy cuts a credit at the bounds between the running totals before and after
// it: up to a bound it is value x the way there / the whole way, divided once,
// to 16 decimals HALF_EVEN, so that the parts sum to it. It gives none where
// the way leads beyond the last row.
func (l *ladder) cutBy(value number, by *lookupStep) []partBy {
	if by.added.isZero() {
		if standing := l.reached(by.before.decimal()); standing != nil {
			return []partBy{{standing, value}}
		}
		return nil
	}
	var out []partBy
	from, to, done := by.before, by.before.plus(by.added), number{}
	for at, stop := l.step(from, to); at != nil; at, stop = l.step(from, to) {
		if stop == nil {
			return append(out, partBy{at, value.minus(done)})
		}
		so := numberOf(divide(value.times(stop.minus(by.before)).decimal(), by.added.decimal()))
		out = append(out, partBy{at, so.minus(done)})
		from, done = *stop, so
	}
	return nil
}
