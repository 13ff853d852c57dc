package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// keyUses gathers which API keys were used, and writes it down beside the
// answers: at most once a minute for each key.
type keyUses struct {
	wake chan struct{}

	mu      sync.Mutex
	noted   map[model.ID]time.Time
	waiting map[model.ID]keyUse
}

type keyUse struct {
	tenant uuid.UUID
	at     time.Time
}

// maxNoted bounds the keys that are remembered to have been noted: beyond it
// all are forgotten, and noted once more than they must.
const maxNoted = 10_000

func newKeyUses() *keyUses {
	return &keyUses{wake: make(chan struct{}, 1), noted: map[model.ID]time.Time{}, waiting: map[model.ID]keyUse{}}
}

// note says that a key was used. It does not block.
func (u *keyUses) note(key auth.APIKey, at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if at.Sub(u.noted[key.ID]) < time.Minute {
		return
	}
	if len(u.noted) >= maxNoted {
		clear(u.noted)
		clear(u.waiting)
	}
	u.noted[key.ID], u.waiting[key.ID] = at, keyUse{key.Tenant, at}
	select {
	case u.wake <- struct{}{}:
	default:
	}
}

// run writes uses down until ctx ends. One that cannot be written is lost: the
// next use, a minute later, is another.
func (u *keyUses) run(ctx context.Context, st *store.Store, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-u.wake:
		}
		u.mu.Lock()
		waiting := u.waiting
		u.waiting = map[model.ID]keyUse{}
		u.mu.Unlock()
		for key, use := range waiting {
			opts := store.TxOptions{Tenant: use.tenant, ActorName: "spm", Operation: "noteKeyUse"}
			err := st.InTx(ctx, opts, func(tx *store.Tx) error { return tx.NoteKeyUse(ctx, key, use.at) })
			if err != nil && ctx.Err() == nil {
				log.WarnContext(ctx, "the last use of an API key was not noted", "key", auth.ShownPrefix(key), "error", err)
			}
		}
	}
}
