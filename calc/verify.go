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
	v := verifier{t: t.open()}
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
	v.payRates()
	if len(v.lines) > 0 && !v.rounded {
		v.fail(0, "its lines are not rounded")
	}
	if len(v.t.Paid) != len(v.paid) {
		v.fail(0, "there are %d lines and %d rounded amounts", len(v.paid), len(v.t.Paid))
	} else {
		for i := range v.paid {
			v.same(0, fmt.Sprintf("rounded line %d", i+1), v.t.Paid[i], v.paid[i])
		}
	}
	v.same(0, "amount", v.t.Amounts[0], v.amount)
	return v.amount, errors.Join(v.errs...)
}

// verifier walks a trace, top node by top node.
type verifier struct {
	t       *opened
	errs    []error
	lines   []decimal.Decimal // recomputed
	base    decimal.Decimal   // what multipliers that add up act on
	based   bool
	window  string    // at hand, where it is not the payout period
	first   int       // of its lines
	rounds  *rounding // its lines, before anything acts on their sum; nil: it does not
	rounded bool
	paid    []decimal.Decimal // the lines, rounded, recomputed
	amount  decimal.Decimal   // recomputed

	measure     int // node of the group's measure; 0: none yet
	expressed   bool
	running     decimal.Decimal // what the lines so far add to the measure
	begun       decimal.Decimal // what was brought along from other positions
	own         decimal.Decimal // the quota of the days in this one
	contributed decimal.Decimal // by credits without a line
	quota       *decimal.Decimal
	limit       *decimal.Decimal // of the measure, where there is an attainment cap
	uncut       decimal.Decimal  // what the lines so far would add without it
	target      *decimal.Decimal
	runs        map[string]decimal.Decimal // running totals of orders, events and periods
	orders      map[string]*orderSeen      // what the lines of orders come to, by label
	look        *lookupSeen                // the measure that the lines are looked up by; nil: their own
	by          *lineSeen                  // of the line at hand, where it is looked up by another measure
	sold        bool                       // it takes back a sale of an earlier window, or of other tiers, as that was paid
	stage       int                        // node of the rule that the lines go by; 0: none yet
	choices     map[string]string          // of that rule
	steps       map[string]decimal.Decimal // the rates of currency steps, by label
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
			!t.Kinds[i].known() || t.Term[i] < -1 || int(t.Term[i]) >= len(t.Terms) {
			v.fail(i, "out of place")
		}
	}
	return len(v.errs) == 0
}

// node checks the top node i, whose subtree ends before end.
func (v *verifier) node(i, end int) {
	t := v.t
	if !t.isLine(i) && t.Kinds[i] != NodeRounding && !t.Kinds[i].together() {
		v.same(i, "amount", t.Amounts[i], decimal.Zero)
	}
	switch t.Kinds[i] {
	case NodeMeasure:
		v.beginGroup(i, end)
	case NodeQuota:
		*v.quotaAt() = &t.Values[i]
		v.given(i, end)
	case NodeAttainment:
		quota, total := *v.quotaAt(), v.totalAt()
		if quota == nil || quota.IsZero() {
			v.fail(i, "attainment without a quota")
			return
		}
		v.same(i, "attainment", t.Values[i], divide(total, *quota))
	case NodeLookup:
		v.stepOf(i)
	case NodeRule:
		v.rule(i, end)
	case NodeLine:
		v.line(i, end)
	case NodeBonus:
		v.prorations(i, end)
		v.bonus(i)
	case NodeRounding:
		v.rounding(i, end)
	case NodeTarget:
		v.targets(i, end)
	case NodeResult:
		v.result(i, end)
	case NodeEarlier:
		v.earlier(i)
	case NodeEarned:
		v.earned(i, end)
	case NodeMultiplier, NodeGate, NodeCap, NodeFloor:
		v.adjustment(i, end)
	case NodeCapTogether, NodeFloorTogether:
		v.together(i, end)
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
		if v.t.Kinds[j] == NodeFX {
			v.oneRate(j, v.term(j).Label, v.term(j).Rate)
		}
		if v.t.Kinds[j] == NodeFX && !v.expressedAt(v.t.Parents[j]) {
			v.same(j, "converted value", v.uncutOf(v.t.Parents[j]), v.t.Values[j].Mul(orZero(v.term(j).Rate)))
		}
		if v.t.Kinds[j] != NodeSlice && v.t.Kinds[j] != NodeResult && !v.t.Kinds[j].adjusts() {
			v.same(j, "amount", v.t.Amounts[j], decimal.Zero)
		}
	}
}

