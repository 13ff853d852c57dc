package examples

import (
	"os"
	"testing"

	"spm/test/harness"
)

// TestTypeScript runs the TypeScript client twice: the second time nothing
// changes. It needs node and `npm ci && npm run codegen` in its folder.
func TestTypeScript(t *testing.T) {
	if _, err := os.Stat("../../examples/typescript/src/gql"); err != nil {
		t.Skip("run npm ci and npm run codegen in examples/typescript first")
	}
	c := newCompany(t)
	cutter := harness.NewCutter(t, c.URL, "")
	env := []string{"URL=" + cutter.URL, "TOKEN=" + c.Admin(), "PAYEE=E1", "DAY=2026-11-16"}
	args := []string{"--prefix", "examples/typescript", "--silent", "start"}
	same(t, run(t, env, "npm", args...), `
Ann Able before
  2026-Q4 Extra: 40.00 USD
  2026-11 Commission: 200.00 USD
T1-1 CREATED
T1-2 CREATED
T1-3 REJECTED
  input.transactions.2.amount: INVALID: a decimal has up to 15 digits before the point and up to 10 after it, without an exponent
2026-Q4 Extra: 40.00 -> 168.01 USD
  measure 16800.5
  T1-1: 12000 x 0.01 = 120
  T1-2: 800.5 x 0.01 = 8.005
2026-11 Commission: 200.00 -> 1180.05 USD
  measure 16800.5
  quota 10000
  attainment 1.68005
  T1-1: 12000 x several rates = 900
  T1-2: 800.5 x 0.1 = 80.05
`)
	if !cutter.Done() {
		t.Error("the connection was not cut")
	}
	same(t, run(t, env, "npm", args...), `
Ann Able before
  2026-Q4 Extra: 168.01 USD
  2026-11 Commission: 1180.05 USD
T1-1 CREATED
T1-2 CREATED
T1-3 REJECTED
  input.transactions.2.amount: INVALID: a decimal has up to 15 digits before the point and up to 10 after it, without an exponent
known already: nothing changes
`)
}
