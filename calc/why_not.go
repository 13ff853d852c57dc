package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Fate is how a credit or activity fares with one component, or what a component
// comes to in a period. Where nothing is Paid it has a reason; where something
// is, the reasons say what has cut it.
type Fate struct {
	Position  model.ID
	Plan      model.ID
	Key       string
	Component model.ID
	Period    model.ID // the payout period; zero where there is none
	Paid      bool
	Lines     []int           // those that cite the fact, in order: 1 is the first
	Amount    decimal.Decimal // what these come to; of a component, the earning
	Reasons   []*model.WhyNotReason
	Part      LedgerPart
}

// LedgerPart says which parts of an earning a ledger watches for one fact. What an
// activity earns stands with all that is of no deal.
type LedgerPart struct {
	Whole    bool // all of the earning
	Deal     DealKey
	Credit   string
	Reversal bool // it takes back a sale
}

// Takes tells whether a watched part is of the fact.
func (p LedgerPart) Takes(h *model.Hold) bool {
	return p.Posts(h.Source, h.ExternalID) && (p.Whole || p.Credit == h.Credit)
}

// Posts tells whether an entry of a deal is of the fact.
func (p LedgerPart) Posts(source, externalID string) bool {
	return p.Whole || p.Deal == DealKey{source, externalID}
}

// Standing gives the earning of a component as it stands, nil where there is
// none.
type Standing func(position, period, component model.ID) *Earning

// AskedOf narrows a question to a plan, to components of a key, or to both.
type AskedOf struct {
	Plan *model.ID
	Key  string
	// Tells says of which plans that the payee was never given the answer may
	// speak; nil: of each.
	Tells func(plan model.ID) bool
}

func (a AskedOf) tells(p *plan) bool { return a.Tells == nil || a.Tells(p.ID) }

func (a AskedOf) takes(p *plan) bool {
	return (a.Plan == nil || *a.Plan == p.ID) && (a.Key == "" || p.has(a.Key))
}

// WhyNot tells how one of the payee's facts fares with each component that is
// asked about: by the predicates by which Calculate counts it, and by the traces
// of what stands. The fates are in the order of plans and of a version's
// components.
func (p *Payee) WhyNot(f *CreditFact, asked AskedOf, stands Standing) []Fate {
	position := p.hierarchy.position(f.Credit.PositionID)
	if p.node == nil || position == nil {
		return nil
	}
	var out []Fate
	for _, plan := range p.plansAsked(position, asked) {
		out = append(out, p.whyPlan(f, position, plan, asked, stands)...)
	}
	if line := p.lineOf(f); !f.Activity {
		for i := range out {
			out[i].Part = LedgerPart{Deal: line.Deal, Credit: line.Credit, Reversal: f.Reversal}
		}
	}
	if len(out) == 0 {
		fate := Fate{Position: position.id}
		if asked.Key != "" || asked.Plan != nil {
			fate.because(&model.WhyNotReason{Code: model.WhyNotUnknown, Text: "there is no such component"})
		} else {
			fate.because(&model.WhyNotReason{Code: model.WhyNotAssigned, Text: fmt.Sprintf("no plan is assigned for position %s", position.externalID)})
		}
		out = append(out, fate)
	}
	return out
}

// plansAsked gives the plans that were ever given for a position, or all that
// fit a question for a plan or component and may be told of.
func (p *Payee) plansAsked(position *positionNode, asked AskedOf) []*plan {
	given := slices.DeleteFunc(p.plansOf(p.node, position, model.Always), func(plan *plan) bool { return !asked.takes(plan) })
	if len(given) > 0 || asked.Key == "" && asked.Plan == nil {
		return given
	}
	var all []*plan
	for _, plan := range p.plans {
		if asked.takes(plan) && asked.tells(plan) {
			all = append(all, plan)
		}
	}
	slices.SortFunc(all, comparePlans)
	return all
}

// because adds a reason, with where it belongs.
func (f *Fate) because(r *model.WhyNotReason) {
	if !f.Position.IsZero() {
		r.PositionID = &f.Position
	}
	if !f.Plan.IsZero() {
		r.PlanID = &f.Plan
	}
	if !f.Period.IsZero() {
		r.PeriodID = &f.Period
	}
	r.ComponentKey = f.Key
	f.Reasons = append(f.Reasons, r)
}

