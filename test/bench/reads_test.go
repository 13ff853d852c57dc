package bench

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"sync"
	"testing"

	"spm/test/harness"
)

// BenchmarkReads asks what the dashboards of work B ask (R1 to R4 of performance.md),
// two at a time, of a server in this process: for profiles (READS_PROFILE names their
// files, but for the query), and for allocations. Its time has the client's in it; the figures beside the limit come from the harness,
// with the product plugged in (test/bench/plug).
func BenchmarkReads(b *testing.B) {
	dir := data(b)
	h := harness.New(b)
	m := made(b, h, dir)
	recorded(b, h, dir)
	h.Settle()
	token := h.Admin()
	variables := harness.Input{"rep": m.Payees["70"], "manager": m.Payees[size("MANAGER", "12")], "period": m.Months["5"]}
	for _, name := range []string{"B1", "B2", "B3", "B4"} {
		query, err := os.ReadFile(filepath.Join("plug", "queries", name+".graphql"))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			ask := func() int {
				answer, err := http.DefaultClient.Do(request(b, h.URL, token, string(query), variables))
				if err != nil {
					b.Error(err)
					return 0
				}
				defer answer.Body.Close()
				text, err := io.ReadAll(answer.Body)
				if err != nil || answer.StatusCode != http.StatusOK || bytes.Contains(text, []byte(`"errors"`)) {
					b.Errorf("%d %v %s", answer.StatusCode, err, text)
				}
				return len(text)
			}
			size := 0
			for range 20 { // so that plans are at hand
				size = ask()
			}
			defer profiled(b, name)()
			b.ReportAllocs()
			b.ResetTimer()
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() {
					for range (b.N + 1) / 2 {
						ask()
					}
				})
			}
			group.Wait()
			b.ReportMetric(float64(size), "answer-B")
		})
	}
}

// profiled keeps the profile of a query until the end.
func profiled(b *testing.B, name string) (end func()) {
	b.Helper()
	to := os.Getenv("READS_PROFILE")
	if to == "" {
		return func() {}
	}
	file, err := os.Create(filepath.Clean(to + name))
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		b.Fatal(err)
	}
	return pprof.StopCPUProfile
}
