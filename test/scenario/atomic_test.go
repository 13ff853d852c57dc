package scenario

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"spm/test/harness"
)

const annsJanuary = `query($p: ID!, $q: ID!, $asOf: DateTime) {
	earnings(where: {payeeId: {eq: $p}, periodId: {eq: $q}}, asOf: $asOf) { nodes { amount { amount } measure calculatedThrough lines(first: 250) { nodes { amount { amount } measured } totalCount }
		explanation { verified root { amount } } } }
	statement(payeeId: $p, periodId: $q, asOf: $asOf) { totals { amount } earnings { nodes { amount { amount } calculatedThrough } } }
}`

// TestReadersSeeOneResult reads on two servers while results are replaced: an
// answer never mixes two of them.
func TestReadersSeeOneResult(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	ann, january := s.payees["ann"].String(), s.period("2017-01")
	vars := map[string]any{"p": ann, "q": january}
	token := h.Admin()

	stop := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 8 {
		url := h.URL
		if i%2 == 1 {
			url = second
		}
		readers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					if n == 0 {
						t.Error("a reader never read")
					}
					return
				default:
				}
				if wrong := mixed(h.Decode(h.PostTo(url, token, annsJanuary, vars))); wrong != "" {
					t.Errorf("reader %d: %s", i, wrong)
					return
				}
			}
		})
	}
	for i := range 50 {
		record(h, []map[string]any{s.sell("ann", "2017-01-10", fmt.Sprint(100+i))}, 1)
		if i%10 == 0 {
			h.Do(token, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": january})
		}
	}
	h.Settle()
	close(stop)
	readers.Wait()
	final := h.Do(token, annsJanuary, vars)
	if got := final.String("earnings", "nodes", 0, "amount", "amount"); got != "622.50" {
		t.Errorf("after 50 sales Ann has %s, 622.50 expected", got)
	}
}

// mixed says what of an answer does not fit together.
func mixed(v harness.Value) string {
	earning := v.At("earnings", "nodes", 0)
	amount := decimal.RequireFromString(earning.String("amount", "amount"))
	sum, measured := decimal.Zero, decimal.Zero
	for _, line := range earning.List("lines", "nodes") {
		sum = sum.Add(decimal.RequireFromString(line.String("amount", "amount")))
		measured = measured.Add(decimal.RequireFromString(line.String("measured")))
	}
	total := decimal.Zero
	for _, m := range v.List("statement", "totals") {
		total = decimal.RequireFromString(m.String("amount"))
	}
	root := decimal.RequireFromString(earning.String("explanation", "root", "amount"))
	switch {
	case !sum.Equal(amount):
		return fmt.Sprintf("lines sum to %s, the earning is %s", sum, amount)
	case !measured.Equal(decimal.RequireFromString(earning.String("measure"))):
		return fmt.Sprintf("lines measure %s, the earning %s", measured, earning.String("measure"))
	case !total.Equal(amount):
		return fmt.Sprintf("the statement says %s, the earning %s", total, amount)
	case !root.Equal(amount) || earning.At("explanation", "verified").V != true:
		return fmt.Sprintf("the explanation says %s, the earning %s", root, amount)
	case earning.String("calculatedThrough") != v.String("statement", "earnings", "nodes", 0, "calculatedThrough"):
		return "the statement's earning is of another run"
	}
	return ""
}

// TestReadYourWriteElsewhere reads on a second server right after the first
// one's answer.
func TestReadYourWriteElsewhere(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	for i := range 30 {
		sale := s.sell("bob", "2017-02-01", fmt.Sprint(10+i))
		record(h, []map[string]any{sale}, 1)
		seen := h.Decode(h.PostTo(second, h.Admin(), `query($e: String!) { transactions(where: {externalId: {eq: $e}}) { nodes { amount { amount } credits { totalCount } } } }`,
			map[string]any{"e": sale["externalId"]}))
		if nodes := seen.List("transactions", "nodes"); len(nodes) != 1 || nodes[0].At("credits", "totalCount").V != 2.0 {
			t.Fatalf("sale %d is not on the other server: %v", i, seen.V)
		}
	}
}

// TestAsOf gives the old bytes after a revision has changed everything.
func TestAsOf(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	sale := s.sell("ann", "2017-01-10", "1000")
	record(h, []map[string]any{sale}, 1)
	h.Settle()
	vars := map[string]any{"p": s.payees["ann"].String(), "q": s.period("2017-01")}
	before := h.Post(h.Admin(), annsJanuary, vars)
	vars["asOf"] = time.Now().UTC().Format(time.RFC3339Nano)
	sale["amount"], sale["sourceRevision"] = "2500", "1"
	record(h, []map[string]any{sale}, 1)
	h.Settle()
	then := h.Post(h.Admin(), annsJanuary, vars)
	if string(then.Data) != string(before.Data) {
		t.Errorf("asOf gives\n%s\nit was\n%s", then.Data, before.Data)
	}
	delete(vars, "asOf")
	now := h.Do(h.Admin(), annsJanuary, vars)
	if got := now.String("earnings", "nodes", 0, "amount", "amount"); got != "250.00" {
		t.Errorf("after the revision Ann has %s, 250.00 expected", got)
	}
}
