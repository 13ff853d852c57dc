package calc

import (
	"slices"
	"testing"

	"spm/model"
)

// CheckBalance finds what was forged: an entry, or what is brought or handed on.
func TestCheckBalanceFindsForgeries(t *testing.T) {
	t.Parallel()
	sound := func() *model.Balance {
		return &model.Balance{
			Withheld: true,
			Before: model.Brought{
				Debts: []model.Debt{{Account: model.AccountCarried, Currency: "USD", Amount: dec("10")}, {Account: model.AccountPayable, Currency: "EUR", Amount: dec("50")}},
				Holds: []model.Hold{{Currency: "USD", Whole: dec("30"), Held: dec("30")}},
			},
			Entries: []model.LedgerEntry{
				{Movement: model.MoveCarried, From: model.AccountPayable, To: model.AccountCarried, Amount: model.Money{Amount: dec("10"), Currency: "USD"}},
				{Movement: model.MoveEarned, From: model.AccountEarned, To: model.AccountPayable, Amount: model.Money{Amount: dec("100"), Currency: "USD"}},
				{Movement: model.MoveDraw, From: model.AccountDraw, To: model.AccountPayable, Key: "d", Amount: model.Money{Amount: dec("20"), Currency: "USD"}},
			},
			After: model.Brought{
				Debts: []model.Debt{
					{Account: model.AccountDraw, Currency: "USD", Key: "d", Amount: dec("20")}, {Account: model.AccountPayable, Currency: "EUR", Amount: dec("50")},
					{Account: model.AccountPayable, Currency: "USD", Amount: dec("110")},
				},
				Holds: []model.Hold{{Currency: "USD", Whole: dec("30"), Held: dec("30")}},
			},
		}
	}
	if err := CheckBalance(sound()); err != nil {
		t.Fatal(err)
	}
	for name, forge := range map[string]func(*model.Balance){
		"an entry's amount":   func(b *model.Balance) { b.Entries[2].Amount.Amount = dec("21") },
		"an entry's currency": func(b *model.Balance) { b.Entries[2].Amount.Currency = "EUR" },
		"an entry's accounts": func(b *model.Balance) { b.Entries[1].To = model.AccountHeld },
		"an entry's movement": func(b *model.Balance) { b.Entries[1].Movement = model.MoveDraw },
		"an entry left out":   func(b *model.Balance) { b.Entries = b.Entries[:2] },
		"an entry twice":      func(b *model.Balance) { b.Entries = append(b.Entries, b.Entries[0]) },
		"finer than cents": func(b *model.Balance) {
			b.Entries[1].Amount.Amount, b.After.Debts[2].Amount = dec("100.001"), dec("110.001")
		},
		"withheld pay brought": func(b *model.Balance) { b.Before.Debts[1].Amount = dec("60") },
		"withheld pay lost":    func(b *model.Balance) { b.After.Debts = slices.Delete(b.After.Debts, 1, 2) },
		"withheld pay grown":   func(b *model.Balance) { b.After.Debts[1].Amount = dec("60") },
		"withheld pay from nowhere": func(b *model.Balance) {
			b.After.Debts = append(b.After.Debts, model.Debt{Account: model.AccountPayable, Currency: "GBP", Amount: dec("5")})
		},
		"paid and handed on": func(b *model.Balance) { b.Withheld = false },
		"carried from nowhere": func(b *model.Balance) {
			b.After.Debts = append(b.After.Debts, model.Debt{Account: model.AccountCarried, Currency: "USD", Amount: dec("5")})
		},
		"a draw forgotten":             func(b *model.Balance) { b.After.Debts = b.After.Debts[1:] },
		"a draw that is another one's": func(b *model.Balance) { b.After.Debts[0].Key = "e" },
		"a debt below zero": func(b *model.Balance) {
			b.Before.Debts = append(b.Before.Debts, model.Debt{Account: model.AccountDraw, Currency: "GBP", Key: "d", Amount: dec("-5")})
			b.After.Debts = append(b.After.Debts, model.Debt{Account: model.AccountDraw, Currency: "GBP", Key: "d", Amount: dec("-5")})
		},
		"a hold's amount":           func(b *model.Balance) { b.After.Holds[0].Held = dec("31") },
		"a hold's currency":         func(b *model.Balance) { b.After.Holds[0].Currency = "EUR" },
		"more held than was earned": func(b *model.Balance) { b.Before.Holds[0].Whole, b.After.Holds[0].Whole = dec("20"), dec("20") },
		"a hold lost with an entry for it": func(b *model.Balance) {
			b.After.Holds = nil
		},
		"a rest of a whole cent": func(b *model.Balance) { b.After.Rests = []model.Rest{{Currency: "USD", Amount: dec("0.01")}} },
	} {
		b := sound()
		forge(b)
		if CheckBalance(b) == nil {
			t.Errorf("%s is not found", name)
		}
	}
}
