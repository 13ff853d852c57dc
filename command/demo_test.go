//go:build unix

package command_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"spm/store/storetest"
)

var update = flag.Bool("update", false, "accept what the demo prints")

// shown waits until the demo serves and gives what it has printed from the
// table on, with words in place of what differs from start to start, and all
// of it as it is.
func (p *process) shown() (told, said, url string) {
	p.t.Helper()
	last := p.await(func(line string) bool { return strings.HasPrefix(line, "Serving http") })
	url, _, _ = strings.Cut(strings.TrimPrefix(last, "Serving "), "/graphql")
	lines := slices.DeleteFunc(p.lines(), func(line string) bool { return strings.HasPrefix(line, "{") }) // the log
	said = strings.Join(lines, "\n") + "\n"
	_, after, _ := strings.Cut(said, "\nWhat people earned")
	told = "What people earned" + after
	for word, differs := range map[string]string{
		"URL": regexp.QuoteMeta(url), "TOKEN": `\beyJ[\w.-]+`, "PROGRAM": regexp.QuoteMeta(p.cmd.Path), "after SECONDS": `after [\d.]+ s`,
	} {
		told = regexp.MustCompile(differs).ReplaceAllLiteralString(told, word)
	}
	return told, said, url
}

func loading(line string) bool {
	return strings.HasPrefix(line, " deals ") && strings.Contains(line, " of ")
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
	told, said, url := third.shown()
	golden(t, told)
	tokensWork(t, who, url)
	pagesMayAsk(t, url)
	handedOutWork(t, said, url)
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
	if again, _, _ := fourth.shown(); again != told {
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

// handedOutWork pastes what the demo prints into a shell, and opens its page.
func handedOutWork(t *testing.T, said, url string) {
	t.Helper()
	pasted := regexp.MustCompile(`(?m)^([A-Z_]+=eyJ|curl ).*$`).FindAllString(said, -1)
	if len(pasted) != 5 {
		t.Fatalf("the demo prints %d lines to paste", len(pasted))
	}
	out, err := exec.Command("bash", "-c", strings.Join(pasted, "\n")+`
for token in "$REP" "$MANAGER" "$COMP_ADMIN" "$FINANCE"; do
  curl -s `+url+`/graphql -H "Authorization: Bearer $token" -H "Content-Type: application/json" -d '{"query":"{viewer{user{name}}}"}'
done`).Output()
	must(t, err)
	for _, want := range []string{`"payee":{"name":"Hassan Aziz"}`, `"componentName"`, `"name":"Clara Jansen"`, `"name":"Ada Byrne"`, `"name":"Ines Calder"`} {
		if !strings.Contains(string(out), want) {
			t.Errorf("what it prints gives no %s:\n%s", want, out)
		}
	}
	if status, page := get(t, url+"/"); status != 200 || !strings.Contains(page, "Meridian Robotics") {
		t.Errorf("the page: %d %s", status, page)
	}
	_, raw := get(t, url+"/graphiql/people.json")
	var people struct {
		People []struct{ Name, Token string }
	}
	must(t, json.Unmarshal([]byte(raw), &people))
	for _, one := range people.People {
		if got := query(t, url, one.Token, "{viewer{user{name}}}"); !strings.Contains(got, one.Name) {
			t.Errorf("the token of %s: %s", one.Name, got)
		}
	}
	if len(people.People) != 5 {
		t.Errorf("%d people", len(people.People))
	}
}

// TestDemoBeginsAnew: --reset removes what the demo has made, and nothing else.
func TestDemoBeginsAnew(t *testing.T) {
	t.Parallel()
	who := self(t)
	dir := filepath.Join(openDir(t), "data")
	begin := func(args ...string) *process {
		p := who.start(t, nil, append([]string{"demo", anyPort, "--data-dir", dir}, args...)...)
		p.await(func(line string) bool { return strings.HasPrefix(line, " users ") })
		return p
	}
	first := begin()
	ends(t, first, syscall.SIGTERM)
	thesis, key := filepath.Join(dir, "thesis"), filepath.Join(dir, "key.pem")
	must(t, os.WriteFile(thesis, []byte("mine"), 0o600))
	before, err := os.ReadFile(key)
	must(t, err)
	ends(t, begin("--reset"), syscall.SIGTERM)
	if text, err := os.ReadFile(thesis); err != nil || string(text) != "mine" {
		t.Errorf("what was somebody's is gone: %v", err)
	}
	if after, err := os.ReadFile(key); err != nil || string(after) == string(before) {
		t.Errorf("it did not begin anew: %v", err)
	}
	nothingLeft(t, dir)
}

// TestDemoLeavesOthersAlone: a tenant that only has the demo's key is not the
// demo's, to fill or to remove.
func TestDemoLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	who := self(t)
	dir := filepath.Join(openDir(t), "data")
	who.must(t, nil, "migrate", "up", "--data-dir", dir)
	who.must(t, nil, "tenant", "create", "--key=demo", "--name=Democrats", "--subject=ann", "--data-dir", dir)
	for _, args := range [][]string{nil, {"--reset"}} {
		if _, stderr, code := who.run(t, nil, append([]string{"demo", anyPort, "--data-dir", dir}, args...)...); code != 1 || !strings.Contains(stderr, `the tenant demo is "Democrats"`) {
			t.Errorf("demo %v: exit %d, %s", args, code, stderr)
		}
	}
	if id := who.must(t, nil, "token", "--role=TENANT_ADMIN", "--data-dir", dir); strings.Count(id, ".") != 2 {
		t.Errorf("the tenant is gone: %q", id)
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
	p.await(func(line string) bool { return strings.HasPrefix(line, " users ") })
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

// pagesMayAsk: those of this machine, and those opened from a file.
func pagesMayAsk(t *testing.T, url string) {
	t.Helper()
	for origin, want := range map[string]string{"null": "null", "http://localhost:5173": "http://localhost:5173", "https://portal.example.com": ""} {
		r, err := http.NewRequest(http.MethodOptions, url+"/graphql", nil)
		must(t, err)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", http.MethodPost)
		r.Header.Set("Access-Control-Request-Headers", "authorization,content-type")
		res, err := http.DefaultClient.Do(r)
		must(t, err)
		_ = res.Body.Close()
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("%s: allowed is %q, want %q", origin, got, want)
		}
	}
}
