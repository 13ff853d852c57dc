package scenario

import (
	"testing"

	"spm/model"
	"spm/test/harness"
)

const setOpenings = `mutation($i: SetOpeningEntriesInput!) { setOpeningEntries(input: $i) { written openingEntries { externalId releaseOn } userErrors { path code message } } }`

// TestOpeningHeld: what is held at go-live says from which day on it is payable,
// and is paid in that month: 500 with 20 February.
func TestOpeningHeld(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-02-10", "1000"))
	entry := func(account string, more ...any) harness.Input {
		in := harness.Input{"externalId": "O1", "payeeId": c.Payees["ann"], "periodId": c.Period("2026-01"), "account": account, "amount": harness.Input{"amount": "500", "currency": "USD"}}
		for i := 0; i+1 < len(more); i += 2 {
			in[more[i].(string)] = more[i+1]
		}
		return harness.Input{"i": harness.Input{"entries": []harness.Input{in}}}
	}
	harness.Same(t, "no day", h.Refused(h.Admin(), setOpenings, entry("HELD")), "input.entries.0.releaseOn REQUIRED")
	harness.Same(t, "a day of what is payable", h.Refused(h.Admin(), setOpenings, entry("PAYABLE", "releaseOn", "2026-02-20")), "input.entries.0.releaseOn INVALID")
	if code := h.Denied(h.Token(nil, model.RoleRep), setOpenings, entry("HELD", "releaseOn", "2026-02-20")); code != "FORBIDDEN" {
		t.Errorf("a rep's setOpeningEntries gave %q", code)
	}
	set := h.Do(h.Admin(), setOpenings, entry("HELD", "releaseOn", "2026-02-20")).List("setOpeningEntries", "openingEntries")
	if len(set) != 1 || set[0].String("releaseOn") != "2026-02-20" {
		t.Errorf("set: %v", set)
	}
	reads(t, "January", b.ledger("ann", "2026-01"), "OPENING 500.00 = 0; HELD 500.00")
	reads(t, "February", b.ledger("ann", "2026-02"), "EARNED 100.00, RELEASE 500.00 = 600.00")
	b.verify(t)
}

// TestOpeningEarned: a company goes live in July in the middle of a year of 5% to
// 100,000 and 10% from there on. 90,000 were sold before and 4,500 paid for it
// elsewhere: the 30,000 of July earn 5% of 10,000 and 10% of 20,000, which are
// 2,500, and the 10,000 of August 1,000. A minimum of 2,600 a month misses 100.
func TestOpeningEarned(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	table := c.Tiers("T", model.ByMeasure, [3]string{"0", "100000", "0.05"}, [3]string{"100000", "", "0.1"})
	c.Plan("REPS", harness.Input{
		"currency": "USD", "guarantees": []harness.Input{{"key": "least", "name": "Minimum", "amount": "2600", "per": "MONTH"}},
		"components": []harness.Input{{
			"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "TIERED", "rateTableId": table, "tierMode": "MARGINAL",
			"startDate": "2026-07-01",
		}},
	}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("BEFORE", "ann", "2026-07-01", "90000"), b.sale("D1", "ann", "2026-07-10", "30000"), b.sale("D2", "ann", "2026-08-10", "10000"))
	h.Do(h.Admin(), setOpenings, harness.Input{"i": harness.Input{"entries": []harness.Input{{
		"externalId": "O1", "payeeId": c.Payees["ann"], "periodId": c.Period("2026-07"), "account": "EARNED", "amount": harness.Input{"amount": "4500", "currency": "USD"},
	}}}})
	reads(t, "July", b.ledger("ann", "2026-07"), "EARNED 7000.00, OPENING 4500.00, GUARANTEE_TOP_UP 100.00 = 2600.00")
	reads(t, "August", b.ledger("ann", "2026-08"), "EARNED 1000.00, GUARANTEE_TOP_UP 1600.00 = 2600.00")
	b.verify(t)
}
