package calc

import (
	"math/big"

	"spm/model"
)

// refTable is a table over one dimension, laid out in the unit of what it is
// looked up by, with its gaps filled.
type refTable struct {
	*sceneTable
	rows   []referenceRow
	points []referenceRow // of LINEAR: to is not read
	scale  *big.Rat       // of its cells, nil: 1
}

type referenceRow struct{ from, to, rate *big.Rat } // bounds nil: none

func (x *reference) tableOf(key string) *sceneTable {
	for i := range x.s.Tables {
		if x.s.Tables[i].Key == key {
			return &x.s.Tables[i]
		}
	}
	panic(key)
}

// laidOut lays a table out; attainment's bounds are fractions of the quota.
func (x *reference) laidOut(t *sceneTable, quota *big.Rat) *refTable {
	out := &refTable{sceneTable: t}
	bound := func(text string) *big.Rat {
		if text == "" {
			return nil
		}
		if quota != nil {
			return refTimes(fraction(text), quota)
		}
		return fraction(text)
	}
	for i, row := range t.Rows {
		from, to := bound(row[0]), bound(row[1])
		out.points = append(out.points, referenceRow{from, to, fraction(row[2])})
		if i == 0 && from != nil && from.Sign() <= 0 {
			from = nil
		}
		if i == 0 && from != nil {
			out.rows = append(out.rows, referenceRow{nil, from, fraction(t.Default)})
		} else if i > 0 && out.rows[len(out.rows)-1].to.Cmp(from) < 0 {
			x.hit("gap")
			out.rows = append(out.rows, referenceRow{out.rows[len(out.rows)-1].to, from, fraction(t.Default)})
		}
		out.rows = append(out.rows, referenceRow{from, to, fraction(row[2])})
	}
	return out
}

// beyond tells whether a running total lies above a last row that ends.
func (t *refTable) beyond(v *big.Rat) bool {
	last := t.rows[len(t.rows)-1].to
	return last != nil && v.Cmp(last) > 0
}

// integral is what a running total from 0 to v earns, negative below 0.
func (t *refTable) integral(v *big.Rat) *big.Rat {
	out, zero := new(big.Rat), new(big.Rat)
	low, high := zero, v
	if v.Sign() < 0 {
		low, high = v, zero
	}
	for _, row := range t.rows {
		from, to := low, high
		if row.from != nil && row.from.Cmp(from) > 0 {
			from = row.from
		}
		if row.to != nil && row.to.Cmp(to) < 0 {
			to = row.to
		}
		if from.Cmp(to) < 0 {
			out.Add(out, refTimes(refLess(to, from), row.rate))
		}
	}
	if v.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

// inside tells whether a value lies between two bounds.
func inside(rule model.BoundsRule, v, from, to *big.Rat) bool {
	above := from == nil || v.Cmp(from) > 0 || rule != model.UpperInclusive && v.Cmp(from) == 0
	below := to == nil || v.Cmp(to) < 0 || rule == model.UpperInclusive && v.Cmp(to) == 0
	return above && below
}

// find gives the cell of a value, nil where it is off the table.
func (t *refTable) find(v *big.Rat) *big.Rat {
	if t.Lookup == model.LookupLinear {
		return t.between(v)
	}
	for _, row := range t.rows {
		if inside(t.Bounds, v, row.from, row.to) {
			return row.rate
		}
	}
	return nil
}

// between reads a value off the straight lines between the points.
func (t *refTable) between(v *big.Rat) *big.Rat {
	p := t.points
	whole := func(cell *big.Rat) *big.Rat {
		if t.scale != nil {
			return refTimes(cell, t.scale)
		}
		return cell
	}
	if v.Cmp(p[0].from) < 0 {
		return whole(fraction(t.Default))
	}
	for i := 1; i < len(p); i++ {
		if v.Cmp(p[i].from) >= 0 {
			continue
		}
		width := refLess(p[i].from, p[i-1].from)
		low, high := whole(p[i-1].rate), whole(p[i].rate)
		return refPlus(low, refDivide(refTimes(refLess(high, low), refLess(v, p[i-1].from)), width))
	}
	return whole(p[len(p)-1].rate)
}

// scaled gives the factor of a table's cells; those of a LINEAR table have it
// before the line between them is drawn.
func (t *refTable) scaled(factor *big.Rat) *big.Rat {
	if t.Lookup != model.LookupLinear {
		return factor
	}
	t.scale = factor
	return big.NewRat(1, 1)
}

// table lays out the component's table for the window.
func (x *reference) table(w *refSpan, key string) *refTable {
	t := x.tableOf(key)
	x.hit(string(t.Dimension))
	x.hit(string(t.Bounds))
	x.hit("cell " + string(t.Cell))
	if t.Lookup == model.LookupLinear {
		x.hit("LINEAR")
	}
	if t.Dimension != model.ByAttainment {
		return x.laidOut(t, nil)
	}
	if refNone(w.quota) {
		x.fail(model.ProblemNoQuota)
		return x.laidOut(t, big.NewRat(1, 1))
	}
	return x.laidOut(t, w.quota)
}

// by gives what a table is looked up by for the whole window.
func (x *reference) by(w *refSpan, t *refTable) *big.Rat {
	if t.Dimension == model.ByExpression {
		return x.evaluated(w, t.Expression)
	}
	return w.measure
}

// look gives the cell, a problem where there is none.
func (x *reference) look(t *refTable, v *big.Rat) *big.Rat {
	if cell := t.find(v); cell != nil {
		return cell
	}
	return x.fail(model.ProblemOffTable)
}
