package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// below is what somebody lower in the hierarchy has earned, as an override on
// earnings reads it.
type below struct {
	level  int
	day    model.Date // the last of their assignment in the period
	payee  *payeeNode
	period *model.Period
	course *course
	money  decimal.Decimal // in plan currency, exact
	given  decimal.Decimal // in the currency of their pay
	step   *fxStep         // between the two; nil where they are one
}

// prepareOverride fills the rates by level.
func (c *component) prepareOverride() {
	for i := range c.Levels {
		l := &c.Levels[i]
		if !fits(l.Rate) {
			c.fault = faultf(model.ProblemOverflow, "the rate of level %d is out of bounds", l.Level)
			continue
		}
		c.byLevel = append(c.byLevel, leveled{l.Level, &tier{label: fmt.Sprintf("level %d", l.Level), rate: &l.Rate}})
	}
}

// leveled is the rate of a level.
type leveled struct {
	level int
	tier  *tier
}

// atLevel gives the rate of a level: 0 for one that is not listed.
func (c *component) atLevel(level int) *tier {
	for _, l := range c.byLevel {
		if l.level == level {
			return l.tier
		}
	}
	return &tier{label: fmt.Sprintf("level %d is not paid", level), rate: &decimal.Zero}
}

// onEarnings tells whether the component is an override on earnings.
func (c *component) onEarnings() bool {
	return c.RateKind == model.RateOverride && c.Basis == model.OverrideEarnings
}

// override pays each rollup credit at the rate of the level that it comes from,
// or what those below have earned, by level.
func (w *worksheet) override(s *stage) *fault {
	basis := cmp.Or(s.component.Basis, model.OverrideCredits)
	label := fmt.Sprintf("rateKind=%s basis=%s", model.RateOverride, basis)
	if s.component.Compress {
		label += " compress=true"
	}
	w.rule(s, Term{Label: label}, decimal.Zero)
	if s.component.onEarnings() {
		return w.overrideEarnings(s)
	}
	tiers := map[int]*tier{}
	for _, p := range s.postings {
		level := p.fact.Credit.Level
		if from := w.hierarchy.position(orNone(p.fact.Credit.ViaPositionID)); s.component.Compress && from != nil {
			level = levelsTo(from, w.course.position, p.fact.Credit.FXDate, true) // a return's as its sale's
		}
		if tiers[level] == nil {
			tiers[level] = s.component.atLevel(level)
		}
		if fault := w.line(s, p, tiers[level]); fault != nil {
			return fault
		}
	}
	return nil
}

func orNone(id *model.ID) model.ID {
	if id == nil {
		return model.ID{}
	}
	return *id
}

// levelsTo counts the levels from a position up to another one above it on a
// day, of those in between the held ones alone where compressed; 0 where it is
// not above.
func levelsTo(from, to *positionNode, day model.Date, compressed bool) int {
	found, skipped := 0, 0
	from.managers(day, func(level int, manager *positionNode) bool {
		if manager == to {
			found = level - skipped
			return false
		}
		if compressed && manager.holder(day) == nil {
			skipped++
		}
		return true
	})
	return found
}

// overrideEarnings pays a line for each level.
func (w *worksheet) overrideEarnings(s *stage) *fault {
	for start := 0; start < len(s.below); {
		end := start + 1
		for end < len(s.below) && s.below[end].level == s.below[start].level {
			end++
		}
		if fault := w.overrideLevel(s, s.below[start:end]); fault != nil {
			return fault
		}
		start = end
	}
	return nil
}

func (w *worksheet) overrideLevel(s *stage, all []below) *fault {
	total := decimal.Zero
	for i := range all {
		total = total.Add(all[i].money)
	}
	rate := s.component.atLevel(all[0].level)
	money := multiply(total, *rate.rate)
	term := Term{Label: rate.label, Rate: rate.rate}
	var step *fxStep
	if !money.IsZero() {
		var fault *fault
		if step, fault = w.payStep(s.component.version, s.last()); fault != nil {
			return fault
		}
		if step != nil {
			term.FX, term.Step = &step.rate, step.label
		}
	}
	t := &w.trace
	node := t.node(NodeEarned, 0, t.term(term), total)
	for i := range all {
		b := &all[i]
		at := t.node(NodeInput, node, t.text("%s", b.label()), b.money)
		if b.step != nil {
			w.provisional = w.provisional || b.step.provisional
			t.node(NodeFX, at, t.rated(rateKey{step: b.step}), b.given)
		}
	}
	return w.paid(node, quantise(inPay(money, step)))
}

