package calc

import (
	"strings"
	"testing"

	"spm/model"
)

// TestCurrencies: two dated steps, credit to plan and plan to pay.
func TestCurrencies(t *testing.T) {
	t.Parallel()
	rates := []sceneFX{
		{"EUR", "USD", date("2026-01-05"), "1.1"}, {"EUR", "USD", date("2026-03-31"), "1.2"},
		{"USD", "GBP", date("2026-01-05"), "0.8"}, {"USD", "GBP", date("2026-03-31"), "0.75"}, {"USD", "JPY", date("2026-01-05"), "155.55"},
		{"EUR", "USD", date("2026-04-15"), "1.3"}, {"USD", "GBP", date("2026-04-15"), "0.8"},
	}
	payDate := model.PlanRules{FXCreditToPlan: model.FXPayDate, FXPlanToPay: model.FXPayDate}
	planRates := model.PlanRules{FXCreditToPlan: model.FXPlanRate, FXPlanToPay: model.FXPlanRate, PlanRates: []model.PlanRate{{FromCurrency: "EUR", ToCurrency: "USD", Rate: dec("2")}, {FromCurrency: "USD", ToCurrency: "GBP", Rate: dec("0.7")}}}
	euros := func(days ...string) []sceneCredit {
		out := sold("100", "100", "100")[:len(days)]
		for i := range out {
			out[i].Date, out[i].Currency = date(days[i]), "EUR"
		}
		return out
	}
	flat := &sceneComponent{Rate: "0.1"}
	points := map[string]string{"POINTS": "POINTS"}
	for _, c := range []struct {
		name        string
		scene       scene
		want        string
		measure     string
		provisional bool
	}{
		{"no step between equal currencies", scene{Component: flat, Credits: sold("100")}, "10", "100", false},
		{"credit to plan on its day", scene{Component: flat, Credits: euros("2026-01-05")}, "11", "110", false},
		{"the latest known is provisional", scene{Component: flat, Credits: euros("2026-01-20")}, "11", "110", true},
		{"plan to pay", scene{Pay: "GBP", Component: flat, Credits: sold("100")}, "8", "100", false},
		{"both", scene{Pay: "GBP", Component: flat, Credits: euros("2026-01-05")}, "8.8", "110", false},
		{"at the period's end", scene{Pay: "GBP", Component: flat, Rules: model.PlanRules{FXCreditToPlan: model.FXPeriodEnd, FXPlanToPay: model.FXPeriodEnd}, Credits: euros("2026-01-20")}, "9", "120", false},
		{"at the pay date", scene{Pay: "GBP", Component: flat, Rules: payDate, PayDates: map[string]model.Date{"2026-Q1": date("2026-04-15")}, Credits: euros("2026-01-20")}, "10.4", "130", false},
		{"the pay date is the last day where none is set", scene{Pay: "GBP", Component: flat, Rules: payDate, Credits: euros("2026-01-20")}, "9", "120", false},
		{"the pay date's rate is not known yet", scene{Pay: "GBP", Component: flat, Rules: payDate, PayDates: map[string]model.Date{"2026-Q1": date("2026-04-20")}, Credits: euros("2026-01-20")}, "10.4", "130", true},
		{"by the plan's own rates", scene{Pay: "GBP", Component: flat, Rules: planRates, Credits: euros("2026-01-20")}, "14", "200", false},
		{"a bonus by the plan's own rate", scene{Pay: "GBP", Rules: planRates, Quota: "1", Component: &sceneComponent{Bonus: [][2]string{{"1", "1000"}}}, Credits: sold("100")}, "700", "100", false},
		{"a reversal takes the rate of its sale", scene{Component: flat, Credits: []sceneCredit{{ID: "R", Date: date("2026-03-31"), FXDate: datep("2026-01-05"), Amount: "-100", Currency: "EUR", Reversal: true}}}, "-11", "-110", false},
		{"rounded to the minor unit of pay", scene{Pay: "JPY", Component: flat, Credits: sold("100.07")}, "1557", "100.07", false},
		{"a bonus takes the last day's", scene{Pay: "GBP", Quota: "1", Component: &sceneComponent{Bonus: [][2]string{{"1", "1000"}}}, Credits: sold("100")}, "750", "100", false},
		{"points are not converted", scene{Types: points, Component: flat, Credits: []sceneCredit{{ID: "T", Date: date("2026-01-05"), Amount: "50", Currency: "EUR", Type: "POINTS"}}}, "5", "50", false},
		{"quantities are not converted", scene{Measures: []sceneMeasure{{Key: "units", Value: model.ValueQuantity}}, Component: &sceneComponent{Measure: "units", Rate: "2"}, Credits: []sceneCredit{{ID: "T", Date: date("2026-01-05"), Amount: "50", Quantity: "3", Currency: "EUR"}}}, "6", "3", false},
		{"what pays nothing needs no rate", scene{Pay: "EUR", Component: &sceneComponent{Rate: "0"}, Credits: sold("100")}, "0", "100", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.FX = rates
			e := s.only(t)
			if got := e.Amount.Amount.String(); got != c.want || e.Measure.String() != c.measure || e.Provisional != c.provisional {
				t.Errorf("earned %s on %s, provisional %t; want %s on %s, %t (%s)", got, e.Measure, e.Provisional, c.want, c.measure, c.provisional, e.Why)
			}
		})
	}
}

