package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// books keeps a company's periods: it reads ledgers in short, and closes and pays
// as the people do whose duties these are.
type books struct {
	h *harness.Harness
	c *harness.Company
	// Three people: who closes, who approves, who pays.
	closer, approver, payer string
}

func newBooks(h *harness.Harness, c *harness.Company) *books {
	return &books{h: h, c: c, closer: h.Admin(), approver: h.Token(nil, model.RoleFinance), payer: h.Token(nil, model.RoleFinance, model.RoleAuditor)}
}

const statementQuery = `query($payee: ID!, $period: ID!) { statement(payeeId: $payee, periodId: $period) {
	complete withheld fault payable { amount } brought { account amount { amount } } carried { account amount { amount } }
	sections { name totals { amount } entries(first: 50) { nodes { movement amount { amount } text externalId } } }
	payments { amount { amount } } answer { answer reason current }
	holds(first: 50) { nodes { externalId held { amount } waitsFor } } } }`

func (b *books) statement(token, payee, period string) harness.Value {
	return b.h.Do(token, statementQuery, harness.Input{"payee": b.c.Payees[payee], "period": b.c.Period(period)}).At("statement")
}

// ledger gives what is posted, brought and carried, and what is payable, in short.
func (b *books) ledger(payee, period string) string {
	b.h.Settle()
	s := b.statement(b.h.Admin(), payee, period)
	if s.V == nil || s.At("sections").V == nil {
		return "none"
	}
	var out []string
	for _, section := range s.List("sections") {
		for _, e := range section.List("entries", "nodes") {
			out = append(out, e.String("movement")+" "+e.String("amount", "amount"))
		}
	}
	pay := "0"
	if all := s.List("payable"); len(all) > 0 {
		pay = all[0].String("amount")
	}
	text := strings.Join(out, ", ") + " = " + pay
	for _, t := range s.List("carried") {
		text += fmt.Sprintf("; %s %s", t.String("account"), t.String("amount", "amount"))
	}
	return text
}

// version reads a period's version and status.
func (b *books) version(period string) (version any, status string) {
	p := b.h.Do(b.closer, `query($id: ID!) { node(id: $id) { ... on Period { version status } } }`, harness.Input{"id": b.c.Period(period)}).At("node")
	return p.At("version").V, p.String("status")
}

// step moves a period by a mutation and gives what was refused.
func (b *books) step(token, mutation, period string, more ...any) []string {
	version, _ := b.version(period)
	in := harness.Input{"id": b.c.Period(period), "ifVersion": version}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	query := fmt.Sprintf("mutation($i: %s%sInput!) { %s(input: $i) { userErrors { path code message params { name value } } } }", strings.ToUpper(mutation[:1]), mutation[1:], mutation)
	return b.h.Refused(token, query, harness.Input{"i": in})
}

func (b *books) must(t testing.TB, token, mutation, period string, more ...any) {
	t.Helper()
	if refused := b.step(token, mutation, period, more...); len(refused) > 0 {
		checks := b.h.Do(b.closer, `query($id: ID!) { node(id: $id) { ... on Period { checklist { code blocking text } } } }`, harness.Input{"id": b.c.Period(period)})
		t.Fatalf("%s %s: %v, %v", mutation, period, refused, checks.At("node", "checklist").V)
	}
}

// close closes a period, whatever does not block.
func (b *books) close(t testing.TB, period string) {
	t.Helper()
	b.h.Settle()
	if _, status := b.version(period); status == "OPEN" {
		b.must(t, b.closer, "submitPeriod", period)
	}
	b.must(t, b.approver, "approvePeriod", period)
	b.must(t, b.closer, "closePeriod", period, "acknowledge", []string{"OPEN_PROBLEM", "OPEN_EXCEPTION", "CONTESTED_STATEMENT"})
}

func (b *books) sale(id, payee, day, amount string, more ...any) harness.Input {
	row := harness.Input{"source": "test", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": payee}}}
	for i := 0; i+1 < len(more); i += 2 {
		row[more[i].(string)] = more[i+1]
	}
	return row
}

func (b *books) verify(t testing.TB) {
	t.Helper()
	b.h.Settle()
	found, err := b.h.Service.Verify(t.Context())
	if err != nil || len(found) > 0 {
		t.Errorf("broken laws %v, %v", found, err)
	}
}

func reads(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
