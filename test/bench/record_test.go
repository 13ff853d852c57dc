package bench

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/bench/company"
	"spm/test/harness"
)

// BenchmarkRecord sends a year's deals by recordTransactions, 1,000 at a time, until
// all are credited, and reports the rows a second beside those of COPY of the very
// rows that this has written, into tables with the same indexes (performance.md, I1).
// Nobody has a plan, so that nothing is calculated meanwhile.
func BenchmarkRecord(b *testing.B) {
	dir := data(b)
	for range b.N {
		h := harness.New(b)
		h.Patience = time.Hour
		if _, err := company.Make(b.Context(), client(h), dir); err != nil {
			b.Fatal(err)
		}
		h.Settle()
		begin := time.Now()
		sales, recorded := recorded(b, h, dir)
		h.Settle()
		credited := time.Since(begin)
		if n := h.Strings("SELECT count(DISTINCT transaction_id)::text FROM credit WHERE tx_to = 9223372036854775807")[0]; n != fmt.Sprint(sales) {
			b.Fatalf("%s of %d deals are credited", n, sales)
		}
		var copying time.Duration
		h.Owner(func(conn *pgx.Conn) {
			for _, table := range []string{"transaction", "credit"} {
				copying += copied(b, h, conn, table)
			}
		})
		b.ReportMetric(float64(sales)/recorded.Seconds(), "recorded-rows/s")
		b.ReportMetric(float64(sales)/credited.Seconds(), "credited-rows/s")
		b.ReportMetric(float64(sales)/copying.Seconds(), "copy-rows/s")
		b.ReportMetric(copying.Seconds()/credited.Seconds(), "of-copy")
	}
}
