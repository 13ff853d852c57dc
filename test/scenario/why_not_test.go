package scenario

import (
	"maps"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const whyNotQuery = `query($i: WhyNotInput!) { whyNot(input: $i) {
	paid complete payee { externalId } transaction { externalId } period { name }
	payments { amount { amount } earning { componentKey amount { amount } } lines { number amount { amount } credit { transaction { externalId } } } }
	reasons { code text componentKey exceptionCode value bound subject { __typename id } position { externalId } plan { externalId } period { name } creditType { key } } } }`

// ask puts a question and gives what it answers as "paid CODE subject, ...";
// "nothing" where it answers null.
func asks(h *harness.Harness, token string, question harness.Input) (string, harness.Value) {
	answer := h.Do(token, whyNotQuery, harness.Input{"i": question}).At("whyNot")
	if answer.V == nil {
		return "nothing", answer
	}
	var out []string
	if answer.At("paid").V == true {
		out = append(out, "paid "+answer.String("payments", 0, "amount", "amount"))
	}
	for _, r := range answer.List("reasons") {
		text := r.String("code")
		if r.At("subject").V != nil {
			text += " " + r.String("subject", "__typename")
		}
		out = append(out, text)
	}
	return strings.Join(out, ", "), answer
}

func ofTransaction(externalID string, more ...harness.Input) harness.Input {
	out := harness.Input{"source": "test", "externalId": externalID}
	for _, m := range more {
		maps.Copy(out, m)
	}
	return harness.Input{"transaction": out}
}

func ofPayee(id model.ID) harness.Input { return harness.Input{"payeeId": id.String()} }

// asked is a company whose deals do not pay, each for another reason: Mia above
// Ann and Ben, Eve above Dan. Big deals pay 10% from half of quota on, with
// hardware left out; what exceeds 500 is cut.
func asked(t *testing.T) *harness.Company {
	h := harness.New(t)
	c := h.NewCompany()
	for _, hired := range [][2]string{{"mia", ""}, {"ann", "mia"}, {"ben", "mia"}, {"eve", ""}, {"dan", "eve"}} {
		c.Hire(hired[0], hired[0], "USD", hired[1])
	}
	h.Do(h.Admin(), `mutation { createProducts(input: {products: [{externalId: "HW", name: "Hardware"}, {externalId: "SW", name: "Software"}]}) { userErrors { path message } } }`, nil)
	c.Plan("REP", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "deals", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "condition": "product != 'HW'", "adjustments": []harness.Input{
			{"kind": "GATE", "name": "half of quota", "over": "COMPONENT", "condition": "attainment >= 0.5"}, {"kind": "CAP", "name": "most", "over": "COMPONENT", "amount": "500"},
		}},
		{"key": "bonus", "measureId": c.Own, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []harness.Input{{"at": "1", "amount": "1000"}}},
	}}, "ann", "ben", "dan")
	for _, payee := range []string{"ann", "ben", "dan"} {
		c.Quota(payee, c.Own, "10000", "2026-01", "2026-02", "2026-03")
	}
	sale := func(id, payee, day, amount, product string) harness.Input {
		return harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "product": product, "sellers": []harness.Input{{"payee": payee}}}
	}
	both := sale("BOTH", "ann", "2026-02-05", "1000", "Software")
	both["sellers"] = []harness.Input{{"payee": "ann", "share": "0.5"}, {"payee": "ben", "share": "0.5"}}
	c.Record(
		sale("LOW", "ann", "2026-01-10", "4000", "Software"), sale("HARD", "ann", "2026-02-03", "100", "Hardware"), sale("BIG", "ann", "2026-02-10", "6000", "Software"),
		sale("MISSPELT", "ann", "2026-02-11", "50", "Softwear"), sale("LATE", "ann", "2030-01-01", "10", "Software"), both,
		sale("BENS", "ben", "2026-02-10", "8000", "Software"), sale("DANS", "dan", "2026-02-10", "8000", "Software"),
	)
	h.Settle()
	return c
}

