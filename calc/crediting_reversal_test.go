package calc

import (
	"testing"

	"spm/model"
)

// back is a return of the sale T-1 on 2026-08-10.
func back(amount string) model.Transaction {
	return model.Transaction{Source: "crm", ExternalID: "T-2", Kind: "RETURN", EventDate: day("2026-08-10"), Amount: dec(amount), Currency: "USD",
		RelatesTo: &model.TransactionLink{Type: model.LinkReverses, ExternalID: "T-1"}}
}

func TestReversals(t *testing.T) {
	t.Parallel()
	direct, rollup := rule("direct"), rule("rollup", toManagers(1, "0.5"))
	overlay := rule("overlay", toPositions(model.CreditOverlay, "SE", "0.1"))
	booked := rule("direct", by(model.DateBooked))
	for _, c := range []struct {
		name     string
		rules    []model.CreditingRule
		original *model.Transaction
		reversal model.Transaction
		want     string
	}{
		{"unlinked", []model.CreditingRule{direct}, nil, back("-1000"), `! UNLINKED_REVERSAL *: there is no sale "T-1" from "crm"`},
		{"without a link", []model.CreditingRule{direct}, nil, with(back("-1000"), func(t *model.Transaction) { t.RelatesTo = nil }), `! UNLINKED_REVERSAL *: it names no sale`},
		{"after a transfer it still falls on those who were credited", []model.CreditingRule{direct, rollup, overlay}, new(sale("bob=0.4", "cid=0.6")), back("-1000"), `
			REVENUE DIRECT R2/bob 0.4 -400 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.6 -600 2026-08-10 fx=2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.2 -200 2026-08-10 fx=2026-03-31 via R2 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.3 -300 2026-08-10 fx=2026-03-31 via R3 level 1 by rollup
			REVENUE OVERLAY SE/- 0.1 -100 2026-08-10 fx=2026-03-31 by overlay`},
		{"a part of it by the same shares, to the cent", []model.CreditingRule{direct, rollup}, new(sale("ann:1", "bob:1", "cid:1")), back("-100"), `
			REVENUE DIRECT R1/ann 0.3333333334 -33.34 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.3333333333 -33.33 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.3333333333 -33.33 2026-08-10 fx=2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.1666666667 -16.67 2026-08-10 fx=2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.1666666666 -16.665 2026-08-10 fx=2026-03-31 via R2 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.1666666666 -16.665 2026-08-10 fx=2026-03-31 via R3 level 1 by rollup`},
		{"in full it mirrors, whoever the odd cent went to", []model.CreditingRule{direct}, new(sale("cid:1", "bob:1", "ann:1")), back("-1000"), `
			REVENUE DIRECT R1/ann 0.3333333333 -333.33 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.3333333333 -333.33 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.3333333334 -333.34 2026-08-10 fx=2026-03-31 by direct`},
		{"by the original rule's date", []model.CreditingRule{booked}, new(with(sale("ann"), func(t *model.Transaction) { t.BookedDate = dayPtr("2026-04-01") })),
			with(back("-1"), func(t *model.Transaction) { t.BookedDate = dayPtr("2026-09-01") }),
			`REVENUE DIRECT R1/ann 1 -1 2026-09-01 fx=2026-04-01 by direct`},
		{"or the event's where that is missing", []model.CreditingRule{booked}, new(with(sale("ann"), func(t *model.Transaction) { t.BookedDate = dayPtr("2026-04-01") })), back("-1"),
			`REVENUE DIRECT R1/ann 1 -1 2026-08-10 fx=2026-04-01 by direct`},
		{"quantity and margin are the reversal's own", []model.CreditingRule{direct, rollup, overlay},
			new(with(sale("ann", "bob"), func(t *model.Transaction) { t.Quantity, t.Margin = decPtr("4"), decPtr("500") })),
			with(back("-1000"), func(t *model.Transaction) { t.Quantity, t.Margin = decPtr("-1"), decPtr("-500") }), `
			REVENUE DIRECT R1/ann 0.5 -500 q=-0.5 m=-250 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 -500 q=-0.5 m=-250 2026-08-10 fx=2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.25 -250 q=-0.25 m=-125 2026-08-10 fx=2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.25 -250 q=-0.25 m=-125 2026-08-10 fx=2026-03-31 via R2 level 1 by rollup
			REVENUE OVERLAY SE/- 0.1 -100 q=-0.1 m=-50 2026-08-10 fx=2026-03-31 by overlay`},
		{"what the sale was over-allocated is taken back so", []model.CreditingRule{rule("direct", func(r *model.CreditingRule) { r.OverAllocate = true })}, new(sale("ann=1", "bob=0.5")), back("-10"), `
			REVENUE DIRECT R1/ann 1 -10 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 -5 2026-08-10 fx=2026-03-31 by direct`},
		{"in another currency the shares count", []model.CreditingRule{direct}, new(sale("ann", "bob", "cid")), with(back("-1000"), func(t *model.Transaction) { t.Currency = "JPY" }), `
			REVENUE DIRECT R1/ann 0.3333333334 -334 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.3333333333 -333 2026-08-10 fx=2026-03-31 by direct
			REVENUE DIRECT R3/cid 0.3333333333 -333 2026-08-10 fx=2026-03-31 by direct`},
		{"its own product is not looked at", []model.CreditingRule{direct}, new(sale("ann")), with(back("-1000"), func(t *model.Transaction) { t.Product = "no such" }),
			`REVENUE DIRECT R1/ann 1 -1000 2026-08-10 fx=2026-03-31 by direct`},
		{"of a withheld sale it is withheld, its overlays are not", []model.CreditingRule{direct, overlay, rule("points", ofType("POINTS"), toPositions(model.CreditDirect, "PM", "1"))}, new(sale("nobody")), back("-1000"), `
			POINTS DIRECT PM/- 1 -1000 2026-08-10 fx=2026-03-31 by points
			REVENUE OVERLAY SE/- 0.1 -100 2026-08-10 fx=2026-03-31 by overlay
			! WITHHELD_BY_ORIGINAL REVENUE: T-1: UNKNOWN_SELLER payee "nobody"`},
		{"of a sale withheld in every type", []model.CreditingRule{direct}, new(with(sale("ann"), func(t *model.Transaction) { t.Product = "no such" })), back("-1000"),
			`! WITHHELD_BY_ORIGINAL *: T-1: UNKNOWN_PRODUCT "no such"`},
		{"of a payment there is nothing to reverse", []model.CreditingRule{direct}, new(with(sale("ann"), func(t *model.Transaction) { t.Kind = "PAYMENT" })), back("-1000"), ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			crediter := crediter(t, c.rules...)
			cs := Case{Transaction: c.reversal, Original: c.original}
			alone := crediter.Credit(cs)
			want(t, alone, c.want)
			if c.original != nil {
				outcome := crediter.Credit(Case{Transaction: *c.original})
				cs.OriginalOutcome = &outcome
				want(t, crediter.Credit(cs), c.want)
			}
		})
	}
}

// A rollup whose rule is no longer in the set-up keeps its share of the whole.
func TestReversalOfAStaleOutcome(t *testing.T) {
	t.Parallel()
	original := sale("ann")
	outcome := crediter(t, rule("direct"), rule("rollup", toManagers(1, "0.5"))).Credit(Case{Transaction: original})
	got := crediter(t).Credit(Case{Transaction: back("-10"), Original: &original, OriginalOutcome: &outcome})
	want(t, got, `
		REVENUE DIRECT R1/ann 1 -10 2026-08-10 fx=2026-03-31 by direct
		REVENUE ROLLUP M1/mia 0.5 -5 2026-08-10 fx=2026-03-31 via R1 level 1 by rollup`)
}
