package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// gateOf is a gate over the component.
func gateOf(condition string) []model.Adjustment {
	return []model.Adjustment{{Kind: model.AdjustGate, Name: "gate", Over: model.OverComponent, Condition: condition}}
}

// TestEarlierPeriods pays by what earlier months came to. Sold: 100 in November
// 2025, 200 in December, 1000 in January, 2000 in February, 4000 in March.
func TestEarlierPeriods(t *testing.T) {
	t.Parallel()
	credits := []sceneCredit{
		deal("N1", "2025-11-10", "100"), deal("D1", "2025-12-10", "200"),
		deal("T1", "2026-01-10", "1000"), deal("T2", "2026-02-10", "2000"), deal("T3", "2026-03-10", "4000"),
	}
	hours := []sceneMeasure{{Key: "hours", Source: model.SourceValues, Aggregation: model.AggregateAverage}}
	worked := []sceneValue{{Measure: "hours", Date: date("2026-01-05"), Value: "6"}, {Measure: "hours", Date: date("2026-01-06"), Value: "8"}, {Measure: "hours", Date: date("2026-02-05"), Value: "5"}}
	half := []sceneSeat{{"ana", "north", date("2026-01-16"), model.MaxDate}}
	march := datep("2026-03-01")
	quarter := func(c sceneComponent) *sceneComponent {
		c.Payout, c.Window = model.PeriodMonth, model.PeriodQuarter
		return &c
	}
	for _, c := range []struct {
		name  string
		scene scene
		want  string
	}{
		{"the month before, also of the year before", scene{Component: &sceneComponent{Formula: "prior(1)"}}, "200 1000 2000"},
		{"two months before", scene{Component: &sceneComponent{Formula: "prior(2)"}}, "100 200 1000"},
		{"there is none so long ago", scene{Component: &sceneComponent{Formula: "prior(12) + 1"}}, "1 1 1"},
		{"of the fiscal year to date", scene{Component: &sceneComponent{Formula: "toDate()"}}, "1000 3000 7000"},
		{"grown on the month before", scene{Component: &sceneComponent{Formula: "measure > prior(1) * 3 ? 50 : 0"}}, "50 0 0"},
		{"an average of each month, added up", scene{Component: &sceneComponent{Formula: "toDateOf('hours')"}, Measures: hours, Values: worked}, "7 12 12"},
		{"another measure's month before", scene{Component: &sceneComponent{Formula: "priorOf('hours', 1)"}, Measures: hours, Values: worked}, "0 7 5"},
		// 10% of the month, and half of what the month before earned: 100, 200 + 50, 400 + 125.
		{"its own earning", scene{Component: &sceneComponent{Formula: "measure * 0.1 + priorEarningOf('commission', 1) / 2"}}, "100 250 525"},
		// at most 500 in the year.
		{"what is left of the year", scene{Component: &sceneComponent{Formula: "min(measure * 0.1, 500 - earnedBefore('commission'))"}}, "100 200 200"},
		{"held from the middle of January", scene{Component: &sceneComponent{Formula: "prior(1) + 1"}, Seats: half}, "1 1 2001"},
		{"up to the attainment cap of then", scene{Component: &sceneComponent{Formula: "prior(1)", AttainmentCap: "0.5"}, Quotas: []sceneQuota{
			{Period: "2025-12", Amount: "1000"}, {Period: "2026-01", Amount: "1000"}, {Period: "2026-02", Amount: "1000"}, {Period: "2026-03", Amount: "1000"}}}, "200 500 500"},
		{"the attainment of the month before", scene{Component: &sceneComponent{Formula: "priorAttainment(1) * 100"}, Quotas: []sceneQuota{{Period: "2025-12", Amount: "400"}, {Period: "2026-01", Amount: "800"}}}, "50 125 DEPENDS_ON_FAILED"},
		{"the attainment of a month that was not held", scene{Component: &sceneComponent{Formula: "priorAttainment(1)"}, Seats: half, Quotas: []sceneQuota{{Period: "2026-01", Amount: "100"}, {Period: "2026-02", Amount: "1000"}}}, "0 0 2"},
		{"the attainment with what was carried into it", scene{Component: &sceneComponent{Formula: "priorAttainment(1)"}, Rules: model.PlanRules{QuotaCarry: model.CarryShortfall}, Quotas: []sceneQuota{{Period: "2025-11", Amount: "150"}, {Period: "2025-12", Amount: "350"}, {Period: "2026-01", Amount: "2000"}, {Period: "2026-02", Amount: "1500"}, {Period: "2026-03", Amount: "1"}}}, "0.5 0.5 0.8"},
		{"the quarter before, at a quarter's end", scene{Component: quarter(sceneComponent{Formula: "prior(1)"})}, "- - 300"},
		{"a gate on the month before", scene{Component: &sceneComponent{Rate: "0.1", Adjustments: gateOf("prior(1) >= 1000")}}, "0 200 400"},
		{"a gate on what was earned", scene{Component: &sceneComponent{Rate: "0.1", Adjustments: gateOf("priorEarningOf('commission', 1) == 0")}}, "100 0 400"},
		{"a multiplier on the year so far", scene{Component: &sceneComponent{Rate: "0.1", Adjustments: []model.Adjustment{
			{Kind: model.AdjustMultiplier, Name: "twice", Over: model.OverComponent, Condition: "toDate() >= 3000", Factor: optional("2")}}}}, "100 400 800"},
		{"a table by the month before", scene{Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Tables: []sceneTable{{Key: "t", Dimension: model.ByExpression, Expression: "prior(1)", Rows: [][3]string{{"0", "1500", "0.1"}, {"1500", "", "0.2"}}}}}, "100 200 800"},
		{"by the version then in force", scene{Versions: []sceneVersion{
			{To: march, Components: []sceneComponent{{Formula: "prior(1)", Condition: "amount > 1500"}}}, {From: march, Components: []sceneComponent{{Formula: "prior(1) + prior(2)"}}}}}, "0 0 2000"},
		{"in another currency then", scene{Versions: []sceneVersion{
			{To: march, Currency: "EUR", Components: []sceneComponent{{Formula: "0"}}}, {From: march, Components: []sceneComponent{{Formula: "prior(1)"}}}},
			FX: []sceneFX{{"EUR", "USD", date("2025-01-01"), "2"}, {"USD", "EUR", date("2025-01-01"), "0.5"}}}, "0 0 NOT_SUPPORTED"},
		{"a problem then", scene{Component: &sceneComponent{Formula: "priorEarningOf('commission', 1) + 1 / (measure - 1000)"}}, "EXPRESSION DEPENDS_ON_FAILED DEPENDS_ON_FAILED"},
		{"a measure with a problem then", scene{Component: &sceneComponent{Formula: "prior(1)"}, Credits: []sceneCredit{{ID: "E", Date: date("2026-01-10"), Amount: "5", Currency: "EUR"}}}, "NO_FX_RATE DEPENDS_ON_FAILED 0"},
		{"trued up", scene{Component: func() *sceneComponent {
			c := quarter(sceneComponent{Formula: "prior(1) + measure"})
			c.Settlement = model.SettleTrueUp
			return c
		}()}, "1300 2000 4000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.scene.Credits == nil {
				c.scene.Credits = credits
			}
			if c.scene.Payout == "" {
				c.scene.Payout = model.PeriodMonth
			}
			var got []string
			var last Result
			for _, month := range []string{"2026-01", "2026-02", "2026-03"} {
				c.scene.Period = month
				last = c.scene.run(t)
				switch {
				case len(last.Problems) > 0:
					got = append(got, string(last.Problems[0].Code))
				case len(last.Earnings) == 0:
					got = append(got, "-")
				default:
					got = append(got, last.Earnings[0].Amount.Amount.String())
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %s, want %s", got, c.want)
				for _, e := range last.Earnings {
					t.Log(outline(e.Trace.Explain(), ""))
				}
			}
		})
	}
}

