package service

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"

	"spm/model"
)

// Fingerprint is the SHA-256, in hex, of what a ledger says: a line for each of
// its rows, a JSON array of texts, in the graph's order and words, so that a reader
// of the graph can calculate it too.
//
//	["statement", payee id, period id, "true" where it is withheld or else "false", fault]
//	["brought", account, amount, currency]
//	["entry", movement, from, to, amount, currency, text, key, earning code, source, external id]
//	["carried", account, amount, currency]
//	["hold", key, source, external id, date, whole, held, forfeited, clawed, currency, waits for]
func Fingerprint(b *model.Balance) string {
	sum := sha256.New()
	withheld := "false"
	if b.Withheld {
		withheld = "true"
	}
	row(sum, "statement", b.PayeeID.String(), b.PeriodID.String(), withheld, b.Fault)
	for _, t := range Standing(&b.Before) {
		row(sum, "brought", string(t.Account), t.Amount.AmountText(), string(t.Amount.Currency))
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		row(sum, "entry", string(e.Movement), string(e.From), string(e.To), e.Amount.AmountText(), string(e.Amount.Currency), e.Text, e.Key, e.EarningCode, e.Source, e.ExternalID)
	}
	for _, t := range Standing(&b.After) {
		row(sum, "carried", string(t.Account), t.Amount.AmountText(), string(t.Amount.Currency))
	}
	for i := range b.After.Holds {
		h := &b.After.Holds[i]
		row(sum, "hold", h.Key, h.Source, h.ExternalID, h.Date.String(), h.WholeMoney().AmountText(), h.HeldMoney().AmountText(), h.ForfeitedMoney().AmountText(),
			h.ClawedMoney().AmountText(), string(h.Currency), h.WaitsFor)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// row adds a line of texts.
func row(sum hash.Hash, texts ...string) {
	line := json.NewEncoder(sum) // ends each line with a line feed
	line.SetEscapeHTML(false)
	_ = line.Encode(texts) // of texts, into a hash: neither can fail
}
