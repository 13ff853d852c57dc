package calc

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"spm/model"
)

// TestPayeesOfOneRun: payees that read each other, several periods of each in
// one run, earn what they earn asked for one by one, and it adds up.
func TestPayeesOfOneRun(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		random := rand.New(rand.NewPCG(seed, 23))
		s := generatedCompany(random)
		e, all := engineOf(t, s.book()), everybody(s.facts())
		run, other := e.Begin(all), e.Begin(all)
		for _, a := range s.everyone() {
			id := keyed(model.KindPayee, a.payee)
			credits := all.Credits([]model.ID{id}, model.Always)
			payee := run.Payee(id, credits)
			for _, name := range []string{"2026-01", "2026-02", "2026-03", "2026-Q1"} {
				period := keyed(model.KindPeriod, name)
				got := payee.Calculate(period)
				if err := got.Check(); err != nil {
					t.Fatalf("seed %d %s: %v", seed, name, err)
				}
				if want := other.Calculate(id, period, credits); !bytes.Equal(bytesOf(got), bytesOf(want)) {
					t.Fatalf("seed %d: %s earns otherwise, laid out once", seed, name)
				}
			}
			payee.Free()
		}
	}
}
