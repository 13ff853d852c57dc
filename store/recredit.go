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
func (s *Store) Selected(ctx context.Context, scope model.Scope, selectors []Recredit, after int64, limit int) ([]int64, error) {
	b := (&builder{}).add("SELECT t.id FROM transaction t WHERE").asOf("t", scope).add(" AND t.id > ? AND (false", after)
	for i := range selectors {
		selectors[i].match(b, scope)
	}
	b.add(") ORDER BY t.id LIMIT ?", limit)
	var ids []int64
	err := s.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// match appends " OR (...)".
func (r *Recredit) match(b *builder, scope model.Scope) {
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
		r.matchAny(b, scope)
		b.add(")")
	}
	b.add(")")
}

func (r *Recredit) matchAny(b *builder, scope model.Scope) {
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
		b.add(" OR t.id IN (SELECT c.transaction_id FROM credit c WHERE").asOf("c", scope).add(" AND c.position_id = ANY(?))", r.Positions)
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
	return tx.later(ctx, "DELETE FROM recredit WHERE tenant_id = $1 AND id = ANY($2)", tx.Tenant, ids)
}

// asOf is inForce, told so that rows in force now are found by the indexes of them.
func (b *builder) asOf(alias string, scope model.Scope) *builder {
	if scope.Read == model.Latest {
		return b.add(" "+alias+".tenant_id = ? AND "+alias+".tx_to = ?", scope.Tenant, forever)
	}
	return b.inForce(alias, scope)
}
