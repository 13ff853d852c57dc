package pgembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The major versions of Postgres that are supported, both inclusive.
const (
	MinMajor = 15
	MaxMajor = 18
)

// EnvBin names the environment variable that gives the directory of the server binaries.
// When it is set, no other place is searched.
const EnvBin = "SPM_POSTGRES_BIN"

// Binaries is a set of Postgres server binaries that can run on this machine.
type Binaries struct {
	Dir         string // the directory that holds postgres and initdb, absolute
	Version     string // as the server prints it, e.g. "15.18"
	Major       int    // e.g. 15
	LibraryPath string // LD_LIBRARY_PATH of the processes, "" for installed binaries
}

// Path returns the absolute path of one of the binaries, e.g. "initdb".
func (b Binaries) Path(name string) string { return filepath.Join(b.Dir, name) }

// FindOptions narrows or redirects a search. The zero value is the search for production.
type FindOptions struct {
	// Dirs, when not nil, is searched instead of SPM_POSTGRES_BIN, PATH and the known places.
	Dirs []string
	// Major, when not 0, accepts only this major version.
	Major int
	// NoDownload keeps Find from obtaining the packages when nothing is installed.
	NoDownload bool
	// CacheDir holds downloaded binaries. Default: /var/cache/spm/postgres as root, otherwise
	// spm/postgres in the user's cache directory.
	CacheDir string
}

// NotFoundError says that no usable server binaries are here, and what to do about it.
type NotFoundError struct {
	Major    int      // the major version asked for, 0 for any supported
	Searched []string // directories searched, and why each was refused if it was
	Command  string   // the exact command that installs the server on this system
	Download error    // why the packages could not be obtained, nil if that was not tried
}

// Error names the command to run and the other two ways out.
func (e *NotFoundError) Error() string {
	want := fmt.Sprintf("Postgres %d to %d", MinMajor, MaxMajor)
	if e.Major != 0 {
		want = fmt.Sprintf("Postgres %d (the version that made this data directory)", e.Major)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "no server binaries of %s found.\nInstall them with:\n\n    %s\n\n", want, e.Command)
	fmt.Fprintf(&b, "or name their directory in %s, or name a running server in DATABASE_URL.", EnvBin)
	for _, s := range e.Searched {
		fmt.Fprintf(&b, "\n  searched %s", s)
	}
	if e.Download != nil {
		fmt.Fprintf(&b, "\n  download: %v", e.Download)
	}
	return b.String()
}

// Unwrap returns the reason why a download failed, if one was tried.
func (e *NotFoundError) Unwrap() error { return e.Download }

// Find returns the server binaries to use. It looks at SPM_POSTGRES_BIN alone if that is set;
// else at PATH, pg_config, and the places where distributions and Homebrew put them, the
// highest supported version first; else at binaries downloaded before; else, where apt-get and
// dpkg-deb exist, it downloads the distribution's packages into the cache directory without
// installing them. The error is a *NotFoundError when there is nothing to run.
func Find(ctx context.Context, opts FindOptions) (Binaries, error) {
	dirs := opts.Dirs
	if dirs == nil {
		if dir := os.Getenv(EnvBin); dir != "" {
			b, err := inspect(ctx, dir, opts.Major)
			if err != nil {
				return Binaries{}, fmt.Errorf("%s=%s: %w", EnvBin, dir, err)
			}
			return b, nil
		}
		dirs = knownDirs(ctx)
	}
	missing := &NotFoundError{Major: opts.Major, Command: installCommand()}
	for _, dir := range dirs {
		b, err := inspect(ctx, dir, opts.Major)
		if err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			return Binaries{}, ctx.Err()
		}
		missing.Searched = append(missing.Searched, fmt.Sprintf("%s: %v", dir, err))
	}
	if opts.NoDownload {
		return Binaries{}, missing
	}
	b, err := obtain(ctx, opts)
	if err != nil {
		missing.Download = err
		return Binaries{}, missing
	}
	return b, nil
}

