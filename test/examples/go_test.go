package examples

import (
	"testing"

	"spm/test/harness"
)

// TestGo runs the Go client twice: the second time nothing changes.
func TestGo(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	cutter := harness.NewCutter(t, c.URL, "")
	env := []string{"TOKEN=" + c.Admin()}
	args := []string{"run", "./examples/go", "--url", cutter.URL, "--payee", "E1", "--day", "2026-11-16"}
	same(t, run(t, env, "go", args...), `
Ann Able before
  2026-Q4 Extra: 40.00 USD
  2026-11 Commission: 200.00 USD
G1-1 CREATED
G1-2 CREATED
G1-3 REJECTED
  input.transactions.2.amount: INVALID: a decimal has up to 15 digits before the point and up to 10 after it, without an exponent
2026-Q4 Extra: 40.00 -> 168.01 USD
  measure 16800.5
  G1-1: 12000 x 0.01 = 120
  G1-2: 800.5 x 0.01 = 8.005
2026-11 Commission: 200.00 -> 1180.05 USD
  measure 16800.5
  quota 10000
  attainment 1.68005
  G1-1: 12000 x several rates = 900
  G1-2: 800.5 x 0.1 = 80.05
`)
	if !cutter.Done() {
		t.Error("the connection was not cut")
	}
	same(t, run(t, env, "go", args...), `
Ann Able before
  2026-Q4 Extra: 168.01 USD
  2026-11 Commission: 1180.05 USD
G1-1 CREATED
G1-2 CREATED
G1-3 REJECTED
  input.transactions.2.amount: INVALID: a decimal has up to 15 digits before the point and up to 10 after it, without an exponent
known already: nothing changes
`)
}
