package telemetry

import (
	"context"
	"sync"
	"time"

	"spm/model"
	"spm/resolver"
	"spm/service"
	"spm/store"
)

// operation is one under way.
type operation struct {
	t     *Telemetry
	asked resolver.Asked
	name  string
	begun time.Time
	trace *operationTrace // nil where nothing is traced

	mu         sync.Mutex
	statements int
	slowest    store.Statement
}

type operationKey struct{}

// Begin counts an operation that is executed.
func (t *Telemetry) Begin(ctx context.Context, asked resolver.Asked) (context.Context, resolver.Observed) {
	o := &operation{t: t, asked: asked, name: t.operation(asked), begun: time.Now()}
	t.inFlight.WithLabelValues(asked.Kind).Inc()
	ctx, o.trace = t.tracing.operation(ctx, asked, o.name)
	return context.WithValue(ctx, operationKey{}, o), o
}

// Refused counts an operation that is not executed.
func (t *Telemetry) Refused(ctx context.Context, asked resolver.Asked, code string) {
	t.tracing.refused(ctx, asked, code)
	kind := asked.Kind
	if kind == "" {
		kind = "unknown"
	}
	t.operations.WithLabelValues(t.operation(asked), kind, code).Inc()
}

// Opened ends what is traced of a subscription: its events have traces of their own.
func (o *operation) Opened() { o.trace.open() }

// Event counts an event.
func (o *operation) Event(ctx context.Context) (context.Context, func(code string, delay time.Duration)) {
	ctx, end := o.trace.event(ctx)
	return ctx, func(code string, delay time.Duration) {
		end(code)
		if code != "" {
			o.t.events.WithLabelValues(o.name).Inc()
			o.t.eventDelay.Observe(delay.Seconds())
		}
	}
}

// End counts an operation that has ended, and logs it where it was slow.
func (o *operation) End(code string, cost int) {
	took, kind := time.Since(o.begun), o.asked.Kind
	o.mu.Lock()
	statements, slowest := o.statements, o.slowest
	o.mu.Unlock()
	o.trace.end(code, cost, statements)
	o.t.inFlight.WithLabelValues(kind).Dec()
	o.t.operations.WithLabelValues(o.name, kind, code).Inc()
	o.t.costs.WithLabelValues(o.name, kind).Add(float64(max(0, cost)))
	o.t.opStatements.WithLabelValues(o.name, kind).Add(float64(statements))
	if kind == "subscription" { // it lasts as long as its client likes
		return
	}
	o.t.durations.WithLabelValues(o.name, kind).Observe(took.Seconds())
	o.t.slow.tell(slowOperation{asked: o.asked, name: o.name, code: code, cost: cost, took: took, statements: statements, slowest: slowest, trace: o.trace.id()})
}

// Statement counts a statement, and what it is of its operation.
func (t *Telemetry) Statement(ctx context.Context, s store.Statement) {
	table := "none"
	if s.Table != "" {
		table = t.tables.of(s.Table)
	}
	t.statements.WithLabelValues(s.Kind, table).Observe(s.Took.Seconds())
	if s.Failed {
		t.failures.WithLabelValues(s.Kind, table).Inc()
	}
	t.tracing.statement(ctx, s, table)
	o, is := ctx.Value(operationKey{}).(*operation)
	if !is {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.statements++
	if s.Took > o.slowest.Took {
		o.slowest = s
	}
}

// Transaction traces a transaction.
func (t *Telemetry) Transaction(ctx context.Context, operation string) (context.Context, func(error)) {
	return t.tracing.transaction(ctx, operation)
}

// SealAwaited counts how long a writer waited.
func (t *Telemetry) SealAwaited(ctx context.Context, took time.Duration, sealed bool) {
	t.tracing.seal(ctx, took, sealed)
	t.sealWait.Observe(took.Seconds())
	if !sealed {
		t.unsealedInT.Inc()
	}
}

// Chained counts how late a link of an audit trail was.
func (t *Telemetry) Chained(age time.Duration) { t.auditDelay.Observe(max(0, age.Seconds())) }

// KeyRefused counts an API key that was not let in.
func (t *Telemetry) KeyRefused(reason string) { t.refused.WithLabelValues("api_key", reason).Inc() }

// TokenRefused counts a token that was not taken.
func (t *Telemetry) TokenRefused(kind string) { t.refused.WithLabelValues("token", kind).Inc() }

// RunAsked remembers who asked for a run.
func (t *Telemetry) RunAsked(ctx context.Context, run model.ID) { t.tracing.runAsked(ctx, run) }

// Calculate counts a run.
func (t *Telemetry) Calculate(ctx context.Context, work service.Work) (context.Context, func(error)) {
	begun := time.Now()
	ctx, end := t.tracing.work(ctx, work)
	return ctx, func(err error) {
		end(err)
		t.calculations.WithLabelValues(outcome(err)).Observe(time.Since(begun).Seconds())
		t.payees.Add(float64(work.Payees))
		t.pairs.Add(float64(work.Pairs))
	}
}

// Facts counts what a calculation reads.
func (t *Telemetry) Facts(ctx context.Context, number int) {
	t.facts.Add(float64(number))
	t.tracing.facts(ctx, number)
}

// Step counts a step of work.
func (t *Telemetry) Step(ctx context.Context, work service.Work) (context.Context, func(error)) {
	begun := time.Now()
	ctx, end := t.tracing.work(ctx, work)
	return ctx, func(err error) {
		end(err)
		t.steps.WithLabelValues(work.Step, outcome(err)).Observe(time.Since(begun).Seconds())
	}
}

func outcome(err error) string {
	if err != nil {
		return "failed"
	}
	return "ok"
}
