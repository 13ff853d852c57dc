package calc

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"spm/model"
)

// TestPayeeOfManyPeriods: a payee whose credits are laid out once earns in each
// period, in whatever order they are calculated, what it earns in that period
// alone, and what it earns where nothing is computed in machine words.
func TestPayeeOfManyPeriods(t *testing.T) {
	t.Parallel()
	periods, compared := []string{"2025-12", "2026-01", "2026-02", "2026-03", "2026-Q1", "2026-04", "2026-Q2"}, 0
	for seed := range uint64(1500) {
		random := rand.New(rand.NewPCG(seed, 17))
		s := generated(random)
		book, facts, ana := s.book(), s.facts(), keyed(model.KindPayee, "ana")
		if oneIn(random, 3) {
			spoil(random, &book, facts)
		}
		e, err := NewEngine(book)
		if err != nil {
			continue
		}
		shuffle(random, facts)
		shuffle(random, periods)
		payee, plain := e.Begin(Alone{}).Payee(ana, facts), e.Begin(Alone{}).Payee(ana, facts)
		plain.plain = true
		for _, name := range periods {
			period := keyed(model.KindPeriod, name)
			want := e.Calculate(ana, period, facts)
			if !bytes.Equal(bytesOf(payee.Calculate(period)), bytesOf(want)) {
				t.Fatalf("seed %d: %s earns otherwise after other periods", seed, name)
			}
			if !bytes.Equal(bytesOf(plain.Calculate(period)), bytesOf(want)) {
				t.Fatalf("seed %d: %s earns otherwise by decimals alone", seed, name)
			}
			compared += len(want.Earnings)
		}
		payee.Free()
	}
	if compared < 3000 {
		t.Errorf("only %d earnings were compared", compared)
	}
	e := engineOf(t, (&scene{Component: &sceneComponent{Rate: "1"}}).book())
	if r := e.Begin(Alone{}).Payee(keyed(model.KindPayee, "nobody"), nil).Calculate(keyed(model.KindPeriod, "2026-Q1")); len(r.Earnings) > 0 {
		t.Error("one who is not in the book earns")
	}
}
