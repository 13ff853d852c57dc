package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// goesOn tells whether running totals go on from another position of the payee,
// or from another holder of the position.
func (v *version) goesOn() bool {
	return v.rules.Continuity == model.ContinuePayee || v.rules.Continuity == model.ContinuePosition
}

// origin is where running totals may go on from: the way of the component in
// another position of the payee, or with another holder of the position.
type origin struct {
	payee  *payeeNode
	course course
}

func (o *origin) legs() []leg { return o.course.spans[0].legs }

// brought is what was reached in a position that the payee has left for the one
// at hand, or by who had that before them: it counts for what is reached, and is
// paid there.
type brought struct {
	rule   model.Continuity
	whose  string
	sheet  *worksheet // of the position, and its holder
	of     *group     // their days until the transfer, with the part of the quota for them
	total  decimal.Decimal
	before model.Date // the day of the transfer

	provisional bool // by a rate that may change yet
}

// broughtPrefix begins the label of what was brought along.
const broughtPrefix = "continuity="

func (b *brought) label(more string) string {
	return fmt.Sprintf("%s%s %sbefore %s: %s", broughtPrefix, b.rule, more, b.before, b.whose)
}

// whose says in a trace where something was brought from. Neither the position
// nor who had it is named: whoever sees this one need not see those.
func (w *worksheet) whose(o *origin) string {
	switch {
	case o.course.position != w.course.position:
		return "an earlier position"
	case o.payee != w.payee:
		return "an earlier holder"
	}
	return "the same position"
}

// elsewhere gives where running totals may go on from in the window at hand, by
// a rule.
func (w *worksheet) elsewhere(rule model.Continuity) []origin {
	if w.awayIn == w.span && w.awayBy == rule {
		return w.away
	}
	w.awayIn, w.awayBy, w.away = w.span, rule, nil
	add := func(payee *payeeNode, position *positionNode) {
		legs := w.legsOf(payee, position, w.course.plan, w.span.window, w.course.key)
		if slices.ContainsFunc(legs, func(l leg) bool { return l.seated }) {
			w.away = append(w.away, origin{payee, course{position, w.course.plan, w.course.key, []stretch{{w.span.window, legs}}}})
		}
	}
	if rule == model.ContinuePosition {
		for _, holder := range w.course.position.holders(w.span.window.Days) {
			if holder != w.payee {
				add(holder, w.course.position)
			}
		}
		return w.away
	}
	for _, position := range held(w.payee, w.span.window.Days) {
		if position != w.course.position {
			add(w.payee, position)
		}
	}
	return w.away
}

// seatedOn tells whether the payee held the position of the legs on a day.
func seatedOn(legs []leg, day model.Date) bool {
	return slices.ContainsFunc(legs, func(l leg) bool { return l.seated && l.days.Contains(day) })
}

// groups cuts the window's legs where running totals begin anew, and where the
// payee comes back to the position.
func (w *worksheet) groups() [][]leg {
	all := w.span.groups()
	if !slices.ContainsFunc(w.span.legs, func(l leg) bool { return l.component.version.goesOn() }) {
		return all
	}
	var out [][]leg
	for _, legs := range all {
		start := 0
		for i := 1; i < len(legs); i++ {
			if w.comesBack(&legs[i]) {
				out = append(out, legs[start:i])
				start = i
			}
		}
		out = append(out, legs[start:])
	}
	return out
}

// comesBack tells whether the payee comes to a leg from another position, which
// they have left, and had on a day since they last held this one; or, where totals
// follow the position, whether somebody else had it meanwhile, and has left it.
func (w *worksheet) comesBack(l *leg) bool {
	if !l.seated || !l.component.version.goesOn() {
		return false
	}
	away := model.Interval{From: w.span.window.Days.From, To: l.days.From}
	for _, before := range w.span.legs {
		if before.seated && before.days.From < l.days.From {
			away.From = before.days.To
		}
	}
	return !away.Empty() && slices.ContainsFunc(w.elsewhere(l.component.version.rules.Continuity), func(o origin) bool {
		legs := o.legs()
		return !seatedOn(legs, l.days.From) && slices.ContainsFunc(legs, func(l leg) bool { return l.seated && l.days.Overlaps(away) })
	})
}

