package calc

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// sellingTeam is a company of two sellers under a manager, from its sales to what
// each of them earns: 5% and 10% on quota for the sellers, 1% on their team's
// sales for the manager.
func sellingTeam() (Book, CreditingSetup) {
	s := scene{
		Seats:    []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}, {"bob", "south", model.MinDate, model.MaxDate}, {"mia", "lead", model.MinDate, model.MaxDate}},
		Quotas:   []sceneQuota{{Position: "north", Period: "2026-Q1", Amount: "50000"}, {Position: "south", Period: "2026-Q1", Amount: "40000"}},
		Measures: []sceneMeasure{{Key: "team", Kinds: []model.CreditKind{model.CreditRollup}}, {Key: "own", Kinds: []model.CreditKind{model.CreditDirect}}},
		Tables:   []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.05"}, {"1", "", "0.1"}}}},
		Versions: []sceneVersion{
			{Components: []sceneComponent{{Table: "t"}}},
			{Plan: "lead", Components: []sceneComponent{{Key: "override", Measure: "team", Rate: "0.01"}}},
		},
		Assigned: []sceneAssigned{{Position: "north"}, {Position: "south"}, {Plan: "lead", Position: "lead"}},
	}
	b := s.book()
	lead := keyed(model.KindPosition, "lead")
	for i := range b.Positions {
		if b.Positions[i].ExternalID != "lead" {
			b.Positions[i].Slices[0].ParentID = &lead
		}
	}
	revenue := b.CreditTypes[0].ID
	return b, CreditingSetup{
		Kinds:       []model.TransactionKind{{ID: keyed(model.KindTransactionKind, "B"), Key: "BOOKING", Role: model.RoleCreditable}, {ID: keyed(model.KindTransactionKind, "R"), Key: "RETURN", Role: model.RoleReversal}},
		CreditTypes: b.CreditTypes, Titles: b.Titles, Positions: b.Positions, Payees: b.Payees, Seats: b.Seats,
		Rules: []model.CreditingRule{
			{ID: keyed(model.KindCreditingRule, "s"), Key: "sellers", CreditKind: model.CreditDirect, CreditTypeID: revenue, DateRule: model.DateEvent, Receivers: model.ReceiveSellers, Days: model.Always},
			{ID: keyed(model.KindCreditingRule, "m"), Key: "managers", CreditKind: model.CreditRollup, CreditTypeID: revenue, DateRule: model.DateEvent, Receivers: model.ReceiveManagers, Days: model.Always},
		},
	}
}

// sales makes a quarter of bookings, some split, some returned.
func sales(random *rand.Rand) []Case {
	var out []Case
	for i := range 60 {
		sellers := [][]model.Seller{{{Payee: "ana"}}, {{Payee: "bob"}}, {{Payee: "ana", Weight: optional("2")}, {Payee: "bob", Weight: optional("1")}}}[random.IntN(3)]
		sale := model.Transaction{
			ID: model.IntID(model.KindTransaction, int64(i+1)), Source: "crm", ExternalID: fmt.Sprintf("S%02d", i), Kind: "BOOKING", Currency: "USD",
			EventDate: date("2026-01-01").AddDays(random.IntN(80)), Amount: decimal.New(random.Int64N(300000), -2), Sellers: sellers,
		}
		out = append(out, Case{Transaction: sale})
		if random.IntN(6) == 0 {
			back := sale
			back.ID, back.ExternalID, back.Kind = model.IntID(model.KindTransaction, int64(1000+i)), "R"+sale.ExternalID, "RETURN"
			back.EventDate, back.Amount = sale.EventDate.AddDays(5), sale.Amount.Neg()
			back.RelatesTo = &model.TransactionLink{Type: model.LinkReverses, ExternalID: sale.ExternalID}
			out = append(out, Case{Transaction: back, Original: &sale})
		}
	}
	return out
}

// credited gives the facts of the cases, numbered as they come.
func credited(t testing.TB, c *Crediter, cases []Case) []CreditFact {
	t.Helper()
	var out []CreditFact
	for i := range cases {
		outcome := c.Credit(cases[i])
		if len(outcome.Exceptions) > 0 {
			t.Fatalf("%s: %+v", cases[i].Transaction.ExternalID, outcome.Exceptions)
		}
		for _, credit := range outcome.Credits {
			credit.ID = model.IntID(model.KindCredit, int64(len(out)+1))
			out = append(out, CreditFact{Credit: credit, Transaction: &cases[i].Transaction, Reversal: cases[i].Transaction.Kind == "RETURN", Rule: string(credit.Kind)})
		}
	}
	return out
}

// TestFromSalesToEarnings: credits feed the engine as they come out of
// crediting; the sums are right, and neither the order of the transactions nor
// the numbers of the credits matters.
func TestFromSalesToEarnings(t *testing.T) {
	t.Parallel()
	book, setup := sellingTeam()
	crediter, err := NewCrediter(setup)
	if err != nil {
		t.Fatal(err)
	}
	engine, period := engineOf(t, book), keyed(model.KindPeriod, "2026-Q1")
	cases := sales(rand.New(rand.NewPCG(3, 3)))
	total := decimal.Zero
	for _, c := range cases {
		total = total.Add(c.Transaction.Amount)
	}
	want := map[string][]byte{}
	for seed := range uint64(20) {
		facts := credited(t, crediter, cases)
		sold := decimal.Zero
		for _, payee := range []string{"ana", "bob", "mia"} {
			r := engine.Calculate(keyed(model.KindPayee, payee), period, facts)
			if err := r.Check(); err != nil || len(r.Earnings) != 1 {
				t.Fatal(err, len(r.Earnings))
			}
			e := r.Earnings[0]
			if payee != "mia" {
				sold = sold.Add(e.Measure)
			} else if !e.Measure.Equal(total) || !e.Amount.Amount.Equal(total.Shift(-2).Round(2)) {
				t.Fatalf("the manager's team sold %s, and earned %s", e.Measure, e.Amount.Amount)
			}
			if seed == 0 {
				want[payee] = e.Canonical()
			} else if !bytes.Equal(e.Canonical(), want[payee]) {
				t.Fatalf("seed %d gives %s other bytes", seed, payee)
			}
		}
		if !sold.Equal(total) {
			t.Fatalf("the sellers sold %s of %s", sold, total)
		}
		shuffle(rand.New(rand.NewPCG(seed, 1)), cases)
	}
}