// TestWhyNot is a rep's own questions, in words and links.
func TestWhyNot(t *testing.T) {
	t.Parallel()
	c := asked(t)
	h := c.Harness
	ann := c.Payees["ann"]
	rep := h.Token(&ann, model.RoleRep)
	for _, q := range []struct {
		question harness.Input
		want     string
		says     string // among the reasons' texts
	}{
		{ofTransaction("LOW", harness.Input{"componentKey": "deals"}), "GATE_NOT_MET Earning", "gate half of quota does not hold: attainment >= 0.5"},
		{ofTransaction("LOW", harness.Input{"componentKey": "bonus"}), "BELOW_THRESHOLD Earning", "0.4 was reached; it pays from 1 on"},
		{ofTransaction("HARD", harness.Input{"componentKey": "deals"}), "COMPONENT_CONDITION PlanVersion", "product != 'HW'"},
		{ofTransaction("BIG", harness.Input{"componentKey": "deals"}), "paid 600.00, CAPPED Earning", "most takes 150"}, // (6,000 + 500) x 10% is 650
		{ofTransaction("MISSPELT"), "CREDITING_EXCEPTION", "UNKNOWN_PRODUCT"},
		{ofTransaction("LATE", harness.Input{"componentKey": "deals"}), "NO_PERIOD FiscalCalendar", "2030-01-01"},
		{ofTransaction("LOW", harness.Input{"componentKey": "none"}), "NO_SUCH_COMPONENT", ""},
		{ofTransaction("BENS"), "nothing", ""},
		{ofTransaction("none"), "nothing", ""},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-01"), "componentKey": "deals"}}, "GATE_NOT_MET Earning", "attainment >= 0.5"},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-02"), "componentKey": "deals"}}, "paid 500.00, CAPPED Earning", "most"},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-03"), "componentKey": "deals"}}, "GATE_NOT_MET Earning", ""},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-03"), "componentKey": "bonus"}}, "NO_CREDITS Earning", "no credit of the window counts"},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-Q1"), "componentKey": "deals"}}, "OTHER_PAYOUT PlanVersion", "by the MONTH"},
		{harness.Input{"component": harness.Input{"periodId": c.Period("2026-Q1"), "componentKey": "gone"}}, "NO_SUCH_COMPONENT", ""},
	} {
		got, answer := asks(h, rep, q.question)
		if got != q.want {
			t.Errorf("%v: %s, want %s: %v", q.question, got, q.want, answer.V)
		}
		if q.says != "" && !strings.Contains(strings.Join(harness.Texts(answer.List("reasons"), "text"), "; "), q.says) {
			t.Errorf("%v does not say %q: %v", q.question, q.says, answer.V)
		}
	}

	// What paid is linked to its line and its deal.
	_, paid := asks(h, rep, ofTransaction("BIG", harness.Input{"componentKey": "deals"}))
	if line := paid.At("payments", 0, "lines", 0); line.String("credit", "transaction", "externalId") != "BIG" || line.String("amount", "amount") != "600.00" {
		t.Errorf("the line is %v", line.V)
	}
	// Words of an exception that name others are not for a rep; and each kind of
	// question is asked alone.
	if _, misspelt := asks(h, rep, ofTransaction("MISSPELT")); strings.Contains(misspelt.String("reasons", 0, "text"), "Softwear") {
		t.Errorf("a rep reads %s", misspelt.String("reasons", 0, "text"))
	}
	for _, wrong := range []harness.Input{{}, {"transaction": harness.Input{"externalId": "X"}}, {"transaction": harness.Input{}, "component": harness.Input{"periodId": c.Period("2026-01"), "componentKey": "deals"}}} {
		if answer := h.Post(rep, whyNotQuery, harness.Input{"i": wrong}); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "BAD_USER_INPUT" {
			t.Errorf("%v is answered with %v", wrong, answer.Errors)
		}
	}
}

