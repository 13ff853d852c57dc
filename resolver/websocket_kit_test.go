package resolver

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// rawSocket is a client of RFC 6455 that does as it is told, right or wrong.
type rawSocket struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

// The opcodes of frames.
const (
	frameText   = 1
	frameBinary = 2
	frameClose  = 8
	framePing   = 9
	framePong   = 10
)

// opening are the headers that ask for a socket.
func opening(host string) map[string]string {
	return map[string]string{
		"Host": host, "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": subprotocol,
	}
}

// opened is the answer to the opening of a socket.
type opened struct {
	StatusCode int
	Header     http.Header
	Body       []byte
}

// upgrade sends the opening of a socket and gives the answer.
func (l *liveServer) upgrade(t testing.TB, headers ...string) (*rawSocket, opened) {
	t.Helper()
	conn, err := net.Dial("tcp", l.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	all := opening(l.addr)
	for i := 0; i+1 < len(headers); i += 2 {
		all[headers[i]] = headers[i+1]
	}
	text := "GET /graphql HTTP/1.1\r\n"
	for name, value := range all {
		if value != "" {
			text += name + ": " + value + "\r\n"
		}
	}
	if _, err := io.WriteString(conn, text+"\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	response, err := http.ReadResponse(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return &rawSocket{t, conn, in}, opened{response.StatusCode, response.Header, body}
}

// dial opens a socket, and with a token initialises it.
func (l *liveServer) dial(t testing.TB, token string) *rawSocket {
	t.Helper()
	c, response := l.upgrade(t)
	if response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d", response.StatusCode)
	}
	if token != "" {
		c.text(`{"type":"connection_init","payload":{"Authorization":"Bearer ` + token + `"}}`)
		c.expect(`{"type":"connection_ack"}`)
	}
	return c
}

// frame sends one frame, masked as a client's must be.
func (c *rawSocket) frame(opcode byte, payload string) {
	c.t.Helper()
	head := []byte{0x80 | opcode}
	switch n := len(payload); {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), uint64(n))
	}
	head = append(head, 0, 0, 0, 0) // the mask that changes nothing
	if _, err := c.conn.Write(append(head, payload...)); err != nil {
		c.t.Logf("frame: %v", err)
	}
}

func (c *rawSocket) text(payload string) { c.t.Helper(); c.frame(frameText, payload) }

// read takes one frame.
func (c *rawSocket) read() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1])
	if extra := map[uint64]int{126: 2, 127: 8}[length]; extra > 0 {
		var long [8]byte
		if _, err := io.ReadFull(c.in, long[8-extra:]); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(long[:])
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(c.in, payload)
	return head[0] & 0xf, payload, err
}

// expect reads the next message, answering pings.
func (c *rawSocket) expect(want string) {
	c.t.Helper()
	if got := c.message(); got != want {
		c.t.Errorf("got  %s\nwant %s", got, want)
	}
}

func (c *rawSocket) message() string {
	c.t.Helper()
	for {
		opcode, payload, err := c.read()
		switch {
		case err != nil:
			c.t.Fatalf("no message: %v", err)
		case opcode == framePing:
			c.frame(framePong, string(payload))
		case opcode == frameText:
			return string(payload)
		case opcode == frameClose:
			c.t.Fatalf("closed with %d %s", binary.BigEndian.Uint16(payload), payload[2:])
		default:
			return fmt.Sprintf("frame %d %s", opcode, payload)
		}
	}
}

// closed reads until the close frame, answers it, and gives its code, reason
// and the messages before it; the code is 0 where the connection just ended.
func (c *rawSocket) closed() (code int, reason string, before []string) {
	c.t.Helper()
	for {
		opcode, payload, err := c.read()
		switch {
		case err != nil:
			if errors.Is(err, io.EOF) || strings.Contains(err.Error(), "reset") {
				return 0, "", before
			}
			c.t.Fatalf("not closed: %v, after %v", err, before)
		case opcode == frameText:
			before = append(before, string(payload))
		case opcode == framePing:
			c.frame(framePong, string(payload))
		case opcode == frameClose:
			c.frame(frameClose, string(payload))
			if _, _, err := c.read(); err == nil {
				c.t.Error("something comes after the close frame")
			}
			return int(binary.BigEndian.Uint16(payload)), string(payload[2:]), before
		}
	}
}

func (c *rawSocket) subscribe(id, document string) {
	c.t.Helper()
	c.text(`{"id":` + strconv.Quote(id) + `,"type":"subscribe","payload":` + query(document, "") + `}`)
}
