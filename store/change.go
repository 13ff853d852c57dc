package store

import (
	"context"
	"encoding/json"

	"spm/model"
)

// changeRow is what a write adds to the tenant's change stream. Facts recorded
// in a batch take one row that names their range, Object to Last.
type changeRow struct {
	Kind   string
	Object model.ID
	Last   *model.ID
	Before json.RawMessage
	After  json.RawMessage
}

// record appends to the change stream and queues the transaction for the
// sealer.
func (tx *Tx) record(ctx context.Context, c changeRow) error {
	if !tx.head {
		if _, err := tx.exec(ctx, "INSERT INTO unsealed (tenant_id, xid) VALUES ($1, $2)", tx.Tenant, tx.XID); err != nil {
			return err
		}
		tx.head = true
	}
	var last []byte
	if c.Last != nil {
		last = []byte(c.Last.Key)
	}
	_, err := tx.exec(ctx, `INSERT INTO change (tenant_id, xid, actor, actor_name, operation, reason, kind, object_kind, object_key, object_last, before, after)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.Tenant, tx.XID, tx.Actor, tx.ActorName, tx.Operation, tx.Reason, c.Kind, string(c.Object.Kind), []byte(c.Object.Key), last, c.Before, c.After)
	return err
}

// Changed tells whether the transaction has recorded a change yet.
func (tx *Tx) Changed() bool { return tx.head }
