package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// fares adds what the earning as it stands makes of a fact that counts.
func (w *worksheet) fares(fate *Fate, f *CreditFact, e *Earning) {
	switch {
	case e == nil && !w.course.spans[0].legs[0].seated: // a late return, of which nothing is taken back
		fate.lacks(model.WhyNotHeld, w.index, w.payee, w.course.position, w.course.plan, f.Credit.Date)
		return
	case e == nil:
		fate.because(&model.WhyNotReason{Code: model.WhyNotCalculated, Text: fmt.Sprintf("%s is not calculated yet", w.period.Name), SubjectID: &w.period.ID})
		return
	case e.Why == model.WhyProblem:
		fate.stopped(e, nil)
		return
	}
	cited := e.Trace.citing(f.citation())
	if len(cited) == 0 {
		r := &model.WhyNotReason{Code: model.WhyNotCalculated, Text: fmt.Sprintf("the result of %s does not include it yet", w.period.Name), SubjectID: earningID(e)}
		if f.Reversal {
			r = &model.WhyNotReason{Code: model.WhyNotSaleUncounted, Text: "it takes back a sale that was not paid"}
		}
		fate.because(r)
		return
	}
	lined := w.lined(fate, e, f, cited)
	switch {
	case e.Amount.Amount.IsZero():
		fate.stopped(e, w.courseComponent())
	case !lined:
		fate.because(&model.WhyNotReason{
			Code: model.WhyNotTogether, SubjectID: earningID(e), Value: e.Trace.valueOf(cited[0]), Bound: &e.Amount.Amount,
			Text: fmt.Sprintf("it counts; component %s pays for the window as a whole: %s", e.Key, e.Amount.Amount),
		})
	case fate.Paid:
		fate.cut(e, w.courseComponent())
	}
	fate.Paid = fate.Paid && !e.Amount.Amount.IsZero()
}

// courseComponent is the component of the course at hand.
func (w *worksheet) courseComponent() *component { return w.course.spans[0].legs[0].component }

// lined sums the lines that cite a fact and adds why those of 0 are so, and what
// returns of it have taken back; false where it has no line.
func (w *worksheet) lined(fate *Fate, e *Earning, f *CreditFact, cited []int) bool {
	var zeros []*model.WhyNotReason
	lines := e.Trace.Lines()
	for _, i := range cited {
		n := e.Trace.lineNumber(i)
		if n == 0 || n > len(lines) {
			continue
		}
		fate.Lines = append(fate.Lines, n)
		if line := lines[n-1]; line.Amount.IsZero() {
			zeros = append(zeros, e.Trace.whyZero(i, line, e))
		} else {
			fate.Amount = fate.Amount.Add(line.Amount)
		}
	}
	if len(fate.Lines) == 0 {
		return false
	}
	if fate.Paid = !fate.Amount.IsZero(); !fate.Paid {
		for _, r := range zeros {
			fate.because(r)
		}
	}
	back := decimal.Zero
	for _, n := range w.returnsOf(f) {
		for _, line := range lines {
			if line.Credit == n {
				back = back.Add(line.Amount)
			}
		}
	}
	if !f.Reversal && !back.IsZero() {
		fate.because(&model.WhyNotReason{Code: model.WhyNotReturned, SubjectID: earningID(e), Value: &back, Bound: new(fate.Amount), Text: fmt.Sprintf("of %s returns have taken back %s", fate.Amount, back.Neg())})
		fate.Paid = fate.Paid && !fate.Amount.Add(back).IsZero()
	}
	if !fate.Paid && len(fate.Reasons) == 0 {
		fate.because(&model.WhyNotReason{Code: model.WhyNotNetZero, SubjectID: earningID(e), Text: "its lines come to 0"})
	}
	return true
}

// returnsOf gives the numbers of the facts that take back the sale of one.
func (w *worksheet) returnsOf(f *CreditFact) []int64 {
	var out []int64
	t := f.transaction()
	for _, other := range w.place.facts {
		if link := other.transaction().RelatesTo; other.Reversal && link != nil && link.ExternalID == t.ExternalID && other.transaction().Source == t.Source {
			out = append(out, other.citation())
		}
	}
	return out
}

