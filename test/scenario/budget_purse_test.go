package scenario_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"spm/auth"
	"spm/model"
	"spm/service"
	"spm/store"
	"spm/test/harness"
)

// asks counts the statements that take from buckets, or give back, and how often the
// process stood in, as the database did not answer in time: it does on a busy machine,
// and may serve what the bucket does not.
type asks struct{ sent, stoodIn atomic.Int64 }

// Write takes a line of the budget's log.
func (a *asks) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "kept by this process alone") {
		a.stoodIn.Add(1)
	}
	return len(line), nil
}

func (a *asks) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (a *asks) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (a *asks) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return ctx
}

func (a *asks) TraceBatchQuery(_ context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if strings.HasPrefix(data.SQL, "WITH actor AS (INSERT INTO budget") {
		a.sent.Add(1)
	}
}

func (a *asks) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}

// process is the budget of one more process on the harness's database, with what it asks.
func process(tb testing.TB, h *harness.Harness, user, tenant store.Allowance) (*service.Budget, *asks) {
	tb.Helper()
	counted := &asks{}
	st, err := store.Open(tb.Context(), h.ServeURL, func(cfg *pgxpool.Config) { cfg.ConnConfig.Tracer = counted })
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(st.Close)
	b := service.NewBudget(st, time.Now, slog.New(slog.NewTextHandler(counted, nil)))
	b.User, b.Tenant = user, tenant
	return b, counted
}

func caller(tb testing.TB, h *harness.Harness) context.Context {
	tb.Helper()
	who := &auth.Principal{Tenant: h.Tenant, User: model.UUIDs(model.KindUser, uuid.New())}
	return auth.WithSession(tb.Context(), &auth.Session{Principal: who})
}

func take(ctx context.Context, tb testing.TB, b *service.Budget, points int) *service.Receipt {
	tb.Helper()
	r, err := b.Take(ctx, points)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// TestSmallOperationsAskTheBucketSeldom takes a point many times: the process asks the
// database once for many of them, and in the end what is left is what they left.
func TestSmallOperationsAskTheBucketSeldom(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	const budget, operations = 60_000, 2_000
	b, counted := process(t, h, budget, 100*budget)
	ctx := caller(t, h)
	began := time.Now()
	for i := range operations {
		r := take(ctx, t, b, 2)
		if least := budget - 2*(i+1); r.Refused || r.Left() < least {
			t.Fatalf("operation %d: refused %v, %d left of at least %d", i, r.Refused, r.Left(), least)
		}
		b.Settle(r, 1) // half of it was not used
	}
	seconds := time.Since(began).Seconds()
	if most := 2 + operations*2/1_000 + 2*int64(seconds+1); counted.sent.Load() > most {
		t.Errorf("%d operations asked the bucket %d times, may %d", operations, counted.sent.Load(), most)
	}
	last := take(ctx, t, b, budget/2)                     // more than is taken in advance: what is kept goes back with it
	lost := int(counted.stoodIn.Load()) * (budget/60 + 2) // taken, but the answer came too late
	least, most := budget/2-operations-lost, budget/2-operations+int(time.Since(began).Seconds()*budget/60)+1+2*int(counted.stoodIn.Load())
	if last.Refused || last.Left() < least || last.Left() > most {
		t.Errorf("%d left, of %d to %d", last.Left(), least, most)
	}
}

// TestPursesHoldNoMoreThanTheBudget spends one caller's budget in two processes at
// once: together they serve what the bucket had, less what may lie in their purses.
func TestPursesHoldNoMoreThanTheBudget(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	const budget = 300 // 5 flow in a second
	ctx := caller(t, h)
	began := time.Now()
	var served, refused atomic.Int64
	var processes []*asks
	var all sync.WaitGroup
	for range 2 {
		b, counted := process(t, h, budget, 10*budget)
		processes = append(processes, counted)
		for range 2 {
			all.Go(func() {
				for range 120 {
					r, err := b.Take(ctx, 1)
					switch {
					case err != nil:
						t.Error(err)
					case r.Refused:
						refused.Add(1)
					default:
						served.Add(1)
					}
				}
			})
		}
	}
	all.Wait()
	stoodIn := processes[0].stoodIn.Load() + processes[1].stoodIn.Load() // each serves one, or loses a purse
	most := budget + int64(time.Since(began).Seconds()*budget/60) + 1 + stoodIn
	if n := served.Load(); n < budget-2*5-6*stoodIn || n > most || refused.Load() == 0 {
		t.Errorf("%d served and %d refused, of a budget of %d", n, refused.Load(), budget)
	}
}

// TestNothingIsTakenAheadOfAPoorTenant: where a tenant has less than half of its
// points, its callers take what they need.
func TestNothingIsTakenAheadOfAPoorTenant(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	b, counted := process(t, h, 6_000, 12_000)
	for range 2 { // two callers spend most of the tenant's
		if r := take(caller(t, h), t, b, 4_000); r.Refused {
			t.Fatal("refused")
		}
	}
	ctx := caller(t, h)
	before := counted.sent.Load()
	for range 10 {
		if r := take(ctx, t, b, 1); r.Refused {
			t.Fatal("refused")
		}
	}
	if asked := counted.sent.Load() - before; asked != 10 {
		t.Errorf("10 operations of a poor tenant asked %d times", asked)
	}
}

// BenchmarkBudget takes and settles an operation's cost, by many callers' connections
// at once: one that pays out of the purse, and one that is too dear for it.
func BenchmarkBudget(b *testing.B) {
	h := harness.New(b)
	for name, points := range map[string]int{"purse": 200, "bucket": 20_000_000} {
		b.Run(name, func(b *testing.B) {
			budget, _ := process(b, h, 1e9, 1e12)
			ctx := caller(b, h)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					r, err := budget.Take(ctx, points)
					if err != nil || r.Refused {
						b.Error("refused", err)
						return
					}
					budget.Settle(r, points-50)
				}
			})
		})
	}
}

// TestRefusalTellsWhatIsOwed: who has used more than was taken, as a subscriber does
// with many events, is refused with what is left when that is paid, and told to wait
// as long as that takes.
func TestRefusalTellsWhatIsOwed(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	b, _ := process(t, h, 6000, 60_000)
	ctx := caller(t, h)
	receipt, err := b.Take(ctx, 10)
	if err != nil || receipt.Refused {
		t.Fatal(receipt, err)
	}
	b.Settle(receipt, -7000)
	refused, err := b.Take(ctx, 10)
	if err != nil || !refused.Refused {
		t.Fatalf("%+v %v: it is not refused", refused, err)
	}
	if left, wait := refused.Left(), refused.Wait(); left != 0 || wait < 5*time.Second || wait > time.Minute {
		t.Errorf("%d are said to be left, and %s to wait: about 1,000 are owed, of 100 a second", left, wait)
	}
}
