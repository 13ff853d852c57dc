package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"spm/store/pgembed"
)

// Directories are named spm-storetest-UID-PID-RANDOM after the process that uses them.
const prefix = "spm-storetest"

// memory is used for the files when that much of it is free: a clone is several hundred files,
// which some disks' file systems take 320 ms to make and memory 20.
const (
	memory             = "/dev/shm"
	memoryBytes uint64 = 4 << 30
)

// tempParent is a directory for temporary ones that the server's user can reach: TMPDIR if it
// is set, unless that is root's alone; else memory; else the disk.
func tempParent() (string, error) {
	candidates := []string{os.TempDir(), "/tmp", "/var/tmp"}
	if os.Getenv("TMPDIR") == "" && freeBytes(memory) >= memoryBytes {
		candidates = append([]string{memory}, candidates...)
	}
	for _, dir := range candidates {
		if os.Geteuid() != 0 || traversable(dir) {
			return dir, nil
		}
	}
	return "", fmt.Errorf("none of %v can be passed by other users", candidates)
}

// freeBytes is what the file system of a directory has left for us, 0 if it is not there.
func freeBytes(dir string) uint64 {
	var stat syscall.Statfs_t
	if syscall.Statfs(dir, &stat) != nil {
		return 0
	}
	return uint64(stat.Bavail) * uint64(stat.Bsize)
}

func traversable(dir string) bool {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return false
	}
	for ; ; dir = filepath.Dir(dir) {
		if info, err := os.Stat(dir); err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// makeTemp makes this process's directory, of which others can only pass through.
func makeTemp(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, fmt.Sprintf("%s-%d-%d-*", prefix, os.Geteuid(), os.Getpid()))
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

// removeStale removes the directories that dead processes of this user left. What fails is
// left to the next one: another process may be removing the same.
func removeStale(ctx context.Context, parent string) {
	mine := fmt.Sprintf("%s-%d-", prefix, os.Geteuid())
	dirs, _ := filepath.Glob(filepath.Join(parent, mine+"*"))
	for _, dir := range dirs {
		rest := strings.TrimPrefix(filepath.Base(dir), mine)
		text, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(text)
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		// An empty one is of a process that died before its server started.
		if os.Remove(dir) != nil {
			_ = pgembed.Remove(ctx, dir)
		}
	}
}
