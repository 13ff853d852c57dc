package service

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/service/document"
)

// stateOf says where a period stands, as a payee reads it.
var stateOf = map[model.PeriodStatus]document.State{
	model.PeriodOpen:     {Text: "Estimate, still changing"},
	model.PeriodInReview: {Text: "In review, may still change"},
	model.PeriodClosed:   {Text: "Closed, final", Final: true},
	model.PeriodPaid:     {Text: "Paid", Final: true},
}

// view lays the statement out.
func (d *draft) view() *document.Statement {
	made := d.run.CreatedAt.UTC()
	v := &document.Statement{
		Company: d.company.Name, Payee: d.payee.Name, State: stateOf[d.period.Status], Headline: "Payable", Made: made,
		Period: d.period.Name, Days: document.Days(d.period.StartDate(), d.period.EndDate()),
	}
	if d.period.IsOpen() {
		v.Headline = "Payable, as it stands"
	}
	v.Amounts = []string{document.Money(model.Money{Currency: d.currencies[0]})}
	if payable := d.ledger.PayableOf(); len(payable) > 0 {
		v.Amounts = v.Amounts[:0]
		for _, m := range payable {
			v.Amounts = append(v.Amounts, document.Money(m))
		}
	}
	v.Notes = d.notes()
	v.Facts = []document.Fact{{Name: "Payee number", Value: d.payee.ExternalID}, {Name: "Pay date", Value: document.Day(d.period.PayDate())}}
	if d.payee.ExternalID == "" {
		v.Facts = v.Facts[1:]
	}
	v.Tables = append(v.Tables, d.summary())
	v.Tables = append(v.Tables, d.sectionTables()...)
	for _, t := range []document.Table{d.earningTable(), d.holdTable(), d.balanceTable(), d.paymentTable()} {
		if len(t.Rows) > 0 {
			v.Tables = append(v.Tables, t)
		}
	}
	v.Answer = d.answerText()
	v.Colophon = []document.Fact{
		{Name: "Fingerprint of the ledger, SHA-256", Value: Fingerprint(d.ledger)},
		{Name: "Includes all changes up to number", Value: strconv.FormatInt(d.run.Sequence, 10)},
		{Name: "Calculated", Value: made.Format("2 January 2006, 15:04 MST")},
	}
	return v
}

// notes says what one must know of the headline.
func (d *draft) notes() []string {
	var out []string
	if d.ledger.Withheld {
		out = append(out, "Withheld: something could not be calculated. What would be payable is carried on until that is mended.")
	}
	if d.ledger.Fault != "" {
		out = append(out, sentence(d.ledger.Fault))
	}
	for _, t := range Standing(&d.ledger.After) {
		if t.Account == model.AccountHeld && t.Amount.Amount.IsPositive() {
			out = append(out, "A further "+document.Money(t.Amount)+" is earned and held for later.")
		}
	}
	return out
}

// summary says how what is payable comes about.
func (d *draft) summary() document.Table {
	t := document.Table{Heading: "How it comes about", Columns: []document.Column{{Name: "Part"}, d.figures("Amount")}}
	left := map[model.CurrencyCode]decimal.Decimal{}
	add := func(name string, m model.Money) {
		left[m.Currency] = left[m.Currency].Add(m.Amount)
		t.Rows = append(t.Rows, document.Row{Cells: []string{name, d.amount(m)}})
	}
	for _, total := range Standing(&d.ledger.Before) {
		if total.Account == model.AccountPayable {
			add("Withheld in earlier periods", total.Amount)
		}
	}
	for _, section := range d.sections {
		for _, m := range section.Totals {
			add(section.Name, m)
		}
	}
	for _, total := range Standing(&d.ledger.After) {
		if total.Account == model.AccountPayable {
			add("Withheld for now", model.Money{Amount: total.Amount.Amount.Neg(), Currency: total.Amount.Currency})
		}
	}
	for _, currency := range d.currencies {
		if amount, has := left[currency]; has || len(d.currencies) == 1 {
			t.Totals = append(t.Totals, document.Row{Cells: []string{"Payable", d.amount(model.Money{Amount: amount, Currency: currency})}})
		}
	}
	return t
}

// goesOn says that a list is cut off, and where its rest is to be read.
func goesOn(shown, all int, field string) string {
	if shown >= all {
		return ""
	}
	return fmt.Sprintf("And %s more, which are not shown here: the field %s of the statement has them all.", document.Number(decimal.New(int64(all-shown), 0)), field)
}

