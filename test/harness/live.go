package harness

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Live is a subscription over server-sent events.
type Live struct {
	h      *Harness
	events chan Event
	cancel context.CancelFunc
}

// Event is one server-sent event: "next" with an answer, or "complete".
type Event struct {
	Name string
	ID   string
	Answer
}

// Follow subscribes on a server; lastID, where not "", is what an EventSource
// that reconnects would send.
func (h *Harness) Follow(url, token, document string, variables any, lastID string) *Live {
	h.tb.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	h.must(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.tb.Context()))
	h.tb.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	h.must(err)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	signIn(req, token)
	if lastID != "" {
		req.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(req) //nolint:bodyclose // read closes it
	h.must(err)
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		h.tb.Fatalf("subscribing answered %s %s", res.Status, res.Header.Get("Content-Type"))
	}
	live := &Live{h: h, events: make(chan Event, 1000), cancel: cancel}
	go live.read(res)
	return live
}

func (l *Live) read(res *http.Response) {
	defer close(l.events)
	defer res.Body.Close()
	var e Event
	var data []byte
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "" && e.Name != "":
			_ = json.Unmarshal(data, &e.Answer) // complete has none
			l.events <- e
			e, data = Event{}, nil
		case name == "event":
			e.Name = value
		case name == "id":
			e.ID = value
		case name == "data":
			data = append(data, value...)
		}
	}
}

// Next waits for the next event; ok is false where the server has ended the
// stream.
func (l *Live) Next() (e Event, ok bool) {
	l.h.tb.Helper()
	select {
	case e, ok = <-l.events:
		return e, ok
	case <-time.After(30 * time.Second):
		l.h.tb.Fatal("no event within 30 s")
		return Event{}, false
	}
}

// Quiet tells whether nothing has arrived.
func (l *Live) Quiet() bool { return len(l.events) == 0 }

// Close ends the subscription.
func (l *Live) Close() { l.cancel() }