// TestNoRate: no inverse, no third currency, no rate of a later day.
func TestNoRate(t *testing.T) {
	t.Parallel()
	credit := []sceneCredit{{ID: "T", Date: date("2026-01-20"), Amount: "100", Currency: "EUR"}}
	for name, rates := range map[string][]sceneFX{
		"none":       nil,
		"inverse":    {{"USD", "EUR", date("2026-01-01"), "0.9"}},
		"via pounds": {{"EUR", "GBP", date("2026-01-01"), "0.9"}, {"GBP", "USD", date("2026-01-01"), "1.2"}},
		"later":      {{"EUR", "USD", date("2026-01-21"), "1.1"}},
	} {
		s := scene{Component: &sceneComponent{Rate: "0.1"}, FX: rates, Credits: credit}
		r := s.run(t)
		if len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemNoFXRate || !strings.Contains(r.Problems[0].Detail, "EUR to USD on or before 2026-01-20") {
			t.Errorf("%s: got %+v", name, r.Problems)
		}
	}
}

// TestNoPlanRate: a version's own rate is neither inverted nor looked for in the
// table.
func TestNoPlanRate(t *testing.T) {
	t.Parallel()
	for name, stated := range map[string][]model.PlanRate{
		"none":     nil,
		"inverse":  {{FromCurrency: "USD", ToCurrency: "EUR", Rate: dec("0.5")}},
		"zero":     {{FromCurrency: "EUR", ToCurrency: "USD"}},
		"negative": {{FromCurrency: "EUR", ToCurrency: "USD", Rate: dec("-2")}},
	} {
		s := scene{
			Rules: model.PlanRules{FXCreditToPlan: model.FXPlanRate, PlanRates: stated}, FX: []sceneFX{{"EUR", "USD", date("2026-01-01"), "1.1"}},
			Component: &sceneComponent{Rate: "0.1"}, Credits: []sceneCredit{{ID: "T", Date: date("2026-01-20"), Amount: "100", Currency: "EUR"}},
		}
		r := s.run(t)
		if len(r.Problems) != 1 || r.Problems[0].Code != model.ProblemNoFXRate || !strings.Contains(r.Problems[0].Detail, "version 1 of the plan plan") {
			t.Errorf("%s: got %+v", name, r.Problems)
		}
	}
}

