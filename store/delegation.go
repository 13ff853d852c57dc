package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

type delegationRow struct {
	head
	GiverID      uuid.UUID  `bun:"giver_id"`
	GiverName    string     `bun:"giver_name"`
	ReceiverID   uuid.UUID  `bun:"receiver_id"`
	ReceiverName string     `bun:"receiver_name"`
	Roles        []string   `bun:"roles,array"`
	From         time.Time  `bun:"from_at"`
	Until        time.Time  `bun:"until_at"`
	Reason       string     `bun:"reason"`
	CreatedBy    uuid.UUID  `bun:"created_by"`
	CreatedAt    time.Time  `bun:"created_at"`
	EndedBy      *uuid.UUID `bun:"ended_by"`
	EndedAt      *time.Time `bun:"ended_at"`
}

func (r *delegationRow) delegation() *model.Delegation {
	return &model.Delegation{
		ID: model.UUIDs(model.KindDelegation, r.ID), GiverID: model.UUIDs(model.KindUser, r.GiverID), GiverName: r.GiverName,
		ReceiverID: model.UUIDs(model.KindUser, r.ReceiverID), ReceiverName: r.ReceiverName, Roles: rolesOf(r.Roles), From: r.From, Until: r.Until,
		Reason: r.Reason, CreatedByID: model.UUIDs(model.KindUser, r.CreatedBy), CreatedAt: r.CreatedAt,
		EndedByID: idPtr(model.KindUser, r.EndedBy), EndedAt: r.EndedAt, Version: r.Version,
	}
}

var delegations = &table[delegationRow, model.Delegation, *delegationRow]{
	name: "delegation", kind: model.KindDelegation,
	order: []orderKey{{expr: "t.from_at", cast: "timestamptz"}, {expr: "t.id", cast: "uuid"}},
	model: (*delegationRow).delegation,
	row: func(m *model.Delegation) (*delegationRow, model.ID, int) {
		return &delegationRow{
			GiverID: m.GiverID.UUID(), GiverName: m.GiverName, ReceiverID: m.ReceiverID.UUID(), ReceiverName: m.ReceiverName, Roles: rolesRow(m.Roles),
			From: m.From, Until: m.Until, Reason: m.Reason, CreatedBy: m.CreatedByID.UUID(), CreatedAt: m.CreatedAt,
			EndedBy: uuidPtr(m.EndedByID), EndedAt: m.EndedAt,
		}, m.ID, m.Version
	},
	// What one gives, and what one is given.
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND (t.giver_id = ? OR t.receiver_id = ?)", scope.Reach.User, scope.Reach.User)
	},
}

// DelegationsByID reads delegations by id.
func (r reads) DelegationsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Delegation, error) {
	return delegations.byIDs(ctx, r, scope, ids)
}

// DelegationPage reads a page of delegations, by when they begin.
func (r reads) DelegationPage(ctx context.Context, scope model.Scope, where *model.DelegationWhere, page model.PageArgs) (*model.Connection[model.Delegation], error) {
	return delegations.page(ctx, r, scope, delegationList, where, page)
}

// DelegationsBetween reads the delegations of a giver to a receiver that nobody
// has ended.
func (r reads) DelegationsBetween(ctx context.Context, scope model.Scope, giver, receiver model.ID) ([]*model.Delegation, error) {
	b := delegations.from(delegations.columns(), scope)
	return delegations.models(ctx, r, scope, b.add(" AND t.giver_id = ? AND t.receiver_id = ? AND t.ended_at IS NULL ORDER BY t.from_at", giver.UUID(), receiver.UUID()))
}

// SaveDelegation writes the delegation's next version and gives its number.
func (tx *Tx) SaveDelegation(ctx context.Context, m *model.Delegation) (int, error) {
	return delegations.save(ctx, tx, m)
}

// DelegationSignIn is what decides whether somebody may act by a delegation, as
// it is now.
type DelegationSignIn struct {
	Delegation *model.Delegation
	Giver      *model.User
}

// SignInDelegation reads a delegation with its giver; nil where there is none.
// What is in force now counts, sealed or not, so that its end is heard of at
// once.
func (r reads) SignInDelegation(ctx context.Context, tenant uuid.UUID, delegation model.ID) (*DelegationSignIn, error) {
	b := (&builder{}).add("SELECT u.name AS called, u.roles AS has, u.payee_id, u.active, "+delegations.columns()+
		" FROM delegation t JOIN app_user u ON u.tenant_id = ? AND u.id = t.giver_id AND u.tx_to = "+inForceNow+
		" WHERE t.tenant_id = ? AND t.id = ? AND t.tx_to = "+inForceNow, tenant, tenant, delegation.UUID())
	type signed struct {
		Called  string     `bun:"called"`
		Has     []string   `bun:"has"`
		PayeeID *uuid.UUID `bun:"payee_id"`
		Active  bool       `bun:"active"`
		delegationRow
	}
	found, err := collect[signed](ctx, r.q, model.Scope{Tenant: tenant}, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	one := found[0]
	signIn := &DelegationSignIn{Delegation: one.delegation()}
	signIn.Giver = &model.User{
		ID: signIn.Delegation.GiverID, Name: one.Called, Roles: rolesOf(one.Has), PayeeID: idPtr(model.KindPayee, one.PayeeID), Active: one.Active,
	}
	return signIn, nil
}
