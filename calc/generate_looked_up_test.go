package calc

import (
	"spm/model"
)

// generatedOther lets all but one in n components look up by another measure than the
// one that they are paid on, and count a part of their credits.
func generatedOther(r source, s *scene, c *sceneComponent, n int) {
	if s.Tables[0].Dimension == model.ByExpression || oneIn(r, n) {
		return
	}
	c.Measure, c.LookedUpBy = "m", "l"
	s.Measures = append(s.Measures, sceneMeasure{Key: "l", Value: pick(r, model.ValueAmount, model.ValueAmount, model.ValueCount, model.ValueQuantity, model.ValueMargin)})
	if oneIn(r, 3) {
		s.Measures[2].Condition = creditConditions[r.IntN(len(creditConditions))].text
	}
	if c.Mode != model.TierWholeCredit && !oneIn(r, 3) {
		c.Condition = creditConditions[1+r.IntN(len(creditConditions)-1)].text // that take a return with its sale
	}
	if rows := s.Tables[0].Rows; s.Tables[0].Lookup == "" && !oneIn(r, 4) {
		rows[len(rows)-1][1] = ""
	}
	for _, q := range s.Quotas {
		if q.Measure == "m" && !oneIn(r, 12) {
			q.Measure, q.Amount = "l", hundredths(1000+r.IntN(1500000))
			s.Quotas = append(s.Quotas, q)
		}
	}
}

// generatedProducts makes a tree of products, of which one may move.
func generatedProducts(r source, s *scene) {
	s.Products = []sceneProduct{{ID: "all"}, {ID: "hard", Parent: "all"}, {ID: "soft", Parent: "all"}, {ID: "p2", Parent: "soft"}, {ID: "p1", Parent: "hard"}}
	if !oneIn(r, 3) {
		cut := date("2026-01-05").AddDays(r.IntN(80))
		s.Products[4].To = &cut
		s.Products = append(s.Products, sceneProduct{ID: "p1", Parent: pick(r, "soft", "all", "p2"), From: &cut})
	}
}
