package scenario

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

const setRates = `mutation($input: SetFXRatesInput!) { setFXRates(input: $input) {
	rates { id fromCurrency toCurrency date rate version } userErrors { path code message } sequence } }`

func rate(from, to, date, value string) map[string]any {
	return map[string]any{"fromCurrency": from, "toCurrency": to, "date": date, "rate": value}
}

// dirty lists the days that are marked for every payee since the last call.
func dirty(t *testing.T, h *harness.Harness) (days []string) {
	t.Helper()
	owner(t, h, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `DELETE FROM dirty WHERE payee_id = '00000000-0000-0000-0000-000000000000' RETURNING from_date || ' ' || to_date`)
		if err != nil {
			return err
		}
		days, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return days
}

func TestFXRates(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	first := h.Do(admin, setRates, input("rates", []any{
		rate("EUR", "USD", "2026-01-02", "1.0345678901"), rate("EUR", "USD", "2026-01-01", "1.03"), rate("USD", "EUR", "2026-01-01", "0.97"),
	})).List("setFXRates", "rates")
	if got := first[0].String("rate"); got != "1.0345678901" {
		t.Errorf("the rate came back as %s", got)
	}
	harness.Same(t, "the marks", dirty(t, h), "2026-01-01 9999-12-31")

	before := changes(t, h)
	again := h.Do(admin, setRates, input("rates", []any{rate("EUR", "USD", "2026-01-01", "1.0300"), rate("EUR", "USD", "2026-01-02", "1.0345678901")})).List("setFXRates", "rates")
	harness.Same(t, "the same again", harness.Texts(again, "id"), first[1].String("id"), first[0].String("id"))
	if n := changes(t, h) - before; n != 0 {
		t.Errorf("rates that stay wrote %d changes", n)
	}
	harness.Same(t, "no marks", dirty(t, h))

	mixed := h.Do(admin, setRates, input("rates", []any{rate("EUR", "USD", "2026-01-01", "1.03"), rate("EUR", "USD", "2026-01-02", "1.04")})).List("setFXRates", "rates")
	if a, b := mixed[0].At("version").V, mixed[1].At("version").V; a != 1.0 || b != 2.0 {
		t.Errorf("versions %v and %v", a, b)
	}
	if n := changes(t, h) - before; n != 1 {
		t.Errorf("one changed rate wrote %d changes", n)
	}
	harness.Same(t, "the mark of what changed", dirty(t, h), "2026-01-02 9999-12-31")

	got := h.Do(admin, `{ fxRates(where: {fromCurrencies: ["EUR"], toCurrencies: ["USD", "GBP"], date: {gte: "2026-01-02"}}) { totalCount nodes { date rate } } }`, nil)
	harness.Same(t, "filtered", harness.Texts(got.List("fxRates", "nodes"), "rate"), "1.04")
	testPaging(t, h, admin, "fxRates", "id", "")
}

func TestFXRateRefusals(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	harness.Same(t, "wrong rates", h.Refused(admin, setRates, input("rates", []any{
		rate("EUR", "EUR", "2026-01-01", "1"), rate("EUR", "USD", "2026-01-01", "0"), rate("EUR", "USD", "2026-01-01", "-1"), rate("USD", "EUR", "2026-01-01", "1"),
	})), "input.rates.0.toCurrency INVALID", "input.rates.1.rate INVALID", "input.rates.2.rate INVALID", "input.rates.2 DUPLICATE_INPUT")
	if n := h.Do(admin, `{ fxRates { totalCount } }`, nil).At("fxRates", "totalCount").V; n != 0.0 {
		t.Errorf("a refused call wrote %v rates", n)
	}
	harness.Same(t, "none", h.Refused(admin, setRates, input("rates", []any{})), "input.rates REQUIRED")
	var many []any
	for i := range 251 {
		many = append(many, rate("EUR", "USD", fmt.Sprintf("2026-%02d-%02d", i/28+1, i%28+1), "1.1"))
	}
	harness.Same(t, "too many", h.Refused(admin, setRates, input("rates", many)), "input.rates TOO_MANY")
	if n := len(h.Do(admin, setRates, input("rates", many[:250])).List("setFXRates", "rates")); n != 250 {
		t.Errorf("%d rates were set", n)
	}
	if code := h.Denied(admin, setRates, input("rates", []any{rate("EUR", "USD", "2026-01-01", "1.00000000001")})); code != "BAD_USER_INPUT" {
		t.Errorf("11 decimals gave %q", code)
	}
	if code := h.Denied(h.Token(nil, model.RoleRep), setRates, input("rates", many[:1])); code != "FORBIDDEN" {
		t.Errorf("a rep's setFXRates gave %q", code)
	}
}
