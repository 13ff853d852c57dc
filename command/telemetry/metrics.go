// Package telemetry tells those who run the server what it does: metrics for
// Prometheus, a log of slow operations, and traces. Nothing of it holds an argument,
// an amount or a person; a tenant's id stands in traces only.
package telemetry

import (
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"spm/resolver"
	"spm/service"
	"spm/store"
)

// The most names of operations, of trusted documents and of others, and of tables.
const (
	maxTrustedNames = 300
	maxOtherNames   = 100
	maxTables       = 300
)

// Telemetry observes a server. It is safe for concurrent use.
type Telemetry struct {
	registry *prometheus.Registry
	state    *state
	log      *slog.Logger
	slow     slowLog

	trusted, named, tables *names

	operations    *prometheus.CounterVec
	durations     *prometheus.HistogramVec
	inFlight      *prometheus.GaugeVec
	costs         *prometheus.CounterVec
	opStatements  *prometheus.CounterVec
	events        *prometheus.CounterVec
	eventDelay    prometheus.Histogram
	statements    *prometheus.HistogramVec
	failures      *prometheus.CounterVec
	sealWait      prometheus.Histogram
	unsealedInT   prometheus.Counter
	auditDelay    prometheus.Histogram
	calculations  *prometheus.HistogramVec
	payees, pairs prometheus.Counter
	facts         prometheus.Counter
	steps         *prometheus.HistogramVec
	refused       *prometheus.CounterVec
	spans         *prometheus.CounterVec

	tracing *tracing // nil where nothing is traced
}

var (
	_ resolver.Observer = (*Telemetry)(nil)
	_ service.Observer  = (*Telemetry)(nil)
	_ store.Observer    = (*Telemetry)(nil)
)

// New makes telemetry that logs operations which take slow or longer; none where
// slow is 0.
func New(log *slog.Logger, slow time.Duration) *Telemetry {
	t := &Telemetry{
		registry: prometheus.NewRegistry(), state: &state{log: log}, log: log, slow: slowLog{after: slow, log: log},
		trusted: newNames(maxTrustedNames), named: newNames(maxOtherNames), tables: newNames(maxTables),
	}
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	long := []float64{.005, .025, .1, .5, 1, 5, 15, 60, 300, 1800}
	t.operations = t.counters("spm_operations_total", "Operations that ended, by name, kind and code (OK, or that of the first error).", "operation", "kind", "code")
	t.durations = t.histograms("spm_operation_duration_seconds", "Seconds that queries and mutations took.", seconds, "operation", "kind")
	t.inFlight = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "spm_operations_in_flight", Help: "Operations under way, by kind."}, []string{"kind"})
	t.costs = t.counters("spm_operation_cost_points_total", "Points that operations cost.", "operation", "kind")
	t.opStatements = t.counters("spm_operation_statements_total", "SQL statements that operations sent.", "operation", "kind")
	t.events = t.counters("spm_subscription_events_total", "Events of subscriptions that were rendered.", "operation")
	t.eventDelay = t.histogram("spm_subscription_event_delay_seconds", "Seconds from the seal of a change to the event that tells of it.", long)
	t.statements = t.histograms("spm_sql_duration_seconds", "Seconds that SQL statements took, by kind and first table.", seconds, "kind", "table")
	t.failures = t.counters("spm_sql_errors_total", "SQL statements that failed.", "kind", "table")
	t.sealWait = t.histogram("spm_seal_wait_seconds", "Seconds that writers waited for the seal of their change.", seconds)
	t.unsealedInT = t.counter("spm_seal_timeouts_total", "Writers whose change was not sealed within a second.")
	t.auditDelay = t.histogram("spm_audit_delay_seconds", "Seconds from the seal of changes to their link of the audit trail.", long)
	t.calculations = t.histograms("spm_calculation_duration_seconds", "Seconds that calculation runs took, by outcome (ok or failed).", long, "outcome")
	t.payees = t.counter("spm_calculation_payees_total", "Payees that runs calculated.")
	t.pairs = t.counter("spm_calculation_payee_periods_total", "Pairs of payee and period that runs calculated.")
	t.facts = t.counter("spm_calculation_facts_total", "Credits and activities that calculations read, those that save nothing included.")
	t.steps = t.histograms("spm_work_duration_seconds", "Seconds that steps of the work behind the writers took.", long, "step", "outcome")
	t.refused = t.counters("spm_sign_ins_refused_total", "Tokens and API keys that were refused, by reason.", "credential", "reason")
	t.spans = t.counters("spm_trace_spans_total", "Spans of traces that were sent, dropped because the queue was full, or failed to be sent, by outcome.", "outcome")
	t.registry.MustRegister(t.inFlight, t.state, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return t
}

func (t *Telemetry) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	t.registry.MustRegister(c)
	return c
}

func (t *Telemetry) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	t.registry.MustRegister(c)
	return c
}

func (t *Telemetry) histograms(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	t.registry.MustRegister(h)
	return h
}

func (t *Telemetry) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
	t.registry.MustRegister(h)
	return h
}

// Serve makes the metrics tell of a store and of streams too, and answers /metrics
// at an address of its own, unless it is nil, until stop is called. Call it once.
func (t *Telemetry) Serve(at net.Listener, st *store.Store, streams *resolver.Streams) (stop func()) {
	t.slow.store.Store(st)
	t.state.watch(st, streams)
	if at == nil {
		return func() {}
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", t.Handler())
	server := resolver.NewServer(mux)
	go func() { _ = server.Serve(at) }()
	t.log.Info("metrics", "url", "http://"+at.Addr().String()+"/metrics")
	return func() { _ = server.Close() }
}

// Registered lists the names of all metrics of the product's own.
func (t *Telemetry) Registered() []string {
	described := make(chan *prometheus.Desc)
	go func() {
		t.registry.Describe(described)
		close(described)
	}()
	return namesOf(described)
}

// Handler answers /metrics.
func (t *Telemetry) Handler() http.Handler {
	return promhttp.HandlerFor(t.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, Timeout: 10 * time.Second})
}
