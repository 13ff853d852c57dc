package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// poolKey finds what a team shares for a window, as settled in a payout period.
type poolKey struct {
	plan, team     model.ID
	key            string
	window, period model.ID
}

// pool is a fund and how it is shared. The shares sum to the fund.
type pool struct {
	team    *model.Team
	fault   *fault
	text    string // of the fund's expression
	reads   *reads // by it
	fund    decimal.Decimal
	policy  rounding
	weights decimal.Decimal // of all members
	left    int             // units that are left over, one for each member of the largest remainders
	members []*member
}

// member is one who shares in a pool.
type member struct {
	sheet  *worksheet
	group  *group
	weight decimal.Decimal
	reads  *reads // by the expression of the weight
	share  decimal.Decimal
	rank   int // by remainder, 1 for the largest
}

// preparePool compiles what a pool needs.
func (c *component) preparePool() {
	var err error
	if c.fund, err = Compile(WindowEnv, c.Fund, ResultNumber); err != nil {
		c.fault = faultf(model.ProblemExpression, "fund: %v", err)
	}
	if c.Weight == "" {
		return
	}
	if c.weight, err = Compile(WindowEnv, c.Weight, ResultNumber); err != nil {
		c.fault = faultf(model.ProblemExpression, "weight: %v", err)
	}
}

// memberships gives what of the days a position was a member of the
// component's team, ordered by day.
func (c *component) memberships(position *positionNode, days model.Interval) []model.TeamMember {
	var out []model.TeamMember
	for _, m := range c.team.Members {
		if m.PositionID != position.id {
			continue
		}
		if m.Days = m.Days.Intersect(days); !m.Days.Empty() {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b model.TeamMember) int { return cmp.Compare(a.Days.From, b.Days.From) })
	return out
}

// pool pays the member's share of the fund.
func (w *worksheet) pool(g *group, s *stage) *fault {
	if g.last() != lastLeg(before(w.span.legs, w.until)).days.Last() {
		return nil // shared once, by the last version of the window
	}
	p := w.run.poolOf(w, g.component().team)
	if p.fault != nil {
		return p.fault
	}
	i := slices.IndexFunc(p.members, func(m *member) bool { return m.sheet.payee == w.payee && m.sheet.course.position == w.course.position })
	if i < 0 {
		w.rule(s, Term{Label: "rateKind=" + string(model.RatePool) + " no day in it was held"}, decimal.Zero)
		return nil
	}
	m, t, by := p.members[i], &w.trace, &stage{component: p.component()}
	label := fmt.Sprintf("rateKind=%s roundMode=%s scale=%d left=%d rank=%d team=%s", model.RatePool, p.policy.mode, p.policy.scale, p.left, m.rank, strings.Join(strings.Fields(p.team.ExternalID), "_"))
	w.noteReads(w.rule(by, Term{Label: label}, p.fund), p.text, p.reads)
	if by.component.weight != nil {
		w.noteReads(t.node(NodeRule, 0, t.text("weight"), m.weight), by.component.Weight, m.reads)
	} else {
		node := t.node(NodeRule, 0, t.text("weight x days"), m.weight)
		for _, span := range m.memberDays() {
			days := decimal.New(int64(span.Days.Days()), 0)
			t.node(NodeInput, node, t.term(Term{Label: fmt.Sprintf("member from %s", span.Days.From), From: &days}), span.Weight)
		}
	}
	return w.result(g, by, Term{Label: "share of the fund", From: &m.weight, To: &p.weights}, m.share)
}

// noteReads notes an expression and what it has read below a node.
func (w *worksheet) noteReads(node int32, text string, reads *reads) {
	t := &w.trace
	t.node(NodeRule, node, t.text("%s", text), decimal.Zero)
	for _, label := range reads.labels {
		value, read := reads.numbers[label]
		switch {
		case !read:
			t.node(NodeInput, node, t.text("%s: %s", label, reads.texts[label]), decimal.Zero)
		case value == nil:
			t.node(NodeInput, node, t.text("%s: nil", label), decimal.Zero)
		default:
			t.node(NodeInput, node, t.text("%s", label), *value)
		}
	}
}

// memberDays lists the days on which the member's position was one of the team's
// and held, with its weight.
func (m *member) memberDays() []model.TeamMember {
	var out []model.TeamMember
	for i := range m.group.legs {
		if l := &m.group.legs[i]; l.held {
			out = append(out, l.component.memberships(m.sheet.course.position, l.days)...)
		}
	}
	return out
}

// poolOf gives what a team shares in the window at hand, worked out once.
func (r *Run) poolOf(w *worksheet, team *model.Team) *pool {
	key := poolKey{w.course.plan.ID, team.ID, w.course.key, w.span.window.ID, w.period.ID}
	p := r.pools[key]
	if p == nil {
		p = &pool{team: team}
		p.fault = p.fill(r, w)
		r.pools[key] = p
	}
	return p
}

