package service

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// The budgets of a minute, in points, where the operator sets none.
const (
	DefaultUserBudget   = 120_000
	DefaultTenantBudget = 600_000
	DefaultMillisecond  = 2
)

const (
	// budgetPatience is how long the database may take over a budget.
	budgetPatience = 250 * time.Millisecond
	// budgetPause is how often what was not used is given back.
	budgetPause = time.Second
	// stoodIn bounds the buckets that a process keeps for itself.
	stoodIn = 10_000
)

// Budget bounds what each caller, and each tenant as a whole, asks for in a minute.
// Both have a bucket of points in the database, so that they are the same on every
// replica: an operation takes what it may cost before it is executed, out of what the
// process has taken for the caller already, or in one statement, and what it did not
// use goes back with the caller's next statement, or within a second. Nothing is spent
// that was not taken before. Where the database does not answer in time, the process
// stands in with a bucket of its own for the caller: nobody is refused for that alone,
// and nobody spends more in a process than a budget.
type Budget struct {
	store *store.Store
	log   *slog.Logger
	now   func() time.Time

	// User and Tenant are what a full bucket holds, and what flows in within a
	// minute. They are set before anything is served.
	User, Tenant store.Allowance
	// Millisecond is what it costs in points to be worked for a millisecond: an
	// operation costs what it gives or what it took, whichever is more.
	Millisecond float64

	shares *shares

	mu       sync.Mutex
	purses   map[payer]*purse
	advanced map[uuid.UUID]float64 // what was taken in advance for a tenant, since all was given back
	standIn  map[payer]*store.StandIn
}

// payer is whose bucket it is.
type payer struct{ tenant, actor uuid.UUID }

// NewBudget makes the default budgets. What is owed goes back by Run.
func NewBudget(st *store.Store, now func() time.Time, log *slog.Logger) *Budget {
	return &Budget{
		store: st, log: log, now: now, User: DefaultUserBudget, Tenant: DefaultTenantBudget, Millisecond: DefaultMillisecond,
		shares: newShares(), purses: map[payer]*purse{}, advanced: map[uuid.UUID]float64{}, standIn: map[payer]*store.StandIn{},
	}
}

// Receipt says what an operation has taken and what is left of the caller's budget.
type Receipt struct {
	Refused bool
	payer   payer
	user    store.Allowance
	tenant  store.Allowance
	levels  store.Levels
	wanted  float64
}

// Left is how many points the caller can spend now: no more than the tenant can.
func (r *Receipt) Left() int {
	return int(max(0, math.Floor(min(r.levels.Actor, r.levels.Tenant))))
}

// Allowance is what the caller's bucket holds when it is full; TenantAllowance the tenant's.
func (r *Receipt) Allowance() int { return int(r.user) }

// TenantAllowance is what the tenant's bucket holds when it is full.
func (r *Receipt) TenantAllowance() int { return int(r.tenant) }

// Full is how long it takes until both buckets are full.
func (r *Receipt) Full() time.Duration {
	return max(r.user.Until(r.levels.Actor, float64(r.user)), r.tenant.Until(r.levels.Tenant, float64(r.tenant)))
}

// Wait is how long it takes until an operation that was refused may be tried again.
func (r *Receipt) Wait() time.Duration {
	return max(r.user.Until(r.levels.Actor, min(r.wanted, float64(r.user))), r.tenant.Until(r.levels.Tenant, min(r.wanted, float64(r.tenant))))
}

// Return changes what is left by what was taken and not used.
func (r *Receipt) Return(points int) {
	r.levels.Actor = min(r.levels.Actor+float64(points), float64(r.user))
	r.levels.Tenant = min(r.levels.Tenant+float64(points), float64(r.tenant))
}

