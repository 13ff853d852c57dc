package calc

import (
	"cmp"
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// saleKey names the credit of a sale that a return takes back.
type saleKey struct {
	source, sale string
	creditType   model.ID
	kind         model.CreditKind
	via          model.ID
	in           model.Date // the first day of the window that it was in, of what returns take back that was in an earlier one
}

// saleOf gives the key of a credit's sale: its own, or of a return the one that
// it takes back.
func saleOf(f *CreditFact) saleKey {
	t := f.transaction()
	key := saleKey{source: t.Source, sale: t.ExternalID, creditType: f.Credit.CreditTypeID, kind: f.Credit.Kind}
	if f.Reversal && t.RelatesTo != nil {
		key.sale = t.RelatesTo.ExternalID
	}
	if f.Credit.ViaPositionID != nil {
		key.via = *f.Credit.ViaPositionID
	}
	return key
}

// orderOf names the order of a credit; what is of none is one by itself, with its
// returns.
func orderOf(f *CreditFact) string {
	t := f.transaction()
	if t.OrderID != "" {
		return "order " + t.OrderID + " of " + t.Source
	}
	return "sale " + saleOf(f).sale + " of " + t.Source
}

// runOf names what a credit's running total runs over; "" is the window.
func (w *worksheet) runOf(c *component, f *CreditFact) string {
	switch c.Accumulate {
	case "", model.OverWindow:
		return ""
	case model.OverOrder:
		return orderOf(f)
	case model.OverEvent:
		return "sale " + saleOf(f).sale + " of " + f.transaction().Source
	case model.OverPeriod:
		for _, p := range w.periodsOf[w.period.CalendarID] {
			if p.Type == w.period.Type && p.Days.Contains(f.Credit.Date) {
				return "period " + p.Name
			}
		}
	}
	return ""
}

// runFrom gives the running total that a credit begins at. A return of a sale of an
// earlier window begins at what is left of that or of its order; one whose sale
// or order is nowhere at its own magnitude: it takes it back as a whole.
func (w *worksheet) runFrom(c *component, p posting, past *soldThen) (string, number) {
	run := w.runOf(c, p.fact)
	if run == "" {
		return run, w.running
	}
	if past != nil && c.runsAlone() {
		run += soldIn + past.window.Name
	}
	before, known := w.totals[run]
	if !known && c.Accumulate != model.OverPeriod && p.fact.Reversal && p.cell.value.IsNegative() {
		of := w.runOf(c, p.fact)
		before = w.beginsAt(past, p.cell.value, c.version.columnFor(c.measure, c.condition), func(f *CreditFact) bool { return w.runOf(c, f) == of })
	}
	return run, numberOf(before)
}

// move sets the running total after a credit.
func (w *worksheet) move(run string, to number) {
	if run == "" {
		w.running = to
		return
	}
	if w.totals == nil {
		w.totals = map[string]decimal.Decimal{}
	}
	w.totals[run] = to.decimal()
}

// passed is where a line begins in its running total.
type passed struct {
	run    string // that it continues; "": the window's
	before decimal.Decimal
	by     *lookupStep // in that of another measure; nil: in its own
	past   *soldThen   // the window of the sale that it takes back; nil: this one
}

// noteRun notes, below a line, which running total it continues.
func (w *worksheet) noteRun(line int32, at passed) {
	if at.past != nil {
		w.trace.node(NodeRule, line, w.trace.text(soldPrefix+"%s", at.past.window.Name), decimal.Zero)
	}
	switch {
	case at.by != nil:
		w.noteStep(line, at.by)
	case at.run != "":
		w.trace.node(NodeRule, line, w.trace.text(runPrefix+"%s", at.run), at.before)
	}
}

// runPrefix begins the label of a running total that is not the window's.
const runPrefix = "running total of "

// perEvent pays money for each sale, or once for each order, whose credits add
// more than 0 to the measure in the window; returns take what it was back once
// nothing is left.
func (w *worksheet) perEvent(s *stage) *fault {
	c := s.component
	w.rule(s, Term{Label: fmt.Sprintf("rateKind=%s event=%s", c.RateKind, cmp.Or(c.Event, model.EventCredit)), Rate: c.flat.rate}, decimal.Zero)
	for _, p := range s.postings {
		past, skip, fault := w.soldBefore(c, p)
		if fault != nil {
			return fault
		}
		if skip {
			continue
		}
		sale, as := c.eventOf(p.fact), &found{tier: c.flat, money: true}
		times := w.times(s, sale, p, past)
		switch {
		case times.IsPositive():
			w.paidBy(sale, as)
		case w.replays && p.cell.cutAway() && w.rates[sale] == nil:
			w.paidBy(sale, notPaid)
		case times.IsNegative():
			as = cmp.Or(w.soldAs(sale, past), as)
		}
		if fault := w.event(s, p, as, times, passed{past: past}); fault != nil {
			return fault
		}
	}
	return nil
}

// eventOf gives the key of the sale or order that the component pays a credit
// for.
func (c *component) eventOf(f *CreditFact) saleKey {
	sale := saleOf(f)
	switch order := f.transaction().OrderID; {
	case c.Event != model.EventOrder:
		return sale
	case order != "":
		return saleKey{source: sale.source, sale: order, kind: "ORDER"}
	}
	return saleKey{source: sale.source, sale: sale.sale} // an order by itself, with all of its credits
}

// times tells how often a credit makes its event happen: 1 with the one that
// brings its total above 0, -1 with the one that brings it back, otherwise 0. A
// return begins at what is left of a sale or order of an earlier window; one
// whose sale or order is nowhere brings it back.
func (w *worksheet) times(s *stage, sale saleKey, p posting, past *soldThen) decimal.Decimal {
	c := s.component
	if w.counted == nil {
		w.counted = map[saleKey]decimal.Decimal{}
	}
	at := sale
	if past != nil {
		at.in = past.window.Days.From
	}
	before, known := w.counted[at]
	if !known && p.fact.Reversal && p.cell.value.IsNegative() {
		before = w.beginsAt(past, p.cell.value, c.version.columnFor(c.measure, c.condition), func(f *CreditFact) bool { return c.eventOf(f) == sale })
	}
	after := before.Add(p.cell.value)
	w.counted[at] = after
	return decimal.New(int64(max(after.Sign(), 0)-max(before.Sign(), 0)), 0)
}

// paidBy notes what a sale was paid by, for its returns.
func (w *worksheet) paidBy(sale saleKey, as *found) {
	if w.rates == nil {
		w.rates = map[saleKey]*found{}
	}
	w.rates[sale] = as
}

// orNotPaid gives what a sale was paid by, for its returns in later windows, where
// something of it was paid.
func (w *worksheet) orNotPaid(p posting, as *found) *found {
	if w.replays && p.cell.cutAway() {
		return notPaid
	}
	return as
}

// soldAs gives what a sale was paid by, nil where that is not known.
func (w *worksheet) soldAs(sale saleKey, past *soldThen) *found {
	if past != nil {
		return past.rates[sale]
	}
	return w.rates[sale]
}

// event notes a credit that pays money by itself, so many times.
func (w *worksheet) event(s *stage, p posting, f *found, times decimal.Decimal, at passed) *fault {
	exact := times.Mul(*f.rate)
	var step *fxStep
	if !exact.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, p.fact.Credit.FXDate); fault != nil {
			return fault
		}
	}
	exact = inPay(exact, step)
	node := w.credit(NodeLine, 0, p, -1)
	w.noteRun(node, at)
	result := w.trace.node(NodeResult, node, w.trace.rated(rateKey{f.tier, step, ""}), times)
	w.trace.amount(result, quantise(exact))
	w.notePoints(result, f)
	return w.paidLine(s, p, node, -1, exact, step)
}

