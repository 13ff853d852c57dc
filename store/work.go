package store

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

// Share is what one caller has of a process: so many statements at once, over
// all operations.
type Share struct{ statements *semaphore.Weighted }

// NewShare makes a share of so many statements at once.
func NewShare(statements int64) *Share { return &Share{semaphore.NewWeighted(statements)} }

// Work is what one operation has done so far. Its statements wait for each
// other where they are more than its caller's share.
type Work struct {
	share *Share
	took  atomic.Int64
}

// NewWork begins the work of an operation of a caller.
func NewWork(share *Share) *Work { return &Work{share: share} }

// Spend notes that the operation was worked on for a time.
func (w *Work) Spend(d time.Duration) {
	if w != nil {
		w.took.Add(int64(d))
	}
}

// Take gives how long the operation was worked on since it was last asked:
// its statements' times together, which may overlap, and what else was spent.
func (w *Work) Take() time.Duration { return time.Duration(w.took.Swap(0)) }

type workKey struct{}

// WithWork says whose work the statements under the context are.
func WithWork(ctx context.Context, w *Work) context.Context {
	return context.WithValue(ctx, workKey{}, w)
}

// WorkOf gives the work of the operation; nil where it is nobody's.
func WorkOf(ctx context.Context) *Work {
	w, _ := ctx.Value(workKey{}).(*Work)
	return w
}

// begin waits for the caller's share of statements. The function that it gives
// ends the statement.
func (w *Work) begin(ctx context.Context) (end func(), err error) {
	if w == nil {
		return func() {}, nil
	}
	if err := w.share.statements.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	return func() { w.share.statements.Release(1) }, nil
}
