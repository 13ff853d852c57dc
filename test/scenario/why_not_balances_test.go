package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// owed is a company whose pay is held, taken back, lost, late, or spent before it
// is paid: Mia above Ann, Ben and Fay, Eve above Dan and Cid. Of a sale 40% is
// payable at once and the rest two months later; a SPIF waits for the quota.
func owed(t *testing.T) *books {
	h := harness.New(t)
	c := h.NewCompany()
	for _, hired := range [][2]string{{"mia", ""}, {"ann", "mia"}, {"ben", "mia"}, {"fay", "mia"}, {"eve", ""}, {"cid", "eve"}, {"dan", "eve"}} {
		c.Hire(hired[0], hired[0], "USD", hired[1])
	}
	commission := harness.Input{"key": "commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}
	c.Plan("REP", harness.Input{
		"currency": "USD", "rules": harness.Input{"returns": "CLAWBACK", "leaver": harness.Input{"holds": "FORFEIT"}}, "components": []harness.Input{
			with(commission, "release", []harness.Input{{"name": "at once", "share": "0.4", "trigger": "OFFSET"}, {"name": "later", "share": "0.6", "trigger": "OFFSET", "months": 2}},
				"clawbacks", []harness.Input{{"cause": "RETURN", "months": 6}}),
			{"key": "spif", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.01", "adjustments": []harness.Input{
				{"kind": "GATE", "name": "quota", "over": "COMPONENT", "condition": "attainment >= 1", "deferred": true}}},
		},
	}, "ann", "ben", "fay")
	c.Quota("ann", c.Own, "10000", "2026-01", "2026-02", "2026-03")
	c.Quota("ben", c.Own, "10000", "2026-01", "2026-02", "2026-03")
	c.Plan("ADVANCED", harness.Input{"currency": "USD", "draws": []harness.Input{{"key": "draw", "amount": "500"}}, "components": []harness.Input{commission}}, "cid")
	c.Plan("PLAIN", harness.Input{"currency": "USD", "components": []harness.Input{commission}}, "dan")
	b := newBooks(h, c)
	back := b.sale("R2", "ann", "2026-03-05", "-2000", "kind", "RETURN", "relatesTo", harness.Input{"type": "REVERSES", "externalId": "D2"})
	delete(back, "sellers")
	c.Record(
		b.sale("D1", "ann", "2026-01-10", "1000"), b.sale("D2", "ann", "2026-01-12", "2000"), back, b.sale("B1", "ben", "2026-01-10", "1000"), b.sale("F1", "fay", "2026-01-10", "1000"),
		b.sale("C1", "cid", "2026-01-10", "2000"), b.sale("C2", "cid", "2026-02-10", "9000"), b.sale("E1", "dan", "2026-02-10", "3000"),
	)
	adjust(c, "A1", "dan", "2026-01", "-100.00", "OVERPAID", "Overpaid")
	c.Status("ben", "2026-02-15", model.PayeeTerminated)
	h.Settle()
	return b
}

func ofComponent(c *harness.Company, payee, period, key string) harness.Input {
	return harness.Input{"component": harness.Input{"payeeId": c.Payees[payee].String(), "periodId": c.Period(period), "componentKey": key}}
}

// answers puts questions and compares what is answered, and a reason's numbers and
// words.
type answers []struct {
	question harness.Input
	want     string
	code     string
	numbers  string // value / bound of the reason of the code
	says     string
}

func (all answers) of(t *testing.T, h *harness.Harness, token string) {
	t.Helper()
	for _, q := range all {
		got, answer := asks(h, token, q.question)
		if got != q.want {
			t.Errorf("%v: %s, want %s: %v", q.question, got, q.want, answer.V)
			continue
		}
		if answer.V == nil {
			continue
		}
		for _, r := range answer.List("reasons") {
			if r.String("code") != q.code {
				continue
			}
			numbers := ""
			for _, field := range []string{"value", "bound"} {
				if r.At(field).V != nil {
					numbers += " " + r.String(field)
				}
			}
			if strings.TrimSpace(numbers) != q.numbers || !strings.Contains(r.String("text"), q.says) {
				t.Errorf("%v: %s says %s, %q; want %s, %q", q.question, q.code, numbers, r.String("text"), q.numbers, q.says)
			}
		}
	}
}

