package calc

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// TestQuotaOfAWindow: Q1 of 2026 has 90 days: 31 of January, 28 of February, 31
// of March. "north" has 90,000 for it unless the case says otherwise.
func TestQuotaOfAWindow(t *testing.T) {
	t.Parallel()
	raised := []sceneQuota{{Period: "2026-Q1", Amount: "90000"}, {Period: "2026-Q1", Amount: "180000", From: datep("2026-03-01")}}
	weighted := model.PlanRules{QuotaChange: model.QuotaDayWeighted}
	hired := []sceneSeat{{"ana", "north", date("2026-01-16"), model.MaxDate}} // 75 of 90 days
	ramp := &model.Ramp{Steps: []model.RampStep{{Month: 1, Share: dec("0.25")}, {Month: 2, Share: dec("0.5")}, {Month: 3, Share: dec("1")}}}
	since := *ramp
	since.Since = model.RampPayee
	with := func(rules model.PlanRules, change func(*model.PlanRules)) model.PlanRules {
		change(&rules)
		return rules
	}
	for _, c := range []struct {
		name  string
		scene scene
		want  string // quota; "" for none
		below string // what the trace has below it
	}{
		{"raised on 1 March: the one of the last day", scene{Quotas: raised}, "180000", ""},
		{"weighted by days: 90,000 x 59/90 + 180,000 x 31/90 = 59,000 + 62,000", scene{Quotas: raised, Rules: weighted}, "121000", "QUOTA part quotaProration=DAYS quotaChange=DAY_WEIGHTED (90000) [59, 90)"},
		{"who leaves before has the old one: 90,000 x 45/90", scene{Quotas: raised, Rules: weighted, Seats: []sceneSeat{{"ana", "north", date("2025-01-01"), date("2026-02-15")}}}, "45000", "QUOTA quotaProration=DAYS (90000)"},
		{"of those held: 90,000 x 14/90 + 180,000 x 31/90 = 14,000 + 62,000", scene{Quotas: raised, Rules: weighted, Seats: []sceneSeat{{"ana", "north", date("2026-02-15"), model.MaxDate}}}, "76000", ""},
		{
			"without proration an average of them: (90,000 x 15 + 180,000 x 30) / 45",
			scene{Quotas: raised, Rules: with(weighted, func(r *model.PlanRules) { r.QuotaProration = model.ProrateNone }), Seats: []sceneSeat{{"ana", "north", date("2026-02-14"), date("2026-03-31")}}},
			"150000", "(90000) [15, 45)",
		},
		{
			"by months two have the old one: (90,000 x 2 + 180,000) / 3",
			scene{Quotas: raised, Rules: with(weighted, func(r *model.PlanRules) { r.QuotaProration = model.ProrateMonths })}, "120000", "(90000) [2, 3)",
		},
		{"before its own the title's counts: 45,000 x 59/90 + 180,000 x 31/90 = 29,500 + 62,000", scene{Quotas: []sceneQuota{{Title: "rep", Period: "2026-Q1", Amount: "45000"}, raised[1]}, Rules: weighted}, "91500", ""},
		{"days without one leave none", scene{Quotas: raised[1:], Rules: weighted}, "", ""},
		{"but the last day has one", scene{Quotas: raised[1:]}, "180000", ""},
		{
			"a ramp by months from 16 January: 90,000 x (31 x 0.25 + 28 x 0.5 + 16) / 90 = 1,000 x 37.75",
			scene{Quota: "90000", Seats: hired, Rules: model.PlanRules{Ramp: ramp}}, "37750", "RULE ramp=ASSIGNMENT month=1 x 0.25",
		},
		{"who came long ago has the whole quota", scene{Quota: "90000", Rules: model.PlanRules{Ramp: ramp}, Seats: []sceneSeat{{"ana", "north", date("2025-01-01"), model.MaxDate}}}, "90000", ""},
		{"since the payee's first day, 1 December: half in January, all of it then: 1,000 x (31 x 0.5 + 59)", scene{Quota: "90000", Began: datep("2025-12-01"), Rules: model.PlanRules{Ramp: &since}}, "74500", "RULE ramp=PAYEE month=2 x 0.5"},
		{
			"a component's ramp instead of the version's: 1,000 x (31 x 0.8 + 44)",
			scene{Quota: "90000", Seats: hired, Rules: model.PlanRules{Ramp: ramp}, Component: &sceneComponent{Formula: "quota", Ramp: &model.Ramp{Steps: []model.RampStep{{Month: 1, Share: dec("0.8")}, {Month: 2, Share: dec("1")}}}}},
			"68800", "month=1 x 0.8",
		},
		{"a quarter is relieved", scene{Quotas: []sceneQuota{{Period: "2026-Q1", Amount: "90000", Relief: "0.25"}}}, "67500", "RULE relief: a reason x 0.25"},
		{
			"ramp and relief before proration, with what formulas read: 90,000 x 0.75 x 37.75 / 90",
			scene{Quotas: []sceneQuota{{Period: "2026-Q1", Amount: "90000", Relief: "0.25"}}, Seats: hired, Rules: model.PlanRules{Ramp: ramp}, Component: &sceneComponent{Formula: "quotaOf('revenue')"}},
			"28312.5", "QUOTA part quotaProration=DAYS quotaChange=LAST_DAY (90000) x 0.1875 [31, 90)",
		},
		{
			"the rate of a day rounded first: 31 x round(250) + 28 x round(500) + 16 x 1,000",
			scene{Quota: "90000", Seats: hired, Rules: model.PlanRules{Ramp: ramp, ProrationUnit: new(int)}}, "37750", "prorationUnit=0",
		},
		{"one that is relieved of all of it is 0", scene{Quotas: []sceneQuota{{Period: "2026-Q1", Amount: "90000", Relief: "1"}}}, "0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			if s.Component == nil {
				s.Component = &sceneComponent{Rate: "0.1"}
			}
			e := s.only(t)
			got := ""
			if e.Quota != nil {
				got = e.Quota.String()
			}
			tree := outline(e.Trace.Explain(), "")
			if got != c.want || !strings.Contains(tree, c.below) {
				t.Errorf("got %s, want %s with %s\n%s", got, c.want, c.below, tree)
			}
			if s.Component.Formula != "" && e.Amount.Amount.String() != c.want {
				t.Errorf("the formula read %s", e.Amount.Amount)
			}
		})
	}
}

