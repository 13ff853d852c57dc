package resolver

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

func TestWebSocketsWithoutATokenAreFew(t *testing.T) {
	l := serveLive(t, StreamOptions{Unidentified: 2, ClosePatience: patience}, nil)
	first, second := l.dial(t, ""), l.dial(t, "")
	makesRoom := func(s *rawSocket) { // for the next one
		t.Helper()
		opcode, payload, err := s.read()
		if err != nil || opcode != frameClose || binary.BigEndian.Uint16(payload) != 1013 {
			t.Fatalf("frame %d %s %v", opcode, payload, err)
		}
	}
	third := l.dial(t, "")
	makesRoom(first)
	fourth := l.dial(t, "")
	makesRoom(second)
	if _, response := l.upgrade(t); response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") == "" {
		t.Errorf("two that linger, and one more: %d %v", response.StatusCode, response.Header)
	}
	first.conn.Close()
	second.conn.Close()
	l.awaitOpen(t, 2, 0)
	third.text(initAna) // a place of its own, a stranger's init has none
	third.expect(ack)
	fourth.text(`{"type":"connection_init"}`)
	fourth.expect(ack)
	fifth := l.dial(t, "")
	sixth := l.dial(t, "")
	makesRoom(fourth)
	fourth.conn.Close()
	fifth.text(initAna)
	fifth.expect(ack)
	sixth.conn.Close()
	l.awaitOpen(t, 2, 0)
}

func TestWebSocketsOfOnePrincipalAreFew(t *testing.T) {
	l := serveLive(t, StreamOptions{PerPrincipal: 2, Total: 3}, nil)
	l.dial(t, "ana")
	l.dial(t, "ana")
	s := l.dial(t, "")
	s.text(initAna)
	if code, reason, _ := s.closed(); code != 1008 || !strings.Contains(reason, "2") {
		t.Errorf("closed with %d %s", code, reason)
	}
	l.dial(t, "ben")
	s = l.dial(t, "")
	s.text(strings.ReplaceAll(initAna, "ana", "ben"))
	if code, reason, _ := s.closed(); code != 1013 {
		t.Errorf("closed with %d %s", code, reason)
	}
	if got, want := l.streams.Refused(), (map[Refusal]int{{refusedSocket, "RATE_LIMITED"}: 1, {refusedSocket, "OVERLOADED"}: 1}); !maps.Equal(got, want) {
		t.Errorf("refused %v, not %v", got, want)
	}
	s = l.dial(t, "")
	s.frame(frameClose, "\x03\xe8")
	s.closed()
	l.awaitOpen(t, 3, 0)
	if got, want := l.streams.Ended(), map[string]int{"1008": 1, "1013": 1, "client": 1}; !maps.Equal(got, want) {
		t.Errorf("ended %v, not %v", got, want)
	}
}

// TestStreamsAreFew counts those of sockets and of event streams together.
func TestStreamsAreFew(t *testing.T) {
	l := serveLive(t, StreamOptions{PerConnection: 4, PerPrincipal: 5, Total: 6}, nil)
	refused := func(s *rawSocket, id, code string) {
		t.Helper()
		s.subscribe(id, "subscription { tick }")
		if got := s.message(); !strings.HasPrefix(got, `{"type":"error","id":"`+id+`"`) || !strings.Contains(got, code) || !strings.Contains(got, `"retryable":true`) {
			t.Error(got)
		}
	}
	begin := func(s *rawSocket, id string) {
		t.Helper()
		s.subscribe(id, "subscription { tick }")
		await(t, "subscription", l.begun)
	}
	a := l.dial(t, "ana")
	for i := range 4 {
		begin(a, fmt.Sprint(i))
	}
	refused(a, "5", "RATE_LIMITED") // of the connection
	b := l.dial(t, "ana")
	begin(b, "1")
	refused(b, "2", "RATE_LIMITED") // of the principal
	if got := l.events(t, post(query("subscription { tick }", ""), "Accept", mediaEvents, "Authorization", "Bearer ana")); got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
		t.Errorf("an event stream: %d", got.StatusCode)
	}
	c := l.dial(t, "ben")
	begin(c, "1")
	refused(c, "2", "OVERLOADED") // of all
	if got := l.events(t, post(query("subscription { tick }", ""), "Accept", mediaEvents, "Authorization", "Bearer ben")); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("an event stream: %d", got.StatusCode)
	}
	c.text(`{"type":"complete","id":"1"}`)
	l.awaitOpen(t, 3, 5)
	begin(c, "1")
	b.conn.Close()
	l.awaitOpen(t, 2, 5)
	begin(l.dial(t, "ben"), "1")
	want := map[Refusal]int{{refusedOperation, "RATE_LIMITED"}: 1, {refusedStream, "RATE_LIMITED"}: 2, {refusedStream, "OVERLOADED"}: 2}
	if got := l.streams.Refused(); !maps.Equal(got, want) {
		t.Errorf("refused %v, not %v", got, want)
	}
}