// Take takes the points from the budgets of the session's principal and its tenant,
// or, where one holds too little, from neither. A stranger has no budget and no
// receipt: there is nothing that they may ask the database for.
func (b *Budget) Take(ctx context.Context, points int) (*Receipt, error) {
	p := auth.SessionOf(ctx).Principal
	if p == nil {
		return nil, nil
	}
	r := &Receipt{payer: payer{p.Tenant, p.Actor().UUID()}, user: b.User, tenant: b.Tenant, wanted: float64(points)}
	if levels, paid := b.spend(r.payer, r.wanted); paid {
		r.levels = levels
		return r, nil
	}
	owed, ahead := b.collect(r.payer, r.wanted)
	defer b.asked(r.payer, ahead)
	asking, cancel := context.WithTimeout(ctx, budgetPatience)
	defer cancel()
	levels, err := b.store.TakeBudget(asking, b.buckets(r.payer, r.wanted-owed+ahead, false))
	if err == nil && !levels.Taken && ahead > 0 {
		ahead = 0
		levels, err = b.store.TakeBudget(asking, b.buckets(r.payer, r.wanted-owed, false))
	}
	switch {
	case ctx.Err() != nil:
		b.keep(r.payer, owed)
		return nil, ctx.Err()
	case err != nil:
		b.log.WarnContext(ctx, "the budget is kept by this process alone", "error", err)
		b.keep(r.payer, owed)
		r.levels = b.standsIn(r.payer, r.wanted)
	case levels.Taken:
		r.levels = b.answered(r.payer, levels, ahead)
	default:
		b.keep(r.payer, owed)
		levels.Actor, levels.Tenant = levels.Actor+owed, levels.Tenant+owed // what was used beyond what was taken is asked for first
		r.levels = levels
	}
	r.Refused = !r.levels.Taken
	return r, nil
}

// Settle gives back what a receipt's operation did not use; below 0, it used more.
func (b *Budget) Settle(r *Receipt, points int) {
	b.keep(r.payer, float64(points))
}

// Worth is what it costs in points to be worked for so long.
func (b *Budget) Worth(worked time.Duration) int {
	return int(float64(worked) / float64(time.Millisecond) * b.Millisecond)
}

// ErrBudget is the refusal of an operation for which a receipt says to wait.
func ErrBudget(r *Receipt) error {
	return model.Errorf(model.RateLimited, "The operation costs %d points and %d are left: try again in %d seconds.", int(r.wanted), r.Left(), Seconds(r.Wait()))
}

// Seconds rounds a time up to whole seconds.
func Seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

func (b *Budget) buckets(p payer, points float64, unconditional bool) store.Buckets {
	return store.Buckets{
		Tenant: p.tenant, Actor: p.actor, ActorMay: b.User, TenantMay: b.Tenant,
		ActorSpends: points, TenantSpends: points, Unconditional: unconditional,
	}
}

// standsIn takes from the process's own bucket of a caller. There are so many at
// most; where one more would be needed, all begin anew.
func (b *Budget) standsIn(p payer, points float64) store.Levels {
	b.mu.Lock()
	defer b.mu.Unlock()
	bucket := b.standIn[p]
	if bucket == nil {
		if len(b.standIn) >= stoodIn {
			clear(b.standIn)
		}
		bucket = store.NewStandIn(b.User, b.now())
		b.standIn[p] = bucket
	}
	level, taken := bucket.Take(points, b.now())
	return store.Levels{Taken: taken, Actor: level, Tenant: float64(b.Tenant)}
}

// Run gives back what is owed every second until ctx ends, and once more then.
func (b *Budget) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(budgetPause):
		}
		b.giveBack(context.WithoutCancel(ctx))
	}
}

// giveBack writes down all that is owed. What cannot be is forgotten: it is of this
// minute only.
func (b *Budget) giveBack(ctx context.Context) {
	held := b.empty()
	ctx, cancel := context.WithTimeout(ctx, budgetPause)
	defer cancel()
	for p, purse := range held {
		if purse.points == 0 {
			continue
		}
		if _, err := b.store.TakeBudget(ctx, b.buckets(p, -purse.points, true)); err != nil {
			b.log.WarnContext(ctx, "what is owed to budgets is lost", "error", err)
			return
		}
	}
}
