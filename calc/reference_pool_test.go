package calc

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refMember is one who shares in a window.
type refMember struct {
	node    refNode
	from    model.Date // of the seat
	days    int        // as a member who holds the position
	last    model.Date
	quota   *big.Rat
	weight  *big.Rat
	share   *big.Rat
	measure *big.Rat
}

// refPool is what a team shares in a window.
type refPool struct {
	x        *refCompany
	window   [2]model.Date
	measured string
	members  []*refMember
	problems map[model.ProblemCode]bool
	fund     *big.Rat
}

// refFund is a fund's expression, refWeight a weight's.
type refFund struct {
	text string
	is   func(p *refPool) *big.Rat
}

type refWeight struct {
	text string
	is   func(p *refPool, m *refMember) *big.Rat
}

var refFunds = []refFund{
	{"measureOf('fund')", func(p *refPool) *big.Rat { return p.values("fund") }},
	{"measure * 0.1", func(p *refPool) *big.Rat { return refTimes(p.total(), fraction("0.1")) }},
	{"measureOf('fund') + measureOf('m') * 0.05 - 700", func(p *refPool) *big.Rat {
		return refLess(refPlus(p.values("fund"), refTimes(p.sum("m"), fraction("0.05"))), fraction("700"))
	}},
	{"attainment == nil ? 50 : attainment * 1000", func(p *refPool) *big.Rat {
		if quota := p.quota(); !refNone(quota) {
			return refTimes(refDivide(p.total(), quota), fraction("1000"))
		}
		return fraction("50")
	}},
	{"quota == nil ? 77.77 : quota / 7", func(p *refPool) *big.Rat {
		if quota := p.quota(); quota != nil {
			return refDivide(quota, fraction("7"))
		}
		return fraction("77.77")
	}},
}

var refWeights = []refWeight{
	{"", nil},
	{"max(measure, 0)", func(_ *refPool, m *refMember) *big.Rat {
		if m.measure.Sign() < 0 {
			return new(big.Rat)
		}
		return m.measure
	}},
	{"measure", func(_ *refPool, m *refMember) *big.Rat { return m.measure }},
	{"daysHeld - 20", func(_ *refPool, m *refMember) *big.Rat { return big.NewRat(int64(m.days)-20, 1) }},
	{"daysHeld / 7", func(_ *refPool, m *refMember) *big.Rat {
		return tenDecimals(refDivide(big.NewRat(int64(m.days), 1), fraction("7")))
	}},
	{"measureOf('hours')", func(p *refPool, m *refMember) *big.Rat { return p.measureOf(m, "hours") }},
}

// pool works out what a team shares in a window.
func (x *refCompany) pool(window string) *refPool {
	key := refNode{plan: "crew", period: window}
	if x.pools[key] != nil {
		return x.pools[key]
	}
	p := &refPool{x: x, window: refPeriod(window), measured: x.component("crew").Measure, problems: map[model.ProblemCode]bool{}}
	x.pools[key] = p
	for _, seat := range x.s.Seats {
		m := &refMember{node: refNode{seat.Payee, seat.Position, "crew", "pool", window}, from: seat.From}
		if m.days = x.heldDays(m.node, p.window); m.days == 0 {
			continue
		}
		m.last = x.lastDay(m.node, p.window)
		m.share, m.weight = new(big.Rat), new(big.Rat)
		p.members = append(p.members, m)
	}
	slices.SortFunc(p.members, func(a, b *refMember) int {
		return cmp.Or(strings.Compare(a.node.position, b.node.position), cmp.Compare(a.from, b.from))
	})
	for _, m := range p.members {
		m.measure, m.quota = p.measureOf(m, p.measured), p.quotaOf(m)
	}
	if len(p.members) > 0 {
		p.divide()
	}
	return p
}

// component is that of the last day which anybody has of the window.
func (p *refPool) component() *sceneComponent {
	last := slices.MaxFunc(p.members, func(a, b *refMember) int { return cmp.Compare(a.last, b.last) })
	return p.x.on(last.node, last.last).component
}

// divide works out fund and weights, and gives each a part in whole units and
// the largest remainders one more.
func (p *refPool) divide() {
	c := p.component()
	scale := 2
	if p.x.s.Rules.RoundScale != nil {
		scale = *p.x.s.Rules.RoundScale
	}
	for _, f := range refFunds {
		if f.text == c.Fund {
			p.fund = ratRound(f.is(p), scale, p.x.s.Rules.RoundMode)
		}
	}
	if p.fund.Sign() < 0 {
		p.x.hit("a fund below zero")
		p.fund = new(big.Rat)
	}
	weights := new(big.Rat)
	for _, m := range p.members {
		p.weigh(c, m)
		weights.Add(weights, m.weight)
	}
	switch {
	case len(p.problems) > 0, p.fund.Sign() == 0:
		return
	case weights.Sign() == 0:
		p.problems[model.ProblemNoWeight] = true
		return
	}
	p.hits(c)
	unit := ratRound(new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)), scale, model.HalfUp)
	left, rest := new(big.Rat).Set(p.fund), map[*refMember]*big.Rat{}
	for _, m := range p.members {
		whole := refTimes(p.fund, new(big.Rat).Quo(m.weight, weights))
		m.share = ratRound(whole, scale, model.RoundDn)
		rest[m] = refLess(whole, m.share)
		left.Sub(left, m.share)
	}
	order := slices.Clone(p.members)
	slices.SortStableFunc(order, func(a, b *refMember) int { return rest[b].Cmp(rest[a]) })
	for i := 0; left.Sign() > 0; i++ {
		p.x.hit("a remainder")
		order[i].share = refPlus(order[i].share, unit)
		left.Sub(left, unit)
	}
}

