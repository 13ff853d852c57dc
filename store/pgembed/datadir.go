package pgembed

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// DefaultDataDir is /var/lib/spm as root, otherwise spm in the user's data home
// ($XDG_DATA_HOME or ~/.local/share).
func DefaultDataDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/spm", nil
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "spm"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no home to keep data in, name a data directory: %w", err)
	}
	return filepath.Join(home, ".local", "share", "spm"), nil
}

// dataDir is the absolute path of a data directory, without symbolic links.
type dataDir string

func (d dataDir) file(name string) string { return filepath.Join(string(d), name) }
func (d dataDir) cluster() string         { return d.file("postgres") }
func (d dataDir) lock() string            { return d.file("spm.lock") }
func (d dataDir) password() string        { return d.file("password") }
func (d dataDir) port() string            { return d.file("port") }
func (d dataDir) config() string          { return d.file("postgresql.conf") }
func (d dataDir) hba() string             { return d.file("pg_hba.conf") }
func (d dataDir) log() string             { return d.file("server.log") }

// resolveDataDir makes dir absolute and free of links; it exists.
func resolveDataDir(dir string) (dataDir, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	path, err = filepath.EvalSymlinks(path)
	return dataDir(path), err
}

// makeDataDir creates dir if need be. As root it is open to others, since the server's user
// has to pass through it; each file in it has the mode it needs.
func makeDataDir(dir string) (dataDir, error) {
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	_, statErr := os.Stat(dir)
	if err := os.MkdirAll(dir, mode); err != nil {
		return "", err
	}
	if errors.Is(statErr, os.ErrNotExist) {
		if err := os.Chmod(dir, mode); err != nil { // whatever the umask
			return "", err
		}
	}
	return resolveDataDir(dir)
}

// mkdirOpen creates a directory, and its parents, that others may read, whatever the umask.
func mkdirOpen(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if parent := filepath.Dir(dir); parent != dir {
		if err := mkdirOpen(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return os.Chmod(dir, 0o755)
}

// major is the Postgres version that made the cluster, 0 if there is none yet.
func (d dataDir) major(acct account) (int, error) {
	text, err := os.ReadFile(filepath.Join(d.cluster(), "PG_VERSION"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if errors.Is(err, os.ErrPermission) {
		return 0, fmt.Errorf("%s cannot be read by %s: start as root or as its owner, or name another data directory: %w", d.cluster(), acct, err)
	}
	if err != nil {
		return 0, err
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0, fmt.Errorf("%s/PG_VERSION: %w", d.cluster(), err)
	}
	return major, nil
}

// readPassword returns the owner's password.
func (d dataDir) readPassword() (string, error) {
	text, err := os.ReadFile(d.password())
	if err != nil {
		return "", fmt.Errorf("the owner's password: %w", err)
	}
	password := strings.TrimSpace(string(text))
	if _, err := hex.DecodeString(password); err != nil || password == "" {
		return "", fmt.Errorf("%s is damaged: it should hold the owner's password in hexadecimal", d.password())
	}
	return password, nil
}

// ensurePassword returns the owner's password, made now if there is neither one nor a cluster.
func (d dataDir) ensurePassword(major int) (string, error) {
	password, err := d.readPassword()
	if !errors.Is(err, os.ErrNotExist) || major != 0 {
		return password, err
	}
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails, says its documentation
	password = hex.EncodeToString(secret[:])
	if err := writeFile(d.password(), password+"\n", 0o600); err != nil {
		return "", fmt.Errorf("the owner's password: %w", err)
	}
	return password, nil
}

// writeFile replaces a file as a whole, on disk before it has its name.
func writeFile(path, text string, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// checkAccess proves that the server's user can run the binaries with the data directory as
// its working directory, and if not says which directory is in the way.
func checkAccess(ctx context.Context, d dataDir, bins Binaries, acct account) error {
	cmd := exec.CommandContext(ctx, bins.Path("postgres"), "--version")
	cmd.Dir, cmd.Env, cmd.SysProcAttr = string(d), bins.env(), acct.attr(0)
	out, err := cmd.CombinedOutput()
	if err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	for _, path := range []string{string(d), bins.Dir} {
		if dir := acct.blockedAt(path); dir != "" {
			return fmt.Errorf("%s, who runs the server, may not pass through %s on the way to %s: allow it (chmod o+x %s) or name another directory: %w", acct, dir, path, dir, err)
		}
	}
	return fmt.Errorf("%s cannot run %s in %s: %w: %s", acct, bins.Path("postgres"), d, err, strings.TrimSpace(string(out)))
}