// lacks adds the reason why a plan does not pay for what happens on a day.
func (f *Fate) lacks(why model.WhyNotCode, x *index, payee *payeeNode, position *positionNode, plan *plan, day model.Date) {
	r := &model.WhyNotReason{Code: why, SubjectID: &plan.ID}
	switch why {
	case model.WhyNotHeld:
		r.SubjectID = &position.id
		r.Text = fmt.Sprintf("the payee does not hold position %s on %s", position.externalID, day)
	case model.WhyNotVersion:
		r.Text = fmt.Sprintf("plan %s has no published version in force on %s", plan.ExternalID, day)
	case model.WhyNotAssigned:
		r.Text = fmt.Sprintf("plan %s is not assigned to the payee, to position %s or to its title on %s", plan.ExternalID, position.externalID, day)
	case model.WhyNotInVersion:
		v := plan.on(day)
		r.SubjectID = &v.ID
		r.Text = fmt.Sprintf("version %d of plan %s, in force on %s, has no component %s", v.Number, plan.ExternalID, day, f.Key)
	}
	f.because(r)
}

// whyPlan tells how a fact fares with a plan's components.
func (p *Payee) whyPlan(f *CreditFact, position *positionNode, plan *plan, asked AskedOf, stands Standing) []Fate {
	day := f.Credit.Date
	blank := Fate{Position: position.id, Plan: plan.ID, Key: asked.Key}
	l, v, why := p.paysOn(p.node, position, plan, day)
	if why != "" {
		blank.lacks(why, p.index, p.node, position, plan, day)
		return []Fate{blank}
	}
	l.days = model.Interval{From: day, To: day + 1}
	var out []Fate
	for _, c := range v.components {
		if asked.Key == "" || c.Key == asked.Key {
			fate := Fate{Position: position.id, Plan: plan.ID, Key: c.Key, Component: c.id}
			p.whyComponent(&fate, f, position, l, c, stands)
			out = append(out, fate)
		}
	}
	if len(out) == 0 {
		if asked.Key == "" {
			return nil
		}
		blank.lacks(model.WhyNotInVersion, p.index, p.node, position, plan, day)
		out = append(out, blank)
	}
	return out
}

// home gives the payout period in which a component first pays for a day, with
// the window that it measures then; nil where the fiscal year is not open.
func (x *index) home(c *component, day model.Date) (period, window *model.Period) {
	for _, p := range x.periodsOf[c.version.CalendarID] {
		if p.Type != c.Payout || p.Days.To <= day {
			continue
		}
		for _, w := range x.settled[p.ID] {
			if w.Days.Contains(day) && c.settles(w, p) {
				return p, w
			}
		}
	}
	return nil, nil
}

// whyComponent tells how a fact fares with a component on a leg of its day.
func (p *Payee) whyComponent(fate *Fate, f *CreditFact, position *positionNode, l leg, c *component, stands Standing) {
	day := f.Credit.Date
	period, window := p.home(c, day)
	if period == nil {
		fate.because(&model.WhyNotReason{Code: model.WhyNotPeriod, Text: fmt.Sprintf("there is no %s of the plan's calendar for %s yet", c.Payout, day), SubjectID: &c.version.CalendarID})
		return
	}
	fate.Period = period.ID
	piece, stood := p.place(l, c, p.node, position, window.Days)
	switch {
	case c.team != nil && len(c.memberships(position, l.days)) == 0:
		fate.because(&model.WhyNotReason{Code: model.WhyNotMember, SubjectID: &c.team.ID, Text: fmt.Sprintf("position %s is no member of team %s on %s", position.externalID, c.team.ExternalID, day)})
		return
	case !stood || !f.Reversal && l.seated && !piece.seated:
		fate.because(&model.WhyNotReason{Code: model.WhyNotDates, SubjectID: &c.version.ID, Text: fmt.Sprintf("component %s pays for %s, not for %s", c.Key, datesLabel(c.Days())[len("dates="):], day)})
		return
	case piece.fault != nil:
		fate.because(problemReason(piece.fault.code, piece.fault.detail))
		return
	}
	co := &course{position: position, plan: c.version.plan, key: c.Key, spans: []stretch{{window: window, legs: []leg{piece}}}}
	calculation := p.calculation(period)
	calculation.turnTo(position)
	w := calculation.sheetOf(co)
	w.until = period.Days.To
	if w.refuses(fate, f, &piece, c) {
		return
	}
	w.fares(fate, f, stands(position.id, period.ID, c.id))
}