// bring adds to the group what was reached in the window before the payee took
// the position, since running totals last began anew: by the payee in positions
// that they have left by then, or by holders who have left this one; in both
// cases by the payee in this one.
func (w *worksheet) bring(g *group) *fault {
	first := slices.IndexFunc(g.legs, func(l leg) bool { return l.seated })
	if first < 0 || !g.legs[first].component.version.goesOn() || g.legs[first].days.From <= w.span.window.Days.From {
		return nil
	}
	taken, rule := g.legs[first].days.From, g.legs[first].component.version.rules.Continuity
	from := []origin{{w.payee, course{w.course.position, w.course.plan, w.course.key, []stretch{{w.span.window, before(w.span.legs, g.legs[0].days.From)}}}}}
	for _, o := range w.elsewhere(rule) {
		if legs := o.legs(); !seatedOn(legs, taken) {
			o.course.spans = []stretch{{w.span.window, before(legs, taken)}}
			from = append(from, o)
		}
	}
	since := anew(from, g.legs[:first+1])
	for i := range from {
		legs := slices.DeleteFunc(untilLeaving(from[i].legs()), func(l leg) bool { return l.days.From < since })
		if !slices.ContainsFunc(legs, func(l leg) bool { return l.seated }) {
			continue
		}
		from[i].course.spans[0].legs = legs
		b, fault := w.reachedIn(&from[i], taken)
		if fault != nil {
			return faultf(fault.code, "what was reached before %s has a problem (%s: %s)", taken, rule, w.whose(&from[i]))
		}
		b.rule, b.whose = rule, w.whose(&from[i])
		g.brought = append(g.brought, b)
	}
	slices.SortStableFunc(g.brought, func(a, b brought) int { return int(a.of.legs[0].days.From) - int(b.of.legs[0].days.From) })
	return nil
}

// anew gives the day on which running totals last began anew, the first of all
// where they never did.
func anew(earlier []origin, now []leg) model.Date {
	all := slices.Clone(now)
	for i := range earlier {
		all = append(all, earlier[i].legs()...)
	}
	slices.SortStableFunc(all, func(a, b leg) int { return int(a.days.From) - int(b.days.From) })
	since := model.MinDate
	for i := 1; i < len(all); i++ {
		if all[i].component.beginsAnew(all[i-1].component) {
			since = all[i].days.From
		}
	}
	return since
}

// reachedIn sums what was measured in a position before a day.
func (w *worksheet) reachedIn(o *origin, day model.Date) (brought, *fault) {
	c := w.calculation
	if o.payee != w.payee {
		c = w.ofOther(o.payee)
	}
	then := c.sheetOf(&o.course)
	then.span, then.until = &o.course.spans[0], day
	legs := then.span.legs
	b := brought{sheet: then, of: &group{legs: legs, whole: legs, held: heldDays(legs), elsewhere: true}, before: day}
	c.turnTo(o.course.position)
	defer w.turnTo(w.course.position)
	var total accumulator
	for _, l := range legs {
		if l.fault != nil {
			return b, l.fault
		}
		s := stage{component: l.component, legs: []leg{l}}
		if fault := then.post(&s, l, l.component.measure, l.component.condition); fault != nil {
			return b, fault
		}
		for i := range s.postings {
			cell := s.postings[i].cell
			total.addNumber(cell.number())
			b.provisional = b.provisional || cell.step != nil && cell.step.provisional
		}
	}
	b.total = total.total()
	return b, nil
}

// ofOther lays out the credits of another payee, who had the position before.
func (c *calculation) ofOther(payee *payeeNode) *calculation {
	if known := c.others[payee.id]; known != nil {
		return known
	}
	if c.others == nil {
		c.others = map[model.ID]*calculation{}
	}
	made := c.run.Payee(payee.id, c.run.company.Credits([]model.ID{payee.id}, c.within)).calculation(c.period)
	c.others[payee.id] = made
	return made
}

