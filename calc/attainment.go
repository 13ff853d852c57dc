package calc

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// posting is a fact that counts, with what it adds to the measure.
type posting struct {
	fact *CreditFact
	cell *cell
}

// totalOf sums what facts add to the measure.
func totalOf(all []posting) decimal.Decimal {
	var total accumulator
	for i := range all {
		total.addNumber(all[i].cell.number())
	}
	return total.total()
}

// stage is the part of a group that one version's component rates.
type stage struct {
	component *component
	legs      []leg
	postings  []posting
	below     []below         // what an override on earnings is paid on
	total     decimal.Decimal // the running total after its last posting
}

// last is the assignment's last day in the stage.
func (s *stage) last() model.Date { return lastLeg(s.legs).days.Last() }

// moves tells whether a posting adds something to the measure.
func (s *stage) moves() bool {
	return len(s.below) > 0 || slices.ContainsFunc(s.postings, func(p posting) bool { return !p.cell.value.IsZero() })
}

// group is a part of a course with one running total, measured against one
// quota.
type group struct {
	legs   []leg // that count so far
	whole  []leg // of the whole window
	held   int   // days of the whole window, those to come included
	stages []stage
	total  decimal.Decimal  // up to the attainment cap
	uncut  *decimal.Decimal // the total without it; nil where there is none

	begun   decimal.Decimal // the total before its first posting
	brought []brought       // what was reached in earlier positions, or by earlier holders
	lacking *brought        // one of that without a quota
	own     decimal.Decimal // the quota of the days in this position

	elsewhere bool // it is of another position or an earlier holder, brought along

	target     *decimal.Decimal // the target incentive, after proration; nil where it was not asked for
	quota      *decimal.Decimal // after proration; nil where there is none
	reckoned   *reckoned        // what it is made of
	carry      decimal.Decimal  // what earlier windows moved to it
	attainment *decimal.Decimal
}

// component is the one in force on the assignment's last day in the group.
func (g *group) component() *component { return lastLeg(g.legs).component }

// last is the assignment's last day in the group.
func (g *group) last() model.Date { return lastLeg(g.legs).days.Last() }

// gather collects the facts of a group by stage and sums its measure in order.
func (w *worksheet) gather(legs []leg) (*group, *fault) {
	g := &group{legs: legs}
	for start := 0; start < len(legs); {
		end := start + 1
		for end < len(legs) && legs[end].component == legs[start].component {
			end++
		}
		s := stage{component: legs[start].component, legs: legs[start:end]}
		for _, l := range s.legs {
			if fault := w.post(&s, l, s.component.measure, s.component.condition); fault != nil {
				return nil, fault
			}
		}
		g.stages = append(g.stages, s)
		start = end
	}
	aggregate(g.stages)
	if fault := w.gatherBelow(g); fault != nil {
		return nil, fault
	}
	if fault := w.bring(g); fault != nil {
		return nil, fault
	}
	var total accumulator
	for i := range g.brought {
		total.add(g.brought[i].total)
		g.begun = total.total()
	}
	for i := range g.stages {
		s := &g.stages[i]
		for _, p := range s.postings {
			total.addNumber(p.cell.number())
		}
		for j := range s.below {
			total.add(s.below[j].money)
		}
		g.total = total.total()
		s.total = g.total
		if !fits(g.total) {
			return nil, faultf(model.ProblemOverflow, "the measure %s is out of bounds", s.component.measure.Key)
		}
	}
	return g, nil
}

