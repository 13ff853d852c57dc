package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// statement recomputes what falls to an earning of what it is rounded together
// with.
func (v *verifier) statement(i, end int, policy rounding, exact decimal.Decimal) decimal.Decimal {
	var all []decimal.Decimal
	own := -1
	for j := i + 1; j < end; j++ {
		if v.t.Kinds[j] != NodeInput || v.t.Parents[j] != int32(i) {
			v.fail(j, "below a rounding stand the earnings of the statement")
		}
		if v.term(j).Label == thisEarning {
			if own >= 0 {
				v.fail(j, "the earning stands twice on its statement")
			}
			own = len(all)
			v.same(j, "this earning", v.t.Values[j], exact)
		}
		all = append(all, v.t.Values[j])
	}
	if own < 0 || !all[own].Equal(exact) || policy.stage != model.RoundStatement {
		v.fail(i, "an earning that is not on its statement")
		return policy.round(exact)
	}
	return policy.allotAny(policy.round(sum(all)), all)[own]
}
