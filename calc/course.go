package calc

import (
	"cmp"
	"slices"
	"strings"

	"spm/model"
)

// leg is a span of days on which one component paid one payee for one
// position.
type leg struct {
	days   model.Interval
	seated bool // the payee held the position; on other days only late reversals count
	standing
	component *component
	given     *model.PlanAssignment // the most specific one that gives the plan
}

// stretch is what one measurement window holds of a course: its legs on all days
// of the window, those still to come included.
type stretch struct {
	window *model.Period
	legs   []leg
}

// course is one component's way through a payout period, for one payee,
// position and plan: the legs of the versions in which it stands, in order of
// days, for each measurement window that the period settles.
type course struct {
	position *positionNode
	plan     *plan
	key      string
	spans    []stretch
}

// last is the leg that the assignment ended in before a day.
func (c *course) last(until model.Date) *leg {
	var found *leg
	for i := range c.spans {
		if legs := before(c.spans[i].legs, until); len(legs) > 0 {
			if l := lastLeg(legs); found == nil || l.counts() && (!found.counts() || found.days.From < l.days.From) {
				found = l
			}
		}
	}
	return found
}

// lastIn is the last held day of some or, where none was held, the last of them.
func (c *course) lastIn(days model.Interval) model.Date {
	last := days.From
	for i := range c.spans {
		for _, l := range before(c.spans[i].legs, days.To) {
			if l.held && l.days.To > days.From {
				last = max(last, l.days.To)
			}
		}
	}
	if last == days.From {
		return days.Last()
	}
	return last - 1
}

// before gives what lies of legs before a day.
func before(legs []leg, until model.Date) []leg {
	if n := len(legs); n == 0 || legs[n-1].days.To <= until {
		return legs
	}
	out := make([]leg, 0, len(legs))
	for _, l := range legs {
		if l.days.From < until {
			l.days.To = min(l.days.To, until)
			out = append(out, l)
		}
	}
	return out
}

// courses gives the courses of a payee in a payout period, in canonical order.
// One that has no day held in it pays late reversals only.
func (x *index) courses(payee *payeeNode, period *model.Period) []course {
	var out []course
	reach := x.reach(period)
	for _, position := range held(payee, reach) {
		for _, p := range x.plansOf(payee, position, reach) {
			out = append(out, x.coursesOf(payee, position, p, period)...)
		}
	}
	return out
}

// reach gives the days whose credits bear on a payout period: from the first
// day of the earliest window that it settles, or that expressions read, or of the
// fiscal year where quotas, caps or expressions look at its earlier windows.
func (x *index) reach(period *model.Period) model.Interval { return x.reaches[period.ID] }

// addReach works out how far each period reaches.
func (x *index) addReach() {
	x.reaches = make(map[model.ID]model.Interval, len(x.periods))
	for id, p := range x.periods {
		x.reaches[id] = x.reachOf(p)
	}
}

func (x *index) reachOf(period *model.Period) model.Interval {
	days := period.Days
	days.From = x.lookingFrom(period)
	if !x.carrying[payout{period.CalendarID, period.Type}] && !x.looking[period.CalendarID] {
		return days
	}
	days.From = min(days.From, x.yearOf(period).From)
	if len(x.priors) == 0 {
		return days
	}
	for _, p := range x.periodsOf[period.CalendarID] { // which are worked out anew, with what they read
		if p.FiscalYear == period.FiscalYear && p.Days.To <= period.Days.To {
			days.From = min(days.From, x.lookingFrom(p))
		}
	}
	return days
}

// addSettled lists, for each payout period, the windows that it settles.
func (x *index) addSettled() {
	x.settled, x.windows = map[model.ID][]*model.Period{}, map[windowsKey][]*model.Period{}
	for at, kinds := range x.payouts {
		all := x.periodsOf[at.calendar]
		for _, kind := range slices.Sorted(slices.Values(kinds)) {
			windows := windowsBy(all, at.kind, kind)
			x.windows[windowsKey{at, kind}] = windows
			for _, p := range all {
				if p.Type == at.kind {
					x.settled[p.ID] = append(x.settled[p.ID], settledOf(windows, p, kind)...)
				}
			}
		}
	}
}

// addEnding lists, for each period that a component which depends on other
// payees pays in, the payout periods of any calendar that end in it.
func (x *index) addEnding() {
	x.endingIn = map[model.ID][]*model.Period{}
	for _, c := range x.reading {
		for _, p := range x.periodsOf[c.version.CalendarID] {
			if _, known := x.endingIn[p.ID]; known || p.Type != c.Payout {
				continue
			}
			x.endingIn[p.ID] = x.endingWithin(p.Days)
		}
	}
}

