//go:build unix

package pgembed

import (
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// deathSignals tells whether this system has them.
const deathSignals = runtime.GOOS == "linux"

// ordinary is the attribute of a child that runs as an ordinary user, and that user's ids.
func ordinary(t *testing.T) (attr *syscall.SysProcAttr, uid, gid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil, os.Geteuid(), os.Getegid()
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, gid = must(strconv.Atoi(nobody.Uid)), must(strconv.Atoi(nobody.Gid))
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, uid, gid
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}

// TestOrdinaryUser starts with an empty home, and nothing but HOME known.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	attr, uid, gid := ordinary(t)
	home := filepath.Join(openDir(t), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(home, uid, gid); err != nil {
		t.Fatal(err)
	}
	h := startHelper(t, "default", attr, "HOME="+home)
	dir := filepath.Join(home, ".local", "share", "spm")
	if h.said[0] != "serving" || h.said[2] != dir {
		t.Fatalf("the helper said %v, want it to serve %s", h.said, dir)
	}
	if got := ownerOf(t, filepath.Join(dir, "postgres")); got != uid {
		t.Errorf("the cluster belongs to %d, want %d", got, uid)
	}
	if info := must(os.Stat(dir)); info.Mode().Perm() != 0o700 {
		t.Errorf("the data directory has mode %v", info.Mode())
	}
	_ = h.stdin.Close()
	if err := h.cmd.Wait(); err != nil {
		t.Errorf("the helper: %v", err)
	}
	if left := serverProcesses(dataDir(dir)); len(left) != 0 {
		t.Errorf("still running: %v", left)
	}
	// What an ordinary user made, root runs as that user.
	s := startServer(t, dir)
	if deathSignals {
		if got := ownerOf(t, "/proc/"+strconv.Itoa(s.PID())); got != uid {
			t.Errorf("the server runs as %d, want %d", got, uid)
		}
	}
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can start a server as another user")
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	needRoot(t)
	s := startServer(t, filepath.Join(openDir(t), "data"))
	want, err := user.Lookup("postgres")
	if err != nil {
		if want, err = user.Lookup("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	if got := ownerOf(t, s.dir.cluster()); strconv.Itoa(got) != want.Uid {
		t.Errorf("the cluster belongs to %d, want %s", got, want.Uid)
	}
	if got := ownerOf(t, "/proc/"+strconv.Itoa(s.PID())); strconv.Itoa(got) != want.Uid {
		t.Errorf("the server runs as %d, want %s", got, want.Uid)
	}
	for _, file := range []string{s.DataDir(), s.dir.password(), s.dir.config(), s.dir.log()} {
		if got := ownerOf(t, file); got != 0 {
			t.Errorf("%s belongs to %d, want root", file, got)
		}
	}
}

func TestBarredWayIsNamed(t *testing.T) {
	t.Parallel()
	needRoot(t)
	barred := filepath.Join(openDir(t), "barred")
	if err := os.Mkdir(barred, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: filepath.Join(barred, "data")})
	if err == nil || !strings.Contains(err.Error(), "may not pass through "+barred+" on the way to") {
		t.Errorf("got %v", err)
	}
}

func TestAnotherUsersDirectory(t *testing.T) {
	t.Parallel()
	needRoot(t)
	dir := filepath.Join(openDir(t), "data")
	stopServer(t, startServer(t, dir))
	attr, _, _ := ordinary(t)
	h := startHelper(t, dir, attr)
	if said := strings.Join(h.said, " "); !strings.Contains(said, "belongs to another user: start as that user or as root") {
		t.Errorf("the helper said %q", said)
	}
}
