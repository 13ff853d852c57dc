package examples

import "testing"

// TestGo runs the Go client twice: the second time nothing changes.
func TestGo(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	env := []string{"TOKEN=" + c.Admin()}
	args := []string{"run", "./examples/go", "--url", c.URL, "--payee", "E1"}
	const before = `
Ann Able before
  2026-11 Commission: 200.00 USD
  2026-Q4 Extra: 40.00 USD
G1-1 CREATED
G1-2 CREATED
G1-3 REJECTED
  input.transactions.2.amount: INVALID: a Decimal, such as "1234.50"
2026-11 Commission: 200.00 -> 1180.05 USD
`
	same(t, run(t, env, "go", args...), before)
	same(t, run(t, env, "go", args...), "")
}
