package resolver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"
	"go.uber.org/goleak"

	"spm/auth"
	"spm/model"
)

// patience bounds every wait of these tests; what they wait for comes at once.
const patience = 10 * time.Second

// streaming is tiny with a subscription: each event of the feed that `tick`
// names becomes a response.
type streaming struct {
	tiny

	mu      sync.Mutex
	feeds   map[string]chan func(context.Context) *graphql.Response
	headers http.Header // of the last subscription
	begun   chan string
	ended   chan string
}

func (s *streaming) feed(name string) chan func(context.Context) *graphql.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.feeds[name] == nil {
		s.feeds[name] = make(chan func(context.Context) *graphql.Response)
	}
	return s.feeds[name]
}

func (s *streaming) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation.Operation != ast.Subscription {
		return s.tiny.Exec(ctx)
	}
	field := graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Subscription"})[0]
	name, _ := field.ArgumentMap(operation.Variables)["feed"].(string)
	s.mu.Lock()
	s.headers = operation.Headers
	s.mu.Unlock()
	feed := s.feed(name)
	if name == "panic" {
		panic(leak)
	}
	tell(s.begun, name)
	context.AfterFunc(ctx, func() { tell(s.ended, name) })
	return func(ctx context.Context) *graphql.Response {
		select {
		case respond, more := <-feed:
			if !more {
				return nil
			}
			return respond(ctx)
		case <-ctx.Done():
			return nil
		}
	}
}

// tell sends to whom it concerns, as far as there is room.
func tell(to chan string, name string) {
	select {
	case to <- name:
	default:
	}
}

// emit gives a feed's subscriber an event with the data and sequence.
func (s *streaming) emit(t testing.TB, name, data, sequence string) {
	t.Helper()
	s.respond(t, name, func(context.Context) *graphql.Response {
		response := &graphql.Response{Data: json.RawMessage(data)}
		return response
	}, sequence)
}

func (s *streaming) respond(t testing.TB, name string, event func(context.Context) *graphql.Response, sequence string) {
	t.Helper()
	numbered := func(ctx context.Context) *graphql.Response {
		if sequence != "" {
			graphql.RegisterExtension(ctx, "sequence", sequence)
		}
		return event(ctx)
	}
	select {
	case s.feed(name) <- numbered:
	case <-time.After(patience):
		t.Fatal("nobody takes the event")
	}
}

func await[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(patience):
		t.Fatalf("%s: did not happen", what)
		panic("unreachable")
	}
}

// people are the tokens that the test's server takes, each its own principal,
// by how long it lasts.
type people struct {
	mu     sync.Mutex
	until  map[string]time.Time
	called int
}

// Authenticate takes "NAME" while it is valid, and fails in each way.
func (p *people) Authenticate(ctx context.Context, token string) (context.Context, error) {
	switch token {
	case "overloaded":
		return nil, model.Errorf(model.Overloaded, "Try again.")
	case "broken":
		return nil, errors.New(leak)
	case "panic":
		panic(leak)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.called++
	until, known := p.until[token]
	if !known {
		return nil, auth.ErrToken
	}
	principal := &auth.Principal{Tenant: uuid.UUID{1}, User: model.ID{Kind: model.KindUser, Key: token}, Expires: until}
	return auth.WithSession(ctx, auth.NewSession(principal, model.ReadPoint{}, model.Date(0), nil)), nil
}

func (p *people) set(token string, lasts time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if lasts == 0 {
		delete(p.until, token)
		return
	}
	p.until[token] = time.Now().Add(lasts)
}

// liveServer is a server with the timeouts of the real one.
type liveServer struct {
	*streaming

	addr    string
	streams *Streams
	server  *http.Server
	people  *people
	log     *logBook
}

// serveLive serves; at the test's end everything drains and no goroutine may
// be left.
func serveLive(t testing.TB, stream StreamOptions, change func(*Options, *http.Server)) *liveServer {
	t.Helper()
	running := goleak.IgnoreCurrent()
	l := &liveServer{
		streaming: &streaming{
			tiny: newTiny(), feeds: map[string]chan func(context.Context) *graphql.Response{},
			begun: make(chan string, 1000), ended: make(chan string, 1000),
		},
		streams: NewStreams(stream), log: &logBook{},
		people: &people{until: map[string]time.Time{"ana": time.Now().Add(time.Hour), "ben": time.Now().Add(time.Hour)}},
	}
	opts := Options{
		AllowGET: true, Streams: l.streams, Authenticator: l.people, Logger: slog.New(slog.NewTextHandler(l.log, nil)),
	}
	l.server = NewServer(nil)
	l.server.RegisterOnShutdown(l.streams.Drain)
	if change != nil {
		change(&opts, l.server)
	}
	l.server.Handler = NewHandler(l.streaming, opts)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.addr = listener.Addr().String()
	served := make(chan error, 1)
	go func() { served <- l.server.Serve(listener) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = l.server.Shutdown(ctx)
		_ = l.server.Close()
		if err := l.streams.Wait(ctx); err != nil {
			sockets, streams := l.streams.Open()
			t.Errorf("after the drain %d sockets and %d streams are open", sockets, streams)
		}
		<-served
		http.DefaultClient.CloseIdleConnections()
		goleak.VerifyNone(t, running)
	})
	return l
}

// awaitOpen waits until so many sockets and streams are open.
func (l *liveServer) awaitOpen(t testing.TB, sockets, streams int) {
	t.Helper()
	until(t, func() bool {
		a, b := l.streams.Open()
		return a == sockets && b == streams
	}, "%d sockets and %d streams are open", sockets, streams)
}

// until looks again and again until something holds.
func until(t testing.TB, holds func() bool, what string, args ...any) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for began := time.Now(); !holds(); <-again.C {
		if time.Since(began) > patience {
			t.Fatalf("it never was so that "+what, args...)
		}
	}
}

func wanted(t testing.TB, name string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", name, got, want)
	}
}
