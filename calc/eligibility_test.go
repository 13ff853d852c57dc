package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// leave is unpaid leave in March 2026, then work again.
var leave = []sceneStatus{{From: date("2026-03-01"), Status: model.PayeeLeaveUnpaid}, {From: date("2026-04-01")}}

func dealt(id, day, amount string) sceneCredit {
	return sceneCredit{ID: id, Date: date(day), Amount: amount}
}

func takenBack(id, day, amount, of, sold string) sceneCredit {
	return sceneCredit{ID: id, Date: date(day), Amount: amount, Reversal: true, Of: of, FXDate: datep(sold)}
}

// TestStatusAndEligibility: Q1 of 2026 has 90 days, of which January and February
// have 59. 10% of what counts, unless the case says otherwise.
func TestStatusAndEligibility(t *testing.T) {
	t.Parallel()
	flat := sceneComponent{Rate: "0.1"}
	atQuota := sceneComponent{Bonus: [][2]string{{"1", "900"}}}
	policy := func(r ...model.StatusRule) model.PlanRules { return model.PlanRules{StatusPolicy: r} }
	three := []sceneCredit{dealt("T1", "2026-01-10", "1000"), dealt("T2", "2026-02-10", "2000"), dealt("T3", "2026-03-10", "4000")}
	for _, c := range []struct {
		name  string
		scene scene
		want  string // amount, measure, quota and why
	}{
		{"at work all counts: 7,000 x 10%", scene{Component: &flat, Credits: three}, "700 7000 - PAID"},
		{"on unpaid leave nothing accrues: 3,000 x 10%", scene{Component: &flat, Credits: three, Statuses: leave}, "300 3000 - PAID"},
		{"and the quota is that of 59 of 90 days, as the bonus is: 900 x 59 / 90", scene{Component: &atQuota, Credits: three, Statuses: leave, Quota: "4500"}, "590 3000 2950 PAID"},
		{"on paid leave all goes on", scene{Component: &flat, Credits: three, Statuses: []sceneStatus{{From: date("2026-03-01"), Status: model.PayeeLeavePaid}}}, "700 7000 - PAID"},
		{
			"relief: sales of the leave count, its days do not, 4,500 x 59 / 90",
			scene{Component: &atQuota, Credits: three, Statuses: leave, Quota: "4500", Rules: policy(model.StatusRule{Status: model.PayeeLeaveUnpaid, Accrues: true, Pays: true, Prorates: true})},
			"590 7000 2950 PAID",
		},
		{
			"nothing accrues, but the whole quota stays",
			scene{Component: &atQuota, Credits: three, Statuses: leave, Quota: "3000", Rules: policy(model.StatusRule{Status: model.PayeeLeaveUnpaid, Pays: true})},
			"900 3000 3000 PAID",
		},
		{
			"who is on leave on the last day is not paid, if the plan says so",
			scene{Component: &flat, Credits: three, Statuses: leave, Rules: policy(model.StatusRule{Status: model.PayeeLeaveUnpaid, Prorates: true})},
			"0 3000 - INELIGIBLE",
		},
		{
			"what is taken back stays taken",
			scene{Component: &flat, Credits: []sceneCredit{takenBack("R1", "2026-02-10", "-500", "T0", "2025-12-20")}, Statuses: leave, Rules: policy(model.StatusRule{Status: model.PayeeLeaveUnpaid, Prorates: true})},
			"-50 -500 - PAID",
		},
		{
			"a return after leaving counts: (1,000 - 400) x 10%",
			scene{
				Component: &flat, Statuses: []sceneStatus{{From: date("2026-02-01"), Status: model.PayeeTerminated}},
				Credits: []sceneCredit{three[0], three[1], takenBack("R1", "2026-03-10", "-400", "T1", "2026-01-10")},
			},
			"60 600 - PAID",
		},
		{
			"a return of a sale that did not count does not count",
			scene{Component: &flat, Statuses: leave, Period: "2026-Q2", Credits: []sceneCredit{three[2], dealt("T4", "2026-04-05", "1000"), takenBack("R3", "2026-04-10", "-4000", "T3", "2026-03-10")}},
			"100 1000 - PAID",
		},
		{"on leave all the time", scene{Component: &flat, Credits: three, Statuses: []sceneStatus{{From: date("2026-01-01"), Status: model.PayeeLeaveUnpaid}}}, "0 0 - INELIGIBLE"},
		{"all that was sold, was on leave", scene{Component: &flat, Credits: three[2:], Statuses: leave}, "0 0 - INELIGIBLE"},
		{
			"juniors are not eligible: 1,000 x 10%",
			scene{Component: &sceneComponent{Rate: "0.1", Eligible: "payeeAttr('grade') != 'junior'"}, Credits: three, Statuses: []sceneStatus{{From: date("2026-02-01"), Grade: "junior"}}},
			"100 1000 - PAID",
		},
		{
			"the version's and the component's both hold: 2,000 x 10%",
			scene{
				Rules: model.PlanRules{Eligibility: "payeeStatus != 'NOTICE'"}, Component: &sceneComponent{Rate: "0.1", Eligible: "payeeAttr('grade') == 'senior'"}, Credits: three,
				Statuses: []sceneStatus{{From: date("2026-02-01"), Grade: "senior"}, {From: date("2026-03-01"), Status: model.PayeeNotice, Grade: "senior"}},
			},
			"200 2000 - PAID",
		},
		{"a bonus from 0 on is nothing to who is never eligible", scene{Component: &sceneComponent{Bonus: [][2]string{{"0", "100"}}, Eligible: "title == 'boss'"}, Quota: "10"}, "0 0 - INELIGIBLE"},
		{"nor is a formula, or a floor", scene{Component: &sceneComponent{Formula: "500", Eligible: "title == 'boss'", Adjustments: []model.Adjustment{{Kind: model.AdjustFloor, Over: model.OverComponent, Name: "f", Amount: optional("5")}}}}, "0 0 - INELIGIBLE"},
		{"what cannot be evaluated is a problem", scene{Component: &sceneComponent{Rate: "0.1", Eligible: "number(payeeAttr('grade')) > 1"}, Credits: three}, "0 0 - PROBLEM EXPRESSION"},
		{
			"conditions read the status on the credit's date: 4,000 x 10%",
			scene{Component: &sceneComponent{Rate: "0.1", Condition: "payeeStatus == 'NOTICE'"}, Credits: three, Statuses: []sceneStatus{{From: date("2026-03-01"), Status: model.PayeeNotice}}},
			"400 4000 - PAID",
		},
		{
			"formulas read that of the assignment's last day",
			scene{Component: &sceneComponent{Formula: "payeeStatus == 'ACTIVE' ? daysHeld : 0"}, Statuses: leave},
			"59 0 - PAID",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := c.scene.run(t)
			e := r.Earnings[0]
			quota := "-"
			if e.Quota != nil {
				quota = e.Quota.String()
			}
			got := strings.Join([]string{e.Amount.Amount.String(), e.Measure.String(), quota, string(e.Why)}, " ")
			for _, p := range r.Problems {
				got += " " + string(p.Code)
			}
			if got != c.want {
				t.Errorf("got %s, want %s\n%s", got, c.want, told(&c.scene, r))
			}
		})
	}
}

