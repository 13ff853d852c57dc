package service

import (
	"time"

	"github.com/google/uuid"

	"spm/store"
)

// A process takes points of a caller in advance: so many as flow into the caller's
// bucket in this time, and of all callers of a tenant together no more than flow into
// the tenant's. It asks the database again when they are spent, or after this time.
const aheadOf = time.Second

// purse holds the points of a caller that this process has taken from both buckets
// and not spent: those of operations that used less than they took, and those taken in
// advance. Below 0, operations used more. What is in it is in no bucket, so that
// nobody else can spend it.
type purse struct {
	points float64
	spent  float64      // without asking, since the database was last asked
	levels store.Levels // what was left in the buckets then
	asked  time.Time
	asking bool // somebody takes points in advance
}

// inflow is what flows into a bucket within aheadOf.
func inflow(a store.Allowance) float64 { return float64(a) * float64(aheadOf) / float64(time.Minute) }

// purse is the caller's; b.mu is held.
func (b *Budget) purse(p payer) *purse {
	held := b.purses[p]
	if held == nil {
		held = &purse{}
		b.purses[p] = held
	}
	return held
}

// spend takes points out of the caller's purse, where it holds as many and the
// database was asked so lately, and so little was spent since, that what it said of
// the buckets holds.
func (b *Budget) spend(p payer, points float64) (store.Levels, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.purses[p]
	if held == nil || held.points < points || held.spent+points > inflow(b.User) || b.now().Sub(held.asked) >= aheadOf {
		return store.Levels{}, false
	}
	held.points -= points
	held.spent += points
	return held.left(), true
}

// left is what the caller can still spend here: what the buckets held, and the purse.
func (h *purse) left() store.Levels {
	return store.Levels{Taken: true, Actor: h.levels.Actor + h.points, Tenant: h.levels.Tenant + h.points}
}

// collect empties the caller's purse into an operation that asks the database, and
// says how much to take in advance: nothing where somebody does so already, where
// less than half was left in a bucket, and where the purse could not serve another
// operation like it.
func (b *Budget) collect(p payer, wanted float64) (owed, ahead float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.purse(p)
	owed, held.points = held.points, 0
	ahead = inflow(b.User)
	if wanted > ahead || held.asking || held.asked.IsZero() || held.levels.Actor < float64(b.User)/2 || held.levels.Tenant < float64(b.Tenant)/2 {
		return owed, 0
	}
	if b.advanced[p.tenant]+ahead > inflow(b.Tenant) {
		return owed, 0
	}
	b.advanced[p.tenant] += ahead
	held.asking = true
	return owed, ahead
}

// keep puts points that are taken and not spent into the caller's purse.
func (b *Budget) keep(p payer, points float64) {
	if points == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.purse(p).points += points
}

// answered notes what the database said of the buckets, and puts what it gave in
// advance into the caller's purse.
func (b *Budget) answered(p payer, levels store.Levels, ahead float64) store.Levels {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.purse(p)
	held.points += ahead
	held.levels, held.asked, held.spent = levels, b.now(), 0
	return held.left()
}

// asked ends the time in which somebody takes points in advance.
func (b *Budget) asked(p payer, ahead float64) {
	if ahead == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.purse(p).asking = false
}

// empty takes all purses away, to be given back.
func (b *Budget) empty() map[payer]*purse {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.purses
	b.purses, b.advanced = map[payer]*purse{}, map[uuid.UUID]float64{}
	return all
}
