package calc

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// tree is the one that the values of a dimension lie in.
func (k *matrixKey) tree(x *index) *Catalogue {
	if k.Tree == model.TreeAccount {
		return x.accounts
	}
	return x.products
}

// unknownNode is the fault of a matrix that names a node which is not there.
func (v *tableVersion) unknownNode(x *index) *fault {
	for i := range v.Dimensions {
		k := &matrixKey{TableDimension: &v.Dimensions[i]}
		for j := range v.Rows {
			if i >= len(v.Rows[j].Keys) {
				continue
			}
			if under := v.Rows[j].Keys[i].Under; under != nil && k.tree(x).external(*under) == nil {
				return faultf(model.ProblemExpression, "row %d of the rate table %s: no %s has the external id %q", j+1, v.table.key, strings.ToLower(string(k.Tree)), *under)
			}
		}
	}
	return nil
}

// above gives a node and those above it on the day, nearest first. A cycle ends
// the way.
func (c *Catalogue) above(n *catalogueNode, day model.Date) []*catalogueNode {
	var out []*catalogueNode
	for n != nil && len(out) <= len(c.nodes) {
		out = append(out, n)
		slice := n.on(day)
		if slice == nil {
			break
		}
		n = slice.parent
	}
	return out
}

// stepsUp tells how far up the way a node is, -1 where it is not on it.
func stepsUp(way []*catalogueNode, externalID string) int {
	for i, n := range way {
		if n.externalID == externalID {
			return i
		}
	}
	return -1
}

// nearer tells whether the nodes that a row names are nearer to the values than
// those of another one which takes them too: in the first tree in which they
// differ.
func (r *matrixRow) nearer(than *matrixRow, ways [][]*catalogueNode) bool {
	for i, way := range ways {
		if way == nil {
			continue
		}
		a, b := len(way), len(way) // a key that takes all is farther than any
		if under := r.Keys[i].Under; under != nil {
			a = stepsUp(way, *under)
		}
		if under := than.Keys[i].Under; under != nil {
			b = stepsUp(way, *under)
		}
		if a != b {
			return a < b
		}
	}
	return false
}

// wayNamed writes a way up to a node, or of no node the value alone.
func wayNamed(way []*catalogueNode, text string, under *string) string {
	if len(way) == 0 {
		return text
	}
	end := 0
	if under != nil {
		end = stepsUp(way, *under)
	}
	names := make([]string, 0, end+1)
	for _, n := range way[:end+1] {
		names = append(names, n.externalID)
	}
	return strings.Join(names, " < ")
}

// noteWays notes, below a line, the ways on which its row was found in trees.
func (w *worksheet) noteWays(line int32, table *tableVersion, at []Term) {
	for i := range at {
		if table.Dimensions[i].Match == model.MatchTree {
			w.trace.node(NodeInput, line, w.trace.label(strings.TrimSuffix(at[i].Label, ": ")), decimal.Zero)
		}
	}
}
