package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// change changes an earning of the scope by what was carried to it and its part
// of what the cap takes or the floor adds, and notes why.
func (b *bounding) change(i int, change, in, part decimal.Decimal) {
	e := b.scope[i]
	t := tracer{Trace: e.Trace, lastAt: -1}
	t.Kinds, t.Parents, t.Term, t.Credits = slices.Clip(t.Kinds), slices.Clip(t.Parents), slices.Clip(t.Term), slices.Clip(t.Credits)
	t.Terms, t.Values, t.Amounts = slices.Clip(t.Terms), t.Values.Clone(), t.Amounts.Clone()
	kind := NodeCapTogether
	if b.Kind == model.PlanCapFloor {
		kind = NodeFloorTogether
	}
	term := Term{Label: b.label, Rate: &b.money}
	if b.step != nil {
		term.FX, term.Step = &b.step.rate, b.step.label
		e.Provisional = e.Provisional || b.step.provisional
	}
	node := t.node(kind, 0, t.term(term), e.Amount.Amount)
	t.amount(node, change)
	t.proration(NodeRule, node, "proration", b.part, b.Amount)
	t.node(NodeRule, node, t.text("over=%s per=%s roundMode=%s scale=%d", b.Over, b.Per, b.policy.mode, b.policy.scale), b.bound)
	if b.Per == model.PerYear {
		t.node(NodeRule, node, t.text(soFar), b.so)
	}
	if !in.IsZero() {
		t.node(NodeRule, node, t.text("excess=%s from before", model.ExcessCarried), in)
	}
	if b.Excess == model.ExcessCarried && !part.IsZero() {
		t.node(NodeRule, node, t.text(carriedOn), part.Neg())
	}
	t.node(NodeRule, node, t.text(allEarnings), b.total)
	for k, other := range b.scope {
		label := thisEarning
		if k != i {
			label = fmt.Sprintf("%s of %s by %s", other.Key, other.Cites.Position, other.Cites.Plan)
		}
		if b.Kind == model.PlanCapFloor && other.Why == model.WhyGateNotMet {
			label += stoppedByGate
		}
		t.node(NodeInput, node, t.text("%s", label), b.sums[k])
	}
	t.Paid = model.NumbersOf(lastLines(t.Paid.Decimals(), e.Amount.Amount, change, b.policy.scale))
	e.Amount.Amount = e.Amount.Amount.Add(change)
	t.amount(0, e.Amount.Amount)
	if e.Why = model.WhyPaid; e.Amount.Amount.IsZero() {
		e.Why = model.WhyCapped
		t.node(NodeReason, 0, t.text("%s: %s over %s has taken it", model.WhyCapped, b.label, b.Over), decimal.Zero)
	}
	e.Trace = t.Trace
}

// The labels below a cap or floor over several earnings.
const (
	soFar         = "the year so far"
	allEarnings   = "together"
	thisEarning   = "this earning"
	stoppedByGate = ", stopped by a gate"
)

// ThisEarning tells whether a node below a cap, floor or rounding over several
// earnings is that of the earning itself; the other inputs are those of others.
func ThisEarning(label string) bool { return strings.HasPrefix(label, thisEarning) }

// OverEarnings tells whether a node there says what several earnings come to.
func OverEarnings(label string) bool { return label == allEarnings || label == soFar }

// toward tells whether a change takes an amount toward 0, and not beyond it.
func toward(amount, change decimal.Decimal) bool {
	return amount.Sign()*change.Sign() < 0 && change.Abs().LessThanOrEqual(amount.Abs())
}

// lastLines gives an earning's lines after a change of it: what is taken is
// allotted over those that made it up, by largest remainder; what is added is a
// line of its own, the last.
func lastLines(paid []decimal.Decimal, amount, change decimal.Decimal, scale int32) []decimal.Decimal {
	out := slices.Clone(paid)
	if !toward(amount, change) {
		return append(out, change)
	}
	weights := make([]decimal.Decimal, len(paid))
	for i, line := range paid {
		if line.Sign() == amount.Sign() {
			weights[i] = line.Abs()
		}
	}
	parts, err := Split(change, weights, decimalsOf(scale, change))
	if err != nil {
		return append(out, change)
	}
	for i, part := range parts {
		out[i] = out[i].Add(part)
	}
	return out
}
