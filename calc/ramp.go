package calc

import "spm/model"

// ramp is the component's own, or else the version's; nil: none.
func (c *component) ramp() *model.Ramp {
	if c.Ramp != nil {
		return c.Ramp
	}
	return c.version.rules.Ramp
}

// rampOn gives the step of the component's ramp that holds on a day, nil where
// none changes the quota.
func (w *worksheet) rampOn(c *component, day model.Date) *model.RampStep {
	if step := w.stepOn(c, day); step != nil && !step.Share.Equal(oneDecimal) {
		return step
	}
	return nil
}

// stepOn gives the step of the component's ramp that holds on a day.
func (w *worksheet) stepOn(c *component, day model.Date) *model.RampStep {
	ramp := c.ramp()
	if ramp == nil {
		return nil
	}
	began := model.MinDate
	for _, start := range w.begins(ramp) {
		if start <= day && start > began {
			began = start
		}
	}
	if began == model.MinDate {
		return nil
	}
	var found *model.RampStep
	for i := range ramp.Steps {
		if began.AddMonths(ramp.Steps[i].Month-1) <= day {
			found = &ramp.Steps[i]
		}
	}
	return found
}

// begins gives the days from which a ramp counts its months: the payee's first
// day, or those on which the payee took the position.
func (w *worksheet) begins(ramp *model.Ramp) []model.Date {
	var out []model.Date
	if ramp.SinceGiven() == model.RampPayee {
		for i := range w.payee.slices[:min(1, len(w.payee.slices))] {
			out = append(out, w.payee.slices[i].Days.From)
		}
		return out
	}
	for i := range w.payee.seats {
		if s := &w.payee.seats[i]; s.position == w.course.position && !s.days.Empty() {
			out = append(out, s.days.From)
		}
	}
	return out
}

// rampCuts gives the days on which a step of the component's ramp begins.
func (w *worksheet) rampCuts(c *component) []model.Date {
	ramp := c.ramp()
	if ramp == nil {
		return nil
	}
	var cuts []model.Date
	for _, start := range w.begins(ramp) {
		if start == model.MinDate {
			continue
		}
		for i := range ramp.Steps {
			cuts = append(cuts, start.AddMonths(ramp.Steps[i].Month-1))
		}
	}
	return cuts
}
