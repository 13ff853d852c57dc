package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// followsPayee tells whether who takes another position takes along what they
// have reached.
func (v *version) followsPayee() bool { return v.rules.Continuity == model.ContinuePayee }

// brought is what the payee has reached in a position that they have left for
// the one at hand: it counts for what is reached, and is paid there.
type brought struct {
	sheet  *worksheet // of the position
	of     *group     // its days until the transfer, with the part of the quota for them
	total  decimal.Decimal
	before model.Date // the day of the transfer
}

// broughtPrefix begins the label of what was brought along.
const broughtPrefix = "continuity="

func (b *brought) label(more string) string {
	return fmt.Sprintf("%s%s %sbefore %s: position %s", broughtPrefix, model.ContinuePayee, more, b.before, b.sheet.course.position.externalID)
}

// elsewhere gives the way of the component through the payee's other positions
// in the window at hand.
func (w *worksheet) elsewhere() []course {
	if w.awayIn == w.span {
		return w.away
	}
	w.awayIn, w.away = w.span, nil
	for _, position := range held(w.payee, w.span.window.Days) {
		if position == w.course.position {
			continue
		}
		legs := w.legsOf(w.payee, position, w.course.plan, w.span.window, w.course.key)
		if slices.ContainsFunc(legs, func(l leg) bool { return l.seated }) {
			w.away = append(w.away, course{position, w.course.plan, w.course.key, []stretch{{w.span.window, legs}}})
		}
	}
	return w.away
}

// seatedOn tells whether the payee held the position of the legs on a day.
func seatedOn(legs []leg, day model.Date) bool {
	return slices.ContainsFunc(legs, func(l leg) bool { return l.seated && l.days.Contains(day) })
}

// groups cuts the window's legs where running totals begin anew, and where the
// payee comes back from another position.
func (w *worksheet) groups() [][]leg {
	all := w.span.groups()
	if !slices.ContainsFunc(w.span.legs, func(l leg) bool { return l.component.version.followsPayee() }) {
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
// they have left, and had on a day since they last held this one.
func (w *worksheet) comesBack(l *leg) bool {
	if !l.seated || !l.component.version.followsPayee() {
		return false
	}
	away := model.Interval{From: w.span.window.Days.From, To: l.days.From}
	for _, before := range w.span.legs {
		if before.seated && before.days.From < l.days.From {
			away.From = before.days.To
		}
	}
	return !away.Empty() && slices.ContainsFunc(w.elsewhere(), func(co course) bool {
		legs := co.spans[0].legs
		return !seatedOn(legs, l.days.From) && slices.ContainsFunc(legs, func(l leg) bool { return l.seated && l.days.Overlaps(away) })
	})
}

// bring adds to the group what the payee has reached in the window before they
// took the position: in those that they have left by then, this one included, and
// since running totals last began anew.
func (w *worksheet) bring(g *group) *fault {
	first := slices.IndexFunc(g.legs, func(l leg) bool { return l.seated })
	if first < 0 || !g.legs[first].component.version.followsPayee() || g.legs[first].days.From <= w.span.window.Days.From {
		return nil
	}
	taken := g.legs[first].days.From
	earlier := []course{{w.course.position, w.course.plan, w.course.key, []stretch{{w.span.window, before(w.span.legs, g.legs[0].days.From)}}}}
	for _, co := range w.elsewhere() {
		if legs := co.spans[0].legs; !seatedOn(legs, taken) {
			co.spans = []stretch{{w.span.window, before(legs, taken)}}
			earlier = append(earlier, co)
		}
	}
	since := anew(earlier, g.legs[:first+1])
	for i := range earlier {
		legs := slices.DeleteFunc(slices.Clone(earlier[i].spans[0].legs), func(l leg) bool { return l.days.From < since })
		if !slices.ContainsFunc(legs, func(l leg) bool { return l.seated }) {
			continue
		}
		earlier[i].spans[0].legs = legs
		b, fault := w.reachedIn(&earlier[i], taken)
		if fault != nil {
			return faultf(fault.code, "in position %s: %s", earlier[i].position.externalID, fault.detail)
		}
		g.brought = append(g.brought, b)
	}
	slices.SortStableFunc(g.brought, func(a, b brought) int { return int(a.of.legs[0].days.From) - int(b.of.legs[0].days.From) })
	return nil
}

// anew gives the day on which running totals last began anew, the first of all
// where they never did.
func anew(earlier []course, now []leg) model.Date {
	all := slices.Clone(now)
	for _, co := range earlier {
		all = append(all, co.spans[0].legs...)
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
func (w *worksheet) reachedIn(co *course, day model.Date) (brought, *fault) {
	then := w.sheetOf(co)
	then.span, then.until = &co.spans[0], day
	legs := then.span.legs
	b := brought{sheet: then, of: &group{legs: legs, whole: legs, held: heldDays(legs)}, before: day}
	w.turnTo(co.position)
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
			total.addNumber(s.postings[i].cell.number())
		}
	}
	b.total = total.total()
	return b, nil
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
			g.quota, g.lacking = nil, b.sheet.course.position
			return nil
		}
		if !b.of.reckoned.fits() {
			return faultf(model.ProblemOverflow, "the quota of %s is out of bounds", m.Key)
		}
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
		refuse("rateKind", "goals are measured in each position by itself")
	case model.RatePool, model.RateOverride:
		refuse("rateKind", "what others have sold or earned stays with the position")
	case model.RateBonus, model.RatePayCurve, model.RateMatrix:
		if r.BonusProration == model.ProrateNone || c.RateKind != model.RateBonus && r.TargetProration == model.ProrateNone {
			refuse("rateKind", "without proration each position would pay all of it")
		}
	case model.RateTiered:
		if c.TierMode == model.TierRetroactive && (r.BonusProration == model.ProrateNone || r.TargetProration == model.ProrateNone) {
			refuse("tierMode", "without proration of bonus and target each position would pay all of it")
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
	if c.version.followsPayee() && !c.measure.Sums() {
		return faultf(model.ProblemNotSupported, "%s: a measure of the %s of values does not go on in another position", c.version.rules.Continuity, c.measure.Aggregation)
	}
	return nil
}
