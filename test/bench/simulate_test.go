package bench

import (
	"cmp"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

const simulateYear = `query($i: SimulateInput!) { simulate(input: $i, first: 25) {
	gain lose stay problemCount totals { now { amount } then { amount } difference { amount } } payees { change totals { difference { amount } } } userErrors { path message } } }`

// BenchmarkSimulateYear asks what the whole company would earn in the year under
// another quota for everybody's first months, a rate table's other rates and a deal
// that nobody has made (W2 of performance.md): the first time, when the facts are read
// into memory, then from memory; beside one loop over whole numbers in this process,
// which puts as many facts in order and adds them up.
func BenchmarkSimulateYear(b *testing.B) {
	dir := data(b)
	h := harness.New(b)
	h.Patience = time.Hour
	m := made(b, h, dir)
	recorded(b, h, dir)
	h.Settle()
	h.Owner(func(conn *pgx.Conn) {
		if _, err := conn.Exec(h.Context(), "VACUUM ANALYZE"); err != nil {
			b.Fatal(err)
		}
	})
	h.Service.Snapshots.Most = 4 << 30
	table := h.Do(h.Admin(), `{ rateTables(first: 1) { nodes { id } } }`, nil).String("rateTables", "nodes", 0, "id")
	changes := []harness.Input{{"rateTable": harness.Input{"id": table, "version": harness.Input{
		"startDate": "2026-01-01", "dimension": "ATTAINMENT", "rows": []harness.Input{{"from": "0", "to": "1", "cell": "0.03"}, {"from": "1", "cell": "0.11"}},
	}}}}
	n := 0
	for _, position := range m.Positions {
		if n++; n > 40 {
			break
		}
		changes = append(changes, harness.Input{"quota": harness.Input{"positionId": position, "measureId": m.Measure, "periodId": m.Months["3"], "amount": "123456"}})
	}
	ask := harness.Input{"i": harness.Input{"changes": changes, "periodIds": []string{m.Year}}}
	once := func() time.Duration {
		begun := time.Now()
		answer := h.Decode(h.Post(h.Admin(), simulateYear, ask)).At("simulate")
		took := time.Since(begun)
		if len(answer.List("userErrors")) > 0 || answer.At("gain").V == 0.0 && answer.At("lose").V == 0.0 {
			b.Fatalf("answered %v", answer.V)
		}
		return took
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	cold := once()
	runtime.GC()
	runtime.ReadMemStats(&after)
	facts := 0
	for range h.Strings("SELECT '' FROM credit WHERE tx_to = 9223372036854775807") {
		facts++
	}
	var warm, loops []float64
	for b.Loop() {
		warm = append(warm, once().Seconds()*1000)
		loops = append(loops, loop(facts).Seconds()*1000)
	}
	b.ReportMetric(float64(facts), "facts")
	b.ReportMetric(cold.Seconds()*1000, "cold-ms")
	b.ReportMetric(middle(warm), "warm-ms")
	b.ReportMetric(middle(loops), "loop-ms")
	b.ReportMetric(middle(warm)/middle(loops), "x-loop")
	b.ReportMetric(float64(h.Service.Snapshots.Held())/float64(facts), "held-B/fact")
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(facts), "heap-B/fact")
}

// loop puts so many facts in the order of their people and days, and adds up the
// running totals.
func loop(facts int) time.Duration {
	type fact struct{ who, day, amount int64 }
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]fact, facts)
	for i := range all {
		all[i] = fact{random.Int64N(int64(facts/550 + 1)), random.Int64N(365), random.Int64N(1e9)}
	}
	begun := time.Now()
	slices.SortFunc(all, func(a, b fact) int { return cmp.Or(cmp.Compare(a.who, b.who), cmp.Compare(a.day, b.day)) })
	var total, paid int64
	for i := range all {
		if i > 0 && all[i].who != all[i-1].who {
			total = 0
		}
		before := total
		total += all[i].amount
		if total > 1e12 {
			paid += (total - before) * 11 / 100
		} else {
			paid += (total - before) * 3 / 100
		}
	}
	took := time.Since(begun)
	if paid == 0 {
		panic("nothing is paid")
	}
	return took
}
