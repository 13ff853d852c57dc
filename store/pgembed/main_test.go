//go:build unix

package pgembed

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// helperEnv makes the test binary a process that serves the data directory named there
// ("default" for the default one) until it is killed or its input ends.
const helperEnv = "PGEMBED_TEST_SERVE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		os.Exit(serveForever(dir))
	}
	os.Exit(m.Run())
}

func serveForever(dir string) int {
	if dir == "default" {
		dir = ""
	}
	s, err := Start(context.Background(), Options{DataDir: dir})
	if err != nil {
		fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		return 1
	}
	fmt.Println("serving", s.PID(), s.DataDir())
	_, _ = io.Copy(io.Discard, os.Stdin)
	if err := s.Stop(context.Background()); err != nil {
		return 1
	}
	return 0
}

// helper is such a process, and the words it said first.
type helper struct {
	cmd   *exec.Cmd
	stdin io.Closer
	said  []string
}

// startHelper runs a helper, as another user if attr says so, with the given environment.
func startHelper(t *testing.T, dir string, attr *syscall.SysProcAttr, env ...string) *helper {
	t.Helper()
	// Others may not pass through the directory of the test binary that go test made.
	path := filepath.Join(openDirIn(t, "/tmp"), "helper")
	binary, err := os.ReadFile(must(os.Executable()))
	if err == nil {
		err = os.WriteFile(path, binary, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	h, stdout := startCopied(t, func() *exec.Cmd {
		cmd := exec.Command(path)
		cmd.Dir, cmd.SysProcAttr = "/", attr
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), helperEnv + "=" + dir}, env...)
		return cmd
	})
	t.Cleanup(func() {
		_ = h.cmd.Process.Kill()
		_ = h.cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the helper said %q: %v", line, err)
	}
	h.said = strings.Fields(line)
	return h
}

// startCopied starts a command, another one each time while the file just written is
// still open in a child that another test is forking (ETXTBSY).
func startCopied(t *testing.T, command func() *exec.Cmd) (h *helper, stdout io.Reader) {
	t.Helper()
	var err error
	poll(context.Background(), 10*time.Second, func() bool {
		h = &helper{cmd: command()}
		h.stdin, stdout = must(h.cmd.StdinPipe()), must(h.cmd.StdoutPipe())
		err = h.cmd.Start()
		return !errors.Is(err, syscall.ETXTBSY)
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, stdout
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// openDir is a temporary directory that other users can reach, unlike t.TempDir; in memory if
// there is enough of it, since a new cluster is a thousand files.
func openDir(t *testing.T) string {
	t.Helper()
	var memory syscall.Statfs_t
	if syscall.Statfs("/dev/shm", &memory) == nil && uint64(memory.Bavail)*uint64(memory.Bsize) > 4<<30 {
		return openDirIn(t, "/dev/shm")
	}
	return openDirIn(t, "/tmp")
}

// openDirIn is one in parent: in /tmp for what is executed, which memory may not allow.
func openDirIn(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "pgembed-test-*")
	if err == nil {
		err = os.Chmod(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func startServer(t *testing.T, dir string) *Server {
	t.Helper()
	s, err := Start(t.Context(), Options{DataDir: dir, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopServer(t, s) })
	return s
}

func stopServer(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func execute(t *testing.T, dsn, sql string) {
	t.Helper()
	conn := connect(t, dsn)
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func queryString(t *testing.T, dsn, sql string) (value string) {
	t.Helper()
	if err := connect(t, dsn).QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