// refuses adds why a fact does not count for a component.
func (w *worksheet) refuses(fate *Fate, f *CreditFact, l *leg, c *component) bool {
	if c.fault != nil {
		fate.because(problemReason(c.fault.code, c.fault.detail))
		return true
	}
	if r := w.measureRefuses(f, c); r != nil {
		fate.because(r)
	}
	day := f.Credit.Date
	switch w.admits(l, f, c) {
	case model.WhyNotReturnIgnored:
		fate.because(&model.WhyNotReason{Code: model.WhyNotReturnIgnored, SubjectID: &c.version.ID, Text: "the plan leaves returns out of what it measures"})
	case model.WhyNotHeld:
		fate.lacks(model.WhyNotHeld, w.index, w.payee, w.course.position, w.course.plan, day)
	case model.WhyNotSaleUncounted:
		fate.because(&model.WhyNotReason{Code: model.WhyNotSaleUncounted, Text: "it takes back a sale that did not count"})
	case model.WhyNotEligible:
		fate.because(&model.WhyNotReason{Code: model.WhyNotEligible, SubjectID: &w.payee.id, Text: fmt.Sprintf("%s on %s", standingWords(l.why), day)})
	}
	return len(fate.Reasons) > 0
}

// measureRefuses gives why a fact counts for no measure of a component; nil
// where it counts for one.
func (w *worksheet) measureRefuses(f *CreditFact, c *component) *model.WhyNotReason {
	if c.measureless() || c.onEarnings() {
		return &model.WhyNotReason{Code: model.WhyNotMeasured, SubjectID: &c.version.ID, Text: fmt.Sprintf("component %s measures no credits itself", c.Key)}
	}
	var first *model.WhyNotReason
	for _, m := range c.measures() {
		why, fault := w.keeps(m, c.condition, f)
		if m.Source == model.SourceValues {
			why = model.WhyNotMeasured
		}
		switch {
		case fault != nil:
			return problemReason(fault.code, fault.detail)
		case why == "":
			return nil
		case first == nil:
			first = w.measureReason(why, m, c, f)
		}
	}
	return first
}

// measures lists the measures that a component's credits are paid by.
func (c *component) measures() []*measure {
	var out []*measure
	if !c.MeasureID.IsZero() {
		out = append(out, c.measure)
	}
	for i := range c.goals {
		out = append(out, c.goals[i].measure)
	}
	return out
}

func (w *worksheet) measureReason(why model.WhyNotCode, m *measure, c *component, f *CreditFact) *model.WhyNotReason {
	r := &model.WhyNotReason{Code: why, SubjectID: &m.ID}
	switch why {
	case model.WhyNotCreditType:
		r.CreditTypeID = &f.Credit.CreditTypeID
		r.Text = fmt.Sprintf("measure %s does not count credits of type %s", m.Key, w.creditTypeKey(f.Credit.CreditTypeID))
	case model.WhyNotCreditKind:
		r.Text = fmt.Sprintf("measure %s does not count %s credits", m.Key, f.Credit.Kind)
	case model.WhyNotMeasureCondition:
		r.Text = fmt.Sprintf("the condition of measure %s does not hold: %s", m.Key, m.Condition)
	case model.WhyNotComponentCondition:
		r.SubjectID = &c.version.ID
		r.Text = fmt.Sprintf("the condition of component %s does not hold: %s", c.Key, c.Condition)
	default:
		r.Text = fmt.Sprintf("measure %s is not of such facts", m.Key)
	}
	return r
}

// standingWords says in words what keeps days away, as a trace notes it.
func standingWords(why string) string {
	if why == notEligible {
		return "the eligibility does not hold"
	}
	return "sales do not count: " + why
}

func problemReason(code model.ProblemCode, detail string) *model.WhyNotReason {
	return &model.WhyNotReason{Code: model.WhyNotProblem, Text: fmt.Sprintf("%s: %s", code, detail)}
}
