//go:build unix

package pgembed

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestSecondStartFindsDataAndPort(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "deep", "data")
	first := startServer(t, dir)
	execute(t, first.DSN(""), "CREATE TABLE kept AS SELECT 'here' AS word")
	stopServer(t, first)
	second := startServer(t, dir)
	if got := queryString(t, second.DSN(Database), "SELECT word FROM kept"); got != "here" {
		t.Errorf("read %q", got)
	}
	if first.DSN("") != second.DSN("") {
		t.Errorf("the URL changed from %s to %s", first.DSN(""), second.DSN(""))
	}
}

func TestServerIsAsPromised(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	for sql, want := range map[string]string{
		"SHOW server_encoding": "UTF8",
		"SELECT datcollate || datctype FROM pg_database WHERE datname = 'spm'": "CC",
		"SHOW data_checksums":             "on",
		"SHOW password_encryption":        "scram-sha-256",
		"SHOW listen_addresses":           "127.0.0.1",
		"SHOW unix_socket_directories":    "",
		"SHOW jit":                        "off",
		"SHOW fsync":                      "off",
		"SHOW max_connections":            "200",
		"SELECT current_user::text":       Owner,
		"SELECT current_database()::text": Database,
	} {
		if got := queryString(t, s.DSN(""), sql); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
	group, err := syscall.Getpgid(s.PID())
	if err != nil || group != s.PID() {
		t.Errorf("process group %d, %v: a Ctrl-C would reach the server", group, err)
	}
	u := must(url.Parse(s.DSN("")))
	u.User = url.UserPassword(Owner, "wrong")
	if err := ping(t.Context(), u.String()); err == nil {
		t.Error("a wrong password is let in")
	}
	for _, name := range []string{"password", "server.log", "spm.lock"} {
		if info := must(os.Stat(filepath.Join(s.DataDir(), name))); info.Mode() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestDurableByDefault(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Options{DataDir: openDir(t), Settings: map[string]string{"application_name": `it's a \ name`}})
	if err != nil {
		t.Fatal(err)
	}
	defer stopServer(t, s)
	for sql, want := range map[string]string{
		"SHOW fsync": "on", "SHOW full_page_writes": "on", "SHOW synchronous_commit": "on",
		"SHOW application_name": `it's a \ name`,
	} {
		if got := queryString(t, s.DSN(""), sql); got != want {
			t.Errorf("%s: %q, want %q", sql, got, want)
		}
	}
}

func TestTwoStartsOnOneDirectory(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	h := startHelper(t, dir, nil)
	if h.said[0] != "serving" {
		t.Fatal(h.said)
	}
	_, err := Start(t.Context(), Options{DataDir: dir, Throwaway: true})
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.PID != h.cmd.Process.Pid || inUse.Dir != dir {
		t.Fatalf("got %v, want that %s is in use by %d", err, dir, h.cmd.Process.Pid)
	}
	if err := Remove(t.Context(), dir); !errors.As(err, &inUse) {
		t.Errorf("Remove: %v", err)
	}
	dsn, err := RunningDSN(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := ping(t.Context(), dsn); err != nil {
		t.Error(err)
	}
}

func TestStopTwiceAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	execute(t, s.DSN(""), "CREATE TABLE busy (n int); BEGIN; INSERT INTO busy VALUES (1)") // stays open
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { stopServer(t, s) })
	}
	all.Wait()
	if alive(s.PID()) {
		t.Error("the server is still there")
	}
	if _, err := RunningDSN(s.DataDir(), ""); err == nil {
		t.Error("RunningDSN gives the URL of a stopped server")
	}
}

func TestTakenPortIsReplaced(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	first := startServer(t, dir)
	stopServer(t, first)
	taken, err := net.Listen("tcp4", must(url.Parse(first.DSN(""))).Host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	if second := startServer(t, dir); second.DSN("") == first.DSN("") {
		t.Error("the same URL again")
	}
}

func TestFailureQuotesTheLog(t *testing.T) {
	t.Parallel()
	opts := Options{DataDir: openDir(t), Throwaway: true, Settings: map[string]string{"shared_buffers": "a lot"}}
	_, err := Start(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), `invalid value for parameter "shared_buffers"`) {
		t.Fatalf("got %v", err)
	}
	opts.Settings = map[string]string{"port": "5432"}
	if _, err = Start(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "setting port cannot be changed") {
		t.Fatalf("got %v", err)
	}
	startServer(t, opts.DataDir) // the failures hold nothing
}

func TestWrongPasswordIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, openDir(t))
	stopServer(t, s)
	file := filepath.Join(s.DataDir(), "password")
	for text, want := range map[string]string{"00ff\n": "password authentication failed", "?": "is damaged"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Start(t.Context(), Options{DataDir: s.DataDir()}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestCancelledStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := openDir(t)
	if _, err := Start(ctx, Options{DataDir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	startServer(t, dir)
}

func TestRemove(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	if err := Remove(t.Context(), dir); err == nil {
		t.Error("removed a directory that is not ours")
	}
	data := filepath.Join(dir, "data")
	stopServer(t, startServer(t, data))
	for _, name := range []string{"key", "thesis"} {
		if err := os.WriteFile(filepath.Join(data, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Remove(t.Context(), data, "key"); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(data); err != nil || len(left) != 1 || left[0].Name() != "thesis" {
		t.Errorf("what was not ours should be all that is left: %v, %v", left, err)
	}
	if err := os.Remove(filepath.Join(data, "thesis")); err != nil {
		t.Error(err)
	}
	stopServer(t, startServer(t, data))
	if err := Remove(t.Context(), data); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}
