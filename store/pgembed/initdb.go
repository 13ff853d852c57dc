package pgembed

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
)

// initCluster makes the cluster in a directory beside and gives it its name when it is
// complete, so that an interruption leaves no half of one.
func initCluster(ctx context.Context, d dataDir, bins Binaries, acct account, password string, opts Options) (err error) {
	leftover, _ := filepath.Glob(d.file("initdb-*"))
	for _, path := range leftover {
		_ = os.RemoveAll(path) // an initdb that is just dying may still write there
	}
	work, err := os.MkdirTemp(string(d), "initdb-*")
	if err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	cluster, passwordFile := filepath.Join(work, "postgres"), filepath.Join(work, "password")
	if err := os.Mkdir(cluster, 0o700); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	for _, path := range []string{work, cluster, passwordFile} {
		if err := acct.give(path); err != nil {
			return fmt.Errorf("initdb: %w", err)
		}
	}
	args := []string{
		"--pgdata=" + cluster, "--username=" + Owner, "--pwfile=" + passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions",
	}
	if opts.Throwaway {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, bins.Path("initdb"), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = string(d), bins.env(), acct.attr(syscall.SIGTERM)
	// The signal of death is tied to the thread: keep this one until initdb has ended.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w:\n%s", err, tail(string(out), 20))
	}
	if err := os.Rename(cluster, d.cluster()); err != nil {
		return fmt.Errorf("initdb: %w", err)
	}
	return nil
}
