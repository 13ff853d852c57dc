package calc

import (
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// TestProblems: what cannot be calculated is 0 with a coded problem, and stops
// nothing but its own component.
func TestProblems(t *testing.T) {
	t.Parallel()
	attained := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "2", "0.1"}}}}
	tiered := sceneComponent{Key: "c", Table: "t"}
	retroactive := sceneComponent{Key: "c", Table: "t", Mode: model.TierRetroactive}
	for _, c := range []struct {
		name      string
		component sceneComponent
		scene     scene
		code      model.ProblemCode
		detail    string
	}{
		{"no quota", tiered, scene{Tables: attained}, model.ProblemNoQuota, "there is no quota of measure revenue for position north in 2026-Q1"},
		{"no quota and no credits", tiered, scene{Tables: attained, Credits: []sceneCredit{}}, model.ProblemNoQuota, "there is no quota"},
		{"a quota of 0", tiered, scene{Quota: "0", Tables: attained}, model.ProblemNoQuota, "the quota is 0"},
		{"a quota below 0", tiered, scene{Quota: "-5", Tables: attained}, model.ProblemNoQuota, "the quota is -5"},
		{"a bonus without a quota", sceneComponent{Key: "c", Bonus: [][2]string{{"1", "1"}}}, scene{}, model.ProblemNoQuota, "there is no quota"},
		{"a slice beyond the table", tiered, scene{Quota: "10", Tables: attained}, model.ProblemOffTable, "beyond the last row of the rate table t"},
		{"a look-up beyond the table", retroactive, scene{Quota: "10", Tables: attained}, model.ProblemOffTable, "beyond the last row"},
		{"a table not in force", tiered, scene{Tables: []sceneTable{{Key: "t", From: datep("2027-01-01"), Rows: attained[0].Rows}}}, model.ProblemOffTable, "no version in force on 2026-01-05"},
		{"a table not in order", tiered, scene{Tables: []sceneTable{{Key: "t", Rows: [][3]string{{"5", "2", "1"}}}}}, model.ProblemOffTable, "not in order"},
		{"an amount out of bounds", sceneComponent{Key: "c", Rate: "1"}, scene{Credits: sold("1e18")}, model.ProblemOverflow, "crm T01"},
		{"a number that would take for ever", sceneComponent{Key: "c", Rate: "1"}, scene{Credits: sold("1e9000")}, model.ProblemOverflow, "crm T01"},
		{"a measure out of bounds", sceneComponent{Key: "c", Rate: "0"}, scene{Credits: sold("9e17", "9e17")}, model.ProblemOverflow, "the measure revenue"},
		{"a line out of bounds", sceneComponent{Key: "c", Rate: "1000"}, scene{Credits: sold("9e17")}, model.ProblemOverflow, "a line"},
		{"an earning out of bounds", sceneComponent{Key: "c", Rate: "7"}, scene{Credits: sold("1e17", "1e17")}, model.ProblemOverflow, "the earning"},
		{"a rate out of bounds", sceneComponent{Key: "c", Rate: "1e200"}, scene{}, model.ProblemOverflow, "a rate"},
		{"a quota out of bounds", tiered, scene{Quota: "1e30", Tables: attained}, model.ProblemOverflow, "the quota"},
		{"an expression that fails", sceneComponent{Key: "c", Rate: "1", Measure: "m"}, scene{Measures: []sceneMeasure{{Key: "m", Value: model.ValueExpression, Expression: "amount / (amount - 10)"}}}, model.ProblemExpression, "crm T01"},
		{"a condition that fails", sceneComponent{Key: "c", Rate: "1", Condition: "margin > 0"}, scene{}, model.ProblemExpression, "crm T01"},
		{"a condition that does not compile", sceneComponent{Key: "c", Rate: "1", Condition: "amount >"}, scene{}, model.ProblemExpression, "condition"},
		{"an expression that does not compile", sceneComponent{Key: "c", Rate: "1", Measure: "m"}, scene{Measures: []sceneMeasure{{Key: "m", Value: model.ValueExpression}}}, model.ProblemExpression, "measure m"},
		{"a choice there is not yet", sceneComponent{Key: "c", Rate: "1"}, scene{Rules: model.PlanRules{Returns: "UNKNOWN"}}, model.ProblemNotSupported, "returns"},
		{"a table's dimension that no credit has", tiered, scene{Tables: []sceneTable{{Key: "t", Dimension: model.ByExpression, Rows: attained[0].Rows}}}, model.ProblemNotSupported, "expression over the window"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			good := sceneVersion{Plan: "good", Components: []sceneComponent{{Key: "flat", Rate: "0.0001"}}, Rules: &model.PlanRules{}}
			s.Versions = []sceneVersion{{Components: []sceneComponent{c.component}}, good}
			if s.Credits == nil {
				s.Credits = sold("10", "20")
			}
			r := s.run(t)
			i := slices.IndexFunc(r.Problems, func(p model.Problem) bool { return p.ComponentKey == "c" })
			if i < 0 || r.Problems[i].Code != c.code || !strings.Contains(r.Problems[i].Detail, c.detail) {
				t.Fatalf("got %+v, want %s %q", r.Problems, c.code, c.detail)
			}
			e := earned(t, r, "north", "c")
			if e.Why != model.WhyProblem || !e.Amount.Amount.IsZero() || len(e.Lines()) > 0 {
				t.Errorf("the earning is %s, %s", e.Amount.Amount, e.Why)
			}
			if p := r.Problems[i]; p.ComponentID != e.Component || p.PayeeID != e.Payee || p.ComponentKey != "c" || p.ID.UUIDAt(3) != e.Component.UUID() {
				t.Errorf("the problem is of something else: %+v", p)
			}
			if other := earned(t, r, "north", "flat"); (other.Why == model.WhyProblem) != (len(r.Problems) > 1) {
				t.Errorf("the other component: %s", other.Why)
			}
		})
	}
}

