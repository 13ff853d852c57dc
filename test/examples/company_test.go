// Package examples runs the programs of examples/ against a server, as their
// readers would.
package examples

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

// newCompany is a company of a boss over ann, who earns 5% to a quota of
// 10,000 a month and 10% above, and 1% each quarter.
func newCompany(t *testing.T) *harness.Company {
	t.Helper()
	c := harness.New(t).NewCompany()
	c.Hire("B1", "Bo Boss", "USD", "")
	c.Hire("E1", "Ann Able", "USD", "B1")
	tiers := c.Tiers("TIERS", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": tiers},
		{"key": "extra", "name": "Extra", "measureId": c.Own, "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": "0.01"},
	}}, "E1")
	c.Quota("E1", c.Own, "10000", "2026-11", "2026-12")
	c.Record(harness.Input{
		"source": "crm", "externalId": "D-1", "kind": "BOOKING", "eventDate": "2026-11-02", "amount": "4000", "currency": "USD",
		"sellers": []harness.Input{{"payee": "E1"}},
	})
	c.Settle()
	return c
}

// patience bounds each run of a program, compiling it included.
const patience = 4 * time.Minute

// run runs a program of the tree with an environment of its own, and gives what
// it prints.
func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = root
	cmd.Env = append(os.Environ(), env...)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s\n%s", name, args, err, out, problems.String())
	}
	return string(out)
}

// same compares what a program printed.
func same(t *testing.T, got, want string) {
	t.Helper()
	if want = strings.TrimPrefix(want, "\n"); got != want {
		t.Errorf("it printed\n%s\nwant\n%s", got, want)
	}
}
