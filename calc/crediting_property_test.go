package calc

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// drawDecimal draws a number of up to 15 digits and 10 decimals, of any sign.
func drawDecimal(t *rapid.T, label string) decimal.Decimal {
	return decimal.New(rapid.Int64Range(-1e15, 1e15).Draw(t, label), -rapid.Int32Range(0, 10).Draw(t, label+" decimals"))
}

func drawOptional(t *rapid.T, label string) *decimal.Decimal {
	if !rapid.Bool().Draw(t, label+" given") {
		return nil
	}
	d := drawDecimal(t, label)
	return &d
}

// drawSale draws a sale of any amount and currency with sellers, sometimes
// one twice, by weights, shares that sum to 1, or nothing.
func drawSale(t *rapid.T, sellers []string) model.Transaction {
	s := sale(rapid.SliceOfN(rapid.SampledFrom(sellers), 1, 7).Draw(t, "sellers")...)
	s.Amount = drawDecimal(t, "amount")
	if rapid.IntRange(0, 9).Draw(t, "zero") == 0 {
		s.Amount = decimal.Zero
	}
	s.Currency = rapid.SampledFrom([]model.CurrencyCode{"USD", "JPY", "KWD", "EUR"}).Draw(t, "currency")
	s.Quantity, s.Margin = drawOptional(t, "quantity"), drawOptional(t, "margin")
	weights := make([]decimal.Decimal, len(s.Sellers))
	for i := range weights {
		weights[i] = decimal.New(rapid.Int64Range(0, 1e6).Draw(t, "weight"), -rapid.Int32Range(0, 4).Draw(t, "weight decimals"))
	}
	weights[0] = weights[0].Add(decimal.New(1, -4))
	switch rapid.IntRange(0, 2).Draw(t, "how") {
	case 0:
		for i := range s.Sellers {
			s.Sellers[i].Weight = &weights[i]
		}
	case 1:
		shares, err := Split(decimal.NewFromInt(1), weights, rapid.Int32Range(2, 10).Draw(t, "share decimals"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range s.Sellers {
			s.Sellers[i].Share = &shares[i]
		}
	}
	return s
}

var team = []string{"ann", "bob", "cid", "@R1", "@R2", "@R3"}

func drawRules(t *rapid.T) []model.CreditingRule {
	return []model.CreditingRule{
		rule("first", when("amount == 123456789")),
		rule("direct"),
		rule("rollup", toManagers(rapid.IntRange(0, 3).Draw(t, "levels"), rapid.SampledFrom([]string{"1", "0.5", "0.3333333333"}).Draw(t, "level share"), "1")),
		rule("second", toManagers(0)),
		rule("overlay", toPositions(model.CreditOverlay, "SE", "0.07", "PM", "1")),
		rule("points", ofType("POINTS"), toPositions(model.CreditDirect, "R5", "0.3333333333", "R4", "0.6666666667")),
	}
}

// total sums what a kind of credit of REVENUE gives.
func total(credits []model.Credit, kind model.CreditKind, only func(*model.Credit) bool) (share, amount, quantity, margin decimal.Decimal) {
	for i := range credits {
		c := &credits[i]
		if c.Kind != kind || c.CreditTypeID != idOf(model.KindCreditType, "REVENUE") || (only != nil && !only(c)) {
			continue
		}
		share, amount = share.Add(c.Share), amount.Add(c.Amount)
		if c.Quantity != nil {
			quantity = quantity.Add(*c.Quantity)
		}
		if c.Margin != nil {
			margin = margin.Add(*c.Margin)
		}
	}
	return share, amount, quantity, margin
}

func checkWhole(t *rapid.T, what string, s *model.Transaction, share, amount, quantity, margin decimal.Decimal) {
	t.Helper()
	if !share.Equal(whole) || !amount.Equal(s.Amount) ||
		(s.Quantity != nil && !quantity.Equal(*s.Quantity)) || (s.Margin != nil && !margin.Equal(*s.Margin)) {
		t.Fatalf("%s sum to %s of it: %s of %s, %s of %s, %s of %s", what, share, amount, s.Amount, quantity, s.Quantity, margin, s.Margin)
	}
}

// DIRECT shares, amounts, quantities and margins sum to the whole exactly; and
// so do the rollups of a deal split within one team, at each level that gets
// all of it.
func TestCreditsAreConserved(t *testing.T) {
	t.Parallel()
	c := crediter(t, rule("direct"), rule("rollup", toManagers(0)))
	rapid.Check(t, func(t *rapid.T) {
		s := drawSale(t, team)
		o := c.Credit(Case{Transaction: s})
		if len(o.Exceptions) > 0 {
			t.Fatalf("%+v", o.Exceptions)
		}
		share, amount, quantity, margin := total(o.Credits, model.CreditDirect, nil)
		checkWhole(t, "direct credits", &s, share, amount, quantity, margin)
		for level := 1; level <= 3; level++ {
			share, amount, quantity, margin = total(o.Credits, model.CreditRollup, func(c *model.Credit) bool { return c.Level == level })
			checkWhole(t, fmt.Sprint("rollups of level ", level), &s, share, amount, quantity, margin)
		}
		for i := range o.Credits {
			if c := &o.Credits[i]; c.Amount.Sign()*s.Amount.Sign() < 0 || c.Share.IsNegative() || c.Share.Exponent() < -model.Scale {
				t.Fatalf("%+v", c)
			}
		}
	})
}

// A return in full leaves nothing with anybody, of any kind and type, wherever
// they now sit; a part of it is taken from the sellers to the last unit.
func TestReversalsNet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup := company()
		setup.Rules = drawRules(t)
		c, err := NewCrediter(setup)
		if err != nil {
			t.Fatal(err)
		}
		s := drawSale(t, team)
		given := c.Credit(Case{Transaction: s})
		r := back("0")
		r.Currency, r.Amount = s.Currency, s.Amount.Neg()
		if s.Quantity != nil {
			r.Quantity = negated(s.Quantity)
		}
		if s.Margin != nil {
			r.Margin = negated(s.Margin)
		}
		taken := c.Credit(Case{Transaction: r, Original: &s, OriginalOutcome: &given})
		if len(taken.Credits) != len(given.Credits) || len(taken.Exceptions) > 0 {
			t.Fatalf("%s\n%s", shown(given), shown(taken))
		}
		for i := range given.Credits {
			a, b := &given.Credits[i], &taken.Credits[i]
			if a.PositionID != b.PositionID || a.Kind != b.Kind || a.CreditTypeID != b.CreditTypeID || !reflect.DeepEqual(a.PayeeID, b.PayeeID) ||
				!a.Share.Equal(b.Share) || a.FXDate != b.FXDate || b.Date != r.EventDate ||
				!a.Amount.Add(b.Amount).IsZero() || !cancel(a.Quantity, b.Quantity) || !cancel(a.Margin, b.Margin) {
				t.Fatalf("%s\n%s", shown(given), shown(taken))
			}
		}
		r.Amount, r.Quantity, r.Margin = drawDecimal(t, "part"), drawOptional(t, "part of quantity"), drawOptional(t, "part of margin")
		part := c.Credit(Case{Transaction: r, Original: &s, OriginalOutcome: &given})
		share, amount, quantity, margin := total(part.Credits, model.CreditDirect, nil)
		checkWhole(t, "the direct parts", &r, share, amount, quantity, margin)
	})
}

