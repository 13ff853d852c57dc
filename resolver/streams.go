package resolver

import (
	"container/list"
	"context"
	"maps"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

// StreamOptions bound what stays open: WebSockets, and streams, which are the
// subscriptions on WebSockets and over server-sent events. A field that is zero
// takes the default that its comment names.
type StreamOptions struct {
	// PerConnection is how many operations one WebSocket has under way; 50.
	PerConnection int
	// Unidentified is how many WebSockets are open that have not shown a valid
	// token yet, or will not; 200. For each further one the oldest is closed with
	// 1013, after which clients come back later: whoever is about to show a token
	// is let by. Twice as many are not opened at all, which clients take for final.
	Unidentified int
	// PerPrincipal is how many streams one principal has, and how many
	// WebSockets; 100 of each. Strangers count as one.
	PerPrincipal int
	// Total is how many streams there are, and how many WebSockets that have
	// shown a token; 10,000 of each.
	Total int
	// InitTimeout is how long a WebSocket has for its connection_init; 10 s.
	InitTimeout time.Duration
	// WriteTimeout is how long one message or event may take to be written
	// before the client is cut off; 10 s.
	WriteTimeout time.Duration
	// ClosePatience is how long a client has, once its stream or socket ends, to
	// read what is on its way; 2 s.
	ClosePatience time.Duration
	// PingInterval is how often a WebSocket is pinged; 20 s. One that has been
	// silent for one and a half intervals at a ping is cut off.
	PingInterval time.Duration
	// KeepAlive is how often an event stream gets a comment; 15 s.
	KeepAlive time.Duration
	// Retry is the mean time after which an EventSource is told to come back; 2 s.
	Retry time.Duration
	// MessageBytes is the longest message of a client; 64 kB.
	MessageBytes int64
	// QueueBytes and QueueMessages bound what waits to be written to one
	// WebSocket; 256 kB and 64. A single longer message waits alone.
	QueueBytes    int
	QueueMessages int
}

func (o StreamOptions) withDefaults() StreamOptions {
	orDefault(&o.PerConnection, 50)
	orDefault(&o.Unidentified, 200)
	orDefault(&o.PerPrincipal, 100)
	orDefault(&o.Total, 10_000)
	orDefault(&o.InitTimeout, 10*time.Second)
	orDefault(&o.WriteTimeout, 10*time.Second)
	orDefault(&o.ClosePatience, 2*time.Second)
	orDefault(&o.PingInterval, 20*time.Second)
	orDefault(&o.KeepAlive, 15*time.Second)
	orDefault(&o.Retry, 2*time.Second)
	orDefault(&o.MessageBytes, 64<<10)
	orDefault(&o.QueueBytes, 256<<10)
	orDefault(&o.QueueMessages, 64)
	return o
}

func orDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Streams counts the WebSockets and streams of a server, refuses what is over
// its bounds, and ends all of them when the server drains. It is safe for
// concurrent use.
type Streams struct {
	opts StreamOptions
	// drained is closed when the server drains.
	drained chan struct{}
	// ended is closed when, after that, nothing is open any more.
	ended chan struct{}

	mu           sync.Mutex
	draining     bool
	unidentified int
	waiting      *list.List // of the *seats of those, the oldest first, but those that were told to go
	sockets      tally
	streams      tally
	closed       map[string]int
	refused      map[Refusal]int
}

// Refusal is a kind of refusal: what was not begun, a websocket, an operation on
// one, or a stream, and the code of the error that said so.
type Refusal struct{ What, Code string }

// What is refused.
const (
	refusedSocket    = "websocket"
	refusedOperation = "operation"
	refusedStream    = "stream"
)

// NewStreams makes the count of one server.
func NewStreams(opts StreamOptions) *Streams {
	return &Streams{
		opts: opts.withDefaults(), waiting: list.New(), drained: make(chan struct{}), ended: make(chan struct{}),
		sockets: tally{by: map[holder]int{}}, streams: tally{by: map[holder]int{}},
		closed: map[string]int{}, refused: map[Refusal]int{},
	}
}

// Drain ends what is open: WebSockets close with 1001 once their queries and
// mutations are answered, event streams end without `complete`, so that clients
// go elsewhere. It returns at once; further calls do nothing.
func (s *Streams) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return
	}
	s.draining = true
	close(s.drained)
	s.checkEnded()
}

