package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// posting is a fact that counts, with what it adds to the measure.
type posting struct {
	fact *CreditFact
	cell *cell
}

// stage is the part of a group that one version's component rates.
type stage struct {
	component *component
	legs      []leg
	postings  []posting
	total     decimal.Decimal // the running total after its last posting
}

// last is the assignment's last day in the stage.
func (s *stage) last() model.Date { return lastLeg(s.legs).days.Last() }

// moves tells whether a posting adds something to the measure.
func (s *stage) moves() bool {
	return slices.ContainsFunc(s.postings, func(p posting) bool { return !p.cell.value.IsZero() })
}

// group is a part of a course with one running total, measured against one
// quota.
type group struct {
	legs   []leg
	held   int // days
	stages []stage
	total  decimal.Decimal

	quota      *decimal.Decimal // after proration; nil where there is none
	given      decimal.Decimal  // the quota before it
	holder     string           // whose quota it is
	attainment *decimal.Decimal
}

// component is the one in force on the assignment's last day in the group.
func (g *group) component() *component { return lastLeg(g.legs).component }

// last is the assignment's last day in the group.
func (g *group) last() model.Date { return lastLeg(g.legs).days.Last() }

// gather collects the facts of a group by stage and sums its measure in order.
func (w *worksheet) gather(legs []leg) (*group, *fault) {
	g := &group{legs: legs, held: heldDays(legs)}
	var total accumulator
	for start := 0; start < len(legs); {
		end := start + 1
		for end < len(legs) && legs[end].component == legs[start].component {
			end++
		}
		s := stage{component: legs[start].component, legs: legs[start:end]}
		for _, l := range s.legs {
			if fault := w.post(&s, l); fault != nil {
				return nil, fault
			}
		}
		for i := range s.postings {
			total.add(s.postings[i].cell.value)
		}
		g.total = total.total()
		s.total = g.total
		if !fits(g.total) {
			return nil, faultf(model.ProblemOverflow, "the measure %s is out of bounds", s.component.measure.Key)
		}
		g.stages = append(g.stages, s)
		start = end
	}
	return g, nil
}

// post adds the facts on the days of a leg that count to the stage.
func (w *worksheet) post(s *stage, l leg) *fault {
	c := s.component
	first, _ := slices.BinarySearchFunc(w.facts, l.days.From, func(f *CreditFact, day model.Date) int {
		return int(f.Credit.Date) - int(day)
	})
	var col *column
	for i := first; i < len(w.facts) && w.facts[i].Credit.Date < l.days.To; i++ {
		f := w.facts[i]
		if f.Reversal && c.version.rules.Returns == model.ReturnsIgnore {
			w.ignored = true
			continue
		}
		if !f.Reversal && !l.held {
			continue
		}
		if c.fault != nil {
			return c.fault
		}
		if col == nil {
			col = w.column(columnKey{c.measure, c.condition, c.version.Currency, c.version.rules.FXCreditToPlan})
		}
		cell := w.at(col, i)
		if cell.state == cellFaulty {
			return cell.fault
		}
		if cell.state == cellCounts {
			s.postings = append(s.postings, posting{f, cell})
		}
	}
	return nil
}

// reckon finds the group's quota, prorates it and measures attainment. A
// missing quota is no fault by itself: not every component needs one.
func (w *worksheet) reckon(g *group) *fault {
	c := g.component()
	quota, holder, found := w.quotaOf(c.measure.ID, g.last())
	if !found {
		return nil
	}
	if !fits(quota) {
		return faultf(model.ProblemOverflow, "the quota of %s is out of bounds", c.measure.Key)
	}
	g.given, g.holder = quota, holder
	after := prorate(quota, c.version.rules.QuotaProration, g.held, w.days())
	g.quota = &after
	if after.IsPositive() {
		attainment := divide(g.total, after)
		g.attainment = &attainment
	}
	return nil
}

// quotaOf gives the position's own quota of the period or, where it has none,
// that of the title it had on the day.
func (w *worksheet) quotaOf(measure model.ID, day model.Date) (quota decimal.Decimal, holder string, found bool) {
	position := w.course.position
	if quota, found = w.quotas[quotaKey{position.id, measure, w.period.ID}]; found {
		return quota, "POSITION", true
	}
	slice := position.on(day)
	if slice == nil || slice.TitleID == nil {
		return quota, "", false
	}
	quota, found = w.quotas[quotaKey{*slice.TitleID, measure, w.period.ID}]
	return quota, "TITLE", found
}

// wants is the fault of a group that needs a quota and has none above 0.
func (w *worksheet) wants(g *group) *fault {
	if g.quota != nil && g.quota.IsPositive() {
		return nil
	}
	what := "there is no quota"
	if g.quota != nil {
		what = fmt.Sprintf("the quota is %s", g.given)
	}
	return faultf(model.ProblemNoQuota, "%s of measure %s for position %s in %s", what, g.component().measure.Key, w.course.position.externalID, w.period.Name)
}

// noteGroup writes what the group's lines go by into the trace.
func (w *worksheet) noteGroup(g *group) {
	c := g.component()
	t := &w.trace
	w.contribute(g, t.node(NodeMeasure, 0, t.text("value=%s measure=%s", c.measure.Value, c.measure.Key), g.total))
	if g.quota != nil {
		at := t.node(NodeQuota, 0, t.text("quota=%s", g.holder), *g.quota)
		if method := c.version.rules.QuotaProration; prorates(method, g.held, w.days()) {
			w.noteProration(NodeQuota, at, "quotaProration", method, g, g.given)
		}
	}
	if g.attainment != nil {
		t.node(NodeAttainment, 0, -1, *g.attainment)
	}
	w.noteChoices(g)
}

// contribute notes, below the group's measure, the credits that it is made of
// where no line of their own says so.
func (w *worksheet) contribute(g *group, parent int32) {
	for i := range g.stages {
		if g.stages[i].component.RateKind != model.RateBonus {
			continue
		}
		for _, p := range g.stages[i].postings {
			term := int32(-1)
			if p.cell.absent {
				term = w.trace.text("%s", absence(p))
			}
			w.credit(NodeMeasure, parent, p, term)
		}
	}
}

// noteChoices notes the choices of the plan that acted on the group.
func (w *worksheet) noteChoices(g *group) {
	c, t := g.component(), &w.trace
	if w.final != nil {
		t.node(NodeRule, 0, t.text("restart version=%d", c.version.Number), decimal.Zero)
	}
	if g.held < w.days() {
		days, all := decimal.New(int64(g.held), 0), decimal.New(int64(w.days()), 0)
		t.node(NodeRule, 0, t.term(Term{Label: "continuity=" + string(c.version.rules.Continuity), From: &days, To: &all}), decimal.Zero)
	}
	reversals, converted := w.ignored, false
	for i := range g.stages {
		for _, p := range g.stages[i].postings {
			reversals = reversals || p.fact.Reversal
			converted = converted || p.cell.step != nil
		}
	}
	if reversals {
		t.node(NodeRule, 0, t.text("returns=%s", c.version.rules.Returns), decimal.Zero)
	}
	if converted {
		t.node(NodeRule, 0, t.text("fxCreditToPlan=%s", c.version.rules.FXCreditToPlan), decimal.Zero)
	}
	if c.version.Currency != w.pay {
		t.node(NodeRule, 0, t.text("fxPlanToPay=%s", c.version.rules.FXPlanToPay), decimal.Zero)
	}
}
