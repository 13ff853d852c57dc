//go:build linux

package fault

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"spm/test/harness"
)

// loser stands between a server and the database. Of the transaction that
// writes the armed text it lets COMMIT through, and loses the answer with the
// connection.
type loser struct {
	armed atomic.Pointer[string]
	lost  atomic.Int64
}

// losing stands before the database: what follows of the harness's servers
// goes through it.
func losing(t *testing.T, h *harness.Harness) *loser {
	t.Helper()
	u, err := url.Parse(h.ServeURL)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	l, behind := new(loser), u.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.serve(client, behind)
		}
	}()
	u.Host = listener.Addr().String()
	h.ServeURL = u.String()
	return l
}

func (l *loser) serve(client net.Conn, behind string) {
	defer client.Close()
	database, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer database.Close()
	var committing atomic.Bool
	go func() {
		defer database.Close()
		writes := false
		_, _ = io.Copy(database, told{client, func(sent []byte) bool {
			armed := l.armed.Load()
			writes = writes || armed != nil && bytes.Contains(sent, []byte(*armed))
			if writes && bytes.Contains(sent, []byte("commit\x00")) {
				l.armed.Store(nil)
				committing.Store(true)
			}
			return true
		}})
	}()
	_, _ = io.Copy(client, told{database, func([]byte) bool {
		if committing.Load() {
			l.lost.Add(1)
			return false
		}
		return true
	}})
}

// told reads until it is told not to go on.
type told struct {
	from io.Reader
	tell func([]byte) bool
}

func (r told) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if n > 0 && !r.tell(p[:n]) {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}

// TestCommitsAnswerIsLost loses the database's answer to the COMMIT of each
// mutation. One with a key is answered by what its key finds, once, and so is the
// same request again; one without is UNAVAILABLE, since nobody knows whether it was
// done. LOST of the environment lengthens it.
func TestCommitsAnswerIsLost(t *testing.T) {
	t.Parallel()
	times := counted("LOST", 12)
	h := harness.New(t)
	year := company(h)
	h.Settle()
	h.Stop()
	proxy := losing(t, h)
	_, server := h.Start()
	l := &load{t: t, h: h, token: h.Admin(), codes: map[string]int{}}
	for n := range times {
		id := fmt.Sprintf("lost-%d-", n)
		row := map[string]any{"source": "lost", "externalId": id, "kind": "BOOKING", "eventDate": "2017-05-15", "amount": "1", "currency": "USD", "sellers": []any{map[string]any{"payee": "p1"}}}
		proxy.armed.Store(&id)
		if got := l.record(server, id, []map[string]any{row}); got != taken || l.replayed.Load() != int64(n) {
			t.Fatalf("%s: the outcome is %d, %d replayed, %v", id, got, l.replayed.Load(), l.codes)
		}
		if got := l.record(server, id, []map[string]any{row}); got != taken {
			t.Fatalf("%s: the outcome of the second is %d, %v", id, got, l.codes)
		}
	}
	if lost, replayed := proxy.lost.Load(), l.replayed.Load(); lost != int64(times) || replayed != lost {
		t.Errorf("%d answers were lost and %d found by their key again, %d wanted", lost, replayed, times)
	}
	keyless(t, h, proxy, server)
	h.Settle()
	harness.Same(t, "rows, versions", h.Strings("SELECT count(DISTINCT external_id) || ' ' || count(*) FROM transaction WHERE source = 'lost'"), fmt.Sprint(times, " ", times))
	// The company's people were made by SQL, which marks nobody.
	h.Decode(h.PostTo(server, l.token, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}))
	h.Settle()
	lawful(t, h)
	t.Logf("%d answers to COMMIT lost, %d found by their key; errors by code %v", proxy.lost.Load(), l.replayed.Load(), l.codes)
}

// keyless loses the answer of a mutation without a key.
func keyless(t *testing.T, h *harness.Harness, proxy *loser, server string) {
	t.Helper()
	id := "keyless"
	proxy.armed.Store(&id)
	row := map[string]any{"source": "keyless", "externalId": id, "kind": "BOOKING", "eventDate": "2017-05-15", "amount": "1", "currency": "USD", "sellers": []any{map[string]any{"payee": "p1"}}}
	answer := h.PostTo(server, h.Admin(), recordRows, map[string]any{"t": []any{row}})
	if len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "UNAVAILABLE" || answer.Errors[0].Extensions["retryable"] != true ||
		!strings.Contains(answer.Errors[0].Message, "same idempotency key") {
		t.Errorf("without a key the answer is %v", answer.Errors)
	}
	harness.Same(t, "rows without a key", h.Strings("SELECT count(*)::text FROM transaction WHERE source = 'keyless'"), "1")
}
