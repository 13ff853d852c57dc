package harness

import (
	"bytes"
	"log/slog"
	"sync"
)

// logged is what the servers of a harness have logged, at any level.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes a record.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// logger keeps all records for Logged, and tells the test of warnings.
func (h *Harness) logger() *slog.Logger {
	return slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(&h.logged, &slog.HandlerOptions{Level: slog.LevelDebug}),
		slog.NewTextHandler(testWriter{h.tb}, &slog.HandlerOptions{Level: slog.LevelWarn}),
	))
}

// Logged is what the servers have logged so far.
func (h *Harness) Logged() string {
	h.logged.mu.Lock()
	defer h.logged.mu.Unlock()
	return h.logged.text.String()
}
