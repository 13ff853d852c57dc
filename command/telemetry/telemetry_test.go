package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"spm/command/telemetry"
	"spm/model"
	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/test/harness"
)

// records keeps what is logged, and hands on the lines of slow operations.
type records struct {
	mu   sync.Mutex
	text bytes.Buffer
	slow chan string
}

func (r *records) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if bytes.Contains(p, []byte("slow operation")) {
		r.slow <- string(p)
	}
	return r.text.Write(p)
}

func (r *records) all() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

// observed is a server that is observed, on the database of a harness.
type observed struct {
	*harness.Harness
	telemetry *telemetry.Telemetry
	records   *records
	streams   *resolver.Streams
	url       string
}

func observe(t *testing.T, slow time.Duration) *observed {
	t.Helper()
	h := harness.New(t)
	o := &observed{Harness: h, records: &records{slow: make(chan string, 100)}}
	log := slog.New(slog.NewTextHandler(o.records, &slog.HandlerOptions{Level: slog.LevelDebug}))
	o.telemetry = telemetry.New(log, slow)
	st, err := store.Open(t.Context(), h.ServeURL, store.Observed(o.telemetry))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	svc, err := service.New(st, h.Service.Verifier, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	svc.Observe(o.telemetry)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		svc.Sealer.Run(ctx)
	}()
	o.streams = resolver.NewStreams(resolver.StreamOptions{})
	t.Cleanup(o.telemetry.Serve(nil, st, o.streams))
	server := httptest.NewServer(resolver.NewGraph(svc, resolver.Options{Logger: log, Streams: o.streams, Observer: o.telemetry}))
	t.Cleanup(func() {
		server.Close()
		stop()
		<-done
	})
	o.url = server.URL
	return o
}

// ask sends a document, and gives the answer with its header.
func (o *observed) ask(t *testing.T, token, query string, variables map[string]any) (string, http.Header) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), res.Header
}

