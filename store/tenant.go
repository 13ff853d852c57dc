package store

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

type tenantRow struct {
	head
	Key      string `bun:"key"`
	Name     string `bun:"name"`
	TimeZone string `bun:"time_zone"`
	Currency string `bun:"currency"`
}

var tenants = &table[tenantRow, model.Tenant, *tenantRow]{
	name: "tenant", kind: model.KindTenant, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}},
	model: func(r *tenantRow) *model.Tenant {
		return &model.Tenant{
			ID: model.UUIDs(model.KindTenant, r.ID), Key: r.Key, Name: r.Name, TimeZone: r.TimeZone,
			Currency: model.CurrencyCode(r.Currency), Version: r.Version,
		}
	},
	row: func(m *model.Tenant) (*tenantRow, model.ID, int) {
		return &tenantRow{Key: m.Key, Name: m.Name, TimeZone: m.TimeZone, Currency: string(m.Currency)}, m.ID, m.Version
	},
}

type userRow struct {
	head
	Issuer  string     `bun:"issuer"`
	Subject string     `bun:"subject"`
	Name    string     `bun:"name"`
	Roles   []string   `bun:"roles,array"`
	PayeeID *uuid.UUID `bun:"payee_id"`
	Active  bool       `bun:"active"`
}

func (r *userRow) user() *model.User {
	return &model.User{
		ID: model.UUIDs(model.KindUser, r.ID), Issuer: r.Issuer, Subject: r.Subject, Name: r.Name, Roles: rolesOf(r.Roles),
		PayeeID: idPtr(model.KindPayee, r.PayeeID), Active: r.Active, Version: r.Version,
	}
}

func rolesOf(row []string) []model.Role {
	roles := make([]model.Role, len(row))
	for i, role := range row {
		roles[i] = model.Role(role)
	}
	return roles
}

func rolesRow(roles []model.Role) []string {
	row := make([]string, len(roles))
	for i, role := range roles {
		row[i] = string(role)
	}
	return row
}

var users = &table[userRow, model.User, *userRow]{
	name: "app_user", kind: model.KindUser, key: "subject",
	order: []orderKey{{expr: "t.name", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	model: (*userRow).user,
	row: func(m *model.User) (*userRow, model.ID, int) {
		return &userRow{Issuer: m.Issuer, Subject: m.Subject, Name: m.Name, Roles: rolesRow(m.Roles), PayeeID: uuidPtr(m.PayeeID), Active: m.Active}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND t.id = ?", scope.Reach.User) },
}

// CreateTenant enters the tenant into the policy-free list and writes its
// first version. The transaction is the new tenant's own, in the worker's role.
func (tx *Tx) CreateTenant(ctx context.Context, m *model.Tenant) error {
	if _, err := tx.exec(ctx, "INSERT INTO tenant_list (id, key) VALUES ($1, $2)", m.ID.UUID(), m.Key); err != nil {
		return err
	}
	_, err := tenants.save(ctx, tx, m)
	return err
}

// TenantOf reads the scope's tenant.
func (r reads) TenantOf(ctx context.Context, scope model.Scope) (*model.Tenant, error) {
	found, err := tenants.all(ctx, r, scope)
	if err != nil || len(found) == 0 {
		return nil, errors.Join(err, errors.New("the tenant is not visible yet"))
	}
	return found[0], nil
}

// TenantsByID reads the scope's tenant, where it is among the ids.
func (r reads) TenantsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Tenant, error) {
	return tenants.byIDs(ctx, r, scope, ids)
}

// SignIn finds who signs in, as the user's row is at the tenant's last sealed
// moment, with that moment and the time zone of the tenant; nil where there is
// nobody.
func (r reads) SignIn(ctx context.Context, tenant uuid.UUID, issuer, subject string) (model.ReadPoint, *model.User, string, error) {
	b := (&builder{}).add("SELECT s.sequence, s.horizon, s.at, (SELECT time_zone FROM tenant z WHERE z.tenant_id = t.tenant_id ORDER BY version DESC LIMIT 1), "+users.columns()+`
		FROM (SELECT sequence, horizon, at FROM seal WHERE tenant_id = ? ORDER BY sequence DESC LIMIT 1) s
		JOIN app_user t ON t.tenant_id = ? AND t.tx_from < s.horizon AND t.tx_to >= s.horizon WHERE t.issuer = ? AND t.subject = ?`, tenant, tenant, issuer, subject)
	type signed struct {
		Sequence int64     `bun:"sequence"`
		Horizon  int64     `bun:"horizon"`
		At       time.Time `bun:"at"`
		Zone     string    `bun:"zone"`
		userRow
	}
	found, err := collect[signed](ctx, r.q, model.Scope{Tenant: tenant}, b)
	if err != nil || len(found) == 0 {
		return model.ReadPoint{}, nil, "", err
	}
	one := found[0]
	return model.ReadPoint{Sequence: one.Sequence, Horizon: one.Horizon, At: one.At}, one.user(), one.Zone, nil
}

// UsersByID reads users by id.
func (r reads) UsersByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.User, error) {
	return users.byIDs(ctx, r, scope, ids)
}

// Users reads all users.
func (r reads) Users(ctx context.Context, scope model.Scope) ([]*model.User, error) {
	return users.all(ctx, r, scope)
}

// UserPage reads a page of users, by name.
func (r reads) UserPage(ctx context.Context, scope model.Scope, where *model.UserWhere, page model.PageArgs) (*model.Connection[model.User], error) {
	return users.page(ctx, r, scope, userList, where, page)
}

// SaveUser writes the user's next version and gives its number.
func (tx *Tx) SaveUser(ctx context.Context, m *model.User) (int, error) {
	return users.save(ctx, tx, m)
}

// TenantHasUsers tells whether anybody can sign in yet.
func (tx *Tx) TenantHasUsers(ctx context.Context) (bool, error) {
	var has bool
	err := tx.query(ctx, tx.Scope(), "SELECT EXISTS (SELECT FROM app_user WHERE tenant_id = $1)", []any{tx.Tenant}, func(rows pgx.Rows) error {
		return rows.Scan(&has)
	})
	return has, err
}
