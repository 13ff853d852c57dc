package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// flows says between which accounts a movement goes.
var flows = map[model.Movement][][2]model.LedgerAccount{
	model.MoveOpening: {
		{model.AccountOpening, model.AccountHeld}, {model.AccountOpening, model.AccountPayable},
		{model.AccountCarried, model.AccountOpening}, {model.AccountDraw, model.AccountOpening}, {model.AccountPayable, model.AccountOpening},
	},
	model.MoveEarned:     {{model.AccountEarned, model.AccountPayable}},
	model.MoveHold:       {{model.AccountPayable, model.AccountHeld}},
	model.MoveRelease:    {{model.AccountHeld, model.AccountPayable}},
	model.MovePrior:      {{model.AccountPrior, model.AccountPayable}},
	model.MoveAdjustment: {{model.AccountAdjustment, model.AccountPayable}},
	model.MoveClawback:   {{model.AccountPayable, model.AccountClawback}, {model.AccountHeld, model.AccountClawback}},
	model.MoveForfeited:  {{model.AccountHeld, model.AccountForfeited}},
	model.MoveGuarantee:  {{model.AccountGuarantee, model.AccountPayable}},
	model.MoveDraw:       {{model.AccountDraw, model.AccountPayable}, {model.AccountDraw, model.AccountPaid}},
	model.MoveRecovery:   {{model.AccountPayable, model.AccountDraw}},
	model.MoveCarried:    {{model.AccountPayable, model.AccountCarried}, {model.AccountCarried, model.AccountPayable}},
	model.MoveCollected:  {{model.AccountCollected, model.AccountPayable}, {model.AccountCollected, model.AccountCarried}},
	model.MoveWrittenOff: {{model.AccountWrittenOff, model.AccountPayable}, {model.AccountWrittenOff, model.AccountCarried}},
}

// CheckBalance tells whether a ledger may be saved: each entry goes between the
// accounts of its movement in minor units; what it hands on is what it was handed
// and its entries, each draw by itself; nothing that is owed is below zero, and no more held than earned; and calculation.md's law
// holds in each currency:
//
//	OPENING + EARNED + ADJUSTMENT + PRIOR_PERIOD_ADJUSTMENT + DRAW - DRAW_RECOVERY + GUARANTEE_TOP_UP - CLAWBACK + WRITTEN_OFF
//	= PAID + PAYABLE + HELD + FORFEITED - CARRIED - COLLECTED, each as it has changed in the period.
//
// An error is a mistake of the program.
func CheckBalance(b *model.Balance) error {
	moved := map[side]decimal.Decimal{}
	law := map[model.CurrencyCode]decimal.Decimal{}
	for i := range b.Entries {
		e := &b.Entries[i]
		if !allowed(e) {
			return fmt.Errorf("entry %d: %s does not go from %s to %s", i+1, e.Movement, e.From, e.To)
		}
		if e.Amount.Amount.Exponent() < -model.MinorUnits(e.Amount.Currency) && !e.Amount.Amount.Equal(e.Amount.Amount.Round(model.MinorUnits(e.Amount.Currency))) {
			return fmt.Errorf("entry %d: %s is not in minor units", i+1, e.Movement)
		}
		from, to := side{e.From, e.Amount.Currency}, side{e.To, e.Amount.Currency}
		moved[from], moved[to] = moved[from].Sub(e.Amount.Amount), moved[to].Add(e.Amount.Amount)
		law[e.Amount.Currency] = law[e.Amount.Currency].Add(lawOf(e))
	}
	before, after := standingOf(&b.Before), standingOf(&b.After)
	for currency, left := range law {
		right := decimal.Zero
		for _, account := range []model.LedgerAccount{model.AccountPaid, model.AccountPayable, model.AccountHeld, model.AccountForfeited, model.AccountCarried, model.AccountCollected} {
			right = right.Add(moved[side{account, currency}])
		}
		if !left.Equal(right) {
			return fmt.Errorf("what came in %s is not where it went", currency)
		}
	}
	for _, account := range []model.LedgerAccount{model.AccountDraw, model.AccountCarried, model.AccountHeld} {
		for _, currency := range currenciesOf(moved, before, after) {
			at := side{account, currency}
			if !before[at].Add(moved[at]).Equal(after[at]) {
				return fmt.Errorf("%s in %s does not come to what is handed on", account, currency)
			}
		}
	}
	for _, currency := range currenciesOf(moved, before, after) {
		at := side{model.AccountPayable, currency}
		payable := before[at].Add(moved[at])
		switch {
		case payable.IsNegative():
			return fmt.Errorf("what is payable in %s is below zero", currency)
		case b.Withheld && !payable.Equal(after[at]):
			return fmt.Errorf("what is withheld in %s is not handed on", currency)
		case !b.Withheld && !after[at].IsZero():
			return fmt.Errorf("what is payable in %s is handed on and paid: %s", currency, after[at])
		}
	}
	return checkHandedOn(b)
}

