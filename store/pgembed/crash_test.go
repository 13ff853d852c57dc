//go:build unix

package pgembed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func ping(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// TestKill9LeavesNothing: the kernel takes the server down with us (elsewhere than on Linux
// the next start does), and the next start has what was committed.
func TestKill9LeavesNothing(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	h := startHelper(t, dir, nil)
	if h.said[0] != "serving" {
		t.Fatal(h.said)
	}
	dsn := must(RunningDSN(dir, ""))
	execute(t, dsn, "CREATE TABLE kept AS SELECT 'here' AS word")
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	if deathSignals && !gone(t.Context(), dataDir(dir), 20*time.Second) {
		t.Errorf("still running: %v", serverProcesses(dataDir(dir)))
	}
	if got := queryString(t, startServer(t, dir).DSN(""), "SELECT word FROM kept"); got != "here" {
		t.Errorf("read %q", got)
	}
}

// TestStartRightAfterKill9 does not wait for the former server to go: Start does.
func TestStartRightAfterKill9(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	h := startHelper(t, dir, nil)
	if h.said[0] != "serving" {
		t.Fatal(h.said)
	}
	if err := h.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.cmd.Wait()
	startServer(t, dir)
}

// TestServerKilled: the backends of a killed postmaster linger for a moment.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	if err := s.process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	startServer(t, s.DataDir())
}

func TestStalePostmasterPID(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	sleeper := exec.Command("sleep", "600")
	sleeper.SysProcAttr = s.dirOwner(t).attr(0) // Postgres itself knows other users' for strangers
	if err := sleeper.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	}()
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for name, pid := range map[string]int{
		"another program's": sleeper.Process.Pid,
		"a dead one's":      dead.Process.Pid,
		"our own":           os.Getpid(),
		"init's":            1,
	} {
		stopServer(t, s)
		text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n\n127.0.0.1\n        0         0\nready   \n", pid, s.dir.cluster())
		if err := os.WriteFile(postmasterFile(s.dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.dirOwner(t).give(postmasterFile(s.dir)); err != nil {
			t.Fatal(err)
		}
		t.Log("pid is", name)
		s = startServer(t, s.DataDir())
	}
}

func (s *Server) dirOwner(t *testing.T) account {
	t.Helper()
	acct, err := serverAccount(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	return acct
}

// TestForeignServer: what somebody started by hand is not ours to stop.
func TestForeignServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	stopServer(t, s)
	hba := filepath.Join(s.DataDir(), "pg_hba.conf")
	cmd := exec.Command(s.bins.Path("postgres"), "-D", s.dir.cluster(), "-c", "hba_file="+hba,
		"-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1", "-c", "port="+strconv.Itoa(s.port))
	cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", s.bins.env(), s.dirOwner(t).attr(0)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	if !poll(t.Context(), 20*time.Second, func() bool { return ping(t.Context(), s.DSN("")) == nil }) {
		t.Fatal("the server by hand does not come up")
	}
	_, err := Start(t.Context(), Options{DataDir: s.DataDir(), Throwaway: true})
	if want := fmt.Sprintf("(pid %d)", cmd.Process.Pid); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := ping(t.Context(), s.DSN("")); err != nil {
		t.Errorf("the server by hand is gone: %v", err)
	}
}

func TestInterruptedInitdbIsClearedUp(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	leftover := filepath.Join(dir, "initdb-123", "postgres")
	if err := os.MkdirAll(leftover, 0o700); err != nil {
		t.Fatal(err)
	}
	startServer(t, dir)
	if found := must(filepath.Glob(filepath.Join(dir, "initdb-*"))); len(found) != 0 {
		t.Errorf("left: %v", found)
	}
}
