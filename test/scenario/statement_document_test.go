package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

var updateStatement = flag.Bool("update", false, "accept a statement's page as it is into testdata/statement.html")

// documentOf reads a statement's document, null where there is none to see.
const documentOf = `query($payee: ID, $period: ID!, $format: StatementFormat! = PAGE) {
	statement(payeeId: $payee, periodId: $period) { complete document(format: $format) { mediaType fileName encoding content } } }`

// framed is a company in which a statement has all that one can have: earnings in
// two sections, a hold, a release, an adjustment, a draw and a carried debit.
func framed(t *testing.T) *harness.Company {
	t.Helper()
	c := harness.New(t).NewCompany()
	c.Hire("boss", "Vera Boss", "USD", "")
	c.Hire("E-007", "Zoë Müller-Łukasiewicz", "USD", "boss")
	c.Hire("peer", "Peer", "USD", "boss")
	c.Do(c.Admin(), `mutation { setEarningCodes(input: {codes: [{code: "COMM", section: "Commission"}, {code: "SPIF", section: "Bonuses and SPIFs"}]}) { userErrors { path message } } }`, nil)
	c.Plan("AE 2026", harness.Input{
		"currency": "USD", "draws": []harness.Input{{"key": "draw", "name": "Monthly draw", "amount": "3500", "startDate": "2026-02-01"}},
		"components": []harness.Input{
			{"key": "commission", "name": "Commission on new business", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "measureId": c.Own, "earningCode": "COMM", "release": []harness.Input{
				{"name": "at signing", "share": "0.5", "trigger": "OFFSET"}, {"name": "on payment", "share": "0.5", "trigger": "CASH"}}},
			{"key": "spif", "name": "Logo SPIF", "payout": "MONTH", "rateKind": "PER_EVENT", "event": "ORDER", "rate": "200", "measureId": c.Own, "earningCode": "SPIF"},
		},
	}, "E-007", "peer")
	c.Quota("E-007", c.Own, "50000", "2026-01", "2026-02")
	c.Record(
		booked("D-1001", "2026-01-12", "20000", "E-007"), booked("D-1002", "2026-02-03", "30000", "E-007"), booked("<script>alert(1)</script>", "2026-02-20", "12345.50", "E-007"),
		harness.Input{"source": "crm", "externalId": "P-1", "kind": "PAYMENT", "eventDate": "2026-02-10", "amount": "20000", "currency": "USD", "relatesTo": harness.Input{"type": "PAYS", "externalId": "D-1001"}},
	)
	adjust(c, "A-1", "E-007", "2026-01", "-2000.00", "OVERPAID", "Overpaid in December 2025")
	adjust(c, "A-2", "E-007", "2026-02", "150.00", "CORRECTION", "Trade fair weekend, as agreed <with> Vera & Peer")
	c.Settle()
	return c
}

func booked(id, day, amount, payee string) harness.Input {
	return harness.Input{"source": "crm", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []harness.Input{{"payee": payee}}}
}

