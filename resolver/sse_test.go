package resolver

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

// events sends a request that post or get has made to the server.
func (l *liveServer) events(t testing.TB, r *http.Request) *eventReader {
	t.Helper()
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", l.addr, ""
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	transport := &http.Transport{ReadBufferSize: 1024}
	t.Cleanup(transport.CloseIdleConnections)
	response, err := transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return &eventReader{Response: response, t: t, lines: bufio.NewReaderSize(response.Body, 1<<20), cancel: cancel}
}

// eventReader reads as the specification of EventSource tells.
type eventReader struct {
	*http.Response

	t        testing.TB
	lines    *bufio.Reader
	cancel   context.CancelFunc
	comments int
	retry    string
}

// next gives the type, id and data of the next event; the error at the end.
func (e *eventReader) next() (kind, id, data string, err error) {
	for dispatch := false; ; {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			return "", "", "", err
		}
		line = strings.TrimSuffix(line, "\n")
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "" && dispatch:
			return kind, id, strings.TrimSuffix(data, "\n"), nil
		case line == "":
			kind, id = "", ""
		case field == "":
			e.comments++
		case field == "event":
			kind = value
		case field == "id":
			id = value
		case field == "data":
			data, dispatch = data+value+"\n", true
		case field == "retry":
			e.retry = value
		default:
			e.t.Errorf("a line that no event has: %q", line)
		}
	}
}

// expect reads an event of a kind.
func (e *eventReader) expect(wantKind, wantID, wantData string) {
	e.t.Helper()
	kind, id, data, err := e.next()
	if err != nil || kind != wantKind || id != wantID || !strings.HasPrefix(data, wantData) {
		e.t.Errorf("event %s, id %s, %s, %v; want %s, id %s, %s", kind, id, data, err, wantKind, wantID, wantData)
	}
}

func (e *eventReader) expectEnd() {
	e.t.Helper()
	if kind, _, data, err := e.next(); err != io.EOF {
		e.t.Errorf("not the end but %s %s %v", kind, data, err)
	}
}

func subscription(feed string, headers ...string) *http.Request {
	return post(query(`subscription { tick(feed: "`+feed+`") }`, ""), append([]string{"Accept", mediaEvents}, headers...)...)
}

func TestEventStreams(t *testing.T) {
	l := serveLive(t, StreamOptions{Retry: 2 * time.Second}, nil)
	byGET := get("query", `subscription { tick(feed: "a") }`, "access_token", "ana", "variables", "{}")
	byGET.Header.Set("Accept", mediaEvents)
	byGET.Header.Set("Last-Event-ID", "40")
	for name, r := range map[string]*http.Request{
		"POST":        subscription("a", "Authorization", "Bearer ana", "Last-Event-ID", "40"),
		"EventSource": byGET,
	} {
		t.Run(name, func(t *testing.T) {
			e := l.events(t, r)
			for header, want := range map[string]string{
				"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Encoding": "",
			} {
				wanted(t, header, e.Header.Get(header), want)
			}
			await(t, "subscription", l.begun)
			wanted(t, "Last-Event-ID", l.streaming.headers.Get("Last-Event-ID"), "40")
			l.emit(t, "a", "{\"tick\":1,\r\n\"b\":2}\n", "41")
			e.expect("next", "41", `{"data":{"tick":1,  "b":2}`)
			l.emit(t, "a", `{"tick":2}`, "4\n2") // no id that can be sent
			e.expect("next", "", `{"data":{"tick":2}`)
			l.respond(t, "a", func(context.Context) *graphql.Response { return nil }, "")
			e.expect("complete", "", "")
			e.expectEnd()
			if ms, err := time.ParseDuration(e.retry + "ms"); err != nil || ms < time.Second || ms > 3*time.Second {
				t.Errorf("retry: %s", e.retry)
			}
			await(t, "end", l.ended)
		})
	}
}

func TestEventStreamOfOneAnswer(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	for name, c := range map[string]struct {
		request *http.Request
		want    string
	}{
		"query":                {post(query("{ __typename }", ""), "Accept", mediaEvents), `{"data":{"__typename":"Query"}}`},
		"mutation":             {post(query("mutation { record }", ""), "Accept", mediaEvents), `{"data":{"record":`},
		"rather":               {post(query("{ __typename }", ""), "Accept", mediaEvents+", */*"), `{"data":{"__typename":"Query"}}`},
		"a refused document":   {post(query("{ nothing }", ""), "Accept", mediaEvents), `{"errors":[{"message":"Cannot query`},
		"no document":          {post(query("{", ""), "Accept", mediaEvents), `{"errors":[`},
		"a failing field":      {post(query(`{ fail(how: "unknown") }`, ""), "Accept", mediaEvents), `{"errors":[{"message":"Internal`},
		"a stranger":           {post(query(`{ fail(how: "signedOut") }`, ""), "Accept", mediaEvents), `{"errors":[{"message":"Sign in."`},
		"a subscription fails": {post(query(`subscription { tick(feed: "panic") }`, ""), "Accept", mediaEvents), `{"errors":[{"message":"Internal`},
	} {
		t.Run(name, func(t *testing.T) {
			e := l.events(t, c.request)
			wanted(t, "status", e.StatusCode, 200)
			e.expect("next", "", c.want)
			e.expect("complete", "", "")
			e.expectEnd()
		})
	}
	l = serveLive(t, StreamOptions{}, func(o *Options, _ *http.Server) { o.Timeout = time.Nanosecond })
	e := l.events(t, post(query("{ __typename }", ""), "Accept", mediaEvents))
	if kind, _, data, _ := e.next(); kind != "next" || !strings.Contains(data, "TIMEOUT") {
		t.Errorf("%s %s", kind, data)
	}
	e.expect("complete", "", "")
}