// quotaBrought adds to the group's own quota those for the days that were
// brought along; without proration the own one is for all. Where one of the
// positions has none, there is none.
func (w *worksheet) quotaBrought(g *group, m *measure) *fault {
	if len(g.brought) == 0 || g.component().version.rules.QuotaProration == model.ProrateNone {
		return nil
	}
	all := *g.quota
	for i := range g.brought {
		b := &g.brought[i]
		if !someCount(b.of.legs) {
			continue
		}
		b.of.reckoned = b.sheet.reckonQuota(b.of, m.ID)
		if b.of.reckoned == nil {
			g.quota, g.lacking = nil, b
			return nil
		}
		if !b.of.reckoned.fits() {
			return faultf(model.ProblemOverflow, "the quota of %s is out of bounds", m.Key)
		}
		b.of.reckoned.after = decimal.Max(b.of.reckoned.after, decimal.Zero)
		all = all.Add(b.of.reckoned.after)
	}
	if !fits(all) {
		return faultf(model.ProblemOverflow, "the quota of %s is out of bounds", m.Key)
	}
	g.quota = &all
	return nil
}

// noteQuotas notes, below a quota, the parts that were brought along.
func (w *worksheet) noteQuotas(quota int32, g *group) {
	for i := range g.brought {
		b := &g.brought[i]
		if b.of.reckoned == nil {
			continue
		}
		at := w.trace.node(NodeQuota, quota, w.trace.text("%s", b.label("quota="+b.of.reckoned.holder+" ")), b.of.reckoned.after)
		w.noteQuota(at, b.of)
	}
}

// unsupportedContinuity lists what of a component has no meaning where running
// totals go on from another position.
func unsupportedContinuity(path string, r *model.PlanRules, c *model.Component) []UnsupportedChoice {
	if r.Continuity == "" || r.Continuity == model.ContinueAssignment {
		return nil
	}
	var out []UnsupportedChoice
	refuse := func(field, why string) {
		out = append(out, UnsupportedChoice{path + "." + field, fmt.Sprintf("%s: %s", r.Continuity, why)})
	}
	switch c.RateKind {
	case model.RateFormula:
		refuse("rateKind", "a formula would pay what was brought along again")
	case model.RateObjectives:
		refuse("rateKind", "goals are measured in each position, and for each holder, by themselves")
	case model.RatePool, model.RateOverride:
		refuse("rateKind", "what others have sold or earned stays with the position")
	case model.RateBonus, model.RatePayCurve, model.RateMatrix:
		if r.BonusProration == model.ProrateNone || c.RateKind != model.RateBonus && r.TargetProration == model.ProrateNone {
			refuse("rateKind", "without proration all of it would be paid each time")
		}
	case model.RateTiered:
		if c.TierMode == model.TierRetroactive && (r.BonusProration == model.ProrateNone || r.TargetProration == model.ProrateNone) {
			refuse("tierMode", "without proration of bonus and target all of it would be paid each time")
		}
	}
	if c.Accumulate != "" && c.Accumulate != model.OverWindow {
		refuse("accumulate", "only the running total of the window goes on")
	}
	if c.LookedUpByID != nil {
		refuse("lookedUpById", "only the running total of the component's own measure goes on")
	}
	return out
}

// ownQuota is the quota of the days in this position, nil where there is none.
func (g *group) ownQuota() *decimal.Decimal {
	if g.quota == nil {
		return nil
	}
	return &g.own
}

// continuityFault is what stops a component whose measure cannot go on.
func (c *component) continuityFault() *fault {
	if c.version.goesOn() && !c.measure.Sums() {
		return faultf(model.ProblemNotSupported, "%s: a measure of the %s of values does not go on", c.version.rules.Continuity, c.measure.Aggregation)
	}
	return nil
}
