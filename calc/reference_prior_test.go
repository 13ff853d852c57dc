package calc

import (
	"math/big"
	"slices"
	"strings"

	"spm/model"
)

// refReadsEarnings tells whether a formula reads what components earn.
func refReadsEarnings(formula string) bool {
	return strings.Contains(formula, "earningOf") || strings.Contains(formula, "EarningOf") || strings.Contains(formula, "earnedBefore")
}

// refLooksBack tells whether an expression reads earlier windows.
func refLooksBack(text string) bool {
	return strings.Contains(text, "prior") || strings.Contains(text, "toDate") || strings.Contains(text, "earnedBefore")
}

// refBefore gives the n-th month or quarter before one.
func refBefore(w *refSpan, n int) [2]model.Date {
	months := 1
	if w.days() > 80 {
		months = 3
	}
	at := func(back int) model.Date {
		t := w.from.Time()
		return model.NewDate(t.Year(), int(t.Month())-months*back, 1)
	}
	return [2]model.Date{at(n), at(n - 1)}
}

// prior gives what a measure came to in the n-th window before, "" for the
// component's own; 0 where the payee had no day in it.
func (x *reference) prior(w *refSpan, measure string, n int) *big.Rat {
	days := refBefore(w, n)
	if days[0] < date("2025-01-01") { // before the calendar
		return new(big.Rat)
	}
	y := &reference{s: x.s, at: x.at, depth: 1, problems: map[model.ProblemCode]bool{}, maybe: map[model.ProblemCode]bool{}}
	v := y.span(days, days[1])
	if y.days(days[0], days[1], func(d refDay) bool { return d.seated }) == 0 && len(v.postings) == 0 {
		return new(big.Rat)
	}
	var is *big.Rat
	switch {
	case measure != "":
		y.problems = map[model.ProblemCode]bool{}
		is, _ = y.measured(v, measure)
	case y.barred(v):
		is = new(big.Rat)
	default:
		y.limited(v)
		is = v.measure
	}
	if len(y.maybe) > 0 {
		x.maybe[""] = true
	}
	if len(y.problems) > 0 {
		x.hit("a window before with a problem")
		return x.fail(model.ProblemDependsOn)
	}
	if is.Sign() != 0 {
		x.hit("prior")
	}
	return is
}

// priorAttainment gives what was attained in the n-th window before.
func (x *reference) priorAttainment(w *refSpan, n int) *big.Rat {
	y := &reference{s: x.s, at: x.at, depth: 1, problems: map[model.ProblemCode]bool{}, maybe: map[model.ProblemCode]bool{}}
	days := refBefore(w, n)
	v := y.span(days, days[1])
	if y.barred(v) {
		return x.prior(w, "", n) // 0, or what keeps it from being read
	}
	y.problems = map[model.ProblemCode]bool{}
	is := x.prior(w, "", n)
	if x.problems[model.ProblemDependsOn] {
		return is
	}
	if refNone(v.quota) {
		return x.fail(model.ProblemDependsOn)
	}
	x.hit("prior attainment")
	return refDivide(is, v.quota)
}

// toDate adds a measure up over the windows of the fiscal year so far.
func (x *reference) toDate(w *refSpan, measure string) *big.Rat {
	total := w.measure
	if measure != "" {
		total, _ = x.measured(w, measure)
	}
	if w.days() > 80 {
		return total
	}
	for n := 1; n < int(w.from.Time().Month()); n++ {
		x.hit("toDate")
		total = refPlus(total, x.prior(w, measure, n))
	}
	return total
}

// earnedIn gives what a component earned in the payout period n before this one,
// 0 where there is none in the year.
func (x *reference) earnedIn(at, n int) *big.Rat {
	if x.s.Pay == "EUR" {
		return x.fail(model.ProblemNotSupported)
	}
	i := int(refPeriod(x.s.Period)[0].Time().Month()) - 1 - n
	if x.s.Payout != model.PeriodMonth || i < 0 {
		return new(big.Rat)
	}
	s := *x.s
	s.Period = refMonths[i]
	then := (&reference{s: &s, at: at, depth: 1}).outcome()
	switch {
	case len(then.maybe) > 0:
		x.maybe[""] = true
	case len(then.problems) > 0 && !then.some:
		return new(big.Rat)
	}
	if len(then.problems) > 0 {
		x.hit("an earlier earning with a problem")
		return x.fail(model.ProblemDependsOn)
	}
	if !then.some {
		return new(big.Rat)
	}
	x.hit("earned before")
	return then.amount
}

// earnedBefore adds up what a component earned in the periods of the year before.
func (x *reference) earnedBefore(at int) *big.Rat {
	total := x.earnedIn(at, 12) // 0, or what keeps it from reading earnings
	for n := range 2 {
		total = refPlus(total, x.earnedIn(at, n+1))
	}
	return total
}

// generatedPast sells something in the last months of the year before.
func generatedPast(r source, s *scene, c *sceneComponent) {
	looks := refLooksBack(c.Formula)
	for _, a := range c.Adjustments {
		looks = looks || refLooksBack(a.Condition)
	}
	if !looks {
		return
	}
	for _, period := range []string{"2025-Q4", "2025-12", "2026-01", "2026-02"} {
		known := slices.ContainsFunc(s.Quotas, func(q sceneQuota) bool { return q.Measure == c.Measure && q.Period == period })
		if strings.Contains(c.Formula, "priorAttainment") && !known && !oneIn(r, 30) {
			s.Quotas = append(s.Quotas, sceneQuota{Position: "north", Measure: c.Measure, Period: period, Amount: hundredths(10000 + r.IntN(1000000))})
		}
	}
	if strings.Contains(c.Formula, "earnedBefore") && oneIn(r, 3) { // a month that cannot be paid
		s.Credits = append(s.Credits, sceneCredit{ID: "CHF", Date: date("2026-01-05").AddDays(r.IntN(50)), Amount: "100", Currency: "CHF"})
	}
	for i := range 1 + r.IntN(3) {
		past := generatedCredit(r, 10+i)
		past.Date = date("2025-10-01").AddDays(r.IntN(92))
		if oneIn(r, 2) || strings.Contains(c.Formula, "priorAttainment") {
			past.Currency = "USD"
		}
		s.Credits = append(s.Credits, past)
	}
}