func TestEventStreamsAreRefusedPlainly(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	eventSource := func(pairs ...string) *http.Request {
		r := get(pairs...)
		r.Header.Set("Accept", mediaEvents)
		return r
	}
	both := eventSource("query", "{ __typename }", "access_token", "ana")
	both.Header.Set("Authorization", "Bearer ana")
	plain := get("query", "{ __typename }", "access_token", "nobody") // is no EventSource's
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"bad token":            {subscription("a", "Authorization", "Bearer nobody"), 401},
		"bad access_token":     {eventSource("query", "{ __typename }", "access_token", "nobody"), 401},
		"two access_tokens":    {eventSource("query", "{ __typename }", "access_token", "ana", "access_token", "ana"), 401},
		"two ways":             {both, 401},
		"access_token, plain":  {plain, 200},
		"no body":              {post("", "Accept", mediaEvents), 400},
		"no query":             {eventSource(), 400},
		"another content type": {post("{}", "Accept", mediaEvents, "Content-Type", "text/plain"), 415},
		"a mutation by GET":    {eventSource("query", "mutation { record }"), 405},
	} {
		t.Run(name, func(t *testing.T) {
			e := l.events(t, c.request)
			var body map[string]any
			err := json.NewDecoder(e.Body).Decode(&body)
			if e.StatusCode != c.status || err != nil || strings.Contains(e.Header.Get("Content-Type"), "event") {
				t.Errorf("%d %v %v", e.StatusCode, e.Header, body)
			}
			if c.status == 405 {
				wanted(t, "Allow", e.Header.Get("Allow"), "POST")
			}
		})
	}
}

func TestWantsEvents(t *testing.T) {
	for accept, want := range map[string][2]bool{
		"": {}, "*/*": {}, "text/*": {}, mediaJSON: {}, mediaEvents + ";q=0": {}, mediaEvents + ";q=x": {},
		mediaEvents: {true, true}, "TEXT/EVENT-STREAM; charset=utf-8": {true, true}, mediaEvents + ", multipart/mixed": {true, true},
		mediaEvents + ", */*": {true, true}, "*/*, " + mediaEvents: {true, false}, mediaJSON + ", " + mediaEvents: {true, false},
		mediaEvents + ";q=0.5, " + mediaJSON: {true, false},
		mediaJSON + ";q=0.5, " + mediaEvents: {true, true},
		mediaGraphQL + ", application/graphql+json, " + mediaJSON + ", " + mediaEvents + ", multipart/mixed": {true, false},
		mediaJSON + ";q=0, " + mediaEvents:                                        {true, true},
		"application/*;q=0.9, " + mediaEvents + ";q=0.8, " + mediaEvents + ";q=1": {true, true},
	} {
		takes, rather := wantsEvents([]string{accept})
		wanted(t, accept, [2]bool{takes, rather}, want)
	}
	// Who would rather have a plain answer gets one, but for a subscription.
	l := serveLive(t, StreamOptions{}, nil)
	both := mediaJSON + ", " + mediaEvents
	e := l.events(t, post(query("{ __typename }", ""), "Accept", both))
	wanted(t, "a query", e.Header.Get("Content-Type"), mediaJSON+"; charset=utf-8")
	e = l.events(t, post(query("{ nothing }", ""), "Accept", both))
	wanted(t, "a refused one", e.Header.Get("Content-Type"), mediaJSON+"; charset=utf-8")
	e = l.events(t, subscription("a", "Accept", both))
	wanted(t, "a subscription", e.Header.Get("Content-Type"), mediaEvents+"; charset=utf-8")
	await(t, "subscription", l.begun)
}

func TestTheTokenLeavesTheAddress(t *testing.T) {
	r := get("query", "{ a }", "access_token", "secret", "operationName", "b")
	r.Header.Set("Accept", mediaEvents)
	without, given := tokenOf(r)
	if len(given) != 1 || given[0] != "Bearer secret" {
		t.Errorf("%q", given)
	}
	if strings.Contains(without.URL.String()+without.RequestURI, "secret") || without.URL.Query().Get("operationName") != "b" {
		t.Errorf("%s %s", without.URL, without.RequestURI)
	}
	r.URL.RawQuery = "access_token=secret&%zz"
	if _, given := tokenOf(r); given != nil {
		t.Errorf("%q of a malformed query string", given)
	}
	r = httpPost("/graphql?" + url.Values{"access_token": {"secret"}}.Encode())
	if _, given := tokenOf(r); given != nil {
		t.Errorf("%q of a POST", given)
	}
}

