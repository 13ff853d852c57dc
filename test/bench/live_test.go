package bench

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"spm/test/harness"
)

// The harness's documents of work C (live) for this product. A quota is set,
// the earnings that look it up are recalculated, and their change arrives; the
// harness finds its number in "amount".
const (
	subscribeC = `subscription($rep: ID) { earningsChanged(positionId: $rep) { changes { earning { amount: quota } } } }`
	mutateC    = `mutation($rep: ID!, $period: ID!, $amount: Decimal!) {
		setQuotas(input: {quotas: [{positionId: $rep, periodId: $period, measureId: %q, amount: $amount}]}) { written userErrors { message } } }`
)

// BenchmarkLive plugs the product into work C of ../shared/bench (L1 of
// performance.md): from a mutation to 1,000 subscribers with the earnings
// recalculated in between, beside the limit and the peers in the same run. The
// harness prints its table; REPS, PEERS_C and ROUNDS are its own.
func BenchmarkLive(b *testing.B) {
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "bench"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(shared); err != nil {
		b.Skipf("the harness is not beside the project (%s)", shared)
	}
	b.Setenv("REPS", size("REPS", "1000"))
	b.Setenv("TXNS", size("TXNS", "10000"))
	for range b.N {
		dir := data(b)
		h := harness.New(b)
		h.Patience = time.Hour
		m := made(b, h, dir)
		recorded(b, h, dir)
		h.Settle()
		admin := h.Admin()
		h.Stop()
		url, pid := serve(b, h)
		queries := b.TempDir()
		write := func(name string, content []byte) {
			if err := os.WriteFile(filepath.Join(queries, name), content, 0o600); err != nil {
				b.Fatal(err)
			}
		}
		write("C_subscribe.graphql", []byte(subscribeC))
		write("C_mutate.graphql", fmt.Appendf(nil, mutateC, m.Measure))
		write("peer.json", []byte(`{"path": "", "ws": "", "cursor": ""}`))
		ids(b, filepath.Join(queries, "rep.csv"), m.Positions)
		ids(b, filepath.Join(queries, "period.csv"), m.Months)
		work := exec.CommandContext(b.Context(), filepath.Join(shared, "run.sh"), "c")
		work.Env = append(os.Environ(), "PROJECT_URL="+url, "PROJECT_PID="+fmt.Sprint(pid), "PROJECT_QUERIES="+queries, "PROJECT_IDMAP="+queries,
			"PROJECT_HEADERS=Authorization: Bearer "+admin)
		out, err := work.CombinedOutput()
		b.Logf("%s", out)
		if err != nil {
			b.Fatal(err)
		}
	}
}

// ids writes the harness's numbers with our ids.
func ids(b *testing.B, path string, list map[string]string) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	rows := csv.NewWriter(file)
	for number, id := range list {
		if err := rows.Write([]string{number, id}); err != nil {
			b.Fatal(err)
		}
	}
	rows.Flush()
	if err := rows.Error(); err != nil {
		b.Fatal(err)
	}
}

// serve starts the built program on the harness's database, with budgets for one user
// who listens a thousand times.
func serve(b *testing.B, h *harness.Harness) (url string, pid int) {
	b.Helper()
	binary := filepath.Join(b.TempDir(), "spm")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", binary, "spm").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(b.Context(), binary, "serve", "--addr=127.0.0.1:0", "--streams-per-user=2000", "--budget-per-user=100000000", "--budget-per-tenant=100000000", "--data-dir="+h.DataDir)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.DataDir, "SERVE_DATABASE_URL=" + h.ServeURL,
		"SPM_ISSUER=" + harness.Issuer, "SPM_AUDIENCE=" + harness.Audience,
	}
	out, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill() })
	urls := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var record struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "serving" {
				urls <- record.URL
			}
		}
	}()
	select {
	case url = <-urls:
	case <-time.After(time.Minute):
		b.Fatal("the server does not serve")
	}
	return url, cmd.Process.Pid
}