func (p *refPool) hits(c *sceneComponent) {
	p.x.hit("POOL by " + cmp.Or(c.Weight, "weights"))
	p.x.hit("fund " + c.Fund)
	if p.x.component("crew").Window != "" {
		p.x.hit("a pool of another window")
	}
}

// weigh weighs a member: by its weight in the team on each day, or by an
// expression.
func (p *refPool) weigh(c *sceneComponent, m *refMember) {
	if c.Weight == "" {
		for day := p.window[0]; day < p.window[1]; day++ {
			if on := p.x.on(m.node, day); on != nil && on.held {
				m.weight = refPlus(m.weight, on.weight)
			}
		}
		return
	}
	for _, w := range refWeights {
		if w.text == c.Weight {
			m.weight = w.is(p, m)
		}
	}
	if m.weight.Sign() < 0 {
		p.x.hit("a weight below 0")
		p.problems[model.ProblemNoWeight] = true
	}
	m.weight = tenDecimals(m.weight)
}

// measureOf gives what a member measures.
func (p *refPool) measureOf(m *refMember, key string) *big.Rat {
	switch key {
	case "none":
		return new(big.Rat)
	case "m":
		return sumOf(p.x.postings(m.node, p.window, p.x.calculator(m.node), model.CreditDirect))
	}
	position := ""
	if p.own(m, key) {
		position = m.node.position
	}
	return p.aggregated(key, p.valuesOf(m, key, position))
}

// own tells whether a member's position has values of its own in the window.
func (p *refPool) own(m *refMember, key string) bool {
	return slices.ContainsFunc(p.x.s.Values, func(v sceneValue) bool {
		return v.Measure == key && v.Position == m.node.position && v.Date >= p.window[0] && v.Date < p.window[1]
	})
}

// valuesOf lists values of a position, or of the company, on the days of a
// member; nil: on all.
func (p *refPool) valuesOf(m *refMember, key, position string) []*big.Rat {
	var out []*big.Rat
	for _, v := range p.x.s.Values { // ascending by day, for each position
		if v.Measure != key || v.Position != position || v.Date < p.window[0] || v.Date >= p.window[1] {
			continue
		}
		if m != nil {
			if on := p.x.on(m.node, v.Date); on == nil || !on.held {
				continue
			}
		}
		out = append(out, fraction(v.Value))
	}
	return out
}

func (p *refPool) aggregated(key string, all []*big.Rat) *big.Rat {
	how := p.x.s.Measures[2].Aggregation
	total := new(big.Rat)
	for _, v := range all {
		total.Add(total, v)
	}
	switch {
	case len(all) == 0 || key == "hours":
	case how == model.AggregateLast:
		return all[len(all)-1]
	case how == model.AggregateAverage:
		return refDivide(total, big.NewRat(int64(len(all)), 1))
	}
	return total
}

// total is what the team measures.
func (p *refPool) total() *big.Rat {
	if p.measured == "fund" {
		return p.values("fund")
	}
	return p.sum(p.measured)
}

// sum adds up what the members measure of credits.
func (p *refPool) sum(key string) *big.Rat {
	total := new(big.Rat)
	for _, m := range p.members {
		total.Add(total, p.measureOf(m, key))
	}
	return total
}

// values aggregates those of the members' own or, where none has any, those of
// the company once.
func (p *refPool) values(key string) *big.Rat {
	var all []*big.Rat
	for _, m := range p.members {
		if p.own(m, key) {
			all = append(all, p.valuesOf(m, key, m.node.position)...)
		}
	}
	if len(all) == 0 {
		all = p.valuesOf(nil, key, "")
	}
	return p.aggregated(key, all)
}

// quotaOf gives a member's quota of the component's measure.
func (p *refPool) quotaOf(m *refMember) *big.Rat {
	w := &refSpan{from: p.window[0], to: p.window[1], held: m.days}
	for _, q := range p.x.s.Quotas {
		if q.Measure == p.measured && q.Period == m.node.period {
			return p.x.calculator(m.node).share(w, fraction(q.Amount), p.x.s.Rules.QuotaProration)
		}
	}
	return nil
}

// quota adds up the members' quotas.
func (p *refPool) quota() *big.Rat {
	var total *big.Rat
	for _, m := range p.members {
		if m.quota == nil {
			continue
		}
		if total == nil {
			total = new(big.Rat)
		}
		total.Add(total, m.quota)
	}
	return total
}

// shared gives what a pool earns a payee in a payout period.
func (x *refCompany) shared(n refNode, y *reference) refOutcome {
	windows := []string{n.period}
	switch c := x.component(n.plan); {
	case c.Window == model.PeriodMonth:
		windows = refMonths
	case c.Window == model.PeriodQuarter:
		if windows = nil; n.period == "2026-03" {
			windows = []string{"2026-Q1"}
		}
	}
	some := false
	var lines []refLine
	for _, window := range windows {
		at := n
		at.period = window
		held := x.heldDays(at, refPeriod(window)) > 0
		late := x.component(n.plan).Measure == "m" && len(x.postings(at, refPeriod(window), y, model.CreditDirect)) > 0
		if !held && !late {
			continue
		}
		some = true
		p := x.pool(window)
		for code := range p.problems {
			x.hit(string(code))
			y.problems[code] = true
		}
		for _, m := range p.members {
			if m.node == at {
				lines = append(lines, refLine{raw: y.pay(m.share, m.last, m.last)})
			}
		}
	}
	return comesTo(y, some, lines)
}
