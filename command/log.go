package command

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"sync"
)

// NewLogger writes JSON, a line per record; to a terminal it writes short
// lines for people.
func NewLogger(w *os.File) *slog.Logger {
	if info, err := w.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		return slog.New(newHuman(w))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

// human writes records as "15:04:05 message key=value".
type human struct {
	out  *sharedBuffer
	rest slog.Handler // writes the attributes into out
}

type sharedBuffer struct {
	mu sync.Mutex
	w  io.Writer
	bytes.Buffer
}

func newHuman(w io.Writer) human {
	out := &sharedBuffer{w: w}
	return human{out, slog.NewTextHandler(&out.Buffer, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey || a.Key == slog.MessageKey) {
				return slog.Attr{}
			}
			return a
		},
	})}
}

// Enabled leaves out what is for debugging.
func (h human) Enabled(ctx context.Context, level slog.Level) bool { return h.rest.Enabled(ctx, level) }

// WithAttrs adds attributes to every record.
func (h human) WithAttrs(attrs []slog.Attr) slog.Handler {
	return human{h.out, h.rest.WithAttrs(attrs)}
}

// WithGroup puts what follows into a group.
func (h human) WithGroup(name string) slog.Handler { return human{h.out, h.rest.WithGroup(name)} }

// Handle writes one record.
func (h human) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.Reset()
	h.out.WriteString(r.Time.Format("15:04:05 "))
	if r.Level != slog.LevelInfo {
		h.out.WriteString(r.Level.String() + " ")
	}
	h.out.WriteString(r.Message + " ")
	if err := h.rest.Handle(ctx, r); err != nil {
		return err
	}
	line := bytes.TrimRight(h.out.Bytes(), " \n")
	_, err := h.out.w.Write(append(line, '\n'))
	return err
}
