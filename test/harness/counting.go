package harness

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"spm/auth"
	"spm/graph/direct"
	"spm/resolver"
	"spm/service"
	"spm/store"
)

// Counting starts one more server on the same database, which only answers: no
// worker runs beside it. It gives its URL, and a function that tells how many SQL
// statements it has sent since it was last asked, those left out by which a read
// begins and ends, and by which an operation takes its cost.
func (h *Harness) Counting() (url string, sent func() int64) {
	h.tb.Helper()
	verifier, err := auth.NewVerifier(auth.VerifierConfig{Issuer: Issuer, Audience: Audience, Keys: []auth.VerificationKey{h.key.Public()}})
	h.must(err)
	counter := &statements{}
	st, err := store.Open(h.tb.Context(), h.ServeURL, func(cfg *pgxpool.Config) { cfg.ConnConfig.Tracer = counter })
	h.must(err)
	log := slog.New(slog.NewTextHandler(testWriter{h.tb}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	svc, err := service.New(st, verifier, time.Now, log)
	h.must(err)
	svc.Budget.User, svc.Budget.Tenant, svc.Budget.Millisecond = Unlimited, Unlimited, 0
	streams := resolver.NewStreams(resolver.StreamOptions{})
	server := httptest.NewServer(resolver.NewGraph(svc, resolver.Options{Logger: log, Streams: streams, MaxCost: anyCost}))
	h.tb.Cleanup(func() {
		streams.Drain()
		server.Close()
		st.Close()
	})
	return server.URL, func() int64 { return counter.sent.Swap(0) }
}

// Commonly starts one more server on the same database, which only answers, and
// answers everything the common way (package direct). It gives its URL.
func (h *Harness) Commonly() string {
	h.tb.Helper()
	streams := resolver.NewStreams(resolver.StreamOptions{})
	graph := resolver.NewGraph(h.Service, resolver.Options{Logger: h.logger(), Streams: streams, MaxCost: anyCost})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		graph.ServeHTTP(w, r.WithContext(direct.Without(r.Context())))
	}))
	h.tb.Cleanup(func() {
		streams.Drain()
		server.Close()
	})
	return server.URL
}

// statements counts what is sent.
type statements struct{ sent atomic.Int64 }

var (
	_ pgx.QueryTracer = (*statements)(nil)
	_ pgx.BatchTracer = (*statements)(nil)
)

func (s *statements) count(sql string) {
	for _, frame := range []string{"BEGIN", "COMMIT", "SELECT set_config", "WITH actor AS (INSERT INTO budget"} {
		if strings.HasPrefix(strings.ToUpper(sql), strings.ToUpper(frame)) {
			return
		}
	}
	s.sent.Add(1)
}

// TraceQueryStart counts a statement that is sent alone.
func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.count(data.SQL)
	return ctx
}

// TraceQueryEnd counts nothing.
func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts nothing: its statements come one by one.
func (s *statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

// TraceBatchQuery counts a statement of a batch.
func (s *statements) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	s.count(data.SQL)
}

// TraceBatchEnd counts nothing.
func (s *statements) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
