package harness

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// Cutter stands between clients and a server, and cuts the first connection
// that a subscription is made on, once, after the server has sent something.
type Cutter struct {
	URL  string // of the cutter
	sent []byte
	cuts atomic.Int32
}

// NewCutter stands before a server. It cuts after what the server sends has
// held the text, or after anything where that is "".
func NewCutter(tb testing.TB, url, sent string) *Cutter {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	behind := strings.TrimPrefix(url, "http://")
	c := &Cutter{URL: "http://" + listener.Addr().String(), sent: []byte(sent)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(conn, behind)
		}
	}()
	return c
}

// Done tells whether it has cut.
func (c *Cutter) Done() bool { return c.cuts.Load() > 0 }

func (c *Cutter) serve(client net.Conn, behind string) {
	defer client.Close()
	server, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer server.Close()
	var subscribes atomic.Bool
	go func() {
		_, _ = io.Copy(server, spy{client, func(text []byte) {
			if bytes.Contains(text, []byte("text/event-stream")) || bytes.Contains(text, []byte("websocket")) {
				subscribes.Store(true)
			}
		}})
		server.Close()
	}()
	_, _ = io.Copy(client, spy{server, func(text []byte) {
		if subscribes.Load() && bytes.Contains(text, c.sent) && c.cuts.CompareAndSwap(0, 1) {
			server.Close()
		}
	}})
}

// spy tells what is read.
type spy struct {
	io.Reader

	tell func([]byte)
}

func (s spy) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.tell(p[:n])
	return n, err
}
