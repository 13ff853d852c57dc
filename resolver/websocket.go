package resolver

import (
	"bufio"
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/coder/websocket"

	"spm/model"
)

// webSocket serves operations over WebSockets, several at a time on each, by
// the protocol graphql-transport-ws. ADR 11 says why it is our own.
type webSocket struct {
	streams *Streams
	origins Origins
	// authenticate finds out who has sent the values of Authorization.
	authenticate func(ctx context.Context, given []string) (context.Context, error)
	timeout      time.Duration // of queries, mutations and of signing in
	present      graphql.ErrorPresenterFunc
	recovered    graphql.RecoverFunc
	log          *slog.Logger
}

var _ graphql.Transport = (*webSocket)(nil)

// Supports claims the requests that ask for a WebSocket.
func (*webSocket) Supports(r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	for _, protocol := range r.Header.Values("Upgrade") {
		if strings.EqualFold(strings.TrimSpace(protocol), "websocket") {
			return true
		}
	}
	return false
}

// Do opens a socket and serves it until it ends. What is refused before there
// is a socket is answered over HTTP.
func (t *webSocket) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	answer := answer{w: w, mediaType: mediaJSON, present: t.present}
	if !t.origins.allowsRequest(r) {
		answer.fail(ctx, http.StatusForbidden, model.Errorf(model.Forbidden, "This page's origin is not among those that the server allows."))
		return
	}
	place, err := t.streams.seat()
	if err != nil {
		answer.refuse(ctx, err)
		return
	}
	defer place.leave()
	s := newSocket(t, exec, place, r.Header.Values("Authorization"))
	if status := s.accept(w, r); status != http.StatusSwitchingProtocols {
		answer.fail(ctx, status, model.Errorf(model.BadUserInput, "The request does not open a WebSocket as RFC 6455 asks."))
		return
	}
	s.serve(ctx)
}

// accept makes a socket of the request, or gives the status to refuse it with.
func (s *socket) accept(w http.ResponseWriter, r *http.Request) (status int) {
	// The origin is checked already, by rules that the library does not know.
	r = r.Clone(r.Context())
	r.Header.Del("Origin")
	opening := &handshake{ResponseWriter: w}
	conn, err := websocket.Accept(opening, r, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
		OnPingReceived: func(context.Context, []byte) bool { s.heard(); return true },
		OnPongReceived: func(context.Context, []byte) { s.heard() },
	})
	if err != nil {
		return opening.status
	}
	conn.SetReadLimit(s.streams.opts.MessageBytes)
	s.conn, s.raw = conn, opening.conn
	return http.StatusSwitchingProtocols
}

// handshake lets only a WebSocket's answer pass, and keeps its connection: the
// library's other answers quote the request, and it sets no deadlines.
type handshake struct {
	http.ResponseWriter

	status int
	conn   net.Conn
}

// WriteHeader passes the switching of protocols on.
func (h *handshake) WriteHeader(status int) {
	h.status = status
	if status == http.StatusSwitchingProtocols {
		h.ResponseWriter.WriteHeader(status)
	}
}

// Write drops the library's own words.
func (*handshake) Write(text []byte) (int, error) { return len(text), nil }

// Hijack takes the connection over.
func (h *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(h.ResponseWriter).Hijack()
	h.conn = conn
	return conn, buffered, err
}