// beginGroup starts anew at a measure.
func (v *verifier) beginGroup(i, end int) {
	if strings.HasPrefix(v.term(i).Label, lookupPrefix) {
		v.beginLookup(i)
		return
	}
	v.endGroup()
	v.measure, v.begun, v.contributed, v.quota, v.runs = i, decimal.Zero, decimal.Zero, nil, map[string]decimal.Decimal{}
	v.expressed = choicesOf(v.term(i).Label)["value"] == string(model.ValueExpression)
	for j := i + 1; j < end; j++ {
		switch {
		case v.broughtAt(j):
			v.begun = v.begun.Add(v.t.Values[j])
		case v.t.Kinds[j] == NodeMeasure:
			v.contributed = v.contributed.Add(v.t.Values[j])
		}
	}
	v.orders, v.limit, v.running, v.uncut = map[string]*orderSeen{}, nil, v.begun, v.begun
}

// endGroup checks that the lines and contributions add up to the measure.
func (v *verifier) endGroup() {
	v.endStage()
	v.endLookup()
	if v.measure > 0 {
		v.same(v.measure, "measure", v.t.Values[v.measure], v.uncut.Add(v.contributed))
	}
}

// endStage checks that a retroactive rate was looked up by the total that its
// lines reach.
func (v *verifier) endStage() {
	if v.stage > 0 && v.choices["lookedUpBy"] == "" && v.choices["tierMode"] == string(model.TierRetroactive) && v.choices["dimension"] != string(model.ByExpression) && v.contributed.IsZero() {
		v.same(v.stage, "looked-up total", v.t.Values[v.stage], v.running)
	}
	v.stage = 0
}