// TestWhyNotIsMended: what the answer names is the obstacle: without it the deal
// pays, and what was known before is answered as it was.
func TestWhyNotIsMended(t *testing.T) {
	t.Parallel()
	c := asked(t)
	ann := c.Payees["ann"]
	rep := c.Token(&ann, model.RoleRep)
	if got, _ := asks(c.Harness, c.Admin(), ofTransaction("MISSPELT", ofPayee(ann))); got != "CREDITING_EXCEPTION CreditingException" {
		t.Errorf("an admin reads %s", got)
	}
	c.Do(c.Admin(), `mutation { createProducts(input: {products: [{externalId: "SX", name: "Softwear"}]}) { userErrors { path message } } }`, nil)
	c.Quota("ann", c.Own, "8000", "2026-01")
	c.Settle()
	if got, _ := asks(c.Harness, rep, ofTransaction("MISSPELT", harness.Input{"componentKey": "deals"})); !strings.HasPrefix(got, "paid 5.00") {
		t.Errorf("mended, MISSPELT is answered with %s", got)
	}
	if got, _ := asks(c.Harness, rep, ofTransaction("LOW", harness.Input{"componentKey": "deals"})); got != "paid 400.00" {
		t.Errorf("with less quota, LOW is answered with %s", got)
	}
}

// TestWhoMayAskWhyNot: a rep asks for itself, a manager for whom it manages, who
// reads all for everybody, and nobody across tenants.
func TestWhoMayAskWhyNot(t *testing.T) {
	t.Parallel()
	c := asked(t)
	h := c.Harness
	token := func(payee string, role model.Role) string {
		id := c.Payees[payee]
		return h.Token(&id, role)
	}
	component := func(payee string) harness.Input {
		return harness.Input{"component": harness.Input{"payeeId": c.Payees[payee].String(), "periodId": c.Period("2026-01"), "componentKey": "deals"}}
	}
	const gate = "GATE_NOT_MET Earning"
	deal := ofTransaction("LOW", ofPayee(c.Payees["ann"]), harness.Input{"componentKey": "deals"})
	for _, q := range []struct {
		who      string
		token    string
		question harness.Input
		want     string
	}{
		{"herself", token("ann", model.RoleRep), component("ann"), gate},
		{"another rep", token("ben", model.RoleRep), component("ann"), "nothing"},
		{"another rep, of a deal", token("ben", model.RoleRep), deal, "nothing"},
		{"her manager", token("mia", model.RoleManager), component("ann"), gate},
		{"her manager, of a deal", token("mia", model.RoleManager), deal, gate},
		{"her manager, of what nobody is credited with", token("mia", model.RoleManager), ofTransaction("MISSPELT", ofPayee(c.Payees["ann"])), "CREDITING_EXCEPTION"},
		{"another manager", token("eve", model.RoleManager), component("ann"), "nothing"},
		{"another manager, of a deal", token("eve", model.RoleManager), deal, "nothing"},
		{"another manager, of what nobody is credited with", token("eve", model.RoleManager), ofTransaction("MISSPELT", ofPayee(c.Payees["ann"])), "nothing"},
		{"a manager of her own team, of another's deal", token("eve", model.RoleManager), ofTransaction("LOW", ofPayee(c.Payees["dan"])), "nothing"},
		{"an auditor", h.Token(nil, model.RoleAuditor), component("ann"), gate},
		{"an auditor, of a deal", h.Token(nil, model.RoleAuditor), deal, gate},
		{"an auditor, of who has no part in it", h.Token(nil, model.RoleAuditor), ofTransaction("LOW", ofPayee(c.Payees["dan"])), "OTHER_RECEIVERS CreditingRule, OTHER_RECEIVERS CreditingRule"},
		{"a partner in the deal, of herself", token("ben", model.RoleRep), ofTransaction("BOTH", harness.Input{"componentKey": "deals"}), "paid 50.00, CAPPED Earning"},
		{"a partner in the deal, of the other", token("ben", model.RoleRep), ofTransaction("BOTH", ofPayee(c.Payees["ann"])), "nothing"},
	} {
		if got, answer := asks(h, q.token, q.question); got != q.want {
			t.Errorf("%s: %s, want %s: %v", q.who, got, q.want, answer.V)
		}
	}
	if code := h.Denied(h.Token(nil, model.RoleSalesOps), whyNotQuery, harness.Input{"i": component("ann")}); code != "FORBIDDEN" {
		t.Errorf("who may not read earnings is answered with %s", code)
	}
	other := h.Beside("other")
	if got, _ := asks(other, other.Admin(), component("ann")); got != "nothing" {
		t.Errorf("another tenant's admin: %s", got)
	}
	if got, _ := asks(other, other.Admin(), deal); got != "nothing" {
		t.Errorf("another tenant's admin, of a deal: %s", got)
	}
}
