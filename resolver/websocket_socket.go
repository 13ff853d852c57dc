package resolver

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"spm/auth"
	"spm/model"
)

// socket is one WebSocket. One goroutine reads and moves the state on, one
// writes and at last closes, one pings; each operation has one of its own.
type socket struct {
	*webSocket

	exec   graphql.GraphExecutor
	place  *seat
	conn   *websocket.Conn
	raw    net.Conn // below conn: for deadlines, and to cut off at once
	queue  *sendQueue
	cancel context.CancelFunc // of all operations
	last   atomic.Int64       // when the client was heard, in Unix nanoseconds

	// Of the reading goroutine.
	token        []string // what to authenticate each operation by
	delegation   []string // what names the delegation of all of them; those of the request where none
	initialised  bool
	acknowledged bool
	initTimer    *time.Timer
	expiry       *time.Timer // ends the socket with its token; nil for strangers

	mu         sync.Mutex
	operations map[string]*socketOperation
	draining   bool
	closing    chan struct{} // closed once the socket is to end
	code       websocket.StatusCode
	reason     string
	cutOff     *time.Timer

	running sync.WaitGroup
}

func newSocket(t *webSocket, exec graphql.GraphExecutor, place *seat, token []string) *socket {
	opts := t.streams.opts
	s := &socket{
		webSocket: t, exec: exec, place: place, token: token, queue: newSendQueue(opts.QueueBytes, opts.QueueMessages),
		operations: map[string]*socketOperation{}, closing: make(chan struct{}), cancel: func() {},
	}
	s.heard()
	return s
}

func (s *socket) heard() { s.last.Store(time.Now().UnixNano()) }

// serve runs the socket until it has ended and nothing of it runs any more.
func (s *socket) serve(ctx context.Context) {
	ctx, s.cancel = context.WithCancel(ctx)
	s.initTimer = time.AfterFunc(s.streams.opts.InitTimeout, func() {
		s.shut(closeInitTimeout, "Connection initialisation timeout")
	})
	if s.conn.Subprotocol() == "" {
		s.shut(closeSubprotocol, "Subprotocol not acceptable: speak "+subprotocol)
	}
	s.running.Go(func() {
		select {
		case <-s.place.crowded:
			s.reject(ctx, errCrowded)
		case <-s.closing:
		}
	})
	s.running.Go(s.write)
	s.running.Go(func() { s.keepAlive(ctx) })
	s.read(ctx)
	s.shut(0, endedByCut)
	s.running.Wait()
	s.initTimer.Stop()
	if s.expiry != nil {
		s.expiry.Stop()
	}
	s.cutOff.Stop()
}

// How a socket ends that the server sends no close frame on.
const (
	endedByClient = "client"
	endedByCut    = "cut"
)

// shut begins the end of the socket: its operations stop, what waits is still
// written, then the close frame, all within ClosePatience. With the code 0 the
// connection ends at once, and the reason, which nobody is sent, is one of
// endedByClient and endedByCut. Only the first call counts.
func (s *socket) shut(code websocket.StatusCode, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closing:
		return
	default:
	}
	s.code, s.reason = code, reason
	if code == 0 {
		s.streams.end(reason)
	} else {
		s.streams.end(strconv.Itoa(int(code)))
	}
	patience := s.streams.opts.ClosePatience
	if code == 0 {
		patience = 0
	}
	s.cutOff = time.AfterFunc(patience, func() { _ = s.raw.Close() })
	close(s.closing)
	s.cancel()
	s.queue.close(code == 0)
}

// ended tells whether the socket is ending.
func (s *socket) ended() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}

// read takes messages until the socket ends.
func (s *socket) read(ctx context.Context) {
	defer func() {
		if v := recover(); v != nil {
			_ = s.recovered(ctx, v) // which logs it
			s.shut(closeInternal, "Internal error")
		}
	}()
	// The library ends the connection with the context of a read, but the close
	// frame is to be written first.
	unhurried := context.WithoutCancel(ctx)
	for {
		kind, text, err := s.conn.Read(unhurried)
		if s.ended() {
			return
		}
		if err != nil {
			s.unread(err)
			return
		}
		s.heard()
		if kind != websocket.MessageText {
			s.shut(closeInvalid, "Messages are text")
			return
		}
		m, err := decodeMessage(text)
		if err != nil {
			s.shut(closeInvalid, err.Error())
			return
		}
		s.handle(ctx, m)
	}
}

// unread ends the socket for an error of reading. Where the library has sent a
// close frame for it, what the client still sends is read, since otherwise the
// connection would be reset and the frame lost.
func (s *socket) unread(err error) {
	switch {
	case websocket.CloseStatus(err) != -1:
		s.shut(0, endedByClient)
	case errors.Is(err, websocket.ErrMessageTooBig):
		s.shut(websocket.StatusMessageTooBig, "The message is too long")
	default:
		s.shut(websocket.StatusProtocolError, "RFC 6455 is not kept")
	}
}

