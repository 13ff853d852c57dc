//go:build unix

package pgembed

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	b, err := Find(t.Context(), FindOptions{NoDownload: true})
	if err != nil {
		t.Fatal(err)
	}
	if b.Major < MinMajor || b.Major > MaxMajor || !filepath.IsAbs(b.Dir) {
		t.Errorf("found %+v", b)
	}
	again, err := Find(t.Context(), FindOptions{Dirs: []string{t.TempDir(), b.Dir}, Major: b.Major})
	if err != nil || again != b {
		t.Errorf("found %+v, %v, want %+v", again, err, b)
	}
}

func TestFindByEnvironment(t *testing.T) {
	b, err := Find(t.Context(), FindOptions{NoDownload: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(EnvBin, b.Dir)
	if again, err := Find(t.Context(), FindOptions{}); err != nil || again != b {
		t.Errorf("found %+v, %v, want %+v", again, err, b)
	}
	empty := t.TempDir()
	t.Setenv(EnvBin, empty)
	if _, err := Find(t.Context(), FindOptions{}); err == nil || err.Error() != EnvBin+"="+empty+": has no postgres and initdb" {
		t.Errorf("got %v", err)
	}
}

func TestHiddenBinariesNameTheCommand(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	_, err := Start(t.Context(), Options{
		DataDir: openDir(t),
		Find:    FindOptions{Dirs: []string{empty}, NoDownload: true},
	})
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"\n    " + installCommand() + "\n", EnvBin, "DATABASE_URL", empty + ": has no postgres and initdb"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}

func TestUnfitBinaries(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"echo 'postgres (PostgreSQL) 14.9'": "is version 14.9, not 15 to 18",
		"echo 'postgres (PostgreSQL) 17.2'": "is version 17.2, not 16",
		"echo nonsense":                     "version not understood",
		"echo no libpq; exit 127":           "no libpq",
	} {
		dir := t.TempDir()
		for _, name := range []string{"postgres", "initdb"} {
			// A script is read by sh, so that it is never executed while open for writing.
			if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Find(t.Context(), FindOptions{Dirs: []string{dir}, Major: 16, NoDownload: true})
		if strings.Contains(want, "not 15") {
			_, err = Find(t.Context(), FindOptions{Dirs: []string{dir}, NoDownload: true})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", script, err)
		}
	}
}

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 18beta1":                          18,
		"postgres (PostgreSQL) 17":                               17,
		"postgres (PostgreSQL) ":                                 0,
		"postgres 15":                                            0,
		"initdb (PostgreSQL) devel":                              0,
	} {
		if _, got, err := parseVersion(line); got != want || (err != nil) != (want == 0) {
			t.Errorf("%q: %d, %v", line, got, err)
		}
	}
}

func TestInstallCommandFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ goos, release, want string }{
		{"linux", "ID=debian\nVERSION_ID=\"12\"", "sudo apt-get update && sudo apt-get install -y postgresql"},
		{"linux", "ID=debian\n", "sudo apt-get update && sudo apt-get install -y postgresql"},
		{"linux", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"24.04\"", "sudo apt-get update && sudo apt-get install -y postgresql"},
		{"linux", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"22.04\"", "sudo apt-get update && sudo apt-get install -y postgresql-common && sudo sh -c '/usr/share/postgresql-common/pgdg/*.sh -y' && sudo apt-get install -y postgresql-17"},
		{"linux", "ID=fedora\nVERSION_ID=42", "sudo dnf install -y postgresql-server"},
		{"linux", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.4\"", "sudo dnf module install -y postgresql:16/server"},
		{"linux", "ID=rhel\nID_LIKE=fedora\nVERSION_ID=10.0", "sudo dnf install -y postgresql-server"},
		{"linux", "ID=alpine\nVERSION_ID=3.21.0", "sudo apk add postgresql"},
		{"linux", "ID=arch", "sudo pacman -S --needed postgresql"},
		{"linux", "ID=opensuse-leap\nID_LIKE=\"suse opensuse\"", "sudo zypper install -y postgresql-server"},
		{"linux", "", "(install the Postgres server, version 15 to 18, with this system's package manager)"},
		{"darwin", "", "brew install postgresql@17"},
	} {
		if got := installCommandFor(c.goos, c.release, false); got != c.want {
			t.Errorf("%q: %s", c.release, got)
		}
		root := strings.ReplaceAll(c.want, "sudo ", "")
		if got := installCommandFor(c.goos, c.release, true); got != root {
			t.Errorf("%q as root: %s", c.release, got)
		}
	}
}

const dependsText = `postgresql-15
 |Depends: locales
  Depends: locales-all
 |Depends: libfirst
  Depends: libsecond
  PreDepends: libicu72
  Depends: libllvm14
  Depends: libpq5
  Depends: <libvirtual>
    libprovider
  Suggests: libsuggested
libpq5
  Depends: libc6
  Depends: libldap-2.5-0
  Depends: libssl3:amd64
libldap-2.5-0
  Depends: libpq5
  Depends: libsasl2-2
`

func TestClosure(t *testing.T) {
	t.Parallel()
	got := closure(parseDepends(dependsText), "postgresql-15", map[string]bool{"libssl3": true})
	want := []string{"postgresql-15", "libfirst", "libicu72", "libpq5", "libldap-2.5-0", "libsasl2-2"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestDownload hides the installed server, obtains the packages for real, and runs a server
// from them.
func TestDownload(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("apt-get"); err != nil || os.Getenv("CI") != "true" {
		t.Skipf("takes the network and apt-get: CI=%q, %v", os.Getenv("CI"), err)
	}
	find := FindOptions{Dirs: []string{}, CacheDir: filepath.Join(openDirIn(t, "/tmp"), "cache")}
	found := make(chan Binaries, 2)
	var both sync.WaitGroup
	for range cap(found) {
		both.Go(func() {
			b, err := Find(t.Context(), find)
			if err != nil {
				t.Error(err)
			}
			found <- b
		})
	}
	both.Wait()
	if one, other := <-found, <-found; one != other {
		t.Errorf("two at once found %+v and %+v", one, other)
	}
	s, err := Start(t.Context(), Options{DataDir: openDir(t), Find: find, Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	defer stopServer(t, s)
	if !strings.HasPrefix(s.Binaries().Dir, find.CacheDir) {
		t.Errorf("runs from %s", s.Binaries().Dir)
	}
	t.Logf("%s: %s", s.Binaries().Dir, queryString(t, s.DSN(""), "SELECT version()"))
}
