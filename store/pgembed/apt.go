package pgembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// obtain returns binaries downloaded before, or downloads the distribution's own packages:
// apt-get checks them against the signed index, dpkg-deb unpacks them, nothing is installed
// and no right is needed. The server finds its files relative to its executable, so it runs
// from any directory once the dynamic linker knows where its libraries are.
func obtain(ctx context.Context, opts FindOptions) (Binaries, error) {
	if runtime.GOOS != "linux" {
		return Binaries{}, errors.New("only done where apt-get is")
	}
	cache, err := cacheDir(opts.CacheDir)
	if err != nil {
		return Binaries{}, err
	}
	if b, err := cached(ctx, cache, opts.Major); err == nil {
		return b, nil
	}
	for _, tool := range []string{"apt-get", "apt-cache", "dpkg-deb", "dpkg-query"} {
		if _, err := exec.LookPath(tool); err != nil {
			return Binaries{}, fmt.Errorf("only done where apt-get is: %w", err)
		}
	}
	if err := mkdirOpen(cache); err != nil {
		return Binaries{}, err
	}
	lock, err := waitLock(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		return Binaries{}, err
	}
	defer func() { _ = lock.Close() }()
	if b, err := cached(ctx, cache, opts.Major); err == nil { // whoever had the lock got them
		return b, nil
	}
	return downloadTwice(ctx, cache, opts.Major)
}

// downloadTwice tries first with the system's package lists. They are absent in container
// images and may name versions that are gone, so then it fetches lists of its own.
func downloadTwice(ctx context.Context, cache string, major int) (Binaries, error) {
	b, first := download(ctx, apt{}, cache, major)
	if first == nil {
		return b, nil
	}
	own := apt{lists: filepath.Join(cache, "lists")}
	defer func() { _ = os.RemoveAll(own.lists) }()
	if err := own.update(ctx); err != nil {
		return Binaries{}, errors.Join(first, err)
	}
	b, err := download(ctx, own, cache, major)
	if err != nil {
		return Binaries{}, errors.Join(first, err)
	}
	return b, nil
}

func cacheDir(dir string) (string, error) {
	if dir != "" {
		return filepath.Abs(dir)
	}
	if os.Geteuid() == 0 {
		return "/var/cache/spm/postgres", nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("cache directory: %w", err)
	}
	return filepath.Join(base, "spm", "postgres"), nil
}

// cached returns the newest usable binaries in the cache.
func cached(ctx context.Context, cache string, major int) (Binaries, error) {
	for m := MaxMajor; m >= MinMajor; m-- {
		roots, _ := filepath.Glob(filepath.Join(cache, fmt.Sprintf("%d.*", m)))
		slices.Reverse(roots)
		for _, root := range roots {
			if b, err := unpacked(ctx, root, major); err == nil {
				return b, nil
			}
		}
	}
	return Binaries{}, errNoServer
}

// unpacked inspects a directory into which packages were unpacked.
func unpacked(ctx context.Context, root string, major int) (Binaries, error) {
	bins, _ := filepath.Glob(filepath.Join(root, "usr/lib/postgresql/*/bin"))
	if len(bins) != 1 {
		return Binaries{}, errNoServer
	}
	var libs []string
	for _, pattern := range []string{"usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib/*-linux-*/*"} {
		found, _ := filepath.Glob(filepath.Join(root, pattern, "*.so.*"))
		for _, lib := range found {
			if dir := filepath.Dir(lib); !slices.Contains(libs, dir) {
				libs = append(libs, dir)
			}
		}
	}
	return inspectWith(ctx, bins[0], major, strings.Join(libs, ":"))
}