// To date a ramp is that of the days that have passed, and what was missed is
// that of the window's own quota.
func TestQuotaToDateAndCarried(t *testing.T) {
	t.Parallel()
	ramp := &model.Ramp{Steps: []model.RampStep{{Month: 1, Share: dec("0.5")}, {Month: 2, Share: dec("1")}}}
	seats := []sceneSeat{{"ana", "north", date("2026-01-01"), model.MaxDate}}
	toDate := scene{
		Period: "2026-02", Payout: model.PeriodMonth, Seats: seats, Rules: model.PlanRules{QuotaBasis: model.QuotaToDate, Ramp: ramp},
		Quotas: []sceneQuota{{Period: "2026-Q1", Amount: "90000"}}, Component: &sceneComponent{Rate: "0.1", Window: model.PeriodQuarter, Settlement: model.SettleTrueUp},
	}
	if got := toDate.only(t).Quota.String(); got != "43500" { // 1,000 x (31 x 0.5 + 28)
		t.Errorf("to date the quota is %s", got)
	}
	carried := scene{
		Period: "2026-02", Payout: model.PeriodMonth, Seats: seats, Rules: model.PlanRules{QuotaCarry: model.CarryShortfall, Ramp: ramp},
		Quotas:    []sceneQuota{{Period: "2026-01", Amount: "1000"}, {Period: "2026-02", Amount: "1000", Relief: "0.1"}},
		Component: &sceneComponent{Rate: "0.1"}, Credits: []sceneCredit{dealt("T1", "2026-01-10", "200")},
	}
	if got := carried.only(t).Quota.String(); got != "1200" { // 900 + (500 - 200)
		t.Errorf("carried the quota is %s", got)
	}
}

