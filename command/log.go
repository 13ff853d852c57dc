package command

import (
	"bytes"
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"sync"

	"golang.org/x/term"

	"spm/command/demo"
)

// The forms of the log.
const (
	logText = "text"
	logJSON = "json"
)

const logUsage = "`form` of the log: text for people, json for programs; text on a terminal and json elsewhere where absent"

// NewLogger writes the log in the form that SPM_LOG names: JSON, a line per
// record, or short lines for people; where it names none, the latter to a
// terminal only.
func NewLogger(w *os.File, getenv func(string) string) *slog.Logger {
	return newLogger(w, getenv(envLog))
}

func newLogger(w io.Writer, form string) *slog.Logger {
	width := terminalWidth(w)
	if form == logText || form != logJSON && width > 0 {
		return slog.New(newHuman(w, width > 0))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

// terminalWidth is how many columns a terminal has; 0 where w is none.
func terminalWidth(w io.Writer) int {
	file, is := w.(*os.File)
	if !is || !term.IsTerminal(int(file.Fd())) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil || width <= 0 {
		return 80
	}
	return width
}

// screen is standard output, for the demo.
func (e *Env) screen() *demo.Screen {
	width := terminalWidth(e.Stdout)
	return &demo.Screen{Out: e.Stdout, Width: width, Colours: width > 0 && e.Getenv(envNoColour) == ""}
}

// logFlag declares the flag that names the form of the log.
func logFlag(flags *flag.FlagSet) *string { return flags.String("log", "", logUsage) }

// logAs logs in the form that the command line names, if any.
func (e *Env) logAs(form string) error {
	switch form {
	case "":
	case logText, logJSON:
		e.Log = newLogger(e.Stderr, form)
	default:
		return usagef("--log is %s or %s", logText, logJSON)
	}
	return nil
}

// human writes records as "15:04:05 message key=value".
type human struct {
	out  *sharedBuffer
	rest slog.Handler // writes the attributes into out
}

type sharedBuffer struct {
	mu  sync.Mutex
	w   io.Writer
	end []byte // of a line
	bytes.Buffer
}

// newHuman writes to w. On a terminal each line erases what stood in its place:
// the demo's bar.
func newHuman(w io.Writer, terminal bool) human {
	out := &sharedBuffer{w: w, end: []byte("\n")}
	if terminal {
		out.end = []byte("\x1b[K\n")
	}
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
	_, err := h.out.w.Write(append(line, h.out.end...))
	return err
}
