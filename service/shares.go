package service

import (
	"context"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"spm/auth"
	"spm/store"
)

// What one caller has of a process at a time, so that others are served
// meanwhile. What is more waits, as long as its operation may take.
const (
	callerStatements   = 4
	callerMutations    = 4
	callerCalculations = 1
	callerEvents       = 1
)

// shares keeps what callers have who have something under way.
type shares struct {
	calculations *semaphore.Weighted // of all callers

	mu sync.Mutex
	of map[payer]*share
}

// share is one caller's.
type share struct {
	statements   *store.Share
	mutations    *semaphore.Weighted
	calculations *semaphore.Weighted
	events       *semaphore.Weighted
	holders      int
}

func newShares() *shares {
	return &shares{calculations: semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0))), of: map[payer]*share{}}
}

type shareKey struct{}

// Begin says that the session's caller works within its share from here on, and
// gives the work of the operation; nil for a stranger, who can ask for nothing.
// The operation has ended once end is called.
func (b *Budget) Begin(ctx context.Context) (working context.Context, work *store.Work, end func()) {
	p := auth.SessionOf(ctx).Principal
	if p == nil {
		return ctx, nil, func() {}
	}
	of := payer{p.Tenant, p.Actor().UUID()}
	b.shares.mu.Lock()
	defer b.shares.mu.Unlock()
	mine := b.shares.of[of]
	if mine == nil {
		mine = &share{
			statements: store.NewShare(callerStatements), mutations: semaphore.NewWeighted(callerMutations),
			calculations: semaphore.NewWeighted(callerCalculations), events: semaphore.NewWeighted(callerEvents),
		}
		b.shares.of[of] = mine
	}
	mine.holders++
	work = store.NewWork(mine.statements)
	working = context.WithValue(store.WithWork(ctx, work), shareKey{}, mine)
	return working, work, sync.OnceFunc(func() {
		b.shares.mu.Lock()
		defer b.shares.mu.Unlock()
		if mine.holders--; mine.holders == 0 {
			delete(b.shares.of, of)
		}
	})
}

func shareOf(ctx context.Context) *share {
	mine, _ := ctx.Value(shareKey{}).(*share)
	return mine
}

// mutating runs one mutation of the caller: no more than its share are under way
// at once.
func mutating(ctx context.Context, fn func() error) error {
	mine := shareOf(ctx)
	if mine == nil {
		return fn()
	}
	if err := mine.mutations.Acquire(ctx, 1); err != nil {
		return err
	}
	defer mine.mutations.Release(1)
	return fn()
}

// Render waits until the caller's other subscriptions have rendered their events,
// so that one who is far behind on many holds one event at a time, not all. The
// event is rendered once done is called.
func Render(ctx context.Context) (done func(), err error) {
	mine := shareOf(ctx)
	if mine == nil {
		return func() {}, nil
	}
	if err := mine.events.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { mine.events.Release(1) }, nil
}

type calculatingKey struct{}

// Calculating runs what calculates for long, or holds much, for a caller: one at a
// time for each, and as many as there are processors for all. What such a
// calculation asks for in its turn is a part of it.
func Calculating[T any](ctx context.Context, s *Service, fn func(context.Context) (T, error)) (T, error) {
	mine := shareOf(ctx)
	if mine == nil || ctx.Value(calculatingKey{}) != nil {
		return fn(ctx)
	}
	var none T
	if err := mine.calculations.Acquire(ctx, 1); err != nil {
		return none, err
	}
	defer mine.calculations.Release(1)
	if err := s.Budget.shares.calculations.Acquire(ctx, 1); err != nil {
		return none, err
	}
	defer s.Budget.shares.calculations.Release(1)
	defer func(begun time.Time) { store.WorkOf(ctx).Spend(time.Since(begun)) }(time.Now())
	return fn(context.WithValue(ctx, calculatingKey{}, true))
}
