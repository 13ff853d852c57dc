//go:build linux

// Package fault kills and starves real processes of the product and checks
// that nothing is lost, doubled or torn.
package fault

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(built, "spm")
	out, err := exec.Command("go", "build", "-o", path, "spm").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, err
})

var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "spm-fault-*"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

// program prepares the built program on the harness's database.
func program(t *testing.T, h *harness.Harness, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return programBy(h, path, args...)
}

// programBy is program of another build of it.
func programBy(h *harness.Harness, path string, args ...string) *exec.Cmd {
	cmd := exec.Command(path, append(args, "--data-dir="+h.DataDir)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + h.DataDir, "SERVE_DATABASE_URL=" + h.ServeURL, "SPM_ISSUER=" + harness.Issuer, "SPM_AUDIENCE=" + harness.Audience}
	return cmd
}

// server is a process that serves the harness's database.
type server struct {
	cmd  *exec.Cmd
	url  string
	dead chan struct{}
}

// serve starts a server and waits until it takes requests.
func serve(t *testing.T, h *harness.Harness, more ...string) *server {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return serveBy(t, h, path, more...)
}

// serveBy is serve of another build of the program.
func serveBy(t *testing.T, h *harness.Harness, path string, more ...string) *server {
	t.Helper()
	s := &server{cmd: programBy(h, path, append([]string{"serve", "--addr=127.0.0.1:0"}, more...)...), dead: make(chan struct{})}
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdout, s.cmd.Stderr = in, in
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	urls := make(chan string, 1)
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var record struct{ Msg, Level, URL string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "serving" {
				urls <- record.URL
			} else if record.Level == "ERROR" {
				t.Logf("a server says %s", lines.Text())
			}
		}
		_ = s.cmd.Wait()
		close(s.dead)
	}()
	t.Cleanup(s.kill)
	select {
	case s.url = <-urls:
	case <-s.dead:
		t.Fatal("the server ended")
	case <-time.After(2 * time.Minute):
		t.Fatal("the server does not serve")
	}
	return s
}

// kill ends it without warning.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	<-s.dead
}

// worker tells which server does the tenant's work now, -1 where none
// does: the lock's connection is the one of its sockets with that port.
func worker(t *testing.T, h *harness.Harness, servers []*server) (at int) {
	t.Helper()
	ports := h.Strings(`SELECT a.client_port::text FROM pg_locks l JOIN pg_stat_activity a USING (pid)
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended($1, 3)`, h.Tenant.String())
	if len(ports) == 0 {
		return -1
	}
	port, _ := strconv.Atoi(ports[0])
	inode := inodeOf(port)
	for i, s := range servers {
		open, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.cmd.Process.Pid))
		for _, fd := range open {
			if link, err := os.Readlink(fd); err == nil && link == "socket:["+inode+"]" {
				return i
			}
		}
	}
	return -1
}

// inodeOf finds the socket with a local port.
func inodeOf(port int) string {
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		raw, _ := os.ReadFile(file)
		for line := range strings.Lines(string(raw)) {
			f := strings.Fields(line)
			if len(f) > 9 && strings.HasSuffix(f[1], fmt.Sprintf(":%04X", port)) {
				return f[9]
			}
		}
	}
	return "none"
}

// seeded gives the source of a fault's moments. SEED of the environment repeats
// one that was printed.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 4))
}

// counted gives how often a fault is made: what the environment says, or few.
func counted(name string, few int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return few
}

// ownerSQL runs SQL as the owner, triggers off.
func ownerSQL(h *harness.Harness, statements ...string) {
	h.Owner(func(conn *pgx.Conn) {
		for _, sql := range append([]string{"SET session_replication_role = replica"}, append(statements, "SET session_replication_role = DEFAULT")...) {
			if _, err := conn.Exec(h.Context(), sql); err != nil {
				h.Fatalf("%s: %v", sql, err)
			}
		}
	})
}
