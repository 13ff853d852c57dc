package resolver

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// FuzzWebSocketMessage sends a line each as a message to a socket that has been
// opened, initialised or not: what comes back is messages of the protocol, then
// one of its close codes, and nothing of the socket is left.
func FuzzWebSocketMessage(f *testing.F) {
	for _, seed := range []string{
		initAna, initAna + "\n" + initAna, `{"type":"ping","payload":{"a":[1,2.50,"\u00fc"]}}`, `{"type":"pong"}`, `{"id":"1","type":"complete"}`,
		initAna + "\n" + `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}`,
		initAna + "\n" + `{"id":"1","type":"subscribe","payload":{"query":"subscription { tick }"}}` + "\n" + `{"id":"1","type":"complete"}`,
		`{"type":"connection_init","payload":{"headers":{"Authorization":"Bearer ana"}}}` + "\n" + `{"id":"1","type":"subscribe","payload":{"query":"{","variables":{"a":1}}}`,
		`{"type":"connection_init"}` + "\n" + `{"id":"a","type":"subscribe","payload":{"query":"mutation { record }","operationName":"x","extensions":{}}}`,
		`{"type":"subscribe"}`, `[]`, `{"type":"next"}`, "\xff", `{"type":1}`,
	} {
		f.Add([]byte(seed))
	}
	l := serveLive(f, StreamOptions{InitTimeout: 50 * time.Millisecond, ClosePatience: patience}, nil)
	f.Fuzz(func(t *testing.T, lines []byte) {
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
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for line := range bytes.SplitSeq(lines, []byte("\n")) {
				s.quietly(frameText, line)
			}
			s.quietly(frameBinary, nil) // which ends it with 4400, if nothing has before
		}()
		code := s.fuzzed()
		near.Close()
		await(t, "sending", sent)
		await(t, "the end", served)
		if !slices.Contains([]int{4400, 4401, 4403, 4408, 4409, 4429, 4500, 1009}, code) {
			t.Errorf("closed with %d", code)
		}
	})
}

// quietly sends a frame that may be too late.
func (c *rawSocket) quietly(opcode byte, payload []byte) {
	head := binary.BigEndian.AppendUint64([]byte{0x80 | opcode, 0xff}, uint64(len(payload)))
	_, _ = c.conn.Write(append(append(head, 0, 0, 0, 0), payload...))
}

// fuzzed reads until the close frame and gives its code.
func (c *rawSocket) fuzzed() int {
	for {
		opcode, payload, err := c.read()
		switch {
		case err != nil:
			c.t.Fatalf("not closed: %v", err)
		case opcode == frameClose:
			return int(binary.BigEndian.Uint16(payload))
		}
		var m struct{ Type string }
		if err := json.Unmarshal(payload, &m); err != nil || !slices.Contains([]string{typeAck, typePong, typeNext, typeError, typeComplete}, m.Type) {
			c.t.Errorf("sent %s", payload)
		}
	}
}