// A trace whose ramp, relief or days are others does not verify.
func TestQuotaPartsAreVerified(t *testing.T) {
	t.Parallel()
	s := scene{
		Component: &sceneComponent{Rate: "0.1"}, Rules: model.PlanRules{Ramp: &model.Ramp{Steps: []model.RampStep{{Month: 1, Share: dec("0.5")}, {Month: 2, Share: dec("1")}}}},
		Quotas: []sceneQuota{{Period: "2026-Q1", Amount: "90000", Relief: "0.1"}}, Seats: []sceneSeat{{"ana", "north", date("2026-01-16"), model.MaxDate}},
	}
	e := s.only(t)
	noticed := 0
	for i := range e.Trace.Terms {
		for _, number := range []**decimal.Decimal{&e.Trace.Terms[i].Rate, &e.Trace.Terms[i].From, &e.Trace.Terms[i].To} {
			label := e.Trace.Terms[i].Label
			if *number == nil || !strings.HasPrefix(label, quotaPartPrefix) && !strings.HasPrefix(label, "ramp=") && !strings.HasPrefix(label, "relief: ") {
				continue
			}
			said := *number
			other := said.Add(dec("0.5"))
			*number = &other
			if _, err := Verify(e.Trace); err == nil {
				t.Errorf("%s: nobody notices", label)
			}
			*number = said
			noticed++
		}
	}
	if noticed != 9 {
		t.Errorf("%d numbers were tried", noticed)
	}
}