func TestCompleteStopsAnOperation(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	s := l.dial(t, "ana")
	s.subscribe("1", `subscription { tick(feed: "a") }`)
	await(t, "subscription", l.begun)
	s.text(`{"type":"complete","id":"1"}`)
	wanted(t, "ended", await(t, "end", l.ended), "a")
	l.awaitOpen(t, 1, 0)
	s.subscribe("1", `subscription { tick(feed: "b") }`) // its id is free at once
	await(t, "subscription", l.begun)
	l.emit(t, "b", `{"tick":1}`, "")
	s.expect(`{"type":"next","id":"1","payload":{"data":{"tick":1}}}`)
	s.conn.Close() // stops all
	wanted(t, "ended", await(t, "end", l.ended), "b")
	l.awaitOpen(t, 0, 0)
}

// flood has the feed answer each time with an event of that many bytes, and
// counts them.
func (l *liveServer) flood(t testing.TB, name string, bytes int) *atomic.Int64 {
	var made atomic.Int64
	data, _ := json.Marshal(map[string]string{"tick": strings.Repeat("x", bytes)})
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	t.Cleanup(func() { cancel(); <-stopped })
	feed := l.feed(name)
	go func() {
		defer close(stopped)
		for {
			select {
			case feed <- func(context.Context) *graphql.Response {
				made.Add(1)
				return &graphql.Response{Data: data}
			}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return &made
}

// narrow makes a connection's buffers as small as they can be, so that a
// client which does not read is soon felt.
func narrow(_ *Options, server *http.Server) {
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			_ = c.(*net.TCPConn).SetWriteBuffer(4096)
		}
	}
}

func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	l := serveLive(t, StreamOptions{WriteTimeout: 200 * time.Millisecond}, narrow)
	s := l.dial(t, "ana")
	made := l.flood(t, "", 32<<10)
	began := time.Now()
	s.subscribe("1", "subscription { tick }")
	await(t, "subscription", l.begun)
	await(t, "end", l.ended)
	l.awaitOpen(t, 0, 0)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	// What was made fits the queue and the kernel's buffers (some MB).
	if n := made.Load(); n*32<<10 > 16<<20 {
		t.Errorf("%d responses of 32 kB were made for nobody", n)
	}
	if !strings.Contains(l.log.String(), "does not read") {
		t.Errorf("logged %s", l.log)
	}
}

// pipe is a connection without any buffer.
type pipe struct {
	http.ResponseWriter

	conn net.Conn
}

func (p pipe) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return p.conn, bufio.NewReadWriter(bufio.NewReader(p.conn), bufio.NewWriter(p.conn)), nil
}

// TestResponsesWaitForRoom has a client that does not read: no response is
// computed for which there is no room, and it goes on where it was.
func TestResponsesWaitForRoom(t *testing.T) {
	for name, c := range map[string]struct {
		opts StreamOptions
		fits int64
	}{
		"by messages": {StreamOptions{QueueMessages: 4}, 4},
		"by bytes":    {StreamOptions{QueueBytes: 3 << 10}, 3}, // two fit, one more is computed and waits itself
		"too long":    {StreamOptions{QueueBytes: 1 << 10}, 1}, // one alone
	} {
		t.Run(name, func(t *testing.T) {
			l := serveLive(t, c.opts, nil)
			near, far := net.Pipe()
			_ = near.SetDeadline(time.Now().Add(patience))
			served := make(chan struct{})
			go func() {
				defer close(served)
				r := httptest.NewRequest(http.MethodGet, "/graphql", nil)
				for name, value := range opening(l.addr) {
					r.Header.Set(name, value)
				}
				l.server.Handler.ServeHTTP(pipe{httptest.NewRecorder(), far}, r)
			}()
			s := &rawSocket{t: t, conn: near, in: bufio.NewReader(near)}
			s.text(initAna)
			s.expect(ack)
			made := l.flood(t, "", 1<<10)
			s.subscribe("1", "subscription { tick }")
			until(t, func() bool { return made.Load() >= c.fits }, "%d responses are made", c.fits)
			for range 100 {
				s.message()
			}
			until(t, func() bool { return made.Load() >= 100+c.fits }, "%d responses are made", 100+c.fits)
			near.Close()
			await(t, "end", served)
			if n := made.Load(); n > 101+c.fits { // the last was read but for its end
				t.Errorf("%d responses were made, want %d", n, 100+c.fits)
			}
		})
	}
}

