package pgembed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// InUseError says that another process runs the server of a data directory.
type InUseError struct {
	Dir string // the data directory
	PID int    // the process that holds it, 0 if it has not said yet
}

// Error names the directory and the process.
func (e *InUseError) Error() string {
	who := "another process"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("data directory %s is in use by %s: stop it or name another data directory", e.Dir, who)
}

// lockDir takes the data directory for this process. The kernel gives the lock back when we
// end, however that happens; children do not inherit it.
func lockDir(d dataDir) (*os.File, error) {
	for {
		f, err := os.OpenFile(d.lock(), os.O_RDWR|os.O_CREATE, 0o600)
		if os.IsPermission(err) {
			return nil, fmt.Errorf("data directory %s belongs to another user: start as that user or as root, or name another one: %w", d, err)
		}
		if err != nil {
			return nil, err
		}
		held, err := flock(f)
		if err != nil || held {
			_ = f.Close()
			if held {
				err = &InUseError{Dir: string(d), PID: lockHolder(d)}
			}
			return nil, err
		}
		if !sameFile(f, d.lock()) { // removed between opening and locking
			_ = f.Close()
			continue
		}
		err = f.Truncate(0)
		if err == nil {
			_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		}
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("lock %s: %w", d, err)
		}
		return f, nil
	}
}

// waitLock takes the lock on a file, which it makes if need be, when it is free.
func waitLock(ctx context.Context, path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	held := true
	poll(ctx, startPatience, func() bool {
		held, err = flock(f)
		return !held
	})
	if err == nil && held {
		err = errors.Join(ctx.Err(), errors.New("another process holds it"))
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}

func lockHolder(d dataDir) int {
	text, _ := os.ReadFile(d.lock())
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

func sameFile(f *os.File, path string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(path)
	return err == nil && os.SameFile(opened, named)
}

// removeContents removes what this package makes in a directory whose lock we hold, and the
// files named beside, the lock last: should we be interrupted, what is left can still be
// locked and removed. The directory goes too unless it holds something else.
func removeContents(d dataDir, beside []string) error {
	ours, _ := filepath.Glob(d.file("initdb-*"))
	ours = append(ours, d.cluster(), d.password(), d.port(), d.config(), d.hba(), d.log())
	for _, name := range beside {
		ours = append(ours, d.file(name))
	}
	half, _ := filepath.Glob(d.file(".p*-*")) // of writeFile, killed
	for _, path := range append(ours, half...) {
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	if err := os.Remove(d.lock()); err != nil {
		return err
	}
	left, err := os.ReadDir(string(d))
	if err != nil || len(left) > 0 {
		return err
	}
	return os.Remove(string(d))
}
