package calc

import (
	"slices"

	"spm/model"
)

// targetStepOn gives the step of the component's ramp that changes the target
// incentive on a day, nil where none does.
func (w *worksheet) targetStepOn(c *component, day model.Date) *model.RampStep {
	if step := w.stepOn(c, day); step != nil && step.TargetShare != nil && !step.TargetShare.Equal(oneDecimal) {
		return step
	}
	return nil
}

// targetByRamp gives the target of each held day after the share that the ramp
// gives the day, as quotas are ramped: without proration it is the average of
// the days, each of the target that stands on the last one.
func (w *worksheet) targetByRamp(g *group, of heldPart, windows int) ([]targeted, heldPart, *fault) {
	c := g.component()
	none := c.version.rules.TargetProration == model.ProrateNone
	weights := c.version.rules.TargetProration
	if none {
		weights = model.ProrateDays
	}
	var parts []targeted
	total := 0
	for _, l := range w.rampedLegs(g) {
		of := &l
		if none {
			of = lastLeg(g.legs)
		}
		money, fault := w.targetOn(of, windows)
		if fault != nil {
			return nil, heldPart{}, fault
		}
		next := targeted{money, counted(weights, l.days), w.targetStepOn(c, l.days.From)}
		total += next.held
		if n := len(parts); n > 0 && parts[n-1].money.Equal(next.money) && parts[n-1].step == next.step {
			parts[n-1].held += next.held
			continue
		}
		parts = append(parts, next)
	}
	if total == 0 { // no day counts: as on the last one
		money, fault := w.targetOn(lastLeg(g.legs), windows)
		if fault != nil {
			return nil, heldPart{}, fault
		}
		parts = []targeted{{money, 0, w.targetStepOn(c, g.last())}}
	}
	return parts, wholeOf(parts, of, total, windows, none), nil
}

// wholeOf says of what whole the parts of a ramped target have some, as for a
// quota.
func wholeOf(parts []targeted, of heldPart, total, windows int, none bool) heldPart {
	less := of.less()
	switch {
	case len(parts) == 1 && less:
		parts[0].held = of.held
	case len(parts) == 1:
		parts[0].held = of.whole
	case none && less: // an average of what has passed
		for i := range parts {
			parts[i].held *= of.held
		}
		of.whole *= total
	case none:
		of.whole = total
	}
	if !less {
		of.unit = nil // a whole window has no unit to round
	}
	of.whole *= windows
	return of
}

// rampedLegs gives the held days that the target is prorated by, cut wherever a
// step of the ramp begins.
func (w *worksheet) rampedLegs(g *group) []leg {
	cuts := w.rampCuts(g.component())
	slices.Sort(cuts)
	legs := g.whole
	if g.component().version.rules.QuotaBasis == model.QuotaToDate {
		legs = g.legs
	}
	var out []leg
	for _, l := range legs {
		if !l.whole() {
			continue
		}
		for _, cut := range cuts {
			if l.days.From < cut && cut < l.days.To {
				first := l
				first.days.To, l.days.From = cut, cut
				out = append(out, first)
			}
		}
		out = append(out, l)
	}
	return out
}
