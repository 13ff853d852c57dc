package calc

import (
	"slices"

	"spm/model"
)

// generatedQuotas lets quotas change within their periods, come from the title,
// be relieved, and grow by a ramp.
func generatedQuotas(r source, s *scene, c *sceneComponent) {
	if oneIn(r, 4) {
		s.Rules.QuotaChange = pick(r, model.QuotaDayWeighted, model.QuotaDayWeighted, model.QuotaLastDay)
		for _, q := range slices.Clone(s.Quotas) {
			from := refPeriod(q.Period)[0].AddDays(1 + r.IntN(27))
			switch r.IntN(4) {
			case 0: // none before
				s.Quotas = slices.DeleteFunc(s.Quotas, func(other sceneQuota) bool { return other == q })
				q.From = &from
				s.Quotas = append(s.Quotas, q)
			case 1: // the title's before
				title := q
				title.Position, title.Title, title.Amount = "", "rep", hundredths(100+r.IntN(1000000))
				s.Quotas = slices.DeleteFunc(s.Quotas, func(other sceneQuota) bool { return other == q })
				q.From = &from
				s.Quotas = append(s.Quotas, title, q)
			default:
				q.From, q.Amount = &from, hundredths(100+r.IntN(1000000))
				s.Quotas = append(s.Quotas, q)
			}
		}
	}
	for i := range s.Quotas {
		if oneIn(r, 10) {
			s.Quotas[i].Relief = pick(r, "0.25", "0.5", "0.1234")
		}
	}
	if !oneIn(r, 5) {
		return
	}
	ramp := &model.Ramp{Since: pick(r, "", model.RampAssignment, model.RampPayee), Steps: []model.RampStep{{Month: 1, Share: dec(hundredths(1 + r.IntN(60)))}}}
	if oneIn(r, 2) {
		ramp.Steps = append(ramp.Steps, model.RampStep{Month: 2, Share: dec(hundredths(1 + r.IntN(120)))})
	}
	ramp.Steps = append(ramp.Steps, model.RampStep{Month: 3 + r.IntN(2), Share: dec("1")})
	for i := range ramp.Steps[:len(ramp.Steps)-1] {
		if !oneIn(r, 4) {
			ramp.Steps[i].TargetShare = optional(hundredths(r.IntN(120)))
		}
	}
	if ramp.Since == model.RampPayee && !oneIn(r, 4) {
		began := date("2025-11-01").AddDays(r.IntN(100))
		if len(s.Statuses) == 0 || began < s.Statuses[0].From {
			s.Began = &began
		}
	}
	*pick(r, &s.Rules.Ramp, &c.Ramp) = ramp
}
