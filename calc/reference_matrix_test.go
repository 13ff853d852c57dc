package calc

import (
	"math/big"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// row gives the cell of a number and a text: of the rows that take them the one
// with the fewest open keys, then the nearest above in the tree, or the first.
func (x *reference) row(t *sceneTable, number *big.Rat, text string, day model.Date) *big.Rat {
	way := x.wayUp(text, day)
	best, bestRank := -1, [2]int{}
	for i := range t.Matrix {
		key := t.Matrix[i].Keys
		rank := [2]int{0, len(way)}
		if key[0].From == nil && key[0].To == nil {
			rank[0]++
		}
		if key[1].Equals == nil && key[1].Under == nil {
			rank[0]++
		}
		if key[1].Under != nil {
			if rank[1] = slices.Index(way, *key[1].Under); rank[1] < 0 {
				continue
			}
			x.hit("under a node of a tree")
		}
		if !inside(t.Bounds, number, refBound(key[0].From), refBound(key[0].To)) || key[1].Equals != nil && *key[1].Equals != text {
			continue
		}
		if best >= 0 && rank[0] == bestRank[0] && rank[1] != bestRank[1] && t.Precedence == model.PrecedenceMostSpecific {
			x.hit("the nearest in a tree")
		}
		if best < 0 || t.Precedence == model.PrecedenceMostSpecific && (rank[0] < bestRank[0] || rank[0] == bestRank[0] && rank[1] < bestRank[1]) {
			best, bestRank = i, rank
		}
	}
	if best < 0 {
		x.hit("no row of the matrix")
		return x.fail(model.ProblemOffTable)
	}
	return fraction(t.Matrix[best].Cell.String())
}

// wayUp names a product and those above it on a day; of what is no product
// nothing.
func (x *reference) wayUp(product string, day model.Date) []string {
	var way []string
	for product != "" {
		i := slices.IndexFunc(x.s.Products, func(p sceneProduct) bool {
			return p.ID == product && (p.From == nil || *p.From <= day) && (p.To == nil || day < *p.To)
		})
		if i < 0 {
			break
		}
		way, product = append(way, product), x.s.Products[i].Parent
	}
	return way
}

// refBound is a bound of a key, nil where it has none.
func refBound(d *decimal.Decimal) *big.Rat {
	if d == nil {
		return nil
	}
	return fraction(d.String())
}
