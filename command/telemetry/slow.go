package telemetry

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"spm/resolver"
	"spm/store"
)

const (
	// slowPause is between two lines of the slow log: what is slow is often slow all
	// at once, and must not be made slower.
	slowPause    = time.Second
	planPatience = 2 * time.Second
)

// slowLog tells of operations that take long, once a second at most.
type slowLog struct {
	after time.Duration
	log   *slog.Logger
	store atomic.Pointer[store.Store]
	told  atomic.Int64 // when, in nanoseconds
	left  atomic.Int64 // slow ones that were not told of since
}

// slowOperation is what is told: no text and no argument of document or statement.
type slowOperation struct {
	asked      resolver.Asked
	name, code string
	cost       int
	took       time.Duration
	statements int
	slowest    store.Statement
	trace      string // "" where it was not traced
}

// tell logs an operation that took long. The plan of its slowest statement is asked
// for beside the answer, which does not wait for it.
func (l *slowLog) tell(o slowOperation) {
	if l.after <= 0 || o.took < l.after {
		return
	}
	now, told := time.Now().UnixNano(), l.told.Load()
	if now-told < int64(slowPause) || !l.told.CompareAndSwap(told, now) {
		l.left.Add(1)
		return
	}
	attributes := []any{
		"requestId", o.asked.RequestID, "operation", o.name, "kind", o.asked.Kind, "code", o.code, "document", o.asked.DocumentHash(),
		"ms", o.took.Milliseconds(), "cost", o.cost, "statements", o.statements, "untold", l.left.Swap(0),
	}
	if o.trace != "" {
		attributes = append(attributes, traceAttribute, o.trace)
	}
	if o.statements > 0 {
		attributes = append(attributes, "slowest", strings.TrimSpace(o.slowest.Kind+" "+o.slowest.Table), "slowestMs", o.slowest.Took.Milliseconds())
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), planPatience)
		defer cancel()
		if st := l.store.Load(); st != nil && o.asked.SignedIn && o.statements > 0 {
			if hash, err := st.PlanHash(ctx, o.asked.Tenant, o.slowest); err == nil {
				attributes = append(attributes, "plan", hash)
			}
		}
		l.log.WarnContext(ctx, "slow operation", attributes...)
	}()
}
