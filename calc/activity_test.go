package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// did makes an activity; its order is the opportunity.
func did(id, on, kind, opportunity, quantity string) sceneCredit {
	return sceneCredit{ID: id, Date: date(on), Activity: kind, Order: opportunity, Quantity: quantity}
}

// ofActivities are measures of activities: all, the meetings, their minutes, and
// hours by an expression.
var ofActivities = []sceneMeasure{
	{Key: "all", Source: model.SourceActivities, Value: model.ValueCount},
	{Key: "meetings", Source: model.SourceActivities, Value: model.ValueCount, Condition: "kind == 'MEETING'"},
	{Key: "minutes", Source: model.SourceActivities, Value: model.ValueQuantity},
	{Key: "hours", Source: model.SourceActivities, Value: model.ValueExpression, Expression: "quantity != nil ? quantity / 60 : 0.25"},
}

// worked are six activities, four of them meetings, and two sales.
var worked = []sceneCredit{
	did("A1", "2026-01-05", "MEETING", "O1", "45"), did("A2", "2026-01-06", "CALL", "O1", ""), did("A3", "2026-01-07", "MEETING", "O2", "90"),
	did("A4", "2026-02-09", "MEETING", "O2", "30"), did("A5", "2026-02-10", "DEMO", "", "60"), did("A6", "2026-03-11", "MEETING", "", "15"),
	deal("T1", "2026-01-06", "1000"), deal("T2", "2026-02-09", "2000"),
}

