package scenario

import (
	"testing"

	"spm/test/harness"
)

const createTypedCalendar = `mutation($input: CreateFiscalCalendarInput!) { createFiscalCalendar(input: $input) {
	calendar { id periodTypes weekStart pattern } userErrors { path code message } } }`

// TestPeriodTypes opens years of weeks and of half months.
func TestPeriodTypes(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	retail := h.Do(admin, createTypedCalendar, input("externalId", "retail", "name", "Retail", "startMonth", 2, "periodTypes", []string{"YEAR", "WEEK", "QUARTER", "MONTH"}, "weekStart", "SUNDAY", "pattern", "WEEKS_4_4_5")).At("createFiscalCalendar", "calendar")
	if retail.String("periodTypes", 0) != "WEEK" || retail.String("periodTypes", 3) != "YEAR" || retail.String("weekStart") != "SUNDAY" || retail.String("pattern") != "WEEKS_4_4_5" {
		t.Errorf("the calendar reads %v", retail.V)
	}
	opened := h.Do(admin, openYear, input("calendarId", retail.String("id"), "fiscalYear", 2026)).List("openFiscalYear", "periods")
	harness.Same(t, "the first and the last", spans(append(opened[:5:5], opened[len(opened)-1])),
		"2026-W01 2025-02-02 2025-02-08", "2026-M01 2025-02-02 2025-03-01", "2026-Q1 2025-02-02 2025-05-03", "2026 2025-02-02 2026-01-31", "2026-W02 2025-02-09 2025-02-15", "2026-W52 2026-01-25 2026-01-31")
	before := changes(t, h)
	h.Do(admin, openYear, input("calendarId", retail.String("id"), "fiscalYear", 2026))
	if n := changes(t, h) - before; n != 0 {
		t.Errorf("opening it again wrote %d changes", n)
	}
	usual := h.Do(admin, createTypedCalendar, input("externalId", "usual", "name", "Usual")).At("createFiscalCalendar", "calendar")
	if usual.String("pattern") != "MONTHS" || usual.At("weekStart").V != nil || len(usual.List("periodTypes")) != 4 {
		t.Errorf("a calendar that names none reads %v", usual.V)
	}
	halves := h.Do(admin, createTypedCalendar, input("externalId", "halves", "name", "Halves", "periodTypes", []string{"SEMI_MONTHLY", "YEAR"})).String("createFiscalCalendar", "calendar", "id")
	harness.Same(t, "half months", spans(h.Do(admin, openYear, input("calendarId", halves, "fiscalYear", 2026)).List("openFiscalYear", "periods")[:3]),
		"2026-01-A 2026-01-01 2026-01-15", "2026 2026-01-01 2026-12-31", "2026-01-B 2026-01-16 2026-01-31")

	harness.Same(t, "refused", h.Refused(admin, createTypedCalendar, input("externalId", "x", "name", "X", "periodTypes", []string{"MONTH", "SEMI_MONTHLY", "MONTH"}, "pattern", "WEEKS_5_4_4")),
		"input.periodTypes.2 DUPLICATE_INPUT", "input.periodTypes REQUIRED", "input.weekStart REQUIRED", "input.periodTypes.1 INVALID")
}

// TestPaidByTheWeek: a week belongs to the month in which it ends, in what is
// measured, in statements and in runs.
func TestPaidByTheWeek(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	calendar := c.Make("createFiscalCalendar", "calendar", harness.Input{"externalId": "WEEKS", "name": "Weeks", "periodTypes": []string{"WEEK", "MONTH", "YEAR"}, "weekStart": "MONDAY"})
	year := h.Do(h.Admin(), openYear, input("calendarId", calendar, "fiscalYear", 2026)).List("openFiscalYear", "periods")
	ids := map[string]string{}
	for _, p := range year {
		ids[p.String("name")] = p.String("id")
	}
	ann := c.Hire("ann", "Ann", "USD", "")
	component := harness.Input{"key": "a", "payout": "WEEK", "window": "MONTH", "settlement": "TRUE_UP", "rateKind": "BONUS", "bonus": []harness.Input{{"at": "1", "amount": "100"}}, "bonusLevels": "HIGHEST", "measureId": c.Own}
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "Q", "name": "Q"})
	harness.Same(t, "refused", h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": []harness.Input{component, with(component, "key", "b", "payout", "MONTH", "window", "WEEK", "settlement", nil)},
	}}), "input.components.0.payout INVALID", "input.components.1.window INVALID")
	c.Plan("WEEKLY", harness.Input{"currency": "USD", "calendarId": calendar, "components": []harness.Input{component}}, "ann")
	quota := harness.Input{"positionId": c.Positions["ann"], "measureId": c.Own, "amount": "1000"}
	h.Do(h.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path code message } } }`, harness.Input{"q": []harness.Input{with(quota, "periodId", ids["2026-01"]), with(quota, "periodId", ids["2026-02"])}})
	deal := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	// The 28th of January is in the week that ends on the 1st of February.
	c.Record(deal("D1", "2026-01-10", "900"), deal("D2", "2026-01-28", "600"), deal("D3", "2026-02-10", "400"))
	h.Settle()
	statement := func(month string) (out []string) {
		answer := h.Do(h.Admin(), `query($p: ID!, $m: ID!) { statement(payeeId: $p, periodId: $m) { earnings(first: 100) { nodes { period { name } amount { amount } explanation { verified } } } } }`, harness.Input{"p": ann.String(), "m": ids[month]})
		for _, e := range answer.List("statement", "earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s does not recompute", e.String("period", "name"))
			}
			out = append(out, e.String("period", "name")+" "+e.String("amount", "amount"))
		}
		return out
	}
	harness.Same(t, "January", statement("2026-01"), "2026-W01 0.00", "2026-W02 0.00", "2026-W03 0.00", "2026-W04 0.00")
	harness.Same(t, "February", statement("2026-02"), "2026-W05 0.00", "2026-W06 0.00", "2026-W07 100.00", "2026-W08 0.00")
}
