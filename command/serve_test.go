//go:build unix

package command_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"spm/migrations"
	"spm/store/storetest"
)

const anyPort = "--addr=127.0.0.1:0"

// TestLife takes a data directory through its life, as root and as an
// ordinary user whose home is empty.
func TestLife(t *testing.T) {
	t.Parallel()
	t.Run("ordinary user", func(t *testing.T) {
		t.Parallel()
		who := ordinary(t)
		life(t, who, filepath.Join(who.home, ".local", "share", "spm"))
	})
	t.Run("root", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("only root can start it as root")
		}
		dir := filepath.Join(openDir(t), "data")
		life(t, self(t), dir, "--data-dir", dir)
	})
}

func life(t *testing.T, who account, dir string, where ...string) {
	spm := func(args ...string) []string { return append(args, where...) }
	if _, stderr, code := who.run(t, nil, spm("token", "--role=TENANT_ADMIN")...); code != 1 || !strings.Contains(stderr, "holds no database yet") {
		t.Errorf("a token without data: exit %d, %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
		t.Error("asking for a token made a database")
	}

	// The first start makes everything; commands reach the running database.
	first := who.start(t, nil, spm("serve", anyPort)...)
	url := first.url()
	if status, body := get(t, url+"/healthz"); status != http.StatusOK || body != `{"status":"ok"}` {
		t.Errorf("healthz: %d %s", status, body)
	}
	if status, body := get(t, url+"/readyz"); status != http.StatusOK || body != `{"status":"ready"}` {
		t.Errorf("readyz: %d %s", status, body)
	}
	tenant := who.must(t, nil, spm("tenant", "create", "--key=acme", "--name=Acme", "--subject=ann", "--roles=tenant_admin,COMP_ADMIN")...)
	if !strings.HasPrefix(tenant, "tenant_") {
		t.Errorf("tenant create printed %q", tenant)
	}
	token := who.must(t, nil, spm("token", "--tenant=acme", "--role=COMP_ADMIN")...)
	if strings.ContainsAny(token, " \n") || strings.Count(token, ".") != 2 {
		t.Errorf("token printed %q", token)
	}
	seesTenant(t, url, token)
	if answer := query(t, url, "", "{titles{totalCount}}"); !strings.Contains(answer, "UNAUTHENTICATED") {
		t.Errorf("a stranger got %s", answer)
	}
	if _, stderr, code := who.run(t, nil, spm("serve", anyPort)...); code != 1 || !strings.Contains(stderr, "in use by process") {
		t.Errorf("a second server on the directory: exit %d, %s", code, stderr)
	}
	ends(t, first, syscall.SIGTERM)
	nothingLeft(t, dir)

	// The second start finds the data; kill -9 takes nothing away and leaves nothing.
	second := who.start(t, nil, spm("serve", anyPort)...)
	seesTenant(t, second.url(), token)
	second.signal(syscall.SIGKILL)
	second.end()
	nothingLeft(t, dir)

	third := who.start(t, nil, spm("serve", anyPort)...)
	seesTenant(t, third.url(), token)
	ends(t, third, syscall.SIGINT)
	nothingLeft(t, dir)

	// Without a server the commands start the database for a moment.
	again := who.must(t, nil, spm("token", "--subject=ann", "--ttl=5m")...)
	if strings.Count(again, ".") != 2 {
		t.Errorf("token printed %q", again)
	}
	if status := who.must(t, nil, spm("migrate", "status")...); !strings.HasSuffix(status, " applied") {
		t.Errorf("migrate status printed %q", status)
	}
	if _, stderr, code := who.run(t, nil, spm("migrate", "down")...); code != 1 || !strings.Contains(stderr, "there are tenants") {
		t.Errorf("migrate down with a tenant: exit %d, %s", code, stderr)
	}
	nothingLeft(t, dir)
}

func seesTenant(t *testing.T, url, token string) {
	t.Helper()
	if answer := query(t, url, token, "{titles{totalCount}}"); !strings.HasPrefix(answer, `{"data":{"titles":{"totalCount":0}},"extensions":{"cost":{"asked":2,"actual":`) {
		t.Errorf("the administrator got %s", answer)
	}
}

// ends stops a program in good order.
func ends(t *testing.T, p *process, signal syscall.Signal) {
	t.Helper()
	p.signal(signal)
	if code, took := p.end(); code != 0 || took > 20*time.Second {
		t.Errorf("after %s it ended with %d in %s", signal, code, took)
	}
}

// served gives an owner's and a server's URL of a migrated database.
func served(t *testing.T, who account) (owner, serve string) {
	t.Helper()
	owner = storetest.Database(t, storetest.Migrator{Hash: "empty", Run: noMigration})
	env := []string{"DATABASE_URL=" + owner}
	who.must(t, env, "migrate", "up")
	return owner, who.must(t, env, "migrate", "url")
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	who := self(t)
	env := []string{"DATABASE_URL=" + storetest.Database(t, storetest.Migrator{Hash: "empty", Run: noMigration})}
	status := func() string { return who.must(t, env, "migrate", "status") }
	if got := status(); got == "" || strings.Contains(got, "applied") {
		t.Errorf("before: %q", got)
	}
	if got := who.must(t, env, "migrate", "up"); !strings.HasPrefix(got, "applied 2026") {
		t.Errorf("up: %q", got)
	}
	if got := who.must(t, env, "migrate", "up"); got != "nothing to do" {
		t.Errorf("up again: %q", got)
	}
	if got := status(); strings.Contains(got, "pending") {
		t.Errorf("after: %q", got)
	}
	if got := who.must(t, env, "migrate", "down"); !strings.HasPrefix(got, "took back 2026") {
		t.Errorf("down: %q", got)
	}
	if got := who.must(t, env, "migrate", "up"); !strings.HasPrefix(got, "applied 2026") {
		t.Errorf("up after down: %q", got)
	}
}

// TestExistingPostgres serves a database that somebody else runs; readiness
// follows its migrations.
func TestExistingPostgres(t *testing.T) {
	t.Parallel()
	who := self(t)
	owner, serve := served(t, who)
	data := "--data-dir=" + filepath.Join(who.home, "data")
	if _, stderr, code := who.run(t, []string{"DATABASE_URL=" + owner}, "serve", anyPort, data); code != 1 || !strings.Contains(stderr, "SERVE_DATABASE_URL") {
		t.Errorf("serve with the owner's URL alone: exit %d, %s", code, stderr)
	}
	if _, stderr, code := who.run(t, []string{"SERVE_DATABASE_URL=" + owner}, "serve", anyPort, data); code != 1 || !strings.Contains(stderr, "does not run as superuser") {
		t.Errorf("serve as the owner: exit %d, %s", code, stderr)
	}
	env := []string{"SERVE_DATABASE_URL=" + serve}
	p := who.start(t, env, "serve", anyPort, data)
	url := p.url()
	who.must(t, []string{"DATABASE_URL=" + owner}, "migrate", "down")
	if status, body := get(t, url+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "lacks migrations") {
		t.Errorf("readyz without the schema: %d %s", status, body)
	}
	if status, _ := get(t, url+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz without the schema: %d", status)
	}
	who.must(t, []string{"DATABASE_URL=" + owner}, "migrate", "up")
	if status, body := get(t, url+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz: %d %s", status, body)
	}
	who.must(t, env, "tenant", "create", "--key=acme", "--name=Acme", "--subject=ann", data)
	seesTenant(t, url, who.must(t, env, "token", "--role=TENANT_ADMIN", data))
	ends(t, p, syscall.SIGTERM)

	bare := storetest.Database(t, storetest.Migrator{Hash: "empty", Run: noMigration})
	bareURL, err := migrations.ServeURL(t.Context(), bare)
	must(t, err)
	if _, stderr, code := who.run(t, []string{"SERVE_DATABASE_URL=" + bareURL}, "serve", anyPort, data); code != 1 || !strings.Contains(stderr, "run `spm migrate up`") {
		t.Errorf("serve without the schema: exit %d, %s", code, stderr)
	}
}

// TestDrain holds a request half sent while the program is told to end.
func TestDrain(t *testing.T) {
	t.Parallel()
	who := self(t)
	_, serve := served(t, who)
	hold := func(t *testing.T) (*process, string, net.Conn) {
		p := who.start(t, []string{"SERVE_DATABASE_URL=" + serve}, "serve", anyPort)
		addr := strings.TrimPrefix(p.url(), "http://")
		conn, err := net.Dial("tcp", addr)
		must(t, err)
		t.Cleanup(func() { _ = conn.Close() })
		// The 100 tells that the request is being worked on.
		fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 26\r\nExpect: 100-continue\r\n\r\n", addr)
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
			t.Fatalf("%q %v", line, err)
		}
		p.signal(syscall.SIGTERM)
		eventually(t, func() bool {
			other, err := net.Dial("tcp", addr)
			if err == nil {
				_ = other.Close()
			}
			return err != nil
		}, func() string { return "it still takes connections" })
		return p, addr, conn
	}
	t.Run("the request finishes", func(t *testing.T) {
		t.Parallel()
		p, _, conn := hold(t)
		fmt.Fprint(conn, `{"query":"{__typename}"}  `)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		must(t, err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("the request under way got %s", res.Status)
		}
		if code, took := p.end(); code != 0 || took > 20*time.Second {
			t.Errorf("it ended with %d in %s", code, took)
		}
	})
	t.Run("a second signal ends it at once", func(t *testing.T) {
		t.Parallel()
		p, _, _ := hold(t)
		p.signal(syscall.SIGTERM)
		if code, took := p.end(); code != 0 || took > 10*time.Second {
			t.Errorf("it ended with %d in %s", code, took)
		}
	})
}

