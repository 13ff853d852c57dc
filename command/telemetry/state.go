package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"spm/resolver"
	"spm/store"
)

const (
	// backlogAge is how long what waits in the database is not counted again, however
	// often somebody asks.
	backlogAge      = 5 * time.Second
	backlogPatience = 2 * time.Second
)

// state collects what is the case now.
type state struct {
	log *slog.Logger

	mu      sync.Mutex
	store   *store.Store // nil until there is one to watch
	streams *resolver.Streams
	counted time.Time
	known   bool
	backlog store.Backlog
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

var (
	poolInUse    = describe("spm_pool_connections_in_use", "Connections to the database in use.")
	poolIdle     = describe("spm_pool_connections_idle", "Connections to the database that wait for work.")
	poolMax      = describe("spm_pool_connections_max", "The most connections that this process opens for the pool.")
	poolAcquires = describe("spm_pool_acquires_total", "Times that a connection was taken from the pool.")
	poolWaits    = describe("spm_pool_waits_total", "Times that none was free, so that it was waited for.")
	poolWaited   = describe("spm_pool_wait_seconds_total", "Seconds waited for connections, all who waited together.")
	poolCanceled = describe("spm_pool_acquires_canceled_total", "Times that whoever waited went away without a connection.")
	openStreams  = describe("spm_streams_open", "Subscriptions under way.")
	openSockets  = describe("spm_websockets_open", "WebSockets open, those that nobody has signed in on among them.")
	endedSockets = describe("spm_websockets_closed_total", "WebSockets that ended, by the code they were closed with; client where the client closed it, cut where it was cut off.", "code")
	refusals     = describe("spm_streams_refused_total", "WebSockets, operations on them and streams that were refused: as many as there may be, or the server drains.", "what", "code")
	unsealed     = describe("spm_changes_unsealed", "Transactions, of all processes, whose changes are not sealed yet.")
	work         = describe("spm_work_waiting", "Transactions, of all processes, whose marks are not worked off yet.")
	workTenants  = describe("spm_work_waiting_tenants", "Tenants that have such.")
	backlogKnown = describe("spm_backlog_known", "1 where the database told what waits, 0 where it did not.")
)

// Describe lists the metrics.
func (s *state) Describe(out chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{
		poolInUse, poolIdle, poolMax, poolAcquires, poolWaits, poolWaited, poolCanceled,
		openStreams, openSockets, endedSockets, refusals, unsealed, work, workTenants, backlogKnown,
	} {
		out <- one
	}
}

// watch tells of a store and of streams from now on.
func (s *state) watch(st *store.Store, streams *resolver.Streams) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store, s.streams = st, streams
}

// Collect gives their values. One asks after the other.
func (s *state) Collect(out chan<- prometheus.Metric) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.store == nil {
		return
	}
	gauge := func(of *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(of, prometheus.GaugeValue, value)
	}
	counter := func(of *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(of, prometheus.CounterValue, value, labels...)
	}
	pool := s.store.Pool().Stat()
	gauge(poolInUse, float64(pool.AcquiredConns()))
	gauge(poolIdle, float64(pool.IdleConns()))
	gauge(poolMax, float64(pool.MaxConns()))
	counter(poolAcquires, float64(pool.AcquireCount()))
	counter(poolWaits, float64(pool.EmptyAcquireCount()))
	counter(poolWaited, pool.EmptyAcquireWaitTime().Seconds())
	counter(poolCanceled, float64(pool.CanceledAcquireCount()))
	sockets, streams := s.streams.Open()
	gauge(openStreams, float64(streams))
	gauge(openSockets, float64(sockets))
	for code, n := range s.streams.Ended() {
		counter(endedSockets, float64(n), code)
	}
	for refusal, n := range s.streams.Refused() {
		counter(refusals, float64(n), refusal.What, refusal.Code)
	}
	backlog, known := s.waiting()
	if !known {
		gauge(backlogKnown, 0)
		return
	}
	gauge(backlogKnown, 1)
	gauge(unsealed, float64(backlog.Unsealed))
	gauge(work, float64(backlog.Work))
	gauge(workTenants, float64(backlog.Tenants))
}

// waiting counts what waits in the database, or gives what it was a moment ago.
func (s *state) waiting() (store.Backlog, bool) {
	if time.Since(s.counted) < backlogAge {
		return s.backlog, s.known
	}
	ctx, cancel := context.WithTimeout(context.Background(), backlogPatience)
	defer cancel()
	var err error
	s.backlog, err = s.store.Backlog(ctx)
	s.counted, s.known = time.Now(), err == nil
	if err != nil {
		s.log.Warn("counting what waits failed", "error", err)
	}
	return s.backlog, s.known
}