// TestEarlierIsProven: what was read of earlier windows stands in the trace, and
// who changes it, or the condition that it makes hold, is found out.
func TestEarlierIsProven(t *testing.T) {
	t.Parallel()
	gate := gateOf("toDate() >= 3000 && priorEarningOf('commission', 1) > 50")
	gate = append(gate, model.Adjustment{Kind: model.AdjustMultiplier, Name: "more", Over: model.OverComponent, Condition: "prior(1) > 1000", Factor: optional("2")})
	s := scene{Payout: model.PeriodMonth, Period: "2026-02", Component: &sceneComponent{Rate: "0.1", Adjustments: gate}, Credits: []sceneCredit{
		deal("T1", "2026-01-10", "1000"), deal("T2", "2026-02-10", "2000")}}
	e := s.only(t) // January is below 3000, and earns nothing: so does February
	want := `
EARNING commission
  MEASURE value=AMOUNT measure=revenue (2000)
  RULE rateKind=RATE_ON_VALUE version=1 x 0.1
  LINE (2000) x 0.1 = 200 credit 2
  RULE condition=false kind=GATE of gate
    RULE toDate() >= 3000 && priorEarningOf('commission', 1) > 50
    INPUT toDate() in 2026-01 (1000)
    INPUT toDate() in 2026-02 (2000)
    INPUT priorEarningOf(commission, 1) in 2026-01 (0)
  GATE gate (200) x 0 = -200
  RULE condition=false kind=MULTIPLIER of more
    RULE prior(1) > 1000
    INPUT prior(1) in 2026-01 (1000)
  ROUNDING roundStage=COMPONENT roundMode=HALF_UP scale=2 (0)
`
	if got := outline(e.Trace.Explain(), ""); got != want[1:] {
		t.Errorf("got\n%s", got)
	}
	label := func(t *Trace, i int, label string) { t.Terms[t.Term[i]].Label = label }
	for name, change := range map[string]func(*Trace){
		"the condition holds": func(t *Trace) { label(t, 4, "condition=true kind=GATE of gate") },
		"what was earned":     func(t *Trace) { t.Values.Set(8, dec("51")) },
		"the expression":      func(t *Trace) { label(t, 5, "true") },
		"another gate":        func(t *Trace) { label(t, 9, "another") },
		"no such read":        func(t *Trace) { label(t, 12, "prior(2) in 2025-12") },
		"no expression":       func(t *Trace) { label(t, 11, "prior(") },
	} {
		trace := copied(e.Trace)
		change(&trace)
		if _, err := Verify(trace); err == nil {
			t.Errorf("%s was changed, and nothing saw it", name)
		}
	}
	s.Component = &sceneComponent{Formula: "toDate() / prior(1)"}
	formula := s.only(t)
	for i, kind := range formula.Trace.Kinds {
		if kind != NodeInput {
			continue
		}
		trace := copied(formula.Trace)
		trace.Values.Set(i, trace.Values.At(i).Add(dec("1")))
		if _, err := Verify(trace); err == nil {
			t.Errorf("input %d was changed, and nothing saw it", i)
		}
	}
}

// TestEarlierRefused: the components that are read must be there, and pools read
// no earlier windows.
func TestEarlierRefused(t *testing.T) {
	t.Parallel()
	errs := ValidateComponents("p", []model.Component{
		{Key: "a", Formula: "priorEarningOf('a', 1) + earnedBefore('b')"}, {Key: "b", Formula: "priorEarningOf('a', 2)"}, {Key: "c", Formula: "earnedBefore('d')"},
	})
	if got := paths(errs); got != "INVALID p.2" {
		t.Errorf("got %s", got)
	}
	team := keyed(model.KindTeam, "t")
	errs = ValidateComponent("p", model.Component{Key: "pool", RateKind: model.RatePool, TeamID: &team, MeasureID: keyed(model.KindMeasure, "m"), Payout: model.PeriodMonth, Fund: "toDate()", Weight: "prior(1)"})
	if got := paths(errs); got != "NOT_SUPPORTED p.fund; NOT_SUPPORTED p.weight" && got != "NOT_SUPPORTED p.weight; NOT_SUPPORTED p.fund" {
		t.Errorf("got %s", got)
	}
}
