package scenario

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"spm/model"
	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/test/harness"
)

// most tells how many statements with a text are under way at once.
type most struct {
	mu        sync.Mutex
	now, most int
}

type mostKey struct{}

func (m *most) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (m *most) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (m *most) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, q := range data.Batch.QueuedQueries {
		if strings.Contains(q.SQL, "ILIKE") {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.now++
			m.most = max(m.most, m.now)
			return context.WithValue(ctx, mostKey{}, true)
		}
	}
	return ctx
}

func (m *most) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

func (m *most) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) {
	if ctx.Value(mostKey{}) != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.now--
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
	if n := watch.most; n < 2 || n > 4 {
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

// TestKeysReadNoTextsOfWhatTheyMayNot: what a document or a difference tells in
// words takes the scopes of what it tells of.
func TestKeysReadNoTextsOfWhatTheyMayNot(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	h.Settle()
	earlier := h.Do(h.Admin(), `{ sequence }`, nil).String("sequence")
	record(h, []map[string]any{s.sell("ann", "2017-01-11", "500")}, 1)
	h.Settle()
	earning := h.Do(h.Admin(), `{ earnings(where: {componentKey: {eq: "commission"}}, first: 1) { nodes { period { id } payee { id } } } }`, nil).At("earnings", "nodes", 0)
	in := map[string]any{"payee": earning.String("payee", "id"), "period": earning.String("period", "id"), "from": earlier}
	narrow := newKey(h, []string{"EARNINGS_READ"}).secret
	wide := newKey(h, []string{"EARNINGS_READ", "PAYEES_READ", "TRANSACTIONS_READ", "CREDITS_READ"}).secret
	const changes = `query($payee: ID!, $period: ID!, $from: BigInt!) { earningsDiff(input: {moments: {payeeId: $payee, periodId: $period, from: {sequence: $from}}}) {
		change { amount } causes { cause changes(first: 10) { totalCount nodes { name } } } } }`
	const document = `query($payee: ID!, $period: ID!) { statement(payeeId: $payee, periodId: $period) { document { fileName } } }`
	told := func(token string) (n float64) {
		for _, cause := range h.Do(token, changes, in).List("earningsDiff", "causes") {
			count, _ := cause.At("changes", "totalCount").V.(float64)
			n += count
		}
		return n
	}
	if n := told(wide); n == 0 {
		t.Error("with all scopes nothing is told of what changed")
	}
	if n := told(narrow); n != 0 {
		t.Errorf("without a scope for transactions %v of them are told of", n)
	}
	delete(in, "from")
	if name := h.Do(wide, document, in).String("statement", "document", "fileName"); name == "" {
		t.Error("with all scopes there is no document")
	}
	if code := h.Denied(narrow, document, in); code != "FORBIDDEN" {
		t.Errorf("without a scope for payees there is a document: %q", code)
	}
}

// TestRefusedWorkCosts: what gives nothing costs a point all the same.
func TestRefusedWorkCosts(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	h.Service.Budget.User = 3
	rep := h.Token(nil, model.RoleRep)
	server := httptest.NewServer(resolver.NewGraph(h.Service, resolver.Options{}))
	t.Cleanup(server.Close)
	codes := map[string]int{}
	for range 6 {
		codes[codeOf(t, h.PostTo(server.URL, rep, `{ apiKeys { totalCount } }`, nil))]++
	}
	if codes["FORBIDDEN"] < 1 || codes["FORBIDDEN"] > 4 || codes["RATE_LIMITED"] == 0 || len(codes) != 2 {
		t.Errorf("six requests that are not permitted: %v", codes)
	}
}
