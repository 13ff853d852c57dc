package calc

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// stopped adds why an earning is 0.
func (f *Fate) stopped(e *Earning, c *component) {
	found := len(f.Reasons)
	if e.Why == model.WhyProblem {
		f.because(&model.WhyNotReason{Code: model.WhyNotProblem, SubjectID: problemID(e), Text: e.Trace.reason(model.WhyProblem, "it has a problem")})
		return
	}
	f.cut(e, c)
	if len(f.Reasons) > found && (e.Why == model.WhyGateNotMet || e.Why == model.WhyCapped || e.Why == model.WhyIneligible) {
		return
	}
	r := &model.WhyNotReason{SubjectID: earningID(e)}
	switch e.Why {
	case model.WhyGateNotMet:
		f.gated(e, c)
		return
	case model.WhyCapped:
		r.Code, r.Text = model.WhyNotCapped, e.Trace.reason(e.Why, "caps have taken it")
	case model.WhyNoCredits:
		r.Code, r.Text = model.WhyNotCredits, e.Trace.reason(e.Why, "no credit of the window counts")
	case model.WhyIneligible:
		r.Code, r.SubjectID, r.Text = model.WhyNotEligible, new(e.Payee), e.Trace.ineligible()
	case model.WhyBelowThreshold:
		e.Trace.threshold(r, e)
	case model.WhyNothingNew:
		r.Code, r.Text = model.WhyNotNothingNew, e.Trace.reason(e.Why, "the window has earned no more than its earlier periods have paid")
	default:
		if found > 0 {
			return // the line says it already
		}
		r.Code, r.Text = model.WhyNotNetZero, e.Trace.reason(model.WhyNetZero, "what counts comes to nothing")
		if e.Trace.hasReason(model.WhyBelowThreshold) {
			e.Trace.threshold(r, e)
		}
	}
	if c != nil && r.Code == model.WhyNotThreshold && r.Text == "" {
		r.Text = fmt.Sprintf("component %s reaches nothing that pays", c.Key)
	}
	f.because(r)
}

func problemID(e *Earning) *model.ID {
	id := model.UUIDs(model.KindProblem, e.Payee.UUID(), e.Position.UUID(), e.Period.UUID(), e.Component.UUID())
	return &id
}

// cut adds what gates, caps, multipliers of 0 and the payee's status have taken
// of an earning as a whole.
func (f *Fate) cut(e *Earning, c *component) {
	t := &e.Trace
	for i, kind := range t.Kinds {
		if t.Parents[i] != 0 || !kind.adjusts() && kind != NodeCapTogether || !t.Amounts.At(i).IsNegative() {
			continue
		}
		if kind == NodeMultiplier && !t.adjustedTo(i).IsZero() {
			continue
		}
		r := t.adjustedAway(i, e)
		if r.Code == model.WhyNotGate {
			r.Text += conditionWords(t.labelAt(i), c)
		}
		f.because(r)
	}
}

// adjustedTo gives what is left after an adjustment.
func (t *Trace) adjustedTo(i int) decimal.Decimal { return t.Values.At(i).Add(t.Amounts.At(i)) }

// gated adds the gates that do not hold, where there was nothing for them to take.
func (f *Fate) gated(e *Earning, c *component) {
	found := len(f.Reasons)
	for i, kind := range e.Trace.Kinds {
		if kind == NodeGate && e.Trace.Parents[i] == 0 {
			r := e.Trace.adjustedAway(i, e)
			r.Text += conditionWords(e.Trace.labelAt(i), c)
			f.because(r)
		}
	}
	if len(f.Reasons) == found {
		f.because(&model.WhyNotReason{Code: model.WhyNotGate, SubjectID: earningID(e), Text: "a gate does not hold"})
	}
}

// conditionWords says the condition of an adjustment.
func conditionWords(label string, c *component) string {
	if c == nil {
		return ""
	}
	for _, a := range c.onWhole {
		if a.label == label && a.Condition != "" {
			return ": " + a.Condition
		}
	}
	return ""
}

// reason gives the words of a reason, or others where it has none.
func (t *Trace) reason(why model.Why, otherwise string) string {
	for i, kind := range t.Kinds {
		if words, is := strings.CutPrefix(t.labelAt(i), string(why)+": "); is && kind == NodeReason {
			return words
		}
	}
	return otherwise
}

func (t *Trace) hasReason(why model.Why) bool { return t.reason(why, "") != "" }

// ineligible says what has kept the days away.
func (t *Trace) ineligible() string {
	words := t.reason(model.WhyIneligible, "no day counts")
	for i, kind := range t.Kinds {
		if label := t.labelAt(i); kind == NodeRule && (label == notEligible || strings.HasPrefix(label, "status=")) {
			return words + ": " + standingWords(label)
		}
	}
	return words
}

// threshold fills a reason with what was needed and what was reached: fractions
// of quota where that is what it goes by, otherwise the measure.
func (t *Trace) threshold(r *model.WhyNotReason, e *Earning) {
	r.Code, r.Value = model.WhyNotThreshold, new(e.Measure)
	byQuota := false
	for i, kind := range t.Kinds {
		label, term := t.labelAt(i), t.termAt(i)
		switch {
		case kind == NodeRule && (strings.Contains(label, "dimension=ATTAINMENT") || strings.HasPrefix(label, "bonusLevels=")):
			byQuota = true
		case kind == NodeReason && strings.HasPrefix(label, string(model.WhyBelowThreshold)):
			r.Bound = term.From
			r.Text = strings.TrimPrefix(label, string(model.WhyBelowThreshold)+": ")
		case r.Text == "" && (kind == NodeSlice || kind == NodeLine) && term != nil && term.Rate != nil && term.Rate.IsZero() && term.To != nil:
			r.Bound = term.To
		}
	}
	if byQuota && e.Attainment != nil {
		r.Value = e.Attainment
	}
	switch {
	case r.Bound != nil:
		r.Text = fmt.Sprintf("%s was reached; it pays from %s on", r.Value, r.Bound)
	case r.Text == "":
		r.Text = "no level, tier or row that pays was reached"
	}
}
