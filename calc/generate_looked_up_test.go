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
