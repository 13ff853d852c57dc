//go:build linux

package fault

import (
	"encoding/json"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"spm/migrations"
	"spm/test/harness"
)

// older builds the program as it was before the newest migration, of which it knows
// nothing, and gives its path with the migration's name.
func older(t *testing.T) (path, name string) {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "migrations"))
	if err != nil {
		t.Fatal(err)
	}
	ups, err := filepath.Glob(filepath.Join(dir, "*.up.sql"))
	if err != nil || len(ups) < 2 {
		t.Fatalf("%d migrations, %v", len(ups), err)
	}
	newest, _, _ := strings.Cut(filepath.Base(ups[len(ups)-1]), ".")
	files, err := filepath.Glob(filepath.Join(dir, newest+".*"))
	if err != nil {
		t.Fatal(err)
	}
	without := map[string]string{}
	for _, file := range files {
		without[file] = ""
	}
	overlay, err := json.Marshal(map[string]any{"Replace": without})
	if err != nil {
		t.Fatal(err)
	}
	plan := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(plan, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(built, "older")
	if out, err := exec.Command("go", "build", "-overlay", plan, "-o", path, "spm").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return path, newest
}

// front passes requests on to a server that may be exchanged.
func front(t *testing.T, first *server) (at string, to func(*server)) {
	t.Helper()
	var target atomic.Pointer[url.URL]
	to = func(s *server) { target.Store(parsed(t, s.url)) }
	to(first)
	proxy := httptest.NewServer(&httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target.Load())
		r.Out.URL.Path = target.Load().Path
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL, to
}

// TestVersionsDuringAMigration applies the newest migration while two servers of
// the program before it work under load, exchanges one of them by a server of the
// newest program, and lets both work side by side, then the newer ones alone: nothing
// is lost, and all laws hold. SEED repeats it.
func TestVersionsDuringAMigration(t *testing.T) {
	t.Parallel()
	random, free := seeded(t), []string{"--budget-per-user=1000000000", "--budget-per-tenant=1000000000"}
	path, newest := older(t)
	h := harness.New(t)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE")
	h.Stop()
	takeBack(t, h, newest)

	before := []*server{serveBy(t, h, path, free...), serveBy(t, h, path, free...)}
	first, toFirst := front(t, before[0])
	second, toSecond := front(t, before[1])
	l := loaded(t, h, random, first, second)
	ask := func(url string) {
		_, _ = l.post(url, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}, "")
	}
	ask(first)
	h.Eventually("calls of each outcome", l.varied)
	ask(second)
	begun := time.Now()
	applied, err := migrations.Up(t.Context(), h.OwnerURL)
	if err != nil || len(applied) != 1 || !strings.HasPrefix(applied[0], newest[:14]) {
		t.Fatalf("migrated %v, %v", applied, err)
	}
	t.Logf("%s applied under load within %s", newest, time.Since(begun).Round(time.Millisecond))
	ask(first) // the older ones go on on the newer database
	l.more(20)
	after := []*server{serve(t, h, free...)}
	toFirst(after[0])
	leave(t, before[0])
	ask(first)
	ask(second)
	l.more(20) // both versions side by side
	after = append(after, serve(t, h, free...))
	toSecond(after[1])
	leave(t, before[1])
	l.more(5)
	l.end(year)
}

// takeBack takes the newest migration back.
func takeBack(t *testing.T, h *harness.Harness, newest string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "migrations", newest+".*down.sql"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	down, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	ownerSQL(h, string(down), "DELETE FROM bun_migrations WHERE name = '"+newest[:14]+"'")
}

// leave lets a server end as an operator does who exchanges it.
func leave(t *testing.T, s *server) {
	t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.dead:
	case <-time.After(time.Minute):
		t.Fatal("the older server does not end")
	}
}

func parsed(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