func TestASocketEndsWithItsToken(t *testing.T) {
	l := serveLive(t, StreamOptions{ClosePatience: 100 * time.Millisecond}, narrow)
	l.people.set("short", 300*time.Millisecond)
	s := l.dial(t, "short")
	s.subscribe("1", `subscription { tick(feed: "quiet") }`)
	await(t, "subscription", l.begun)
	code, reason, before := s.closed()
	if code != 4403 || !strings.Contains(reason, "expired") || len(before) > 0 {
		t.Errorf("closed with %d %s after %v", code, reason, before)
	}
	await(t, "end", l.ended)

	// One who does not read: the write's own time is 10 s.
	l.people.set("short", 300*time.Millisecond)
	began := time.Now()
	s = l.dial(t, "short")
	l.flood(t, "", 32<<10)
	s.subscribe("1", "subscription { tick }")
	await(t, "subscription", l.begun)
	await(t, "end", l.ended)
	l.awaitOpen(t, 0, 0)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestDeadPeersAreCutOff(t *testing.T) {
	l := serveLive(t, StreamOptions{PingInterval: 50 * time.Millisecond}, nil)
	alive, dead := l.dial(t, "ana"), l.dial(t, "ben")
	pings := 0
	for pings < 10 {
		opcode, payload, err := alive.read()
		if err != nil || opcode != framePing {
			t.Fatalf("frame %d, %v", opcode, err)
		}
		alive.frame(framePong, string(payload))
		pings++
	}
	if code, _, _ := dead.silent(); code != 0 {
		t.Errorf("closed with %d", code)
	}
	l.awaitOpen(t, 1, 0)
	alive.subscribe("1", "{ __typename }")
	alive.expect(`{"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`)
}

// silent reads without ever answering.
func (c *rawSocket) silent() (code int, reason string, before []string) {
	for {
		if _, _, err := c.read(); err != nil {
			return 0, "", nil
		}
	}
}

func TestDrainClosesWebSockets(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	idle, busy := l.dial(t, "ana"), l.dial(t, "ana")
	asking := l.dial(t, "ana")
	busy.subscribe("1", "subscription { tick }")
	await(t, "subscription", l.begun)
	release, entered := make(chan struct{}), make(chan struct{})
	l.hold(func() { close(entered); <-release })
	asking.subscribe("1", "{ hold }")
	await(t, "query", entered)
	shut := make(chan error, 1)
	go func() { shut <- l.server.Shutdown(t.Context()) }()
	for name, s := range map[string]*rawSocket{"idle": idle, "busy": busy} {
		if code, _, _ := s.closed(); code != 1001 {
			t.Errorf("%s: closed with %d", name, code)
		}
	}
	l.awaitOpen(t, 1, 0)
	asking.subscribe("2", "{ __typename }")
	if got := asking.message(); !strings.Contains(got, "OVERLOADED") {
		t.Error(got)
	}
	close(release)
	code, _, before := asking.closed()
	if code != 1001 || len(before) != 2 || !strings.HasPrefix(before[0], `{"type":"next","id":"1"`) {
		t.Errorf("closed with %d after %v", code, before)
	}
	if err := await(t, "shutdown", shut); err != nil {
		t.Error(err)
	}
	if err := l.streams.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	l.streams.Drain() // once more does nothing
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	open := NewStreams(StreamOptions{})
	if err := open.Wait(ended); err == nil {
		t.Error("nobody has drained it")
	}
	open.Drain()
	if err := open.Wait(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := open.begin(holder{}); err != errDraining {
		t.Error(err)
	}
}