// Wait waits after Drain until nothing is open, or gives the context's error.
func (s *Streams) Wait(ctx context.Context) error {
	select {
	case <-s.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Open gives how many WebSockets and how many streams are open.
func (s *Streams) Open() (sockets, streams int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unidentified + s.sockets.all, s.streams.all
}

// Ended gives how many WebSockets have ended, by the code that they were closed
// with: "client" where the client closed it, "cut" where it was cut off, unheard or
// not reading.
func (s *Streams) Ended() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.closed)
}

// Refused gives how often something was refused because there was as much of it as
// there may be, or because the server drains.
func (s *Streams) Refused() map[Refusal]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.refused)
}

// end counts a WebSocket that ends.
func (s *Streams) end(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed[code]++
}

// refuse counts a refusal.
func (s *Streams) refuse(what string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.note(what, err)
}

// note is refuse under the lock; it gives the error.
func (s *Streams) note(what string, err error) error {
	s.refused[Refusal{what, string(model.CodeOf(err))}]++
	return err
}

func (s *Streams) checkEnded() {
	if s.draining && s.unidentified+s.sockets.all+s.streams.all == 0 {
		select {
		case <-s.ended:
		default:
			close(s.ended)
		}
	}
}

// holder is the principal that a stream or socket counts for.
type holder struct {
	tenant uuid.UUID
	user   model.ID // or API key
}

func holderOf(ctx context.Context) holder {
	if p := auth.SessionOf(ctx).Principal; p != nil {
		return holder{p.Tenant, p.Actor()}
	}
	return holder{}
}

// tally counts one kind of thing by holder.
type tally struct {
	all int
	by  map[holder]int
}

func (t *tally) add(h holder, opts StreamOptions, what string) error {
	switch {
	case t.by[h] >= opts.PerPrincipal:
		return model.Errorf(model.RateLimited, "You have %d %s open, which is the most: end one first.", opts.PerPrincipal, what)
	case t.all >= opts.Total:
		return model.Errorf(model.Overloaded, "The server has as many %s open as it may: try again later.", what)
	}
	t.all++
	t.by[h]++
	return nil
}

func (t *tally) remove(h holder) {
	t.all--
	if t.by[h]--; t.by[h] == 0 {
		delete(t.by, h)
	}
}

var errDraining error = model.Errorf(model.Overloaded, "The server is going away: connect again.")

// begin counts a stream for its holder until end is called, or refuses it with
// RATE_LIMITED or OVERLOADED.
func (s *Streams) begin(h holder) (end func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil, s.note(refusedStream, errDraining)
	}
	if err := s.streams.add(h, s.opts, "streams"); err != nil {
		return nil, s.note(refusedStream, err)
	}
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.streams.remove(h)
		s.checkEnded()
	}), nil
}

// seat is the place of one WebSocket.
type seat struct {
	streams *Streams
	crowded chan struct{} // closed where it is to make room for others
	waits   *list.Element // while it may have to
	known   bool
	holder  holder
}

var errCrowded error = model.Errorf(model.Overloaded, "The server has too many WebSockets that nobody has signed in on: try again later.")

// seat counts a WebSocket that nobody has shown a token on, in the place of the
// oldest such where there is no other, or refuses it.
func (s *Streams) seat() (*seat, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unidentified >= 2*s.opts.Unidentified {
		return nil, s.note(refusedSocket, errCrowded)
	}
	s.unidentified++
	if s.waiting.Len() >= s.opts.Unidentified {
		oldest, _ := s.waiting.Front().Value.(*seat)
		oldest.settle()
		close(oldest.crowded)
	}
	place := &seat{streams: s, crowded: make(chan struct{})}
	place.waits = s.waiting.PushBack(place)
	return place, nil
}

// settle takes the place out of those that may have to make room.
func (s *seat) settle() {
	if s.waits != nil {
		s.streams.waiting.Remove(s.waits)
		s.waits = nil
	}
}

// identify counts the WebSocket for its principal from now on, or refuses it
// with RATE_LIMITED or OVERLOADED.
func (s *seat) identify(h holder) error {
	s.streams.mu.Lock()
	defer s.streams.mu.Unlock()
	if err := s.streams.sockets.add(h, s.streams.opts, "WebSockets"); err != nil {
		return s.streams.note(refusedSocket, err)
	}
	s.streams.unidentified--
	s.settle()
	s.known, s.holder = true, h
	return nil
}

// leave gives the place back.
func (s *seat) leave() {
	s.streams.mu.Lock()
	defer s.streams.mu.Unlock()
	s.settle()
	if s.known {
		s.streams.sockets.remove(s.holder)
	} else {
		s.streams.unidentified--
	}
	s.streams.checkEnded()
}
