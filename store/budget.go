package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Allowance is what a bucket holds when it is full, in points; it fills up from
// empty in a minute.
type Allowance float64

// Buckets say how much an actor, and its tenant as a whole, may spend.
type Buckets struct {
	Tenant        uuid.UUID
	Actor         uuid.UUID // a user or an API key
	ActorMay      Allowance
	TenantMay     Allowance
	ActorSpends   float64 // what is taken now; below 0 it is given back
	TenantSpends  float64
	Unconditional bool // take it whatever is left: it has been spent already
}

// Levels are what is left in the buckets, below 0 where more was spent than asked for.
type Levels struct {
	Taken  bool // from both, or from none
	Actor  float64
	Tenant float64
}

// refilled is the level of a bucket now: $n are the places of its allowance.
const (
	refilledActor  = "least($3, b.level + greatest(extract(epoch FROM clock_timestamp() - b.at), 0) * $3 / 60)"
	refilledTenant = "least($5, b.level + greatest(extract(epoch FROM clock_timestamp() - b.at), 0) * $5 / 60)"
)

// takeSQL takes from the actor's bucket, then from the tenant's; each row is locked
// in that order and for this statement only. A full bucket serves an operation of any
// cost, so that none waits for ever. What the actor's bucket gave where the tenant's
// had too little is given back by giveSQL.
const takeSQL = `WITH actor AS (INSERT INTO budget AS b (tenant_id, actor_id, level, at) VALUES ($1, $2, $3::float8 - $4::float8, clock_timestamp())
	ON CONFLICT (tenant_id, actor_id) DO UPDATE SET level = least($3, ` + refilledActor + ` - $4), at = greatest(b.at, clock_timestamp())
	WHERE $7 OR ` + refilledActor + ` >= least($3, $4) RETURNING level
), tenant AS (
	INSERT INTO budget AS b (tenant_id, actor_id, level, at) SELECT $1, '00000000-0000-0000-0000-000000000000', $5::float8 - $6::float8, clock_timestamp() FROM actor
	ON CONFLICT (tenant_id, actor_id) DO UPDATE SET level = least($5, ` + refilledTenant + ` - $6), at = greatest(b.at, clock_timestamp())
	WHERE $7 OR ` + refilledTenant + ` >= least($5, $6) RETURNING level
)
SELECT EXISTS (SELECT FROM actor), EXISTS (SELECT FROM tenant),
	coalesce((SELECT level FROM actor), (SELECT ` + refilledActor + ` FROM budget b WHERE tenant_id = $1 AND actor_id = $2), $3),
	coalesce((SELECT level FROM tenant), (SELECT ` + refilledTenant + ` FROM budget b WHERE tenant_id = $1 AND actor_id = '00000000-0000-0000-0000-000000000000'), $5)`

const giveSQL = "UPDATE budget SET level = level + $3 WHERE tenant_id = $1 AND actor_id = $2"

// TakeBudget takes points from both buckets, or from none where one holds too little.
// It is no change of the company's data: it has no read point, and nobody seals it.
func (s *Store) TakeBudget(ctx context.Context, b Buckets) (Levels, error) {
	var levels Levels
	var actor bool
	err := s.alone(ctx, readWrite, RoleAPI, b.Tenant, takeSQL, []any{b.Tenant, b.Actor, float64(b.ActorMay), b.ActorSpends, float64(b.TenantMay), b.TenantSpends, b.Unconditional},
		func(rows pgx.Rows) error { return rows.Scan(&actor, &levels.Taken, &levels.Actor, &levels.Tenant) })
	if err != nil {
		return Levels{}, translate(err)
	}
	if actor && !levels.Taken {
		levels.Actor += b.ActorSpends
		err = s.alone(ctx, readWrite, RoleAPI, b.Tenant, giveSQL, []any{b.Tenant, b.Actor, b.ActorSpends}, func(pgx.Rows) error { return nil })
	}
	return levels, translate(err)
}

// Until is how long a bucket takes to hold so much, from a level below it.
func (a Allowance) Until(level, wanted float64) time.Duration {
	if a <= 0 || wanted <= level {
		return 0
	}
	return time.Duration((wanted - level) / float64(a) * float64(time.Minute))
}

// StandIn is a bucket in memory, for while that of the database does not answer. It is
// not safe for concurrent use.
type StandIn struct {
	may   Allowance
	level float64
	at    time.Time
}

// NewStandIn makes a full one.
func NewStandIn(may Allowance, now time.Time) *StandIn {
	return &StandIn{may: may, level: float64(may), at: now}
}

// Take takes points where there are as many, and tells what is left.
func (s *StandIn) Take(points float64, now time.Time) (level float64, taken bool) {
	s.level = min(float64(s.may), s.level+max(0, now.Sub(s.at).Minutes())*float64(s.may))
	s.at = now
	if s.level < min(points, float64(s.may)) {
		return s.level, false
	}
	s.level -= points
	return s.level, true
}
