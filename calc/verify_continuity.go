package calc

import (
	"strings"

	"github.com/shopspring/decimal"
)

// broughtAt tells whether a node says what was brought along from another
// position.
func (v *verifier) broughtAt(i int) bool {
	return (v.t.Kinds[i] == NodeMeasure || v.t.Kinds[i] == NodeQuota) && v.t.Parents[i] != 0 && strings.HasPrefix(v.term(i).Label, broughtPrefix)
}

// endOf gives the end of the subtree of a node.
func (v *verifier) endOf(i int) int {
	end := i + 1
	for end < v.t.Len() && v.t.Parents[end] >= int32(i) {
		end++
	}
	return end
}

// quotasBrought checks the parts of a quota that were brought along, and sums
// them.
func (v *verifier) quotasBrought(i, end int) decimal.Decimal {
	total := decimal.Zero
	for j := i + 1; j < end; j++ {
		if v.t.Parents[j] != int32(i) || !v.broughtAt(j) {
			continue
		}
		if of := v.ownQuota(j, v.endOf(j)); of != nil {
			v.same(j, "quota", v.t.Values[j], *of)
		}
		total = total.Add(v.t.Values[j])
	}
	return total
}
