package calc

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Verify recomputes the amount of an earning from its trace alone: values x
// rates, slices within their bounds one after the other, levels reached,
// currency steps, prorations, sums, and the rounding with its mode and scale.
// The error names every node that does not recompute; the amount is what the
// trace comes to by itself.
func Verify(t Trace) (decimal.Decimal, error) {
	v := verifier{t: &t}
	if !v.wellFormed() {
		return decimal.Zero, errors.Join(v.errs...)
	}
	for i := 1; i < t.Len(); {
		end := i + 1
		for end < t.Len() && t.Parents[end] != 0 {
			end++
		}
		v.node(i, end)
		i = end
	}
	v.endGroup()
	if len(v.lines) > 0 && !v.rounded {
		v.fail(0, "its lines are not rounded")
	}
	if !v.rounded && len(t.Paid) > 0 {
		v.fail(0, "it has amounts of lines that are not there")
	}
	v.same(0, "amount", t.Amounts[0], v.amount)
	return v.amount, errors.Join(v.errs...)
}

// verifier walks a trace, top node by top node.
type verifier struct {
	t       *Trace
	errs    []error
	lines   []decimal.Decimal // recomputed
	base    decimal.Decimal   // what multipliers that add up act on
	based   bool
	rounded bool
	amount  decimal.Decimal // recomputed

	measure     int // node of the group's measure; 0: none yet
	expressed   bool
	running     decimal.Decimal // what the lines so far add to the measure
	contributed decimal.Decimal // by credits without a line
	quota       *decimal.Decimal
	stage       int               // node of the rule that the lines go by; 0: none yet
	choices     map[string]string // of that rule
}

func (v *verifier) fail(node int, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("node %d: %s", node, fmt.Sprintf(format, args...)))
}

// same reports a number that is not what it comes to.
func (v *verifier) same(node int, what string, said, comes decimal.Decimal) {
	if !said.Equal(comes) {
		v.fail(node, "%s is %s and comes to %s", what, said, comes)
	}
}

// wellFormed checks that the arrays are a tree of a known format.
func (v *verifier) wellFormed() bool {
	t := v.t
	n := t.Len()
	if t.Format != TraceFormat || n == 0 || len(t.Parents) != n || len(t.Term) != n || len(t.Amounts) != n || len(t.Values) != n || len(t.Credits) != n {
		v.fail(0, "not a trace of format %d", TraceFormat)
		return false
	}
	for i := range t.Kinds {
		root := i == 0
		if root != (t.Kinds[i] == NodeEarning) || root != (t.Parents[i] == -1) || int(t.Parents[i]) >= max(i, 1) || t.Parents[i] < -1 ||
			t.Kinds[i] < NodeEarning || t.Kinds[i] > NodeFloor || t.Term[i] < -1 || int(t.Term[i]) >= len(t.Terms) {
			v.fail(i, "out of place")
		}
	}
	return len(v.errs) == 0
}

// node checks the top node i, whose subtree ends before end.
func (v *verifier) node(i, end int) {
	t := v.t
	if !t.isLine(i) && t.Kinds[i] != NodeRounding {
		v.same(i, "amount", t.Amounts[i], decimal.Zero)
	}
	switch t.Kinds[i] {
	case NodeMeasure:
		v.beginGroup(i, end)
	case NodeQuota:
		v.quota = &t.Values[i]
		v.prorations(i, end)
	case NodeAttainment:
		if v.quota == nil || v.quota.IsZero() {
			v.fail(i, "attainment without a quota")
			return
		}
		v.same(i, "attainment", t.Values[i], divide(t.Values[v.measure], *v.quota))
	case NodeRule:
		v.rule(i)
	case NodeLine:
		v.line(i, end)
	case NodeBonus:
		v.prorations(i, end)
		v.bonus(i)
	case NodeRounding:
		v.rounding(i)
	case NodeMultiplier, NodeGate, NodeCap, NodeFloor:
		v.adjustment(i, end)
	}
	v.currencies(i, end)
}

// term gives a node's term, an empty one where it has none.
func (v *verifier) term(i int) *Term {
	if term := v.t.termAt(i); term != nil {
		return term
	}
	return &Term{}
}

// currencies checks the currency steps below a top node: what they convert is
// what their parent adds, unless an expression stands in between.
func (v *verifier) currencies(i, end int) {
	for j := i + 1; j < end; j++ {
		if v.t.Kinds[j] == NodeFX && !v.expressed {
			v.same(j, "converted value", v.t.Values[v.t.Parents[j]], v.t.Values[j].Mul(orZero(v.term(j).Rate)))
		}
		if v.t.Kinds[j] != NodeSlice && !v.t.Kinds[j].adjusts() {
			v.same(j, "amount", v.t.Amounts[j], decimal.Zero)
		}
	}
}

// beginGroup starts anew at a measure.
func (v *verifier) beginGroup(i, end int) {
	v.endGroup()
	v.measure, v.running, v.contributed, v.quota = i, decimal.Zero, decimal.Zero, nil
	v.expressed = choicesOf(v.term(i).Label)["value"] == string(model.ValueExpression)
	for j := i + 1; j < end; j++ {
		if v.t.Kinds[j] == NodeMeasure {
			v.contributed = v.contributed.Add(v.t.Values[j])
		}
	}
}