// handle moves the state of the socket on by one message.
func (s *socket) handle(ctx context.Context, m inMessage) {
	switch m.kind {
	case typeInit:
		s.initialise(ctx, m)
	case typePing:
		s.send(ctx, nil, outMessage(typePong, "", encodeObject(m.payload)))
	case typeSubscribe:
		if !s.acknowledged {
			s.shut(closeUnauthorized, "Unauthorized: send connection_init first")
			return
		}
		s.subscribe(ctx, m)
	case typeComplete:
		s.stop(m.id)
	}
}

// initialise answers the one connection_init. Without a token the socket is a
// stranger's.
func (s *socket) initialise(ctx context.Context, m inMessage) {
	if s.initialised {
		s.shut(closeSecondInit, "Too many initialisation requests")
		return
	}
	s.initialised = true
	if !s.initTimer.Stop() {
		return // it has closed the socket
	}
	if given := credentials(m.payload); len(given) > 0 {
		s.token = given
	}
	s.delegation = members(m.payload, "delegation", delegationHeader)
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	authenticated, err := s.identified(ctx)
	if err != nil {
		s.reject(ctx, err)
		return
	}
	if p := auth.SessionOf(authenticated).Principal; p != nil {
		if err := s.place.identify(holderOf(authenticated)); err != nil {
			s.reject(ctx, err)
			return
		}
		over := "Forbidden: the access token has expired"
		if p.For != nil {
			over = "Forbidden: the access token or the delegation has expired"
		}
		s.expiry = time.AfterFunc(time.Until(p.Expires), func() { s.shut(closeForbidden, over) })
	}
	s.acknowledged = true
	s.send(ctx, nil, outMessage(typeAck, "", nil))
}

// identified finds out who asks on the socket, and for whom.
func (s *socket) identified(ctx context.Context) (context.Context, error) {
	if len(s.delegation) > 0 {
		ctx = auth.WithDelegation(ctx, s.delegation)
	}
	return s.authenticate(ctx, s.token)
}

// reject closes the socket for what kept it from being authenticated.
func (s *socket) reject(ctx context.Context, err error) {
	switch presented := s.present(ctx, err); presented.Extensions["code"] {
	case string(model.Unauthenticated), string(model.Forbidden):
		s.shut(closeForbidden, "Forbidden: "+presented.Message)
	case string(model.RateLimited):
		s.shut(websocket.StatusPolicyViolation, presented.Message)
	case string(model.Overloaded), string(model.Timeout), string(model.Unavailable):
		s.shut(websocket.StatusTryAgainLater, presented.Message)
	default:
		s.shut(closeInternal, "Internal error")
	}
}

// send queues a message, waiting for room; false where the socket ends or the
// operation has been stopped before.
func (s *socket) send(ctx context.Context, of *socketOperation, text []byte) bool {
	return s.queue.put(ctx, outgoing{text: text, of: of}) == nil
}

// write writes what is queued until the socket is to end, then closes it.
func (s *socket) write() {
	for {
		item, more := s.queue.take()
		if !more {
			break
		}
		if item.of == nil || !item.of.stopped.Load() {
			if err := s.writeMessage(item.text); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					s.log.Info("a client that does not read was cut off", "after", s.streams.opts.WriteTimeout)
				}
				s.shut(0, endedByCut)
			}
		}
		s.queue.left(item)
	}
	s.mu.Lock()
	code, reason := s.code, s.reason
	s.mu.Unlock()
	if code != 0 {
		_ = s.conn.Close(code, reason) // ends by cutOff, if not before
	}
	_ = s.conn.CloseNow()
}

// writeMessage writes within WriteTimeout. The deadline is the connection's: a
// context for each message costs more, and control frames have their own.
func (s *socket) writeMessage(text []byte) error {
	if err := s.raw.SetWriteDeadline(time.Now().Add(s.streams.opts.WriteTimeout)); err != nil {
		return err
	}
	if err := s.conn.Write(context.Background(), websocket.MessageText, text); err != nil {
		return err
	}
	return s.raw.SetWriteDeadline(time.Time{})
}

// keepAlive pings, cuts off who is not heard, and ends the socket when the
// server drains.
func (s *socket) keepAlive(ctx context.Context) {
	interval := s.streams.opts.PingInterval
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	drained := s.streams.drained
	for {
		select {
		case <-s.closing:
			return
		case <-drained:
			drained = nil
			s.drain()
		case now := <-ticker.C:
			if now.Sub(time.Unix(0, s.last.Load())) > interval+interval/2 {
				s.shut(0, endedByCut)
				return
			}
			s.running.Go(func() {
				// Not of the operations' context: see read.
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), interval)
				defer cancel()
				_ = s.conn.Ping(ctx)
			})
		}
	}
}

// drain closes the socket as soon as no query or mutation is under way on it.
func (s *socket) drain() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
	s.closeIfDrained()
}

func (s *socket) closeIfDrained() {
	s.mu.Lock()
	ready := s.draining
	for _, o := range s.operations {
		ready = ready && o.stream
	}
	s.mu.Unlock()
	if ready {
		s.shut(websocket.StatusGoingAway, "The server is going away: connect again")
	}
}
