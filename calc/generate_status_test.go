package calc

import "spm/model"

// generatedStatuses gives the payee statuses and grades, and the plan a policy.
func generatedStatuses(r source, s *scene) {
	if !oneIn(r, 3) {
		return
	}
	day := date("2025-12-20")
	for range 1 + r.IntN(3) {
		day = day.AddDays(1 + r.IntN(60))
		s.Statuses = append(s.Statuses, sceneStatus{day, pick(r, model.PayeeStatuses...), pick(r, "", "junior")})
	}
	for _, status := range model.PayeeStatuses {
		if oneIn(r, 2) {
			s.Rules.StatusPolicy = append(s.Rules.StatusPolicy, model.StatusRule{Status: status, Accrues: oneIn(r, 2), Pays: oneIn(r, 2), Prorates: oneIn(r, 2)})
		}
	}
}

// generatedDates gives the component days of its own.
func generatedDates(r source, c *sceneComponent) {
	if !oneIn(r, 6) {
		return
	}
	starts := date("2025-12-20").AddDays(r.IntN(100))
	ends := starts.AddDays(r.IntN(50))
	if !oneIn(r, 3) {
		c.Starts = &starts
	}
	if c.Starts == nil || !oneIn(r, 3) {
		c.Ends = &ends
	}
}

// generatedEligibility makes the plan, or the component alone, one for some.
func generatedEligibility(r source, s *scene, c *sceneComponent) {
	if len(s.Statuses) == 0 || !oneIn(r, 2) {
		return
	}
	at := pick(r, &s.Rules.Eligibility, &c.Eligible)
	*at = eligibilities[r.IntN(len(eligibilities))].text
}
