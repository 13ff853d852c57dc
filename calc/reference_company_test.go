package calc

import (
	"cmp"
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refCompany is the second calculator of what generatedCompany makes. It asks
// of each day anew what was so on it.
type refCompany struct {
	s        *scene
	features map[string]int
	known    map[refNode]*refEarned
	pools    map[refNode]*refPool // by plan, component and window
	days     map[refSeatDay]*refOn
}

// refSeatDay is a day of a component that somebody has in a position.
type refSeatDay struct {
	payee, position, plan string
	day                   model.Date
}

// refNode is an earning: whose, and of what.
type refNode struct{ payee, position, plan, key, period string }

// refEarned is what the reference says of one.
type refEarned struct {
	refOutcome
	currency model.CurrencyCode
}

func newRefCompany(s *scene, features map[string]int) *refCompany {
	return &refCompany{s: s, features: features, known: map[refNode]*refEarned{}, pools: map[refNode]*refPool{}, days: map[refSeatDay]*refOn{}}
}

func (x *refCompany) hit(feature string) {
	if x.features != nil {
		x.features[feature]++
	}
}

func within(day model.Date, from, to *model.Date) bool {
	return (from == nil || *from <= day) && (to == nil || day < *to)
}

// above lists the positions above one on a day, nearest first.
func (x *refCompany) above(position string, day model.Date) []string {
	been := []string{position}
	for {
		i := slices.IndexFunc(x.s.Under, func(u sceneUnder) bool {
			return u.Position == been[len(been)-1] && within(day, u.From, u.To)
		})
		if i < 0 || slices.Contains(been, x.s.Under[i].Parent) {
			return been[1:]
		}
		been = append(been, x.s.Under[i].Parent)
	}
}

// holder gives who held a position on a day, "" for nobody.
func (x *refCompany) holder(position string, day model.Date) string {
	for _, seat := range x.s.Seats {
		if seat.Position == position && seat.From <= day && day < seat.To {
			return seat.Payee
		}
	}
	return ""
}

// level gives how far one position is above another, 0 where it is not.
func (x *refCompany) level(below, above string, day model.Date, compress bool) int {
	level := 0
	for _, position := range x.above(below, day) {
		switch level++; {
		case position == above:
			return level
		case compress && x.holder(position, day) == "":
			x.hit("a vacant level")
			level--
		}
	}
	return 0
}

// seat gives the days on which a payee holds a position.
func (x *refCompany) seat(n refNode) *sceneSeat {
	for i := range x.s.Seats {
		if s := &x.s.Seats[i]; s.Payee == n.payee && s.Position == n.position {
			return s
		}
	}
	return nil
}

// version gives the one of a plan in force on a day, -1 for none.
func (x *refCompany) version(plan string, day model.Date) int {
	return slices.IndexFunc(x.s.Versions, func(v sceneVersion) bool { return v.Plan == plan && within(day, v.From, v.To) })
}

// refOn is what is so of a node on a day: by which component it is paid, and
// whether it is held, and not only was.
type refOn struct {
	version   int
	component *sceneComponent
	held      bool
	weight    *big.Rat
}

// on tells what is so of a node on a day; nil where nothing counts on it.
func (x *refCompany) on(n refNode, day model.Date) *refOn {
	key := refSeatDay{n.payee, n.position, n.plan, day}
	on, known := x.days[key]
	if !known {
		on = x.onDay(n, day)
		x.days[key] = on
	}
	return on
}

func (x *refCompany) onDay(n refNode, day model.Date) *refOn {
	seat, version := x.seat(n), x.version(n.plan, day)
	given := slices.ContainsFunc(x.s.Assigned, func(a sceneAssigned) bool {
		return a.Plan == n.plan && (a.Title != "" || a.Position == n.position) && within(day, a.From, a.To)
	})
	if seat == nil || day < seat.From || version < 0 || !given {
		return nil
	}
	out := &refOn{version: version, held: day < seat.To, component: &x.s.Versions[version].Components[0]}
	if out.component.Team == "" {
		return out
	}
	for _, m := range x.s.Teams {
		if m.Position == n.position && within(day, m.From, m.To) {
			out.weight = fraction(m.Weight)
		}
	}
	if out.weight == nil {
		return nil
	}
	return out
}

// lastDay is the assignment's last day in a period or, where only what comes
// late counts, the last on which that does.
func (x *refCompany) lastDay(n refNode, days [2]model.Date) model.Date {
	late := days[0] - 1
	for day := days[1] - 1; day >= days[0]; day-- {
		on := x.on(n, day)
		if on != nil && on.held {
			return day
		}
		if on != nil && late < days[0] {
			late = day
		}
	}
	return late
}

// dayOf is the day by which it goes who is above: the assignment's last in the
// part of the period that lies in the override's or, for what comes after it,
// the period's.
func (x *refCompany) dayOf(n refNode, of [2]model.Date) model.Date {
	days := refPeriod(n.period)
	days[0] = max(days[0], of[0])
	if x.heldDays(n, days) == 0 {
		x.hit("who has left")
		return days[1] - 1
	}
	return x.lastDay(n, days)
}

// heldDays counts the days held.
func (x *refCompany) heldDays(n refNode, days [2]model.Date) int {
	count := 0
	for day := days[0]; day < days[1]; day++ {
		if on := x.on(n, day); on != nil && on.held {
			count++
		}
	}
	return count
}

// component gives a plan's component; its payout does not change.
func (x *refCompany) component(plan string) *sceneComponent {
	for i := range x.s.Versions {
		if x.s.Versions[i].Plan == plan {
			return &x.s.Versions[i].Components[0]
		}
	}
	return nil
}

// calculator rounds and converts for who is paid.
func (x *refCompany) calculator(n refNode) *reference {
	s := *x.s
	s.Pay, s.Payout = cmp.Or(x.s.Pays[n.payee], "USD"), x.component(n.plan).Payout
	s.Seats = nil // the days held are counted by themselves
	return &reference{s: &s, features: x.features, problems: map[model.ProblemCode]bool{}, maybe: map[model.ProblemCode]bool{}}
}

// nodes lists all earnings that there may be.
func (x *refCompany) nodes() []refNode {
	var out []refNode
	for _, seat := range x.s.Seats {
		for _, c := range []struct{ plan, key string }{{"plan", "commission"}, {"managers", "override"}, {"crew", "pool"}} {
			for _, period := range companyPeriods {
				of := x.component(c.plan)
				if of != nil && (of.Payout == model.PeriodQuarter) == strings.Contains(period, "Q") {
					out = append(out, refNode{seat.Payee, seat.Position, c.plan, c.key, period})
				}
			}
		}
	}
	return out
}

// earned works out an earning.
func (x *refCompany) earned(n refNode) *refEarned {
	if x.known[n] == nil {
		y := x.calculator(n)
		out := &refEarned{currency: y.s.Pay}
		switch n.key {
		case "commission":
			out.refOutcome = x.commission(n, y)
		case "pool":
			out.refOutcome = x.shared(n, y)
		default:
			out.refOutcome = x.override(n, y)
		}
		x.known[n] = out
	}
	return x.known[n]
}

// postings gives the credits of a node that count in a period.
func (x *refCompany) postings(n refNode, days [2]model.Date, y *reference, kinds ...model.CreditKind) []*refPosting {
	var out []*refPosting
	for i := range x.s.Credits {
		c := &x.s.Credits[i]
		if c.Payee != n.payee || c.Position != n.position || c.Date < days[0] || c.Date >= days[1] || !slices.Contains(kinds, cmp.Or(c.Kind, model.CreditDirect)) {
			continue
		}
		on := x.on(n, c.Date)
		if on == nil || !on.held && !c.Reversal || c.Reversal && x.s.Rules.Returns == model.ReturnsIgnore {
			continue
		}
		p := &refPosting{number: i + 1, credit: c, date: c.Date, fxDate: c.Date}
		if c.FXDate != nil {
			p.fxDate = *c.FXDate
		}
		p.value = y.value(p, x.s.Measures[0].Value)
		out = append(out, p)
	}
	return out
}

func sumOf(all []*refPosting) *big.Rat {
	total := new(big.Rat)
	for _, p := range all {
		total.Add(total, p.value)
	}
	return total
}

// comesTo makes the outcome of lines.
func comesTo(y *reference, some bool, lines []refLine) refOutcome {
	for i := range lines {
		lines[i].exact = tenDecimals(lines[i].raw)
	}
	return refOutcome{some: some, amount: y.round(lines), problems: y.problems, maybe: y.maybe}
}

func (x *refCompany) commission(n refNode, y *reference) refOutcome {
	days := refPeriod(n.period)
	all := x.postings(n, days, y, model.CreditDirect)
	some := x.heldDays(n, days) > 0 || len(all) > 0
	c := x.component(n.plan)
	var lines []refLine
	switch {
	case !some:
	case c.Formula != "":
		if sumOf(all).Cmp(fraction("9000")) > 0 {
			y.fail(model.ProblemExpression)
		}
		last := x.lastDay(n, days)
		lines = append(lines, refLine{raw: y.pay(tenDecimals(refTimes(sumOf(all), fraction("0.1"))), last, last)})
	default:
		for _, p := range all {
			lines = append(lines, y.line(p, refTimes(p.value, fraction(c.Rate))))
		}
	}
	return comesTo(y, some, lines)
}

// rateAt is the rate of a level: 0 for one that is not listed.
func (c *sceneComponent) rateAt(level int) *big.Rat {
	if level < 1 || level > len(c.ByLevel) {
		return new(big.Rat)
	}
	return fraction(c.ByLevel[level-1])
}

func (x *refCompany) override(n refNode, y *reference) refOutcome {
	if x.component(n.plan).Basis == model.OverrideEarnings {
		return x.onEarnings(n, y)
	}
	x.hit("OVERRIDE on CREDITS")
	days := refPeriod(n.period)
	kinds := []model.CreditKind{model.CreditRollup}
	if x.component(n.plan).Measure == "" {
		kinds = append(kinds, model.CreditDirect)
	}
	all := x.postings(n, days, y, kinds...)
	var lines []refLine
	for _, p := range all {
		c, level := x.on(n, p.date).component, p.credit.Level
		if c.Compress && level > 0 {
			x.hit("compressed credits")
			level = x.level(p.credit.Via, n.position, p.fxDate, true) // as of the sale
		}
		lines = append(lines, y.line(p, refTimes(p.value, c.rateAt(level))))
	}
	return comesTo(y, x.heldDays(n, days) > 0 || len(all) > 0, lines)
}

// refBelow is what an override reads.
type refBelow struct {
	node  refNode
	day   model.Date
	level int
	by    *refOn
}

// below lists what an override on earnings reads: the earnings of others in
// periods that end in its own, by who was above them on their last day.
func (x *refCompany) below(n refNode) []refBelow {
	if n.key != "override" || x.component(n.plan).Basis != model.OverrideEarnings {
		return nil
	}
	var out []refBelow
	days := refPeriod(n.period)
	for _, node := range x.nodes() {
		theirs := refPeriod(node.period)
		if node.payee == n.payee || theirs[1] <= days[0] || theirs[1] > days[1] {
			continue
		}
		last := x.dayOf(node, days)
		by := x.on(n, last)
		if by == nil || !by.held || !slices.Contains(by.component.Sources, node.plan+"/"+node.key) {
			continue
		}
		level := x.level(node.position, n.position, last, by.component.Compress)
		if by.component.rateAt(level).Sign() != 0 {
			out = append(out, refBelow{node, last, level, by})
		}
	}
	return out
}

// circular tells whether a node reads itself by way of others.
func (x *refCompany) circular(n refNode) bool {
	been := map[refNode]bool{}
	next := []refNode{n}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		for _, b := range x.below(at) {
			if b.node == n {
				return true
			}
			if !been[b.node] {
				been[b.node] = true
				next = append(next, b.node)
			}
		}
	}
	return false
}