// TestActivityMeasures are worked by hand. The sales never count for a measure of
// activities, nor the activities for one of credits.
func TestActivityMeasures(t *testing.T) {
	t.Parallel()
	kit := func(c sceneComponent, change ...func(*scene)) scene {
		s := scene{Component: &c, Measures: ofActivities, Credits: worked}
		for _, f := range change {
			f(&s)
		}
		return s
	}
	quota := func(amount string) func(*scene) {
		return func(s *scene) { s.Quotas = []sceneQuota{{Measure: "meetings", Period: "2026-Q1", Amount: amount}} }
	}
	table := func(by model.DimensionOf, cell model.CellKind, rows ...[3]string) func(*scene) {
		return func(s *scene) { s.Tables = []sceneTable{{Key: "t", Dimension: by, Cell: cell, Rows: rows}} }
	}
	meetings := func(c sceneComponent) sceneComponent {
		c.Measure = "meetings"
		return c
	}
	checkLines(t, []lined{
		{"12.50 for each meeting", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "12.5"})), "12.5 12.5 12.5 12.5"},
		{"a condition of the component: meetings of O2", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "12.5", Condition: "opportunity == 'O2'"})), "12.5 12.5"},
		{"0.20 for each minute, none said is 0", kit(sceneComponent{Kind: model.RateUnit, Rate: "0.2", Measure: "minutes"}), "9 0 18 6 12 3"},
		// 45, 90, 30, 60 and 15 minutes are 0.75, 1.5, 0.5, 1 and 0.25 hours; the call is a quarter.
		{"20 for each hour", kit(sceneComponent{Kind: model.RateUnit, Rate: "20", Measure: "hours"}), "15 5 30 10 20 5"},
		{"40 for each event", kit(meetings(sceneComponent{Kind: model.RatePerEvent, Rate: "40"})), "40 40 40 40"},
		{"40 for each opportunity: what is of none is one by itself", kit(meetings(sceneComponent{Kind: model.RatePerEvent, Rate: "40", Event: model.EventOrder})), "40 40 0 40"},
		// Three meetings are the quota: the fourth is above it.
		{"10 for each up to quota, 25 above", kit(meetings(sceneComponent{Table: "t"}), quota("3"), table(model.ByAttainment, model.CellPerUnit, [3]string{"0", "1", "10"}, [3]string{"1", "", "25"})), "10 10 10 25"},
		{"all at what is reached", kit(meetings(sceneComponent{Table: "t", Mode: model.TierRetroactive}), quota("3"), table(model.ByAttainment, model.CellPerUnit, [3]string{"0", "1", "10"}, [3]string{"1", "", "25"})), "25 25 25 25"},
		{"each at the number that it reaches", kit(meetings(sceneComponent{Table: "t", Mode: model.TierWholeCredit}), table(model.ByMeasure, model.CellMoney, [3]string{"0", "2", "5"}, [3]string{"2", "", "8"})), "5 8 8 8"},
		// 4 of 5 are 80 %: half of the quarter's target of 40,000 / 4.
		{"a curve", kit(meetings(sceneComponent{Kind: model.RatePayCurve, Table: "t"}), quota("5"), func(s *scene) { s.Target = "40000" }, table(model.ByAttainment, model.CellTarget, [3]string{"0.8", "1", "0.5"}, [3]string{"1", "", "1"})), "5000"},
		{"a bonus", kit(meetings(sceneComponent{Bonus: [][2]string{{"0.5", "100"}, {"1", "300"}}}), quota("4")), "300"},
		// 4 of 8 meetings at weight 0.4 are 20 % of the target of 1,000, 3,000 of 3,000 at 0.6 are 60 %.
		{"goals", kit(sceneComponent{Target: "1000", Goals: []sceneGoal{{"meet", "meetings", "0.4", "t"}, {"sell", "revenue", "0.6", "t"}}}, table(model.ByAttainment, model.CellTarget, [3]string{"0", "1", "0.5"}, [3]string{"1", "", "1"}), func(s *scene) {
			s.Quotas = []sceneQuota{{Measure: "meetings", Period: "2026-Q1", Amount: "8"}, {Measure: "revenue", Period: "2026-Q1", Amount: "3000"}}
		}), "200 600"},
		// 3,000 x 1 % + 4 x 3 + 6.
		{"a formula", kit(sceneComponent{Formula: "measure * 0.01 + measureOf('meetings') * 3 + measureOf('all')"}), "48"},
		{"a line is capped", kit(sceneComponent{Kind: model.RateUnit, Rate: "0.2", Measure: "minutes", Adjustments: []model.Adjustment{{Kind: model.AdjustCap, Name: "most", Over: model.OverLine, Amount: optional("10")}}}), "9 0 10 6 10 3"},
		{"a condition of an adjustment is over the activity", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "10", Adjustments: []model.Adjustment{{Kind: model.AdjustMultiplier, Name: "long", Over: model.OverLine, Condition: "quantity >= 45", Factor: optional("1.5")}}})), "15 15 10 10"},
		// T1 comes with one meeting held, T2 with three: the one of its own day is before it.
		{"a rate on sales by the meetings held so far", kit(sceneComponent{Measure: "revenue", LookedUpBy: "meetings", Table: "t", Mode: model.TierWholeCredit}, table(model.ByMeasure, "", [3]string{"0", "3", "0.05"}, [3]string{"3", "", "0.08"})), "50 160"},
		{"and by all of the quarter", kit(sceneComponent{Measure: "revenue", LookedUpBy: "meetings", Table: "t", Mode: model.TierRetroactive}, table(model.ByMeasure, "", [3]string{"0", "3", "0.05"}, [3]string{"3", "", "0.08"})), "80 160"},
		// Until 2026-02-09 nothing was sold that day or before but T1; then 3,000.
		{"money for meetings by what was sold so far", kit(meetings(sceneComponent{LookedUpBy: "revenue", Table: "t"}), table(model.ByMeasure, model.CellPerUnit, [3]string{"0", "3000", "10"}, [3]string{"3000", "", "20"})), "10 10 10 20"},
		{"who left on 10 January has those until then", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "10"}), func(s *scene) { s.Seats = []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-01-10")}} }), "10 10"},
		{"on unpaid leave nothing accrues", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "10"}), func(s *scene) { s.Statuses = leave }), "10 10 10"},
		{"in another currency: 8 EUR for 10 USD", kit(meetings(sceneComponent{Kind: model.RateUnit, Rate: "10"}), func(s *scene) {
			s.Pay, s.FX = "EUR", []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.8"}}
		}), "8 8 8 8"},
		{"credits as ever", kit(sceneComponent{Rate: "0.1"}), "100 200"},
	})
}

// TestActivitiesAreCited says that lines, explanations and keys tell activities
// from credits.
func TestActivitiesAreCited(t *testing.T) {
	t.Parallel()
	s := scene{Component: &sceneComponent{Measure: "meetings", Kind: model.RateUnit, Rate: "10"}, Measures: ofActivities, Credits: worked[:3]}
	e := s.only(t)
	for i, want := range []int64{-1, -3} {
		credit, activity := Cited(e.Lines()[i].Credit)
		if credit != nil || activity == nil || *activity != model.IntID(model.KindActivity, -want) {
			t.Errorf("line %d cites %v and %v", i, credit, activity)
		}
		if key := e.Cites.Key(want); key.Source != "crm" || key.ExternalID != worked[-want-1].ID || key.CreditType != "" {
			t.Errorf("line %d is of %+v", i, key)
		}
	}
	if none, neither := Cited(0); none != nil || neither != nil {
		t.Error("0 cites something")
	}
	tree := outline(e.Trace.Explain(), "")
	if !strings.Contains(tree, "source=ACTIVITIES value=COUNT measure=meetings") {
		t.Errorf("the explanation is\n%s", tree)
	}
	if got, err := Verify(e.Trace); err != nil || !got.Equal(dec("20")) {
		t.Errorf("recomputed %s, %v", got, err)
	}
	s.Credits = worked[1:2]
	if e = s.only(t); e.Why != model.WhyNoCredits || !strings.Contains(outline(e.Trace.Explain(), ""), "no activity of the window counts") {
		t.Errorf("without a meeting it is %s", e.Why)
	}
}

