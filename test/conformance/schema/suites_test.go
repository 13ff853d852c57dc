// Package schema has front ends' tools read the schema that a server serves, and
// what they make of it ask that server. What they do is in the .mjs files.
package schema

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"spm/test/harness"
)

// TestSuites needs node and `npm ci` in this folder.
func TestSuites(t *testing.T) {
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("run npm ci in test/conformance/schema first")
	}
	c := harness.New(t).NewCompany()
	c.Hire("M1", "Max Major", "USD", "")
	for i, name := range []string{"Ann Able", "Bob Best", "Cat Cole", "Dan Dean"} {
		c.Hire(fmt.Sprint("E", i+1), name, "USD", "M1")
	}
	components := []harness.Input{}
	for _, key := range []string{"commission", "bonus"} {
		components = append(components, harness.Input{"key": key, "name": key, "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"})
	}
	plan := c.Plan("REPS", harness.Input{"currency": "USD", "components": components}, "E1", "E2")
	c.Version(plan, 2, "2026-07-01", harness.Input{"currency": "USD", "components": components})
	c.Plan("OTHERS", harness.Input{"currency": "USD", "components": components}, "E3")
	var deals []harness.Input
	for i := range 5 {
		deals = append(deals, harness.Input{
			"source": "test", "externalId": fmt.Sprint("D", i), "kind": "BOOKING", "eventDate": "2026-02-03", "amount": fmt.Sprint(100 + i), "currency": "USD",
			"sellers": []harness.Input{{"payee": "E1"}},
		})
	}
	c.Record(deals...)
	c.Settle()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", "run.mjs", c.URL, c.Admin(), c.Payees["E1"].String(), c.Period("2026-02")).CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