// TestUnusedFaults: what is wrong with credits that do not count stops nothing.
func TestUnusedFaults(t *testing.T) {
	t.Parallel()
	s := scene{Component: &sceneComponent{Rate: "1", Condition: `currency == "USD"`}, Credits: []sceneCredit{
		{ID: "A", Date: date("2026-01-05"), Amount: "5", Currency: "EUR"}, {ID: "B", Date: date("2026-01-05"), Amount: "7"}, {ID: "C", Date: date("2026-04-05"), Amount: "1e99"},
	}}
	if e := s.only(t); e.Amount.Amount.String() != "7" {
		t.Errorf("earned %s (%s), want 7", e.Amount.Amount, e.Why)
	}
}

// TestUnknownAdjustments: what validation would have refused is a problem of
// the component, in whatever way it came into the book.
func TestUnknownAdjustments(t *testing.T) {
	t.Parallel()
	for _, a := range []model.Adjustment{
		{}, {Kind: model.AdjustGate, Over: model.OverLine, Condition: "amount > 0"}, {Kind: model.AdjustCap, Over: model.OverLine},
		{Kind: model.AdjustFloor, Over: model.OverComponent}, {Kind: model.AdjustMultiplier, Over: model.OverLine}, {Kind: "RAISE", Over: model.OverComponent},
	} {
		s := scene{Component: &sceneComponent{Rate: "1", Adjustments: []model.Adjustment{a}}, Credits: sold("100")}
		r := s.run(t)
		if len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemNotSupported || r.Earnings[0].Why != model.WhyProblem {
			t.Errorf("%s over %s: %+v", a.Kind, a.Over, r.Problems)
		}
	}
}

func TestNoPanicOnNothing(t *testing.T) {
	t.Parallel()
	engine, err := NewEngine(Book{})
	if err != nil {
		t.Fatal(err)
	}
	nobody := keyed(model.KindPayee, "nobody")
	if r := engine.Calculate(nobody, nobody, []CreditFact{{}}); len(r.Earnings) > 0 {
		t.Errorf("got %+v", r)
	}
	if engine.Periods(nobody, model.Always) != nil || engine.PayoutPeriodsWithin(nobody) != nil || !engine.Window(nobody).Empty() {
		t.Error("an empty book answers something")
	}
	s := scene{Component: &sceneComponent{Rate: "1"}}
	engine, err = NewEngine(s.book())
	if err != nil {
		t.Fatal(err)
	}
	payee, position := keyed(model.KindPayee, "ana"), keyed(model.KindPosition, "north")
	bare := CreditFact{Credit: model.Credit{PayeeID: &payee, PositionID: position, Date: date("2026-01-05")}}
	r := engine.Calculate(payee, keyed(model.KindPeriod, "2026-Q1"), []CreditFact{bare, bare, {}})
	if err := r.Check(); err != nil || len(r.Earnings) != 1 || r.Earnings[0].Why != model.WhyNetZero {
		t.Errorf("got %v %+v", err, r)
	}
}

// TestComponentsThatReadEachOther: the order is found, whatever the keys; a
// circle, and what waits for a component with a problem, is a problem of its
// own, and of nobody else.
func TestComponentsThatReadEachOther(t *testing.T) {
	t.Parallel()
	gate := func(text string) []model.Adjustment {
		return []model.Adjustment{{Kind: model.AdjustGate, Name: "gate", Over: model.OverComponent, Condition: text}}
	}
	s := scene{Credits: sold("1000"), Versions: []sceneVersion{{Components: []sceneComponent{
		{Key: "a", Formula: "earningOf('z') * 2"},
		{Key: "b", Formula: "earningOf('c') + 1"},
		{Key: "c", Rate: "0.1", Adjustments: gate("earningOf('b') > 0")},
		{Key: "d", Rate: "0.1", Adjustments: gate("earningOf('quota') > 0")},
		{Key: "quota", Bonus: [][2]string{{"1", "5"}}},
		{Key: "unknown", Formula: "earningOf('nobody')"},
		{Key: "z", Rate: "0.01"},
	}}}}
	r := s.run(t)
	got := map[string]string{}
	for _, e := range r.Earnings {
		got[e.Key] = e.Amount.Amount.String()
	}
	for _, p := range r.Problems {
		got[p.ComponentKey] = string(p.Code)
	}
	for key, want := range map[string]string{
		"a": "20", "z": "10", "quota": "NO_QUOTA", "d": "DEPENDS_ON_FAILED", "unknown": "EXPRESSION",
	} {
		if got[key] != want {
			t.Errorf("%s: %s, want %s", key, got[key], want)
		}
	}
	for _, key := range []string{"b", "c"} {
		if got[key] != "CYCLE" && got[key] != "DEPENDS_ON_FAILED" {
			t.Errorf("%s of a circle: %s", key, got[key])
		}
	}
}
