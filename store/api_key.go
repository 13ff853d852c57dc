package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

type apiKeyRow struct {
	head
	Name       string     `bun:"name"`
	Scopes     []string   `bun:"scopes,array"`
	PositionID *uuid.UUID `bun:"position_id"`
	Networks   []string   `bun:"networks,array"`
	ExpiresAt  time.Time  `bun:"expires_at"`
	CreatedBy  uuid.UUID  `bun:"created_by"`
	CreatedAt  time.Time  `bun:"created_at"`
	RotatedAt  *time.Time `bun:"rotated_at"`
	RevokedAt  *time.Time `bun:"revoked_at"`

	ApplicationID *uuid.UUID `bun:"application_id"`
	Documents     string     `bun:"documents"`

	ProductID *uuid.UUID `bun:"product_id"`
}

func (r *apiKeyRow) key() *model.APIKey {
	scopes := make([]model.APIKeyScope, len(r.Scopes))
	for i, scope := range r.Scopes {
		scopes[i] = model.APIKeyScope(scope)
	}
	return &model.APIKey{
		ID: model.UUIDs(model.KindAPIKey, r.ID), Name: r.Name, Scopes: scopes, PositionID: idPtr(model.KindPosition, r.PositionID),
		Networks: r.Networks, ExpiresAt: r.ExpiresAt, CreatedBy: model.UUIDs(model.KindUser, r.CreatedBy), CreatedAt: r.CreatedAt,
		RotatedAt: r.RotatedAt, RevokedAt: r.RevokedAt, ApplicationID: idPtr(model.KindClientApplication, r.ApplicationID),
		Documents: model.DocumentMode(r.Documents), ProductID: idPtr(model.KindProduct, r.ProductID), Version: r.Version,
	}
}

var apiKeys = &table[apiKeyRow, model.APIKey, *apiKeyRow]{
	name: "api_key", kind: model.KindAPIKey,
	order: []orderKey{{expr: "t.name", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	model: (*apiKeyRow).key,
	row: func(m *model.APIKey) (*apiKeyRow, model.ID, int) {
		scopes := make([]string, len(m.Scopes))
		for i, scope := range m.Scopes {
			scopes[i] = string(scope)
		}
		return &apiKeyRow{
			Name: m.Name, Scopes: scopes, PositionID: uuidPtr(m.PositionID), Networks: append([]string{}, m.Networks...), ExpiresAt: m.ExpiresAt,
			CreatedBy: m.CreatedBy.UUID(), CreatedAt: m.CreatedAt, RotatedAt: m.RotatedAt, RevokedAt: m.RevokedAt,
			ApplicationID: uuidPtr(m.ApplicationID), Documents: string(m.Documents), ProductID: uuidPtr(m.ProductID),
		}, m.ID, m.Version
	},
	reach: func(b *builder, _ model.Scope) { b.add(" AND false") }, // keys are seen by those who see all
}

// APIKeysByID reads API keys by id.
func (r reads) APIKeysByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.APIKey, error) {
	return apiKeys.byIDs(ctx, r, scope, ids)
}

// APIKeyPage reads a page of API keys, by name.
func (r reads) APIKeyPage(ctx context.Context, scope model.Scope, where *model.APIKeyWhere, page model.PageArgs) (*model.Connection[model.APIKey], error) {
	return apiKeys.page(ctx, r, scope, apiKeyList, where, page)
}

// APIKeyUsesByID reads when API keys were used last; nothing for those that
// never were.
func (r reads) APIKeyUsesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.APIKeyUse, error) {
	b := (&builder{}).add("SELECT t.key_id, t.at FROM api_key_use t WHERE t.tenant_id = ? AND t.key_id = ANY(?)", scope.Tenant, uuids(ids))
	if !scope.Reach.All {
		b.add(" AND false")
	}
	out := map[model.ID]*model.APIKeyUse{}
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var id uuid.UUID
		use := &model.APIKeyUse{}
		err := rows.Scan(&id, &use.At)
		out[model.UUIDs(model.KindAPIKey, id)] = use
		return err
	})
	return out, err
}

// KeySignIn is what decides whether an API key is let in, as it is now, and at
// which sealed moment it then reads.
type KeySignIn struct {
	Read    model.ReadPoint
	Zone    string // of the tenant
	Key     *model.APIKey
	Creator *model.User
	Secrets []model.APIKeySecret
}

