package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

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

// queue puts the transaction up for the sealer.
func (tx *Tx) queue(ctx context.Context) error {
	if tx.head {
		return nil
	}
	if err := tx.later(ctx, "INSERT INTO unsealed (tenant_id, xid) VALUES ($1, $2)", tx.Tenant, tx.XID); err != nil {
		return err
	}
	tx.head = true
	return nil
}

// insertRecorded writes a row and its change, whose After is the row as the
// database keeps it.
func (tx *Tx) insertRecorded(ctx context.Context, table string, row any, c changeRow) error {
	if err := tx.queue(ctx); err != nil {
		return err
	}
	insert, err := tx.insertion(table, row).Returning("*").AppendQuery(tx.bun.QueryGen(), nil)
	if err != nil {
		return err
	}
	var actor, giver, delegation, before *string
	if tx.Actor != nil {
		text := tx.Actor.String()
		actor = &text
	}
	if tx.Behalf != nil {
		of, by := tx.Behalf.Giver.String(), tx.Behalf.Delegation.String()
		giver, delegation = &of, &by
	}
	if c.Before != nil {
		text := string(c.Before)
		before = &text
	}
	_, err = tx.pgx.Exec(ctx, "WITH written AS ("+string(insert)+`)
		INSERT INTO change (tenant_id, xid, actor, actor_name, operation, reason, kind, object_kind, object_key, before, after, on_behalf_of, delegation_id)
		SELECT $1::text::uuid, $2, $3::text::uuid, $4, $5, $6, $7, $8, $9, $10::text::jsonb, to_jsonb(written), $11::text::uuid, $12::text::uuid FROM written`,
		pgx.QueryExecModeExec, tx.Tenant.String(), tx.XID, actor, tx.ActorName, tx.Operation, tx.Reason, c.Kind, string(c.Object.Kind), []byte(c.Object.Key), before, giver, delegation)
	return err
}

// record appends to the change stream and queues the transaction for the
// sealer.
func (tx *Tx) record(ctx context.Context, c changeRow) error {
	if err := tx.queue(ctx); err != nil {
		return err
	}
	var last []byte
	if c.Last != nil {
		last = []byte(c.Last.Key)
	}
	var giver, delegation *uuid.UUID
	if tx.Behalf != nil {
		giver, delegation = &tx.Behalf.Giver, &tx.Behalf.Delegation
	}
	err := tx.later(ctx, `INSERT INTO change (tenant_id, xid, actor, actor_name, operation, reason, kind, object_kind, object_key, object_last, before, after, on_behalf_of, delegation_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		tx.Tenant, tx.XID, tx.Actor, tx.ActorName, tx.Operation, tx.Reason, c.Kind, string(c.Object.Kind), []byte(c.Object.Key), last, c.Before, c.After, giver, delegation)
	return err
}

// Changed tells whether the transaction has recorded a change yet.
func (tx *Tx) Changed() bool { return tx.head }
