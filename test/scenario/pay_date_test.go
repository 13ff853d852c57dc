package scenario

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

const setPayDates = `mutation($input: SetPayDatesInput!) { setPayDates(input: $input) { periods { id name endDate payDate version } userErrors { path code message } } }`

// TestPayDates sets when periods are paid out, and clears it again.
func TestPayDates(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	c := h.NewCompany()
	admin := h.Admin()
	dirty(t, h)
	pay := func(period string, day any, more ...any) map[string]any {
		return input(append([]any{"periodId", c.Period(period), "payDate", day}, more...)...)["input"].(map[string]any)
	}
	set := func(all ...any) (out []string) {
		for _, p := range h.Do(admin, setPayDates, input("payDates", all)).List("setPayDates", "periods") {
			out = append(out, p.String("name")+" "+p.String("endDate")+" "+p.String("payDate"))
		}
		return out
	}
	harness.Same(t, "two set", set(pay("2026-02", "2026-03-15"), pay("2026-Q2", "2026-07-31")), "2026-02 2026-02-28 2026-03-15", "2026-Q2 2026-06-30 2026-07-31")
	harness.Same(t, "marks", dirty(t, h), "2026-02-01 9999-12-31")
	before := changes(t, h)
	harness.Same(t, "the same again", set(pay("2026-02", "2026-03-15"), pay("2026-03", "2026-03-31")), "2026-02 2026-02-28 2026-03-15", "2026-03 2026-03-31 2026-03-31")
	if n := changes(t, h) - before; n != 0 {
		t.Errorf("pay dates that stay wrote %d changes", n)
	}
	harness.Same(t, "no marks", dirty(t, h))

	// A rate of the pay date, or of a day before it, bears on the period that has ended.
	h.Do(admin, setRates, input("rates", []any{rate("EUR", "USD", "2026-03-15", "1.1")}))
	harness.Same(t, "a rate of the pay date", dirty(t, h), "2026-02-01 9999-12-31")
	h.Do(admin, setRates, input("rates", []any{rate("EUR", "USD", "2026-08-01", "1.2")}))
	harness.Same(t, "a rate after all of them", dirty(t, h), "2026-08-01 9999-12-31")

	harness.Same(t, "cleared", set(pay("2026-02", nil, "ifVersion", 2)), "2026-02 2026-02-28 2026-02-28")
	harness.Same(t, "marks of clearing", dirty(t, h), "2026-02-01 9999-12-31")

	harness.Same(t, "refused", h.Refused(admin, setPayDates, input("payDates", []any{
		pay("2026-02", "2026-01-31"), pay("2026-03", "2027-04-02"), pay("2026-03", "2026-04-01"), pay("2026-04", "2026-05-01", "ifVersion", 7), input("periodId", "period_none")["input"],
	})), "input.payDates.2 DUPLICATE_INPUT", "input.payDates.0.payDate INVALID", "input.payDates.1.payDate INVALID", "input.payDates.3.ifVersion CONFLICT", "input.payDates.4.periodId NOT_FOUND")
	harness.Same(t, "none", h.Refused(admin, setPayDates, input("payDates", []any{})), "input.payDates REQUIRED")
	owner(t, h, func(tx pgx.Tx) error {
		_, err := tx.Exec(t.Context(), "UPDATE period SET status = 'CLOSED' WHERE name = '2026-01'")
		return err
	})
	harness.Same(t, "a closed period", h.Refused(admin, setPayDates, input("payDates", []any{pay("2026-01", "2026-02-15")})), "input.payDates.0.periodId PERIOD_CLOSED")
	if code := h.Denied(h.Token(nil, model.RoleRep), setPayDates, input("payDates", []any{pay("2026-02", "2026-03-15")})); code != "FORBIDDEN" {
		t.Errorf("a rep's setPayDates gave %q", code)
	}
}

// TestPaidAtPayDate: what is converted at the pay date is provisional until its
// rate is known, and follows the pay date; a plan's own rate follows no day.
func TestPaidAtPayDate(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "EUR", "")
	flat := func(key string) harness.Input {
		return harness.Input{"key": key, "name": key, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "measureId": c.Own}
	}
	c.Plan("DATED", harness.Input{"currency": "USD", "rules": harness.Input{"fxPlanToPay": "PAY_DATE"}, "components": []harness.Input{flat("dated")}}, "ann")
	c.Plan("STATED", harness.Input{"currency": "USD", "rules": harness.Input{"fxPlanToPay": "PLAN_RATE", "planRates": []harness.Input{{"fromCurrency": "USD", "toCurrency": "EUR", "rate": "0.50"}}}, "components": []harness.Input{flat("stated")}}, "ann")
	c.Record(harness.Input{"source": "test", "externalId": "D", "kind": "BOOKING", "eventDate": "2026-01-10", "amount": "1000", "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}})
	rates := func(all ...any) { h.Do(h.Admin(), setRates, input("rates", all)) }
	want := func(dated, stated string) {
		t.Helper()
		h.Settle()
		for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { componentKey why provisional amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Period("2026-01")}).List("earnings", "nodes") {
			got := e.String("amount", "amount") + " " + e.String("why")
			if e.At("provisional").V == true {
				got += " provisional"
			}
			if of := map[string]string{"dated": dated, "stated": stated}[e.String("componentKey")]; got != of || e.At("explanation", "verified").V != true {
				t.Errorf("%s is %s, want %s", e.String("componentKey"), got, of)
			}
		}
	}
	want("0.00 PROBLEM", "50.00 PAID")
	rates(rate("USD", "EUR", "2026-01-10", "0.8"))
	want("80.00 PAID provisional", "50.00 PAID")
	rates(rate("USD", "EUR", "2026-01-31", "0.9"))
	want("90.00 PAID", "50.00 PAID")
	h.Do(h.Admin(), setPayDates, input("payDates", []any{map[string]any{"periodId": c.Period("2026-01"), "payDate": "2026-02-20"}}))
	want("90.00 PAID provisional", "50.00 PAID")
	rates(rate("USD", "EUR", "2026-02-20", "0.7"))
	want("70.00 PAID", "50.00 PAID")
	version := h.Do(h.Admin(), `{ planVersions { nodes { rules { fxPlanToPay planRates { fromCurrency toCurrency rate } } } } }`, nil).At("planVersions", "nodes", 1, "rules")
	if version.String("planRates", 0, "toCurrency") != "EUR" || version.String("planRates", 0, "rate") != "0.5" {
		t.Errorf("the version reads %v", version.V)
	}
	plan := c.Make("createPlan", "plan", harness.Input{"externalId": "P", "name": "P"})
	harness.Same(t, "refused", h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": c.Calendar, "currency": "USD", "components": []harness.Input{flat("c")},
		"rules": harness.Input{"fxCreditToPlan": "PLAN_RATE", "planRates": []harness.Input{{"fromCurrency": "USD", "toCurrency": "EUR", "rate": "1"}, {"fromCurrency": "EUR", "toCurrency": "USD", "rate": "0"}}},
	}}), "input.rules.planRates.0 INVALID", "input.rules.planRates.1.rate INVALID")
}
