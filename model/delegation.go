package model

import (
	"slices"
	"time"
)

// DelegationStatus is where a delegation is in its time.
type DelegationStatus string

// The states of a delegation.
const (
	DelegationPlanned DelegationStatus = "PLANNED" // its first instant is to come
	DelegationActive  DelegationStatus = "ACTIVE"
	DelegationEnded   DelegationStatus = "ENDED"   // its time is over
	DelegationRevoked DelegationStatus = "REVOKED" // somebody has ended it before
)

// undelegated are the roles that nobody hands over: one's own pay, and the
// keeping of users and keys.
var undelegated = []Role{RoleRep, RoleTenantAdmin}

// Delegable tells whether a role may be handed over.
func (r Role) Delegable() bool { return !slices.Contains(undelegated, r) }

// Delegation hands roles of one user, the giver, over to another, the receiver,
// from an instant until another, which is not in it.
type Delegation struct {
	ID           ID
	GiverID      ID
	GiverName    string // as it was when the delegation was made
	ReceiverID   ID
	ReceiverName string
	Roles        []Role
	From, Until  time.Time
	Reason       string
	CreatedByID  ID
	CreatedAt    time.Time
	EndedByID    *ID // who ended it before Until
	EndedAt      *time.Time
	Version      int
}

// StatusAt says where the delegation is at an instant.
func (d *Delegation) StatusAt(now time.Time) DelegationStatus {
	switch {
	case d.EndedAt != nil:
		return DelegationRevoked
	case !now.Before(d.Until):
		return DelegationEnded
	case now.Before(d.From):
		return DelegationPlanned
	}
	return DelegationActive
}

// DelegationWhere filters delegations; all conditions given must hold.
type DelegationWhere struct {
	And, Or    []*DelegationWhere
	Not        *DelegationWhere
	ID         *IDFilter
	GiverID    *IDFilter
	ReceiverID *IDFilter
	ActiveAt   *time.Time // those that are in force at the instant
	Revoked    *bool
	From       *DateTimeFilter
	Until      *DateTimeFilter
	CreatedAt  *DateTimeFilter
}
