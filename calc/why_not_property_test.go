package calc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"spm/model"
)

// asking asks why facts of a scene do not pay, of results that are worked out when
// they are asked for.
type asking struct {
	engine  *Engine
	facts   everybody
	results map[model.PayeePeriod]Result
}

func askingOf(t testing.TB, s *scene) *asking {
	return &asking{engineOf(t, s.book()), everybody(s.facts()), map[model.PayeePeriod]Result{}}
}

func (w *asking) laidOut(payee model.ID) *Payee {
	return w.engine.Begin(w.facts).Payee(payee, w.facts.Credits([]model.ID{payee}, model.Always))
}

func (w *asking) stands(payee model.ID) Standing {
	return func(position, period, component model.ID) *Earning {
		pair := model.PayeePeriod{Payee: payee, Period: period}
		r, known := w.results[pair]
		if !known {
			r = w.engine.Begin(w.facts).Calculate(payee, period, w.facts.Credits([]model.ID{payee}, model.Always))
			w.results[pair] = r
		}
		for i := range r.Earnings {
			if e := &r.Earnings[i]; e.Position == position && e.Component == component {
				return e
			}
		}
		return nil
	}
}

// whole says what is wrong with the fate of a fact: it is paid by a line of the
// result, or has a reason; what is refused is in no line, and what is in none is
// refused.
func (w *asking) whole(payee model.ID, f *CreditFact, fate *Fate) string {
	if !fate.Paid && len(fate.Reasons) == 0 {
		return "it neither pays nor has a reason"
	}
	for _, r := range fate.Reasons {
		if r.Code == "" || r.Text == "" {
			return fmt.Sprintf("a reason says nothing: %+v", r)
		}
	}
	if fate.Period.IsZero() || fate.Component.IsZero() {
		return ""
	}
	e := w.stands(payee)(fate.Position, fate.Period, fate.Component)
	if e == nil {
		if fate.Reasons[0].Code == model.WhyNotCalculated {
			return "it is said to count, and there is no earning"
		}
		return ""
	}
	cited := slices.DeleteFunc(e.Trace.citing(f.citation()), func(i int) bool { return e.Trace.Kinds[i] == NodeLookup })
	paid, lines := false, e.Lines()
	for _, line := range lines {
		paid = paid || line.Credit == f.citation() && !line.Amount.IsZero()
	}
	refused := len(fate.Reasons) > 0 && refusals[fate.Reasons[0].Code]
	switch {
	case fate.Paid && (!paid || e.Amount.Amount.IsZero()):
		return "it is said to be paid, and no line pays it"
	case e.Why == model.WhyProblem:
	case refused && len(cited) > 0 && !f.Reversal:
		return "it is said not to count, and is cited"
	case !refused && len(cited) == 0 && !f.Reversal:
		return "it is said to count, and is not cited"
	}
	return ""
}

var refusals = map[model.WhyNotCode]bool{
	model.WhyNotAssigned: true, model.WhyNotVersion: true, model.WhyNotHeld: true, model.WhyNotInVersion: true, model.WhyNotDates: true, model.WhyNotMember: true,
	model.WhyNotPeriod: true, model.WhyNotReturnIgnored: true, model.WhyNotSaleUncounted: true, model.WhyNotMeasured: true, model.WhyNotCreditType: true,
	model.WhyNotCreditKind: true, model.WhyNotMeasureCondition: true, model.WhyNotComponentCondition: true, model.WhyNotEligible: true, model.WhyNotProblem: true,
}

// TestWhyNotIsComplete: for each payee, fact and component a line that pays or a
// reason, and what is said to count is what the engine has counted.
func TestWhyNotIsComplete(t *testing.T) {
	t.Parallel()
	met := map[model.WhyNotCode]int{}
	paid := 0
	for seed := range uint64(600) {
		r := rand.New(rand.NewPCG(seed, 77))
		s := generated(r)
		if seed%3 == 0 {
			s = generatedCompany(r)
		}
		w := askingOf(t, &s)
		for i := range w.facts {
			f := &w.facts[i]
			payee := *f.Credit.PayeeID
			for _, asked := range []AskedOf{{}, {Key: "commission"}} {
				for _, fate := range w.laidOut(payee).WhyNot(f, asked, w.stands(payee)) {
					if wrong := w.whole(payee, f, &fate); wrong != "" {
						t.Fatalf("seed %d: %s of %s by %s: %s: %+v\n%+v", seed, f.Transaction.ExternalID, fate.Key, payee, wrong, spelt(fate), s.Versions)
					}
					if fate.Paid {
						paid++
					}
					for _, reason := range fate.Reasons {
						met[reason.Code]++
					}
				}
			}
		}
	}
	t.Logf("%d paid, %v", paid, met)
	for _, code := range []model.WhyNotCode{
		model.WhyNotHeld, model.WhyNotAssigned, model.WhyNotDates, model.WhyNotMember, model.WhyNotReturnIgnored, model.WhyNotMeasured, model.WhyNotCreditKind,
		model.WhyNotEligible, model.WhyNotProblem, model.WhyNotThreshold, model.WhyNotTogether, model.WhyNotGate, model.WhyNotCapped, model.WhyNotReturned,
	} {
		if met[code] == 0 {
			t.Errorf("%s was not met", code)
		}
	}
	if paid == 0 {
		t.Error("nothing was paid")
	}
}

// TestWhyNotEarnedIsComplete: each payee, period and component has an amount or a
// reason.
func TestWhyNotEarnedIsComplete(t *testing.T) {
	t.Parallel()
	met := map[model.WhyNotCode]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 78))
		s := generated(r)
		if seed%3 == 0 {
			s = generatedCompany(r)
		}
		w := askingOf(t, &s)
		for _, seat := range append(s.Seats, sceneSeat{Payee: s.payee()}) {
			payee := keyed(model.KindPayee, seat.Payee)
			for _, period := range companyPeriods {
				for _, key := range []string{"commission", "base", "override", "pool"} {
					for _, fate := range w.laidOut(payee).WhyNotEarned(keyed(model.KindPeriod, period), AskedOf{Key: key}, w.stands(payee)) {
						e := w.stands(payee)(fate.Position, fate.Period, fate.Component)
						if pays := e != nil && !e.Amount.Amount.IsZero(); pays != fate.Paid || !pays && len(fate.Reasons) == 0 {
							t.Fatalf("seed %d: %s of %s in %s: %+v of %+v", seed, key, seat.Payee, period, spelt(fate), e)
						}
						for _, reason := range fate.Reasons {
							met[reason.Code]++
						}
					}
				}
			}
		}
	}
	t.Log(met)
	for _, code := range []model.WhyNotCode{
		model.WhyNotUnknown, model.WhyNotAssigned, model.WhyNotPayout, model.WhyNotCredits, model.WhyNotThreshold, model.WhyNotGate, model.WhyNotProblem, model.WhyNotEligible,
	} {
		if met[code] == 0 {
			t.Errorf("%s was not met", code)
		}
	}
}

func spelt(fate Fate) string {
	out := fmt.Sprintf("paid=%t %s", fate.Paid, fate.Amount)
	for _, r := range fate.Reasons {
		out += fmt.Sprintf("; %s %s", r.Code, r.Text)
		if r.Value != nil {
			out += " value=" + r.Value.String()
		}
		if r.Bound != nil {
			out += " bound=" + r.Bound.String()
		}
	}
	return out
}
