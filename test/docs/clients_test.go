package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestClients runs the clients that docs/api.md shows. Each is cut off after
// its first event, and goes on with the next. It needs node and `npm ci` in
// test/docs/clients.
func TestClients(t *testing.T) {
	if _, err := os.Stat("clients/node_modules"); err != nil {
		t.Skip("run npm ci in test/docs/clients first")
	}
	for _, name := range []string{"graphql-sse.mjs", "event-source.mjs"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := harness.New(t).NewCompany()
			ann := c.Hire("E1", "Ann Able", "USD", "")
			c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
				{"key": "commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
			}}, "E1")
			c.Settle()
			from := c.Do(c.Admin(), "{ sequence }", nil).String("sequence")
			sell := func(n int) {
				c.Record(harness.Input{
					"source": "crm", "externalId": fmt.Sprint(n), "kind": "BOOKING", "eventDate": "2026-03-01", "amount": "100", "currency": "USD",
					"sellers": []harness.Input{{"payee": "E1"}},
				})
				c.Settle()
			}
			sell(1)
			cutter := harness.NewCutter(t, c.URL, "event: next")
			node := exec.CommandContext(t.Context(), "node", filepath.Join("clients", name))
			node.Env = append(os.Environ(), "URL="+cutter.URL, "AFTER="+from, "TOKEN="+c.Token(&ann, model.RoleRep))
			p := follow(t, node)
			defer p.end()
			p.await(t, regexp.MustCompile(`0.00>10.00\n`))
			sell(2)
			sell(3)
			p.await(t, regexp.MustCompile(`^0.00>10.00\n10.00>20.00\n20.00>30.00\n$`))
			if !cutter.Done() {
				t.Error("it was not cut")
			}
		})
	}
}
