package scenario

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/test/harness"
)

// most tells how many statements with a text are under way at once.
type most struct{ now, most atomic.Int64 }

type mostKey struct{}

func (m *most) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (m *most) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (m *most) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		if strings.Contains(q.SQL, "ILIKE") {
			now := m.now.Add(1)
			for before := m.most.Load(); now > before && !m.most.CompareAndSwap(before, now); before = m.most.Load() {
			}
			return context.WithValue(ctx, mostKey{}, true)
		}
	}
	return ctx
}

func (m *most) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (m *most) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	if ctx.Value(mostKey{}) != nil {
		m.now.Add(-1)
	}
}

// TestCallersShare: one caller's operations, with many fields each and many at a
// time, have no more of the database than the caller's share.
func TestCallersShare(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	watch := &most{}
	st, err := store.Open(t.Context(), h.ServeURL, func(cfg *pgxpool.Config) { cfg.ConnConfig.Tracer = watch })
	if err != nil {
		t.Fatal(err)
	}
	svc, err := service.New(st, h.Service.Verifier, time.Now, h.Service.Log)
	if err != nil {
		t.Fatal(err)
	}
	svc.Budget.User, svc.Budget.Tenant = harness.Unlimited, harness.Unlimited
	server := httptest.NewServer(resolver.NewGraph(svc, resolver.Options{Logger: h.Service.Log}))
	t.Cleanup(func() {
		server.Close()
		st.Close()
	})
	var query strings.Builder
	for i := range 20 {
		fmt.Fprintf(&query, `a%d: transactions(first: 0, where: {externalId: {iContains: "%d"}}) { totalCount } `, i, i)
	}
	token := h.Admin()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if a := h.PostTo(server.URL, token, "{ "+query.String()+" }", nil); len(a.Errors) > 0 {
				t.Errorf("%v", a.Errors)
			}
		})
	}
	all.Wait()
	if n := watch.most.Load(); n < 2 || n > 4 {
		t.Errorf("%d statements of one caller at once", n)
	}
}

// TestTimeCosts: what takes long costs its time, also where it gives nothing, and
// what calculates has a cost of its own.
func TestTimeCosts(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	server := httptest.NewServer(resolver.NewGraph(h.Service, resolver.Options{}))
	t.Cleanup(server.Close)
	token := h.Admin()
	cost := func(a harness.Answer, name string) float64 {
		of, _ := a.Extensions["cost"].(map[string]any)
		n, _ := of[name].(float64)
		return n
	}
	const query = `{ transactions(first: 0) { totalCount } }`
	if a := h.PostTo(server.URL, token, query, nil); cost(a, "actual") != 2 {
		t.Fatalf("without a price of time: %v", a.Extensions)
	}
	h.Service.Budget.Millisecond = 1e6
	a := h.PostTo(server.URL, token, query, nil)
	if cost(a, "asked") != 2 || cost(a, "actual") < 1000 {
		t.Errorf("with one: %v", a.Extensions)
	}
	h.Service.Budget.Millisecond = 0
	for query, asked := range map[string]float64{
		`{ verifyAuditTrail { intact } }`: 501,
		`{ transactions(first: 0, where: {or: [{externalId: {iContains: "a"}}, {credits: {some: {payee: {is: {name: {eq: "b"}}}}}}]}) { totalCount } }`: 14,
	} {
		if a := h.PostTo(server.URL, token, query, nil); cost(a, "asked") != asked || len(a.Errors) > 0 {
			t.Errorf("%s: %v %v", query, a.Extensions, a.Errors)
		}
	}
	long := fmt.Sprintf(`{ transactions(where: {externalId: {iContains: %q}}) { totalCount } }`, strings.Repeat("x", 201))
	for _, query := range []string{long, strings.ReplaceAll(strings.ReplaceAll(long, "iContains: ", "in: ["), `"}}`, `"]}}`)} {
		if code := h.Denied(token, query, nil); code != "BAD_USER_INPUT" {
			t.Errorf("a text of 201 characters: %q", code)
		}
	}
}
