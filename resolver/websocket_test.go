package resolver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

const (
	initAna = `{"type":"connection_init","payload":{"Authorization":"Bearer ana"}}`
	ack     = `{"type":"connection_ack"}`
)

func TestWebSocketCloseCodes(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	tick := `{"id":"1","type":"subscribe","payload":{"query":"subscription { tick }"}}`
	for name, c := range map[string]struct {
		send []string
		code int
	}{
		"no JSON":                  {[]string{`{"type":`}, 4400},
		"no object":                {[]string{`[]`}, 4400},
		"text after":               {[]string{`{"type":"ping"}{}`}, 4400},
		"no UTF-8":                 {[]string{"{\"type\":\"ping\",\"payload\":{\"a\":\"\xff\"}}"}, 4400},
		"a member twice":           {[]string{`{"type":"ping","type":"pong"}`}, 4400},
		"no type":                  {[]string{`{}`}, 4400},
		"type a number":            {[]string{`{"type":1}`}, 4400},
		"unknown type":             {[]string{`{"type":"start"}`}, 4400},
		"a server's type":          {[]string{`{"type":"next","id":"1","payload":{}}`}, 4400},
		"init with a list":         {[]string{`{"type":"connection_init","payload":[]}`}, 4400},
		"ping with a text":         {[]string{`{"type":"ping","payload":"x"}`}, 4400},
		"complete without id":      {[]string{initAna, `{"type":"complete"}`}, 4400},
		"subscribe without id":     {[]string{initAna, `{"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		"empty id":                 {[]string{initAna, `{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		"long id":                  {[]string{initAna, `{"id":"` + strings.Repeat("x", 257) + `","type":"complete"}`}, 4400},
		"id a number":              {[]string{initAna, `{"id":1,"type":"subscribe","payload":{"query":"{ __typename }"}}`}, 4400},
		"no payload":               {[]string{initAna, `{"id":"1","type":"subscribe"}`}, 4400},
		"no query":                 {[]string{initAna, `{"id":"1","type":"subscribe","payload":{}}`}, 4400},
		"variables a list":         {[]string{initAna, `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":[]}}`}, 4400},
		"extensions a text":        {[]string{initAna, `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","extensions":"x"}}`}, 4400},
		"subscribe first":          {[]string{tick}, 4401},
		"an unknown token":         {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer nobody"}}`}, 4403},
		"no bearer":                {[]string{`{"type":"connection_init","payload":{"Authorization":"ana"}}`}, 4403},
		"a token that is no text":  {[]string{`{"type":"connection_init","payload":{"Authorization":7}}`}, 4403},
		"two tokens":               {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer ana","authorization":"Bearer ben"}}`}, 4403},
		"nobody knows":             {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer broken"}}`}, 4500},
		"a panic":                  {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer panic"}}`}, 4500},
		"overloaded":               {[]string{`{"type":"connection_init","payload":{"Authorization":"Bearer overloaded"}}`}, 1013},
		"an id in use":             {[]string{initAna, tick, tick}, 4409},
		"a second init":            {[]string{initAna, initAna}, 4429},
		"a second init, at once":   {[]string{`{"type":"connection_init"}`, `{"type":"connection_init"}`}, 4429},
		"longer than 64 kB":        {[]string{initAna, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 1<<17) + `"}}`}, 1009},
		"a stranger's first no":    {[]string{`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":{"query":"{ secret fail(how: \"signedOut\") }"}}`}, 4403},
		"64 kB are fine, and init": {[]string{`{"type":"ping","payload":{"x":"` + strings.Repeat("x", 65000) + `"}}`, initAna, initAna}, 4429},
	} {
		t.Run(name, func(t *testing.T) {
			s := l.dial(t, "")
			for _, message := range c.send {
				s.text(message)
			}
			code, reason, _ := s.closed()
			if code != c.code || strings.Contains(reason, "SQLSTATE") {
				t.Errorf("closed with %d %s, want %d", code, reason, c.code)
			}
		})
	}
}

func TestWebSocketFramesAgainstTheRules(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	for name, c := range map[string]struct {
		send func(*rawSocket)
		code int
	}{
		"binary":          {func(s *rawSocket) { s.frame(frameBinary, `{"type":"ping"}`) }, 4400},
		"unknown opcode":  {func(s *rawSocket) { s.frame(3, "") }, 1002},
		"a reserved bit":  {func(s *rawSocket) { s.frame(0x40|frameText, "{}") }, 1002},
		"unmasked":        {func(s *rawSocket) { _, _ = s.conn.Write([]byte{0x81, 2, '{', '}'}) }, 1002},
		"continues none":  {func(s *rawSocket) { s.frame(0, "{}") }, 1002},
		"long ping":       {func(s *rawSocket) { s.frame(framePing, strings.Repeat("x", 126)) }, 1002},
		"closes normally": {func(s *rawSocket) { s.frame(frameClose, "\x03\xe8") }, 1000},
	} {
		t.Run(name, func(t *testing.T) {
			s := l.dial(t, "ana")
			c.send(s)
			if code, reason, _ := s.closed(); code != c.code {
				t.Errorf("closed with %d %s, want %d", code, reason, c.code)
			}
		})
	}
}

func TestWebSocketOpening(t *testing.T) {
	l := serveLive(t, StreamOptions{InitTimeout: 100 * time.Millisecond}, func(o *Options, _ *http.Server) {
		o.Origins, _ = ParseOrigins([]string{"https://portal.example.com"})
	})
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"plain":               {nil, 101},
		"case":                {[]string{"Upgrade", "WebSocket", "Connection", "keep-alive, upgrade"}, 101},
		"of the same host":    {[]string{"Origin", "http://" + l.addr}, 101},
		"of an allowed page":  {[]string{"Origin", "https://portal.example.com"}, 101},
		"of another page":     {[]string{"Origin", "https://portal.example.com.evil.example"}, 403},
		"of another port":     {[]string{"Origin", "http://127.0.0.1:1"}, 403},
		"of a file":           {[]string{"Origin", "null"}, 403},
		"with a token":        {[]string{"Authorization", "Bearer ana"}, 101},
		"with a bad token":    {[]string{"Authorization", "Bearer nobody"}, 401},
		"of another version":  {[]string{"Sec-WebSocket-Version", "8"}, 400},
		"without a key":       {[]string{"Sec-WebSocket-Key", ""}, 400},
		"with a bad key":      {[]string{"Sec-WebSocket-Key", "m4rk3r"}, 400},
		"without Connection":  {[]string{"Connection", ""}, 426},
		"compression offered": {[]string{"Sec-WebSocket-Extensions", "permessage-deflate"}, 101},
	} {
		t.Run(name, func(t *testing.T) {
			s, response := l.upgrade(t, c.headers...)
			if response.StatusCode != c.status || response.Header.Get("Sec-WebSocket-Extensions") != "" {
				t.Fatalf("%d %v", response.StatusCode, response.Header)
			}
			if c.status == 101 {
				if code, reason, _ := s.closed(); code != 4408 {
					t.Errorf("closed with %d %s", code, reason)
				}
				return
			}
			var body struct {
				Errors []struct{ Extensions struct{ Code string } }
			}
			if err := json.Unmarshal(response.Body, &body); err != nil || len(body.Errors) != 1 || body.Errors[0].Extensions.Code == "" {
				t.Errorf("answered %v %v", body, err)
			}
		})
	}
	for _, offered := range []string{"", "graphql-ws", "mqtt, graphql-ws"} {
		s, response := l.upgrade(t, "Sec-WebSocket-Protocol", offered)
		if code, _, _ := s.closed(); code != 4406 || response.Header.Get("Sec-WebSocket-Protocol") != "" {
			t.Errorf("%q: closed with %d", offered, code)
		}
	}
	s, response := l.upgrade(t, "Sec-WebSocket-Protocol", "graphql-ws, "+subprotocol)
	wanted(t, "subprotocol", response.Header.Get("Sec-WebSocket-Protocol"), subprotocol)
	if code, _, _ := s.closed(); code != 4408 {
		t.Errorf("closed with %d", code)
	}
}

func TestWebSocketOperations(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	s := l.dial(t, "ana")
	s.subscribe("q", "{ __typename }")
	s.expect(`{"type":"next","id":"q","payload":{"data":{"__typename":"Query"}}}`)
	s.expect(`{"type":"complete","id":"q"}`)
	s.text(`{"id":"ü\"","type":"subscribe","payload":{"query":"mutation($i: Item) { record(input: $i) }","variables":{"i":{"name":"n"}},"operationName":null,"extra":1},"more":[]}`)
	s.expect(`{"type":"next","id":"ü\"","payload":{"data":{"record":"{\"input\":{\"name\":\"n\"}}"}}}`)
	s.expect(`{"type":"complete","id":"ü\""}`)
	s.text(`{"type":"ping","payload":{"n":1.50}}`)
	s.expect(`{"type":"pong","payload":{"n":1.50}}`)
	s.text(`{"type":"ping"}`)
	s.expect(`{"type":"pong"}`)
	s.text(`{"type":"pong"}`)
	s.text(`{"type":"complete","id":"nothing of that name"}`)
	s.frame(framePing, "hello")
	wanted(t, "ping of RFC 6455", s.message(), "frame 10 hello")

	s.subscribe("s", `subscription { tick(feed: "a") }`)
	await(t, "subscription", l.begun)
	l.emit(t, "a", `{"tick":1}`, "41")
	s.expect(`{"type":"next","id":"s","payload":{"data":{"tick":1},"extensions":{"sequence":"41"}}}`)
	s.subscribe("q", "{ __typename }") // beside it, its id being free
	s.expect(`{"type":"next","id":"q","payload":{"data":{"__typename":"Query"}}}`)
	s.expect(`{"type":"complete","id":"q"}`)
	l.emit(t, "a", `{"tick":2}`, "42")
	s.expect(`{"type":"next","id":"s","payload":{"data":{"tick":2},"extensions":{"sequence":"42"}}}`)
	close(l.feed("a"))
	s.expect(`{"type":"complete","id":"s"}`)
	l.awaitOpen(t, 1, 0)
}

func TestWebSocketOperationErrors(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	s := l.dial(t, "ana")
	for document, want := range map[string]string{
		"{":                                 `{"type":"error","id":"1","payload":[{"message":`,
		"":                                  `{"type":"error","id":"1","payload":[{"message":`,
		"{ nothing }":                       `{"type":"error","id":"1","payload":[{"message":"Cannot query field \"nothing\"`,
		`subscription { tick(feed: 1) }`:    `{"type":"error","id":"1","payload":[{"message":`,
		`subscription { tick(f: "panic") }`: `{"type":"error","id":"1","payload":[{"message":`,
	} {
		s.subscribe("1", document)
		if got := s.message(); !strings.HasPrefix(got, want) || !strings.Contains(got, "BAD_USER_INPUT") || strings.Contains(got, `"data"`) {
			t.Errorf("%s: %s", document, got)
		}
	}
	s.subscribe("1", `{ fail(how: "unknown") }`)
	if got := s.message(); !strings.HasPrefix(got, `{"type":"next","id":"1","payload":{"errors":[`) || !strings.Contains(got, "INTERNAL") || strings.Contains(got, "SQLSTATE") {
		t.Error(got)
	}
	s.expect(`{"type":"complete","id":"1"}`)
	s.subscribe("1", `subscription { tick(feed: "panic") }`)
	if got := s.message(); !strings.HasPrefix(got, `{"type":"error","id":"1"`) || !strings.Contains(got, "INTERNAL") || strings.Contains(got, "SQLSTATE") {
		t.Error(got)
	}
	// Each operation has an id of its own in the log and in its errors.
	ids := map[string]bool{}
	for range 2 {
		s.subscribe("1", "{ nothing }")
		_, rest, _ := strings.Cut(s.message(), `"requestId":"`)
		id, _, _ := strings.Cut(rest, `"`)
		ids[id] = true
	}
	if len(ids) != 2 || ids[""] {
		t.Errorf("request ids %v", ids)
	}
}

func TestWebSocketOperationsEnd(t *testing.T) {
	l := serveLive(t, StreamOptions{}, func(o *Options, _ *http.Server) { o.Timeout = time.Nanosecond })
	s := l.dial(t, "ana")
	s.subscribe("1", "{ __typename }")
	if got := s.message(); !strings.HasPrefix(got, `{"type":"error","id":"1"`) || !strings.Contains(got, "TIMEOUT") {
		t.Error(got)
	}
	s.subscribe("2", "subscription { tick }") // which has no timeout
	await(t, "subscription", l.begun)
	l.emit(t, "", `{"tick":1}`, "")
	s.expect(`{"type":"next","id":"2","payload":{"data":{"tick":1}}}`)
}

func TestWebSocketTokens(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	ask := func(s *rawSocket) { // who am I: the principal decides who has the stream
		s.subscribe("1", "{ __typename }")
		s.expect(`{"type":"next","id":"1","payload":{"data":{"__typename":"Query"}}}`)
		s.expect(`{"type":"complete","id":"1"}`)
	}
	for name, message := range map[string]string{
		"any case":     `{"type":"connection_init","payload":{"AUTHORIZATION":"bearer ana"}}`,
		"headers":      `{"type":"connection_init","payload":{"headers":{"authorization":"Bearer ana"}}}`,
		"nulls beside": `{"type":"connection_init","payload":{"Authorization":null,"headers":{"authorization":"Bearer ana","Authorization":""}}}`,
	} {
		s := l.dial(t, "")
		s.text(message)
		s.expect(ack)
		sockets := l.streams.sockets.by[holder{[16]byte{1}, model.ID{Kind: model.KindUser, Key: "ana"}}]
		wanted(t, name, sockets, 1)
		ask(s)
		s.frame(frameClose, "\x03\xe8")
		s.closed()
		l.awaitOpen(t, 0, 0)
	}
	s, _ := l.upgrade(t, "Authorization", "Bearer ben")
	s.text(`{"type":"connection_init"}`)
	s.expect(ack)
	wanted(t, "of the opening", l.streams.sockets.by[holder{[16]byte{1}, model.ID{Kind: model.KindUser, Key: "ben"}}], 1)
	before := l.people.called
	ask(s)
	wanted(t, "authenticated by operation", l.people.called, before+1)
	l.people.set("ben", 0)
	s.subscribe("1", "{ __typename }")
	code, _, messages := s.closed()
	if code != 4403 || len(messages) != 0 {
		t.Errorf("closed with %d after %v", code, messages)
	}
}

// TestWebSocketSignedOut closes once a response says that its caller is nobody,
// after that response.
func TestWebSocketSignedOut(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	s := l.dial(t, "ana")
	s.subscribe("1", `subscription { tick(feed: "a") }`)
	s.subscribe("2", `subscription { tick(feed: "b") }`)
	await(t, "subscription", l.begun)
	await(t, "subscription", l.begun)
	l.respond(t, "a", func(ctx context.Context) *graphql.Response {
		graphql.AddError(ctx, model.Errorf(model.Forbidden, "You may no more."))
		return &graphql.Response{}
	}, "")
	if got := s.message(); !strings.Contains(got, "FORBIDDEN") || strings.Contains(got, `"data"`) {
		t.Error(got)
	}
	l.respond(t, "a", func(ctx context.Context) *graphql.Response {
		graphql.AddError(ctx, errors.Join(model.Errorf(model.Unauthenticated, "You are out.")))
		return &graphql.Response{}
	}, "")
	code, _, messages := s.closed()
	if code != 4403 || len(messages) != 1 || !strings.Contains(messages[0], "UNAUTHENTICATED") {
		t.Errorf("closed with %d after %v", code, messages)
	}
}