// refLevel is what one version pays by one rate.
type refLevel struct{ version, level int }

func (x *refCompany) onEarnings(n refNode, y *reference) refOutcome {
	days := refPeriod(n.period)
	if x.heldDays(n, days) == 0 {
		return refOutcome{}
	}
	x.hit("OVERRIDE on EARNINGS")
	all := x.below(n)
	if x.circular(n) {
		x.hit("in a circle")
		y.fail(model.ProblemCycle)
		if x.tangled(n) {
			y.fail(model.ProblemDependsOn)
		}
		return refOutcome{some: true, problems: y.problems}
	}
	totals, rates := map[refLevel]*big.Rat{}, map[refLevel]*big.Rat{}
	for _, b := range all {
		from := x.earned(b.node)
		if len(from.problems) > 0 {
			y.fail(model.ProblemDependsOn)
		}
		if !from.some || len(from.problems) > 0 || from.amount.Sign() == 0 {
			continue
		}
		x.hitsBelow(b)
		money := from.amount
		if from.currency != "USD" {
			x.hit("paid below in another currency")
			money = refTimes(money, y.converts(x.s.Rules.FXCreditToPlan, from.currency, "USD", b.day, b.day))
		}
		key := refLevel{b.by.version, b.level}
		if totals[key] == nil {
			totals[key], rates[key] = new(big.Rat), b.by.component.rateAt(b.level)
		}
		totals[key].Add(totals[key], money)
	}
	var lines []refLine
	for key, total := range totals {
		last := x.lastBy(n, days, key.version)
		lines = append(lines, refLine{raw: y.pay(refTimes(total, rates[key]), last, last)})
	}
	return comesTo(y, true, lines)
}

