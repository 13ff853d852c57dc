package calc

import (
	"strings"

	"github.com/shopspring/decimal"
)

// given checks a quota against what was given, for the part of the window that
// was held, and what was carried into it or brought along.
func (v *verifier) given(i, end int) {
	brought := v.quotasBrought(i, end)
	if own := v.ownQuota(i, end); own != nil {
		v.same(i, "quota", v.t.Values[i], own.Add(brought))
	}
	if v.quotaAt() == &v.quota {
		v.own = v.t.Values[i].Sub(brought)
	}
}

// ownQuota gives what the parts of a quota for one position come to; nil where
// there are none.
func (v *verifier) ownQuota(i, end int) *decimal.Decimal {
	quota, carry, some := decimal.Zero, decimal.Zero, false
	if parts := v.quotaParts(i, end); parts != nil {
		quota, some = *parts, true
	}
	for j := i + 1; j < end; j++ {
		if v.t.Parents[j] != int32(i) || v.broughtAt(j) {
			continue
		}
		switch term := v.term(j); {
		case v.t.Kinds[j] == NodeRule || strings.HasPrefix(term.Label, quotaPartPrefix):
		case strings.HasPrefix(term.Label, "quotaCarry="):
			carry = v.t.Values[j]
		case term.From != nil && term.To != nil && term.To.IsPositive():
			unit, mode := unitFrom(choicesOf(term.Label))
			v.same(j, "share", orZero(term.Rate), divide(*term.From, *term.To))
			quota, some = prorated(v.t.Values[j], *term.From, *term.To, unit, mode), true
		case term.Label == "given":
			quota, some = v.t.Values[j], true
		default:
			v.fail(j, "a proration without days")
		}
	}
	if !some {
		return nil
	}
	quota = decimal.Max(quota.Add(carry), decimal.Zero)
	return &quota
}

// quotaParts puts the parts of a quota together again; nil where it has none.
func (v *verifier) quotaParts(i, end int) *decimal.Decimal {
	total, whole, some := decimal.Zero, decimal.Zero, false
	for j := i + 1; j < end; j++ {
		term := v.term(j)
		if v.t.Parents[j] != int32(i) || !strings.HasPrefix(term.Label, quotaPartPrefix) {
			continue
		}
		left := v.t.Values[j].Mul(v.quotaFactor(j, end))
		unit, mode := unitFrom(choicesOf(term.Label))
		switch {
		case term.From == nil || term.To == nil || !term.To.IsPositive():
			if some {
				v.fail(j, "a part of a quota without days")
			}
			total = left
		case unit != nil:
			total = total.Add(prorated(left, *term.From, *term.To, unit, mode))
		default:
			if whole.IsPositive() && !whole.Equal(*term.To) {
				v.fail(j, "a part of another whole")
			}
			total, whole = total.Add(left.Mul(*term.From)), *term.To
		}
		some = true
	}
	switch {
	case !some:
		return nil
	case whole.IsPositive():
		total = divide(total, whole)
	}
	return &total
}

// quotaFactor gives what the ramp and the relief below a part leave of it, and
// checks that the part says so.
func (v *verifier) quotaFactor(j, end int) decimal.Decimal {
	factor := oneDecimal
	for k := j + 1; k < end && v.t.Parents[k] == int32(j); k++ {
		rate := orZero(v.term(k).Rate)
		if strings.HasPrefix(v.term(k).Label, "relief: ") {
			rate = oneDecimal.Sub(rate)
		}
		factor = factor.Mul(rate)
	}
	if said := v.term(j).Rate; said != nil || !factor.Equal(oneDecimal) {
		v.same(j, "what is left", orZero(said), factor)
	}
	return factor
}
