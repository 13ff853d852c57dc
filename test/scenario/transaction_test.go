package scenario

import "testing"

func TestTransactionsAreCredited(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	got := c.record(
		sale("s1", "2026-01-10", "100.00", "ann"),
		sale("s2", "2026-01-11", "100.00", "ann", "bob", "boss"),
		sale("s3", "2026-01-12", "50", "zoe"),
	)
	if n := len(got.List("rows")); n != 3 || got.String("rows", 2, "status") != "CREATED" {
		t.Errorf("answered %v", got.V)
	}
	c.wantCredits(
		"s1 DIRECT ann 100", "s1 ROLLUP boss 100",
		"s2 DIRECT ann 33.34", "s2 DIRECT bob 33.33", "s2 DIRECT boss 33.33", "s2 ROLLUP boss 33.34", "s2 ROLLUP boss 33.33",
	)
	c.wantExceptions(`s3 REVENUE UNKNOWN_SELLER payee "zoe"`)
	again := c.record(sale("s1", "2026-01-10", "100", "ann"))
	if again.String("rows", 0, "status") != "UNCHANGED" {
		t.Errorf("the same again answered %v", again.V)
	}
	c.hire("zoe", c.boss)
	c.drain()
	c.wantExceptions()
}
