package examples

import (
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// cutter stands between a client and a server, and cuts the first connection
// that a subscription is made on, once the server has answered it.
type cutter struct {
	URL  string
	cuts atomic.Int32
}

// newCutter stands before a URL.
func newCutter(t *testing.T, url string) *cutter {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	behind := strings.TrimPrefix(url, "http://")
	c := &cutter{URL: "http://" + listener.Addr().String()}
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

func (c *cutter) serve(client net.Conn, behind string) {
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
	_, _ = io.Copy(client, spy{server, func([]byte) {
		if subscribes.Load() && c.cuts.CompareAndSwap(0, 1) {
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
