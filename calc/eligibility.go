package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// DayRow is what an eligibility is evaluated on: a payee in a position. All
// that is dated is read as of Day, which the expression cannot read itself, so
// that what it yields holds for as long as nothing about the two changes.
type DayRow struct {
	Day model.Date

	payee     *payeeNode
	position  *positionNode
	hierarchy *Hierarchy
}

func (d *DayRow) lay() stance { return stance{d: d} }

// standing is what the days of a leg count for, by the payee's status and
// eligibility. Its zero value is that of days on which the position was not held:
// late reversals alone count.
type standing struct {
	accrues bool   // sales count
	held    bool   // the days count for what is prorated
	kept    bool   // they count for it though the payee has left
	why     string // what keeps a part of it away; "" where nothing does
	fault   *fault // of an eligibility that cannot be evaluated
}

// counts tells whether the days count for anything but late reversals.
func (s standing) counts() bool { return s.accrues || s.held }

// notEligible is what keeps days away on which an eligibility does not hold.
const notEligible = "eligibility=NOT_MET"

// stands gives what the days count for on which the payee held the position,
// from the first of them: nothing about either changes within.
func (x *index) stands(c *component, payee *payeeNode, position *positionNode, day model.Date) standing {
	row := DayRow{Day: day, payee: payee, position: position, hierarchy: x.hierarchy}
	for _, e := range c.eligibility {
		eligible, err := e.Bool(&row)
		if err != nil {
			return standing{fault: faultf(model.ProblemExpression, "eligibility on %s: %v", day, err)}
		}
		if !eligible {
			return standing{why: notEligible}
		}
	}
	rule := c.version.rules.OfStatus(payee.status(day))
	out := standing{accrues: rule.Accrues, held: !rule.Prorates}
	if !out.accrues || !out.held {
		out.why = fmt.Sprintf("status=%s accrues=%t prorates=%t", rule.Status, rule.Accrues, rule.Prorates)
	}
	return out
}

// standsUnder is stands for all that a version pays: its own eligibility counts,
// that of its components does not.
func (x *index) standsUnder(v *version, payee *payeeNode, position *positionNode, day model.Date) standing {
	all := component{version: v}
	if v.rules.Eligibility != "" && len(v.components) > 0 && len(v.components[0].eligibility) > 0 {
		all.eligibility = v.components[0].eligibility[:1]
	}
	return x.stands(&all, payee, position, day)
}

// prepareEligibility compiles the eligibility of the version and the
// component's own: both must hold.
func (c *component) prepareEligibility() {
	for _, text := range []string{c.version.rules.Eligibility, c.Eligibility} {
		if text == "" {
			continue
		}
		e, err := Compile(EligibilityEnv, text, ResultBool)
		if err != nil {
			c.fault = faultf(model.ProblemExpression, "eligibility: %v", err)
			continue
		}
		c.eligibility = append(c.eligibility, e)
	}
}

// ofNoSale tells whether a fact takes back a sale that did not count, because
// on the sale's day, by the choices of the return's day, the component did not
// stand, or the payee was not eligible or accrued nothing.
func (w *worksheet) ofNoSale(f *CreditFact, c *component) bool {
	if !f.Reversal || f.transaction().RelatesTo == nil {
		return false
	}
	day, position := f.Credit.FXDate, w.course.position
	if !c.Days().Contains(day) {
		return true
	}
	if _, held := seated(w.payee, position, day); !held {
		return false
	}
	then := w.stands(c, w.payee, position, day)
	return then.fault == nil && (!then.accrues || w.soldInVain(c, day))
}

// bars notes a group that has days on which the position was held, none of
// which counts, and nothing else.
func (w *worksheet) bars(g *group) {
	w.noteGroup(g)
	w.final = g
}

// noteStanding notes on how many days of the window the position was held
// which do not count, or do not count for all, by what keeps them away.
func (w *worksheet) noteStanding(g *group) {
	if stands := g.component().Days(); stands != model.Always {
		of, all := decimal.New(int64(stands.Intersect(w.span.window.Days).Days()), 0), decimal.New(int64(w.days()), 0)
		w.trace.node(NodeRule, 0, w.trace.term(Term{Label: datesLabel(stands), From: &of, To: &all}), decimal.Zero)
	}
	var reasons []string
	days := map[string]int{}
	last := model.MinDate
	for _, l := range g.whole {
		if l.why == "" || l.days.From < last {
			continue
		}
		last = l.days.To
		if days[l.why] == 0 {
			reasons = append(reasons, l.why)
		}
		days[l.why] += l.days.Days()
	}
	for _, why := range reasons {
		from, to := decimal.New(int64(days[why]), 0), decimal.New(int64(w.days()), 0)
		w.trace.node(NodeRule, 0, w.trace.term(Term{Label: why, From: &from, To: &to}), decimal.Zero)
	}
}

// datesLabel says the first and the last day of a component.
func datesLabel(days model.Interval) string {
	label := "dates="
	if days.From > model.MinDate {
		label += days.From.String()
	}
	label += ".."
	if days.To < model.MaxDate {
		label += days.Last().String()
	}
	return label
}

// barredSince tells whether the position was held on days from a day on, none
// of which counts.
func (w *worksheet) barredSince(day model.Date) bool {
	barred := false
	for i := range w.course.spans {
		for _, l := range before(w.course.spans[i].legs, w.until) {
			if l.days.To <= day || !l.seated {
				continue
			}
			if l.counts() {
				return false
			}
			barred = true
		}
	}
	return barred
}

// withhold takes off what an earning comes to, where the version does not pay it
// for the payee's status, or for their leaving. What it takes back stays taken.
func (w *worksheet) withhold(e *Earning) {
	amount := e.Amount.Amount
	if !amount.IsPositive() {
		return
	}
	label, words := w.unpaid(w.course, w.final.component())
	if label == "" {
		return
	}
	t := &w.trace
	nothing := decimal.Zero
	node := t.node(NodeGate, 0, t.term(Term{Label: label, Rate: &nothing}), amount)
	t.amount(node, amount.Neg())
	t.amount(0, decimal.Zero)
	t.Paid.Append(amount.Neg())
	t.node(NodeReason, 0, t.text("%s", words), decimal.Zero)
	e.Amount.Amount, e.Why, e.Trace = decimal.Zero, model.WhyIneligible, t.Trace
}
