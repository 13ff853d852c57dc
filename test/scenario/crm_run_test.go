package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spm/test/harness"
)

const directSum = `SELECT coalesce(sum(amount), 0)::text FROM credit WHERE kind = 'D' AND tx_to = 9223372036854775807`

// TestCRM loads a real CRM's export through the graph and checks every payee's
// every quarter against an oracle in plain SQL over the raw files.
func TestCRM(t *testing.T) {
	t.Parallel()
	c := readCRM(t)
	h := harness.New(t)
	crmCompany(h, c)
	record(h, c.won(), 1000)
	h.Settle()

	exceptions := `{ creditingExceptions(first: 1) { totalCount nodes { code detail } } }`
	queue := h.Do(h.Admin(), exceptions, nil)
	if n := queue.At("creditingExceptions", "totalCount").V; n != 729.0 {
		t.Errorf("%v exceptions without the alias, 729 expected", n)
	}
	if code := queue.String("creditingExceptions", "nodes", 0, "code"); code != "UNKNOWN_PRODUCT" {
		t.Errorf("the queue says %s", code)
	}
	withheld := h.Strings(`SELECT (10005534 - sum(amount))::text FROM transaction WHERE product = 'GTXPro' AND tx_to = 9223372036854775807`)
	if got := h.Strings(directSum); !slices.Equal(got, withheld) {
		t.Errorf("direct credits sum to %v, %v expected without the alias", got, withheld)
	}

	alias(h)
	h.Settle()
	if n := h.Do(h.Admin(), exceptions, nil).At("creditingExceptions", "totalCount").V; n != 0.0 {
		t.Errorf("%v exceptions after the alias", n)
	}
	if got := h.Strings(directSum); !slices.Equal(got, []string{"10005534"}) {
		t.Errorf("direct credits sum to %v, 10005534 expected", got)
	}
	want, got := oracle(h, c), earned(h)
	sort.Strings(want)
	sort.Strings(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("earnings differ from the oracle (-oracle +product):\n%s", diff)
	}
	idle := h.Do(h.Admin(), `{ payees(first: 250) { nodes { name id } } }`, nil)
	if n := len(idle.List("payees", "nodes")); n != 41 {
		t.Errorf("%d payees, 41 expected", n)
	}
	quiet := h.Strings(`SELECT DISTINCT pe.name FROM published v JOIN result r USING (tenant_id, run_id, payee_id, period_id)
		JOIN payee pe ON pe.id = r.payee_id WHERE v.tx_to = 9223372036854775807 AND r.component_key = 'commission'
		GROUP BY pe.name HAVING bool_and(r.amount = 0 AND r.why = 'NO_CREDITS') ORDER BY 1`)
	if len(quiet) != 5 {
		t.Errorf("without sales are %v, five agents expected", quiet)
	}
}

func alias(h *harness.Harness) {
	id := h.Do(h.Admin(), `{ products(where: {externalId: {eq: "GTX Pro"}}) { nodes { id } } }`, nil).String("products", "nodes", 0, "id")
	h.Do(h.Admin(), `mutation($id: ID!) { addProductAlias(input: {id: $id, alias: "GTXPro"}) { userErrors { path message } } }`, map[string]any{"id": id})
}

// TestCRMInAnyOrder shuffles the export, cuts it into random batches, and lets
// the alias come at a random moment: earnings and credits are byte-equal.
func TestCRMInAnyOrder(t *testing.T) {
	t.Parallel()
	c := readCRM(t)
	var first [2]string
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			h := harness.New(t)
			crmCompany(h, c)
			random := rand.New(rand.NewPCG(seed, 1))
			rows := c.won()
			if seed > 0 {
				random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
			}
			at := random.IntN(len(rows))
			for i, part := range [][]map[string]any{rows[:at], rows[at:]} {
				if i == 1 {
					alias(h)
				}
				for len(part) > 0 {
					n := min(1+random.IntN(1000), len(part))
					record(h, part[:n], 1000)
					part = part[n:]
				}
			}
			h.Settle()
			got := [2]string{h.Canonical(), h.Credits()}
			if seed == 0 {
				first = got
			}
			if got != first {
				t.Errorf("other earnings or credits than in file order")
			}
		})
	}
}
