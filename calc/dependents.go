package calc

import (
	"slices"

	"spm/model"
)

// Interdependent tells whether what some payees earn depends on others.
func (e *Engine) Interdependent() bool { return len(e.reading) > 0 || e.following }

// Dependents gives those whose pay may change where the payee's earnings of the
// period do, or the credits in it: who stood above them with an override on
// earnings, who shares a pool with them, and who has held a position of theirs
// where running totals go on from holder to holder, each with the periods
// concerned, in no order. The payee is not among them.
func (e *Engine) Dependents(payee, period model.ID) []model.PayeePeriod {
	node, p := e.hierarchy.payee(&payee), e.periods[period]
	if node == nil || p == nil || !e.Interdependent() {
		return nil
	}
	found := map[model.PayeePeriod]bool{}
	for i := range node.seats {
		if s := &node.seats[i]; s.days.From < p.Days.To && !s.days.Empty() {
			e.overrides(s.position, p, found)
			e.mates(s.position, p, found)
			e.successors(s.position, p, found)
		}
	}
	var out []model.PayeePeriod
	for pair := range found {
		if pair.Payee == payee {
			continue
		}
		out = append(out, pair)
		for _, later := range e.Periods(pair.Payee, e.periods[pair.Period].Days) { // that look back at it
			if next := (model.PayeePeriod{Payee: pair.Payee, Period: later}); !found[next] {
				out = append(out, next)
			}
		}
	}
	return out
}

// overrides adds who was above a position on some day, in the periods of
// overrides that the period ends in.
func (e *Engine) overrides(position *positionNode, p *model.Period, found map[model.PayeePeriod]bool) {
	for _, above := range position.above() {
		for _, holder := range above.holders(p.Days) {
			for period := range e.endingIn {
				if e.periods[period].Days.Contains(p.Days.Last()) && e.earnsBy(holder, e.periods[period], (*component).onEarnings) {
					found[model.PayeePeriod{Payee: holder.id, Period: period}] = true
				}
			}
		}
	}
}

// mates adds who shares a pool with the position in the period.
func (e *Engine) mates(position *positionNode, p *model.Period, found map[model.PayeePeriod]bool) {
	for _, c := range e.reading {
		if c.team == nil || c.Payout != p.Type || c.version.CalendarID != p.CalendarID || !slices.ContainsFunc(c.team.Members, func(m model.TeamMember) bool { return m.PositionID == position.id }) {
			continue
		}
		for _, m := range c.team.Members {
			for _, holder := range e.hierarchy.position(m.PositionID).holders(p.Days) {
				found[model.PayeePeriod{Payee: holder.id, Period: p.ID}] = true
			}
		}
	}
}

// successors adds who has held the position too, in the periods that the period
// bears on, where running totals go on from holder to holder.
func (e *Engine) successors(position *positionNode, p *model.Period, found map[model.PayeePeriod]bool) {
	if !e.following {
		return
	}
	for _, holder := range position.holders(model.Always) {
		for _, period := range e.Periods(holder.id, p.Days) {
			found[model.PayeePeriod{Payee: holder.id, Period: period}] = true
		}
	}
}

// earnsBy tells whether the payee has a course of a kind in a period.
func (x *index) earnsBy(payee *payeeNode, period *model.Period, kind func(*component) bool) bool {
	return slices.ContainsFunc(x.courses(payee, period), func(co course) bool { return kind(co.last(period.Days.To).component) })
}

// above lists the positions that on some day were above p, at any distance, each
// once.
func (p *positionNode) above() []*positionNode {
	var out []*positionNode
	seen := map[*positionNode]bool{p: true}
	for next := []*positionNode{p}; len(next) > 0; {
		var higher []*positionNode
		for _, at := range next {
			for i := range at.slices {
				if parent := at.slices[i].parent; parent != nil && !seen[parent] {
					seen[parent] = true
					out, higher = append(out, parent), append(higher, parent)
				}
			}
		}
		next = higher
	}
	return out
}

// Height says how late a payee is calculated: after all those of lower height,
// whose earnings an override of theirs may read. It is 0 where nobody's are.
func (e *Engine) Height(payee model.ID) int {
	node := e.hierarchy.payee(&payee)
	if node == nil || !slices.ContainsFunc(e.reading, (*component).onEarnings) {
		return 0
	}
	height := 0
	for i := range node.seats {
		height = max(height, node.seats[i].position.height(map[*positionNode]bool{}))
	}
	return height
}

// height counts the levels below a position, on whatever days.
func (p *positionNode) height(way map[*positionNode]bool) int {
	if way[p] {
		return 0
	}
	way[p] = true
	height := 0
	for _, c := range p.children {
		height = max(height, 1+c.height(way))
	}
	delete(way, p)
	return height
}
