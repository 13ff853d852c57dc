package scenario

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

// TestAPIKeyStreamsEnd follows by keys on two servers, and takes the keys away
// in each way there is: every subscription ends, in time.
func TestAPIKeyStreamsEnd(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	admin, follows := h.Admin(), []string{"EARNINGS_READ", "PAYEES_READ", "CALENDARS_READ"}
	for name, end := range map[string]func(k key){
		"revoked": func(k key) { h.Do(admin, revokeKey, input("id", k.id)) },
		"rotated": func(k key) { h.Do(admin, rotateKey, input("id", k.id, "ifVersion", 1, "overlapMinutes", 0)) },
		"outside": func(k key) {
			h.Do(admin, updateKey, input("id", k.id, "ifVersion", 1, "networks", []string{"198.51.100.0/24"}))
		},
	} {
		k, stays := newKey(h, follows), newKey(h, follows)
		here, elsewhere := h.Follow(h.URL, k.secret, follow, nil, ""), h.Follow(second, k.secret, follow, nil, "")
		other := h.Follow(second, stays.secret, follow, nil, "")
		socket := dial(t, second, k.secret)
		socket.subscribe(follow)
		record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
		for _, l := range []*harness.Live{here, elsewhere, other} {
			if len(awaitMoves(t, h, l)) == 0 {
				t.Fatal("nothing arrived")
			}
		}
		socket.await("next")
		h.Settle()
		begin := time.Now()
		end(k)
		for _, l := range []*harness.Live{here, elsewhere} {
			e, ok := l.Next()
			for ok && e.Name == "next" && len(e.Errors) == 0 {
				e, ok = l.Next()
			}
			if !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
				t.Errorf("%s: the stream got %v", name, e)
			}
			if e, _ := l.Next(); e.Name != "complete" {
				t.Errorf("%s: then %v", name, e)
			}
		}
		if code := socket.closed(); code != 4403 {
			t.Errorf("%s: the socket closed with %d", name, code)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: it took %s", name, took)
		} else {
			t.Logf("%s: all had ended after %s", name, took)
		}
		if !other.Quiet() {
			e, _ := other.Next()
			t.Errorf("%s: the other key's stream got %v", name, e)
		}
		other.Close()
	}
}

// TestAPIKeyOverlapEndsAStream shortens a key's life while a stream is open:
// it ends when the old secret does, though nothing happens then.
func TestAPIKeyOverlapEndsAStream(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	k := newKey(h, []string{"EARNINGS_READ"})
	l := h.Follow(h.URL, k.secret, follow, nil, "")
	h.Do(h.Admin(), rotateKey, input("id", k.id, "ifVersion", 1, "overlapMinutes", 1))
	h.Owner(func(conn *pgx.Conn) { // a minute is long: a second is as good
		if _, err := conn.Exec(t.Context(), "SET session_replication_role = replica; UPDATE api_key_secret SET ends_at = clock_timestamp() + interval '1 second' WHERE ends_at IS NOT NULL; RESET session_replication_role"); err != nil {
			t.Fatal(err)
		}
	})
	h.Do(h.Admin(), updateKey, input("id", k.id, "ifVersion", 2, "name", "Renamed")) // so that rights are looked up
	if e, ok := l.Next(); !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
		t.Errorf("the stream got %v", e)
	}
	brief := newKey(h, []string{"EARNINGS_READ"}, "expiresAt", time.Now().Add(2*time.Second).UTC().Format(time.RFC3339Nano))
	if e, ok := h.Follow(h.URL, brief.secret, follow, nil, "").Next(); !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
		t.Errorf("a stream of a key that expires got %v", e)
	}
}

// TestAPIKeyInAnAddress is refused: keys live long, and addresses are logged.
func TestAPIKeyInAnAddress(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	k := newKey(h, []string{"EARNINGS_READ"})
	for token, want := range map[string]int{k.secret: http.StatusUnauthorized, h.Admin(): http.StatusOK} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, h.URL+"?query=%7Bviewer%7Broles%7D%7D&access_token="+token, nil)
		req.Header.Set("Accept", "text/event-stream")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%d, want %d", res.StatusCode, want)
		}
	}
}

// wire is a WebSocket that speaks graphql-transport-ws.
type wire struct {
	t    *testing.T
	conn *websocket.Conn
}

func dial(t *testing.T, url, token string) *wire {
	t.Helper()
	options := &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}}
	conn, _, err := websocket.Dial(t.Context(), strings.Replace(url, "http", "ws", 1), options) //nolint:bodyclose // the library closes it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	w := &wire{t, conn}
	bearer, delegation := harness.Credentials(token)
	w.send(map[string]any{"type": "connection_init", "payload": map[string]any{"Authorization": "Bearer " + bearer, "delegation": delegation}})
	w.await("connection_ack")
	return w
}

func (w *wire) send(message map[string]any) {
	w.t.Helper()
	text, _ := json.Marshal(message)
	if err := w.conn.Write(w.t.Context(), websocket.MessageText, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) subscribe(document string) {
	w.t.Helper()
	w.send(map[string]any{"id": "1", "type": "subscribe", "payload": map[string]any{"query": document}})
}

// await reads until a message of the kind comes.
func (w *wire) await(kind string) {
	w.t.Helper()
	for {
		_, text, err := w.conn.Read(w.t.Context())
		if err != nil {
			w.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if strings.Contains(string(text), `"type":"`+kind+`"`) {
			return
		}
	}
}

// closed reads until the server closes, and gives the code.
func (w *wire) closed() int {
	for {
		if _, _, err := w.conn.Read(w.t.Context()); err != nil {
			return int(websocket.CloseStatus(err))
		}
	}
}
