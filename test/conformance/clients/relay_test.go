package clients

import (
	"io"
	"net"
	"sync"
	"testing"
)

// relay passes connections on to a server, and cuts them when told to.
type relay struct {
	addr string

	mu     sync.Mutex
	behind string
	broken bool
	open   map[net.Conn]bool
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{addr: listener.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() {
		_ = listener.Close()
		r.cut()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.serve(conn)
		}
	}()
	return r
}

func (r *relay) serve(client net.Conn) {
	defer client.Close()
	r.mu.Lock()
	behind, broken := r.behind, r.broken
	r.mu.Unlock()
	if broken {
		return
	}
	server, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer server.Close()
	if !r.keep(client, server) {
		return
	}
	defer r.forget(client, server)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	_, _ = io.Copy(server, client)
	server.Close()
	<-answered
}

// keep remembers connections to cut, unless they are cut already.
func (r *relay) keep(conns ...net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range conns {
		r.open[conn] = true
	}
	return !r.broken
}

func (r *relay) forget(conns ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range conns {
		delete(r.open, conn)
	}
}

// cut ends all connections, and new ones too until mend.
func (r *relay) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = true
	for conn := range r.open {
		_ = conn.Close()
	}
	clear(r.open)
}

func (r *relay) mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = false
}

// pass sends new connections to another server.
func (r *relay) pass(behind string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.behind = behind
}
