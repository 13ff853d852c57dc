package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	collect "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	wire "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"spm/command/telemetry"
	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/test/harness"
)

// collector takes spans by OTLP, and keeps them.
type collector struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*span
	raw   bytes.Buffer // all that came
}

// span is one that was received, with its texts as they read.
type span struct {
	*wire.Span
	trace, id, above string
	attributes       map[string]string
}

func newCollector(t testing.TB) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.take(r); err != nil {
			t.Errorf("the collector was sent what it does not understand: %v", err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unzipped
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var sent collect.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &sent); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(raw)
	for _, resource := range sent.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			for _, one := range scope.Spans {
				c.spans = append(c.spans, &span{
					Span: one, trace: hex.EncodeToString(one.TraceId), id: hex.EncodeToString(one.SpanId),
					above: hex.EncodeToString(one.ParentSpanId), attributes: textsOf(one.Attributes),
				})
			}
		}
	}
	return nil
}

func textsOf(all []*common.KeyValue) map[string]string {
	texts := map[string]string{}
	for _, one := range all {
		switch value := one.Value.Value.(type) {
		case *common.AnyValue_StringValue:
			texts[one.Key] = value.StringValue
		case *common.AnyValue_IntValue:
			texts[one.Key] = fmt.Sprint(value.IntValue)
		default:
			texts[one.Key] = one.Value.String()
		}
	}
	return texts
}

// traced is a whole server whose traces a collector of the test takes.
type traced struct {
	*harness.Harness
	telemetry *telemetry.Telemetry
	records   *records
	collector *collector
	handler   http.Handler
	end       func()
}

// trace serves with traces of a share of what is done, or with none if it is below 0.
func trace(t testing.TB, share float64, slow time.Duration) *traced {
	t.Helper()
	o := &traced{Harness: harness.NewIdle(t), records: &records{slow: make(chan string, 100)}, collector: newCollector(t)}
	log := slog.New(slog.NewTextHandler(o.records, nil))
	o.telemetry = telemetry.New(log, slow)
	flush := func(context.Context) {}
	if share >= 0 {
		var err error
		if flush, err = o.telemetry.Trace(t.Context(), telemetry.Traces{URL: o.collector.URL + "/v1/traces", Share: share}); err != nil {
			t.Fatal(err)
		}
	}
	log = o.telemetry.Logged(log)
	st, err := store.Open(t.Context(), o.ServeURL, store.Observed(o.telemetry))
	if err != nil {
		t.Fatal(err)
	}
	svc, err := service.New(st, o.Service.Verifier, time.Now, log)
	if err != nil {
		t.Fatal(err)
	}
	svc.Observe(o.telemetry)
	svc.Budget.User, svc.Budget.Tenant = harness.Unlimited, harness.Unlimited
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { svc.Run(ctx) })
	streams := resolver.NewStreams(resolver.StreamOptions{})
	unwatch := o.telemetry.Serve(nil, st, streams)
	o.handler = o.telemetry.Requests("/graphql", resolver.NewGraph(svc, resolver.Options{Logger: log, Streams: streams, Observer: o.telemetry}))
	server := httptest.NewServer(o.handler)
	o.URL = server.URL
	o.end = sync.OnceFunc(func() {
		streams.Drain()
		server.Close()
		stop()
		running.Wait()
		unwatch()
		st.Close()
		flush(context.Background())
	})
	t.Cleanup(o.end)
	return o
}

// spans ends the server and gives all that was traced.
func (o *traced) spans() []*span {
	o.end()
	o.collector.mu.Lock()
	defer o.collector.mu.Unlock()
	return o.collector.spans
}

// one gives the only span that a test holds for.
func one(t *testing.T, all []*span, what string, holds func(*span) bool) *span {
	t.Helper()
	var found []*span
	for _, s := range all {
		if holds(s) {
			found = append(found, s)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d spans are %s, of:\n%s", len(found), what, tree(all))
	}
	return found[0]
}

func named(name string) func(*span) bool { return func(s *span) bool { return s.Name == name } }

// below gives the names of the spans right below one, sorted, each once.
func below(all []*span, above *span) (names []string) {
	for _, s := range all {
		if s.above == above.id && s.trace == above.trace {
			names = append(names, s.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tree writes spans for people.
func tree(all []*span) string {
	var out strings.Builder
	for _, s := range all {
		fmt.Fprintf(&out, "%s %s < %s %s %v\n", s.trace[:6], s.id[:6], s.above, s.Name, s.attributes)
	}
	return out.String()
}

// silent fails if anything of what was sent holds what it must not.
func (o *traced) silent(t *testing.T, secrets ...string) {
	t.Helper()
	o.collector.mu.Lock()
	defer o.collector.mu.Unlock()
	if o.collector.raw.Len() == 0 {
		t.Error("nothing was sent")
	}
	for _, secret := range secrets {
		if bytes.Contains(o.collector.raw.Bytes(), []byte(secret)) {
			t.Errorf("what was sent holds %q", secret)
		}
	}
}

// counted gives how many spans had an outcome, by the metrics.
func counted(t *testing.T, watch *telemetry.Telemetry, outcome string) int {
	t.Helper()
	answer := httptest.NewRecorder()
	watch.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	found := regexp.MustCompile(`spm_trace_spans_total\{outcome="` + outcome + `"\} (\S+)`).FindStringSubmatch(answer.Body.String())
	if found == nil {
		return 0
	}
	number, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(number)
}
