package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// SetupStamp tells which set-up is in force: it goes up with each change. The
// caller holds ShareSetup.
func (tx *Tx) SetupStamp(ctx context.Context) (int64, error) {
	var stamp int64
	err := tx.pgx.QueryRow(ctx, "SELECT coalesce(max(stamp), 0) FROM setup_stamp WHERE tenant_id = $1", tx.Tenant).Scan(&stamp)
	return stamp, err
}

// RecreditMark is a mark of MarkRecredit.
type RecreditMark struct {
	ID int64
	Recredit
}

// RecreditMarks reads up to limit of the tenant's marks that were written by
// transactions below the horizon, the oldest first.
func (s *Store) RecreditMarks(ctx context.Context, tenant uuid.UUID, below int64, limit int) ([]RecreditMark, error) {
	var marks []RecreditMark
	scope := model.Unbounded(tenant, model.Latest)
	const sql = "SELECT id, selector FROM recredit WHERE tenant_id = $1 AND xid < $2 ORDER BY id LIMIT $3"
	err := s.query(ctx, scope, sql, []any{tenant, below, limit}, func(rows pgx.Rows) error {
		var mark RecreditMark
		var raw []byte
		if err := rows.Scan(&mark.ID, &raw); err != nil {
			return err
		}
		if err := json.Unmarshal(raw, &mark.Recredit); err != nil {
			return err
		}
		marks = append(marks, mark)
		return nil
	})
	return marks, err
}

// Selected reads the ids of up to limit transactions in force that any of the
// selectors names, ascending, those after the given one.
func (s *Store) Selected(ctx context.Context, tenant uuid.UUID, selectors []Recredit, after int64, limit int) ([]int64, error) {
	b := (&builder{}).add("SELECT t.id FROM transaction t WHERE t.tenant_id = ? AND t.tx_to = ? AND t.id > ? AND (false", tenant, forever, after)
	for i := range selectors {
		selectors[i].match(b, tenant)
	}
	b.add(") ORDER BY t.id LIMIT ?", limit)
	var ids []int64
	err := s.query(ctx, model.Unbounded(tenant, model.Latest), b.sql(), b.args, func(rows pgx.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// match appends " OR (...)".
func (r *Recredit) match(b *builder, tenant uuid.UUID) {
	b.add(" OR (true")
	if r.Days != model.Always {
		b.add(" AND (false")
		for _, column := range []string{"event_date", "booked_date", "invoiced_date", "paid_date", "go_live_date"} {
			b.add(" OR (t."+column+" >= ? AND t."+column+" < ?)", date(r.Days.From), date(r.Days.To))
		}
		b.add(")")
	}
	if !r.All {
		b.add(" AND (false")
		r.matchAny(b, tenant)
		b.add(")")
	}
	b.add(")")
}

func (r *Recredit) matchAny(b *builder, tenant uuid.UUID) {
	for _, one := range []struct {
		column string
		words  []string
	}{{"kind", r.Kinds}, {"product", r.Products}, {"account", r.Accounts}} {
		if len(one.words) > 0 {
			b.add(" OR t."+one.column+" = ANY(?)", one.words)
		}
	}
	if len(r.Sellers) > 0 {
		b.add(" OR t.seller_payees && ? OR t.seller_positions && ?", r.Sellers, r.Sellers)
	}
	if len(r.Positions) > 0 {
		b.add(" OR t.id IN (SELECT c.transaction_id FROM credit c WHERE c.tenant_id = ? AND c.position_id = ANY(?) AND c.tx_to = ?)", tenant, r.Positions, forever)
	}
	if len(r.Transactions) > 0 {
		b.add(" OR t.id = ANY(?)", r.Transactions)
	}
}

// DeleteRecreditMarks takes away marks that have been worked off.
func (tx *Tx) DeleteRecreditMarks(ctx context.Context, marks []RecreditMark) error {
	ids := make([]int64, len(marks))
	for i, m := range marks {
		ids[i] = m.ID
	}
	_, err := tx.exec(ctx, "DELETE FROM recredit WHERE tenant_id = $1 AND id = ANY($2)", tx.Tenant, ids)
	return err
}
