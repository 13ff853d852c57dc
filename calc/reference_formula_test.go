package calc

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refFormula is an expression over the window, and what it comes to.
type refFormula struct {
	text string
	is   func(x *reference, w *refSpan) *big.Rat
}

// mainFormulas counts those of the formulas that components pay by; the rest is
// what tables are looked up by.
const mainFormulas = 11

// formulas are the expressions over the window that the generator takes.
func formulas() []refFormula {
	return []refFormula{
		{"measure * parameter('rate')", func(x *reference, w *refSpan) *big.Rat { return refTimes(w.measure, x.parameter(w)) }},
		{"round(lookup('t', measure) * measure, 2)", func(x *reference, w *refSpan) *big.Rat {
			return ratRound(refTimes(x.lookup(w.measure), w.measure), 2, model.HalfUp)
		}},
		{"measureOf('v') * 1.5 + daysHeld / daysInWindow", func(x *reference, w *refSpan) *big.Rat {
			v, _ := x.measured(w, "v")
			return refPlus(refTimes(v, fraction("1.5")), refDivide(big.NewRat(int64(w.held), 1), big.NewRat(int64(w.days()), 1)))
		}},
		{"earningOf('base') * 0.5 + measure / 7", func(x *reference, w *refSpan) *big.Rat {
			return refPlus(refTimes(x.earningOf(), fraction("0.5")), refDivide(w.measure, fraction("7")))
		}},
		{"quota != nil ? max(measure - quota, 0) * 0.1 : 5", func(_ *reference, w *refSpan) *big.Rat {
			if w.quota == nil {
				return fraction("5")
			}
			if over := refLess(w.measure, w.quota); over.Sign() > 0 {
				return refTimes(over, fraction("0.1"))
			}
			return new(big.Rat)
		}},
		{"attainment * target", func(x *reference, w *refSpan) *big.Rat {
			target := x.target(w)
			if target == nil || refNone(w.quota) {
				return x.fail(model.ProblemExpression)
			}
			return refTimes(refDivide(w.measure, w.quota), target)
		}},
		{"targetRate == nil ? 1 : min(targetRate * measure, 400)", func(x *reference, w *refSpan) *big.Rat {
			target := x.target(w)
			if target == nil || refNone(w.quota) {
				return fraction("1")
			}
			is := refTimes(refDivide(target, w.quota), w.measure)
			if is.Cmp(fraction("400")) > 0 {
				return fraction("400")
			}
			return is
		}},
		{"parameter('rate') * div(measure, 3, 4) + monthsBetween(windowStart, date('2026-05-31'))", func(x *reference, w *refSpan) *big.Rat {
			third := ratRound(new(big.Rat).Quo(w.measure, fraction("3")), 4, model.HalfEven)
			months := map[string]string{"2026-01-01": "4", "2026-02-01": "3", "2026-03-01": "2"}[w.from.String()]
			return refPlus(refTimes(x.parameter(w), third), fraction(months))
		}},
		{"prior(1) * 0.3 + toDate() * 0.01 - priorOf('v', 2)", func(x *reference, w *refSpan) *big.Rat {
			is := refPlus(refTimes(x.prior(w, "", 1), fraction("0.3")), refTimes(x.toDate(w, ""), fraction("0.01")))
			return refLess(is, x.prior(w, "v", 2))
		}},
		{"measure * 0.1 + priorEarningOf('commission', 1) / 4 - earnedBefore('base')", func(x *reference, w *refSpan) *big.Rat {
			is := refPlus(refTimes(w.measure, fraction("0.1")), refDivide(x.earnedIn(0, 1), fraction("4")))
			return refLess(is, x.earnedBefore(1))
		}},
		{"priorAttainment(1) * 100 + measure * 0.01", func(x *reference, w *refSpan) *big.Rat {
			return refPlus(refTimes(x.priorAttainment(w, 1), fraction("100")), refTimes(w.measure, fraction("0.01")))
		}},
		{"measureOf('v') * 10", func(x *reference, w *refSpan) *big.Rat {
			v, _ := x.measured(w, "v")
			return refTimes(v, fraction("10"))
		}},
		{"measure - 500", func(_ *reference, w *refSpan) *big.Rat { return refLess(w.measure, fraction("500")) }},
		{"measure", func(_ *reference, w *refSpan) *big.Rat { return w.measure }},
		{"attainment * 1000", func(x *reference, w *refSpan) *big.Rat {
			if refNone(w.quota) {
				return x.fail(model.ProblemExpression)
			}
			return refTimes(refDivide(w.measure, w.quota), fraction("1000"))
		}},
	}
}