// adjust adds an adjustment by hand, which another person approves.
func adjust(c *harness.Company, key, payee, period, amount, code, reason string) {
	id := c.Make("addPayAdjustment", "payAdjustment", harness.Input{
		"externalId": key, "payeeId": c.Payees[payee].String(), "periodId": c.Period(period), "amount": harness.Input{"amount": amount, "currency": "USD"}, "reasonCode": code, "reason": reason,
	})
	c.Do(c.Token(nil, model.RoleFinance), `mutation($i: ApprovePayAdjustmentInput!) { approvePayAdjustment(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{"id": id, "ifVersion": 1}})
}

// file reads a document and decodes it.
func file(c *harness.Company, token, payee, period, format string) (string, harness.Value) {
	got := c.Do(token, documentOf, harness.Input{"payee": c.Payees[payee].String(), "period": c.Period(period), "format": format}).At("statement", "document")
	if got.String("encoding") == "TEXT" {
		return got.String("content"), got
	}
	raw, err := base64.StdEncoding.DecodeString(got.String("content"))
	if err != nil {
		c.Fatalf("%v", err)
	}
	return string(raw), got
}

// varying are the parts of a page that differ from run to run.
var varying = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`<dd>[0-9a-f]{64}</dd>`), "<dd>FINGERPRINT</dd>"},
	{regexp.MustCompile(`(up to number</dt><dd>)\d+`), "${1}SEQUENCE"},
	{regexp.MustCompile(`(Calculated</dt><dd>)[^<]+`), "${1}TIME"},
}

func TestStatementDocument(t *testing.T) {
	t.Parallel()
	c := framed(t)
	page, about := file(c, c.Admin(), "E-007", "2026-02", "PAGE")
	harness.Same(t, "page", []string{about.String("mediaType"), about.String("fileName")}, "text/html; charset=utf-8", "statement-2026-02-E-007.html")
	keep(t, "statement.html", page)
	golden(t, page)
	if strings.Contains(page, "<script") || !strings.Contains(page, "Deal &lt;script&gt;alert(1)&lt;/script&gt;") || !strings.Contains(page, "as agreed &lt;with&gt; Vera &amp; Peer") {
		t.Error("what others have named is not escaped")
	}
	pdf, about := file(c, c.Admin(), "E-007", "2026-02", "PDF")
	harness.Same(t, "pdf", []string{about.String("mediaType"), about.String("fileName")}, "application/pdf", "statement-2026-02-E-007.pdf")
	keep(t, "statement.pdf", pdf)
	if !strings.HasPrefix(pdf, "%PDF-1.") || !strings.HasSuffix(strings.TrimSpace(pdf), "%%EOF") {
		t.Error("no PDF")
	}
	rep := c.Token(new(c.Payees["E-007"]), model.RoleRep)
	if again, _ := file(c, rep, "E-007", "2026-02", "PDF"); again != pdf {
		t.Error("the same statement gave other bytes")
	}
	if again, _ := file(c, rep, "E-007", "2026-02", "PAGE"); again != page {
		t.Error("the same statement gave another page")
	}
}

// keep writes a document to where SPM_STATEMENTS says, to be looked at.
func keep(t *testing.T, name, content string) {
	t.Helper()
	if dir := os.Getenv("SPM_STATEMENTS"); dir != "" {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func golden(t *testing.T, page string) {
	t.Helper()
	for _, v := range varying {
		page = v.what.ReplaceAllString(page, v.by)
	}
	const name = "testdata/statement.html"
	if *updateStatement {
		if err := os.WriteFile(name, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || string(want) != page {
		t.Errorf("the page differs from %s, %v: see the diff of -update", name, err)
	}
}

// TestStatementDocumentStands follows a statement until it is paid.
func TestStatementDocumentStands(t *testing.T) {
	t.Parallel()
	c := framed(t)
	period, zoe := c.Period("2026-01"), c.Payees["E-007"]
	has := func(texts ...string) {
		t.Helper()
		page, _ := file(c, c.Admin(), "E-007", "2026-01", "PAGE")
		for _, text := range texts {
			if !strings.Contains(page, text) {
				t.Errorf("the page lacks %q", text)
			}
		}
		keep(t, "statement-january.html", page)
	}
	step := func(token, name string, more ...any) {
		t.Helper()
		c.Settle()
		version := c.Do(token, "query($id: ID!) { node(id: $id) { ... on Period { version } } }", harness.Input{"id": period}).At("node", "version").V
		c.Do(token, "mutation($i: "+strings.ToUpper(name[:1])+name[1:]+"Input!) { "+name+"(input: $i) { userErrors { path code message } } }",
			harness.Input{"i": with(harness.Input{"id": period, "ifVersion": version}, more...)})
		c.Settle()
	}
	answer := func(kind, reason string) {
		t.Helper()
		c.Do(c.Token(&zoe, model.RoleRep), `mutation($i: AnswerStatementInput!) { answerStatement(input: $i) { userErrors { path code message } } }`,
			harness.Input{"i": harness.Input{"periodId": period, "answer": kind, "reason": reason}})
		c.Settle()
	}
	// 2,000 earned, half of it held, 200 for the order, 2,000 taken off: 800 below zero, carried on.
	has("Estimate, still changing", "Payable, as it stands", "USD\u00a00.00", "A further USD\u00a01,000.00 is earned and held for later.", "\u2212800.00", "Pay below zero is carried on")
	adjust(c, "A-3", "E-007", "2026-01", "1000.00", "SIGN_ON", "Sign-on bonus")
	step(c.Admin(), "submitPeriod")
	has("In review, may still change", "USD\u00a0200.00")
	step(c.Token(nil, model.RoleCompAdmin), "approvePeriod")
	step(c.Admin(), "closePeriod")
	answer("CONTESTED", "Where is <b>D-999</b>?")
	has("Closed, final", "Contested on ", ": Where is &lt;b&gt;D-999&lt;/b&gt;?")
	c.Do(c.Admin(), `mutation($i: ResolveContestInput!) { resolveContest(input: $i) { userErrors { path code message } } }`,
		harness.Input{"i": harness.Input{"payeeId": zoe.String(), "periodId": period, "reason": "It is a deal of Peer's."}})
	c.Settle()
	step(c.Token(nil, model.RoleFinance), "payPeriod")
	has("Paid", "Payments", "31 January 2026", "200.00", "Contested, and settled on ", "It is a deal of Peer&#39;s.")
}

// TestStatementDocumentOfOthers asks for documents that are not the caller's to see.
func TestStatementDocumentOfOthers(t *testing.T) {
	t.Parallel()
	c := framed(t)
	beside := c.Beside("beside")
	// Peer takes a second seat, below nobody: who is above the first sees one of two.
	seat := c.Make("createPosition", "position", harness.Input{"externalId": "second", "name": "Second"})
	c.Make("assignPosition", "assignment", harness.Input{"externalId": "peer second", "payeeId": c.Payees["peer"].String(), "positionId": seat, "startDate": "2026-02-01"})
	c.Record(booked("D-2001", "2026-02-05", "1000", "E-007"), harness.Input{
		"source": "crm", "externalId": "D-2002", "kind": "BOOKING", "eventDate": "2026-02-05", "amount": "1000", "currency": "USD", "sellers": []harness.Input{{"position": "second"}}})
	c.Settle()
	boss, peer, zoe := c.Payees["boss"], c.Payees["peer"], c.Payees["E-007"]
	for _, who := range []struct {
		name, token string
		of          model.ID
		sees        bool
	}{
		{"the payee", c.Token(&zoe, model.RoleRep), zoe, true},
		{"the manager", c.Token(&boss, model.RoleManager), zoe, true},
		{"finance", c.Token(nil, model.RoleFinance), peer, true},
		{"the payee of two positions", c.Token(&peer, model.RoleRep), peer, true},
		{"another rep", c.Token(&peer, model.RoleRep), zoe, false},
		{"the manager of one of two positions", c.Token(&boss, model.RoleManager), peer, false},
		{"another tenant", beside.Admin(), zoe, false},
	} {
		for _, format := range []string{"PAGE", "PDF"} {
			got := c.Do(who.token, documentOf, harness.Input{"payee": who.of.String(), "period": c.Period("2026-02"), "format": format}).At("statement")
			if sees := got.V != nil && got.At("document").V != nil; sees != who.sees {
				t.Errorf("%s: sees a document: %v", who.name, sees)
			}
		}
	}
	if code := c.Denied(c.Token(nil, model.RoleSalesOps), documentOf, harness.Input{"payee": zoe.String(), "period": c.Period("2026-02")}); code != "FORBIDDEN" {
		t.Errorf("without the permission: %q", code)
	}
	// Of a period that is no pay period there is no ledger, and no document.
	if got := c.Do(c.Admin(), documentOf, harness.Input{"payee": zoe.String(), "period": c.Period("2026-Q1")}).At("statement", "document"); got.V != nil {
		t.Error("a quarter has a document")
	}
}

// TestStatementFingerprint calculates a statement's fingerprint from what the graph
// says, as docs/api.md has it.
func TestStatementFingerprint(t *testing.T) {
	t.Parallel()
	c := framed(t)
	zoe := c.Payees["E-007"]
	s := c.Do(c.Token(&zoe, model.RoleRep), `query($period: ID!) { statement(periodId: $period) {
		payee { id } period { id } withheld fault
		brought { account amount { amount currency } }
		entries(first: 250) { nodes { movement from to amount { amount currency } text key earningCode source externalId } }
		carried { account amount { amount currency } }
		holds(first: 250) { nodes { key source externalId date whole { amount } held { amount } forfeited { amount } clawed { amount currency } waitsFor } }
		document { content }
	} }`, harness.Input{"period": c.Period("2026-02")}).At("statement")
	sum := sha256.New()
	line := func(texts ...string) {
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(texts); err != nil {
			t.Fatal(err)
		}
		sum.Write(out.Bytes())
	}
	balances := func(kind string) {
		for _, b := range s.List(kind) {
			line(kind, b.String("account"), b.String("amount", "amount"), b.String("amount", "currency"))
		}
	}
	line("statement", s.String("payee", "id"), s.String("period", "id"), "false", s.String("fault"))
	balances("brought")
	for _, e := range s.List("entries", "nodes") {
		line("entry", e.String("movement"), e.String("from"), e.String("to"), e.String("amount", "amount"), e.String("amount", "currency"), e.String("text"), e.String("key"),
			e.String("earningCode"), e.String("source"), e.String("externalId"))
	}
	balances("carried")
	for _, h := range s.List("holds", "nodes") {
		line("hold", h.String("key"), h.String("source"), h.String("externalId"), h.String("date"), h.String("whole", "amount"), h.String("held", "amount"),
			h.String("forfeited", "amount"), h.String("clawed", "amount"), h.String("clawed", "currency"), h.String("waitsFor"))
	}
	if want := hex.EncodeToString(sum.Sum(nil)); !strings.Contains(s.String("document", "content"), want) {
		t.Errorf("the page has another fingerprint than %s", want)
	}
}