// TestWhyNotKnowsBalances asks after pay that is earned and not paid, or not any
// more.
func TestWhyNotKnowsBalances(t *testing.T) {
	t.Parallel()
	b := owed(t)
	c, h := b.c, b.h
	of := func(payee, sale, component string) harness.Input {
		return ofTransaction(sale, ofPayee(c.Payees[payee]), harness.Input{"componentKey": component})
	}
	answers{
		{of("ann", "D1", "commission"), "paid 100.00, HELD Statement", "HELD", "60 100", "60.00 USD of 100.00 USD is held at the end of 2026-01: later: until 2026-03-10"},
		{of("ann", "D1", "spif"), "paid 10.00, HELD Statement", "HELD", "10 10", "until the gate quota holds"},
		{of("ann", "D2", "commission"), "paid 200.00, HELD Statement, CLAWED_BACK Statement", "CLAWED_BACK", "200", "200.00 USD of it was taken back in 2026-03: the sale was returned"},
		{of("ben", "B1", "commission"), "paid 100.00, HELD Statement, FORFEITED Statement", "FORFEITED", "60", "60.00 USD of it was forfeited in 2026-02: the payee leaves"},
		{ofComponent(c, "ann", "2026-01", "commission"), "paid 300.00, HELD Statement, HELD Statement, CLAWED_BACK Statement", "CLAWED_BACK", "200", "2026-03"},
		{ofComponent(c, "cid", "2026-02", "commission"), "paid 900.00, RECOVERED Statement", "RECOVERED", "300", "300.00 USD of the pay of 2026-02 went to pay back advances"}, // 500 - 200 was advanced
		{of("cid", "C2", "commission"), "paid 900.00, RECOVERED Statement", "RECOVERED", "300", ""},
		{ofComponent(c, "cid", "2026-01", "commission"), "paid 200.00", "", "", ""},
		{ofComponent(c, "dan", "2026-02", "commission"), "paid 300.00, CARRIED Statement", "CARRIED", "100", "100.00 USD of the pay of 2026-02 went to what was owed from earlier periods"},
		{ofComponent(c, "fay", "2026-01", "commission"), "paid 100.00, HELD Statement, WITHHELD Statement", "WITHHELD", "", "withheld until all of it can be calculated"}, // her SPIF has no quota
	}.of(t, h, h.Admin())
	b.verify(t)
}