func earningID(e *Earning) *model.ID {
	id := model.UUIDs(model.KindEarning, e.Payee.UUID(), e.Position.UUID(), e.Period.UUID(), e.Component.UUID())
	return &id
}

// citing lists the nodes that cite a fact.
func (t *Trace) citing(number int64) []int {
	var out []int
	for i, cited := range t.Credits {
		if cited == number && number != 0 {
			out = append(out, i)
		}
	}
	return out
}

// lineNumber gives the number of the line that a node is, 0 where it is none.
func (t *Trace) lineNumber(node int) int {
	if !t.isLine(node) {
		return 0
	}
	n := 0
	for i := 0; i <= node; i++ {
		if t.isLine(i) {
			n++
		}
	}
	return n
}

func (t *Trace) valueOf(i int) *decimal.Decimal { return new(t.Values.At(i)) }

func (t *Trace) labelAt(i int) string {
	if term := t.termAt(i); term != nil {
		return term.Label
	}
	return ""
}

// whyZero says why a line comes to 0.
func (t *Trace) whyZero(i int, line Line, e *Earning) *model.WhyNotReason {
	r := &model.WhyNotReason{SubjectID: earningID(e), Value: new(line.Measured)}
	if !line.Exact.IsZero() {
		r.Code, r.Value, r.Text = model.WhyNotRounded, new(line.Exact), fmt.Sprintf("%s is rounded to 0", line.Exact)
		return r
	}
	var rated []int // the parts that a rate applies to
	for j := i + 1; j < t.Len() && t.Parents[j] >= int32(i); j++ {
		if t.Parents[j] != int32(i) {
			continue
		}
		switch kind := t.Kinds[j]; {
		case kind == NodeRule && t.labelAt(j) == cutOff:
			r.Code, r.Value, r.Text = model.WhyNotAttainmentCap, t.valueOf(j), "the attainment cap was reached before it"
			return r
		case kind.adjusts() && !t.Amounts.At(j).IsZero():
			return t.adjustedAway(j, e)
		case kind == NodeSlice, kind == NodeResult:
			rated = append(rated, j)
		}
	}
	if term := t.termAt(i); term != nil && term.Rate != nil {
		rated = append(rated, i)
	}
	switch {
	case slices.ContainsFunc(rated, func(j int) bool { return t.Kinds[j] == NodeResult && t.Values.At(j).IsZero() }):
		r.Code, r.Text = model.WhyNotWithOrder, "the sale or order that it is part of is paid, or not, with another line of it"
	case line.Measured.IsZero():
		r.Code, r.Text = model.WhyNotNothing, "it adds nothing to the measure"
	default:
		r.Code, r.Text = model.WhyNotThreshold, "the rate is 0"
		for _, j := range rated {
			if term := t.termAt(j); term != nil && term.To != nil {
				r.Bound = term.To
				r.Text = fmt.Sprintf("the rate is 0 below %s", term.To)
			}
		}
		if e.Attainment != nil {
			r.Value = e.Attainment
		}
	}
	return r
}

// adjustedAway says what an adjustment has taken.
func (t *Trace) adjustedAway(i int, e *Earning) *model.WhyNotReason {
	label, value := t.labelAt(i), t.valueOf(i)
	r := &model.WhyNotReason{SubjectID: earningID(e), Value: value}
	if term := t.termAt(i); term != nil {
		r.Bound = term.Rate
	}
	taken := t.Amounts.At(i).Neg()
	switch kind := t.Kinds[i]; {
	case kind == NodeMultiplier:
		r.Code, r.Text = model.WhyNotMultiplied, fmt.Sprintf("%s takes %s", label, taken)
	case kind == NodeGate && strings.HasPrefix(label, "status="):
		r.Code, r.Text = model.WhyNotStatus, fmt.Sprintf("the plan does not pay who has the payee's status on the period's last day: %s", label)
	case kind == NodeGate && strings.HasPrefix(label, "openWindow="):
		r.Code, r.Text = model.WhyNotStatus, fmt.Sprintf("the payee left before the end of the window, which earns nothing then: %s", label)
	case kind == NodeGate:
		r.Code, r.Text = model.WhyNotGate, fmt.Sprintf("gate %s does not hold", label)
	default:
		r.Code, r.Text = model.WhyNotCapped, fmt.Sprintf("%s takes %s", label, taken)
	}
	return r
}
