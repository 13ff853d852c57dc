package service

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/service/document"
)

// sectionTables are the sections of the ledger, as far as there is room for their
// entries.
func (d *draft) sectionTables() []document.Table {
	out := []document.Table{}
	room := documentRows
	for _, section := range d.sections {
		t := document.Table{Heading: section.Name, Columns: []document.Column{{Name: "What"}, d.figures("Amount")}}
		for _, e := range section.Entries[:min(len(section.Entries), room)] {
			t.Rows = append(t.Rows, d.entryRow(e))
		}
		room -= len(t.Rows)
		t.More = goesOn(len(t.Rows), len(section.Entries), "sections")
		for _, m := range section.Totals {
			if len(section.Entries) == 1 { // it says as much
				break
			}
			t.Totals = append(t.Totals, document.Row{Cells: []string{section.Name + ", total", d.amount(m)}})
		}
		out = append(out, t)
	}
	return out
}

// movementOf begins the words of an entry whose text only says why.
var movementOf = map[model.Movement]string{
	model.MoveHold: "Held back", model.MoveRelease: "Released", model.MoveClawback: "Taken back", model.MoveForfeited: "Forfeited",
	model.MoveRecovery: "Advance paid back", model.MoveOpening: "Brought at go-live",
}

// entryRow writes an entry by what it does to what is payable. One that does
// nothing to it stands aside with its amount.
func (d *draft) entryRow(e *model.LedgerEntry) document.Row {
	m := e.Amount
	r := document.Row{}
	switch model.AccountPayable {
	case e.To:
	case e.From:
		m.Amount = m.Amount.Neg()
	default:
		r.Aside = true
	}
	name, why := sentence(e.Text), ""
	if begin, is := movementOf[e.Movement]; is {
		name, why = begin, e.Text
		if e.Key != "" {
			name += ": " + d.componentName(e.ComponentID, e.Key)
		}
	}
	switch e.Movement {
	case model.MoveAdjustment:
		why = "Reason " + e.Key
	case model.MovePrior:
		name = sentence(corrected(e))
		if e.OriginID != nil {
			why = causesInShort(CorrectionOf(e, d.corrected[*e.OriginID]))
		}
	case model.MoveDraw:
		why = "An advance, to be paid back from later pay"
	case model.MoveGuarantee:
		why = "Guarantee"
	case model.MoveRelease:
		if d.waits(e) {
			why = "the rest waits: " + e.Text
		}
	case model.MoveOpening:
		why = balanceOf[e.To]
		if e.To == model.AccountOpening {
			why = balanceOf[e.From]
		}
		if e.From == model.AccountPayable {
			why = e.Text
		}
	}
	aside, origin := "", d.periodOf(e.OriginID)
	if r.Aside {
		aside = "not part of what is payable"
	}
	if e.Movement == model.MovePrior { // its text names the period
		origin = ""
	}
	r.Cells, r.Small = []string{name, d.amount(m)}, dotted(deal(e.ExternalID), origin, sentence(why), aside)
	return r
}

// corrected sets commas into the two amounts at the end of what an adjustment says.
func corrected(e *model.LedgerEntry) string {
	at := strings.LastIndex(e.Text, ": ") + 1
	now, was, _ := strings.Cut(e.Text[at:], " instead of ")
	after, err := decimal.NewFromString(strings.TrimSpace(now))
	before, other := decimal.NewFromString(was)
	if at == 0 || err != nil || other != nil {
		return e.Text
	}
	amount := func(d decimal.Decimal) string {
		return document.Amount(model.Money{Amount: d, Currency: e.Amount.Currency})
	}
	return e.Text[:at] + " " + amount(after) + " instead of " + amount(before)
}

// waits tells whether a part of what an entry releases is still held, so that its
// text says for what.
func (d *draft) waits(e *model.LedgerEntry) bool {
	for i := range d.ledger.After.Holds {
		h := &d.ledger.After.Holds[i]
		if h.WaitsFor == e.Text && h.Key == e.Key && h.Source == e.Source && h.ExternalID == e.ExternalID && e.OriginID != nil && h.OriginID == *e.OriginID {
			return true
		}
	}
	return false
}