// download fetches the server and the libraries that are not installed, and unpacks them under
// a name that appears only when it is complete.
func download(ctx context.Context, a apt, cache string, major int) (Binaries, error) {
	server, err := a.newestServer(ctx, major)
	if err != nil {
		return Binaries{}, err
	}
	version, err := a.candidate(ctx, server)
	if err != nil {
		return Binaries{}, err
	}
	packages, err := a.missing(ctx, server, installed(ctx))
	if err != nil {
		return Binaries{}, err
	}
	work, err := os.MkdirTemp(cache, "download-*")
	if err != nil {
		return Binaries{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	root := filepath.Join(work, "root")
	if err := a.fetch(ctx, work, root, packages); err != nil {
		return Binaries{}, err
	}
	if _, err := unpacked(ctx, root, major); err != nil {
		return Binaries{}, fmt.Errorf("%s unpacked does not run: %w", server, err)
	}
	final := filepath.Join(cache, version)
	if err := os.RemoveAll(final); err != nil { // it is there but does not run
		return Binaries{}, fmt.Errorf("replace %s: %w", server, err)
	}
	if err := os.Rename(root, final); err != nil {
		return Binaries{}, fmt.Errorf("keep %s: %w", server, err)
	}
	return unpacked(ctx, final, major)
}

// apt runs the apt tools, on package lists of our own if lists is set.
type apt struct{ lists string }

func (a apt) run(ctx context.Context, dir, tool string, args ...string) (string, error) {
	if a.lists != "" && tool != "dpkg-deb" {
		args = append([]string{
			"-o", "Dir::State::Lists=" + a.lists,
			"-o", "Dir::Cache=" + filepath.Join(a.lists, "cache"),
			"-o", "APT::Sandbox::User=",
		}, args...)
	}
	cmd := exec.CommandContext(ctx, tool, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", tool, strings.Join(args, " "), err, tail(stderr.String(), 5))
	}
	return string(out), nil
}

func (a apt) update(ctx context.Context) error {
	for _, dir := range []string{filepath.Join(a.lists, "partial"), filepath.Join(a.lists, "cache", "archives", "partial")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	_, err := a.run(ctx, "", "apt-get", "update")
	return err
}

// fetch downloads the packages into work and unpacks them into root.
func (a apt) fetch(ctx context.Context, work, root string, packages []string) error {
	if err := mkdirOpen(root); err != nil {
		return err
	}
	if _, err := a.run(ctx, work, "apt-get", append([]string{"download"}, packages...)...); err != nil {
		return err
	}
	debs, _ := filepath.Glob(filepath.Join(work, "*.deb"))
	if len(debs) != len(packages) {
		return fmt.Errorf("asked for %d packages, got %d", len(packages), len(debs))
	}
	for _, deb := range debs {
		if _, err := a.run(ctx, work, "dpkg-deb", "-x", deb, root); err != nil {
			return err
		}
	}
	return nil
}

var serverPackage = regexp.MustCompile(`(?m)^postgresql-([0-9]+) `)

// newestServer names the newest supported server package that the lists offer.
func (a apt) newestServer(ctx context.Context, major int) (string, error) {
	out, err := a.run(ctx, "", "apt-cache", "search", "--names-only", `^postgresql-[0-9]+$`)
	if err != nil {
		return "", err
	}
	best := 0
	for _, match := range serverPackage.FindAllStringSubmatch(out, -1) {
		m, _ := strconv.Atoi(match[1])
		if m >= MinMajor && m <= MaxMajor && m > best && (major == 0 || m == major) {
			best = m
		}
	}
	if best == 0 {
		if major != 0 {
			return "", fmt.Errorf("apt offers no package postgresql-%d", major)
		}
		return "", fmt.Errorf("apt offers no package postgresql-%d to -%d", MinMajor, MaxMajor)
	}
	return fmt.Sprintf("postgresql-%d", best), nil
}

// candidate is the version that apt would download, safe as a file name.
func (a apt) candidate(ctx context.Context, name string) (string, error) {
	out, err := a.run(ctx, "", "apt-cache", "show", "--no-all-versions", name)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(out) {
		if version, ok := strings.CutPrefix(line, "Version: "); ok {
			return strings.NewReplacer("/", "_", ":", "_").Replace(strings.TrimSpace(version)), nil
		}
	}
	return "", fmt.Errorf("apt-cache show %s: no version", name)
}