// PayeeOf gives the external id of the payee whose earning a node's label
// names, where it names one.
func PayeeOf(label string) (externalID string, is bool) {
	_, externalID, is = strings.Cut(label, payeeMark)
	return externalID, is
}

// payeeMark parts what was earned from who earned it, which stands last.
const payeeMark = " by payee "

func (b *below) label() string {
	return fmt.Sprintf("%s of %s in %s"+payeeMark+"%s", b.course.key, b.course.position.externalID, b.period.Name, b.payee.externalID)
}

// gatherBelow finds what those below have earned on the days of each stage that
// is an override on earnings.
func (w *worksheet) gatherBelow(g *group) *fault {
	if !slices.ContainsFunc(g.stages, func(s stage) bool { return s.component.onEarnings() && s.component.fault == nil }) {
		return nil
	}
	var all []below
	positions := w.course.position.subtree()
	slices.SortFunc(positions, func(a, b *positionNode) int { return strings.Compare(a.externalID, b.externalID) })
	var payees []*payeeNode
	for _, position := range positions {
		payees = append(payees, position.holders(w.span.window.Days)...)
	}
	for _, period := range w.endingIn[w.span.window.ID] {
		w.run.learn(payees, period)
		for _, position := range positions {
			found, fault := w.belowIn(g, position, period)
			if fault != nil {
				return fault
			}
			all = append(all, found...)
		}
	}
	slices.SortFunc(all, compareBelow)
	for i := range g.stages {
		for _, b := range all {
			if l := legOn(g.stages[i].legs, b.day); l != nil {
				g.stages[i].below = append(g.stages[i].below, b)
			}
		}
	}
	return nil
}

func compareBelow(a, b below) int {
	return cmp.Or(
		cmp.Compare(a.level, b.level),
		strings.Compare(a.course.position.externalID, b.course.position.externalID),
		strings.Compare(a.payee.externalID, b.payee.externalID),
		comparePeriods(a.period, b.period),
		strings.Compare(a.course.plan.ExternalID, b.course.plan.ExternalID),
		strings.Compare(a.course.key, b.course.key),
	)
}

// legOn gives the leg that holds a day.
func legOn(legs []leg, day model.Date) *leg {
	for i := range legs {
		if legs[i].days.Contains(day) {
			return &legs[i]
		}
	}
	return nil
}

// belowIn finds what has been earned in a position in a payout period, of the
// components that the override names. What counts is whom the payee reported to
// on the last day of their assignment in the part of the period that lies in the
// override's or, where that had ended before, on the period's last day. Nobody
// is below themselves.
func (w *worksheet) belowIn(g *group, position *positionNode, period *model.Period) ([]below, *fault) {
	var out []below
	for _, payee := range position.holders(w.span.window.Days) {
		if payee == w.payee {
			continue
		}
		courses := w.index.courses(payee, period)
		for i := range courses {
			co := &courses[i]
			day := co.lastIn(period.Days.Intersect(w.span.window.Days))
			l := legOn(g.legs, day)
			if co.position != position || l == nil || !l.accrues || !l.component.reads(w.course.plan, co) {
				continue
			}
			level := levelsTo(position, w.course.position, day, l.component.Compress)
			if level == 0 || l.component.atLevel(level).rate.IsZero() {
				continue
			}
			b, found, fault := w.belowBy(l.component, below{level: level, day: day, payee: payee, period: period, course: co})
			if fault != nil {
				return nil, fault
			}
			if found {
				out = append(out, b)
			}
		}
	}
	return out, nil
}

// reads tells whether a component of a plan reads what a course earns.
func (c *component) reads(own *plan, co *course) bool {
	return slices.ContainsFunc(c.Sources, func(s model.EarningSource) bool {
		from := own.ID
		if s.PlanID != nil {
			from = *s.PlanID
		}
		return s.ComponentKey == co.key && from == co.plan.ID
	})
}

// belowBy fills in what was earned, in plan currency.
func (w *worksheet) belowBy(c *component, b below) (below, bool, *fault) {
	earned, found := w.run.earned(b.payee, b.period, b.course)
	switch {
	case earned.Failed:
		return b, false, w.run.failedOf(b.payee, b.course)
	case !found || earned.Amount.Amount.IsZero():
		return b, false, nil
	}
	var fault *fault
	b.given, b.money = earned.Amount.Amount, earned.Amount.Amount
	if b.step, fault = w.convert(c.version, c.version.rules.FXCreditToPlan, earned.Amount.Currency, c.version.Currency, b.day); fault != nil {
		return b, false, fault
	}
	if b.step != nil {
		b.money = multiply(b.given, b.step.rate)
	}
	return b, true, nil
}
