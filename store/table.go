package store

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// head is what every noun's row begins with.
type head struct {
	TenantID uuid.UUID `bun:"tenant_id"`
	ID       uuid.UUID `bun:"id"`
	Version  int       `bun:"version"`
	TxFrom   int64     `bun:"tx_from"`
}

func (h *head) top() *head { return h }

type headed[R any] interface {
	*R
	top() *head
}

// table maps a noun's rows. All nouns are read and written by the same code.
type table[R any, M any, P headed[R]] struct {
	name  string
	kind  model.Kind
	key   string // the column of the caller's key: external_id or key
	order []orderKey
	model func(*R) *M
	row   func(*M) (*R, model.ID, int)
	reach func(b *builder, scope model.Scope) // appends " AND ..." where the caller may not see all
	part  func(b *builder, scope model.Scope) // what is read instead of the table where the caller may see rows in part
}

func (t *table[R, M, P]) columns() string {
	return strings.Join(columns(reflect.TypeFor[R](), "t"), ", ")
}

// from begins "SELECT ... FROM name t WHERE in force and within reach".
func (t *table[R, M, P]) from(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT " + selected + " FROM ")
	if t.part != nil && !scope.Reach.All {
		t.part(b, scope)
	} else {
		b.add(t.name)
	}
	b.add(" t WHERE").inForce("t", scope)
	if t.reach != nil && !scope.Reach.All {
		t.reach(b, scope)
	}
	return b
}

func (t *table[R, M, P]) all(ctx context.Context, r reads, scope model.Scope) ([]*M, error) {
	b := t.from(t.columns(), scope).add(" ORDER BY t.id")
	return t.models(ctx, r, scope, b)
}

func (t *table[R, M, P]) models(ctx context.Context, r reads, scope model.Scope, b *builder) ([]*M, error) {
	rows, err := collect[R](ctx, r.q, scope, b)
	if err != nil {
		return nil, err
	}
	out := make([]*M, len(rows))
	for i, row := range rows {
		out[i] = t.model(row)
	}
	return out, nil
}

// byIDs gives the nouns that exist and may be seen, by their id. Ids of other
// kinds are passed over.
func (t *table[R, M, P]) byIDs(ctx context.Context, r reads, scope model.Scope, ids []model.ID) (map[model.ID]*M, error) {
	keys := make([]uuid.UUID, 0, len(ids))
	for _, id := range ids {
		if id.Kind == t.kind {
			keys = append(keys, id.UUID())
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := t.models(ctx, r, scope, t.from(t.columns(), scope).add(" AND t.id = ANY(?)", keys))
	return t.index(found), err
}

func (t *table[R, M, P]) index(found []*M) map[model.ID]*M {
	out := make(map[model.ID]*M, len(found))
	for _, m := range found {
		_, id, _ := t.row(m)
		out[id] = m
	}
	return out
}

// byKeys gives the nouns with these keys of the caller's.
func (t *table[R, M, P]) byKeys(ctx context.Context, r reads, scope model.Scope, keys []string) ([]*M, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	return t.models(ctx, r, scope, t.from(t.columns(), scope).add(" AND t."+t.key+" = ANY(?)", keys))
}

// save writes the noun's next version: the first where m.Version is 0,
// otherwise the one after it, which is a CONFLICT where somebody else has
// written it already. It gives the version written.
func (t *table[R, M, P]) save(ctx context.Context, tx *Tx, m *M) (int, error) {
	row, id, version := t.row(m)
	top := P(row).top()
	top.TenantID, top.ID, top.TxFrom = tx.Tenant, id.UUID(), tx.XID
	kind := "CREATE"
	var before json.RawMessage
	if version < 0 {
		return 0, conflict()
	}
	if version > 0 {
		kind = "UPDATE"
		var err error
		if before, err = t.close(ctx, tx, top.ID, version); err != nil {
			return 0, err
		}
	}
	top.Version = version + 1
	return top.Version, tx.insertRecorded(ctx, t.name, row, changeRow{Kind: kind, Object: id, Before: before})
}

// remove ends the noun: it is no more in force.
func (t *table[R, M, P]) remove(ctx context.Context, tx *Tx, id model.ID, version int) error {
	before, err := t.close(ctx, tx, id.UUID(), version)
	if err != nil {
		return err
	}
	return tx.record(ctx, changeRow{Kind: "DELETE", Object: id, Before: before})
}

func (t *table[R, M, P]) close(ctx context.Context, tx *Tx, id uuid.UUID, version int) (json.RawMessage, error) {
	sql := "UPDATE " + t.name + " t SET tx_to = $1 WHERE tenant_id = $2 AND id = $3 AND version = $4 AND tx_to = $5 RETURNING to_jsonb(t)"
	rows, err := tx.pgx.Query(ctx, sql, tx.XID, tx.Tenant, id, version, forever)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, conflict()
	}
	return found[0], nil
}

// conflict refuses a change of a version that is not in force.
func conflict() error {
	return model.Refuse(model.UserConflict, "input.ifVersion", "somebody else has changed it: read it again and repeat the change on its current version")
}