func (x *reference) evaluated(w *refSpan, text string) *big.Rat {
	for _, f := range formulas() {
		if f.text == text {
			return f.is(x, w)
		}
	}
	panic(text)
}

// parameter gives the parameter "rate": the most specific value on the
// assignment's last day in the window, the default, or a problem.
func (x *reference) parameter(w *refSpan) *big.Rat {
	x.hit("parameter")
	var found *big.Rat
	for _, p := range x.s.Parameters { // from the plan's to the payee's
		if (p.From == nil || *p.From <= w.last()) && (p.To == nil || w.last() < *p.To) {
			found = fraction(p.Value)
		}
	}
	if found == nil && len(x.s.Versions[0].Parameters) > 0 {
		found = fraction(x.s.Versions[0].Parameters[0].Default.String())
	}
	if found == nil {
		return x.fail(model.ProblemExpression)
	}
	return found
}

// lookup reads the table "t" by its bounds as they stand.
func (x *reference) lookup(v *big.Rat) *big.Rat {
	x.hit("lookup")
	if cell := x.laidOut(x.tableOf("t"), nil).find(v); cell != nil {
		return cell
	}
	return x.fail(model.ProblemExpression)
}

// earningOf gives what the component "base" earns in the period.
func (x *reference) earningOf() *big.Rat {
	x.hit("earningOf")
	if x.s.Pay == "EUR" {
		return x.fail(model.ProblemNotSupported)
	}
	s := *x.s
	base := (&reference{s: &s, at: 1}).outcome()
	switch {
	case len(base.problems) > 0:
		return x.fail(model.ProblemDependsOn)
	case !base.some:
		return new(big.Rat)
	}
	return base.amount
}

// refCondition is a condition over the window.
type refCondition struct {
	text string
	is   func(x *reference, w *refSpan) bool
}

var windowConditions = []refCondition{
	{"quota != nil && measure >= quota", func(_ *reference, w *refSpan) bool { return w.quota != nil && w.measure.Cmp(w.quota) >= 0 }},
	{"measure > 3000", func(_ *reference, w *refSpan) bool { return w.measure.Cmp(fraction("3000")) > 0 }},
	{"measureOf('v') > 20", func(x *reference, w *refSpan) bool {
		v, _ := x.measured(w, "v")
		return v.Cmp(fraction("20")) > 0
	}},
	{"daysHeld >= 25", func(_ *reference, w *refSpan) bool { return w.held >= 25 }},
	{"title == 'rep' && measureOf('m') > 100", func(x *reference, w *refSpan) bool {
		m, _ := x.measured(w, "m")
		return m.Cmp(fraction("100")) > 0
	}},
	{"prior(1) > 1500 || toDateOf('m') >= 4000", func(x *reference, w *refSpan) bool {
		return x.prior(w, "", 1).Cmp(fraction("1500")) > 0 || x.toDate(w, "m").Cmp(fraction("4000")) >= 0
	}},
	{"attainmentOf('m') > 0.5", func(x *reference, w *refSpan) bool {
		m, _ := x.measured(w, "m")
		quota := x.quotaOf(w, "m")
		if refNone(quota) {
			x.fail(model.ProblemExpression)
			return false
		}
		return refDivide(m, quota).Cmp(fraction("0.5")) > 0
	}},
}

func (x *reference) holds(w *refSpan, text string) bool {
	for _, c := range windowConditions {
		if c.text == text {
			return c.is(x, w)
		}
	}
	panic(text)
}