// TestStreamsEnd opens a WebSocket from each page that may, and ends the server.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	who := self(t)
	_, serve := served(t, who)
	p := who.start(t, []string{"SERVE_DATABASE_URL=" + serve, "SPM_ALLOW_ORIGINS=https://a.example, https://b.example"},
		"serve", anyPort, "--allow-origin", "https://c.example", "--allow-origin=http://d.example:8000")
	url := p.url() + "/graphql"
	open := func(origin string) (*websocket.Conn, error) {
		conn, _, err := websocket.Dial( //nolint:bodyclose // which it never is to be
			t.Context(), url, &websocket.DialOptions{
				Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Origin": {origin}},
			})
		return conn, err
	}
	var sockets []*websocket.Conn
	for _, origin := range []string{"https://a.example", "https://b.example", "https://c.example", "http://d.example:8000", p.url()} {
		conn, err := open(origin)
		must(t, err)
		sockets = append(sockets, conn)
	}
	for _, origin := range []string{"https://d.example", "null", "http://localhost:3000"} {
		if _, err := open(origin); err == nil {
			t.Errorf("%s opened a WebSocket", origin)
		}
	}
	p.signal(syscall.SIGTERM)
	for _, conn := range sockets {
		if _, _, err := conn.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusGoingAway {
			t.Errorf("closed with %v", err)
		}
	}
	if code, took := p.end(); code != 0 || took > 10*time.Second {
		t.Errorf("it ended with %d in %s", code, took)
	}
}