// scrape gives what /metrics answers.
func (o *observed) scrape(t *testing.T) string {
	t.Helper()
	answer := httptest.NewRecorder()
	o.telemetry.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != http.StatusOK {
		t.Fatalf("/metrics answers %d: %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

// TestMetricsTellOfOperations: what was asked is counted by name and outcome, with
// its statements, and nothing that callers sent is told but names.
func TestMetricsTellOfOperations(t *testing.T) {
	t.Parallel()
	o := observe(t, 0)
	admin := o.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin)
	for range 3 {
		if text, _ := o.ask(t, admin, `query Titles { titles(first: 5) { nodes { name } } }`, nil); strings.Contains(text, "errors") {
			t.Fatal(text)
		}
	}
	o.ask(t, admin, `{ viewer { user { name } } }`, nil)
	o.ask(t, "", `query Stranger { titles(first: 5) { nodes { name } } }`, nil)
	o.ask(t, admin, `query Wrong { marker8271 }`, nil)
	o.ask(t, "spm_live_marker8274", `query Titles { titles(first: 5) { nodes { name } } }`, nil)
	o.ask(t, admin, `mutation Add($name: String!) { createTitle(input: {externalId: "marker8272", name: $name}) { userErrors { code } } }`, map[string]any{"name": "marker8273"})
	text := o.scrape(t)
	for _, line := range []string{
		`spm_operations_total{code="OK",kind="query",operation="Titles"} 3`,
		`spm_operations_total{code="OK",kind="query",operation="anonymous"} 1`,
		`spm_operations_total{code="UNAUTHENTICATED",kind="query",operation="other"} 1`,
		`spm_operations_total{code="BAD_USER_INPUT",kind="unknown",operation="other"} 1`,
		`spm_operation_duration_seconds_count{kind="query",operation="Titles"} 3`,
		`spm_operations_in_flight{kind="query"} 0`,
		`spm_sql_duration_seconds_count{kind="select",table="title"} 4`, // the mutation looks for another of the same key
		`spm_operations_total{code="OK",kind="mutation",operation="Add"} 1`, `spm_seal_wait_seconds_count 1`,
		`spm_sign_ins_refused_total{credential="api_key",reason="malformed"} 1`,
		`spm_pool_connections_max `, `spm_backlog_known 1`, `spm_streams_open 0`, `go_goroutines `, `process_cpu_seconds_total `,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("/metrics does not have %q", line)
		}
	}
	if m := regexp.MustCompile(`spm_operation_statements_total\{kind="query",operation="Titles"\} (\d+)`).FindStringSubmatch(text); m == nil || m[1] == "0" {
		t.Errorf("no statements are counted: %v", m)
	}
	if strings.Contains(text, "marker") || strings.Contains(text, o.Tenant.String()) {
		t.Error("/metrics tells what callers sent, or whose it was")
	}
	if t.Failed() {
		t.Log(regexp.MustCompile(`(?m)^spm_(operation|sql_duration_seconds_count).*$`).FindAllString(text, -1))
	}
}

// TestMetricsTellOfStreams: how WebSockets ended, and what was refused.
func TestMetricsTellOfStreams(t *testing.T) {
	t.Parallel()
	o := observe(t, 0)
	socket, _, err := websocket.Dial( //nolint:bodyclose // which it never is to be
		t.Context(), o.url, &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := socket.Write(t.Context(), websocket.MessageText, []byte("marker")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := socket.Read(t.Context()); websocket.CloseStatus(err) != 4400 {
		t.Fatalf("closed with %v", err)
	}
	o.streams.Drain()
	answer := o.PostTo(o.url, o.Token(nil, model.RoleTenantAdmin), `subscription { earningsChanged { changes { earning { id } } } }`, nil, "Accept", "text/event-stream, application/json;q=0.1")
	if answer.Status != http.StatusServiceUnavailable {
		t.Fatalf("a subscription while the server drains: %v", answer)
	}
	text := o.scrape(t)
	for _, line := range []string{
		`spm_websockets_closed_total{code="4400"} 1`, `spm_streams_refused_total{code="OVERLOADED",what="stream"} 1`,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("/metrics does not have %q", line)
		}
	}
}

// TestNamesAreBounded: whoever invents names of operations makes no series without
// end.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	watch := telemetry.New(slog.New(slog.DiscardHandler), 0)
	for i := range 1000 {
		for _, signedIn := range []bool{true, false} {
			_, one := watch.Begin(t.Context(), resolver.Asked{Name: fmt.Sprintf("Name%d", i), Kind: "query", SignedIn: signedIn})
			one.End(resolver.CodeOK, 1)
		}
	}
	_, one := watch.Begin(t.Context(), resolver.Asked{Name: "Trusted", Kind: "query", SignedIn: true, Trusted: true})
	one.End(resolver.CodeOK, 1)
	answer := httptest.NewRecorder()
	watch.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if n := strings.Count(answer.Body.String(), "\nspm_operations_total{"); n != 102 { // 100 names, other, and Trusted
		t.Errorf("%d series of operations", n)
	}
	if !strings.Contains(answer.Body.String(), `operation="Trusted"} 1`) {
		t.Error("others have taken the room of trusted documents")
	}
}

// TestSlowOperations: a slow operation is told with its request, document and plan,
// and nothing of its arguments.
func TestSlowOperations(t *testing.T) {
	t.Parallel()
	o := observe(t, time.Nanosecond)
	admin := o.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin)
	const query = `query Marked($name: String) { titles(first: 5, where: {name: {eq: $name}}) { nodes { name } } other: titles(first: 5, where: {name: {eq: "marker9271"}}) { nodes { name } } }`
	asked, line := map[string]bool{}, ""
	for range 5000 { // a line a second is told, and now and then a commit is what took longest
		text, header := o.ask(t, admin, query, map[string]any{"name": "marker9272"})
		if strings.Contains(text, "errors") {
			t.Fatal(text)
		}
		asked[header.Get("X-Request-Id")] = true
		select {
		case line = <-o.records.slow:
		default:
		}
		if strings.Contains(line, `slowest="select `) {
			break
		}
	}
	id := regexp.MustCompile(`requestId=(\S+)`).FindStringSubmatch(line)
	if id == nil || !asked[id[1]] {
		t.Errorf("the line names no request that was made: %s", line)
	}
	for _, want := range []string{
		"operation=Marked", "kind=query", "code=OK", "cost=", "ms=", "slowestMs=", `slowest="select `,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("the line lacks %q: %s", want, line)
		}
	}
	for _, want := range []string{`document=[0-9a-f]{64} `, `statements=[1-9]`, `plan=[0-9a-f]{16}\b`} {
		if !regexp.MustCompile(want).MatchString(line) {
			t.Errorf("the line lacks %s: %s", want, line)
		}
	}
	if strings.Contains(o.records.all(), "marker") || strings.Contains(o.records.all(), "titles(") {
		t.Error("the log has what was asked")
	}
}
