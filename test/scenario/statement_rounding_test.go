package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestStatementRounding publishes plans that round the statement, and reads what
// falls to each earning; a late deal moves the cents.
func TestStatementRounding(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	flat := func(key string, more ...any) harness.Input {
		return with(harness.Input{"key": key, "name": key, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.05", "measureId": c.Own}, more...)
	}
	rules := harness.Input{"roundStage": "STATEMENT"}
	c.Plan("P1", harness.Input{"currency": "USD", "rules": rules, "components": []harness.Input{flat("a"), flat("b")}}, "ann")
	c.Plan("P2", harness.Input{"currency": "USD", "rules": rules, "components": []harness.Input{flat("c")}}, "ann")
	sold := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	want := func(amounts ...string) {
		t.Helper()
		h.Settle()
		got := []string{}
		for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { componentKey amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Period("2026-01")}).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s does not recompute", e.String("componentKey"))
			}
			got = append(got, e.String("componentKey")+" "+e.String("amount", "amount"))
		}
		harness.Same(t, "earned", got, amounts...)
	}
	c.Record(sold("D1", "2026-01-10", "30.50")) // 3 x 1.525 = 4.575, 4.58
	want("a 1.53", "b 1.53", "c 1.52")
	c.Record(sold("D2", "2026-01-11", "0.05")) // 3 x 1.5275 = 4.5825, 4.58
	want("a 1.53", "b 1.53", "c 1.52")
	c.Record(sold("D3", "2026-01-12", "0.05")) // 3 x 1.53 = 4.59
	want("a 1.53", "b 1.53", "c 1.53")
}

// TestTrueUpOnStatement publishes what is trued up over the quarter and rounded by
// the statement; a late deal of January moves the cents of later months.
func TestTrueUpOnStatement(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	trued := func(key string) harness.Input {
		return harness.Input{"key": key, "name": key, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "0.05", "measureId": c.Own}
	}
	c.Plan("P", harness.Input{"currency": "USD", "rules": harness.Input{"roundStage": "STATEMENT"}, "components": []harness.Input{trued("a"), trued("b")}}, "ann")
	sold := func(id, day, amount string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": "ann"}}}
	}
	want := func(amounts ...string) {
		t.Helper()
		h.Settle()
		got := []string{}
		for _, month := range []string{"2026-01", "2026-02", "2026-03"} {
			text := month
			for _, e := range h.Do(h.Admin(), `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { amount { amount } explanation { verified } } } }`, harness.Input{"p": c.Period(month)}).List("earnings", "nodes") {
				if e.At("explanation", "verified").V != true {
					t.Errorf("%s does not recompute", month)
				}
				text += " " + e.String("amount", "amount")
			}
			got = append(got, text)
		}
		harness.Same(t, "earned", got, amounts...)
		if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
			t.Errorf("broken laws %v, %v", found, err)
		}
	}
	c.Record(sold("D1", "2026-01-10", "30.50"), sold("D2", "2026-02-10", "30.50"), sold("D3", "2026-03-10", "30.50"))
	want("2026-01 1.53 1.52", "2026-02 1.52 1.53", "2026-03 1.53 1.52") // 1.525, 3.05 and 4.575 each: 3.05, 6.10, 9.15
	c.Record(sold("D0", "2026-01-05", "0.10"))
	want("2026-01 1.53 1.53", "2026-02 1.53 1.52", "2026-03 1.52 1.53") // 1.53, 3.055 and 4.58 each: 3.06, 6.11, 9.16
}
