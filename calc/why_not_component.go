package calc

import (
	"cmp"
	"fmt"
	"slices"

	"spm/model"
)

// WhyNotEarned tells what components of a key came to in a payout period, for
// each position of the payee's, and why it is not more; where there is no such
// earning, why there is none.
func (p *Payee) WhyNotEarned(period model.ID, asked AskedOf, stands Standing) []Fate {
	at := p.periods[period]
	if p.node == nil || at == nil {
		return nil
	}
	var out []Fate
	courses := p.courses(p.node, at)
	for i := range courses {
		co := &courses[i]
		if co.key != asked.Key || !asked.takes(co.plan) {
			continue
		}
		last := co.last(at.Days.To).component
		fate := Fate{Position: co.position.id, Plan: co.plan.ID, Key: co.key, Component: last.id, Period: at.ID, Part: LedgerPart{Whole: true}}
		e := stands(co.position.id, at.ID, last.id)
		switch {
		case e == nil && !co.seatedIn(at.Days):
			fate.because(&model.WhyNotReason{Code: model.WhyNotHeld, SubjectID: &co.position.id, Text: fmt.Sprintf("no day of %s on which the payee holds position %s counts", at.Name, co.position.externalID)})
		case e == nil:
			fate.because(&model.WhyNotReason{Code: model.WhyNotCalculated, SubjectID: &at.ID, Text: fmt.Sprintf("%s is not calculated yet", at.Name)})
		case e.Amount.Amount.IsZero():
			fate.stopped(e, last)
			if e.Why == model.WhyNoCredits || e.Why == model.WhyIneligible {
				p.uncounted(&fate, co, at)
			}
		default:
			fate.Paid, fate.Amount = true, e.Amount.Amount
			fate.cut(e, last)
		}
		out = append(out, fate)
	}
	if len(out) == 0 {
		out = append(out, p.absent(at, asked))
	}
	return out
}

// seatedIn tells whether the position was held on some of the days.
func (c *course) seatedIn(days model.Interval) bool {
	return slices.ContainsFunc(c.spans, func(s stretch) bool {
		return slices.ContainsFunc(s.legs, func(l leg) bool { return l.seated && l.days.Overlaps(days) })
	})
}

// uncounted adds, for each reason why facts of the windows do not count, how many
// do not for it.
func (p *Payee) uncounted(fate *Fate, co *course, period *model.Period) {
	calculation := p.calculation(period)
	calculation.turnTo(co.position)
	w := calculation.sheetOf(co)
	w.until = period.Days.To
	counts := map[model.WhyNotCode]int{}
	var first []*model.WhyNotReason
	for i := range co.spans {
		for j := range co.spans[i].legs {
			l := &co.spans[i].legs[j]
			for _, f := range w.facts[onOrAfter(w.facts, l.days.From):max(onOrAfter(w.facts, l.days.From), onOrAfter(w.facts, l.days.To))] {
				one := Fate{Position: fate.Position, Plan: fate.Plan, Key: fate.Key, Period: fate.Period}
				if !w.refuses(&one, f, l, l.component) {
					continue
				}
				r := one.Reasons[0]
				if counts[r.Code]++; counts[r.Code] == 1 {
					first = append(first, r)
				}
			}
		}
	}
	for _, r := range first {
		if n := counts[r.Code]; n > 1 {
			r.Text = fmt.Sprintf("%s; so it is for %d in all", r.Text, n)
		}
		fate.Reasons = append(fate.Reasons, r)
	}
}

// absences are why there is no earning, the one first that comes nearest to one.
var absences = []model.WhyNotCode{
	model.WhyNotPayout, model.WhyNotMember, model.WhyNotDates, model.WhyNotInVersion, model.WhyNotAssigned, model.WhyNotVersion, model.WhyNotHeld, model.WhyNotUnknown,
}

// absent tells why there is no earning of a key in a period: of all positions and
// plans that which comes nearest.
func (p *Payee) absent(period *model.Period, asked AskedOf) Fate {
	best := Fate{Key: asked.Key, Period: period.ID}
	best.because(&model.WhyNotReason{Code: model.WhyNotUnknown, Text: fmt.Sprintf("no plan has a component %s", asked.Key)})
	consider := func(fate Fate) {
		if slices.Index(absences, fate.Reasons[0].Code) < slices.Index(absences, best.Reasons[0].Code) {
			best = fate
		}
	}
	positions := held(p.node, model.Always)
	var given, plans []*plan
	for _, position := range positions {
		given = append(given, p.plansOf(p.node, position, model.Always)...)
	}
	for _, plan := range p.plans {
		if asked.takes(plan) && (asked.tells(plan) || slices.Contains(given, plan)) {
			plans = append(plans, plan)
		}
	}
	slices.SortFunc(plans, comparePlans)
	for _, plan := range plans {
		if len(positions) == 0 {
			fate := Fate{Plan: plan.ID, Key: asked.Key, Period: period.ID}
			fate.because(&model.WhyNotReason{Code: model.WhyNotHeld, SubjectID: &p.node.id, Text: "the payee holds no position"})
			consider(fate)
		}
		for _, position := range positions {
			for _, day := range p.cuts(p.node, position, plan, period.Days) {
				if day < period.Days.To {
					consider(p.absentOn(period, position, plan, day, asked.Key))
				}
			}
		}
	}
	return best
}

// absentOn tells why a component has no earning in a period for a day of it.
func (p *Payee) absentOn(period *model.Period, position *positionNode, plan *plan, day model.Date, key string) Fate {
	fate := Fate{Position: position.id, Plan: plan.ID, Key: key, Period: period.ID}
	l, v, why := p.paysOn(p.node, position, plan, day)
	if why != "" {
		fate.lacks(why, p.index, p.node, position, plan, day)
		return fate
	}
	i := slices.IndexFunc(v.components, func(c *component) bool { return c.Key == key })
	if i < 0 {
		fate.lacks(model.WhyNotInVersion, p.index, p.node, position, plan, day)
		return fate
	}
	c := v.components[i]
	fate.Component = c.id
	l.days = model.Interval{From: day, To: day + 1}
	_, stood := p.place(l, c, p.node, position, period.Days)
	r := &model.WhyNotReason{SubjectID: &v.ID}
	switch {
	case c.Payout != period.Type || v.CalendarID != period.CalendarID:
		r.Code, r.Text = model.WhyNotPayout, fmt.Sprintf("component %s is paid by the %s of calendar %s", key, c.Payout, p.calendars[v.CalendarID].ExternalID)
	case !stood:
		r.Code, r.Text = model.WhyNotDates, fmt.Sprintf("component %s pays for %s", key, datesLabel(c.Days())[len("dates="):])
	case c.team != nil && len(c.memberships(position, l.days)) == 0:
		r.Code, r.SubjectID, r.Text = model.WhyNotMember, &c.team.ID, fmt.Sprintf("position %s is no member of team %s on %s", position.externalID, c.team.ExternalID, day)
	default:
		r.Code = model.WhyNotPayout
		r.Text = fmt.Sprintf("component %s pays at the end of its %s, which does not lie in %s", key, cmp.Or(c.MeasurementWindow(), c.Payout), period.Name)
	}
	fate.because(r)
	return fate
}
