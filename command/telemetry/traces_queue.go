package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

const (
	queuedSpans    = 4096
	spansAtOnce    = 512
	spanPause      = 2 * time.Second // that spans wait for others to be sent with
	exportPatience = 10 * time.Second
	failurePause   = time.Minute // between two lines of the log on failures
	collectorBytes = 64 << 10    // of its answers that are read
)

// spanQueue sends spans in the background. Nobody waits for it: what does not fit
// any more is dropped.
type spanQueue struct {
	exporter sdktrace.SpanExporter
	outcomes *prometheus.CounterVec
	log      *slog.Logger
	waiting  chan sdktrace.ReadOnlySpan
	stop     chan struct{}
	stopped  chan struct{}
	end      func()
	sending  context.Context // ends what is sent, once nobody waits any more
	cancel   context.CancelFunc

	mu    sync.Mutex
	told  time.Time
	after int // failures since
}

var _ sdktrace.SpanProcessor = (*spanQueue)(nil)

func newSpanQueue(exporter sdktrace.SpanExporter, outcomes *prometheus.CounterVec, log *slog.Logger) *spanQueue {
	q := &spanQueue{
		exporter: exporter, outcomes: outcomes, log: log,
		waiting: make(chan sdktrace.ReadOnlySpan, queuedSpans), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	q.end = sync.OnceFunc(func() { close(q.stop) })
	q.sending, q.cancel = context.WithCancel(context.Background())
	// What the collector says of spans that it has not taken comes by here alone.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { q.failed(err) }))
	go q.run()
	return q
}

// OnStart does nothing.
func (*spanQueue) OnStart(context.Context, sdktrace.ReadWriteSpan) {}

// OnEnd queues a span, or drops it.
func (q *spanQueue) OnEnd(span sdktrace.ReadOnlySpan) {
	select {
	case q.waiting <- span:
	default:
		q.outcomes.WithLabelValues("dropped").Inc()
	}
}

// ForceFlush does nothing: shut sends what waits.
func (*spanQueue) ForceFlush(context.Context) error { return nil }

// Shutdown does nothing either, since a provider forgets it where its context has
// ended.
func (*spanQueue) Shutdown(context.Context) error { return nil }

// shut sends what waits, for as long as the context lasts.
func (q *spanQueue) shut(ctx context.Context) {
	q.end()
	defer q.cancel()
	select {
	case <-q.stopped:
	case <-ctx.Done():
		q.cancel()
		<-q.stopped
	}
	_ = q.exporter.Shutdown(context.WithoutCancel(ctx))
}

// run sends spans, some at a time, until the queue is shut down and empty.
func (q *spanQueue) run() {
	defer close(q.stopped)
	for {
		some, last := q.gather()
		if len(some) > 0 {
			q.send(some)
		}
		if last && len(q.waiting) == 0 {
			return
		}
	}
}

// gather waits for spans; last says that no more are waited for.
func (q *spanQueue) gather() (some []sdktrace.ReadOnlySpan, last bool) {
	var enough <-chan time.Time
	for len(some) < spansAtOnce {
		select {
		case one := <-q.waiting:
			if some = append(some, one); len(some) == 1 {
				enough = time.After(spanPause)
			}
		case <-enough:
			return some, false
		case <-q.stop:
			for len(some) < spansAtOnce && len(q.waiting) > 0 { // nobody else takes them
				some = append(some, <-q.waiting)
			}
			return some, true
		}
	}
	return some, false
}

func (q *spanQueue) send(some []sdktrace.ReadOnlySpan) {
	ctx, cancel := context.WithTimeout(q.sending, exportPatience)
	defer cancel()
	if err := q.exporter.ExportSpans(ctx, some); err != nil {
		q.outcomes.WithLabelValues("failed").Add(float64(len(some)))
		q.failed(err)
		return
	}
	q.outcomes.WithLabelValues("sent").Add(float64(len(some)))
}

// failed tells of a failure, once a minute at most.
func (q *spanQueue) failed(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Since(q.told) < failurePause {
		q.after++
		return
	}
	text := err.Error()
	q.log.Warn("traces could not be sent", "error", text[:min(len(text), 300)], "untold", q.after)
	q.told, q.after = time.Now(), 0
}

// collectorClient asks a collector: by no proxy, following nobody, and reading no
// more of its answers than anybody needs.
func collectorClient() *http.Client {
	return &http.Client{
		Transport: boundedAnswers{&http.Transport{
			DialContext: (&net.Dialer{Timeout: exportPatience}).DialContext, MaxIdleConns: 2, MaxIdleConnsPerHost: 2,
			IdleConnTimeout: time.Minute, TLSHandshakeTimeout: exportPatience, ForceAttemptHTTP2: true,
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

type boundedAnswers struct{ *http.Transport }

// RoundTrip bounds the body of an answer.
func (b boundedAnswers) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.Transport.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, collectorBytes), response.Body}
	}
	return response, err
}
