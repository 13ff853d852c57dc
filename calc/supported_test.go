package calc

import (
	"slices"
	"strings"
	"testing"

	"spm/model"
)

func paths(errs model.UserErrors) string {
	var out []string
	for _, e := range errs {
		out = append(out, string(e.Code)+" "+strings.Join(e.Path, "."))
	}
	return strings.Join(out, "; ")
}

// TestUnsupported: every choice of the rules has values that the engine has,
// its default among them, and refuses all others by the path of the choice.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path    string
		set     func(*model.PlanRules, string)
		have    []string
		haveNot []string
	}{
		{"roundStage", func(r *model.PlanRules, v string) { r.RoundStage = model.RoundStage(v) }, []string{"COMPONENT", "LINE", "STATEMENT"}, []string{"?"}},
		{"roundMode", func(r *model.PlanRules, v string) { r.RoundMode = model.RoundMode(v) }, []string{"HALF_UP", "HALF_EVEN", "UP", "DOWN"}, []string{"?"}},
		{"fxCreditToPlan", func(r *model.PlanRules, v string) { r.FXCreditToPlan = model.FXDate(v) }, []string{"EVENT", "PERIOD_END", "PAY_DATE", "PLAN_RATE"}, []string{"?"}},
		{"fxPlanToPay", func(r *model.PlanRules, v string) { r.FXPlanToPay = model.FXDate(v) }, []string{"EVENT", "PERIOD_END", "PAY_DATE", "PLAN_RATE"}, []string{"?"}},
		{"returns", func(r *model.PlanRules, v string) { r.Returns = model.Returns(v) }, []string{"NEGATIVE_CREDIT", "CLAWBACK", "IGNORE"}, []string{"UNKNOWN"}},
		{"continuity", func(r *model.PlanRules, v string) { r.Continuity = model.Continuity(v) }, []string{"ASSIGNMENT", "FOLLOW_PAYEE", "FOLLOW_POSITION"}, []string{"?"}},
		{"quotaProration", func(r *model.PlanRules, v string) { r.QuotaProration = model.Proration(v) }, []string{"DAYS", "WORKING_DAYS", "MONTHS", "NONE"}, []string{"?"}},
		{"targetProration", func(r *model.PlanRules, v string) { r.TargetProration = model.Proration(v) }, []string{"DAYS", "WORKING_DAYS", "MONTHS", "NONE"}, []string{"?"}},
		{"bonusProration", func(r *model.PlanRules, v string) { r.BonusProration = model.Proration(v) }, []string{"DAYS", "WORKING_DAYS", "MONTHS", "NONE"}, []string{"?"}},
		{"quotaChange", func(r *model.PlanRules, v string) { r.QuotaChange = model.QuotaChange(v) }, []string{"LAST_DAY", "DAY_WEIGHTED"}, []string{"?"}},
		{"quotaBasis", func(r *model.PlanRules, v string) { r.QuotaBasis = model.QuotaBasis(v) }, []string{"WINDOW", "TO_DATE"}, []string{"?"}},
		{"quotaCarry", func(r *model.PlanRules, v string) { r.QuotaCarry = model.QuotaCarry(v) }, []string{"NONE", "SHORTFALL", "SURPLUS"}, []string{"?"}},
		{"negativePay", func(r *model.PlanRules, v string) { r.NegativePay = model.NegativePay(v) }, []string{"CARRIED", "COLLECTED"}, []string{"UNKNOWN"}},
	} {
		for _, value := range slices.Concat(c.have, c.haveNot) {
			v := model.PlanVersion{}
			c.set(&v.Rules, value)
			got := Unsupported(v)
			if slices.Contains(c.have, value) != (len(got) == 0) || len(got) > 0 && got[0].Path != "rules."+c.path {
				t.Errorf("%s %s: %v", c.path, value, got)
			}
		}
	}
	if got := Unsupported(model.PlanVersion{}); len(got) > 0 {
		t.Errorf("the defaults: %v", got)
	}
}

