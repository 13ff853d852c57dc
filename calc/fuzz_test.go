package calc

import (
	"flag"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// byteSource takes choices from fuzzed bytes, and 0 when they have run out.
type byteSource struct{ bytes []byte }

func (s *byteSource) IntN(n int) int {
	value := 0
	for range 3 {
		if len(s.bytes) > 0 {
			value = value<<8 | int(s.bytes[0])
			s.bytes = s.bytes[1:]
		}
		if n <= 256 {
			break
		}
	}
	return value % n
}

// spoil makes a generated company worse than any that the service lets in.
func spoil(r source, b *Book, facts []CreditFact) {
	wild := func() decimal.Decimal {
		return dec(pick(r, "0", "-1", "1e17", "-1e17", "1e18", "1e60", "1e-60", "1e-70", "1e9000", "1e-9000", "0.33333333333333333333", "999999999999999999.9999999999"))
	}
	for range r.IntN(4) {
		v := &b.Versions[0]
		c := &v.Components[0]
		switch r.IntN(20) {
		case 0:
			d := wild()
			c.Rate = &d
		case 1:
			for i := range b.Quotas {
				b.Quotas[i].Amount = wild()
			}
		case 2:
			for i := range facts {
				facts[i].Credit.Amount = wild()
			}
		case 3:
			for i := range b.RateTables {
				rows := b.RateTables[i].Versions[0].Rows
				rows[r.IntN(len(rows))].Cell = wild()
			}
		case 4:
			for i := range b.RateTables {
				rows := b.RateTables[i].Versions[0].Rows
				d := wild()
				rows[r.IntN(len(rows))].From = &d
			}
		case 5:
			c.Bonus = append(c.Bonus, model.BonusLevel{At: wild(), Amount: wild()})
		case 6:
			b.Seats = append(b.Seats, b.Seats[0])
			b.Seats[0].Days.To = b.Seats[0].Days.From.AddDays(r.IntN(40) - 20)
		case 7:
			again := *v
			again.Number, again.Currency = 2, "EUR"
			again.Components = []model.Component{*c, *c}
			again.Days.From = date("2026-02-01")
			b.Versions = append(b.Versions, again)
		case 8:
			c.Condition = pick(r, "amount > 10", "margin > 1", "nonsense", "amount / 0 > 1", `attr("x") == "y"`)
		case 9:
			b.Measures[1].Value, b.Measures[1].Expression = model.ValueExpression, pick(r, "amount", "", "amount * amount * amount", "amount / quantity", "1")
		case 10:
			c.RateKind = pick[model.RateKind](r, "", "FORMULA", model.RateBonus, model.RateOnValue)
		case 11:
			b.FXRates = b.FXRates[:r.IntN(len(b.FXRates)+1)]
		case 12:
			for i := range facts {
				facts[i].Credit.PayeeID, facts[i].Transaction = pick(r, facts[i].Credit.PayeeID, nil), nil
			}
		case 13:
			for i := range b.Payees {
				b.Payees[i].Slices = nil
			}
			b.Positions[0].Slices = nil
			b.PlanAssignments[0].PayeeID = &b.Payees[0].ID
		default:
			spoilKind(r, b, c, wild)
		}
	}
}

// spoilKind makes a component's ways of earning worse than publishing lets in.
func spoilKind(r source, b *Book, c *model.Component, wild func() decimal.Decimal) {
	switch d := wild(); r.IntN(9) {
	case 0:
		c.Target, c.TargetShare = &d, pick(r, nil, &d)
	case 1:
		for i := range b.PlanAssignments {
			b.PlanAssignments[i].TargetIncentive = pick(r, nil, &model.Money{Amount: d, Currency: pick[model.CurrencyCode](r, "USD", "EUR")})
		}
	case 2:
		c.Accumulate = pick(r, model.OverEvent, model.OverOrder, model.OverPeriod, "?")
		c.RateMoment, c.Event = pick(r, model.RateBefore, "?"), pick(r, model.EventOrder, "?")
	case 3:
		c.Window = pick[model.PeriodType](r, "", model.PeriodMonth, model.PeriodQuarter, model.PeriodHalf, model.PeriodYear, "?")
		c.Settlement = pick(r, "", model.SettleTrueUp, model.SettleWindowEnd, "?")
	case 4:
		for i := range c.Goals {
			c.Goals[i].Weight, c.Goals[i].RateTableID = d, pick(r, nil, c.RateTableID)
		}
		c.RateKind = pick(r, model.RateObjectives, c.RateKind)
	case 5:
		c.Formula = pick(r, "measure * measure * measure", "1 / (quota - quota)", "earningOf('base') / 0", "earningOf('commission')", "priorEarningOf('commission', 1) * measure + toDate()", "lookup('t', measure * 1000000000)", "parameter('none')", "nonsense", "")
		c.RateKind = pick(r, model.RateFormula, c.RateKind)
	case 6:
		for i := range b.RateTables {
			table := &b.RateTables[i].Versions[0]
			table.CellKind = pick(r, model.CellRate, model.CellMoney, model.CellTarget, model.CellTargetRate, "?")
			table.Lookup, table.Default = pick(r, model.LookupLinear, "", "?"), d
		}
	case 7:
		for i := range b.RateTables {
			rows := b.RateTables[i].Versions[0].Rows
			rows[r.IntN(len(rows))].Keys = pick(r, nil, make([]model.RowKey, 1), make([]model.RowKey, 3))
		}
		c.TierMode = pick(r, model.TierMarginal, model.TierRetroactive, model.TierWholeCredit, "?")
	case 8:
		for i := range b.Values {
			b.Values[i].Value = wild()
		}
		c.Adjustments = append(c.Adjustments, model.Adjustment{
			Kind: pick(r, model.AdjustMultiplier, model.AdjustCap, model.AdjustFloor, model.AdjustGate, "?"), Name: "wild",
			Over: pick(r, model.OverLine, model.OverComponent, "?"), Factor: pick(r, nil, &d), Amount: pick(r, nil, &d), Condition: pick(r, "", "measure / 0 > 1", "amount / 0 > 1"),
		})
	}
}

// FuzzCalculate: nothing makes the engine panic, and whatever it answers adds
// up, verifies, and is explained to the cent.
func FuzzCalculate(f *testing.F) {
	for _, seed := range []string{"", "a", "\x01\x02\x03\x04\x05\x06\x07\x08", "the quick brown fox jumps over the lazy dog, twice and once again"} {
		f.Add([]byte(seed), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, company, worse []byte) {
		survive(t, &byteSource{company}, &byteSource{worse})
	})
}

var spoilt = flag.Int("spoilt", 3000, "how many spoilt companies TestSpoiled calculates")

// TestSpoiled is FuzzCalculate by seeds; it counts what came of it.
func TestSpoiled(t *testing.T) {
	t.Parallel()
	outcomes := map[string]int{}
	for seed := range uint64(*spoilt) {
		random := rand.New(rand.NewPCG(seed, 5))
		for _, outcome := range survive(t, random, random) {
			outcomes[outcome]++
		}
	}
	t.Log(outcomes)
	for _, code := range []model.ProblemCode{model.ProblemNoQuota, model.ProblemOffTable, model.ProblemNoFXRate, model.ProblemOverflow, model.ProblemExpression, model.ProblemNotSupported} {
		if outcomes[string(code)] < 20 {
			t.Errorf("only %d came to %s", outcomes[string(code)], code)
		}
	}
}

// survive calculates a spoilt company, and says how it went.
func survive(t testing.TB, company, worse source) []string {
	s := generated(company)
	b, facts := s.book(), s.facts()
	spoil(worse, &b, facts)
	e, err := NewEngine(b)
	if err != nil {
		return []string{"refused"}
	}
	r := e.Begin(everybody(facts)).Calculate(keyed(model.KindPayee, s.payee()), keyed(model.KindPeriod, s.period()), facts)
	if err := r.Check(); err != nil {
		t.Fatalf("%v\n%s\n%+v", err, told(&s, r), b.Versions)
	}
	var out []string
	for _, earning := range r.Earnings {
		out = append(out, string(earning.Why))
		if !leaves(earning.Trace.Explain()).Equal(earning.Amount.Amount) || len(earning.Canonical()) == 0 {
			t.Fatal("not explained")
		}
	}
	for _, p := range r.Problems {
		out = append(out, string(p.Code))
	}
	return out
}

// FuzzVerify: no trace makes Verify panic, and one that is changed in its
// amounts does not pass for the original.
func FuzzVerify(f *testing.F) {
	f.Add([]byte("seed"), []byte{1, 2, 3, 4})
	f.Add([]byte("a longer seed of a company, with more to it"), []byte{9, 0, 1, 7, 7, 3})
	f.Fuzz(func(t *testing.T, company, change []byte) {
		s := generated(&byteSource{company})
		r := &byteSource{change}
		for _, e := range s.run(t).Earnings {
			tampered := copied(e.Trace)
			n := tampered.Len()
			for range 1 + r.IntN(3) {
				i := r.IntN(n)
				switch r.IntN(8) {
				case 0:
					tampered.Kinds[i] = NodeKind(r.IntN(14))
				case 1:
					tampered.Parents[i] = int32(r.IntN(n+4) - 2)
				case 2:
					tampered.Term[i] = int32(r.IntN(len(tampered.Terms)+3) - 1)
				case 3:
					tampered.Amounts.Set(i, tampered.Amounts.At(i).Add(decimal.New(int64(r.IntN(5)), -2)))
				case 4:
					tampered.Values.Set(i, tampered.Values.At(i).Neg())
				case 5:
					tampered.Terms = append(tampered.Terms[:0:0], tampered.Terms[:r.IntN(len(tampered.Terms)+1)]...)
				case 6:
					tampered.Paid = model.Numbers{}
				case 7:
					for j := range tampered.Terms {
						tampered.Terms[j].Rate, tampered.Terms[j].From = tampered.Terms[j].From, nil
					}
				}
			}
			if amount, err := Verify(tampered); err == nil && !amount.Equal(tampered.Amounts.At(0)) {
				t.Fatal("verified another amount than it says")
			}
		}
	})
}