// A window that is trued up each month: what was forfeited while the payee was
// not paid is not paid later, and a month on leave says why it pays nothing.
func TestNotPaidIsForfeited(t *testing.T) {
	t.Parallel()
	s := scene{
		Payout:    model.PeriodMonth,
		Component: &sceneComponent{Rate: "0.1", Window: model.PeriodQuarter, Settlement: model.SettleTrueUp},
		Statuses:  []sceneStatus{{From: date("2026-02-01"), Status: model.PayeeLeaveUnpaid}, {From: date("2026-03-01")}},
		Credits:   []sceneCredit{dealt("T1", "2026-01-10", "1000"), dealt("T2", "2026-02-10", "2000"), dealt("T3", "2026-03-10", "4000")},
	}
	paid := model.StatusRule{Status: model.PayeeLeaveUnpaid, Accrues: true}
	for _, c := range []struct {
		period  string
		policy  []model.StatusRule
		amount  string
		why     model.Why
		explain string
	}{
		{"2026-01", nil, "100", model.WhyPaid, ""},
		{"2026-02", nil, "0", model.WhyIneligible, "no day of the period counts"},
		{"2026-03", nil, "400", model.WhyPaid, ""},
		{"2026-02", []model.StatusRule{paid}, "0", model.WhyIneligible, "GATE status=LEAVE_UNPAID pays=false (200) x 0 = -200"},
		{"2026-03", []model.StatusRule{paid}, "400", model.WhyPaid, ""}, // 10% of 7,000 to date, less 10% of 3,000, of which 200 was forfeited
	} {
		now := s
		now.Period, now.Rules.StatusPolicy = c.period, c.policy
		e := now.only(t)
		if got := outline(e.Trace.Explain(), ""); e.Amount.Amount.String() != c.amount || e.Why != c.why || !strings.Contains(got, c.explain) {
			t.Errorf("%s: %s %s, want %s %s\n%s", c.period, e.Amount.Amount, e.Why, c.amount, c.why, got)
		}
	}
}

// Eligibility reads nothing of credits, and a policy speaks of a status once.
func TestEligibilityIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"amount > 5": "unknown name amount", "creditDate > date('2026-01-01')": "unknown name creditDate", "attr('x') == ''": "there is no function attr here",
		"measure > 1": "unknown name measure", "parameter('x') > 1": "there is no function parameter here", "payeeStatus": "true or false", "daysHeld > 3": "unknown name daysHeld",
	} {
		errs := append(ValidateRules("input.rules", model.PlanRules{Eligibility: text}), ValidateComponent("input.components.0", model.Component{Key: "k", MeasureID: keyed(model.KindMeasure, "m"), RateKind: model.RateOnValue, Rate: optional("1"), Eligibility: text})...)
		if len(errs) != 2 || !strings.Contains(errs[0].Message, want) || strings.Join(errs[0].Path, ".") != "input.rules.eligibility" || strings.Join(errs[1].Path, ".") != "input.components.0.eligibility" {
			t.Errorf("%s: %v", text, errs)
		}
	}
	twice := ValidateRules("input.rules", model.PlanRules{StatusPolicy: []model.StatusRule{{Status: "ACTIVE"}, {Status: "ACTIVE"}, {Status: "RETIRED"}}})
	if len(twice) != 2 || twice[0].Code != model.UserDuplicateInput || twice[1].Code != model.UserInvalid {
		t.Errorf("%v", twice)
	}
}

// A trace whose withheld amount is another does not verify.
func TestWithheldIsVerified(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Rate: "0.1"}, Credits: []sceneCredit{dealt("T1", "2026-01-10", "1000")}, Statuses: leave,
		Rules: model.PlanRules{StatusPolicy: []model.StatusRule{{Status: model.PayeeLeaveUnpaid}}},
	}
	e := s.only(t)
	for i, kind := range e.Trace.Kinds {
		if kind != NodeGate {
			continue
		}
		e.Trace.Amounts.Set(i, e.Trace.Amounts.At(i).Add(dec("1")))
		if _, err := Verify(e.Trace); err == nil {
			t.Error("a part of it is paid, and nobody notices")
		}
	}
}
