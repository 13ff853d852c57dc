package calc

import (
	"maps"
	"strconv"

	"github.com/shopspring/decimal"

	"spm/model"
)

// earned recomputes an override on what a level has earned.
func (v *verifier) earned(i, end int) {
	t, total := v.t, decimal.Zero
	if v.stage == 0 || v.choices["rateKind"] != string(model.RateOverride) {
		v.fail(i, "an override that goes by no rule")
		return
	}
	for j := i + 1; j < end; j++ {
		if t.Kinds[j] == NodeInput && t.Parents[j] == int32(i) {
			total = total.Add(t.Values[j])
		}
	}
	v.same(i, "value", t.Values[i], total)
	term := v.term(i)
	amount := quantise(v.inPay(total.Mul(orZero(term.Rate)), term))
	v.same(i, "amount", t.Amounts[i], amount)
	v.lines = append(v.lines, amount)
	v.running, v.uncut = v.running.Add(total), v.uncut.Add(total)
}

// sharePool recomputes a member's share of a pool: the fund, the weight, the part of
// whole units, and the unit that is left over for the largest remainders. How
// many are left, and the member's rank, stand on the trace's word: they come of
// the others' weights.
func (v *verifier) sharePool(i int) decimal.Decimal {
	t, term := v.t, v.term(i)
	for j := v.stage + 1; j < i; j++ {
		if t.Parents[j] == 0 && t.Kinds[j] == NodeRule && term.From != nil {
			v.same(j, "weight", t.Values[j], *term.From)
			v.weighed(j)
		}
	}
	choices := maps.Clone(v.choices)
	choices["roundStage"] = string(model.RoundComponent)
	policy, err := roundingFrom(choices)
	left, lefts := strconv.Atoi(v.choices["left"])
	rank, ranks := strconv.Atoi(v.choices["rank"])
	if err != nil || lefts != nil || ranks != nil || term.From == nil || term.To == nil {
		v.fail(i, "not a share of a fund")
		return decimal.Zero
	}
	fund := t.Values[v.stage]
	v.same(v.stage, "fund", fund, decimal.Max(policy.round(v.replayed(v.stage)), decimal.Zero))
	if !term.To.IsPositive() {
		v.same(i, "fund without weights", fund, decimal.Zero)
		return decimal.Zero
	}
	part, _ := fund.Mul(*term.From).QuoRem(*term.To, policy.scale)
	if rank >= 1 && rank <= left {
		part = part.Add(decimal.New(1, -policy.scale))
	}
	return part
}

// weighed recomputes a weight: of its expression, or of days in the team.
func (v *verifier) weighed(i int) {
	t := v.t
	if v.term(i).Label == "weight" {
		v.same(i, "weight", t.Values[i], quantise(v.replayed(i)))
		return
	}
	total := decimal.Zero
	for j := i + 1; j < t.Len() && t.Parents[j] == int32(i); j++ {
		total = total.Add(t.Values[j].Mul(orZero(v.term(j).From)))
	}
	v.same(i, "weight", t.Values[i], total)
}
