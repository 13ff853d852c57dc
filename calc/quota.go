package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// quotaValue is a quota from a day of its period on.
type quotaValue struct {
	*model.Quota
	from model.Date
}

// reckoned is a quota of a window, and what it is made of.
type reckoned struct {
	holder string // POSITION or TITLE: whose quota it is on the assignment's last day
	parts  []quotaPart
	whole  int      // of which the parts have some; where there is one part it is of that has it
	of     heldPart // the part of the window that is prorated by
	after  decimal.Decimal
}

// quotaPart is a quota as it was given, and how much of the window it is for.
type quotaPart struct {
	*model.Quota
	step *model.RampStep // nil: none that changes the quota
	held int
}

// factor is what ramp and relief leave of the quota.
func (p *quotaPart) factor() decimal.Decimal {
	out := oneDecimal
	if p.step != nil {
		out = p.step.Share
	}
	if p.Relief != nil {
		out = out.Mul(oneDecimal.Sub(p.Relief.Share))
	}
	return out
}

// left is the quota after ramp and relief.
func (p *quotaPart) left() decimal.Decimal {
	if p.step == nil && p.Relief == nil {
		return p.Amount
	}
	return p.Amount.Mul(p.factor())
}

// plain tells whether the quota is one that neither ramp nor relief changes, at
// most prorated.
func (r *reckoned) plain() bool {
	return len(r.parts) == 1 && r.parts[0].step == nil && r.parts[0].Relief == nil
}

// fits tells whether its numbers can be stored.
func (r *reckoned) fits() bool {
	return fits(r.after) && !slices.ContainsFunc(r.parts, func(p quotaPart) bool { return !fits(p.Amount) })
}

// reckonQuota gives the group's quota of a measure. Each day has the quota in
// force on it, or by LAST_DAY that of the assignment's last day, less what ramp
// and relief of the day take off; the days are put together by quotaProration.
// It is nil where there is no quota, by DAY_WEIGHTED on one of the days.
func (w *worksheet) reckonQuota(g *group, measure model.ID) *reckoned {
	c := g.component()
	last, holder := w.quotaOn(measure, g.last())
	if last == nil {
		return nil
	}
	out := &reckoned{holder: holder, of: w.quotaPart(g)}
	weights, total := c.version.rules.QuotaProration, 0
	if weights == model.ProrateNone {
		weights = model.ProrateDays
	}
	for _, days := range w.quotaDays(g, measure) {
		value := last
		if c.version.rules.QuotaChange == model.QuotaDayWeighted {
			if value, _ = w.quotaOn(measure, days.From); value == nil {
				return nil
			}
		}
		n := counted(weights, days)
		out.add(quotaPart{value, w.rampOn(c, days.From), n})
		total += n
	}
	if total == 0 { // no day counts: as on the last one
		out.parts = []quotaPart{{last, w.rampOn(c, g.last()), 0}}
	}
	out.settle(c.version.rules.QuotaProration, total)
	return out
}

// add adds a part, to the one before where it differs in nothing but its days.
func (r *reckoned) add(next quotaPart) {
	if n := len(r.parts); n > 0 {
		before := &r.parts[n-1]
		if before.step == next.step && (before.Quota == next.Quota || before.Relief == nil && next.Relief == nil && before.Amount.Equal(next.Amount)) {
			before.held += next.held
			return
		}
	}
	r.parts = append(r.parts, next)
}

// settle puts the parts together, of which there is a total: what is left of
// each x its part of the window, divided once.
func (r *reckoned) settle(method model.Proration, total int) {
	if len(r.parts) == 1 {
		r.whole, r.parts[0].held = r.of.whole, r.of.held
		r.after = r.of.of(r.parts[0].left())
		return
	}
	r.whole = r.of.whole
	if method == model.ProrateNone { // an average, of what has passed by basis TO_DATE
		r.whole = total
		if r.of.less() {
			r.whole *= r.of.whole
			for i := range r.parts {
				r.parts[i].held *= r.of.held
			}
		}
	}
	if !r.of.less() {
		r.of.unit = nil // a whole window has no unit to round
	}
	whole := decimal.New(int64(r.whole), 0)
	r.after = targetOfParts(len(r.parts), func(i int) (decimal.Decimal, decimal.Decimal) {
		return r.parts[i].left(), decimal.New(int64(r.parts[i].held), 0)
	}, whole, r.of.unit, r.of.mode)
}

// quotaDays cuts the days that the quota is prorated by wherever it may change
// within the window.
func (w *worksheet) quotaDays(g *group, measure model.ID) []model.Interval {
	c := g.component()
	cuts := w.rampCuts(c)
	if c.version.rules.QuotaChange == model.QuotaDayWeighted {
		cuts = append(cuts, w.quotaCuts(measure)...)
	}
	slices.Sort(cuts)
	legs := g.whole
	if c.version.rules.QuotaBasis == model.QuotaToDate {
		legs = g.legs
	}
	var out []model.Interval
	for _, l := range legs {
		if !l.whole() {
			continue
		}
		from := l.days.From
		for _, cut := range cuts {
			if from < cut && cut < l.days.To {
				out = append(out, model.Interval{From: from, To: cut})
				from = cut
			}
		}
		out = append(out, model.Interval{From: from, To: l.days.To})
	}
	return out
}