// tangled tells whether a circle is no plain one: something in it reads more
// than one that has a problem, and which of them it meets is not said.
func (x *refCompany) tangled(n refNode) bool {
	next, been := []refNode{n}, map[refNode]bool{n: true}
	for len(next) > 0 {
		at, troubled := next[0], 0
		next = next[1:]
		for _, b := range x.below(at) {
			circular := x.circular(b.node)
			if circular || len(x.earned(b.node).problems) > 0 {
				troubled++
			}
			if circular && !been[b.node] {
				been[b.node] = true
				next = append(next, b.node)
			}
		}
		if troubled > 1 {
			return true
		}
	}
	return false
}

func (x *refCompany) hitsBelow(b refBelow) {
	x.hit("reads " + b.node.key)
	if b.by.component.Compress {
		x.hit("compressed earnings")
	}
	if b.level > 1 {
		x.hit("more than a level down")
	}
	if len(x.s.Versions) > 1 && x.s.Versions[b.by.version].From != nil {
		x.hit("a later version")
	}
}

// lastBy is the last day held by a version.
func (x *refCompany) lastBy(n refNode, days [2]model.Date, version int) model.Date {
	last := days[0]
	for day := days[0]; day < days[1]; day++ {
		if on := x.on(n, day); on != nil && on.held && on.version == version {
			last = day
		}
	}
	return last
}
