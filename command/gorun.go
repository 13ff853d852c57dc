package command

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// orphanPoll is how often a program started by `go run` looks for its parent.
const orphanPoll = 500 * time.Millisecond

// OrphanedByGoRun gives a channel that is closed when the `go run` that
// started this program has gone. `go run` passes Ctrl-C on, but a SIGTERM ends
// it alone and would leave us running. Nothing else that starts us is watched.
func OrphanedByGoRun() <-chan struct{} {
	gone := make(chan struct{})
	if path, err := os.Executable(); err != nil || !builtByGoRun(path) {
		return gone
	}
	parent := os.Getppid()
	go func() {
		for range time.Tick(orphanPoll) {
			if os.Getppid() != parent {
				close(gone)
				return
			}
		}
	}()
	return gone
}

// builtByGoRun recognises the temporary file, .../go-build123/b001/exe/spm, and
// the one that go keeps in its cache for the next time: .../go-build/0a/0a12-d/spm.
func builtByGoRun(path string) bool {
	dir := filepath.Dir(path)
	if strings.HasSuffix(dir, "-d") && filepath.Base(filepath.Dir(filepath.Dir(dir))) == "go-build" {
		return true
	}
	return filepath.Base(dir) == "exe" && strings.HasPrefix(filepath.Base(filepath.Dir(filepath.Dir(dir))), "go-build")
}
