package telemetry_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	wire "go.opentelemetry.io/proto/otlp/trace/v1"

	"spm/command/telemetry"
	"spm/model"
	"spm/resolver"
	"spm/store"
	"spm/test/harness"
)

// TestTracesTellOfRequests: request, operation, transaction and statements are a
// tree, which says what they were and nothing of what was sent.
func TestTracesTellOfRequests(t *testing.T) {
	t.Parallel()
	o := trace(t, 1, time.Nanosecond)
	admin := o.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin)
	const query = `query Titles($name: String) { titles(first: 5, where: {name: {eq: $name}}) { nodes { name } } }`
	if answer := o.Post(admin, query, map[string]any{"name": "marker-ask"}, "X-Request-Id", "ask-1"); answer.Status != http.StatusOK || len(answer.Errors) > 0 {
		t.Fatal(answer)
	}
	slow := <-o.records.slow
	o.Post(admin, `mutation Add { createTitle(input: {externalId: "marker-id", name: "marker-name"}) { userErrors { code } } }`, nil, "X-Request-Id", "ask-2")
	o.Post(admin, `query Wrong { titles(first: 5, where: {name: {eq: "marker-wrong"}}) { marker } }`, nil, "X-Request-Id", "ask-3")
	o.Post("marker-token", query, nil, "X-Request-Id", "ask-4")
	all := o.spans()

	request := one(t, all, "the request", func(s *span) bool { return s.Name == "POST /graphql" && s.attributes["spm.request_id"] == "ask-1" })
	operation := one(t, all, "the query", named("query Titles"))
	if request.above != "" || request.Kind != wire.Span_SPAN_KIND_SERVER || operation.above != request.id || operation.trace != request.trace {
		t.Errorf("the operation is not below its request:\n%s", tree(all))
	}
	if at := request.attributes; at["http.route"] != "/graphql" || at["http.request.method"] != "POST" || at["http.response.status_code"] != "200" {
		t.Errorf("the request: %v", at)
	}
	if got := below(all, request); !slices.Contains(got, "select tenant") {
		t.Errorf("signing in is not below the request: %v", got)
	}
	at := operation.attributes
	if at["graphql.operation.name"] != "Titles" || at["graphql.operation.type"] != "query" || at["spm.tenant"] != o.Tenant.String() ||
		at["spm.code"] != "OK" || at["spm.cost"] == "" || at["spm.request_id"] != "ask-1" || len(at["graphql.document.hash"]) != 64 {
		t.Errorf("the operation: %v", at)
	}
	if events := operation.Events; len(events) != 2 || events[0].Name != "parsed" || events[1].Name != "validated" {
		t.Errorf("the events: %v", events)
	}
	read := one(t, all, "the query's statement", func(s *span) bool { return s.above == operation.id && s.Name == "select title" })
	if read.attributes["db.collection.name"] != "title" || read.attributes["db.response.returned_rows"] != "0" || read.Kind != wire.Span_SPAN_KIND_CLIENT {
		t.Errorf("the statement: %v", read.attributes)
	}
	if !strings.Contains(slow, "trace_id="+operation.trace) {
		t.Errorf("the slow log does not name the trace %s: %s", operation.trace, slow)
	}

	changesAreTraced(t, all)
	refusalsAreTraced(t, all)
	o.silent(t, "marker", admin, "Admin", "titles(", "where")
}

func changesAreTraced(t *testing.T, all []*span) {
	t.Helper()
	mutation := one(t, all, "the mutation", named("mutation Add"))
	if got := below(all, mutation); !slices.Contains(got, "await seal") {
		t.Errorf("the wait for the seal is not below the mutation: %v", got)
	}
	transaction := one(t, all, "the transaction", named("transaction createTitle"))
	if transaction.above != mutation.id || !slices.Contains(below(all, transaction), "insert unsealed") {
		t.Errorf("the transaction is not between mutation and statements:\n%s", tree(all))
	}
}

