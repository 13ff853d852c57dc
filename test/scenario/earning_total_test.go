package scenario

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

// TestTotalsTellWhatEarningsDo asks for groups with what totals tell, and with more,
// which only the earnings tell: both say the same, now and as it was, page by page.
func TestTotalsTellWhatEarningsDo(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSecrets(h, "1")
	h.Settle()
	before := time.Now()
	record(h, []map[string]any{s.sell("ann", "2017-05-20", "1777.77"), s.sell("bob", "2017-06-21", "333.33")}, 1000)
	h.Settle()
	record(h, []map[string]any{s.sell("ann", "2017-05-20", "-0.01"), s.sell("dan", "2017-02-03", "12.34")}, 1000)
	h.Settle()

	const told = "count sum { amount { amount currency } } avg { amount { amount } } countDistinct { plans periods components } "
	keys := map[string]string{
		"PLAN": "plan { id }", "PERIOD": "period { id }", "COMPONENT": "componentKey", "EARNING_CODE": "earningCode", "CURRENCY": "currency",
		"MONTH": "month { id }", "QUARTER": "quarter { id }", "FISCAL_YEAR": "fiscalYear",
	}
	names := []string{"PLAN", "PERIOD", "COMPONENT", "EARNING_CODE", "CURRENCY", "MONTH", "QUARTER", "FISCAL_YEAR"}
	wheres := []string{``, ``, `componentKey: {eq: "bonus"}`, `period: {is: {name: {startsWith: "2017-0"}}}`, `periodTypes: [MONTH]`, `not: {componentKey: {eq: "bonus"}}`,
		`or: [{currency: {eq: "USD"}}, {periodStart: {gte: "2017-03-01"}}]`, `plan: {is: {name: {ne: ""}}}`}
	havings := []string{``, ``, `count: {gt: 1}`, `sum: {amount: {gt: "10"}}`, `avg: {amount: {lt: "1000"}}`, `not: {countDistinct: {periods: {eq: 1}}}`}
	orders := []string{``, ``, `{by: COUNT, direction: DESC}`, `{by: SUM_AMOUNT, direction: DESC}`, `{by: AVG_AMOUNT}`, `{by: COUNT_DISTINCT_COMPONENTS}`}
	random := rand.New(rand.NewPCG(11, 3))
	groups := 0
	for range 60 {
		random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		by := names[:1+random.IntN(3)]
		selected, asked := "", ""
		for _, key := range by {
			selected, asked = selected+keys[key]+" ", asked+key+" "
		}
		args := fmt.Sprintf("groupBy: [%s], where: {%s}, having: {%s}, orderBy: [%s],", asked, wheres[random.IntN(len(wheres))], havings[random.IntN(len(havings))], orders[random.IntN(len(orders))])
		if random.IntN(3) == 0 {
			args += fmt.Sprintf(" asOf: %q,", before.UTC().Format(time.RFC3339Nano))
		}
		page := func(token, after, more string) (nodes []any, end string) {
			got := h.Do(token, fmt.Sprintf("{ earningsAggregate(%s first: 2%s) { totalCount nodes { %s } pageInfo { hasNextPage endCursor } } }", args, after, selected+told+more), nil).At("earningsAggregate")
			if next, _ := got.At("pageInfo", "hasNextPage").V.(bool); next {
				end = got.String("pageInfo", "endCursor")
			}
			for _, node := range got.List("nodes") {
				delete(node.V.(map[string]any), "min") // what the totals do not tell
				nodes = append(nodes, node.V)
			}
			return append(nodes, got.At("totalCount").V), end
		}
		for after := ""; ; {
			less, end := page(h.Admin(), after, "")
			more, other := page(h.Admin(), after, "min { amount { amount } }")
			if diff := cmp.Diff(more, less); diff != "" || (end == "") != (other == "") {
				t.Fatalf("%s: by totals other than by earnings (-earnings +totals):\n%s", args, diff)
			}
			groups += len(less) - 1
			if end == "" {
				break
			}
			after = fmt.Sprintf(", after: %q", []string{end, other}[random.IntN(2)]) // a cursor of one goes with the other
		}
	}
	if groups < 100 {
		t.Errorf("only %d groups were compared", groups)
	}

	// Who sees everybody's pay is told by totals, and nobody else is.
	count := func(token string) any {
		return h.Do(token, `{ earningsAggregate { nodes { count } } }`, nil).At("earningsAggregate", "nodes", 0, "count").V
	}
	boss, all := s.manager("boss", "ann", "bob").token, count(h.Admin()).(float64)
	few := count(boss)
	h.Owner(func(conn *pgx.Conn) {
		if _, err := conn.Exec(t.Context(), "SET session_replication_role = replica; UPDATE earning_total SET count = count + 1000; RESET session_replication_role"); err != nil {
			t.Fatal(err)
		}
	})
	if got := count(h.Admin()).(float64); got < all+1000 {
		t.Errorf("the admin is told %v earnings, not what the totals say", got)
	}
	if got := count(boss); got != few {
		t.Errorf("a manager is told %v earnings, not the %v of the subtree", got, few)
	}
}