// SignInKey reads an API key with its secrets and its creator; nil where there
// is none. What is in force now counts, sealed or not, so that a revocation is
// heard of at once.
func (r reads) SignInKey(ctx context.Context, tenant uuid.UUID, key model.ID) (*KeySignIn, error) {
	b := (&builder{}).add(`SELECT s.sequence, s.horizon, s.at, (SELECT time_zone FROM tenant z WHERE z.tenant_id = t.tenant_id ORDER BY version DESC LIMIT 1),
		ARRAY(SELECT x.hash FROM api_key_secret x WHERE x.tenant_id = ? AND x.key_id = t.id AND (x.ends_at IS NULL OR x.ends_at > clock_timestamp()) ORDER BY x.number),
		ARRAY(SELECT x.ends_at FROM api_key_secret x WHERE x.tenant_id = ? AND x.key_id = t.id AND (x.ends_at IS NULL OR x.ends_at > clock_timestamp()) ORDER BY x.number),
		u.roles, u.active, `+apiKeys.columns()+`
		FROM (SELECT sequence, horizon, at FROM seal WHERE tenant_id = ? ORDER BY sequence DESC LIMIT 1) s
		JOIN api_key t ON t.tenant_id = ? AND t.tx_to = `+inForceNow+` JOIN app_user u ON u.tenant_id = ? AND u.id = t.created_by AND u.tx_to = `+inForceNow+`
		WHERE t.id = ?`, tenant, tenant, tenant, tenant, tenant, key.UUID())
	type signed struct {
		Sequence int64        `bun:"sequence"`
		Horizon  int64        `bun:"horizon"`
		At       time.Time    `bun:"at"`
		Zone     string       `bun:"zone"`
		Hashes   [][]byte     `bun:"hashes"`
		Ends     []*time.Time `bun:"ends"`
		Roles    []string     `bun:"roles"`
		Active   bool         `bun:"active"`
		apiKeyRow
	}
	found, err := collect[signed](ctx, r.q, model.Scope{Tenant: tenant}, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	one := found[0]
	signIn := &KeySignIn{Read: model.ReadPoint{Sequence: one.Sequence, Horizon: one.Horizon, At: one.At}, Zone: one.Zone, Key: one.key()}
	signIn.Creator = &model.User{ID: signIn.Key.CreatedBy, Active: one.Active}
	for _, role := range one.Roles {
		signIn.Creator.Roles = append(signIn.Creator.Roles, model.Role(role))
	}
	for i := range one.Hashes {
		signIn.Secrets = append(signIn.Secrets, model.APIKeySecret{Hash: one.Hashes[i], EndsAt: one.Ends[i]})
	}
	return signIn, nil
}

// SaveAPIKey writes the API key's next version and gives its number.
func (tx *Tx) SaveAPIKey(ctx context.Context, m *model.APIKey) (int, error) {
	return apiKeys.save(ctx, tx, m)
}

// ReplaceSecret gives an API key a new secret; those before it end at the
// instant, or when they did if that is sooner. The key's version is saved
// first.
func (tx *Tx) ReplaceSecret(ctx context.Context, key model.ID, hash []byte, before time.Time) error {
	if _, err := tx.exec(ctx, "UPDATE api_key_secret SET ends_at = LEAST(ends_at, $3) WHERE tenant_id = $1 AND key_id = $2", tx.Tenant, key.UUID(), before); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `INSERT INTO api_key_secret (tenant_id, key_id, number, hash)
		SELECT $1, $2, 1 + coalesce(max(number), 0), $3 FROM api_key_secret WHERE tenant_id = $1 AND key_id = $2`, tx.Tenant, key.UUID(), hash)
	return err
}

// NoteKeyUse says that an API key was used at an instant, where that is a
// minute after what is known.
func (tx *Tx) NoteKeyUse(ctx context.Context, key model.ID, at time.Time) error {
	_, err := tx.exec(ctx, `INSERT INTO api_key_use (tenant_id, key_id, at) VALUES ($1, $2, $3)
		ON CONFLICT (tenant_id, key_id) DO UPDATE SET at = excluded.at WHERE api_key_use.at <= excluded.at - interval '1 minute'`, tx.Tenant, key.UUID(), at)
	return err
}