// fill finds the members, works out the fund and shares it.
func (p *pool) fill(r *Run, w *worksheet) *fault {
	if fault := p.gather(r, w); fault != nil || len(p.members) == 0 {
		return fault
	}
	c := p.component()
	if fault := p.value(c); fault != nil {
		return fault
	}
	weights := make([]decimal.Decimal, len(p.members))
	for i, m := range p.members {
		if fault := m.weigh(c); fault != nil {
			return fault
		}
		weights[i] = m.weight
		p.weights = p.weights.Add(m.weight)
	}
	switch {
	case p.fund.IsZero():
		return nil
	case p.weights.IsZero():
		return faultf(model.ProblemNoWeight, "the weights of the members of %s sum to 0", p.team.ExternalID)
	}
	shares, ranks, left, err := splitRanked(p.fund, weights, p.policy.scale)
	if err != nil {
		return faultf(model.ProblemOverflow, "the fund cannot be shared: %v", err)
	}
	p.left = left
	for i, m := range p.members {
		m.share, m.rank = shares[i], ranks[i]
	}
	return nil
}

// component is the one by which the fund is worked out: of the version in force
// on the last day that any member has of the window.
func (p *pool) component() *component {
	var found *component
	day := model.MinDate
	for _, m := range p.members {
		if last := lastLeg(m.group.legs); found == nil || last.days.Last() > day {
			found, day = last.component, last.days.Last()
		}
	}
	return found
}

// gather finds the members with what each has measured. A member is a payee
// on the days on which the position was in the team, held by them, and had the
// component.
func (p *pool) gather(r *Run, w *worksheet) *fault {
	var positions []*positionNode
	for _, m := range p.team.Members {
		if node := r.hierarchy.position(m.PositionID); node != nil && !slices.Contains(positions, node) {
			positions = append(positions, node)
		}
	}
	slices.SortFunc(positions, func(a, b *positionNode) int { return strings.Compare(a.externalID, b.externalID) })
	var ids []model.ID
	for _, position := range positions {
		for _, payee := range position.holders(w.span.window.Days) {
			for _, co := range r.coursesOf(payee, position, w.course.plan, w.period) {
				if co.key == w.course.key {
					p.enter(r, w, payee, &co)
				}
			}
			ids = append(ids, payee.id)
		}
	}
	credits := r.company.Credits(ids, r.reach(w.period))
	for _, m := range p.members {
		if fault := m.gather(credits); fault != nil {
			return fault
		}
	}
	return nil
}

// enter makes a member of who has held days in the window.
func (p *pool) enter(r *Run, w *worksheet, payee *payeeNode, co *course) {
	for i := range co.spans {
		s := &co.spans[i]
		if s.window != w.span.window {
			continue
		}
		legs := before(s.legs, w.period.Days.To)
		if len(legs) == 0 || lastLeg(legs).component.team != p.team {
			continue // one shares where one was last
		}
		legs = slices.DeleteFunc(slices.Clone(legs), func(l leg) bool { return l.component.team != p.team })
		if !someCount(legs) {
			continue
		}
		c := r.Payee(payee.id, nil).calculation(w.period)
		sheet := c.sheetOf(co)
		sheet.span, sheet.until = s, w.period.Days.To
		sheet.trace.node(NodeEarning, -1, -1, decimal.Zero) // for the notes that nobody reads
		p.members = append(p.members, &member{sheet: sheet, group: &group{legs: legs}})
	}
}

// gather measures what the member has in the window, and finds its quota.
func (m *member) gather(credits []CreditFact) *fault {
	w := m.sheet
	w.of = w.run.Payee(w.payee.id, credits)
	w.turnTo(w.course.position)
	legs := m.group.legs
	for i := range legs {
		if legs[i].fault != nil {
			return legs[i].fault
		}
	}
	g, fault := w.gather(legs)
	if fault != nil {
		return fault
	}
	g.whole, g.held = legs, heldDays(legs)
	m.group = g
	for i := range g.stages {
		if fault := g.stages[i].component.fault; fault != nil {
			return fault
		}
	}
	return w.reckon(g)
}

// weigh works out the member's weight: what the expression over its own window
// gives or, without one, the team's weight times the days.
func (m *member) weigh(c *component) *fault {
	if c.weight == nil {
		for _, span := range m.memberDays() {
			m.weight = m.weight.Add(span.Weight.Mul(decimal.New(int64(span.Days.Days()), 0)))
		}
		return nil
	}
	row := m.sheet.windowRow(m.group)
	row.EarningOf = func(string) (*decimal.Decimal, error) {
		return nil, m.sheet.depends(&fault{model.ProblemNotSupported, "the weight of a pool cannot read earnings"})
	}
	row.reads = &reads{numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
	m.reads = row.reads
	weight, err := c.weight.Decimal(row)
	switch {
	case err != nil:
		return m.sheet.misread("weight of position "+m.sheet.course.position.externalID, err)
	case weight.IsNegative() || !fits(weight):
		return faultf(model.ProblemNoWeight, "the weight of position %s is below 0 or out of bounds", m.sheet.course.position.externalID)
	}
	m.weight = quantise(weight)
	return nil
}
