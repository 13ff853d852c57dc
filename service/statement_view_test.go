package service

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/service/document"
)

func money(amount int64, currency model.CurrencyCode) model.Money {
	return model.Money{Amount: decimal.New(amount, 0), Currency: currency}
}

// drafted is a draft of a ledger with a section that holds all its entries.
func drafted(b *model.Balance) *draft {
	d := &draft{
		statement: &model.Statement{PeriodID: b.PeriodID, Balance: b, Complete: true}, ledger: b,
		company: &model.Tenant{Name: "Company"}, payee: &model.Payee{Name: "Ann", Slices: []model.PayeeSlice{{Currency: "CHF"}}},
		period: &model.Period{Name: "2026-01", Status: model.PeriodClosed}, run: &model.CalculationRun{Sequence: 7, CreatedAt: time.Unix(0, 0)},
		components: map[model.ID]string{},
	}
	section := &model.StatementSection{Name: "Earnings"}
	for i := range b.Entries {
		section.Entries, section.Totals = append(section.Entries, &b.Entries[i]), plus(section.Totals, &b.Entries[i])
	}
	if len(section.Entries) > 0 {
		d.sections = []*model.StatementSection{section}
	}
	d.currencies = d.currenciesOf()
	return d
}

func earned(n int, m model.Money) []model.LedgerEntry {
	out := make([]model.LedgerEntry, n)
	for i := range out {
		out[i] = model.LedgerEntry{Movement: model.MoveEarned, From: model.AccountEarned, To: model.AccountPayable, Amount: m, Text: "commission"}
	}
	return out
}

// TestStatementDocumentIsBounded lays out a ledger of more entries than are shown.
func TestStatementDocumentIsBounded(t *testing.T) {
	d := drafted(&model.Balance{Entries: earned(2100, money(1, "USD"))})
	d.sections = append(d.sections, &model.StatementSection{Name: "Clawbacks", Entries: d.sections[0].Entries[:5], Totals: []model.Money{money(5, "USD")}})
	for range 2001 {
		d.ledger.After.Holds = append(d.ledger.After.Holds, model.Hold{Key: "opening A", Currency: "USD", Held: decimal.New(1, 0)})
		d.earnings = append(d.earnings, &model.Earning{Amount: money(1, "USD")})
	}
	v := d.view()
	got := map[string]document.Table{}
	for _, table := range v.Tables {
		got[table.Heading] = table
	}
	for heading, want := range map[string]struct {
		rows int
		more string
	}{"Earnings": {2000, "And 100 more"}, "Clawbacks": {0, "And 5 more"}, "Earnings by component": {2000, "And 1 more"}, "Held, and what it waits for": {2000, "And 1 more"}} {
		if table := got[heading]; len(table.Rows) != want.rows || !strings.HasPrefix(table.More, want.more+", which are not shown here") {
			t.Errorf("%s: %d rows, %q", heading, len(table.Rows), table.More)
		}
	}
	if total := got["Earnings"].Totals[0].Cells[1]; total != "2,100.00" {
		t.Errorf("the total is of what is shown: %s", total)
	}
}

// TestStatementDocumentWithheld lays out a ledger whose pay is withheld, in two
// currencies, and one without anything.
func TestStatementDocumentWithheld(t *testing.T) {
	debt := []model.Debt{{Account: model.AccountPayable, Currency: "EUR", Amount: decimal.New(30, 0)}, {Account: model.AccountPayable, Currency: "USD", Amount: decimal.New(1, 0)}}
	b := &model.Balance{Withheld: true, Fault: "no rate", Entries: append(earned(1, money(20, "EUR")), earned(1, money(1, "USD"))...)}
	b.Before.Debts, b.After.Debts = []model.Debt{{Account: model.AccountPayable, Currency: "EUR", Amount: decimal.New(10, 0)}}, debt
	v := drafted(b).view()
	var rows []string
	for _, r := range append(v.Tables[0].Rows, v.Tables[0].Totals...) {
		rows = append(rows, strings.Join(r.Cells, " "))
	}
	want := "Withheld in earlier periods EUR\u00a010.00; Earnings EUR\u00a020.00; Earnings USD\u00a01.00; Withheld for now EUR\u00a0\u221230.00; Withheld for now USD\u00a0\u22121.00; Payable EUR\u00a00.00; Payable USD\u00a00.00"
	if got := strings.Join(rows, "; "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if len(v.Notes) != 2 || !strings.HasPrefix(v.Notes[0], "Withheld: ") || v.Notes[1] != "No rate" || v.Amounts[0] != "EUR\u00a00.00" {
		t.Errorf("%v, notes %q", v.Amounts, v.Notes)
	}
	if v = drafted(&model.Balance{}).view(); v.Amounts[0] != "CHF\u00a00.00" {
		t.Errorf("a ledger of nothing pays %v", v.Amounts)
	}
}

func TestFileNames(t *testing.T) {
	for name, want := range map[string]string{"statement-2026-01-E 7/\u00e9": "statement-2026-01-E-7--", strings.Repeat("a", 300): strings.Repeat("a", 120)} {
		if got := fileName(name); got != want {
			t.Errorf("%q gave %q", name, got)
		}
	}
}

func TestCorrectedSaysThousands(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Commission of 2026-Q1: 7260.62 instead of -5873.75": "Commission of 2026-Q1: 7,260.62 instead of \u22125,873.75",
		"Deals: big of 2026-Q1: 1000000.00 instead of 0.00":  "Deals: big of 2026-Q1: 1,000,000.00 instead of 0.00",
		"this instead of that":                               "this instead of that",
		"Commission of 2026-Q1: withdrawn":                   "Commission of 2026-Q1: withdrawn",
	} {
		if got := corrected(&model.LedgerEntry{Text: text, Amount: model.Money{Currency: "USD"}}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