// TestWhyNotOfClosedPeriods asks after sales that came, or changed, once their
// month was closed.
func TestWhyNotOfClosedPeriods(t *testing.T) {
	t.Parallel()
	b := owed(t)
	c, h := b.c, b.h
	of := func(sale string, more ...harness.Input) harness.Input {
		return ofTransaction(sale, append(more, ofPayee(c.Payees["dan"]))...)
	}
	c.Record(b.sale("E0", "dan", "2026-01-05", "1000"))
	b.close(t, "2026-01")
	c.Record(b.sale("LATE", "dan", "2026-01-20", "500"), b.sale("E0", "dan", "2026-01-05", "1200", "sourceRevision", "2"))
	h.Settle()
	answers{
		{of("LATE"), "CLOSED Statement", "CLOSED", "50 70", "2026-01 was closed before it was known: what it changes is in the adjustment of 2026-01 in 2026-02 (70.00 USD)"},
		{of("E0"), "paid 100.00, CLOSED Statement", "CLOSED", "20 70", "2026-02"},
		{ofComponent(c, "dan", "2026-01", "commission"), "paid 100.00, CLOSED Statement", "CLOSED", "70 70", ""},
	}.of(t, h, h.Admin())
	// What is changed once more after the next closing is in two adjustments.
	b.close(t, "2026-02")
	c.Record(b.sale("LATE", "dan", "2026-01-20", "800", "sourceRevision", "2"))
	h.Settle()
	answers{
		{of("LATE"), "CLOSED Statement", "CLOSED", "80 100", "2026-02 (70.00 USD), 2026-03 (30.00 USD)"},
		{of("E1"), "paid 300.00", "", "", ""},
	}.of(t, h, h.Admin())
	// Ann's late sale is held like any other: of what is adjusted.
	c.Record(b.sale("D9", "ann", "2026-01-15", "500"))
	h.Settle()
	answers{
		{ofTransaction("D9", ofPayee(c.Payees["ann"]), harness.Input{"componentKey": "commission"}), "CLOSED Statement", "CLOSED", "50 50", "2026-03"},
		{ofTransaction("D9", ofPayee(c.Payees["ann"]), harness.Input{"componentKey": "spif"}), "CLOSED Statement, HELD Statement", "HELD", "5 5", "until the gate quota holds"},
	}.of(t, h, h.Admin())
	b.verify(t)
}

// TestWhoHearsOfBalances: a payee asks for itself, its manager for it, and nobody
// else; who does not see a ledger as a whole hears nothing of it.
func TestWhoHearsOfBalances(t *testing.T) {
	t.Parallel()
	b := owed(t)
	c, h := b.c, b.h
	token := func(payee string, role model.Role) string {
		id := c.Payees[payee]
		return h.Token(&id, role)
	}
	deal := ofTransaction("D1", ofPayee(c.Payees["ann"]), harness.Input{"componentKey": "commission"})
	const held = "paid 100.00, HELD Statement"
	for _, q := range []struct {
		who, token string
		question   harness.Input
		want       string
	}{
		{"herself", token("ann", model.RoleRep), ofTransaction("D1", harness.Input{"componentKey": "commission"}), held},
		{"her manager", token("mia", model.RoleManager), deal, held},
		{"an auditor", h.Token(nil, model.RoleAuditor), deal, held},
		{"another rep", token("ben", model.RoleRep), deal, "nothing"},
		{"another rep, of a month", token("ben", model.RoleRep), ofComponent(c, "ann", "2026-01", "commission"), "nothing"},
		{"another manager", token("eve", model.RoleManager), deal, "nothing"},
		{"another tenant", h.Beside("other").Admin(), deal, "nothing"},
	} {
		if got, answer := asks(h, q.token, q.question); got != q.want {
			t.Errorf("%s: %s, want %s: %v", q.who, got, q.want, answer.V)
		}
	}
	// With a second seat elsewhere the ledger is not for her manager, who hears of the sale alone, and that this is not all.
	seat := c.Make("createPosition", "position", harness.Input{"externalId": "second", "name": "Second", "parentId": c.Positions["eve"]})
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "ann second", "payeeId": c.Payees["ann"].String(), "positionId": seat, "startDate": "2026-01-20"})
	h.Settle()
	all := held + ", WITHHELD Statement" // the second seat has no quota
	for who, want := range map[string]string{token("mia", model.RoleManager): "paid 100.00", token("ann", model.RoleRep): all} {
		got, answer := asks(h, who, deal)
		if complete := answer.At("complete").V == true; got != want || complete != (want == all) {
			t.Errorf("of two seats: %s, want %s: %v", got, want, answer.V)
		}
	}
}

