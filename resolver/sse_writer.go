package resolver

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"spm/auth"
)

// sequenceExtension is the extension of a response that says what to resume
// after.
const sequenceExtension = "sequence"

// eventWriter writes the events of one response, each within WriteTimeout, and
// none later than ClosePatience after the token's end.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	last    time.Time // no write is waited for beyond it; zero where no token's end bounds it
	sent    bool      // a `next`
	err     error     // the first; nothing is written after it
}

// open begins an event stream: its headers are sent, and how long an EventSource
// is to wait before it comes back, which differs from one to the next lest all
// come back at once.
func (t *eventStream) open(w http.ResponseWriter) *eventWriter {
	opts := t.streams.opts
	out := &eventWriter{w: w, control: http.NewResponseController(w), timeout: opts.WriteTimeout}
	header := w.Header()
	secure(header)
	header.Add("Vary", "Accept")
	header.Set("Content-Type", mediaEvents+"; charset=utf-8")
	header.Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.WriteHeader(http.StatusOK)
	retry := opts.Retry/2 + rand.N(opts.Retry)
	out.print("retry: %d\n\n", retry.Milliseconds())
	return out
}

// timers give what happens by the clock while a subscription streams.
func (t *eventStream) timers(ctx context.Context, out *eventWriter) (keepAlive, expired <-chan time.Time, stop func()) {
	opts := t.streams.opts
	ticker := time.NewTicker(opts.KeepAlive)
	p := auth.SessionOf(ctx).Principal
	if p == nil {
		return ticker.C, nil, ticker.Stop
	}
	left := max(time.Until(p.Expires), 0) // a clock that differs a little lets an expired token in
	out.last = time.Now().Add(left + opts.ClosePatience)
	timer := time.NewTimer(left)
	return ticker.C, timer.C, func() { ticker.Stop(); timer.Stop() }
}

func (e *eventWriter) next(response *graphql.Response) { e.write(newEvent(response)) }

// write sends a response. In JSON a line break is white space, and in an event
// the end of a field.
func (e *eventWriter) write(event sseEvent) {
	e.sent = true
	for i, c := range event.text {
		if c == '\n' || c == '\r' {
			event.text[i] = ' '
		}
	}
	if plainID(event.id) {
		e.print("id: %s\nevent: next\ndata: %s\n\n", event.id, event.text)
		return
	}
	e.print("event: next\ndata: %s\n\n", event.text)
}

// complete says that the operation has ended. Its data is there, since an
// EventSource drops events without any, and empty, since urql takes whatever is
// in it for a response.
func (e *eventWriter) complete() { e.print("event: complete\ndata:\n\n") }

// comment is for proxies that end what is silent.
func (e *eventWriter) comment() { e.print(":\n\n") }

func (e *eventWriter) print(format string, args ...any) {
	if e.err != nil {
		return
	}
	e.extend()
	if _, e.err = fmt.Fprintf(e.w, format, args...); e.err == nil {
		e.err = e.control.Flush()
	}
}

// extend gives the next write, or the end of the response, its time, where the
// connection has deadlines.
func (e *eventWriter) extend() {
	until := time.Now().Add(e.timeout)
	if !e.last.IsZero() && e.last.Before(until) {
		until = e.last
	}
	_ = e.control.SetWriteDeadline(until)
}
