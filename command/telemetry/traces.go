package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"spm/resolver"
)

// Traces says where traces go, and how many are made.
type Traces struct {
	// URL is the address at which a collector takes OTLP over HTTP, with its path.
	URL string
	// Share is how much of what nobody else has decided on is traced, from 0 to 1.
	Share float64
}

// Trace makes a server that is not running yet tell a collector what it does, until
// stop is called, which sends what waits while its context lasts. Call it once.
func (t *Telemetry) Trace(ctx context.Context, to Traces) (stop func(context.Context), err error) {
	exporter, err := otlptracehttp.New(ctx,
		otlptracehttp.WithEndpointURL(to.URL), otlptracehttp.WithHTTPClient(collectorClient()),
		otlptracehttp.WithRetry(otlptracehttp.RetryConfig{Enabled: false}),
	)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	queue := newSpanQueue(exporter, t.spans, t.log)
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithSpanProcessor(queue), sdktrace.WithSampler(sampler{to.Share}),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", "spm"), attribute.String("service.instance.id", uuid.NewString()),
		)),
	)
	t.tracing = &tracing{tracer: provider.Tracer("spm"), queue: queue}
	return queue.shut, nil
}

// tracing makes spans. One that is nil makes none.
type tracing struct {
	tracer trace.Tracer
	queue  *spanQueue
	asked  askedRuns
}

// traceAttribute names the trace in the log.
const traceAttribute = "trace_id"

// start begins a span below the context's, where that one is recorded or there is
// none.
func (t *tracing) start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	if above := trace.SpanContextFromContext(ctx); above.IsValid() && !above.IsRemote() && !above.IsSampled() {
		return ctx, noop.Span{}
	}
	return t.tracer.Start(ctx, name, options...)
}

// finish ends a span with an error's kind and none of its words.
func finish(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

func attributesOf(asked resolver.Asked, name string) []attribute.KeyValue {
	all := []attribute.KeyValue{
		attribute.String("graphql.operation.name", name), attribute.String("graphql.operation.type", asked.Kind),
		attribute.String("graphql.document.hash", asked.DocumentHash()), attribute.String("spm.request_id", asked.RequestID),
	}
	if asked.SignedIn {
		all = append(all, attribute.String("spm.tenant", asked.Tenant.String()))
	}
	return all
}

// operationTrace is what is traced of an operation; nothing where it is nil.
type operationTrace struct {
	tracing *tracing
	asked   resolver.Asked
	name    string
	request *request // it came by
	span    trace.Span
}

// operation begins the span of an operation: below its request's, or a trace of its
// own where it came over a WebSocket.
func (t *tracing) operation(ctx context.Context, asked resolver.Asked, name string) (context.Context, *operationTrace) {
	if t == nil {
		return ctx, nil
	}
	o := &operationTrace{tracing: t, asked: asked, name: name}
	kind := trace.SpanKindServer
	if request, has := ctx.Value(requestKey{}).(*request); has {
		o.request, kind = request, trace.SpanKindInternal
		ctx = request.begin(ctx, asked)
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(kind)}
	if !asked.Received.IsZero() {
		options = append(options, trace.WithTimestamp(asked.Received))
	}
	ctx, o.span = t.start(ctx, asked.Kind+" "+name, options...)
	if o.span.IsRecording() {
		o.span.SetAttributes(attributesOf(asked, name)...)
		moment(o.span, "parsed", asked.Parsed)
		moment(o.span, "validated", asked.Validated)
	}
	return ctx, o
}

// moment is an event of a span, where it is known when it was.
func moment(span trace.Span, name string, at time.Time) {
	if !at.IsZero() {
		span.AddEvent(name, trace.WithTimestamp(at))
	}
}

// id names the trace; "" where there is none.
func (o *operationTrace) id() string {
	if o == nil || !o.span.SpanContext().IsSampled() {
		return ""
	}
	return o.span.SpanContext().TraceID().String()
}

func outcomeOf(span trace.Span, code string) {
	span.SetAttributes(attribute.String("spm.code", code))
	if code != resolver.CodeOK {
		span.SetStatus(codes.Error, code)
	}
}

// end ends the span of an operation.
func (o *operationTrace) end(code string, cost, statements int) {
	if o == nil || !o.span.IsRecording() {
		return
	}
	o.span.SetAttributes(attribute.Int("spm.cost", cost), attribute.Int("spm.statements", statements))
	outcomeOf(o.span, code)
	o.span.End()
}

// open ends the spans of a subscription and of its request, which may last for days.
func (o *operationTrace) open() {
	if o == nil || !o.span.IsRecording() {
		return
	}
	o.span.End()
	if o.request != nil {
		o.request.end(http.StatusOK, o.asked.RequestID)
	}
}

// event begins the trace of an event of a subscription that is traced.
func (o *operationTrace) event(ctx context.Context) (context.Context, func(code string)) {
	if o.id() == "" {
		return ctx, func(string) {}
	}
	ctx, span := o.tracing.tracer.Start(ctx, "event "+o.name, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindServer),
		trace.WithLinks(trace.Link{SpanContext: o.span.SpanContext()}), trace.WithAttributes(attributesOf(o.asked, o.name)...))
	return ctx, func(code string) {
		if code != "" {
			outcomeOf(span, code)
		}
		span.End()
	}
}

// refused gives the request of an operation that was not executed its outcome.
func (t *tracing) refused(ctx context.Context, asked resolver.Asked, code string) {
	if t == nil {
		return
	}
	if request, has := ctx.Value(requestKey{}).(*request); has {
		outcomeOf(trace.SpanFromContext(request.begin(ctx, asked)), code)
	}
}

// Logged makes the records of a log name the trace that they are of.
func (t *Telemetry) Logged(log *slog.Logger) *slog.Logger {
	if t.tracing == nil {
		return log
	}
	return slog.New(tracedLog{log.Handler()})
}

type tracedLog struct{ slog.Handler }

// Handle adds the trace to a record.
func (l tracedLog) Handle(ctx context.Context, r slog.Record) error {
	if of := trace.SpanContextFromContext(ctx); of.IsSampled() {
		r = r.Clone()
		r.AddAttrs(slog.String(traceAttribute, of.TraceID().String()))
	}
	return l.Handler.Handle(ctx, r)
}

// WithAttrs keeps attributes for all records.
func (l tracedLog) WithAttrs(all []slog.Attr) slog.Handler {
	return tracedLog{l.Handler.WithAttrs(all)}
}

// WithGroup puts what follows into a group.
func (l tracedLog) WithGroup(name string) slog.Handler { return tracedLog{l.Handler.WithGroup(name)} }

// past is a span that has ended already.
func (t *tracing) past(ctx context.Context, name string, begun time.Time, took time.Duration, kind trace.SpanKind, failed bool, all ...attribute.KeyValue) {
	_, span := t.tracer.Start(ctx, name, trace.WithTimestamp(begun), trace.WithSpanKind(kind), trace.WithAttributes(all...))
	if failed {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(begun.Add(took)))
}
