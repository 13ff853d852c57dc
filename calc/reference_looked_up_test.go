package calc

import (
	"maps"
	"math/big"

	"spm/model"
)

// lookedUp is the window of the measure that the component is looked up by.
func (x *reference) lookedUp(w *refSpan) *refSpan {
	by := x.component().LookedUpBy
	if by == "" {
		return w
	}
	x.hit("looked up by another measure " + string(x.component().Mode))
	out := *w
	out.measure, out.postings, out.quota = new(big.Rat), nil, x.quotaOf(w, by)
	m := x.s.Measures[2]
	for _, p := range x.counted(w, m.Value, m.Condition) {
		if !creditHolds(m.Condition, p.credit) {
			continue
		}
		out.measure, out.postings = refPlus(out.measure, p.value), append(out.postings, p)
	}
	return &out
}

// otherTotals gives, of each posting, the running total of the other measure
// before and after it.
func (x *reference) otherTotals(w, other *refSpan) (before, after []*big.Rat) {
	a := x.component().Accumulate
	whole := a == model.OverEvent || a == model.OverOrder
	name := func(p *refPosting) string {
		if !whole {
			return x.group(p)
		}
		if sold := x.soldIn(w, p); sold != nil {
			return x.group(p) + " in " + sold.days[0].String()
		}
		if w.replay && x.returnsEarlier(w, p) {
			return x.group(p) + " before"
		}
		return x.group(p)
	}
	for _, p := range w.postings {
		so, begun, added := new(big.Rat), false, new(big.Rat)
		for _, q := range other.postings {
			if q.place > p.place || x.group(q) != x.group(p) {
				continue
			}
			if q.place < p.place { // of what is not paid no sale is missed
				problems := maps.Clone(x.problems)
				apart := name(q) != name(p)
				if x.problems = problems; apart {
					continue
				}
			}
			if whole && !begun && q.back() && q.value.Sign() < 0 {
				so = refLess(so, q.value)
				if sold := x.soldIn(w, q); sold != nil {
					if left := x.remains(w, sold, x.s.Measures[2].Value, x.s.Measures[2].Condition, x.group(q), x.group); left != nil {
						so = left
					}
				}
			}
			begun = begun || q.value.Sign() != 0
			if q.place == p.place {
				added = q.value
				continue
			}
			so = refPlus(so, q.value)
		}
		if added.Sign() == 0 {
			x.hit("it adds nothing to the other measure")
		}
		before, after = append(before, so), append(after, refPlus(so, added))
	}
	if len(other.postings) > len(w.postings) {
		x.hit("the other measure counts more")
	}
	return before, after
}

// inProportion cuts a value where the way from one total to another crosses the
// bounds: what lies before a bound is rounded to 16 decimals.
func (x *reference) inProportion(t *refTable, value, from, to *big.Rat) *big.Rat {
	out := new(big.Rat)
	switch {
	case value.Sign() == 0:
		return out
	case from.Cmp(to) == 0:
		x.hit("at the standing rate")
		return refTimes(value, x.look(t, from))
	case t.beyond(from) || t.beyond(to):
		return x.fail(model.ProblemOffTable)
	}
	before := func(at *big.Rat) *big.Rat {
		share := new(big.Rat).Quo(refLess(at, from), refLess(to, from))
		if at.Cmp(to) == 0 {
			return value
		}
		return ratRound(refTimes(value, share), 16, model.HalfEven)
	}
	low, high := from, to
	if to.Cmp(from) < 0 {
		low, high = to, from
	}
	parts := 0
	for _, row := range t.rows {
		begin, end := low, high
		if row.from != nil && row.from.Cmp(begin) > 0 {
			begin = row.from
		}
		if row.to != nil && row.to.Cmp(end) < 0 {
			end = row.to
		}
		if begin.Cmp(end) >= 0 {
			continue
		}
		if to.Cmp(from) < 0 {
			begin, end = end, begin
		}
		out.Add(out, refTimes(row.rate, refLess(before(end), before(begin))))
		parts++
	}
	if parts > 1 {
		x.hit("cut in proportion")
	}
	return out
}
