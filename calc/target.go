package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// targeted is what a span of days contributes to a window's target incentive.
type targeted struct {
	money decimal.Decimal // of the whole year, or of the whole window where the component says so
	days  int
}

// targets tells whether the component cannot be calculated without a target
// incentive.
func (c *component) targets() bool {
	if c.RateKind == model.RatePayCurve && c.table != nil && !c.table.money() || c.RateKind == model.RateObjectives {
		return true
	}
	return c.table != nil && c.table.targets()
}

// targetOf finds and notes the group's target incentive: an equal share of the
// year's for each window of the fiscal year, or what the component says of a
// window, prorated. Where it changed within the window each counts by its days.
func (w *worksheet) targetOf(g *group) *fault {
	if g.target != nil {
		return nil
	}
	parts, whole, fault := w.targetParts(g)
	if fault != nil {
		return fault
	}
	total := decimal.Zero
	for _, p := range parts {
		total = total.Add(p.money.Mul(decimal.New(int64(p.days), 0)))
	}
	target := divide(total, decimal.New(int64(whole), 0))
	if !fits(target) {
		return faultf(model.ProblemOverflow, "the target incentive is out of bounds")
	}
	g.target = &target
	t, to := &w.trace, decimal.New(int64(whole), 0)
	node := t.node(NodeTarget, 0, t.text("targetProration=%s", g.component().version.rules.TargetProration), target)
	for _, p := range parts {
		days := decimal.New(int64(p.days), 0)
		t.node(NodeTarget, node, t.term(Term{Label: "target incentive", From: &days, To: &to}), p.money)
	}
	return nil
}

// targetParts gives what the target is made of, and of how many days the whole
// is.
func (w *worksheet) targetParts(g *group) (parts []targeted, whole int, fault *fault) {
	method := g.component().version.rules.TargetProration
	windows := w.windowsOfYear()
	whole = w.days() * windows
	for i := range g.whole {
		l := &g.whole[i]
		if method == model.ProrateNone || g.held == 0 {
			l = lastLeg(g.legs)
		} else if !l.held {
			continue
		}
		money, fault := w.targetOn(l, windows)
		if fault != nil {
			return nil, 0, fault
		}
		if l == lastLeg(g.legs) && (method == model.ProrateNone || g.held == 0) {
			return []targeted{{money, w.days()}}, whole, nil
		}
		if n := len(parts); n > 0 && parts[n-1].money.Equal(money) {
			parts[n-1].days += l.days.Days()
			continue
		}
		parts = append(parts, targeted{money, l.days.Days()})
	}
	return parts, whole, nil
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
	rate := divide(*g.target, *g.quota)
	w.trace.node(NodeRule, 0, w.trace.text("targetRate=TARGET/QUOTA"), rate)
	return &rate, nil
}