// post adds the facts on the days of a leg that count for a measure to the stage.
func (w *worksheet) post(s *stage, l leg, m *measure, condition *condition) *fault {
	c := s.component
	if m.Source == model.SourceValues {
		if c.fault == nil {
			s.postings = append(s.postings, w.valuesOf(m, l)...)
		}
		return nil
	}
	first := onOrAfter(w.facts, l.days.From)
	last := max(first, onOrAfter(w.facts, l.days.To))
	if s.postings == nil {
		s.postings = w.of.scratch.room(last - first)
		defer func() { w.of.scratch.giveBack(s.postings); s.postings = slices.Clip(s.postings) }()
	}
	var col *column
	for i := first; i < last; i++ {
		f := w.facts[i]
		why := w.admits(&l, f, c)
		left := why == model.WhyNotEligible
		switch {
		case why == model.WhyNotReturnIgnored:
			w.ignored = true
			continue
		case why != "" && (!left || c.fault != nil || w.left):
			continue
		case c.fault != nil:
			return c.fault
		}
		if col == nil {
			col = w.column(c.version.columnFor(m, condition))
		}
		cell := w.at(col, i)
		if left {
			w.left = cell.state == cellCounts
			continue
		}
		if cell.state == cellFaulty {
			return cell.fault
		}
		if cell.state == cellCounts {
			s.postings = append(s.postings, posting{f, cell})
		}
	}
	return nil
}

// admits tells why a fact does not count on the days of a leg, whatever it is
// of; "" where it does.
func (w *worksheet) admits(l *leg, f *CreditFact, c *component) model.WhyNotCode {
	switch {
	case f.Reversal && c.version.rules.Returns != model.ReturnsNegative:
		return model.WhyNotReturnIgnored
	case !f.Reversal && !l.seated:
		return model.WhyNotHeld
	case w.ofNoSale(f, c):
		return model.WhyNotSaleUncounted
	case !f.Reversal && !l.accrues:
		return model.WhyNotEligible
	}
	return ""
}

// reckon finds the group's quota, prorates it and measures attainment. A
// missing quota is no fault by itself: not every component needs one.
func (w *worksheet) reckon(g *group) *fault { return w.quotaFor(g, g.component().measure) }

// quotaFor is reckon for a measure.
func (w *worksheet) quotaFor(g *group, m *measure) *fault {
	quota := w.reckonQuota(g, m.ID)
	if quota == nil {
		return nil
	}
	if !quota.fits() {
		return faultf(model.ProblemOverflow, "the quota of %s is out of bounds", m.Key)
	}
	g.reckoned = quota
	carry, fault := w.carryInto(g, m)
	if fault != nil {
		return fault
	}
	after := quota.after
	if !carry.IsZero() || after.IsNegative() {
		after = decimal.Max(after.Add(carry), decimal.Zero)
	}
	g.quota, g.carry, g.own = &after, carry, after
	if fault := w.quotaBrought(g, m); fault != nil {
		return fault
	}
	if g.quota != nil && g.quota.IsPositive() {
		attainment := divide(g.total, *g.quota)
		g.attainment = &attainment
	}
	return nil
}

// wants is the fault of a group that needs a quota and has none above 0.
func (w *worksheet) wants(g *group) *fault {
	if g.quota != nil && g.quota.IsPositive() {
		return nil
	}
	what := "there is no quota"
	if g.quota != nil {
		what = fmt.Sprintf("the quota is %s", decimal.Min(*g.quota, g.reckoned.parts[0].Amount))
	}
	if g.lacking != nil {
		return faultf(model.ProblemNoQuota, "%s of measure %s before %s in %s (%s: %s)", what, g.component().measure.Key, g.lacking.before, w.span.window.Name, g.lacking.rule, g.lacking.whose)
	}
	return faultf(model.ProblemNoQuota, "%s of measure %s for position %s in %s", what, g.component().measure.Key, w.course.position.externalID, w.span.window.Name)
}

// noteGroup writes what the group's lines go by into the trace.
func (w *worksheet) noteGroup(g *group) {
	w.noteMeasure(g, g.component().measure, "", w.unlined(g))
	w.noteChoices(g)
}

