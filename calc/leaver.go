package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// leaves gives the first day of each time in which the payee is TERMINATED, of those
// that begin before a day.
func (p *payeeNode) leaves(until model.Date) (out []model.Date) {
	before := model.PayeeStatus("")
	for i := range p.slices {
		s := &p.slices[i]
		if s.Days.From >= until {
			break
		}
		if s.StatusGiven() == model.PayeeTerminated && before != model.PayeeTerminated {
			out = append(out, s.Days.From)
		}
		before = s.StatusGiven()
	}
	return out
}

// leftBy gives the first day of the time in which the payee is TERMINATED on a
// day; gone is false where they are not.
func (p *payeeNode) leftBy(day model.Date) (left model.Date, gone bool) {
	if p.status(day) != model.PayeeTerminated {
		return left, false
	}
	all := p.leaves(day + 1)
	return all[len(all)-1], true
}

// openWhenLeft gives the day on which the payee left, if that lies in the window,
// after its first day, and they have not come back by a day of it.
func openWhenLeft(p *payeeNode, window model.Interval, by model.Date) (left model.Date, open bool) {
	left, gone := p.leftBy(by)
	return left, gone && left > window.From
}

// openWindow is what the version says of windows that are open when a payee
// leaves.
func (v *version) openWindow() model.OpenWindow {
	return v.rules.LeaverGiven().OpenWindow
}

// componentOf gives the version's component of a key, nil where it has none.
func (v *version) componentOf(key string) *component {
	for _, c := range v.components {
		if c.Key == key {
			return c
		}
	}
	return nil
}

// openLabel says in a trace by which choice, and since when.
func openLabel(choice model.OpenWindow, left model.Date) string {
	return fmt.Sprintf("openWindow=%s left=%s", choice, left)
}

// stays tells by what choice days from one on count for what is prorated, though
// the payee has left by then: the plan leaves the window whole, and they had the
// position to the last. "" where they do not.
func (x *index) stays(c *component, payee *payeeNode, position *positionNode, window model.Interval, day model.Date) string {
	if c.version.openWindow() != model.OpenFull {
		return ""
	}
	left, open := openWhenLeft(payee, window, day)
	if !open {
		return ""
	}
	last := left.AddDays(-1)
	if _, had := seated(payee, position, last); !had || !c.Days().Contains(last) || !x.stands(c, payee, position, last).held {
		return ""
	}
	return openLabel(model.OpenFull, left)
}

// whole tells whether the days of a leg count for what is prorated: because they
// were held, or stay after leaving.
func (s standing) whole() bool { return s.held || s.kept }

// untilLeaving gives the legs without the days that stay after leaving.
func untilLeaving(legs []leg) []leg {
	out := make([]leg, len(legs))
	for i, l := range legs {
		l.kept = false
		out[i] = l
	}
	return out
}

// forfeited tells since when the payee has left, where all that the group's window
// earns is lost for it. Of one that is trued up unpaid says so instead.
func (w *worksheet) forfeited(g *group) (left model.Date, lost bool) {
	c := g.component()
	if c.version.openWindow() != model.OpenForfeit || c.TruedUp() {
		return left, false
	}
	window := w.span.window.Days
	return openWhenLeft(w.payee, window, min(window.To, w.until).AddDays(-1))
}

// forfeit takes what a window comes to, if the payee left while it was open.
func (w *worksheet) forfeit(g *group, total decimal.Decimal) *fault {
	left, lost := w.forfeited(g)
	if !lost || !total.IsPositive() {
		return nil
	}
	nothing := decimal.Zero
	node := w.trace.node(NodeGate, 0, w.trace.term(Term{Label: openLabel(model.OpenForfeit, left), Rate: &nothing}), total)
	w.forfeits = leftWords(left)
	return w.paid(node, total.Neg())
}

func leftWords(left model.Date) string {
	return fmt.Sprintf("%s: the payee left on %s, before the end of the window", model.WhyIneligible, left)
}

// unpaid says by what choice, and why, a component does not pay what it has earned
// in the payout period: by the payee's status on its last day, or because they left
// while a window was open that it trues up. The label is "" where it pays.
func (c *calculation) unpaid(co *course, by *component) (label, words string) {
	last := c.period.Days.Last()
	if rule := by.version.rules.OfStatus(c.payee.status(last)); !rule.Pays {
		return fmt.Sprintf("status=%s pays=false", rule.Status), fmt.Sprintf("%s: whose status is %s on the period's last day is not paid", model.WhyIneligible, rule.Status)
	}
	if by.version.openWindow() != model.OpenForfeit || !by.TruedUp() {
		return "", ""
	}
	for i := range co.spans {
		if left, open := openWhenLeft(c.payee, co.spans[i].window.Days, last); open {
			return openLabel(model.OpenForfeit, left), leftWords(left)
		}
	}
	return "", ""
}

// soldInVain tells whether a sale's window earned nothing, because the payee left
// while it was open: then there is nothing that its return takes back later.
func (w *worksheet) soldInVain(c *component, day model.Date) bool {
	if c.version.openWindow() != model.OpenForfeit || c.TruedUp() || w.span == nil || w.span.window.Days.Contains(day) {
		return false
	}
	for _, window := range w.windows[windowsKey{payout{c.version.CalendarID, c.Payout}, c.MeasurementWindow()}] {
		if window.Days.Contains(day) {
			_, open := openWhenLeft(w.payee, window.Days, window.Days.Last())
			return open
		}
	}
	return false
}
