package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// carries tells whether the version moves what was missed or exceeded of a
// quota to the next window.
func (v *version) carries() bool { return v.rules.QuotaCarry != model.CarryNone }

// yearOf gives the days of the fiscal year that a period lies in.
func (x *index) yearOf(period *model.Period) model.Interval {
	days := period.Days
	for _, p := range x.periodsOf[period.CalendarID] {
		if p.FiscalYear == period.FiscalYear {
			days.From, days.To = min(days.From, p.Days.From), max(days.To, p.Days.To)
		}
	}
	return days
}

// carryInto gives what the earlier windows of the fiscal year move to the quota
// of this one: under SHORTFALL what was missing, to be added, under SURPLUS what
// was exceeded, to be taken off. Each window is measured against its own quota
// with what was carried into it.
func (w *worksheet) carryInto(g *group, m *measure) (decimal.Decimal, *fault) {
	rule := g.component().version.rules.QuotaCarry
	carry := decimal.Zero
	if rule == model.CarryNone {
		return carry, nil
	}
	for _, p := range w.earlierWindows() {
		quota, total, found, fault := w.attained(p, m)
		if fault != nil {
			return carry, fault
		}
		if !found {
			carry = decimal.Zero
			continue
		}
		missing := decimal.Max(quota.Add(carry), decimal.Zero).Sub(total)
		if rule == model.CarrySurplus {
			carry = decimal.Min(missing, decimal.Zero)
		} else {
			carry = decimal.Max(missing, decimal.Zero)
		}
	}
	return carry, nil
}

// attained gives quota and measure of the course in an earlier window; none is
// found where it had no day or no quota in it.
func (w *worksheet) attained(window *model.Period, m *measure) (quota, total decimal.Decimal, found bool, fault *fault) {
	then := w.sheetIn(window)
	if !someCount(then.span.legs) {
		return quota, total, false, nil
	}
	g := &group{legs: then.span.legs, whole: then.span.legs, held: heldDays(then.span.legs)}
	own := then.reckonQuota(g, m.ID)
	if own == nil {
		return quota, total, false, nil
	}
	all, fault := then.allOf(g, m)
	if fault != nil {
		return quota, total, false, faultf(fault.code, "in %s: %s", window.Name, fault.detail)
	}
	return own.after, totalOf(all), true, nil
}

// legsOf gives the legs of a component in a window, whatever it pays by.
func (x *index) legsOf(payee *payeeNode, position *positionNode, p *plan, window *model.Period, key string) []leg {
	var found []course
	x.eachPiece(payee, position, p, window, func(l leg, v *version) {
		for _, c := range v.components {
			if c.Key != key {
				continue
			}
			if l, stood := x.place(l, c, payee, position, window.Days); stood {
				found = extend(found, course{position, p, key, nil}, window, l)
			}
		}
	})
	if len(found) == 0 {
		return nil
	}
	return found[0].spans[0].legs
}

// noteCarry notes, below a quota, what was carried into it.
func (w *worksheet) noteCarry(quota int32, g *group) {
	if g.carry.IsZero() {
		return
	}
	w.trace.node(NodeQuota, quota, w.trace.text("%s", fmt.Sprintf("quotaCarry=%s", g.component().version.rules.QuotaCarry)), g.carry)
}