// TestPlanRatesOfVersions: each credit is converted by the version that it is
// rated by; a return as its sale was, where it is of that version.
func TestPlanRatesOfVersions(t *testing.T) {
	t.Parallel()
	cut := date("2026-02-01")
	rules := func(rate string) *model.PlanRules {
		return &model.PlanRules{FXCreditToPlan: model.FXPlanRate, PlanRates: []model.PlanRate{{FromCurrency: "EUR", ToCurrency: "USD", Rate: dec(rate)}}}
	}
	components := []sceneComponent{{Rate: "0.1"}}
	s := scene{
		Versions: []sceneVersion{{To: &cut, Rules: rules("2"), Components: components}, {From: &cut, Rules: rules("3"), Components: components}},
		Credits: []sceneCredit{
			{ID: "A", Date: date("2026-01-20"), Amount: "100", Currency: "EUR"}, {ID: "B", Date: date("2026-02-20"), Amount: "100", Currency: "EUR"},
		},
	}
	e := s.only(t)
	if e.Amount.Amount.String() != "50" || e.Measure.String() != "500" { // 100 x 2 + 100 x 3 = 500; x 0.1
		t.Errorf("earned %s on %s, want 50 on 500", e.Amount.Amount, e.Measure)
	}
	forged := e.Trace.packed()
	for i := range forged.Terms {
		if strings.HasPrefix(forged.Terms[i].Label, "EUR>USD") {
			forged.Terms[i].Label = "EUR>USD plan rate of plan version 1"
		}
	}
	if _, err := Verify(forged); err == nil || !strings.Contains(err.Error(), "rate of EUR>USD plan rate of plan version 1") {
		t.Errorf("two rates of one version: %v", err)
	}
}

