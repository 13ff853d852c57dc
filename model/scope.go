package model

import (
	"time"

	"github.com/google/uuid"
)

// ReadPoint is one moment of what the system knew: every row written by a
// transaction below Horizon is in it, no other is. Sequence is the tenant's
// sealed change sequence at that moment and At when it was sealed.
type ReadPoint struct {
	Horizon  int64
	Sequence int64
	At       time.Time
}

// Latest is the read point of a writer inside its own transaction: whatever is
// in force now, its own writes included.
var Latest = ReadPoint{Horizon: 1<<63 - 2}

// PositionSpan is a position that somebody may see, on the days in which it
// was in their subtree.
type PositionSpan struct {
	Position uuid.UUID
	Days     Interval
}

// ProductSpan is what a product is called by in transactions, on days on which it
// was of a product line.
type ProductSpan struct {
	Spelling string
	Days     Interval
}

// Reach is the set of rows that a principal may see of one kind: all of the
// tenant's, or those of its own user and payee and of the positions of its subtree. A
// pay row of a closed period is tested on the period's last day, one of an
// open period on Today.
type Reach struct {
	All     bool
	User    uuid.UUID
	Payee   *uuid.UUID
	Subtree []PositionSpan
	// Line bounds transactions and credits by product, and nothing else is seen
	// then; nil where it does not.
	Line  []ProductSpan
	Today Date
	// Except is a payee whose rows of pay are not in the reach, though a position
	// of theirs is in the subtree: that of a manager whom somebody stands in for.
	Except *uuid.UUID
}

// Scope says what a read may see: the tenant, the moment and the rows. Every
// read of store takes one.
type Scope struct {
	Tenant uuid.UUID
	Read   ReadPoint
	Reach  Reach
}

// Unbounded is the scope of the tenant's own machinery, and of a writer that
// checks references: all rows of the tenant as they are at the read point.
func Unbounded(tenant uuid.UUID, at ReadPoint) Scope {
	return Scope{Tenant: tenant, Read: at, Reach: Reach{All: true}}
}