func httpPost(target string) *http.Request {
	r := post("{}", "Accept", mediaEvents)
	r.URL, _ = url.Parse(target)
	return r
}

func TestEventStreamsOutliveTheServersTimeouts(t *testing.T) {
	l := serveLive(t, StreamOptions{KeepAlive: 20 * time.Millisecond}, func(_ *Options, s *http.Server) {
		s.ReadTimeout, s.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	})
	e := l.events(t, subscription("a"))
	await(t, "subscription", l.begun)
	time.AfterFunc(400*time.Millisecond, func() { l.emit(t, "a", `{"tick":1}`, "7") })
	e.expect("next", "7", `{"data":{"tick":1}`)
	if e.comments == 0 {
		t.Error("nothing kept it alive")
	}
	e.cancel() // the client goes, and so does the operation
	await(t, "end", l.ended)
	l.awaitOpen(t, 0, 0)
}

func TestAnEventStreamEndsWithItsToken(t *testing.T) {
	l := serveLive(t, StreamOptions{ClosePatience: 100 * time.Millisecond}, narrow)
	l.people.set("short", 300*time.Millisecond)
	e := l.events(t, subscription("quiet", "Authorization", "Bearer short"))
	await(t, "subscription", l.begun)
	kind, _, data, err := e.next()
	if kind != "next" || !strings.Contains(data, `"code":"UNAUTHENTICATED"`) || strings.Contains(data, `"data"`) {
		t.Errorf("%s %s %v", kind, data, err)
	}
	e.expect("complete", "", "")
	e.expectEnd()
	await(t, "end", l.ended)

	// One who does not read: the write's own time is 10 s.
	l.people.set("short", 300*time.Millisecond)
	began := time.Now()
	l.flood(t, "", 256<<10)
	l.events(t, subscription("", "Authorization", "Bearer short"))
	await(t, "subscription", l.begun)
	await(t, "end", l.ended)
	l.awaitOpen(t, 0, 0)
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
	// One that the verifier takes, though it has expired by our clock.
	l.people.set("late", -time.Second)
	e = l.events(t, post(query("{ __typename }", ""), "Accept", mediaEvents, "Authorization", "Bearer late"))
	e.expect("next", "", `{"data":`)
	e.expect("complete", "", "")
	e = l.events(t, subscription("late", "Authorization", "Bearer late"))
	e.expect("next", "", `{"errors":[{"message":"The access token has expired."`)
	e.expect("complete", "", "")
}

func TestAnEventStreamOfWhoIsSignedOutCompletes(t *testing.T) {
	l := serveLive(t, StreamOptions{}, nil)
	e := l.events(t, subscription("a", "Authorization", "Bearer ana"))
	await(t, "subscription", l.begun)
	l.respond(t, "a", func(ctx context.Context) *graphql.Response {
		graphql.AddError(ctx, model.Errorf(model.Unauthenticated, "You are out."))
		return &graphql.Response{}
	}, "")
	e.expect("next", "", `{"errors":[{"message":"You are out."`)
	e.expect("complete", "", "")
	e.expectEnd()
}

func TestAnEventStreamThatNobodyReadsIsCutOff(t *testing.T) {
	l := serveLive(t, StreamOptions{WriteTimeout: 200 * time.Millisecond}, narrow)
	made := l.flood(t, "", 256<<10)
	began := time.Now()
	l.events(t, subscription(""))
	await(t, "subscription", l.begun)
	await(t, "end", l.ended)
	l.awaitOpen(t, 0, 0)
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if n := made.Load(); n*256<<10 > 32<<20 {
		t.Errorf("%d responses of 256 kB were made for nobody", n)
	}
}

// TestDrainEndsEventStreams ends them without `complete`, after which clients
// would not come back; a query is answered.
func TestDrainEndsEventStreams(t *testing.T) {
	l := serveLive(t, StreamOptions{WriteTimeout: 100 * time.Millisecond}, nil)
	e := l.events(t, subscription("a"))
	await(t, "subscription", l.begun)
	release, entered := make(chan struct{}), make(chan struct{})
	l.hold(func() { close(entered); <-release })
	asking := l.events(t, post(query("{ hold }", ""), "Accept", mediaEvents))
	await(t, "query", entered)
	<-time.After(150 * time.Millisecond) // the deadline of the last write has passed
	shut := make(chan error, 1)
	go func() { shut <- l.server.Shutdown(t.Context()) }()
	e.expectEnd()
	close(release)
	asking.expect("next", "", `{"data":`)
	asking.expect("complete", "", "")
	if err := await(t, "shutdown", shut); err != nil {
		t.Error(err)
	}
}
