//go:build unix

package command_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"spm/store/storetest"
)

var update = flag.Bool("update", false, "accept what the demo prints")

// shown waits until the demo serves and gives what it has printed from the
// table on, without what differs from start to start.
func (p *process) shown() (table, url string) {
	p.t.Helper()
	last := p.await(func(line string) bool { return strings.HasPrefix(line, "Serving http") })
	url, _, _ = strings.Cut(strings.TrimPrefix(last, "Serving "), "/graphql")
	said := slices.DeleteFunc(p.lines(), func(line string) bool { return strings.HasPrefix(line, "{") }) // the log
	all := strings.Join(said, "\n")
	_, after, _ := strings.Cut(all, "\nWhat people earned")
	table, _, _ = strings.Cut(after, "\nTokens, good for")
	return "What people earned" + table, url
}

func loading(line string) bool {
	return strings.HasPrefix(line, "  deals ") && strings.Contains(line, " of ")
}

// TestDemo stops the first start while it loads, kills the second, and lets
// the third finish: it shows what an undisturbed one does.
func TestDemo(t *testing.T) {
	t.Parallel()
	who := ordinary(t)
	dir := filepath.Join(who.home, ".local", "share", "spm")

	first := who.start(t, nil, "demo", anyPort)
	first.await(loading)
	ends(t, first, syscall.SIGINT)
	nothingLeft(t, dir)

	second := who.start(t, nil, "demo", anyPort)
	second.await(loading)
	second.signal(syscall.SIGKILL)
	second.end()
	nothingLeft(t, dir)

	third := who.start(t, nil, "demo", anyPort)
	table, url := third.shown()
	golden(t, table)
	tokensWork(t, who, url)
	if out := who.must(t, nil, "verify"); !strings.Contains(out, "hold") {
		t.Errorf("verify printed %q", out)
	}
	if _, stderr, code := who.run(t, nil, "demo", anyPort, "--reset"); code != 1 || !strings.Contains(stderr, "in use by process") {
		t.Errorf("reset beside a running demo: exit %d, %s", code, stderr)
	}
	ends(t, third, syscall.SIGTERM)
	nothingLeft(t, dir)

	// Another start only shows and serves.
	fourth := who.start(t, nil, "demo", anyPort)
	if again, _ := fourth.shown(); again != table {
		t.Errorf("another start shows other things:\n%s", again)
	}
	if said := strings.Join(fourth.lines(), "\n"); strings.Contains(said, "Loading") {
		t.Error("another start loads again")
	}
	who.must(t, nil, "tenant", "create", "--key=acme", "--name=Acme", "--subject=ann")
	ends(t, fourth, syscall.SIGTERM)
	if _, stderr, code := who.run(t, nil, "demo", anyPort, "--reset"); code != 1 || !strings.Contains(stderr, "holds other tenants too (1)") {
		t.Errorf("reset of somebody's work: exit %d, %s", code, stderr)
	}
	nothingLeft(t, dir)
}

// golden compares what the demo shows with what it has always shown.
func golden(t *testing.T, got string) {
	t.Helper()
	path := filepath.Join("testdata", "demo.txt")
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if got != string(want) {
		t.Errorf("the demo shows other things than %s (accept them with -update):\n%s", path, got)
	}
}

// tokensWork takes a token by each command that the demo names.
func tokensWork(t *testing.T, who account, url string) {
	t.Helper()
	earned := func(token string) int {
		var answer struct {
			Data struct{ Earnings struct{ TotalCount int } }
		}
		raw := query(t, url, token, "{earnings{totalCount}}")
		if err := json.Unmarshal([]byte(raw), &answer); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		return answer.Data.Earnings.TotalCount
	}
	token := func(args ...string) string {
		return who.must(t, nil, append([]string{"token", "--tenant=demo"}, args...)...)
	}
	all := earned(token("--role=COMP_ADMIN"))
	for _, one := range []struct {
		flag        string
		least, most int
	}{
		{"--role=FINANCE", all, all}, {"--role=AUDITOR", all, all}, {"--role=SALES_OPS", 0, 0},
		{"--payee=helena varga", all, all}, {"--payee=E002", 100, all - 1}, {"--payee=E004", 12, 12},
	} {
		if n := earned(token(one.flag)); n < one.least || n > one.most {
			t.Errorf("%s sees %d of %d earnings", one.flag, n, all)
		}
	}
	if _, stderr, code := who.run(t, nil, "token", "--tenant=demo", "--payee=Nobody"); code != 1 || !strings.Contains(stderr, `no payee "Nobody"`) {
		t.Errorf("a token for nobody: exit %d, %s", code, stderr)
	}
	if _, stderr, code := who.run(t, nil, "token", "--tenant=nowhere", "--role=REP"); code != 1 || !strings.Contains(stderr, `no tenant "nowhere"`) {
		t.Errorf("a token of no tenant: exit %d, %s", code, stderr)
	}
}

// TestDemoOnExistingPostgres migrates and loads where DATABASE_URL points, and
// starts no Postgres of its own.
func TestDemoOnExistingPostgres(t *testing.T) {
	t.Parallel()
	who := self(t)
	dir := filepath.Join(who.home, "data")
	env := []string{"DATABASE_URL=" + storetest.Database(t, storetest.Migrator{Hash: "empty", Run: noMigration})}
	p := who.start(t, env, "demo", anyPort, "--data-dir", dir)
	p.await(func(line string) bool { return strings.HasPrefix(line, "  users ") })
	if token := who.must(t, env, "token", "--role=FINANCE", "--data-dir", dir); strings.Count(token, ".") != 2 {
		t.Errorf("token printed %q", token)
	}
	ends(t, p, syscall.SIGTERM)
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
		t.Error("it made a database of its own")
	}
	if _, stderr, code := who.run(t, env, "demo", anyPort, "--reset", "--data-dir", dir); code != 1 || !strings.Contains(stderr, "yours to drop") {
		t.Errorf("reset of somebody's database: exit %d, %s", code, stderr)
	}
}