// checkHandedOn looks at each thing that is handed on by itself: debts above 0, each
// draw's what its own entries say, no more held than was earned, no rest of a whole
// minor unit.
func checkHandedOn(b *model.Balance) error {
	type draw struct {
		plan     model.ID
		key      string
		currency model.CurrencyCode
	}
	of := func(plan *model.ID, key string, currency model.CurrencyCode) draw {
		if plan == nil {
			return draw{key: key, currency: currency}
		}
		return draw{*plan, key, currency}
	}
	owed := map[draw]decimal.Decimal{}
	for i := range b.Entries {
		e := &b.Entries[i]
		at := of(e.PlanID, e.Key, e.Amount.Currency)
		switch model.AccountDraw {
		case e.From:
			owed[at] = owed[at].Add(e.Amount.Amount)
		case e.To:
			owed[at] = owed[at].Sub(e.Amount.Amount)
		}
	}
	for sign, all := range map[int64][]model.Debt{1: b.Before.Debts, -1: b.After.Debts} {
		for _, d := range all {
			if !d.Amount.IsPositive() {
				return fmt.Errorf("a balance of %s in %s is not above zero", d.Account, d.Currency)
			}
			if at := of(d.PlanID, d.Key, d.Currency); d.Account == model.AccountDraw {
				owed[at] = owed[at].Add(d.Amount.Mul(decimal.New(sign, 0)))
			}
		}
	}
	for at, rest := range owed {
		if !rest.IsZero() {
			return fmt.Errorf("draw %s in %s does not come to what is handed on", at.key, at.currency)
		}
	}
	for i := range b.After.Holds {
		h := &b.After.Holds[i]
		if h.Held.Sign()*h.Whole.Sign() < 0 || h.Held.Abs().GreaterThan(h.Whole.Abs()) {
			return fmt.Errorf("of %s of %s %s is held", h.Whole, h.Key, h.Held)
		}
	}
	for _, r := range b.After.Rests {
		if r.Amount.Abs().GreaterThanOrEqual(decimal.New(1, -model.MinorUnits(r.Currency))) {
			return fmt.Errorf("a rest of %s in %s is not posted", r.Amount, r.Currency)
		}
	}
	return nil
}

func allowed(e *model.LedgerEntry) bool {
	return slices.Contains(flows[e.Movement], [2]model.LedgerAccount{e.From, e.To})
}

// lawOf is what an entry adds to the left side of the law. A draw that was
// brought at go-live is neither: it moves only what is owed.
func lawOf(e *model.LedgerEntry) decimal.Decimal {
	switch e.Movement {
	case model.MoveOpening:
		switch model.AccountOpening {
		case e.From:
			return e.Amount.Amount
		case e.To:
			if e.From == model.AccountCarried || e.From == model.AccountPayable {
				return e.Amount.Amount.Neg()
			}
		}
	case model.MoveEarned, model.MoveAdjustment, model.MovePrior, model.MoveDraw, model.MoveGuarantee, model.MoveWrittenOff:
		return e.Amount.Amount
	case model.MoveRecovery, model.MoveClawback:
		return e.Amount.Amount.Neg()
	}
	return decimal.Zero
}

// standingOf gives what the accounts come to in what is handed on.
func standingOf(b *model.Brought) map[side]decimal.Decimal {
	out := map[side]decimal.Decimal{}
	for _, d := range b.Debts {
		at := side{d.Account, d.Currency}
		if d.Account == model.AccountPayable {
			out[at] = out[at].Add(d.Amount)
		} else {
			out[at] = out[at].Sub(d.Amount)
		}
	}
	for i := range b.Holds {
		at := side{model.AccountHeld, b.Holds[i].Currency}
		out[at] = out[at].Add(b.Holds[i].Held)
	}
	return out
}

func currenciesOf(all ...map[side]decimal.Decimal) []model.CurrencyCode {
	seen := map[model.CurrencyCode]bool{}
	var out []model.CurrencyCode
	for _, one := range all {
		for at := range one {
			if !seen[at.currency] {
				seen[at.currency], out = true, append(out, at.currency)
			}
		}
	}
	return out
}
