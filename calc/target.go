package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// targeted is what a part of a window contributes to its target incentive.
type targeted struct {
	money decimal.Decimal // of the whole year, or of all its windows where the component says so
	held  int
	step  *model.RampStep // of a ramp, that changes it; nil: none
}

// left is the money after the ramp.
func (p *targeted) left() decimal.Decimal {
	if p.step == nil {
		return p.money
	}
	return p.money.Mul(*p.step.TargetShare)
}

// targetOf finds and notes the group's target incentive: an equal share of the
// year's for each window of the fiscal year, or what the component says of a
// window, prorated. Where it changed within the window each counts by its days.
func (w *worksheet) targetOf(g *group) *fault {
	if g.target != nil {
		return nil
	}
	parts, of, fault := w.targetParts(g)
	if fault != nil {
		return fault
	}
	whole := decimal.New(int64(of.whole), 0)
	target := targetOfParts(len(parts), func(i int) (decimal.Decimal, decimal.Decimal) {
		return parts[i].left(), decimal.New(int64(parts[i].held), 0)
	}, whole, of.unit, of.mode)
	if !fits(target) {
		return faultf(model.ProblemOverflow, "the target incentive is out of bounds")
	}
	g.target = &target
	t := &w.trace
	label := "targetProration=" + string(of.method)
	if of.unit != nil {
		label += " " + unitChoice(of)
	}
	node := t.node(NodeTarget, 0, t.text("%s", label), target)
	for i := range parts {
		p := &parts[i]
		held := decimal.New(int64(p.held), 0)
		term := Term{Label: "target incentive", From: &held, To: &whole}
		if p.step != nil {
			term.Rate = p.step.TargetShare
		}
		part := t.node(NodeTarget, node, t.term(term), p.money)
		if p.step != nil {
			t.node(NodeRule, part, t.term(Term{Label: fmt.Sprintf("ramp=%s month=%d", g.component().ramp().SinceGiven(), p.step.Month), Rate: p.step.TargetShare}), decimal.Zero)
		}
	}
	return nil
}

// targetOfParts sums money x held of the parts and divides by the whole once;
// where the unit's rate is rounded first, each part's is.
func targetOfParts(n int, at func(int) (money, held decimal.Decimal), whole decimal.Decimal, unit *int, mode model.RoundMode) decimal.Decimal {
	total := decimal.Zero
	for i := range n {
		money, held := at(i)
		if unit != nil {
			total = total.Add(prorated(money, held, whole, unit, mode))
		} else {
			total = total.Add(money.Mul(held))
		}
	}
	if unit != nil {
		return total
	}
	return divide(total, whole)
}

// targetParts gives what the target is made of, and how it is prorated: its
// whole is that of all windows of the year.
func (w *worksheet) targetParts(g *group) (parts []targeted, of heldPart, fault *fault) {
	rules := &g.component().version.rules
	of = w.basisPart(rules.TargetProration, g)
	windows := w.windowsOfYear()
	if g.component().ramp().Targets() {
		return w.targetByRamp(g, of, windows)
	}
	if rules.TargetProration == model.ProrateNone && of.less() {
		money, fault := w.targetOn(lastLeg(g.legs), windows)
		held := of.held
		of.whole *= windows
		return []targeted{{money: money, held: held}}, of, fault
	}
	if !of.less() {
		money, fault := w.targetOn(lastLeg(g.legs), windows)
		if fault == nil && rules.TargetProration != model.ProrateNone && g.held > 0 && w.targetVaries(g, windows) {
			return w.targetByLeg(g, of, windows)
		}
		held := of.whole
		of.whole *= windows
		of.unit = nil // a whole window has no unit to round
		return []targeted{{money: money, held: held}}, of, fault
	}
	return w.targetByLeg(g, of, windows)
}

// targetVaries tells whether the target incentive changes within the window.
func (w *worksheet) targetVaries(g *group, windows int) bool {
	first := decimal.Decimal{}
	for i := range g.whole {
		money, fault := w.targetOn(&g.whole[i], windows)
		if fault != nil || i > 0 && !money.Equal(first) {
			return true
		}
		first = money
	}
	return false
}

// targetByLeg gives the target of each held leg by its part of the window.
func (w *worksheet) targetByLeg(g *group, of heldPart, windows int) ([]targeted, heldPart, *fault) {
	var parts []targeted
	legs := g.whole
	if g.component().version.rules.QuotaBasis == model.QuotaToDate {
		legs = g.legs
	}
	for i := range legs {
		l := &legs[i]
		if !l.whole() {
			continue
		}
		money, fault := w.targetOn(l, windows)
		if fault != nil {
			return nil, of, fault
		}
		held := counted(of.method, l.days)
		if n := len(parts); n > 0 && parts[n-1].money.Equal(money) {
			parts[n-1].held += held
			continue
		}
		parts = append(parts, targeted{money: money, held: held})
	}
	if len(parts) == 0 { // of days that accrue, but count for nothing that is prorated
		money, fault := w.targetOn(lastLeg(g.legs), windows)
		if fault != nil {
			return nil, of, fault
		}
		parts = append(parts, targeted{money: money})
	}
	of.whole *= windows
	return parts, of, nil
}

// targetOn gives the year's target incentive of the component on a leg.
func (w *worksheet) targetOn(l *leg, windows int) (decimal.Decimal, *fault) {
	c := l.component
	if c.Target != nil {
		return c.Target.Mul(decimal.New(int64(windows), 0)), nil
	}
	given := l.given.TargetIncentive
	switch {
	case given == nil:
		return decimal.Zero, faultf(model.ProblemNoTarget, "the assignment %s of plan %s says no target incentive", l.given.ExternalID, w.course.plan.ExternalID)
	case given.Currency != c.version.Currency:
		return decimal.Zero, faultf(model.ProblemNotSupported, "the target incentive of the assignment %s is in %s, the plan calculates in %s", l.given.ExternalID, given.Currency, c.version.Currency)
	}
	money := given.Amount
	if c.TargetShare != nil {
		money = money.Mul(*c.TargetShare)
	}
	return money, nil
}

// windowsOfYear counts the windows of the span's type in its fiscal year.
func (w *worksheet) windowsOfYear() int {
	n := 0
	for _, p := range w.periodsOf[w.span.window.CalendarID] {
		if p.Type == w.span.window.Type && p.FiscalYear == w.span.window.FiscalYear {
			n++
		}
	}
	return n
}

// targetRate gives target incentive / quota, and notes it, where the table's
// cells are multiples of it; otherwise nil.
func (w *worksheet) targetRate(g *group, table *tableVersion) (*decimal.Decimal, *fault) {
	if table.CellKind != model.CellTargetRate {
		return nil, nil
	}
	if fault := w.wants(g); fault != nil {
		return nil, fault
	}
	if fault := w.targetOf(g); fault != nil {
		return nil, fault
	}
	if !g.own.IsPositive() {
		return nil, faultf(model.ProblemNoQuota, "there is no quota of measure %s for position %s in %s", g.component().measure.Key, w.course.position.externalID, w.span.window.Name)
	}
	rate := divide(*g.target, g.own)
	w.trace.node(NodeRule, 0, w.trace.text("targetRate=TARGET/QUOTA"), rate)
	return &rate, nil
}