// endGroup checks that the lines and contributions add up to the measure.
func (v *verifier) endGroup() {
	v.endStage()
	if v.measure > 0 {
		v.same(v.measure, "measure", v.t.Values[v.measure], v.running.Add(v.contributed))
	}
}

// endStage checks that a retroactive rate was looked up by the total that its
// lines reach.
func (v *verifier) endStage() {
	if v.stage > 0 && v.choices["tierMode"] == string(model.TierRetroactive) && v.contributed.IsZero() {
		v.same(v.stage, "looked-up total", v.t.Values[v.stage], v.running)
	}
	v.stage = 0
}

// rule takes up the choice by which the lines that follow are rated.
func (v *verifier) rule(i int) {
	choices := choicesOf(v.term(i).Label)
	if choices["rateKind"] == "" && choices["tierMode"] == "" && choices["bonusLevels"] == "" {
		return
	}
	v.endStage()
	v.stage, v.choices = i, choices
	switch {
	case choices["tierMode"] == string(model.TierRetroactive):
		v.within(i, v.t.Values[i], v.t.Values[i], choices["bounds"])
	case choices["tierMode"] == string(model.TierMarginal) && v.contributed.IsZero():
		v.same(i, "running total", v.t.Values[i], v.running)
	}
}

// prorations checks what was prorated below a node against its days, which are
// its bounds.
func (v *verifier) prorations(i, end int) {
	for j := i + 1; j < end; j++ {
		v.proration(j, v.t.Values[i])
	}
}

// proration checks one of them against what it comes to.
func (v *verifier) proration(j int, prorated decimal.Decimal) {
	term := v.term(j)
	if term.From == nil || term.To == nil || !term.To.IsPositive() {
		v.fail(j, "a proration without days")
		return
	}
	v.same(j, "share", orZero(term.Rate), divide(*term.From, *term.To))
	v.same(j, "prorated value", prorated, divide(v.t.Values[j].Mul(*term.From), *term.To))
}

// within checks that a part of the running total, or a value that was looked
// up, lies within the bounds of its node.
func (v *verifier) within(i int, low, high decimal.Decimal, bounds string) {
	from, to := v.bound(v.term(i).From), v.bound(v.term(i).To)
	if from != nil && (low.LessThan(*from) || bounds == string(model.UpperInclusive) && low.Equal(*from)) {
		v.fail(i, "%s lies below its tier", low)
	}
	if to != nil && (high.GreaterThan(*to) || bounds == string(model.LowerInclusive) && high.Equal(*to)) {
		v.fail(i, "%s lies above its tier", high)
	}
}

// bound gives a bound in the unit of the measure.
func (v *verifier) bound(d *decimal.Decimal) *decimal.Decimal {
	if d == nil || v.choices["dimension"] != string(model.ByAttainment) {
		return d
	}
	if v.quota == nil {
		v.fail(v.stage, "bounds of attainment without a quota")
		return d
	}
	at := d.Mul(*v.quota)
	return &at
}

// line recomputes a line from its slices, or from its own value and rate.
func (v *verifier) line(i, end int) {
	if v.stage == 0 {
		v.fail(i, "a line that goes by no rule")
	}
	t := v.t
	value, product, sliced := decimal.Zero, decimal.Zero, false
	at := v.running
	for j := i + 1; j < end; j++ {
		if t.Kinds[j] != NodeSlice {
			continue
		}
		sliced = true
		part := v.product(j, at)
		v.same(j, "amount", t.Amounts[j], quantise(product.Add(part)).Sub(quantise(product)))
		product, value, at = product.Add(part), value.Add(t.Values[j]), at.Add(t.Values[j])
	}
	if sliced {
		v.same(i, "value", t.Values[i], value)
	} else {
		product = v.product(i, v.running)
	}
	product = v.adjustedLine(i, end, product)
	v.same(i, "amount", t.Amounts[i], quantise(product))
	v.lines = append(v.lines, quantise(product))
	v.running = v.running.Add(t.Values[i])
}

// adjustedLine recomputes the adjustments below a line.
func (v *verifier) adjustedLine(i, end int, product decimal.Decimal) decimal.Decimal {
	t := v.t
	for j := i + 1; j < end; j++ {
		if !t.Kinds[j].adjusts() || t.Parents[j] != int32(i) {
			continue
		}
		v.same(j, "value", t.Values[j], product)
		after := product
		switch rate := orZero(v.term(j).Rate); t.Kinds[j] {
		case NodeMultiplier:
			after = product.Mul(rate)
		case NodeCap:
			if after = v.inPay(rate, v.term(j)); product.IsNegative() {
				after = after.Neg()
			}
			v.bounds(j, product.Abs().GreaterThan(after.Abs()))
		case NodeFloor:
			after = v.inPay(rate, v.term(j))
			v.bounds(j, product.IsPositive() && product.LessThan(after))
		default:
			v.fail(j, "a gate does not act on a line")
		}
		v.same(j, "amount", t.Amounts[j], quantise(after).Sub(quantise(product)))
		product = after
	}
	return product
}