// TestRampsOfTargets are worked by hand: 36,000 a year is 9,000 a quarter of 90
// days, hired on 16 January: 31 days of the first month, 28 of the second and
// 16 of the third are left.
func TestRampsOfTargets(t *testing.T) {
	t.Parallel()
	step := func(month int, share, target string) model.RampStep {
		return model.RampStep{Month: month, Share: dec(share), TargetShare: optional(target)}
	}
	ramp := &model.Ramp{Steps: []model.RampStep{step(1, "1", "0.5"), step(2, "1", "0.8"), step(3, "1", "")}}
	hired := []sceneSeat{{"ana", "north", date("2026-01-16"), model.MaxDate}}
	kit := func(rules model.PlanRules, c sceneComponent) scene {
		if rules.Ramp == nil {
			rules.Ramp = ramp
		}
		return scene{Target: "36000", Quota: "90000", Seats: hired, Rules: rules, Component: &c}
	}
	target := sceneComponent{Formula: "target"}
	curve := kit(model.PlanRules{}, sceneComponent{Kind: model.RatePayCurve, Table: "t"})
	curve.Tables = []sceneTable{{Key: "t", Cell: model.CellTarget, Rows: [][3]string{{"0", "", "0.5"}}}}
	changed := kit(model.PlanRules{}, target)
	changed.Assigned = []sceneAssigned{{Title: "rep", To: datep("2026-02-16"), Target: "36000"}, {Title: "rep", From: datep("2026-02-16"), Target: "72000"}}
	monthly := kit(model.PlanRules{QuotaBasis: model.QuotaToDate}, sceneComponent{Formula: "target", Window: model.PeriodQuarter, Payout: model.PeriodMonth, Settlement: model.SettleTrueUp})
	monthly.Period = "2026-02"
	average := kit(model.PlanRules{TargetProration: model.ProrateNone}, target)
	for _, c := range []struct {
		name  string
		scene scene
		want  string
	}{
		// 100 x (31 x 0.5 + 28 x 0.8 + 16) = 1,550 + 2,240 + 1,600
		{"each day by its month", kit(model.PlanRules{}, target), "5390"},
		{"half of it by a curve", curve, "2695"},
		// The quota is not ramped: 75 days of 90,000. 5,390 / 75,000.
		{"the target rate", kit(model.PlanRules{RoundScale: new(int)}, sceneComponent{Formula: "targetRate * 75000"}), "5390"},
		// 100 x 31 x 0.5 + 200 x 28 x 0.8 + 200 x 16
		{"a target that changes too", changed, "9230"},
		// The average of the days that were held: 9,000 x (15.5 + 22.4 + 16) / 75
		{"without proration", average, "6468"},
		// The component's own ramp: 4,500 for a quarter, of which 20 % in the first month. 50 x (31 x 0.2 + 44)
		{"its own, of its own target", kit(model.PlanRules{}, sceneComponent{Formula: "target", Target: "4500", Ramp: &model.Ramp{Steps: []model.RampStep{step(1, "0.5", "0.2"), step(2, "1", "1")}}}), "2510"},
		// To the end of February: 1,550 + 100 x 13 x 0.8 = 2,590, less January's 16 x 50.
		{"to date", monthly, "1790"},
		{"who came long ago", func() scene {
			s := kit(model.PlanRules{}, target)
			s.Seats = []sceneSeat{{"ana", "north", date("2025-01-01"), model.MaxDate}}
			return s
		}(), "9000"},
	} {
		s := c.scene
		s.Credits = sold("1")
		s.Credits[0].Date = date("2026-01-20")
		e := s.only(t)
		if got := e.Amount.Amount.String(); got != c.want {
			t.Errorf("%s: got %s, want %s\n%s", c.name, got, c.want, outline(e.Trace.Explain(), ""))
		}
		tampered(t, c.name, e)
	}
	for _, c := range []struct{ first, last, want string }{{"0", "1", ""}, {"0.5", "", ""}, {"-0.5", "", "INVALID p.ramp.steps.0.targetShare"}, {"0.5", "0.9", "INVALID p.ramp.steps.1.targetShare"}} {
		rules := model.PlanRules{Ramp: &model.Ramp{Steps: []model.RampStep{step(1, "0.5", c.first), step(2, "1", c.last)}}}
		if got := paths(ValidateRules("p", rules)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c, got, c.want)
		}
	}
}

// A ramp begins with month 1, ascends, and ends with the whole quota.
func TestRampsAreChecked(t *testing.T) {
	t.Parallel()
	step := func(month int, share string) model.RampStep { return model.RampStep{Month: month, Share: dec(share)} }
	for _, c := range []struct {
		ramp model.Ramp
		want string
	}{
		{model.Ramp{Steps: []model.RampStep{step(1, "0.5"), step(3, "1")}}, ""},
		{model.Ramp{}, "steps"},
		{model.Ramp{Since: "HIRE", Steps: []model.RampStep{step(1, "1")}}, "since"},
		{model.Ramp{Steps: []model.RampStep{step(2, "1")}}, "steps.0.month"},
		{model.Ramp{Steps: []model.RampStep{step(1, "0.5"), step(1, "1")}}, "steps.1.month"},
		{model.Ramp{Steps: []model.RampStep{step(1, "0.5"), step(61, "1")}}, "steps.1.month"},
		{model.Ramp{Steps: []model.RampStep{step(1, "0"), step(2, "1")}}, "steps.0.share"},
		{model.Ramp{Steps: []model.RampStep{step(1, "0.5")}}, "steps.0.share"},
	} {
		errs := ValidateRules("rules", model.PlanRules{Ramp: &c.ramp})
		got := ""
		if len(errs) > 0 {
			got = strings.TrimPrefix(strings.Join(errs[0].Path, "."), "rules.ramp.")
		}
		if got != c.want || len(errs) > 1 {
			t.Errorf("%+v: %v, want %s", c.ramp, errs, c.want)
		}
	}
}
