package telemetry

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"spm/resolver"
	"spm/store"
)

// maxHeld is how many statements wait for the span of their request.
const maxHeld = 16

// request is one over HTTP. Its span begins once it is known whether its sender is
// signed in; statements that were sent before, to find that out, wait.
type request struct {
	tracing *tracing
	route   string
	method  string
	begun   time.Time
	caller  trace.SpanContext // what the traceparent says; not valid where there is none

	mu   sync.Mutex
	span trace.Span // nil until it begins
	held []heldStatement
}

type heldStatement struct {
	store.Statement
	table string
}

type requestKey struct{}

// Requests traces the requests that a handler answers at a route; it is the handler
// itself where nothing is traced. An operation on a WebSocket, which may stay open
// for days, is a trace of its own.
func (t *Telemetry) Requests(route string, next http.Handler) http.Handler {
	if t.tracing == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodPost || r.Header.Get("Upgrade") != "" {
			next.ServeHTTP(w, r)
			return
		}
		one := &request{tracing: t.tracing, route: route, method: r.Method, begun: time.Now(), caller: callerOf(r.Header)}
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			one.begin(r.Context(), resolver.Asked{})
			one.end(seen.status, w.Header().Get("X-Request-Id"))
		}()
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), requestKey{}, one)))
	})
}

// callerOf reads the one traceparent of a request. Its tracestate may hold anything
// and is left.
func callerOf(header http.Header) trace.SpanContext {
	given := header.Values("Traceparent")
	if len(given) != 1 {
		return trace.SpanContext{}
	}
	carrier := propagation.MapCarrier{"traceparent": strings.TrimSpace(given[0])}
	return trace.SpanContextFromContext(propagation.TraceContext{}.Extract(context.Background(), carrier))
}

// strangerKey marks the context of a span whose caller is not signed in.
type strangerKey struct{}

// begin begins the span, if it has not begun, and gives a context below it.
func (r *request) begin(ctx context.Context, asked resolver.Asked) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.span != nil {
		return trace.ContextWithSpan(ctx, r.span)
	}
	above := ctx
	if r.caller.IsValid() {
		above = trace.ContextWithRemoteSpanContext(above, r.caller)
		if !asked.SignedIn {
			above = context.WithValue(above, strangerKey{}, true)
		}
	}
	_, r.span = r.tracing.tracer.Start(above, r.method+" "+r.route, trace.WithTimestamp(r.begun), trace.WithSpanKind(trace.SpanKindServer))
	ctx = trace.ContextWithSpan(ctx, r.span)
	if r.span.IsRecording() {
		r.span.SetAttributes(attribute.String("http.request.method", r.method), attribute.String("http.route", r.route))
		for _, one := range r.held {
			r.tracing.statement(ctx, one.Statement, one.table)
		}
	}
	r.held = nil
	return ctx
}

// hold keeps a statement until the span begins.
func (r *request) hold(s store.Statement, table string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.span == nil && len(r.held) < maxHeld {
		r.held = append(r.held, heldStatement{s, table})
	}
}

// end ends the span. Only the first call counts.
func (r *request) end(status int, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.span.IsRecording() {
		return
	}
	r.span.SetAttributes(attribute.Int("http.response.status_code", status), attribute.String("spm.request_id", id))
	if status >= http.StatusInternalServerError {
		r.span.SetStatus(codes.Error, "")
	}
	r.span.End()
}

// statusWriter keeps the status of an answer.
type statusWriter struct {
	http.ResponseWriter

	status int
}

// WriteHeader notes the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap gives http.ResponseController what is below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// sampler decides what is traced: what a caller who is signed in traces, what is
// linked to what is traced, and a share of the rest. A stranger's word does not
// count, and neither do the ids that strangers choose: the share is drawn by lot.
type sampler struct{ share float64 }

var _ sdktrace.Sampler = sampler{}

// ShouldSample decides on a span.
func (s sampler) ShouldSample(of sdktrace.SamplingParameters) sdktrace.SamplingResult {
	if s.takes(of) {
		return sdktrace.SamplingResult{Decision: sdktrace.RecordAndSample}
	}
	return sdktrace.SamplingResult{Decision: sdktrace.Drop}
}

func (s sampler) takes(of sdktrace.SamplingParameters) bool {
	for _, link := range of.Links {
		if link.SpanContext.IsSampled() {
			return true
		}
	}
	above := trace.SpanContextFromContext(of.ParentContext)
	_, stranger := of.ParentContext.Value(strangerKey{}).(bool)
	if above.IsValid() && !stranger {
		return above.IsSampled()
	}
	return rand.Float64() < s.share
}

// Description names the sampler.
func (sampler) Description() string { return "spm" }
