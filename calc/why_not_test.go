package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// TestWhyNotIsTrue: one deal of 1,000 at 10% that does not pay. The first reason
// is the one that is named, and what mends it makes the deal pay.
func TestWhyNotIsTrue(t *testing.T) {
	t.Parallel()
	deal := []sceneCredit{dealt("T1", "2026-02-10", "1000")}
	paying := func(change func(*scene)) scene {
		s := scene{Component: &sceneComponent{Rate: "0.1"}, Credits: []sceneCredit{deal[0]}}
		change(&s)
		return s
	}
	flat := func(change func(*sceneComponent)) scene {
		return paying(func(s *scene) { change(s.Component) })
	}
	tiers := sceneTable{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0"}, {"0.5", "", "0.1"}}}
	adjusted := func(a model.Adjustment) scene {
		return flat(func(c *sceneComponent) { a.Name = "step"; c.Adjustments = []model.Adjustment{a} })
	}
	for _, c := range []struct {
		code  model.WhyNotCode
		says  string
		scene scene
		mend  func(*scene)
	}{
		{model.WhyNotAssigned, "not assigned", paying(func(s *scene) { s.Assigned = []sceneAssigned{{Title: "rep", From: datep("2026-03-01")}} }), func(s *scene) { s.Assigned[0].From = nil }},
		{model.WhyNotVersion, "no published version in force on 2026-02-10", paying(func(s *scene) {
			s.Versions, s.Component = []sceneVersion{{From: datep("2026-03-01"), Components: []sceneComponent{*s.Component}}}, nil
		}), func(s *scene) { s.Versions[0].From = nil }},
		{model.WhyNotHeld, "does not hold position north", paying(func(s *scene) { s.Seats = []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}} }), func(s *scene) { s.Seats[0].To = model.MaxDate }},
		{model.WhyNotDates, "2026-02-11..", flat(func(c *sceneComponent) { c.Starts = datep("2026-02-11") }), func(s *scene) { s.Component.Starts = datep("2026-02-10") }},
		{model.WhyNotPeriod, "no QUARTER", paying(func(s *scene) { s.Credits[0].Date = date("2030-01-01") }), func(s *scene) { s.Credits[0].Date = date("2026-02-10") }},
		{model.WhyNotCreditType, "of type POINTS", paying(func(s *scene) {
			s.Component.Measure = "m"
			s.Types = map[string]string{"POINTS": "POINTS"}
			s.Measures = []sceneMeasure{{Key: "m", Types: []string{"REVENUE"}}}
			s.Credits[0].Type = "POINTS"
		}), func(s *scene) { s.Credits[0].Type = "" }},
		{model.WhyNotCreditKind, "ROLLUP", paying(func(s *scene) {
			s.Component.Measure = "m"
			s.Measures = []sceneMeasure{{Key: "m", Kinds: []model.CreditKind{model.CreditDirect}}}
			s.Credits[0].Kind = model.CreditRollup
		}), func(s *scene) { s.Credits[0].Kind = "" }},
		{model.WhyNotMeasureCondition, "amount > 1000", paying(func(s *scene) {
			s.Component.Measure, s.Measures = "m", []sceneMeasure{{Key: "m", Condition: "amount > 1000"}}
		}), func(s *scene) { s.Measures[0].Condition = "amount >= 1000" }},
		{model.WhyNotComponentCondition, "amount > 1000", flat(func(c *sceneComponent) { c.Condition = "amount > 1000" }), func(s *scene) { s.Component.Condition = "" }},
		{model.WhyNotEligible, "eligibility", flat(func(c *sceneComponent) { c.Eligible = "title == 'boss'" }), func(s *scene) { s.Component.Eligible = "title == 'rep'" }},
		{model.WhyNotEligible, "status=LEAVE_UNPAID", paying(func(s *scene) { s.Statuses = []sceneStatus{{From: date("2026-02-01"), Status: model.PayeeLeaveUnpaid}} }), func(s *scene) { s.Statuses = nil }},
		{model.WhyNotProblem, "NO_QUOTA", paying(func(s *scene) {
			s.Component = &sceneComponent{Table: "t", Mode: model.TierRetroactive}
			s.Tables = []sceneTable{tiers}
		}), func(s *scene) { s.Quota = "1000" }},
		{model.WhyNotThreshold, "below 0.5", paying(func(s *scene) {
			s.Component, s.Tables, s.Quota = &sceneComponent{Table: "t", Mode: model.TierMarginal}, []sceneTable{tiers}, "4000"
		}), func(s *scene) { s.Quota = "1000" }},
		{model.WhyNotAttainmentCap, "attainment cap", paying(func(s *scene) {
			s.Component.AttainmentCap, s.Quota = "1", "1000"
			s.Credits = append([]sceneCredit{}, dealt("T1", "2026-02-10", "500"), dealt("T0", "2026-01-10", "1000"))
		}), func(s *scene) { s.Component.AttainmentCap = "2" }},
		{model.WhyNotGate, "attainment >= 0.5", paying(func(s *scene) {
			s.Quota = "4000"
			s.Component.Adjustments = []model.Adjustment{{Kind: model.AdjustGate, Name: "half", Over: model.OverComponent, Condition: "attainment >= 0.5"}}
		}), func(s *scene) { s.Quota = "2000" }},
		{model.WhyNotCapped, "step takes 100", adjusted(model.Adjustment{Kind: model.AdjustCap, Over: model.OverComponent, Amount: optional("0")}), func(s *scene) { s.Component.Adjustments[0].Amount = optional("10") }},
		{model.WhyNotCapped, "step takes 100", adjusted(model.Adjustment{Kind: model.AdjustCap, Over: model.OverLine, Amount: optional("0")}), func(s *scene) { s.Component.Adjustments[0].Amount = optional("10") }},
		{model.WhyNotMultiplied, "step takes 100", adjusted(model.Adjustment{Kind: model.AdjustMultiplier, Over: model.OverComponent, Factor: optional("0")}), func(s *scene) { s.Component.Adjustments[0].Factor = optional("0.1") }},
		{model.WhyNotReturned, "of 100 returns have taken back 100", paying(func(s *scene) {
			s.Credits = append(s.Credits, takenBack("R1", "2026-02-20", "-1000", "T1", "2026-02-10"))
		}), func(s *scene) { s.Credits[1].Amount = "-999" }},
		{model.WhyNotRounded, "0.001 is rounded", paying(func(s *scene) { s.Credits[0].Amount = "0.01" }), func(s *scene) { s.Credits[0].Amount = "0.05" }},
		{model.WhyNotStatus, "status=NOTICE", paying(func(s *scene) {
			s.Statuses = []sceneStatus{{From: date("2026-03-01"), Status: model.PayeeNotice}}
			s.Rules.StatusPolicy = []model.StatusRule{{Status: model.PayeeNotice, Accrues: true}}
		}), func(s *scene) { s.Statuses = nil }},
		{model.WhyNotNothing, "adds nothing", paying(func(s *scene) { s.Credits[0].Amount = "0" }), func(s *scene) { s.Credits[0].Amount = "10" }},
	} {
		t.Run(string(c.code)+" "+c.says, func(t *testing.T) {
			t.Parallel()
			fate := asksFirst(t, &c.scene)
			if fate.Paid || len(fate.Reasons) == 0 || fate.Reasons[0].Code != c.code || !strings.Contains(fate.Reasons[0].Text, c.says) {
				t.Fatalf("want %s, got %s", c.code, spelt(fate))
			}
			c.mend(&c.scene)
			if fate := asksFirst(t, &c.scene); !fate.Paid {
				t.Errorf("mended, %s", spelt(fate))
			}
		})
	}
}

