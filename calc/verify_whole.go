package calc

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// points checks that a node's rate lies on the straight line between the points
// below it, where there are two, or is that of the one.
func (v *verifier) points(i int, value decimal.Decimal) {
	var found []*Term
	for j := i + 1; j < v.t.Len() && v.t.Parents[j] >= int32(i); j++ {
		if v.t.Kinds[j] == NodePoint && v.t.Parents[j] == int32(i) {
			found = append(found, v.term(j))
		}
	}
	rate := orZero(v.term(i).Rate)
	switch len(found) {
	case 0:
	case 1:
		v.same(i, "rate of the last point", rate, orZero(found[0].Rate))
	default:
		from, to := v.bound(found[0].From), v.bound(found[1].From)
		if from == nil || to == nil || !from.LessThan(*to) {
			v.fail(i, "points out of order")
			return
		}
		v.same(i, "interpolated rate", rate, between(value, *from, *to, orZero(found[0].Rate), orZero(found[1].Rate)))
	}
}

// targets checks a target incentive against its parts and their days.
func (v *verifier) targets(i, end int) {
	v.target = &v.t.Values[i]
	whole := decimal.Zero
	var parts []int
	for j := i + 1; j < end; j++ {
		if v.t.Kinds[j] == NodeRule && v.t.Parents[j] != int32(i) {
			continue // the ramp of the part above
		}
		parts = append(parts, j)
		v.quotaFactor(j, end)
		term := v.term(j)
		if term.From == nil || term.To == nil || !term.To.IsPositive() {
			v.fail(j, "a part of the target without days")
			return
		}
		whole = *term.To
	}
	if !whole.IsPositive() {
		v.fail(i, "a target without parts")
		return
	}
	unit, mode := unitFrom(choicesOf(v.term(i).Label))
	v.same(i, "target incentive", v.t.Values[i], targetOfParts(len(parts), func(k int) (decimal.Decimal, decimal.Decimal) {
		return v.t.Values[parts[k]].Mul(orOne(v.term(parts[k]).Rate)), *v.term(parts[k]).From
	}, whole, unit, mode))
}

// result recomputes what a window comes to as a whole.
func (v *verifier) result(i, end int) {
	t, term := v.t, v.term(i)
	if v.stage == 0 {
		v.fail(i, "a result that goes by no rule")
		return
	}
	for j := i + 1; j < end && v.choices["rateKind"] != string(model.RatePool); j++ {
		if term := v.term(j); term.From != nil {
			v.proration(j, t.Values[i])
			v.same(j, "money looked up", t.Values[j], orZero(v.term(v.stage).Rate))
		}
	}
	money := t.Values[i]
	switch {
	case v.choices["rateKind"] == string(model.RateFormula):
		v.same(i, "formula", money, quantise(v.replayed(v.stage)))
	case v.choices["rateKind"] == string(model.RatePool):
		v.same(i, "share", money, v.sharePool(i))
	case term.Rate != nil:
		weight := decimal.New(1, 0)
		if text := v.choices["weight"]; text != "" {
			weight, _ = decimal.NewFromString(text)
		}
		if v.target == nil {
			v.fail(i, "a part of a target that is not there")
			return
		}
		v.same(i, "target", money, v.target.Mul(weight))
		rate := orZero(v.term(v.stage).Rate)
		if v.choices["goal"] != "" && v.choices["table"] == "" {
			rate = t.Values[v.stage]
		}
		v.same(i, "rate", *term.Rate, rate)
		money = money.Mul(*term.Rate)
	}
	amount := quantise(v.inPay(money, term))
	v.same(i, "amount", t.Amounts[i], amount)
	v.lines = append(v.lines, amount)
}

// replayed works a formula out again from what it read.
func (v *verifier) replayed(i int) decimal.Decimal {
	text, row := v.recorded(i)
	expression, err := Compile(WindowEnv, text, ResultNumber)
	if err != nil {
		v.fail(i, "expression: %v", err)
		return decimal.Zero
	}
	money, err := expression.Decimal(row)
	if err != nil {
		v.fail(i, "expression: %v", err)
	}
	return money
}

// recorded gives an expression and what it read: both stand below a node.
func (v *verifier) recorded(i int) (text string, row *WindowRow) {
	t := v.t
	read := &reads{replayed: true, numbers: map[string]*decimal.Decimal{}, texts: map[string]string{}}
	for j := i + 1; j < t.Len() && t.Parents[j] == int32(i); j++ {
		label := v.term(j).Label
		if t.Kinds[j] == NodeRule {
			text = label
			continue
		}
		read.numbers[label] = &t.Values[j]
		if name, value, is := strings.Cut(label, ": "); is {
			if read.texts[name] = value; value == "nil" {
				read.numbers[name] = nil
			}
		}
	}
	return text, &WindowRow{reads: read}
}

// earlier takes up what earlier periods of the window bring: before the
// rounding the sum of their lines, after it what they have earned.
func (v *verifier) earlier(i int) {
	t := v.t
	if v.rounded {
		v.same(i, "amount", t.Amounts[i], t.Values[i].Neg())
		v.amount = v.amount.Sub(t.Values[i])
		v.paid = append(v.paid, t.Values[i].Neg())
		return
	}
	v.running, v.uncut = v.running.Add(t.Values[i]), v.uncut.Add(t.Values[i])
	v.lines = append(v.lines, t.Amounts[i])
}

// attainmentCap takes up what the measure is cut at.
func (v *verifier) attainmentCap(i int, text string) {
	share, err := decimal.NewFromString(text)
	if err != nil || v.quota == nil {
		v.fail(i, "an attainment cap without a share or a quota")
		return
	}
	limit := share.Mul(*v.quota)
	v.limit, v.running = &limit, decimal.Min(v.begun, limit)
	v.same(i, "what counts of the measure", v.t.Values[i], v.counts(v.t.Values[v.measure]))
}

// counts gives what of a total counts.
func (v *verifier) counts(total decimal.Decimal) decimal.Decimal {
	if v.limit == nil {
		return total
	}
	return decimal.Min(total, *v.limit)
}

// uncutOf gives what a node adds to the measure, whether that counts or not.
func (v *verifier) uncutOf(i int32) decimal.Decimal {
	t := v.t
	for j := int(i) + 1; j < t.Len() && t.Parents[j] >= i; j++ {
		if t.Parents[j] == i && t.Kinds[j] == NodeRule && v.term(j).Label == cutOff {
			return t.Values[j]
		}
	}
	return t.Values[i]
}

// upToLimit checks what of a line counts.
func (v *verifier) upToLimit(i int) {
	before := v.uncut
	v.uncut = before.Add(v.uncutOf(int32(i)))
	if v.contributed.IsZero() {
		v.same(i, "what counts", v.t.Values[i], v.counts(v.uncut).Sub(v.counts(before)))
	}
}

// withheld recomputes what is taken off from whom the version does not pay: all.
func (v *verifier) withheld(i int) {
	t := v.t
	if t.Kinds[i] != NodeGate || !v.amount.IsPositive() {
		v.fail(i, "out of place after the rounding")
		return
	}
	v.same(i, "value", t.Values[i], v.amount)
	v.same(i, "share paid", orZero(v.term(i).Rate), decimal.Zero)
	v.same(i, "amount", t.Amounts[i], v.amount.Neg())
	v.paid = append(v.paid, v.amount.Neg())
	v.amount = decimal.Zero
}
