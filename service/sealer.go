package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/store"
)

// Sealer numbers committed changes and tells who waits for them. Every server
// process runs one; they share the work by a lock in the database.
type Sealer struct {
	store *store.Store
	log   *slog.Logger
	wake  chan struct{}

	mu      sync.Mutex
	latest  map[uuid.UUID]store.Sealed
	changed chan struct{} // closed and replaced at every new seal
	hooks   []func(store.Sealed)

	observer Observer
}

const (
	sealPause  = 5 * time.Millisecond   // between two seals at least
	sealRetry  = time.Millisecond       // while an older transaction is open
	sealIdle   = 200 * time.Millisecond // so that nothing of a dead process waits for long
	awaitLimit = time.Second
)

// NewSealer makes a sealer; it does nothing until Run.
func NewSealer(st *store.Store, log *slog.Logger) *Sealer {
	return &Sealer{
		store: st, log: log, wake: make(chan struct{}, 1),
		latest: map[uuid.UUID]store.Sealed{}, changed: make(chan struct{}), observer: unobserved{},
	}
}

// OnSeal registers a function that is called for every sealed batch, from any
// process, once or more. It must not block. Call it before Run.
func (s *Sealer) OnSeal(fn func(store.Sealed)) { s.hooks = append(s.hooks, fn) }

// Wake asks for a seal soon.
func (s *Sealer) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Await asks for a seal and waits until the tenant's changes up to and with
// the transaction are sealed; false where that takes over a second.
func (s *Sealer) Await(ctx context.Context, tenant uuid.UUID, xid int64) bool {
	begun := time.Now()
	sealed := s.await(ctx, tenant, xid)
	s.observer.SealAwaited(ctx, time.Since(begun), sealed)
	return sealed
}

func (s *Sealer) await(ctx context.Context, tenant uuid.UUID, xid int64) bool {
	s.Wake()
	timeout := time.NewTimer(awaitLimit)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		done, changed := s.latest[tenant].Horizon > xid, s.changed
		s.mu.Unlock()
		if done {
			return true
		}
		select {
		case <-changed:
		case <-timeout.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Run seals and listens until ctx ends.
func (s *Sealer) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { s.sealLoop(ctx) })
	both.Go(func() { s.listenLoop(ctx) })
	both.Wait()
}

func (s *Sealer) sealLoop(ctx context.Context) {
	for pause := sealIdle; ; {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-time.After(pause):
		}
		sealed, waiting, err := s.store.Seal(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.log.WarnContext(ctx, "sealing failed, trying again", "error", err)
			pause = sealIdle
		case waiting:
			pause = sealRetry
		default:
			pause = sealIdle
		}
		for _, one := range sealed {
			s.announce(one)
		}
		if len(sealed) > 0 {
			select {
			case <-ctx.Done():
			case <-time.After(sealPause):
			}
		}
	}
}

func (s *Sealer) listenLoop(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.store.ListenSealed(ctx, func() {}, s.announce)
		if ctx.Err() != nil {
			return
		}
		s.log.WarnContext(ctx, "listening for seals failed, trying again", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(sealIdle):
		}
	}
}

func (s *Sealer) announce(one store.Sealed) {
	s.mu.Lock()
	if one.Sequence > s.latest[one.Tenant].Sequence {
		s.latest[one.Tenant] = one
		close(s.changed)
		s.changed = make(chan struct{})
	}
	s.mu.Unlock()
	for _, hook := range s.hooks {
		hook(one)
	}
}