// TestTracesAreSentAtTheEnd: what the last requests did is not lost.
func TestTracesAreSentAtTheEnd(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, err := sent.ReadFrom(r.Body)
		must(t, err)
	}))
	t.Cleanup(collector.Close)
	who := self(t)
	_, serve := served(t, who)
	p := who.start(t, []string{"SERVE_DATABASE_URL=" + serve, "SPM_TRACES_URL=" + collector.URL}, "serve", anyPort, "--traces-share", "1")
	query(t, p.url(), "", `query Marked { __typename }`)
	ends(t, p, syscall.SIGTERM)
	mu.Lock()
	defer mu.Unlock()
	for _, part := range []string{"POST /graphql", "graphql.operation.type"} {
		if !bytes.Contains(sent.Bytes(), []byte(part)) {
			t.Errorf("%d bytes were sent, without %q", sent.Len(), part)
		}
	}
	if bytes.Contains(sent.Bytes(), []byte("Marked")) {
		t.Error("a stranger's name of an operation was sent")
	}
}

// TestGoRun: a SIGTERM ends `go run` but is not passed on to the program.
func TestGoRun(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "data")
	cmd := exec.Command("go", "run", "spm", "serve", anyPort, "--data-dir", dir)
	p := follow(t, cmd)
	p.url()
	p.signal(syscall.SIGTERM)
	p.end()
	nothingLeft(t, dir)
}