func TestUnsupportedComponents(t *testing.T) {
	t.Parallel()
	scale := 11
	table, curve := keyed(model.KindRateTable, "t"), keyed(model.KindRateTable, "curve")
	v := model.PlanVersion{Rules: model.PlanRules{RoundScale: &scale}, Components: []model.Component{
		{RateKind: model.RateOnValue, Payout: model.PeriodMonth},
		{RateKind: "AUCTION", Payout: model.PeriodMonth},
		{RateKind: model.RateTiered, TierMode: "CONTEST", Payout: model.PeriodMonth, RateTableID: &table},
		{RateKind: model.RateBonus, BonusLevels: "LAST", Payout: "DECADE"},
		{RateKind: model.RateObjectives, Goals: []model.Goal{{RateTableID: &curve}}, Payout: model.PeriodMonth},
		{RateKind: model.RateFormula, Formula: "earningOf('other')", Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp},
		{RateKind: model.RateFormula, Formula: "earnedBefore('other')", Payout: model.PeriodMonth, Window: model.PeriodYear, Settlement: model.SettleTrueUp},
		{RateKind: model.RatePool, Payout: model.PeriodMonth, Adjustments: gateOf("prior(1) > 0")},
		{RateKind: model.RatePool, Payout: model.PeriodMonth, Adjustments: gateOf("priorOf('m', 1) > 0")},
	}}
	tables := []model.RateTable{{ID: table, Versions: []model.RateTableVersion{
		{Dimension: model.ByMeasure, CellKind: model.CellRate}, {Dimension: model.ByExpression, CellKind: model.CellMoney},
	}}, {ID: keyed(model.KindRateTable, "another"), Versions: []model.RateTableVersion{{}}}, {ID: curve, Versions: []model.RateTableVersion{{Dimension: model.ByAttainment, CellKind: model.CellMoney}}}}
	var got []string
	for _, u := range Unsupported(v, tables...) {
		got = append(got, u.Path)
	}
	want := []string{"rules.roundScale", "components.1.rateKind", "components.2.tierMode",
		"components.2.rateTable.versions.1.cellKind", "components.2.rateTableId", "components.3.bonusLevels", "components.3.payout", "components.4.goals", "components.5.settlement", "components.6.settlement", "components.7.adjustments"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	errs := Refuse("input", Unsupported(v, tables...))
	if len(errs) != len(want) || errs[1].Code != model.UserNotSupported || strings.Join(errs[1].Path, ".") != "input.components.1.rateKind" {
		t.Errorf("got %s", paths(errs))
	}
}

func TestValidateRateTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		gaps bool
		rows [][3]string
		want string
	}{
		{"in order", false, [][3]string{{"0", "1", "0.1"}, {"1", "", "0.2"}}, ""},
		{"open at both ends", false, [][3]string{{"", "1", "0.1"}, {"1", "", "0.2"}}, ""},
		{"no rows", false, nil, "REQUIRED p"},
		{"a gap", false, [][3]string{{"0", "1", "0.1"}, {"2", "", "0.2"}}, "INVALID p.1.from"},
		{"a gap as declared", true, [][3]string{{"0", "1", "0.1"}, {"2", "", "0.2"}}, ""},
		{"an overlap", true, [][3]string{{"0", "3", "0.1"}, {"2", "", "0.2"}}, "OVERLAP p.1.from"},
		{"an empty row", false, [][3]string{{"1", "1", "0.1"}}, "INVALID p.0.to"},
		{"a row upside down", false, [][3]string{{"2", "1", "0.1"}}, "INVALID p.0.to"},
		{"open below in the middle", false, [][3]string{{"0", "1", "0.1"}, {"", "2", "0.2"}}, "REQUIRED p.1.from"},
		{"open above in the middle", false, [][3]string{{"0", "", "0.1"}, {"1", "2", "0.2"}}, "REQUIRED p.0.to"},
		{"a number too long", false, [][3]string{{"0", "1e30", "0.1"}, {"1e30", "", "0.00000000001"}}, "INVALID p.0.to; INVALID p.1.from; INVALID p.1.cell"},
	} {
		table := model.RateTableVersion{Bounds: model.LowerInclusive, Gaps: c.gaps}
		for _, row := range c.rows {
			table.Rows = append(table.Rows, model.RateRow{From: optional(row[0]), To: optional(row[1]), Cell: dec(row[2])})
		}
		if got := paths(ValidateRateTable("p", table)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	for want, rows := range map[string][]model.RateRow{
		"":                  {{From: optional("0")}, {From: optional("1"), To: optional("2")}, {From: optional("2")}},
		"REQUIRED p.1.from": {{From: optional("0")}, {}},
		"OVERLAP p.1.from":  {{From: optional("1")}, {From: optional("1")}},
		"INVALID p.0.to":    {{From: optional("0"), To: optional("1")}, {From: optional("2")}},
	} {
		points := model.RateTableVersion{Bounds: model.LowerInclusive, Lookup: model.LookupLinear, Rows: rows}
		if got := paths(ValidateRateTable("p", points)); got != want {
			t.Errorf("points %v: got %q, want %q", rows, got, want)
		}
	}
	many := model.RateTableVersion{Bounds: "?", Rows: make([]model.RateRow, MaxRows+1)}
	if got := paths(ValidateRateTable("p", many)); got != "TOO_MANY p" {
		t.Errorf("too many rows: got %q", got)
	}
	many.Rows = many.Rows[:1]
	if got := paths(ValidateRateTable("p", many)); got != "INVALID p" {
		t.Errorf("no rule of bounds: got %q", got)
	}
}

func TestValidateComponent(t *testing.T) {
	t.Parallel()
	id := keyed(model.KindMeasure, "m")
	rate := dec("0.1")
	flat := model.Component{Key: "k", MeasureID: id, RateKind: model.RateOnValue, Rate: &rate}
	tiered := model.Component{Key: "k", MeasureID: id, RateKind: model.RateTiered, RateTableID: &id, TierMode: model.TierMarginal}
	bonus := model.Component{Key: "k", MeasureID: id, RateKind: model.RateBonus, BonusLevels: model.BonusEach, Bonus: []model.BonusLevel{{At: dec("1"), Amount: dec("5")}}}
	change := func(c model.Component, change func(*model.Component)) model.Component { change(&c); return c }
	for _, c := range []struct {
		name      string
		component model.Component
		want      string
	}{
		{"flat", flat, ""},
		{"tiered", tiered, ""},
		{"bonus", bonus, ""},
		{"empty", model.Component{}, "REQUIRED p.key; REQUIRED p.measureId"},
		{"a condition that does not compile", change(flat, func(c *model.Component) { c.Condition = "amount >" }), "EXPRESSION p.condition"},
		{"flat without a rate", change(flat, func(c *model.Component) { c.Rate = nil }), "REQUIRED p.rate"},
		{"flat with a table", change(flat, func(c *model.Component) { c.RateTableID = &id }), "INVALID p.rateTableId"},
		{"a rate out of bounds", change(flat, func(c *model.Component) { d := dec("1e18"); c.Rate = &d }), "INVALID p.rate"},
		{"tiered without all", change(tiered, func(c *model.Component) { c.RateTableID, c.TierMode = nil, "" }), "REQUIRED p.rateTableId; REQUIRED p.tierMode"},
		{"a bonus without levels", change(bonus, func(c *model.Component) { c.Bonus, c.BonusLevels = nil, "" }), "REQUIRED p.bonus; REQUIRED p.bonusLevels"},
		{"levels that do not ascend", change(bonus, func(c *model.Component) { c.Bonus = append(c.Bonus, c.Bonus...) }), "INVALID p.bonus.1.at"},
		{"a level below 0", change(bonus, func(c *model.Component) { c.Bonus = []model.BonusLevel{{At: dec("-1")}} }), "INVALID p.bonus.0.at"},
		{"too many levels", change(bonus, func(c *model.Component) { c.Bonus = make([]model.BonusLevel, MaxRows+1) }), "TOO_MANY p.bonus"},
	} {
		if got := paths(ValidateComponent("p", c.component)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestValidateMeasure(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		measure model.Measure
		want    string
	}{
		{model.Measure{Value: model.ValueAmount}, ""},
		{model.Measure{Value: model.ValueExpression, Expression: "amount * 2", Condition: "amount > 0"}, ""},
		{model.Measure{Value: model.ValueExpression}, "EXPRESSION p.expression"},
		{model.Measure{Value: model.ValueExpression, Expression: "amount > 0"}, "EXPRESSION p.expression"},
		{model.Measure{Value: model.ValueCount, Expression: "1"}, "INVALID p.expression"},
		{model.Measure{Value: "MEDIAN", Condition: "amount"}, "EXPRESSION p.condition; INVALID p.value"},
		{model.Measure{Source: model.SourceCredits, Aggregation: model.AggregateSum, Value: model.ValueCount}, ""},
		{model.Measure{Aggregation: model.AggregateLast, Value: model.ValueCount}, "INVALID p.aggregation"},
		{model.Measure{Source: "CLICKS", Value: model.ValueCount}, "INVALID p.source"},
		{model.Measure{Source: model.SourceActivities, Value: model.ValueCount, Condition: "kind == 'DEMO' and opportunity != '' and activityDate > date('2026-01-01')"}, ""},
		{model.Measure{Source: model.SourceActivities, Value: model.ValueExpression, Expression: "number(attr('minutes')) + (quantity != nil ? quantity : 0)"}, ""},
		{model.Measure{Source: model.SourceActivities, Value: model.ValueAmount, Condition: "amount > 0"}, "EXPRESSION p.condition; INVALID p.value"},
		{model.Measure{Source: model.SourceActivities, Value: model.ValueQuantity, Expression: "1", Aggregation: model.AggregateLast, CreditTypeIDs: []model.ID{{}}, CreditKinds: []model.CreditKind{model.CreditDirect}},
			"INVALID p.aggregation; INVALID p.creditTypeIds; INVALID p.creditKinds; INVALID p.expression"},
		{model.Measure{Source: model.SourceValues}, ""},
		{model.Measure{Source: model.SourceValues, Aggregation: model.AggregateAverage, Value: model.ValueAmount}, ""},
		{model.Measure{Source: model.SourceValues, Aggregation: "MEDIAN", Value: model.ValueCount, Condition: "true"},
			"INVALID p.aggregation; INVALID p.condition; INVALID p.value"},
	} {
		if got := paths(ValidateMeasure("p", c.measure)); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.measure, got, c.want)
		}
	}
}