// wholeCredit pays each credit unsplit at the rate that its running total
// reaches with it, or has before it. A return is paid as its sale was; one
// whose sale is nowhere, as if the sale had been as large. One that takes nothing
// off the measure is no return to it.
func (w *worksheet) wholeCredit(g *group, s *stage) *fault {
	var l *ladder
	c := s.component
	moment := cmp.Or(c.RateMoment, model.RateAfter)
	for _, p := range s.postings {
		table, fault := c.table.on(p.fact.Credit.Date)
		if fault != nil {
			return fault
		}
		if l == nil || l.tableVersion != table {
			if l, fault = w.laddered(g, s, table, "rateMoment="+string(moment)); fault != nil {
				return fault
			}
		}
		past, skip, fault := w.soldBefore(c, p)
		if fault != nil {
			return fault
		}
		if skip && c.runsAlone() {
			continue
		}
		where, added := w.stepOf(c, p, past)
		if skip {
			continue
		}
		as, at := w.unsplit(l, p, where, added, moment)
		if as == nil {
			return w.off(table, at)
		}
		if !p.fact.Reversal {
			w.paidBy(saleOf(p.fact), w.orNotPaid(p, as))
		}
		if fault := w.lineAs(s, p, as, where); fault != nil {
			return fault
		}
	}
	w.passAll(s)
	return nil
}

