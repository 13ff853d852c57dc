package calc

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// lookupSeen is a measure that lines are looked up by, as far as it was seen.
type lookupSeen struct {
	node      int
	expressed bool
	open      bool // a quota that follows is its own
	quota     *decimal.Decimal
	running   decimal.Decimal
	runs      map[string]decimal.Decimal // of orders, events and periods
}

// lineSeen is how far a line was walked that is looked up by another measure.
type lineSeen struct {
	from, to decimal.Decimal // the running totals before and after it
	at       decimal.Decimal // as far as its slices lead
	value    decimal.Decimal // of the line
	done     decimal.Decimal // of its slices
}

// beginLookup takes up a measure to look up by.
func (v *verifier) beginLookup(i int) {
	v.endStage()
	v.endLookup()
	label := strings.TrimPrefix(v.term(i).Label, lookupPrefix)
	v.look = &lookupSeen{node: i, open: true, expressed: choicesOf(label)["value"] == string(model.ValueExpression), runs: map[string]decimal.Decimal{}}
}

// endLookup checks that what was passed adds up to the measure.
func (v *verifier) endLookup() {
	if v.look != nil {
		v.same(v.look.node, "measure", v.t.Values[v.look.node], v.look.running)
	}
	v.look = nil
}

// quotaAt is whose quota stands at hand: that of the measure to look up by, or
// the group's.
func (v *verifier) quotaAt() **decimal.Decimal {
	if v.look != nil && v.look.open {
		return &v.look.quota
	}
	return &v.quota
}

// totalAt is whose total attainment is of at hand.
func (v *verifier) totalAt() decimal.Decimal {
	if v.look != nil && v.look.open {
		return v.t.Values[v.look.node]
	}
	return v.counts(v.t.Values[v.measure])
}

// expressedAt tells whether what a node adds comes from an expression.
func (v *verifier) expressedAt(i int32) bool {
	if v.t.Kinds[i] == NodeLookup {
		return v.look != nil && v.look.expressed
	}
	return v.expressed
}

// lookedUp checks a rule that looks up by another measure: what it has found was
// found by the running total so far.
func (v *verifier) lookedUp(i int) {
	switch {
	case v.choices["lookedUpBy"] == "":
	case v.look == nil:
		v.fail(i, "looked up by a measure that is not there")
	default:
		v.look.open = false
		v.same(i, "running total", v.t.Values[i], v.look.running)
	}
}

// stepOf takes what a credit adds into the running total, and gives the total
// before and after it.
func (v *verifier) stepOf(i int) (from, to decimal.Decimal) {
	l, value, term := v.look, v.t.Values[i], v.term(i)
	if l == nil {
		v.fail(i, "it adds to a measure that is not there")
		return from, to
	}
	from = l.running
	key, own := strings.CutPrefix(term.Label, runPrefix)
	if own {
		before, known := l.runs[key]
		if from = before; !known && value.IsNegative() && (orZero(term.From).Equal(value.Neg()) || strings.Contains(key, soldIn)) {
			from = orZero(term.From)
		}
	}
	to = from.Add(value)
	l.open, l.running = false, l.running.Add(value)
	if own && !value.IsZero() {
		l.runs[key] = to
	}
	v.same(i, "running total before", orZero(term.From), from)
	v.same(i, "running total after", orZero(term.To), to)
	return from, to
}

// lineBy takes up what a line adds to the measure that it is looked up by.
func (v *verifier) lineBy(i, j int) {
	from, to := v.stepOf(j)
	v.by = &lineSeen{from: from, to: to, at: from, value: v.t.Values[i]}
}

// tierBy checks the rate of a line, or of its next slice, and what lies in it.
func (v *verifier) tierBy(i int, value decimal.Decimal) {
	by, bounds := v.by, v.choices["bounds"]
	if v.choices["tierMode"] == string(model.TierMarginal) {
		if by.from.Equal(by.to) {
			v.within(i, by.from, by.from, bounds)
			return
		}
		end, so := v.endBy(i), by.value
		v.within(i, decimal.Min(by.at, end), decimal.Max(by.at, end), "")
		if !end.Equal(by.to) {
			so = divide(by.value.Mul(end.Sub(by.from)), by.to.Sub(by.from))
		}
		v.same(i, "part", value, so.Sub(by.done))
		by.at, by.done = end, so
		return
	}
	at := by.to
	if v.choices["rateMoment"] == string(model.RateBefore) {
		at = by.from
	}
	switch {
	case v.choices["tierMode"] != string(model.TierWholeCredit):
		v.fail(i, "a rate that is not looked up by credit")
	case value.IsNegative():
	case v.choices["lookup"] == string(model.LookupLinear):
		v.points(i, at)
	default:
		v.within(i, at, at, bounds)
	}
}

// endBy is the running total at which a slice ends: the bound of its tier on the
// way, or the way's end.
func (v *verifier) endBy(i int) decimal.Decimal {
	low, high := v.bound(v.term(i).From), v.bound(v.term(i).To)
	switch {
	case v.by.to.GreaterThan(v.by.from) && high != nil && high.LessThan(v.by.to):
		return *high
	case v.by.to.LessThan(v.by.from) && low != nil && low.GreaterThan(v.by.to):
		return *low
	}
	return v.by.to
}

// endLineBy checks that the slices of a line led to its end.
func (v *verifier) endLineBy(i int) {
	if by := v.by; by != nil && !v.sold && v.choices["tierMode"] == string(model.TierMarginal) && !by.value.IsZero() && !by.from.Equal(by.to) {
		v.same(i, "running total", by.at, by.to)
	}
	v.by = nil
}