// bounds reports a cap or floor that had nothing to hold.
func (v *verifier) bounds(i int, acts bool) {
	if !acts {
		v.fail(i, "the amount is within the bound")
	}
}

// adjustment recomputes an adjustment over the component, a line of its own.
func (v *verifier) adjustment(i, end int) {
	t, term := v.t, v.term(i)
	total, rate := sum(v.lines), orZero(term.Rate)
	if !v.based {
		v.base, v.based = total, true
	}
	var after decimal.Decimal
	switch t.Kinds[i] {
	case NodeMultiplier:
		if !t.Values[i].Equal(total) {
			v.same(i, "value", t.Values[i], v.base)
		}
		after = total.Add(quantise(t.Values[i].Mul(rate)).Sub(t.Values[i]))
	case NodeGate:
		v.same(i, "value", t.Values[i], total)
		after = quantise(total.Mul(rate))
		v.base = after
	default:
		v.same(i, "value", t.Values[i], total)
		for j := i + 1; j < end; j++ {
			v.proration(j, rate)
		}
		after = quantise(v.inPay(rate, term))
		v.bounds(i, t.Kinds[i] == NodeCap && total.GreaterThan(after) || t.Kinds[i] == NodeFloor && total.LessThan(after) && !total.IsNegative())
		v.base = after
	}
	v.same(i, "amount", t.Amounts[i], after.Sub(total))
	v.lines = append(v.lines, after.Sub(total))
}

// product gives value x rate x currency step of a line or slice that begins at
// a running total, and checks that the rate is the one that holds there.
func (v *verifier) product(i int, from decimal.Decimal) decimal.Decimal {
	term, value := v.term(i), v.t.Values[i]
	if term.Rate == nil {
		v.same(i, "value without a rate", value, decimal.Zero)
		return decimal.Zero
	}
	if v.choices["tierMode"] == string(model.TierMarginal) {
		to := from.Add(value)
		v.within(i, decimal.Min(from, to), decimal.Max(from, to), "")
	} else {
		v.same(i, "rate", *term.Rate, orZero(v.term(v.stage).Rate))
	}
	return v.inPay(value.Mul(*term.Rate), term)
}

func (v *verifier) inPay(money decimal.Decimal, term *Term) decimal.Decimal {
	if term.FX == nil {
		return money
	}
	return money.Mul(*term.FX)
}

// bonus recomputes the line of a level and checks that it was reached.
func (v *verifier) bonus(i int) {
	t, term := v.t, v.term(i)
	if v.stage == 0 || v.quota == nil || term.From == nil {
		v.fail(i, "a bonus that goes by no rule")
		return
	}
	total := t.Values[v.stage]
	if total.IsNegative() || total.LessThan(term.From.Mul(*v.quota)) {
		v.fail(i, "the level %s is not reached", term.From)
	}
	amount := quantise(v.inPay(t.Values[i], term))
	v.same(i, "amount", t.Amounts[i], amount)
	v.lines = append(v.lines, amount)
}

// rounding rounds the lines again.
func (v *verifier) rounding(i int) {
	policy, err := roundingFrom(choicesOf(v.term(i).Label))
	if err != nil || v.rounded {
		v.fail(i, "not a rounding, or a second one")
		return
	}
	v.rounded = true
	t, exact := v.t, sum(v.lines)
	whole, paid := policy.whole(v.lines)
	v.amount = whole
	v.same(i, "value", t.Values[i], exact)
	v.same(i, "amount", t.Amounts[i], whole.Sub(exact))
	if len(t.Paid) != len(paid) {
		v.fail(i, "there are %d lines and %d rounded amounts", len(paid), len(t.Paid))
		return
	}
	for j := range paid {
		v.same(i, fmt.Sprintf("rounded line %d", j+1), t.Paid[j], paid[j])
	}
}

// choicesOf reads the choices in the label of a node: "name=value", parted by
// spaces.
func choicesOf(label string) map[string]string {
	choices := map[string]string{}
	for field := range strings.FieldsSeq(label) {
		if name, value, found := strings.Cut(field, "="); found {
			if _, taken := choices[name]; !taken {
				choices[name] = value
			}
		}
	}
	return choices
}

// roundingFrom reads a rounding policy.
func roundingFrom(choices map[string]string) (rounding, error) {
	scale, err := strconv.Atoi(choices["scale"])
	if err != nil || scale < 0 || scale > model.Scale {
		return rounding{}, errors.New("no scale")
	}
	r := rounding{stage: model.RoundStage(choices["roundStage"]), mode: model.RoundMode(choices["roundMode"]), scale: int32(scale)}
	switch r.stage {
	case model.RoundLine, model.RoundComponent:
	default:
		return r, errors.New("no stage")
	}
	switch r.mode {
	case model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn:
		return r, nil
	}
	return r, errors.New("no mode")
}