// TestWhyNotOfActivities asks why meetings do not pay.
func TestWhyNotOfActivities(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	for _, hired := range [][2]string{{"mia", ""}, {"ann", "mia"}, {"ben", "mia"}, {"eve", ""}} {
		c.Hire(hired[0], hired[0], "USD", hired[1])
	}
	meetings := c.Make("createMeasure", "measure", harness.Input{"key": "MEETINGS", "name": "Meetings", "source": "ACTIVITIES", "condition": "kind == 'MEETING'"})
	c.Plan("MEET", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "meetings", "measureId": meetings, "payout": "MONTH", "rateKind": "UNIT", "rate": "10", "release": []harness.Input{{"name": "summer", "share": "1", "trigger": "DATE", "date": "2026-06-10"}}},
		{"key": "sales", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
	}}, "ann", "ben")
	did := func(id, kind, payee string, more ...any) harness.Input {
		return with(harness.Input{"source": "cal", "externalId": id, "kind": kind, "position": payee, "date": "2026-01-12"}, more...)
	}
	h.Do(h.Admin(), `mutation($a: [ActivityInput!]!) { recordActivities(input: {activities: $a}) { rejected rows { errors { path message } } userErrors { path message } } }`, harness.Input{"a": []harness.Input{
		did("V1", "MEETING", "ann"), did("V2", "CALL", "ann"), did("V3", "MEETING", "ben"), did("V4", "MEETING", "ann", "status", "WITHDRAWN")}})
	h.Settle()
	token := func(payee string, role model.Role) string {
		id := c.Payees[payee]
		return h.Token(&id, role)
	}
	about := func(id string, more ...harness.Input) harness.Input {
		in := ofTransaction(id, more...)["transaction"].(harness.Input)
		in["source"] = "cal"
		return harness.Input{"activity": in}
	}
	only := harness.Input{"componentKey": "meetings"}
	for _, q := range []struct {
		who, token string
		question   harness.Input
		want       string
	}{
		{"ann", token("ann", model.RoleRep), about("V1", only), "paid 10.00, HELD Statement"},
		{"ann", token("ann", model.RoleRep), about("V1", harness.Input{"componentKey": "sales"}), "NOT_MEASURED Measure"},
		{"ann", token("ann", model.RoleRep), about("V2", only), "MEASURE_CONDITION Measure"},
		{"ann", token("ann", model.RoleRep), about("V4"), "WITHDRAWN Activity"},
		{"ann, of another's", token("ann", model.RoleRep), about("V3"), "nothing"},
		{"ann, of her own for another", token("ann", model.RoleRep), about("V1", ofPayee(c.Payees["ben"])), "nothing"},
		{"ann, of none", token("ann", model.RoleRep), about("V9"), "nothing"},
		{"ben, of hers", token("ben", model.RoleRep), about("V1", ofPayee(c.Payees["ann"])), "nothing"},
		{"her manager", token("mia", model.RoleManager), about("V1", only, ofPayee(c.Payees["ann"])), "paid 10.00, HELD Statement"},
		{"another manager", token("eve", model.RoleManager), about("V1", only, ofPayee(c.Payees["ann"])), "nothing"},
		{"an admin, of another's", h.Admin(), about("V1", ofPayee(c.Payees["ben"])), "NOT_HELD Position"},
	} {
		if got, answer := asks(h, q.token, q.question); got != q.want {
			t.Errorf("%s: %v: %s, want %s: %v", q.who, q.question, got, q.want, answer.V)
		}
	}
	answer := h.Do(h.Admin(), `query($i: WhyNotInput!) { whyNot(input: $i) { activity { externalId } transaction { id } } }`, harness.Input{"i": about("V1", ofPayee(c.Payees["ann"]))}).At("whyNot")
	if answer.String("activity", "externalId") != "V1" || answer.At("transaction").V != nil {
		t.Errorf("it is about %v", answer.V)
	}
	wrong := harness.Input{"activity": harness.Input{"source": "cal"}}
	if got := h.Post(token("ann", model.RoleRep), whyNotQuery, harness.Input{"i": wrong}); len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
		t.Errorf("%v is answered with %v", wrong, got.Errors)
	}
}