var errNoServer = errors.New("has no postgres and initdb")

// inspect accepts a directory whose server runs and has a supported version.
func inspect(ctx context.Context, dir string, major int) (Binaries, error) {
	return inspectWith(ctx, dir, major, "")
}

func inspectWith(ctx context.Context, dir string, major int, libraryPath string) (Binaries, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Binaries{}, err
	}
	b := Binaries{Dir: dir, LibraryPath: libraryPath}
	for _, name := range []string{"postgres", "initdb"} {
		info, err := os.Stat(b.Path(name))
		if errors.Is(err, os.ErrNotExist) {
			return Binaries{}, errNoServer
		}
		if err != nil {
			return Binaries{}, err
		}
		if info.IsDir() || info.Mode()&0o111 == 0 {
			return Binaries{}, fmt.Errorf("%s is not executable", name)
		}
	}
	// initdb links libpq, which postgres does not: both must load.
	if _, err := b.output(ctx, "initdb", "--version"); err != nil {
		return Binaries{}, err
	}
	out, err := b.output(ctx, "postgres", "--version")
	if err != nil {
		return Binaries{}, err
	}
	if b.Version, b.Major, err = parseVersion(out); err != nil {
		return Binaries{}, err
	}
	if b.Major < MinMajor || b.Major > MaxMajor {
		return Binaries{}, fmt.Errorf("is version %s, not %d to %d", b.Version, MinMajor, MaxMajor)
	}
	if major != 0 && b.Major != major {
		return Binaries{}, fmt.Errorf("is version %s, not %d", b.Version, major)
	}
	return b, nil
}

func (b Binaries) output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.Path(name), args...)
	cmd.Env = b.env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// env is what the server's processes see: no secret of ours, and no PG* or locale variable
// that would change what the server does.
func (b Binaries) env() []string {
	env := []string{"LC_ALL=C", "PATH=" + b.Dir + ":/usr/bin:/bin"}
	library := b.LibraryPath
	if library == "" {
		library = os.Getenv("LD_LIBRARY_PATH")
	}
	if library != "" {
		env = append(env, "LD_LIBRARY_PATH="+library)
	}
	return env
}

// parseVersion reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "18beta1" too.
func parseVersion(line string) (string, int, error) {
	_, rest, ok := strings.Cut(line, "(PostgreSQL) ")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return "", 0, fmt.Errorf("version not understood: %q", line)
	}
	digits := fields[0]
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i]
	}
	major, err := strconv.Atoi(digits)
	if err != nil {
		return "", 0, fmt.Errorf("version not understood: %q", line)
	}
	return fields[0], major, nil
}

// knownDirs lists the places to search that exist, in order, each once.
func knownDirs(ctx context.Context) []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	if path, err := exec.LookPath("pg_config"); err == nil {
		if out, err := exec.CommandContext(ctx, path, "--bindir").Output(); err == nil {
			dirs = append(dirs, strings.TrimSpace(string(out)))
		}
	}
	patterns := []string{
		"/usr/lib/postgresql/%d/bin", // Debian, Ubuntu
		"/usr/pgsql-%d/bin",          // packages of the Postgres project for Fedora and RHEL
		"/usr/libexec/postgresql%d",  // Alpine
		"/usr/lib/postgresql%d/bin",  // openSUSE
		"/opt/homebrew/opt/postgresql@%d/bin",
		"/usr/local/opt/postgresql@%d/bin",
		"/home/linuxbrew/.linuxbrew/opt/postgresql@%d/bin",
		"/Applications/Postgres.app/Contents/Versions/%d/bin",
	}
	for major := MaxMajor; major >= MinMajor; major-- {
		for _, pattern := range patterns {
			dirs = append(dirs, fmt.Sprintf(pattern, major))
		}
	}
	var found []string
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil || !filepath.IsAbs(dir) {
			continue
		}
		if !slices.Contains(found, dir) {
			found = append(found, dir)
		}
	}
	return found
}