// rule takes up the choice by which the lines that follow are rated.
func (v *verifier) rule(i, end int) {
	choices := choicesOf(v.term(i).Label)
	if strings.HasPrefix(v.term(i).Label, withinPrefix) {
		v.base, v.based = v.total(), true
	}
	if window := choices["window"]; window != "" && window != v.window {
		v.window, v.first, v.based, v.rounds = window, len(v.lines), false, nil
	}
	if choices["roundStage"] != "" {
		v.roundedFirst(i, choices)
		return
	}
	if choices["condition"] != "" {
		v.condition(i, end, choices)
		return
	}
	if share := choices["attainmentCap"]; share != "" {
		v.attainmentCap(i, share)
	}
	v.standing(i, choices)
	if choices["targetRate"] != "" {
		if v.target == nil || v.quota == nil || !v.own.IsPositive() {
			v.fail(i, "a target rate without target or quota")
			return
		}
		v.same(i, "target rate", v.t.Values[i], divide(*v.target, v.own))
	}
	if choices["rateKind"] == "" && choices["tierMode"] == "" && choices["bonusLevels"] == "" {
		return
	}
	v.endStage()
	v.stage, v.choices = i, choices
	v.lookedUp(i)
	switch {
	case choices["lookup"] == string(model.LookupLinear):
		v.points(i, v.t.Values[i])
	case choices["tierMode"] == string(model.TierRetroactive) || choices["rateKind"] == string(model.RatePayCurve) || choices["goal"] != "" && choices["table"] != "":
		v.within(i, v.t.Values[i], v.t.Values[i], choices["bounds"])
	case (choices["tierMode"] == string(model.TierMarginal) || choices["tierMode"] == string(model.TierWholeCredit)) && v.contributed.IsZero() && choices["accumulate"] == "" && choices["lookedUpBy"] == "":
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
func (v *verifier) proration(j int, value decimal.Decimal) {
	term := v.term(j)
	if term.From == nil || term.To == nil || !term.To.IsPositive() {
		v.fail(j, "a proration without days")
		return
	}
	unit, mode := unitFrom(choicesOf(term.Label))
	v.same(j, "share", orZero(term.Rate), divide(*term.From, *term.To))
	v.same(j, "prorated value", value, prorated(v.t.Values[j], *term.From, *term.To, unit, mode))
}

// unitFrom reads how the rate of a unit is rounded, nil where it is not.
func unitFrom(choices map[string]string) (*int, model.RoundMode) {
	scale, err := strconv.Atoi(choices["prorationUnit"])
	if err != nil || scale < 0 || scale > model.Scale {
		return nil, ""
	}
	return &scale, model.RoundMode(choices["roundMode"])
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
	quota := v.quota
	if v.choices["lookedUpBy"] != "" && v.look != nil {
		quota = v.look.quota
	}
	if quota == nil {
		v.fail(v.stage, "bounds of attainment without a quota")
		return d
	}
	at := d.Mul(*quota)
	return &at
}

// line recomputes a line from its slices or its event, or from its own value
// and rate.
func (v *verifier) line(i, end int) {
	if v.stage == 0 {
		v.fail(i, "a line that goes by no rule")
	}
	t := v.t
	value, product, sliced := decimal.Zero, decimal.Zero, false
	at := v.run(i, end)
	v.by, v.sold = nil, false
	for j := i + 1; j < end; j++ {
		switch {
		case t.Parents[j] != int32(i):
		case t.Kinds[j] == NodeLookup:
			v.lineBy(i, j)
		case t.Kinds[j] == NodeRule && strings.HasPrefix(v.term(j).Label, soldPrefix):
			v.sold = t.Values[i].IsNegative()
		case t.Kinds[j] == NodeInput:
			v.same(j, "value of a text", t.Values[j], decimal.Zero)
		case t.Kinds[j] == NodeResult:
			product = v.inPay(t.Values[j].Mul(orZero(v.term(j).Rate)), v.term(j))
			v.same(j, "amount", t.Amounts[j], quantise(product))
			v.tier(j, at, t.Values[i])
			sliced, value = true, t.Values[i]
		case t.Kinds[j] == NodeSlice:
			sliced = true
			part := v.product(j, at)
			v.same(j, "amount", t.Amounts[j], quantise(product.Add(part)).Sub(quantise(product)))
			product, value, at = product.Add(part), value.Add(t.Values[j]), at.Add(t.Values[j])
		}
	}
	if sliced {
		v.same(i, "value", t.Values[i], value)
	} else {
		product = v.product(i, at)
	}
	v.endLineBy(i)
	product = v.adjustedLine(i, end, product)
	v.same(i, "amount", t.Amounts[i], quantise(product))
	v.lines = append(v.lines, quantise(product))
	v.upToLimit(i)
	v.running = v.running.Add(t.Values[i])
}

// run gives the running total that a line begins at, and moves it on: the
// group's, or that of its own order, event or period.
func (v *verifier) run(i, end int) decimal.Decimal {
	t := v.t
	for j := i + 1; j < end; j++ {
		key, is := strings.CutPrefix(v.term(j).Label, runPrefix)
		if t.Kinds[j] != NodeRule || t.Parents[j] != int32(i) || !is {
			continue
		}
		before, known := v.runs[key]
		if !known && t.Values[i].IsNegative() && (t.Values[j].Equal(t.Values[i].Neg()) || strings.Contains(key, soldIn)) {
			before = t.Values[j]
		}
		v.same(j, "running total", t.Values[j], before)
		v.runs[key] = before.Add(t.Values[i])
		return before
	}
	return v.running
}

// product gives value x rate x currency step of a line or slice that begins at
// a running total, and checks that the rate is the one that holds there.
func (v *verifier) product(i int, from decimal.Decimal) decimal.Decimal {
	term, value := v.term(i), v.t.Values[i]
	if term.Rate == nil {
		v.same(i, "value without a rate", value, decimal.Zero)
		return decimal.Zero
	}
	v.tier(i, from, value)
	return v.inPay(value.Mul(*term.Rate), term)
}

// tier checks that the rate of a node is the one of its credit, which begins at
// a running total. A return that is paid as its sale was, is not looked up.
func (v *verifier) tier(i int, from, value decimal.Decimal) {
	if v.sold {
		return
	}
	if v.by != nil {
		v.tierBy(i, value)
		return
	}
	to := from.Add(value)
	rate, stage := orZero(v.term(i).Rate), orZero(v.term(v.stage).Rate)
	kind := model.RateKind(v.choices["rateKind"])
	switch {
	case v.choices["tierMode"] == string(model.TierMarginal):
		v.within(i, decimal.Min(from, to), decimal.Max(from, to), "")
	case v.choices["tierMode"] == string(model.TierWholeCredit):
		at := to
		if v.choices["rateMoment"] == string(model.RateBefore) {
			at = from
		}
		if value.IsNegative() {
			return
		}
		if v.choices["lookup"] == string(model.LookupLinear) {
			v.points(i, at)
			return
		}
		v.within(i, at, at, v.choices["bounds"])
	case kind == model.RateMatrix && v.choices["accumulate"] != "", (kind == model.RateUnit || kind == model.RatePerEvent) && value.IsNegative(), kind == model.RateOverride:
	default:
		v.same(i, "rate", rate, stage)
	}
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
