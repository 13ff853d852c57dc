package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// statement is what of a payee's earnings of a payout period is rounded
// together: those in one currency whose versions round the STATEMENT by one mode
// to one scale.
type statement struct {
	policy rounding
	pay    model.CurrencyCode
	parts  []stated
}

// stated is an earning on a statement.
type stated struct {
	*Earning
	node  int             // of its rounding
	exact decimal.Decimal // what its lines sum to
	took  decimal.Decimal // of a longer window: what its earlier periods have earned
	of    *course
}

// state rounds the earnings of each statement together.
func (c *calculation) state(out *Result) {
	if !c.stating[c.period.CalendarID] {
		return
	}
	var all []statement
	next := 0
	for i := range c.courses {
		if c.outcomes[i].earning == nil {
			continue
		}
		e := &out.Earnings[next]
		next++
		policy, part, takes := c.onStatement(&c.courses[i], e)
		if !takes {
			continue
		}
		at := slices.IndexFunc(all, func(s statement) bool { return s.policy == policy && s.pay == e.Amount.Currency })
		if at < 0 {
			at, all = len(all), append(all, statement{policy: policy, pay: e.Amount.Currency})
		}
		all[at].parts = append(all[at].parts, part)
	}
	for i := range all {
		if len(all[i].parts) > 1 {
			all[i].share()
			for _, part := range all[i].parts {
				c.dues(part.of, part.Amount.Amount)
			}
		}
	}
}

// onStatement gives how an earning stands on a statement. What has a problem, what is
// not paid for the payee's status or leaving is on none.
func (c *calculation) onStatement(co *course, e *Earning) (policy rounding, part stated, takes bool) {
	at := slices.IndexFunc(co.plan.versions, func(v *version) bool { return v.ID == e.Version })
	if e.Why == model.WhyProblem || at < 0 {
		return policy, part, false
	}
	rules := &co.plan.versions[at].rules
	part = stated{Earning: e, node: slices.Index(e.Trace.Kinds, NodeRounding), of: co}
	if rules.RoundStage != model.RoundStatement || part.node < 0 {
		return policy, part, false
	}
	part.exact, part.took = e.Trace.Values.At(part.node), tookEarlier(&e.Trace, part.node)
	if by := co.plan.versions[at].componentOf(e.Key); by != nil && part.exact.GreaterThan(part.took) {
		if label, _ := c.unpaid(co, by); label != "" {
			return policy, part, false
		}
	}
	return roundingOf(*rules, e.Amount.Currency), part, true
}

// share rounds what the earnings come to together, and allots it to them by
// largest remainder, ties to the earlier earning.
func (s *statement) share() {
	exact := make([]decimal.Decimal, len(s.parts))
	for i := range s.parts {
		exact[i] = s.parts[i].exact
	}
	for i, part := range s.policy.allot(s.policy.round(sum(exact)), exact) {
		s.restate(i, part)
	}
}

// restate gives an earning its part, its lines theirs of it, and notes why.
func (s *statement) restate(i int, part decimal.Decimal) {
	own := &s.parts[i]
	before, n := own.Trace, own.node+1
	t := tracer{lastAt: -1, Trace: Trace{
		Format: before.Format, Kinds: slices.Clone(before.Kinds[:n]), Parents: slices.Clone(before.Parents[:n]), Term: slices.Clone(before.Term[:n]),
		Amounts: before.Amounts.Part(0, n).Clone(), Values: before.Values.Part(0, n).Clone(), Credits: slices.Clone(before.Credits[:n]), Terms: slices.Clone(before.Terms),
	}}
	for k := range s.parts {
		label := thisEarning
		if other := &s.parts[k]; k != i {
			label = fmt.Sprintf("%s of %s by %s", other.Key, other.Cites.Position, other.Cites.Plan)
		}
		t.node(NodeInput, int32(own.node), t.text("%s", label), s.parts[k].exact)
	}
	var lines []decimal.Decimal
	for j := range own.node {
		if before.isLine(j) {
			lines = append(lines, before.Amounts.At(j))
		}
	}
	t.Paid = model.NumbersOf(s.policy.allot(part, lines))
	t.amount(int32(own.node), part.Sub(own.exact))
	paid := part.Sub(own.took)
	if !own.took.IsZero() {
		node := t.node(NodeEarlier, 0, t.label(earnedEarlier), own.took)
		t.amount(node, own.took.Neg())
		t.Paid.Append(own.took.Neg())
	}
	t.amount(0, paid)
	switch was := own.Amount.Amount; {
	case !paid.IsZero():
		own.Why = model.WhyPaid
	case !was.IsZero() && !own.took.IsZero():
		own.Why = model.WhyNothingNew
		t.node(NodeReason, 0, t.label(nothingNew), decimal.Zero)
	case !was.IsZero():
		own.Why = model.WhyNetZero
		t.node(NodeReason, 0, t.text("%s: of the rounded statement nothing falls to %s", model.WhyNetZero, own.exact), decimal.Zero)
	default:
		for j := n; j < before.Len(); j++ {
			if before.Kinds[j] == NodeEarlier {
				continue
			}
			t.node(before.Kinds[j], 0, before.Term[j], decimal.Zero)
		}
	}
	own.Amount.Amount, own.Trace = paid, t.packed()
}