func (x *index) endingWithin(days model.Interval) []*model.Period {
	out := []*model.Period{}
	for _, all := range x.periodsOf {
		for _, p := range all {
			if days.Contains(p.Days.Last()) && len(x.settled[p.ID]) > 0 {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b *model.Period) int {
		return cmp.Or(comparePeriods(a, b), strings.Compare(x.calendars[a.CalendarID].ExternalID, x.calendars[b.CalendarID].ExternalID))
	})
	return out
}

// settles tells whether the component pays for a window in a payout period.
func (c *component) settles(w, period *model.Period) bool {
	if c.Payout != period.Type || c.MeasurementWindow() != w.Type {
		return false
	}
	return c.Settlement == model.SettleTrueUp || w.Days.To <= period.Days.To
}

// held gives the positions that the payee held before the window's end,
// ordered by external id: those of earlier windows too, because a reversal
// finds its way back to who made the sale.
func held(payee *payeeNode, window model.Interval) []*positionNode {
	var out []*positionNode
	for i := range payee.seats {
		s := payee.seats[i]
		if s.days.From < window.To && !s.days.Empty() && !slices.Contains(out, s.position) {
			out = append(out, s.position)
		}
	}
	slices.SortFunc(out, func(a, b *positionNode) int { return strings.Compare(a.externalID, b.externalID) })
	return out
}

// plansOf gives the plans that are given to the payee, the position or one of
// its titles on any day of the window, ordered by external id.
func (x *index) plansOf(payee *payeeNode, position *positionNode, window model.Interval) []*plan {
	var out []*plan
	add := func(given []assignment, within model.Interval) {
		for _, a := range given {
			if a.days.Overlaps(within) && !slices.Contains(out, a.plan) {
				out = append(out, a.plan)
			}
		}
	}
	add(x.assigned[payee.id], window)
	add(x.assigned[position.id], window)
	for i := range position.slices {
		s := &position.slices[i]
		if s.TitleID != nil && s.Days.Overlaps(window) {
			add(x.assigned[*s.TitleID], window.Intersect(s.Days))
		}
	}
	slices.SortFunc(out, comparePlans)
	return out
}

func comparePlans(a, b *plan) int {
	return cmp.Or(strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Name, b.Name))
}

// coursesOf gives the courses of one plan, ordered by key. A course begins with
// the first day on which there is one before the payout period's end.
func (x *index) coursesOf(payee *payeeNode, position *positionNode, p *plan, period *model.Period) []course {
	return x.coursesBy(payee, position, p, period, func(v *version) []*component { return v.components })
}

// coursesBy gives the courses of some of a plan's components.
func (x *index) coursesBy(payee *payeeNode, position *positionNode, p *plan, period *model.Period, of func(*version) []*component) []course {
	var out []course
	for _, w := range x.settled[period.ID] {
		x.eachPiece(payee, position, p, w, func(l leg, v *version) {
			for _, c := range of(v) {
				if !c.settles(w, period) {
					continue
				}
				piece, stood := x.place(l, c, payee, position, w.Days)
				if !stood {
					continue
				}
				if c.team == nil {
					out = extend(out, course{position, p, c.Key, nil}, w, piece)
					continue
				}
				for _, m := range c.memberships(position, l.days) {
					within := piece
					within.days = m.Days
					out = extend(out, course{position, p, c.Key, nil}, w, within)
				}
			}
		})
	}
	out = slices.DeleteFunc(out, func(c course) bool { return c.last(period.Days.To) == nil })
	slices.SortFunc(out, func(a, b course) int { return strings.Compare(a.key, b.key) })
	return out
}

// place puts a component on a leg, with what its days count for. It had not
// begun by then, or has stood; after its last day late returns alone count.
func (x *index) place(l leg, c *component, payee *payeeNode, position *positionNode, window model.Interval) (placed leg, stood bool) {
	stands := c.Days()
	l.component, l.seated = c, l.seated && l.days.From < stands.To
	if l.seated && l.days.From >= stands.From {
		l.standing = x.stands(c, payee, position, l.days.From)
	}
	if stands.Contains(l.days.From) && !l.held && l.fault == nil {
		if why := x.stays(c, payee, position, window, l.days.From); why != "" {
			l.kept, l.why = true, why
		}
	}
	return l, l.days.From >= stands.From
}

// eachPiece cuts a window wherever a seat, title, assignment, version or
// component begins or ends, or the payee or position changes, asks on the first day of each piece what is so on all of it, and
// gives those on which a version of the plan paid the payee as legs without a
// component.
func (x *index) eachPiece(payee *payeeNode, position *positionNode, p *plan, w *model.Period, do func(leg, *version)) {
	cuts := x.cuts(payee, position, p, w.Days)
	for i := 0; i+1 < len(cuts); i++ {
		l, v, why := x.paysOn(payee, position, p, cuts[i])
		if why != "" || v.CalendarID != w.CalendarID {
			continue
		}
		l.days = model.Interval{From: cuts[i], To: cuts[i+1]}
		do(l, v)
	}
}

// paysOn gives the version by which a plan pays the payee in the position for
// what happens on a day, with a leg of what is so on it; otherwise what it lacks.
func (x *index) paysOn(payee *payeeNode, position *positionNode, p *plan, day model.Date) (leg, *version, model.WhyNotCode) {
	started, held := seated(payee, position, day)
	if !started {
		return leg{}, nil, model.WhyNotHeld
	}
	v := p.on(day)
	if v == nil {
		return leg{}, nil, model.WhyNotVersion
	}
	given := x.gives(p, payee, position, day)
	if given == nil {
		return leg{}, v, model.WhyNotAssigned
	}
	return leg{seated: held, given: given}, v, ""
}