// creditConditions are conditions over a credit.
var creditConditions = []struct {
	text string
	is   func(c *sceneCredit) bool
}{
	{"amount >= 2000", func(c *sceneCredit) bool { return fraction(c.Amount).Cmp(fraction("2000")) >= 0 }},
	{"abs(amount) > 1000 || orderId == 'A'", func(c *sceneCredit) bool {
		return new(big.Rat).Abs(fraction(c.Amount)).Cmp(fraction("1000")) > 0 || c.Order == "A"
	}},
	{"quantity != nil && abs(quantity) > 1", func(c *sceneCredit) bool {
		return c.Quantity != "" && new(big.Rat).Abs(fraction(c.Quantity)).Cmp(fraction("1")) > 0
	}},
	{"currency == 'GBP'", func(c *sceneCredit) bool { return c.Currency == "GBP" }},
}

func creditHolds(text string, c *sceneCredit) bool {
	if text == "" || c.Activity != "" {
		return activityHolds(text, c)
	}
	for _, known := range creditConditions {
		if known.text == text {
			return known.is(c)
		}
	}
	panic(text)
}

// earningNamed finds the earning of a component.
func earningNamed(r Result, key string) *Earning {
	for i := range r.Earnings {
		if r.Earnings[i].Key == key {
			return &r.Earnings[i]
		}
	}
	return nil
}

// differs compares what the engine says with what the reference says.
func (o refOutcome) differs(s *scene, r Result) string {
	if len(s.Seats) > 1 { // it speaks of the position that the payee came to
		elsewhere := func(position model.ID) bool { return position != keyed(model.KindPosition, "north") }
		r.Earnings = slices.DeleteFunc(slices.Clone(r.Earnings), func(e Earning) bool { return elsewhere(e.Position) })
		r.Problems = slices.DeleteFunc(slices.Clone(r.Problems), func(p model.Problem) bool { return elsewhere(p.PositionID) })
	}
	e := earningNamed(r, "commission")
	var code model.ProblemCode
	detail := ""
	for _, p := range r.Problems {
		if p.ComponentKey == "commission" {
			code, detail = p.Code, p.Detail
		}
	}
	if o.maybe[code] || o.problems[model.ProblemNoFXRate] && code == model.ProblemExpression {
		return ""
	}
	if e == nil || !o.some {
		if (e == nil) == o.some {
			return fmt.Sprintf("%d earnings, the reference has one: %v", len(r.Earnings), o.some)
		}
		return ""
	}
	if len(o.problems) > 0 || code != "" {
		if !o.problems[code] {
			return fmt.Sprintf("problem %q (%s), the reference says %v", code, detail, o.problems)
		}
		return ""
	}
	if e.Amount.Amount.Rat().Cmp(o.amount) != 0 {
		return fmt.Sprintf("earned %s, the reference says %s", e.Amount.Amount, o.amount.FloatString(12))
	}
	if o.lines == nil {
		return ""
	}
	for _, l := range e.Lines() {
		sum := o.lines[int(l.Credit)]
		if sum == nil {
			sum = new(big.Rat)
		}
		o.lines[int(l.Credit)] = refLess(sum, l.Exact.Rat())
	}
	for credit, rest := range o.lines {
		if rest.Sign() != 0 {
			return fmt.Sprintf("the lines of credit %d are %s short of the reference", credit, rest.FloatString(12))
		}
	}
	return ""
}

// told writes a scene and what the engine says of it.
func told(s *scene, r Result) string {
	var out strings.Builder
	c := s.Versions[0].Components[0]
	fmt.Fprintf(&out, "%+v\nrules %+v\nperiod %s pay %s target %s seats %v assigned %+v quotas %+v\nmeasures %+v\nvalues %+v\ntables %+v\n", c, s.Rules, s.Period, s.Pay, s.Target, s.Seats, s.Assigned, s.Quotas, s.Measures, s.Values, s.Tables)
	fmt.Fprintf(&out, "began %v statuses %+v\nfx %v parameters %+v\n", s.Began, s.Statuses, s.FX, s.Parameters)
	for i, credit := range s.Credits {
		fmt.Fprintf(&out, "%d %+v\n", i+1, credit)
	}
	for _, e := range r.Earnings {
		out.WriteString(outline(e.Trace.Explain(), ""))
	}
	fmt.Fprintf(&out, "%+v", r.Problems)
	return out.String()
}
