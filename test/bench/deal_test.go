package bench

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

// BenchmarkDealToEvent records deals one after the other and measures, for
// each, from the mutation's answer to the seller's event over server-sent
// events, with credits and earnings recalculated in between: the targeted part
// of L1 (performance.md). It reports the median and the worst of a hundred.
func BenchmarkDealToEvent(b *testing.B) {
	h := harness.New(b)
	c := h.NewCompany()
	ann := c.Hire("ann", "Ann", "USD", "")
	c.Plan("P", harness.Input{"currency": "USD", "components": []harness.Input{{
		"key": "commission", "name": "Commission", "measureId": c.Own,
		"payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
	}}}, "ann")
	h.Settle()
	live := h.Follow(h.URL, h.Token(&ann, model.RoleRep), `subscription { earningsChanged { changes { earning { amount { amount } } } } }`, nil, "")
	var times []time.Duration
	for n := range 100 * b.N {
		c.Record(harness.Input{
			"source": "bench", "externalId": fmt.Sprint("D", n), "kind": "BOOKING", "eventDate": "2026-03-10", "amount": "1000", "currency": "USD",
			"sellers": []harness.Input{{"payee": "ann"}},
		})
		answered := time.Now()
		if e, ok := live.Next(); !ok || len(e.Errors) > 0 {
			b.Fatalf("the stream gave %v", e)
		}
		times = append(times, time.Since(answered))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}