func refusalsAreTraced(t *testing.T, all []*span) {
	t.Helper()
	for id, status := range map[string]string{"ask-3": "200", "ask-4": "401"} {
		refused := one(t, all, id, func(s *span) bool { return s.attributes["spm.request_id"] == id })
		if id == "ask-3" && refused.attributes["spm.code"] != "BAD_USER_INPUT" {
			t.Errorf("%s: %v", id, refused.attributes)
		}
		if refused.Name != "POST /graphql" || refused.attributes["http.response.status_code"] != status {
			t.Errorf("%s: %s %v", id, refused.Name, refused.attributes)
		}
	}
}

// TestTracesTellOfRuns: a run that somebody asked for is a trace of its own, linked
// to who asked, down to the engine's work; and no pay is in it.
func TestTracesTellOfRuns(t *testing.T) {
	t.Parallel()
	o := trace(t, 1, 0)
	c := o.NewCompany()
	c.Hire("marker-payee", "Zenobia Marker", "USD", "")
	c.Plan("P", harness.Input{"currency": "USD", "components": []harness.Input{{
		"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
	}}}, "marker-payee")
	c.Record(harness.Input{
		"source": "marker-source", "externalId": "marker-deal", "kind": "BOOKING", "eventDate": "2026-03-10", "amount": "73513.70", "currency": "USD",
		"sellers": []harness.Input{{"payee": "marker-payee"}},
	})
	o.Settle()
	asked := o.Do(o.Admin(), `mutation Run($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, harness.Input{"p": c.Period("2026-03")})
	o.Settle()
	if paid := o.Do(o.Admin(), `{ earnings(first: 20) { nodes { amount { amount } } } }`, nil); !strings.Contains(fmt.Sprint(paid.V), "7351.37") {
		t.Fatalf("nothing was calculated: %v", paid)
	}
	all := o.spans()
	id := asked.ID("runCalculation", "run", "id").String()
	mutation := one(t, all, "the mutation", named("mutation Run"))
	run := one(t, all, "the run", func(s *span) bool { return s.Name == "calculation run" && s.attributes["spm.run"] == id })
	if run.above != "" || run.trace == mutation.trace || run.attributes["spm.tenant"] != o.Tenant.String() || run.attributes["spm.payees"] != "1" {
		t.Errorf("the run: above %q, %v", run.above, run.attributes)
	}
	if links := run.Links; len(links) != 1 || !bytes.Equal(links[0].TraceId, mutation.TraceId) || !bytes.Equal(links[0].SpanId, mutation.SpanId) && !inTrace(all, links[0].SpanId, mutation.trace) {
		t.Errorf("the run is linked to %v, not to the mutation", links)
	}
	chunk := one(t, all, "the chunk", func(s *span) bool { return s.Name == "calculate" && s.trace == run.trace })
	if got := below(all, chunk); chunk.above != run.id || !slices.Contains(got, "earn") || !slices.Contains(got, "strike") || !slices.Contains(got, "select") {
		t.Errorf("below the chunk: %v", got)
	}
	earn := one(t, all, "the engine's work", func(s *span) bool { return s.Name == "earn" && s.above == chunk.id })
	if earn.attributes["spm.payees"] != "1" || earn.attributes["spm.facts"] == "" || earn.attributes["spm.facts"] == "0" {
		t.Errorf("the engine's work: %v", earn.attributes)
	}
	save := one(t, all, "the save", func(s *span) bool { return s.Name == "save" && s.trace == run.trace })
	if got := below(all, save); !slices.Contains(got, "transaction calculate") {
		t.Errorf("below the save: %v", got)
	}
	one(t, all, "the publishing", func(s *span) bool { return s.Name == "publish" && s.above == run.id })
	o.silent(t, "arker", "Zenobia", "73513", "7351.37", "Commission", o.Admin())
}

func inTrace(all []*span, id []byte, trace string) bool {
	return slices.ContainsFunc(all, func(s *span) bool { return bytes.Equal(s.SpanId, id) && s.trace == trace })
}

const (
	callersTrace = "00000000000000000000000000000001" // which a sampler by ids takes first
	callersSpan  = "00f067aa0ba902b7"
)

// TestStrangersDoNotDecideWhatIsTraced: the traceparent of who is signed in decides,
// a stranger's only names.
func TestStrangersDoNotDecideWhatIsTraced(t *testing.T) {
	t.Parallel()
	const query = `query Titles { titles(first: 5) { nodes { name } } }`
	for _, one := range []struct {
		name   string
		share  float64
		token  string // "own" for one that is valid
		flags  string
		traced bool
	}{
		{"a caller who traces", 0, "own", "01", true},
		{"a caller who does not", 1, "own", "00", false},
		{"a stranger who traces", 0, "", "01", false},
		{"a stranger with a token of its own", 0, "invalid", "01", false},
		{"a stranger who does not", 1, "", "00", true},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			o := trace(t, one.share, 0)
			if one.token == "own" {
				one.token = o.Admin()
			}
			o.Post(one.token, query, nil, "traceparent", "00-"+callersTrace+"-"+callersSpan+"-"+one.flags, "tracestate", "marker=1")
			found := 0
			for _, s := range o.spans() {
				if s.Name != "POST /graphql" && s.trace != callersTrace {
					continue // work behind the operations
				}
				found++
				if s.trace != callersTrace || s.Name == "POST /graphql" && s.above != callersSpan || s.TraceState != "" {
					t.Errorf("%s is in trace %s, below %q, with %q", s.Name, s.trace, s.above, s.TraceState)
				}
			}
			if (found > 0) != one.traced {
				t.Errorf("%d spans", found)
			}
		})
	}
}

// TestEventsOfSubscriptionsAreTraces: no span lasts as long as a subscription.
func TestEventsOfSubscriptionsAreTraces(t *testing.T) {
	t.Parallel()
	o := trace(t, 1, 0)
	c := o.NewCompany()
	ann := c.Hire("ann", "Annabel Wright", "USD", "")
	c.Plan("P", harness.Input{"currency": "USD", "components": []harness.Input{{
		"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
	}}}, "ann")
	o.Settle()
	live := o.Follow(o.URL, o.Token(&ann, model.RoleRep), `subscription Mine { earningsChanged { changes { earning { amount { amount } payee { name } } } } }`, nil, "")
	for _, deal := range []string{"D1", "D2"} {
		c.Record(harness.Input{
			"source": "crm", "externalId": deal, "kind": "BOOKING", "eventDate": "2026-03-10", "amount": "73513.70", "currency": "USD",
			"sellers": []harness.Input{{"payee": "ann"}},
		})
		if e, ok := live.Next(); !ok || len(e.Errors) > 0 {
			t.Fatalf("the stream gave %v", e)
		}
	}
	all := o.spans()
	opened := one(t, all, "the subscription", named("subscription Mine"))
	request := one(t, all, "its request", func(s *span) bool { return s.id == opened.above })
	events := 0
	for _, s := range all {
		if s.Name != "event Mine" {
			continue
		}
		events++
		if s.above != "" || s.trace == opened.trace || len(s.Links) != 1 || !bytes.Equal(s.Links[0].SpanId, opened.SpanId) {
			t.Errorf("an event is no trace of its own, linked to its subscription: %v", s)
		}
		if opened.EndTimeUnixNano > s.StartTimeUnixNano || request.EndTimeUnixNano > s.StartTimeUnixNano {
			t.Error("the subscription was still traced when an event came")
		}
		if s.attributes["spm.code"] != "OK" || !slices.ContainsFunc(below(all, s), func(name string) bool { return strings.HasPrefix(name, "select ") }) {
			t.Errorf("an event: %v, above %v", s.attributes, below(all, s))
		}
	}
	if events < 2 {
		t.Errorf("%d events:\n%s", events, tree(all))
	}
	o.silent(t, "73513", "7351.37", "Annabel")
}

// TestNothingIsTracedUnasked is not parallel: it looks at all goroutines.
func TestNothingIsTracedUnasked(t *testing.T) {
	o := trace(t, -1, time.Nanosecond)
	o.Post(o.Admin(), `query Titles { titles(first: 5) { nodes { name } } }`, nil, "traceparent", "00-"+callersTrace+"-"+callersSpan+"-01")
	stacks := make([]byte, 4<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if bytes.Contains(stacks, []byte("opentelemetry")) || bytes.Contains(stacks, []byte("spanQueue")) {
		t.Errorf("something of traces runs:\n%s", stacks)
	}
	slow := <-o.records.slow
	if spans := o.spans(); len(spans) > 0 || strings.Contains(slow, "trace_id") {
		t.Errorf("%d spans; %s", len(spans), slow)
	}
	handler := http.NewServeMux()
	if o.telemetry.Requests("/graphql", handler) != http.Handler(handler) {
		t.Error("requests pass through something although nothing is traced")
	}
}

// TestACollectorThatHangsHoldsNobodyUp: operations end although nothing is taken off
// the queue, which loses what does not fit.
func TestACollectorThatHangsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(hanging.Close)
	t.Cleanup(func() { close(release) })
	watch := telemetry.New(slog.New(slog.DiscardHandler), 0)
	flush, err := watch.Trace(t.Context(), telemetry.Traces{URL: hanging.URL, Share: 1})
	if err != nil {
		t.Fatal(err)
	}
	const operations = 10_000
	for range operations {
		ctx, one := watch.Begin(t.Context(), resolver.Asked{Name: "Hanging", Kind: "query", SignedIn: true})
		watch.Statement(ctx, store.Statement{Kind: "select", Table: "title", Begun: time.Now()})
		one.End(resolver.CodeOK, 1)
	}
	nobodyWaits, cancel := context.WithCancel(t.Context())
	cancel()
	flush(nobodyWaits)
	dropped, failed := counted(t, watch, "dropped"), counted(t, watch, "failed")
	if dropped < operations || dropped+failed != 2*operations || counted(t, watch, "sent") != 0 {
		t.Errorf("%d spans were dropped, %d failed", dropped, failed)
	}
}

// TestFailuresAreToldOnceAMinute, and not in the collector's words at length.
func TestFailuresAreToldOnceAMinute(t *testing.T) {
	t.Parallel()
	asked := 0
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++ // by one goroutine
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write(bytes.Repeat([]byte("no "), 100_000))
	}))
	t.Cleanup(failing.Close)
	told := &records{}
	watch := telemetry.New(slog.New(slog.NewTextHandler(told, nil)), 0)
	flush, err := watch.Trace(t.Context(), telemetry.Traces{URL: failing.URL, Share: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		_, one := watch.Begin(t.Context(), resolver.Asked{Kind: "query"})
		one.End(resolver.CodeOK, 1)
	}
	flush(t.Context())
	if text := told.all(); asked < 2 || strings.Count(text, "traces could not be sent") != 1 || len(text) > 1000 {
		t.Errorf("after %d failures the log has %.2000s", asked, text)
	}
	if n := counted(t, watch, "failed"); n != 2000 {
		t.Errorf("%d spans failed", n)
	}
}

// TestTheLogNamesTheTrace of what is traced.
func TestTheLogNamesTheTrace(t *testing.T) {
	t.Parallel()
	collector, told := newCollector(t), &records{}
	log := slog.New(slog.NewTextHandler(told, nil))
	watch := telemetry.New(log, 0)
	flush, err := watch.Trace(t.Context(), telemetry.Traces{URL: collector.URL, Share: 1})
	if err != nil {
		t.Fatal(err)
	}
	log = watch.Logged(log).With("a", 1)
	ctx, one := watch.Begin(t.Context(), resolver.Asked{Name: "Named", Kind: "query", SignedIn: true})
	log.InfoContext(ctx, "inside")
	one.End(resolver.CodeOK, 1)
	log.InfoContext(t.Context(), "outside")
	flush(t.Context())
	if len(collector.spans) != 1 || !strings.Contains(told.all(), "inside a=1 trace_id="+collector.spans[0].trace) || strings.Count(told.all(), "trace_id") != 1 {
		t.Errorf("%d spans, and the log: %s", len(collector.spans), told.all())
	}
}
