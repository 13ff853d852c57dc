package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestCapOfEachPeriod publishes a component that is trued up over the year under a
// cap of each month, sells, returns and takes a leave, and reads what each month
// pays: late facts change the later months.
func TestCapOfEachPeriod(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	trued := func(key, window, excess string) harness.Input {
		return harness.Input{"key": key, "name": key, "measureId": c.Own, "payout": "MONTH", "window": window, "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
			"adjustments": []harness.Input{{"kind": "CAP", "name": "a month", "per": "PERIOD", "amount": "100", "excess": excess}}}
	}
	c.Plan("CAPPED", harness.Input{"currency": "USD", "components": []harness.Input{trued("carried", "QUARTER", "CARRIED"), trued("lost", "YEAR", "FORFEITED")}}, "ann")
	sold := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	want := func(carried, lost string) {
		t.Helper()
		h.Settle()
		got := map[string]string{}
		for _, e := range h.Do(h.Admin(), `{ earnings(where: {periodTypes: [MONTH]}, first: 100) { nodes { componentKey period { name } amount { amount } explanation { verified } } } }`, nil).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s of %s does not recompute", e.String("componentKey"), e.String("period", "name"))
			}
			got[e.String("componentKey")+e.String("period", "name")] = e.String("amount", "amount")
		}
		for key, want := range map[string]string{"carried": carried, "lost": lost} {
			text := ""
			for _, month := range []string{"2026-01", "2026-02", "2026-03", "2026-04", "2026-05"} {
				text += got[key+month] + " "
			}
			if text != want+" " {
				t.Errorf("%s: got %s, want %s", key, text, want)
			}
		}
		if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("broken laws %v, %v", found, err)
		}
	}
	c.Record(sold("D1", "2026-01-10", "1500"), sold("D2", "2026-02-10", "300"), sold("D3", "2026-03-10", "1400"))
	// 150, 30, 140: of the quarter's 320 are 100 + 80 + 100 paid in it, and 40 in the next.
	want("100.00 80.00 100.00 40.00 0.00", "100.00 30.00 100.00 0.00 0.00")
	// A late deal of January adds 100, all of which is cut there.
	c.Record(sold("D0", "2026-01-05", "1000"))
	want("100.00 100.00 100.00 100.00 20.00", "100.00 30.00 100.00 0.00 0.00")
	// February falls by 150 - 30: it takes what was cut of January, or what was carried from it.
	c.Record(harness.Input{"source": "test", "externalId": "R1", "kind": "RETURN", "eventDate": "2026-02-20", "amount": "-1500", "currency": "USD", "relatesTo": harness.Input{"type": "REVERSES", "externalId": "D1"}})
	want("100.00 30.00 100.00 40.00 0.00", "100.00 0.00 100.00 0.00 0.00")
	// On leave from 17 February to 2 March: 16 of 28 days are 57.14, and 29 of 31 are 93.55.
	for _, change := range [][2]string{{"2026-02-17", "LEAVE_UNPAID"}, {"2026-03-03", "ACTIVE"}} {
		payee := h.Do(h.Admin(), `{ payees(where: {externalId: {eq: "ann"}}) { nodes { id version } } }`, nil).At("payees", "nodes", 0)
		if refused := h.Refused(h.Admin(), `mutation($i: UpdatePayeeInput!) { updatePayee(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{
			"id": payee.String("id"), "ifVersion": payee.At("version").V, "effectiveFrom": change[0], "status": change[1],
		}}); len(refused) > 0 {
			t.Fatalf("refused: %v", refused)
		}
	}
	want("100.00 30.00 93.55 46.45 0.00", "100.00 0.00 93.55 0.00 0.00")
}
