package pgembed

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How long a server that we find running may take to end: by itself or by a fast shutdown
// (which writes a checkpoint), then by an immediate one.
const (
	orphanPatience = 30 * time.Second
	foreignGrace   = 2 * time.Second
	quitPatience   = 5 * time.Second
	pollInterval   = 5 * time.Millisecond
)

// readPostmaster reads postmaster.pid: the server's pid (0 if there is no such file) and its
// state, e.g. "ready" or "stopping".
func readPostmaster(d dataDir) (pid int, state string) {
	text, err := os.ReadFile(postmasterFile(d))
	if err != nil {
		return 0, ""
	}
	lines := strings.Split(string(text), "\n")
	pid, _ = strconv.Atoi(strings.TrimSpace(lines[0]))
	if len(lines) > 7 {
		state = strings.TrimSpace(lines[7])
	}
	return max(pid, -pid), state // a single-user server writes its pid negated
}

func postmasterFile(d dataDir) string { return filepath.Join(d.cluster(), "postmaster.pid") }

// clearStale makes way for a new server. We hold the lock, so a server of ours that still runs
// has lost its process: it is told to stop and waited for, as are backends whose postmaster
// was killed. One that somebody else started is not ours to stop. Then a postmaster.pid whose
// pid is by now another process's (or a zombie's) is removed, which Postgres would not do.
func clearStale(ctx context.Context, d dataDir) error {
	pids := serverProcesses(d)
	if len(pids) > 0 {
		pid, state := readPostmaster(d)
		running := slices.Contains(pids, pid)
		patience := orphanPatience
		switch {
		case running && strings.Contains(commandLine(pid), d.config()):
			signalProcess(pid, syscall.SIGINT)
		case running && state != "stopping":
			patience = foreignGrace
		}
		if !gone(ctx, d, patience) {
			if patience == foreignGrace {
				return fmt.Errorf("a Postgres that spm did not start (pid %d) runs on %s: stop it with pg_ctl -D %s stop", pid, d.cluster(), d.cluster())
			}
			for _, pid := range serverProcesses(d) {
				signalProcess(pid, syscall.SIGQUIT)
			}
			if !gone(ctx, d, quitPatience) {
				return fmt.Errorf("the former server on %s does not end: processes %v", d.cluster(), serverProcesses(d))
			}
		}
	}
	if pid, _ := readPostmaster(d); pid != 0 && alive(pid) {
		if err := os.Remove(postmasterFile(d)); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("stale postmaster.pid: %w", err)
		}
	}
	return ctx.Err()
}

// gone waits until no process of the server is left.
func gone(ctx context.Context, d dataDir, patience time.Duration) bool {
	return poll(ctx, patience, func() bool { return len(serverProcesses(d)) == 0 })
}

// poll asks done again and again until it says yes (true), or patience or ctx ends (false).
func poll(ctx context.Context, patience time.Duration, done func() bool) bool {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if done() {
			return true
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return done()
		case <-ctx.Done():
			return false
		}
	}
}