// quotaCuts gives the days on which another quota may come into force.
func (w *worksheet) quotaCuts(measure model.ID) []model.Date {
	position := w.course.position
	holders := []model.ID{position.id}
	var cuts []model.Date
	for i := range position.slices {
		cuts = append(cuts, position.slices[i].Days.From, position.slices[i].Days.To)
		if title := position.slices[i].TitleID; title != nil {
			holders = append(holders, *title)
		}
	}
	for _, holder := range holders {
		for _, v := range w.quotas[quotaKey{holder, measure, w.span.window.ID}] {
			cuts = append(cuts, v.from)
		}
	}
	return cuts
}

// quotaOn gives the position's own quota of the window in force on a day or,
// where it has none, that of the title it has on the day.
func (w *worksheet) quotaOn(measure model.ID, day model.Date) (quota *model.Quota, holder string) {
	position := w.course.position
	of := func(holder model.ID) *model.Quota {
		for _, v := range slices.Backward(w.quotas[quotaKey{holder, measure, w.span.window.ID}]) {
			if v.from <= day {
				return v.Quota
			}
		}
		return nil
	}
	if quota = of(position.id); quota != nil {
		return quota, "POSITION"
	}
	slice := position.on(day)
	if slice == nil || slice.TitleID == nil {
		return nil, ""
	}
	return of(*slice.TitleID), "TITLE"
}

// quotaPart is the part of the window that the quota is prorated by.
func (w *worksheet) quotaPart(g *group) heldPart {
	return w.basisPart(g.component().version.rules.QuotaProration, g)
}

// basisPart is the part of the window that quota or target is prorated by: by
// basis TO_DATE of what has passed.
func (w *worksheet) basisPart(method model.Proration, g *group) heldPart {
	rules, window := &g.component().version.rules, w.span.window.Days
	switch {
	case rules.QuotaBasis != model.QuotaToDate:
		return w.partOf(method, g.whole, rules)
	case method == model.ProrateNone: // not by the days held, but by those that have passed
		passed := leg{standing: standing{held: true}, days: model.Interval{From: window.From, To: min(w.until, window.To)}}
		return w.partOf(model.ProrateDays, []leg{passed}, rules)
	}
	return w.partOf(method, g.legs, rules)
}

// quotaPartPrefix begins the label of a part of a quota.
const quotaPartPrefix = "part "

// noteQuota notes, below a quota, what it is made of where it is not simply the
// one that was given.
func (w *worksheet) noteQuota(at int32, g *group) {
	q, t := g.reckoned, &w.trace
	switch {
	case q.plain() && q.of.less():
		w.noteProration(NodeQuota, at, "quotaProration", q.of, q.parts[0].Amount)
		return
	case q.plain():
		if !g.carry.IsZero() || len(g.brought) > 0 {
			t.node(NodeQuota, at, t.text("given"), q.parts[0].Amount)
		}
		return
	}
	rules := &g.component().version.rules
	label := quotaPartPrefix + "quotaProration=" + string(rules.QuotaProration)
	if len(q.parts) > 1 {
		label += " quotaChange=" + string(rules.QuotaChange)
	}
	if q.of.unit != nil && q.of.less() {
		label += " " + unitChoice(q.of)
	}
	whole := decimal.New(int64(q.whole), 0)
	for i := range q.parts {
		p := &q.parts[i]
		term := Term{Label: label}
		if factor := p.factor(); p.step != nil || p.Relief != nil {
			term.Rate = &factor
		}
		if len(q.parts) > 1 || q.of.less() {
			held := decimal.New(int64(p.held), 0)
			term.From, term.To = &held, &whole
		}
		w.noteFactors(t.node(NodeQuota, at, t.term(term), p.Amount), p, g)
	}
}

// noteFactors notes, below a part of a quota, its ramp and relief.
func (w *worksheet) noteFactors(part int32, p *quotaPart, g *group) {
	t, c := &w.trace, g.component()
	if p.step != nil {
		label := fmt.Sprintf("ramp=%s month=%d", c.ramp().SinceGiven(), p.step.Month)
		t.node(NodeRule, part, t.term(Term{Label: label, Rate: &p.step.Share}), decimal.Zero)
	}
	if p.Relief != nil {
		label := "relief: " + strings.ReplaceAll(p.Relief.Reason, "=", ":")
		if g.elsewhere { // whoever sees this position, or its holder, need not know
			label = "relief: not shown here"
		}
		t.node(NodeRule, part, t.term(Term{Label: label, Rate: &p.Relief.Share}), decimal.Zero)
	}
}
