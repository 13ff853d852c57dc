package calc

import (
	"testing"

	"spm/model"
)

// TestMeasures: what counts, and what of it is summed.
func TestMeasures(t *testing.T) {
	t.Parallel()
	credits := []sceneCredit{
		{ID: "A", Date: date("2026-01-10"), Amount: "100", Quantity: "3", Margin: "40"},
		{ID: "B", Date: date("2026-01-11"), Amount: "200", Quantity: "5", Kind: model.CreditRollup},
		{ID: "C", Date: date("2026-02-12"), Amount: "-50", Quantity: "-1", Margin: "-20", Reversal: true},
		{ID: "D", Date: date("2026-02-13"), Amount: "7", Type: "SERVICES"},
	}
	for _, c := range []struct {
		name      string
		measure   sceneMeasure
		condition string
		want      string
		lines     int
	}{
		{"amount", sceneMeasure{Value: model.ValueAmount}, "", "257", 4},
		{"quantity, 0 where it is not given", sceneMeasure{Value: model.ValueQuantity}, "", "7", 4},
		{"margin, 0 where it is not given", sceneMeasure{Value: model.ValueMargin}, "", "20", 4},
		{"a reversal counts back", sceneMeasure{Value: model.ValueCount}, "", "2", 4},
		{"of a kind", sceneMeasure{Kinds: []model.CreditKind{model.CreditDirect}}, "", "57", 3},
		{"of a type", sceneMeasure{Types: []string{"SERVICES"}}, "", "7", 1},
		{"by the measure's condition", sceneMeasure{Condition: "amount >= 100"}, "", "300", 2},
		{"by the component's condition", sceneMeasure{}, `kind == "BOOKING"`, "307", 3},
		{"by both", sceneMeasure{Condition: "amount >= 100"}, `creditKind == "ROLLUP"`, "200", 1},
		{"an expression", sceneMeasure{Value: model.ValueExpression, Expression: "amount * 0.5 + 1"}, "", "132.5", 4},
		{"an expression under a condition", sceneMeasure{Value: model.ValueExpression, Expression: "amount - margin", Condition: "margin != nil"}, "", "30", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.measure.Key = "m"
			s := scene{
				Types: map[string]string{"SERVICES": "MONEY"}, Measures: []sceneMeasure{c.measure},
				Component: &sceneComponent{Measure: "m", Rate: "1", Condition: c.condition}, Credits: credits,
			}
			e := s.only(t)
			if got := e.Measure.String(); got != c.want || e.Amount.Amount.String() != c.want || len(e.Lines()) != c.lines {
				t.Errorf("measured %s in %d lines, want %s in %d", got, len(e.Lines()), c.want, c.lines)
			}
		})
	}
}

// TestExpressionReadsPlanCurrency: an expression's numbers mean the same for
// every credit, whatever currency it came in.
func TestExpressionReadsPlanCurrency(t *testing.T) {
	t.Parallel()
	s := scene{
		FX:        []sceneFX{{"EUR", "USD", date("2026-01-01"), "1.5"}},
		Measures:  []sceneMeasure{{Key: "m", Value: model.ValueExpression, Expression: `currency == "USD" ? min(amount, 1000) - (margin ?? 0) : 99999`}},
		Component: &sceneComponent{Measure: "m", Rate: "1"},
		Credits:   []sceneCredit{{ID: "A", Date: date("2026-01-01"), Amount: "800", Margin: "100", Currency: "EUR"}, {ID: "B", Date: date("2026-01-02"), Amount: "1100"}},
	}
	if _, err := Compile(CreditEnv, s.Measures[0].Expression, ResultNumber); err != nil {
		s.Measures[0].Expression = `currency == "USD" ? min(amount, 1000) - (margin != nil ? margin : 0) : 99999`
	}
	if got := s.only(t).Measure.String(); got != "1850" { // 1,000 - 150, and 1,000
		t.Errorf("measured %s, want 1850", got)
	}
	s.Measures[0].Condition = "amount < 1000" // reads the credit as it was recorded
	if got := s.only(t).Measure.String(); got != "850" {
		t.Errorf("measured %s, want 850", got)
	}
}
