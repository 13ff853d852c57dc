package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// found is what a look-up gives: a cell as its rate, with the bounds that it
// holds between, and where it was interpolated the points beside it.
type found struct {
	*tier
	points []*tier
	money  bool // the rate is money of the event, not a share of its value
}

// climb lays a ladder against a quota, nil where the dimension needs none. Its
// cells are multiplied by the target rate where one is given.
func (v *tableVersion) climb(quota, targetRate *decimal.Decimal) *ladder {
	l := &ladder{tableVersion: v, tiers: v.tiers, points: v.points, fallback: v.Default, quota: quota, ends: make([]number, len(v.tiers))}
	if targetRate != nil {
		l.tiers, l.points = timesRate(v.tiers, *targetRate), timesRate(v.points, *targetRate)
		l.fallback = v.Default.Mul(*targetRate)
	}
	for i, t := range v.tiers {
		if t.to != nil {
			l.ends[i] = numberOf(l.laid(*t.to))
		}
	}
	return l
}

// timesRate gives tiers whose cells are multiples of a rate.
func timesRate(tiers []*tier, rate decimal.Decimal) []*tier {
	out := make([]*tier, len(tiers))
	for i, t := range tiers {
		product := t.rate.Mul(rate)
		out[i] = &tier{label: fmt.Sprintf("%s: %s x the target rate", t.label, t.rate), rate: &product, from: t.from, to: t.to}
	}
	return out
}

// laid gives a bound in the unit of what is looked up.
func (l *ladder) laid(bound decimal.Decimal) decimal.Decimal {
	if l.Dimension == model.ByAttainment && l.quota != nil {
		return multiply(bound, *l.quota)
	}
	return bound
}

// find looks a value up, nil where it lies beyond the last row.
func (l *ladder) find(value decimal.Decimal) *found {
	if !l.Linear() {
		if t := l.reached(value); t != nil {
			return &found{tier: t, money: l.CellKind == model.CellMoney}
		}
		return nil
	}
	return l.interpolate(value)
}

// interpolate gives the cell on the straight line between the points around a
// value: low + (high - low) x (value - from) / (to - from), divided once, to 16
// decimals HALF_EVEN. Below the first point it is the table's default, from the
// last on that point's.
func (l *ladder) interpolate(value decimal.Decimal) *found {
	money := l.CellKind == model.CellMoney
	last := -1
	for i, p := range l.points {
		if l.laid(*p.from).GreaterThan(value) {
			break
		}
		last = i
	}
	switch {
	case last < 0:
		return &found{tier: &tier{label: "below the first point", rate: &l.fallback, to: l.points[0].from}, money: money}
	case last == len(l.points)-1:
		p := l.points[last]
		return &found{tier: &tier{label: "from the last point on", rate: p.rate, from: p.from}, points: l.points[last:], money: money}
	}
	low, high := l.points[last], l.points[last+1]
	rate := between(value, l.laid(*low.from), l.laid(*high.from), *low.rate, *high.rate)
	return &found{
		tier:   &tier{label: fmt.Sprintf("between %s and %s", low.label, high.label), rate: &rate, from: low.from, to: high.from},
		points: l.points[last : last+2], money: money,
	}
}

// between is linear interpolation.
func between(value, from, to, low, high decimal.Decimal) decimal.Decimal {
	return low.Add(divide(high.Sub(low).Mul(value.Sub(from)), to.Sub(from)))
}

// notePoints notes, below a node, the points that its rate lies between.
func (w *worksheet) notePoints(node int32, f *found) {
	for _, p := range f.points {
		w.trace.node(NodePoint, node, w.trace.term(Term{Label: p.label, From: p.from, Rate: p.rate}), decimal.Zero)
	}
}
