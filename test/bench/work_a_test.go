// Package bench measures the product on the data of the harness beside the
// project (../shared/bench), through its public graph. Nothing here runs in
// `go test` without -bench.
package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/bench/company"
	"spm/test/harness"
)

// size of the data set; REPS and TXNS override it.
func size(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// data generates the harness's data set and gives its folder.
func data(b *testing.B) string {
	b.Helper()
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "bench"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(shared); err != nil {
		b.Skipf("the harness is not beside the project (%s)", shared)
	}
	dir := b.TempDir()
	gen := exec.CommandContext(b.Context(), "go", "run", "-C", shared, "./cmd/gen", "-reps", size("REPS", "500"), "-txns", size("TXNS", "100000"), "-out", dir)
	if out, err := gen.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return dir
}

// BenchmarkWorkA loads a year of transactions through recordTransactions and
// calculates it, and reports rows a second, seconds, and bytes a row.
func BenchmarkWorkA(b *testing.B) {
	for range b.N {
		dir := data(b)
		h := harness.New(b)
		h.Patience = time.Hour
		m := made(b, h, dir)
		sales, took := recorded(b, h, dir)
		begin := time.Now()
		h.Settle()
		settled := time.Since(begin)
		run, err := company.Calculate(b.Context(), client(h), m.Year)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(sales)/took.Seconds(), "recorded-rows/s")
		b.ReportMetric(took.Seconds(), "load-s")
		b.ReportMetric(settled.Seconds(), "settle-s")
		b.ReportMetric(run.Took.Seconds(), "run-s")
		report(b, h)
	}
}

// client asks a harness's server as the users who make the company.
func client(h *harness.Harness) company.Client {
	return company.Client{URL: h.URL, Admin: h.Admin(), Finance: h.Token(nil, model.RoleFinance)}
}

// made makes the company with its plans given to its reps.
func made(b *testing.B, h *harness.Harness, dir string) *company.Made {
	b.Helper()
	c := client(h)
	m, err := company.Make(b.Context(), c, dir)
	if err != nil {
		b.Fatal(err)
	}
	if err := m.Assign(b.Context(), c); err != nil {
		b.Fatal(err)
	}
	h.Settle()
	return m
}

// recorded sends the data set's sales.
func recorded(b *testing.B, h *harness.Harness, dir string) (sales int, took time.Duration) {
	b.Helper()
	rows, err := company.Read(dir, "txn.csv")
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if err := company.Record(b.Context(), client(h), rows); err != nil {
		b.Fatal(err)
	}
	return len(rows), time.Since(begin)
}

// report tells how much is stored a row, indexes included, what COPY takes for
// the same rows, and the most memory that this process, which is server and
// client, has had.
func report(b *testing.B, h *harness.Harness) {
	b.Helper()
	h.Owner(func(conn *pgx.Conn) {
		for _, table := range []string{"transaction", "credit", "result"} {
			var rows, bytes, heap int64
			err := conn.QueryRow(h.Context(), "SELECT count(*), pg_total_relation_size('"+table+"'), coalesce(sum(pg_column_size(t.*)), 0) FROM "+table+" t").Scan(&rows, &bytes, &heap)
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("%s: %d rows, %d bytes a row with indexes, %d in the row", table, rows, bytes/max(rows, 1), heap/max(rows, 1))
			took := copied(b, h, conn, table)
			b.Logf("%s: COPY of the same rows into a table with the same indexes takes %s, %.0f rows/s", table, took.Round(time.Millisecond), float64(rows)/took.Seconds())
		}
	})
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") {
			b.Log(strings.TrimSpace(line))
		}
	}
}

// copied times COPY, binary, of a table's rows into an empty one like it.
func copied(b *testing.B, h *harness.Harness, conn *pgx.Conn, table string) time.Duration {
	b.Helper()
	if _, err := conn.Exec(h.Context(), "CREATE TABLE copied_"+table+" (LIKE "+table+" INCLUDING INDEXES)"); err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(filepath.Join(b.TempDir(), table))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if _, err := conn.PgConn().CopyTo(h.Context(), file, "COPY (SELECT * FROM "+table+") TO STDOUT (FORMAT binary)"); err != nil {
		b.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if _, err := conn.PgConn().CopyFrom(h.Context(), file, "COPY copied_"+table+" FROM STDIN (FORMAT binary)"); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}