func TestValidatePlanRates(t *testing.T) {
	t.Parallel()
	rate := func(from, to model.CurrencyCode, rate string) model.PlanRate {
		return model.PlanRate{FromCurrency: from, ToCurrency: to, Rate: dec(rate)}
	}
	both := model.PlanRules{FXCreditToPlan: model.FXPlanRate, FXPlanToPay: model.FXPlanRate}
	in := model.PlanRules{FXCreditToPlan: model.FXPlanRate}
	for name, c := range map[string]struct {
		rules model.PlanRules
		rates []model.PlanRate
		want  string
	}{
		"no step":        {model.PlanRules{}.WithDefaults(), nil, ""},
		"both":           {both, []model.PlanRate{rate("EUR", "USD", "1.1"), rate("USD", "EUR", "0.9")}, ""},
		"none stated":    {both, nil, "rules.planRates REQUIRED, rules.planRates REQUIRED"},
		"one missing":    {both, []model.PlanRate{rate("EUR", "USD", "1.1")}, "rules.planRates REQUIRED"},
		"no use":         {in, []model.PlanRate{rate("EUR", "USD", "1.1"), rate("USD", "EUR", "0.9")}, "rules.planRates.1 INVALID"},
		"not the plan's": {in, []model.PlanRate{rate("EUR", "USD", "1.1"), rate("EUR", "GBP", "0.9")}, "rules.planRates.1 INVALID"},
		"twice":          {in, []model.PlanRate{rate("EUR", "USD", "1.1"), rate("EUR", "USD", "1.2")}, "rules.planRates.1 DUPLICATE_INPUT"},
		"to itself":      {in, []model.PlanRate{rate("EUR", "USD", "1.1"), rate("USD", "USD", "1")}, "rules.planRates.1.toCurrency INVALID"},
		"zero":           {in, []model.PlanRate{rate("EUR", "USD", "0")}, "rules.planRates.0.rate INVALID"},
		"too fine":       {in, []model.PlanRate{rate("EUR", "USD", "0.00000000001")}, "rules.planRates.0.rate INVALID"},
		"too many":       {in, make([]model.PlanRate, 101), "rules.planRates TOO_MANY"},
	} {
		c.rules.PlanRates = c.rates
		var got []string
		for _, e := range ValidatePlanRates("rules", c.rules, "USD") {
			got = append(got, strings.Join(e.Path, ".")+" "+string(e.Code))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestFXTable(t *testing.T) {
	t.Parallel()
	rate := func(day, rate string) model.FXRate {
		return model.FXRate{From: "EUR", To: "USD", Date: date(day), Rate: dec(rate)}
	}
	table, err := newFXTable([]model.FXRate{rate("2026-01-03", "3"), rate("2026-01-01", "1"), rate("2026-01-02", "2")})
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]string{"2025-12-31": "", "2026-01-01": "1", "2026-01-02": "2", "2026-06-01": "3"} {
		point, found := table.latest(fxPair{"EUR", "USD"}, date(day))
		if found != (want != "") || found && point.rate.String() != want {
			t.Errorf("%s: got %v %t, want %q", day, point.rate, found, want)
		}
	}
	for name, rates := range map[string][]model.FXRate{
		"two of a day": {rate("2026-01-01", "1"), rate("2026-01-01", "1")},
		"zero":         {rate("2026-01-01", "0")},
		"negative":     {rate("2026-01-01", "-1")},
	} {
		if _, err := newFXTable(rates); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestReversalAtPeriodEnd: under PERIOD_END a reversal is converted at the end
// of its sale's period, not of its own.
func TestReversalAtPeriodEnd(t *testing.T) {
	t.Parallel()
	s := scene{
		Rules:     model.PlanRules{FXCreditToPlan: model.FXPeriodEnd},
		FX:        []sceneFX{{"EUR", "USD", date("2025-12-31"), "1.1"}, {"EUR", "USD", date("2026-03-31"), "1.5"}},
		Component: &sceneComponent{Rate: "0.1"},
		Credits:   []sceneCredit{{ID: "R", Date: date("2026-01-10"), FXDate: datep("2025-11-02"), Amount: "-100", Currency: "EUR", Reversal: true}},
	}
	if got := s.only(t).Amount.Amount.String(); got != "-11" {
		t.Errorf("earned %s, want -11", got)
	}
	s.Credits[0].FXDate = datep("2019-11-02") // of a period that the book does not have
	if got := s.only(t).Amount.Amount.String(); got != "-15" {
		t.Errorf("earned %s, want -15", got)
	}
}

// TestPayCurrency: the one in force on the assignment's last day in the window,
// else the nearest known before it, else after it, else the plan's.
func TestPayCurrency(t *testing.T) {
	t.Parallel()
	slice := func(from, to string, currency model.CurrencyCode) model.PayeeSlice {
		return model.PayeeSlice{Days: model.Interval{From: date(from), To: date(to)}, Currency: currency}
	}
	for name, c := range map[string]struct {
		slices []model.PayeeSlice
		want   model.CurrencyCode
	}{
		"changed within the window": {[]model.PayeeSlice{slice("2026-02-01", "2027-01-01", "EUR"), slice("2020-01-01", "2026-02-01", "GBP")}, "EUR"},
		"changed after it":          {[]model.PayeeSlice{slice("2020-01-01", "2026-04-01", "GBP"), slice("2026-04-01", "2027-01-01", "EUR")}, "GBP"},
		"known before":              {[]model.PayeeSlice{slice("2020-01-01", "2026-02-01", "GBP"), slice("2026-06-01", "2027-01-01", "EUR")}, "GBP"},
		"known after":               {[]model.PayeeSlice{slice("2026-06-01", "2027-01-01", "EUR"), slice("2027-01-01", "2028-01-01", "GBP")}, "EUR"},
		"not known":                 {nil, "USD"},
	} {
		s := scene{Component: &sceneComponent{Rate: "0.1"}}
		b := s.book()
		b.Payees[0].Slices = c.slices
		r := engineOf(t, b).Calculate(keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, "2026-Q1"), nil)
		if got := r.Earnings[0].Amount.Currency; got != c.want {
			t.Errorf("%s: paid in %s, want %s", name, got, c.want)
		}
	}
}