// TestActivitiesRefused says what cannot be done with a measure of activities:
// a coded problem in the engine, an error when it is written.
func TestActivitiesRefused(t *testing.T) {
	t.Parallel()
	amount := append([]sceneMeasure{{Key: "money", Source: model.SourceActivities, Value: model.ValueAmount}}, ofActivities...)
	matrix := []sceneTable{{Key: "t", Dimensions: []model.TableDimension{{Name: "kind", Expression: "kind", Match: model.MatchEquals}}, Matrix: []model.RateRow{{Keys: make([]model.RowKey, 1), Cell: dec("1")}}}}
	for name, c := range map[string]struct {
		component sceneComponent
		want      model.ProblemCode
	}{
		"an amount":                {sceneComponent{Measure: "money", Rate: "1"}, model.ProblemNotSupported},
		"an override":              {sceneComponent{Measure: "all", Kind: model.RateOverride, ByLevel: []string{"0.1"}}, model.ProblemNotSupported},
		"a matrix by event":        {sceneComponent{Measure: "all", Kind: model.RateMatrix, Table: "t", Accumulate: model.OverEvent}, model.ProblemNotSupported},
		"a condition over credits": {sceneComponent{Measure: "all", Rate: "1", Condition: "amount > 0"}, model.ProblemExpression},
	} {
		s := scene{Component: &c.component, Measures: amount, Tables: matrix, Credits: worked}
		r := s.run(t)
		if len(r.Problems) != 1 || r.Problems[0].Code != c.want {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
	rate := dec("1")
	m := &model.Measure{Key: "all", Source: model.SourceActivities, Value: model.ValueCount}
	c := model.Component{Key: "c", Name: "C", MeasureID: model.IntID(model.KindMeasure, 1), Payout: model.PeriodMonth, RateKind: model.RateUnit, Rate: &rate, Condition: "kind == 'CALL'"}
	if got := paths(ValidateComponentOf("p", c, m)); got != "" {
		t.Errorf("a condition over activities: %s", got)
	}
	c.Condition = "amount > 0"
	if got := paths(ValidateComponentOf("p", c, m)); got != "EXPRESSION p.condition" {
		t.Errorf("a condition over credits: %s", got)
	}
	if got := paths(ValidateComponentOf("p", c, nil)); got != "" {
		t.Errorf("a condition over credits for a measure of credits: %s", got)
	}
	c.RateKind, c.Rate, c.Condition, c.Levels = model.RateOverride, nil, "", []model.OverrideLevel{{Level: 1, Rate: rate}}
	if got := paths(ValidateComponentOf("p", c, m)); got != "NOT_SUPPORTED p.measureId" {
		t.Errorf("an override: %s", got)
	}
}

// TestPoolOfActivities: 10 for each of the team's three meetings, shared by the
// meetings of each: ana has held two of them, ben one.
func TestPoolOfActivities(t *testing.T) {
	t.Parallel()
	s := scene{
		Seats:     []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}, {"ben", "east", model.MinDate, model.MaxDate}},
		Teams:     []sceneTeamMember{{Team: "crew", Position: "east"}, {Team: "crew", Position: "north"}},
		Component: &sceneComponent{Team: "crew", Measure: "meetings", Fund: "measure * 10", Weight: "measureOf('meetings')"},
		Measures:  ofActivities,
		Credits: []sceneCredit{
			soldBy(did("A1", "2026-01-05", "MEETING", "", ""), "ana", "north"), soldBy(did("A2", "2026-01-06", "MEETING", "", ""), "ben", "east"),
			soldBy(did("A3", "2026-01-07", "CALL", "", ""), "ben", "east"), soldBy(did("A4", "2026-01-08", "MEETING", "", ""), "ana", "north"),
		},
	}
	for payee, want := range map[string]string{"ana": "20", "ben": "10"} {
		own := s
		own.Payee = payee
		if got := linesOf(t, &own, "commission"); got != want {
			t.Errorf("%s has %s, want %s", payee, got, want)
		}
	}
}