// earningTable says how each component has reached what it has earned.
func (d *draft) earningTable() document.Table {
	t := document.Table{
		Heading: "Earnings by component", Note: "Earned, whether it is payable now or held.",
		Columns: []document.Column{{Name: "Component"}, {Name: "Measure", Number: true}, {Name: "Quota", Number: true}, {Name: "Attainment", Number: true}, d.figures("Earned")},
	}
	plans := map[model.ID]bool{}
	for _, e := range d.earnings {
		plans[e.PlanID] = true
	}
	for _, e := range d.earnings[:min(len(d.earnings), documentRows)] {
		r := document.Row{Cells: []string{e.ComponentName, document.Number(e.Measure), "", "", d.amount(e.Amount)}}
		if e.Quota != nil {
			r.Cells[2] = document.Number(*e.Quota)
		}
		if e.Attainment != nil {
			r.Cells[3] = document.Percent(*e.Attainment)
		}
		plan := ""
		if len(plans) > 1 && d.plans[e.PlanID] != nil {
			plan = d.plans[e.PlanID].Name
		}
		r.Small = dotted(plan, d.periodOf(&e.PeriodID))
		t.Rows = append(t.Rows, r)
	}
	t.More = goesOn(len(t.Rows), len(d.earnings), "earnings")
	return t
}

// holdTable says what is held, and what it waits for.
func (d *draft) holdTable() document.Table {
	t := document.Table{Heading: "Held, and what it waits for", Columns: []document.Column{{Name: "Of"}, {Name: "Waits"}, d.figures("Held")}}
	held := 0
	for i := range d.ledger.After.Holds {
		h := &d.ledger.After.Holds[i]
		if h.Held.IsZero() {
			continue
		}
		if held++; held > documentRows {
			continue
		}
		name, origin := h.Key, ""
		if !h.ComponentID.IsZero() {
			name, origin = d.componentName(&h.ComponentID, h.Key), d.periodOf(&h.OriginID)
		}
		t.Rows = append(t.Rows, document.Row{Cells: []string{name, sentence(h.WaitsFor), d.amount(h.HeldMoney())}, Small: dotted(deal(h.ExternalID), origin)})
	}
	t.More = goesOn(len(t.Rows), held, "holds")
	for _, total := range Standing(&d.ledger.After) {
		if total.Account == model.AccountHeld {
			t.Totals = append(t.Totals, document.Row{Cells: []string{"Held", "", d.amount(total.Amount)}})
		}
	}
	return t
}

// balanceOf names the balances that go on from period to period.
var balanceOf = map[model.LedgerAccount]string{
	model.AccountHeld:    "Held for you",
	model.AccountPayable: "Withheld",
	model.AccountDraw:    "Advances to be paid back",
	model.AccountCarried: "Pay below zero, to be made up",
}

// balanceTable says what was brought and is carried on.
func (d *draft) balanceTable() document.Table {
	t := document.Table{
		Heading: "Balances", Note: "Above zero they are owed to you, below zero by you.",
		Columns: []document.Column{{Name: "Balance"}, d.figures("Brought"), d.figures("Carried on")},
	}
	before, after := Standing(&d.ledger.Before), Standing(&d.ledger.After)
	at := func(all []*model.AccountTotal, of *model.AccountTotal) string {
		m := model.Money{Currency: of.Amount.Currency}
		for _, t := range all {
			if t.Account == of.Account && t.Amount.Currency == of.Amount.Currency {
				m = t.Amount
			}
		}
		return d.amount(m)
	}
	var both []*model.AccountTotal
	for _, total := range slices.Concat(before, after) {
		known := slices.ContainsFunc(both, func(b *model.AccountTotal) bool {
			return b.Account == total.Account && b.Amount.Currency == total.Amount.Currency
		})
		if !known {
			both = append(both, total)
		}
	}
	for _, account := range []model.LedgerAccount{model.AccountHeld, model.AccountDraw, model.AccountCarried, model.AccountPayable} {
		for _, total := range both {
			if total.Account == account {
				t.Rows = append(t.Rows, document.Row{Cells: []string{balanceOf[account], at(before, total), at(after, total)}})
			}
		}
	}
	return t
}

// paymentTable says what was paid.
func (d *draft) paymentTable() document.Table {
	t := document.Table{Heading: "Payments", Columns: []document.Column{{Name: "Paid on"}, d.figures("Amount")}}
	for _, p := range d.payments {
		t.Rows = append(t.Rows, document.Row{Cells: []string{document.Day(p.PaidOn), d.amount(p.Amount)}})
	}
	return t
}

// answerText says what the payee has answered.
func (d *draft) answerText() string {
	if d.answer == nil {
		return ""
	}
	text := map[model.AnswerKind]string{model.AnswerSigned: "Signed", model.AnswerContested: "Contested", model.AnswerResolved: "Contested, and settled"}[d.answer.Answer]
	text += " on " + d.answer.CreatedAt.UTC().Format("2 January 2006")
	if d.answer.Reason != "" {
		text += ": " + d.answer.Reason
	}
	if !d.answer.Current {
		text = strings.TrimSuffix(text, ".") + ". The statement has changed since."
	}
	return text
}

// dotted sets a point between those of some texts that are not empty.
func dotted(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(text string) bool { return text == "" }), " \u00b7 ")
}

func deal(externalID string) string {
	if externalID == "" {
		return ""
	}
	return "Deal " + externalID
}

// sentence begins a text with a capital.
func sentence(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}
