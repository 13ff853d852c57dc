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
	days      model.Interval
	held      bool // the payee held the position; on other days only late reversals count
	component *component
}

// course is one component's way through a window: the legs of the versions in
// which it stands, in order of days, for one payee, position and plan.
type course struct {
	position *positionNode
	plan     *plan
	key      string
	legs     []leg
}

// courses gives the courses of a payee in a window, in canonical order. One
// that has no day held in it pays late reversals only.
func (x *index) courses(payee *payeeNode, period *model.Period) []course {
	var out []course
	for _, position := range held(payee, period.Days) {
		for _, p := range x.plansOf(payee, position, period.Days) {
			out = append(out, x.coursesOf(payee, position, p, period)...)
		}
	}
	return out
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
	slices.SortFunc(out, func(a, b *plan) int {
		return cmp.Or(strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Name, b.Name))
	})
	return out
}

// coursesOf gives the courses of one plan, ordered by key. It cuts the window
// wherever a seat, title, assignment or version begins or ends, and asks on the
// first day of each piece what is so on all of it.
func (x *index) coursesOf(payee *payeeNode, position *positionNode, p *plan, period *model.Period) []course {
	var out []course
	cuts := x.cuts(payee, position, p, period.Days)
	for i := 0; i+1 < len(cuts); i++ {
		days := model.Interval{From: cuts[i], To: cuts[i+1]}
		started, held := seated(payee, position, days.From)
		v := p.on(days.From)
		if !started || v == nil || v.CalendarID != period.CalendarID || !x.gives(p, payee, position, days.From) {
			continue
		}
		for _, c := range v.components {
			if c.Payout == period.Type {
				out = extend(out, course{position, p, c.Key, nil}, leg{days, held, c})
			}
		}
	}
	slices.SortFunc(out, func(a, b course) int { return strings.Compare(a.key, b.key) })
	return out
}

// extend appends a leg to the course of its key, begun with the given one
// where there is none yet, and joins it to a leg that it continues.
func extend(all []course, begun course, next leg) []course {
	i := slices.IndexFunc(all, func(c course) bool { return c.key == begun.key })
	if i < 0 {
		i, all = len(all), append(all, begun)
	}
	legs := all[i].legs
	if last := len(legs) - 1; last >= 0 && legs[last].days.To == next.days.From && legs[last].held == next.held && legs[last].component == next.component {
		legs[last].days.To = next.days.To
		return all
	}
	all[i].legs = append(all[i].legs, next)
	return all
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

// gives tells whether the plan was given to the payee, the position or its
// title on the day. Which of them is the most specific decides what the
// assignment says beside the plan; it changes nothing that is calculated yet.
func (x *index) gives(p *plan, payee *payeeNode, position *positionNode, day model.Date) bool {
	if x.givesTo(payee.id, p, day) || x.givesTo(position.id, p, day) {
		return true
	}
	slice := position.on(day)
	return slice != nil && slice.TitleID != nil && x.givesTo(*slice.TitleID, p, day)
}

func (x *index) givesTo(holder model.ID, p *plan, day model.Date) bool {
	return slices.ContainsFunc(x.assigned[holder], func(a assignment) bool { return a.plan == p && a.days.Contains(day) })
}

// heldDays counts the days of the legs on which the position was held.
func heldDays(legs []leg) int {
	days := 0
	for _, l := range legs {
		if l.held {
			days += l.days.Days()
		}
	}
	return days
}

// lastLeg gives the leg that the assignment ended in: the last held one or,
// where none was held, the last.
func lastLeg(legs []leg) *leg {
	for i := len(legs) - 1; i >= 0; i-- {
		if legs[i].held {
			return &legs[i]
		}
	}
	return &legs[len(legs)-1]
}

// groups cuts a course where running totals begin anew: at a version that
// says so, and at one in another currency, in which the earlier total means
// nothing.
func (c *course) groups() [][]leg {
	var out [][]leg
	start := 0
	for i := 1; i < len(c.legs); i++ {
		now, before := c.legs[i].component, c.legs[i-1].component
		if now != before && (now.Restart || now.version.Currency != before.version.Currency) {
			out = append(out, c.legs[start:i])
			start = i
		}
	}
	return append(out, c.legs[start:])
}