// asksFirst asks why the first credit of a scene does not pay, as a seat of the
// payee's has it.
func asksFirst(t *testing.T, s *scene) Fate {
	t.Helper()
	w := askingOf(t, s)
	payee := *w.facts[0].Credit.PayeeID
	fates := w.laidOut(payee).WhyNot(&w.facts[0], AskedOf{}, w.stands(payee))
	if len(fates) != 1 {
		t.Fatalf("%d fates", len(fates))
	}
	return fates[0]
}

// TestWhyNotCredited: who is left out of a transaction hears why, first of what
// stands nearest to them.
func TestWhyNotCredited(t *testing.T) {
	t.Parallel()
	direct := rule("direct")
	named := func(r *model.CreditingRule) { r.TransactionKinds = []string{"INVOICE"} }
	for _, c := range []struct {
		name  string
		payee string
		rules []model.CreditingRule
		sale  model.Transaction
		want  string
	}{
		{"a payment", "ann", []model.CreditingRule{direct}, with(sale("ann"), func(t *model.Transaction) { t.Kind = "PAYMENT" }), "KIND_NOT_CREDITABLE"},
		{"an unknown kind", "ann", []model.CreditingRule{direct}, with(sale("ann"), func(t *model.Transaction) { t.Kind = "GIFT" }), "CREDITING_EXCEPTION"},
		{"somebody else's", "bob", []model.CreditingRule{direct}, sale("ann"), "OTHER_RECEIVERS"},
		{"a share of 0", "bob", []model.CreditingRule{direct}, sale("ann=1", "bob=0"), "NO_SHARE"},
		{"a seller beside one whom nobody knows", "ann", []model.CreditingRule{direct}, sale("ann", "x"), "CREDITING_EXCEPTION"},
		{"vacant by then", "cid", []model.CreditingRule{direct}, with(sale("@R3"), func(t *model.Transaction) { t.EventDate = day("2026-08-01") }), "VACANT_POSITION OTHER_RECEIVERS"},
		{"no rule: each says why", "ann", []model.CreditingRule{
			rule("direct", named), rule("first", func(r *model.CreditingRule) { r.Days.From = day("2026-06-01") }), rule("second", when("amount > 5000")),
		}, sale("ann"), "CREDITING_EXCEPTION RULE_OTHER_KIND RULE_OUT_OF_DATES RULE_CONDITION"},
		{"another rule took it", "ann", []model.CreditingRule{rule("first", toPositions(model.CreditDirect, "PM", "1")), rule("second")}, sale("ann"), "OTHER_RECEIVERS RULE_LATER"},
		{"a manager whom the rollup does not reach", "vic", []model.CreditingRule{direct, rule("rollup", toManagers(1))}, sale("ann"), "OTHER_RECEIVERS OTHER_RECEIVERS"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range crediter(t, c.rules...).WhyNot(Case{Transaction: c.sale}, idOf(model.KindPayee, c.payee)) {
				if got = append(got, string(r.Code)); r.Text == "" {
					t.Errorf("%s says nothing", r.Code)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, want %s", got, c.want)
			}
		})
	}
}
