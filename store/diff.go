package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// ReadPointAt gives the tenant's last sealed moment that is no later than a
// sequence.
func (r reads) ReadPointAt(ctx context.Context, tenant uuid.UUID, sequence int64) (model.ReadPoint, error) {
	var point model.ReadPoint
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, "SELECT sequence, horizon, at FROM seal WHERE tenant_id = $1 AND sequence <= $2 ORDER BY sequence DESC LIMIT 1",
		[]any{tenant, sequence}, func(rows pgx.Rows) error { return rows.Scan(&point.Sequence, &point.Horizon, &point.At) })
	return point, err
}

// RevisedTransactions tells which of the transactions with these ids, or whose
// sale has one of these keys, got a revision in [since, until): the first one
// included.
func (r reads) RevisedTransactions(ctx context.Context, scope model.Scope, ids []int64, keys []model.TransactionKey, since, until int64) (map[int64]bool, map[model.TransactionKey]bool, error) {
	b := (&builder{}).add("SELECT t.id, t.source, t.external_id FROM transaction t WHERE t.tenant_id = ? AND t.tx_from >= ? AND t.tx_from < ? AND (t.id = ANY(?)", scope.Tenant, since, until, ids)
	b.add(" OR (t.source, t.external_id) IN (SELECT * FROM unnest(?::text[], ?::text[])))", keyArgs(keys)...)
	byID, byKey := map[int64]bool{}, map[model.TransactionKey]bool{}
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var id int64
		var key model.TransactionKey
		if err := rows.Scan(&id, &key.Source, &key.ExternalID); err != nil {
			return err
		}
		byID[id], byKey[key] = true, true
		return nil
	})
	return byID, byKey, err
}