// unsplit gives the rate of a credit that is paid as a whole, nil where there is
// none, and what it was looked up by.
func (w *worksheet) unsplit(l *ladder, p posting, where passed, added decimal.Decimal, moment model.RateMoment) (*found, decimal.Decimal) {
	at, back := add(where.before, added), p.fact.Reversal && p.cell.value.IsNegative()
	switch {
	case !back && moment == model.RateBefore:
		at = where.before
	case !back:
	default:
		if as := w.soldAs(saleOf(p.fact), where.past); as != nil {
			return as, at
		}
		if added.IsNegative() {
			at = added.Neg()
		}
	}
	return l.find(at), at
}

// stepOf takes a credit into its running total: where it begins, and what it
// adds.
func (w *worksheet) stepOf(c *component, p posting, past *soldThen) (passed, decimal.Decimal) {
	if w.looks != nil {
		by := w.stepBy(c, p)
		return passed{by.run, by.before.decimal(), by, past}, by.added.decimal()
	}
	run, before := w.runFrom(c, p, past)
	w.move(run, before.plus(p.cell.number()))
	return passed{run: run, before: before.decimal(), past: past}, p.cell.value
}

// laddered notes the table that the credits which follow go by, and lays it
// against quota and target rate.
func (w *worksheet) laddered(g *group, s *stage, table *tableVersion, more ...string) (*ladder, *fault) {
	if table.Dimension == model.ByExpression {
		return nil, faultf(model.ProblemNotSupported, "the rate table %s is looked up by an expression over the window, which no single credit has", table.table.key)
	}
	if table.Dimension == model.ByAttainment {
		if fault := w.wantsLookedUp(g); fault != nil {
			return nil, fault
		}
	}
	rate, fault := w.targetRate(g, table)
	if fault != nil {
		return nil, fault
	}
	w.tierRule(s, table, nil, w.standing().decimal(), more...)
	return table.climb(w.quotaLookedUp(g), rate), nil
}

// lineAs notes a credit that is paid as a whole by what was found for it.
func (w *worksheet) lineAs(s *stage, p posting, f *found, at passed) *fault {
	if f.money {
		return w.event(s, p, f, w.times(s, saleOf(p.fact), p, at.past), at)
	}
	if at.run == "" && at.by == nil && at.past == nil && len(f.points) == 0 {
		return w.line(s, p, f.tier)
	}
	money := multiply(p.cell.value, *f.rate)
	var step *fxStep
	if !money.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, p.fact.Credit.FXDate); fault != nil {
			return fault
		}
	}
	exact := inPay(money, step)
	node := w.credit(NodeLine, 0, p, -1)
	w.noteRun(node, at)
	slice := w.trace.node(NodeSlice, node, w.trace.rated(rateKey{f.tier, step, ""}), p.cell.value)
	w.trace.amount(slice, quantise(exact))
	w.notePoints(slice, f)
	return w.paidLine(s, p, node, -1, exact, step)
}
