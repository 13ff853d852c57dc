package bench

import (
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/bench/company"
	"spm/test/harness"
)

// BenchmarkRun calculates a loaded year again and again, and reports it beside what
// no program can pass on the machine (performance.md, W1): COPY out of the year's
// credits, and COPY of the run's own rows into tables whose indexes are built
// afterwards. RUN_PROFILE names a file for the CPU profile of the runs alone.
func BenchmarkRun(b *testing.B) {
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
	var runs, limits []float64
	if name := os.Getenv("RUN_PROFILE"); name != "" {
		file, err := os.Create(filepath.Clean(name))
		if err != nil {
			b.Fatal(err)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			b.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	for b.Loop() {
		run, err := company.Calculate(b.Context(), client(h), m.Year)
		if err != nil {
			b.Fatal(err)
		}
		runs = append(runs, run.Took.Seconds())
		h.Owner(func(conn *pgx.Conn) { limits = append(limits, limit(b, h, conn).Seconds()) })
	}
	b.ReportMetric(middle(runs), "run-s")
	b.ReportMetric(middle(limits), "limit-s")
	b.ReportMetric(middle(runs)/middle(limits), "x-limit")
	report(b, h)
}

// limit is the time of COPY out and in for what a run reads and writes: the
// newest run's.
func limit(b *testing.B, h *harness.Harness, conn *pgx.Conn) time.Duration {
	b.Helper()
	do := func(sql string) {
		if _, err := conn.Exec(h.Context(), sql); err != nil {
			b.Fatal(sql, err)
		}
	}
	copyTo := func(name, sql string) *os.File {
		file, err := os.Create(filepath.Join(b.TempDir(), name))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := conn.PgConn().CopyTo(h.Context(), file, "COPY ("+sql+") TO STDOUT (FORMAT binary)"); err != nil {
			b.Fatal(err)
		}
		return file
	}
	begin := time.Now()
	facts := copyTo("credit", "SELECT id, transaction_id, payee_id, position_id, date, amount, kind FROM credit WHERE tx_to = 9223372036854775807")
	took := time.Since(begin)
	_ = facts.Close()
	const newest = "(SELECT id FROM calculation_run WHERE kind = 'REQUESTED' ORDER BY created_at DESC LIMIT 1)"
	for _, table := range []string{"result", "ledger"} {
		rows := copyTo(table, "SELECT * FROM "+table+" WHERE run_id = "+newest)
		do("DROP TABLE IF EXISTS limit_" + table)
		do("CREATE TABLE limit_" + table + " (LIKE " + table + ")")
		if _, err := rows.Seek(0, 0); err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if _, err := conn.PgConn().CopyFrom(h.Context(), rows, "COPY limit_"+table+" FROM STDIN (FORMAT binary)"); err != nil {
			b.Fatal(err)
		}
		do("ALTER TABLE limit_" + table + " ADD PRIMARY KEY (tenant_id, run_id, payee_id, period_id" + map[string]string{"result": ", position_id, component_id"}[table] + ")")
		took += time.Since(begin)
		_ = rows.Close()
	}
	return took
}

func middle(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