// noteMeasure notes a measure, that of the component or of one of its goals,
// with the credits below it that no line of their own shows, its quota and
// attainment.
func (w *worksheet) noteMeasure(g *group, m *measure, goal string, below []posting) {
	if g.component().measureless() && goal == "" {
		return
	}
	label := m.label
	if g.component().onEarnings() {
		label = "value=EARNINGS"
	}
	if goal != "" {
		label = goalPrefix + goal + " " + label
	}
	w.noteMeasured(g, label, below)
}

// noteMeasured is noteMeasure under a label.
func (w *worksheet) noteMeasured(g *group, label string, below []posting) {
	t := &w.trace
	node := t.node(NodeMeasure, 0, t.label(label), g.measured())
	for i := range g.brought {
		t.node(NodeMeasure, node, t.text("%s", g.brought[i].label("")), g.brought[i].total)
		w.provisional = w.provisional || g.brought[i].provisional
	}
	for _, p := range below {
		term := int32(-1)
		if p.cell.absent {
			term = t.text("%s", absence(p))
		}
		if p.fact.Credit.ID.IsZero() {
			term = t.text("%s", p.fact.Credit.Date)
		}
		w.credit(NodeMeasure, node, p, term)
	}
	if g.quota != nil {
		rules := g.component().version.rules
		label := "quota=" + g.reckoned.holder
		if rules.QuotaBasis != model.QuotaWindow {
			label += " quotaBasis=" + string(rules.QuotaBasis)
		}
		at := t.node(NodeQuota, 0, t.label(label), *g.quota)
		w.noteQuota(at, g)
		w.noteCarry(at, g)
		w.noteQuotas(at, g)
	}
	if g.uncut != nil {
		t.node(NodeRule, 0, t.text("attainmentCap=%s", g.component().AttainmentCap), g.total)
	}
	if g.attainment != nil {
		t.node(NodeAttainment, 0, -1, *g.attainment)
	}
}

// goalPrefix begins the label of a measure that is a goal's.
const goalPrefix = "goal="

// unlined gives the postings of the group that get no line of their own.
func (w *worksheet) unlined(g *group) []posting {
	var out []posting
	for i := range g.stages {
		if all := g.stages[i].postings; out == nil && g.stages[i].component.whole() {
			out = slices.Clip(all)
		} else if g.stages[i].component.whole() {
			out = append(out, all...)
		}
	}
	return out
}

// noteChoices notes the choices of the plan that acted on the group.
func (w *worksheet) noteChoices(g *group) {
	c, t := g.component(), &w.trace
	if w.final != nil {
		t.node(NodeRule, 0, t.text("restart version=%d", c.version.Number), decimal.Zero)
	}
	if w.span.window != w.period || len(w.course.spans) > 1 {
		t.node(NodeRule, 0, t.text("window=%s settlement=%s", w.span.window.Name, cmp.Or(c.Settlement, model.SettleWindowEnd)), decimal.Zero)
	}
	if g.held < w.days() {
		days, all := decimal.New(int64(g.held), 0), decimal.New(int64(w.days()), 0)
		rule := c.version.rules.Continuity
		if len(g.brought) > 0 { // by the version of the day on which the position was taken
			rule = g.brought[0].rule
		}
		t.node(NodeRule, 0, t.term(Term{Label: broughtPrefix + string(rule), From: &days, To: &all}), decimal.Zero)
	}
	w.noteStanding(g)
	reversals, converted := w.ignored, false
	for i := range g.stages {
		for _, p := range g.stages[i].postings {
			reversals = reversals || p.fact.Reversal
			converted = converted || p.cell.step != nil
		}
	}
	if reversals {
		t.node(NodeRule, 0, t.text("returns=%s", c.version.rules.Returns), decimal.Zero)
	}
	if converted {
		t.node(NodeRule, 0, t.text("fxCreditToPlan=%s", c.version.rules.FXCreditToPlan), decimal.Zero)
	}
	if c.version.Currency != w.pay {
		t.node(NodeRule, 0, t.text("fxPlanToPay=%s", c.version.rules.FXPlanToPay), decimal.Zero)
	}
}
