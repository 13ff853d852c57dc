package scenario

import (
	"reflect"
	"slices"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestReturnsGoBackToTheirSale is what the engine knows of a sale that a return
// takes back, from the API to the cent: the rate at which it was paid, and
// whether it counted at all.
func TestReturnsGoBackToTheirSale(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	tiers := c.Make("createRateTable", "rateTable", harness.Input{"key": "TIERS", "name": "Tiers", "version": harness.Input{
		"dimension": "MEASURE", "cellKind": "RATE", "rows": []harness.Input{{"from": "0", "to": "10000", "cell": "0.05"}, {"from": "10000", "cell": "0.1"}},
	}})
	plan := c.Plan("AE", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "unsplit", "measureId": c.Own, "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": tiers},
		{"key": "spif", "measureId": c.Own, "payout": "QUARTER", "startDate": "2026-02-01", "endDate": "2026-02-10", "rateKind": "RATE_ON_VALUE", "rate": "0.01"},
	}}, "ann")
	if refused := h.Refused(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"planId": plan, "number": 2, "startDate": "2026-07-01", "calendarId": c.Calendar, "currency": "USD",
		"components": []harness.Input{{"key": "spif", "measureId": c.Own, "payout": "QUARTER", "startDate": "2026-08-02", "endDate": "2026-08-01", "rateKind": "RATE_ON_VALUE", "rate": "0.01"}},
	}}); len(refused) != 1 || refused[0] != "input.components.0.endDate INVALID" {
		t.Errorf("a SPIF that ends before it begins is refused with %v", refused)
	}
	sold := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	back := func(id, day, amount, of string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "RETURN", "eventDate": day, "amount": amount, "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": of}}
	}
	c.Record(sold("S1", "2026-01-10", "6000"), sold("S2", "2026-02-05", "6000"))
	c.Record(back("R1", "2026-02-07", "-2000", "S1"), back("R2", "2026-03-07", "-3000", "S2"))
	h.Settle()
	for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {in: [$p]}}, first: 50) { nodes { componentKey amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Period("2026-Q1")}).List("earnings", "nodes") {
		want := map[string]string{
			"unsplit": "500.00", // 6,000 x 5% + 6,000 x 10%, less 2,000 x 5% and 3,000 x 10%
			"spif":    "30.00",  // 6,000 x 1%, less 3,000 x 1%: S1 was sold before it
		}[e.String("componentKey")]
		if got := e.String("amount", "amount"); got != want || e.At("explanation", "verified").V != true {
			t.Errorf("%s earns %s, want %s", e.String("componentKey"), got, want)
		}
	}
}

// TestFactsAreWhole: what a calculation reads of a transaction is all that was
// recorded, but for what only crediting and the archive need.
func TestFactsAreWhole(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	payee := c.Hire("ann", "Ann", "USD", "")
	sale := harness.Input{
		"source": "test", "externalId": "S1", "orderId": "O1", "line": "L1", "kind": "BOOKING", "eventDate": "2026-01-10", "bookedDate": "2026-01-11", "invoicedDate": "2026-01-12", "paidDate": "2026-01-13", "goLiveDate": "2026-01-14",
		"amount": "6000.5", "currency": "USD", "quantity": "3", "margin": "12.25", "sequence": "7", "sourceRevision": "3",
		"attributes": []harness.Input{{"name": "channel", "value": "web"}}, "sellers": []harness.Input{{"payee": "ann"}},
	}
	back := harness.Input{"source": "test", "externalId": "R1", "kind": "RETURN", "eventDate": "2026-02-07", "amount": "-2000", "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": "S1"}}
	c.Record(sale)
	c.Record(back)
	h.Settle()
	point, err := h.Service.Store.ReadPoint(t.Context(), h.Tenant, nil)
	if err != nil {
		t.Fatal(err)
	}
	scope := model.Unbounded(h.Tenant, point)
	facts, err := h.Service.Store.CreditFacts(t.Context(), scope, []model.ID{payee}, model.Always)
	if err != nil {
		t.Fatal(err)
	}
	if len(facts[payee]) != 2 {
		t.Fatalf("%d facts", len(facts[payee]))
	}
	for _, f := range facts[payee] {
		recorded, err := h.Service.Store.TransactionsByID(t.Context(), scope, []model.ID{f.Transaction.ID})
		if err != nil {
			t.Fatal(err)
		}
		if f.Reversal { // it names no order: it is of its sale's
			recorded[f.Transaction.ID].OrderID = "O1"
		}
		want, got := reflect.ValueOf(*recorded[f.Transaction.ID]), reflect.ValueOf(*f.Transaction)
		for i := range want.NumField() {
			name := want.Type().Field(i).Name
			left := slices.Contains([]string{"Sellers", "SourceRevision", "Revision", "ContentHash", "RecordedAt"}, name)
			if left || name == "Attributes" && want.Field(i).Len()+got.Field(i).Len() == 0 {
				continue
			}
			if !reflect.DeepEqual(want.Field(i).Interface(), got.Field(i).Interface()) {
				t.Errorf("%s: %s is read as %v, and was recorded as %v", f.Transaction.ExternalID, name, got.Field(i), want.Field(i))
			}
		}
	}
}