// extend appends a leg of a window to the course of its key, begun with the
// given one where there is none yet, and joins it to a leg that it continues.
func extend(all []course, begun course, w *model.Period, next leg) []course {
	i := slices.IndexFunc(all, func(c course) bool { return c.key == begun.key })
	if i < 0 {
		i, all = len(all), append(all, begun)
	}
	if n := len(all[i].spans); n == 0 || all[i].spans[n-1].window != w {
		all[i].spans = append(all[i].spans, stretch{window: w})
	}
	s := &all[i].spans[len(all[i].spans)-1]
	if last := len(s.legs) - 1; last >= 0 && s.legs[last].continues(&next) {
		s.legs[last].days.To = next.days.To
		return all
	}
	s.legs = append(s.legs, next)
	return all
}

// continues tells whether a leg is what this one was, from its end on.
func (l *leg) continues(next *leg) bool {
	return l.days.To == next.days.From && l.seated == next.seated && l.standing == next.standing && l.component == next.component && l.given == next.given
}

// cuts gives the days of the window on which anything may change, its first
// day and the day after its last included.
func (x *index) cuts(payee *payeeNode, position *positionNode, p *plan, window model.Interval) []model.Date {
	out := []model.Date{window.From, window.To}
	cut := func(days model.Interval) {
		for _, day := range [2]model.Date{days.From, days.To} {
			if window.From < day && day < window.To {
				out = append(out, day)
			}
		}
	}
	cutGiven := func(holder model.ID) {
		for _, a := range x.assigned[holder] {
			if a.plan == p {
				cut(a.days)
			}
		}
	}
	for i := range payee.seats {
		if payee.seats[i].position == position {
			cut(payee.seats[i].days)
		}
	}
	for i := range payee.slices {
		cut(payee.slices[i].Days)
	}
	for i := range position.slices {
		cut(position.slices[i].Days)
		if title := position.slices[i].TitleID; title != nil {
			cutGiven(*title)
		}
	}
	cutGiven(position.id)
	cutGiven(payee.id)
	for _, v := range p.versions {
		cut(v.Days)
		for _, c := range v.components {
			cut(c.Days())
		}
		for _, c := range v.promises {
			cut(c.Days())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// seated tells whether the payee had sat down in the position by the day, and
// whether they held it on the day.
func seated(payee *payeeNode, position *positionNode, day model.Date) (started, held bool) {
	for i := range payee.seats {
		s := payee.seats[i]
		if s.position == position && s.days.From <= day && !s.days.Empty() {
			started = true
			held = held || s.days.Contains(day)
		}
	}
	return started, held
}

// gives gives the assignment by which the payee, the position or its title has
// the plan on the day, in this order; nil where none does.
func (x *index) gives(p *plan, payee *payeeNode, position *positionNode, day model.Date) *model.PlanAssignment {
	if given := x.givesTo(payee.id, p, day); given != nil {
		return given
	}
	if given := x.givesTo(position.id, p, day); given != nil {
		return given
	}
	slice := position.on(day)
	if slice == nil || slice.TitleID == nil {
		return nil
	}
	return x.givesTo(*slice.TitleID, p, day)
}

// givesTo gives the holder's assignment of the plan on the day. Should there
// be two, which assigning refuses, the first by external id counts.
func (x *index) givesTo(holder model.ID, p *plan, day model.Date) *model.PlanAssignment {
	var found *model.PlanAssignment
	for _, a := range x.assigned[holder] {
		if a.plan == p && a.days.Contains(day) && (found == nil || a.ExternalID < found.ExternalID) {
			found = a.PlanAssignment
		}
	}
	return found
}

// heldDays counts the days of the legs that count for what is prorated.
func heldDays(legs []leg) int {
	days := 0
	for _, l := range legs {
		if l.held {
			days += l.days.Days()
		}
	}
	return days
}

// someCount tells whether days of the legs count for more than late reversals.
func someCount(legs []leg) bool {
	return slices.ContainsFunc(legs, func(l leg) bool { return l.counts() })
}

// lastLeg gives the leg that the assignment ended in: the last whose days count
// or, where none do, the last.
func lastLeg(legs []leg) *leg {
	for i := len(legs) - 1; i >= 0; i-- {
		if legs[i].counts() {
			return &legs[i]
		}
	}
	return &legs[len(legs)-1]
}

// beginsAnew tells whether running totals begin anew after another component.
func (c *component) beginsAnew(before *component) bool {
	return c != before && (c.Restart || c.version.Currency != before.version.Currency)
}

// groups cuts a window's legs where running totals begin anew: at a version
// that says so, and at one in another currency, in which the earlier total
// means nothing.
func (s *stretch) groups() [][]leg {
	var out [][]leg
	start := 0
	for i := 1; i < len(s.legs); i++ {
		if s.legs[i].component.beginsAnew(s.legs[i-1].component) {
			out = append(out, s.legs[start:i])
			start = i
		}
	}
	return append(out, s.legs[start:])
}