func cancel(a, b *decimal.Decimal) bool {
	return (a == nil) == (b == nil) && (a == nil || a.Add(*b).IsZero())
}

// The order of the set-up's rows does not matter, nor how a number is written.
func TestOutcomesDependOnFactsOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		setup := company()
		setup.Rules = drawRules(t)
		s := drawSale(t, append([]string{"dan", "idle", "mia", "@M1", "@LATE", "nobody"}, team...))
		s.EventDate = rapid.SampledFrom([]model.Date{day("2026-03-31"), day("2026-07-01")}).Draw(t, "date")
		cs := Case{Transaction: s}
		first, err := NewCrediter(setup)
		if err != nil {
			t.Fatal(err)
		}
		want := shown(first.Credit(cs))
		shuffled := CreditingSetup{
			Kinds: rapid.Permutation(setup.Kinds).Draw(t, "kinds"), CreditTypes: rapid.Permutation(setup.CreditTypes).Draw(t, "types"),
			Rules: rapid.Permutation(setup.Rules).Draw(t, "rules"), Positions: rapid.Permutation(setup.Positions).Draw(t, "positions"),
			Payees: rapid.Permutation(setup.Payees).Draw(t, "payees"), Seats: rapid.Permutation(setup.Seats).Draw(t, "seats"),
			Products: rapid.Permutation(setup.Products).Draw(t, "products"),
		}
		second, err := NewCrediter(shuffled)
		if err != nil {
			t.Fatal(err)
		}
		cs.Transaction.Amount = cs.Transaction.Amount.Add(decimal.New(0, -14))
		if got := shown(second.Credit(cs)); got != want {
			t.Fatalf("%s\n\n%s", want, got)
		}
	})
}

// benchmarkCases make a set-up with 40 rules that do not match before the one
// that does, and three cases.
func benchmarkCases(b *testing.B) (c *Crediter, plain, split, reversal Case) {
	setup := company()
	for i := range 40 {
		setup.Rules = append(setup.Rules, rule(fmt.Sprint("other", i), when(fmt.Sprintf(`attr("segment") == "S%d" and amount > 100`, i))))
	}
	setup.Rules = append(setup.Rules, rule("own", func(r *model.CreditingRule) { r.Priority = 1 }), rule("rollup", toManagers(0)),
		rule("overlay", toPositions(model.CreditOverlay, "SE", "0.1"), when(`productIn("Hardware")`)))
	c, err := NewCrediter(setup)
	if err != nil {
		b.Fatal(err)
	}
	plain.Transaction = with(sale("ann"), func(t *model.Transaction) { t.Product, t.Attributes = "GTXPro", attributes("segment", "none") })
	split.Transaction = with(sale("ann:1", "bob:1", "cid:1"), func(t *model.Transaction) { t.Quantity, t.Attributes = decPtr("3"), attributes("segment", "none") })
	outcome := c.Credit(split)
	return c, plain, split, Case{Transaction: back("-10"), Original: &split.Transaction, OriginalOutcome: &outcome}
}

func BenchmarkCredit(b *testing.B) {
	c, plain, split, reversal := benchmarkCases(b)
	for _, bench := range []struct {
		name string
		cs   Case
	}{{"one seller", plain}, {"three sellers", split}, {"reversal", reversal}} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if o := c.Credit(bench.cs); len(o.Exceptions) > 0 {
					b.Fatal(o.Exceptions)
				}
			}
		})
	}
}

// One operation is 100,000 transactions: 85 in 100 of one seller, 10 of three,
// 5 returns; 43 rules, 3 levels of managers and an overlay.
func BenchmarkCreditHundredThousand(b *testing.B) {
	c, plain, split, reversal := benchmarkCases(b)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 100_000 {
			switch {
			case i%20 == 0:
				c.Credit(reversal)
			case i%10 == 1:
				c.Credit(split)
			default:
				c.Credit(plain)
			}
		}
	}
}
