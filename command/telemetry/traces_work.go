package telemetry

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"spm/model"
	"spm/service"
	"spm/store"
)

func nothing(error) {}

// statement makes the span of a statement that is of something traced.
func (t *tracing) statement(ctx context.Context, s store.Statement, table string) {
	if t == nil {
		return
	}
	above := trace.SpanFromContext(ctx)
	if !above.IsRecording() {
		if request, has := ctx.Value(requestKey{}).(*request); has && !above.SpanContext().IsValid() {
			request.hold(s, table)
		}
		return
	}
	name := s.Kind
	all := []attribute.KeyValue{
		attribute.String("db.system.name", "postgresql"), attribute.String("db.operation.name", s.Kind), attribute.Int64("db.response.returned_rows", s.Rows),
	}
	if s.Table != "" {
		name += " " + table
		all = append(all, attribute.String("db.collection.name", table))
	}
	t.past(ctx, name, s.Begun, s.Took, trace.SpanKindClient, s.Failed, all...)
}

// transaction begins the span of a transaction that is of something traced.
func (t *tracing) transaction(ctx context.Context, operation string) (context.Context, func(error)) {
	if t == nil || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, nothing
	}
	ctx, span := t.tracer.Start(ctx, "transaction "+operation, trace.WithSpanKind(trace.SpanKindClient))
	return ctx, func(err error) { finish(span, err) }
}

// seal makes the span of a writer's wait.
func (t *tracing) seal(ctx context.Context, took time.Duration, sealed bool) {
	if t != nil && trace.SpanFromContext(ctx).IsRecording() {
		t.past(ctx, "await seal", time.Now().Add(-took), took, trace.SpanKindInternal, !sealed)
	}
}

// work begins the span of a run or of a step. One that nobody waits for is a trace
// of its own, linked to the operation that has asked for it where this process knows.
func (t *tracing) work(ctx context.Context, work service.Work) (context.Context, func(error)) {
	if t == nil {
		return ctx, nothing
	}
	name := work.Step
	var options []trace.SpanStartOption
	if name == "" {
		name = "calculation run"
		if of := t.asked.take(work.Run); of.IsValid() {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: of}))
		}
	}
	ctx, span := t.start(ctx, name, options...)
	if !span.IsRecording() {
		return ctx, nothing
	}
	span.SetAttributes(attribute.String("spm.tenant", work.Tenant.String()))
	if work.Run != (model.ID{}) {
		span.SetAttributes(attribute.String("spm.run", work.Run.String()))
	}
	if work.Payees > 0 {
		span.SetAttributes(attribute.Int("spm.payees", work.Payees), attribute.Int("spm.payee_periods", work.Pairs))
	}
	return ctx, func(err error) { finish(span, err) }
}

// facts says how much a calculation has read.
func (t *tracing) facts(ctx context.Context, number int) {
	if t != nil {
		trace.SpanFromContext(ctx).SetAttributes(attribute.Int("spm.facts", number))
	}
}

func (t *tracing) runAsked(ctx context.Context, run model.ID) {
	if of := trace.SpanContextFromContext(ctx); t != nil && of.IsSampled() {
		t.asked.add(run, of)
	}
}

// askedRuns remembers which operations have asked for the last few runs.
type askedRuns struct {
	mu   sync.Mutex
	next int
	last [64]askedRun
}

type askedRun struct {
	run model.ID
	by  trace.SpanContext
}

func (a *askedRuns) add(run model.ID, by trace.SpanContext) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last[a.next] = askedRun{run, by}
	a.next = (a.next + 1) % len(a.last)
}

// take gives the operation that has asked for a run; one that is not valid where it
// is not known.
func (a *askedRuns) take(run model.ID) (by trace.SpanContext) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, one := range a.last {
		if one.run == run && one.by.IsValid() {
			by, a.last[i] = one.by, askedRun{}
		}
	}
	return by
}
