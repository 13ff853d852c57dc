package store

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

type exceptionRow struct {
	TenantID      uuid.UUID  `bun:"tenant_id"`
	ID            int64      `bun:"id"`
	Version       int        `bun:"version"`
	TransactionID int64      `bun:"transaction_id"`
	CreditTypeID  *uuid.UUID `bun:"credit_type_id"`
	Code          string     `bun:"code"`
	Detail        string     `bun:"detail"`
	OwnerID       *uuid.UUID `bun:"owner_id"`
	Since         time.Time  `bun:"since"`
	TxFrom        int64      `bun:"tx_from"`
}

var exceptionColumns = strings.Join(columns(reflect.TypeFor[exceptionRow](), "t"), ", ")

func (r *exceptionRow) exception() *model.CreditingException {
	return &model.CreditingException{
		ID: model.IntID(model.KindCreditingException, r.ID), TransactionID: model.IntID(model.KindTransaction, r.TransactionID),
		CreditTypeID: idPtr(model.KindCreditType, r.CreditTypeID), Code: model.ExceptionCode(r.Code), Detail: r.Detail,
		OwnerID: idPtr(model.KindUser, r.OwnerID), Since: r.Since.UTC(), Version: r.Version,
	}
}

func exceptionsFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM crediting_exception t WHERE").inForce("t", scope)
	if !scope.Reach.All {
		b.add(" AND false")
	}
	return b
}

func (r reads) exceptions(ctx context.Context, scope model.Scope, b *builder) ([]*model.CreditingException, error) {
	rows, err := collect[exceptionRow](ctx, r.q, scope, b)
	out := make([]*model.CreditingException, len(rows))
	for i, row := range rows {
		out[i] = row.exception()
	}
	return out, err
}

// CreditingExceptionsByID reads crediting exceptions by id.
func (r reads) CreditingExceptionsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.CreditingException, error) {
	keys := ints(model.KindCreditingException, ids)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := r.exceptions(ctx, scope, exceptionsFrom(exceptionColumns, scope).add(" AND t.id = ANY(?)", keys))
	out := make(map[model.ID]*model.CreditingException, len(found))
	for _, e := range found {
		out[e.ID] = e
	}
	return out, err
}

// ExceptionsOfTransactions reads the exceptions in force of transactions.
func (r reads) ExceptionsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.CreditingException, error) {
	if len(transactions) == 0 {
		return nil, nil
	}
	return r.exceptions(ctx, scope, exceptionsFrom(exceptionColumns, scope).add(" AND t.transaction_id = ANY(?)", transactions))
}

// CreditingExceptionPage reads a page of the queue, the oldest first.
func (r reads) CreditingExceptionPage(ctx context.Context, scope model.Scope, where *model.CreditingExceptionWhere, args model.PageArgs) (*model.Connection[model.CreditingException], error) {
	return page(ctx, r, scope, list[exceptionRow, model.CreditingException]{
		listing: creditingExceptionList, columns: exceptionColumns, where: where, model: (*exceptionRow).exception,
		order: []orderKey{{expr: "t.id", cast: "bigint"}},
	}, args)
}

// SaveExceptions writes exceptions and closes others. One with an id and a
// version is the next version of that one, which must be among the closed;
// others are new.
func (tx *Tx) SaveExceptions(ctx context.Context, added []*model.CreditingException, closed []int64) error {
	if len(added) == 0 && len(closed) == 0 {
		return nil
	}
	keys, err := tx.newKeys(ctx, len(added))
	if err != nil {
		return err
	}
	rows := make([]*exceptionRow, len(added))
	for i, e := range added {
		rows[i] = &exceptionRow{
			TenantID: tx.Tenant, ID: keys[i], Version: e.Version + 1, TransactionID: e.TransactionID.Int(), CreditTypeID: uuidPtr(e.CreditTypeID),
			Code: string(e.Code), Detail: e.Detail, OwnerID: uuidPtr(e.OwnerID), Since: e.Since, TxFrom: tx.XID,
		}
		if e.Version > 0 {
			rows[i].ID, keys[i] = e.ID.Int(), e.ID.Int()
		}
	}
	if err := tx.recordRange(ctx, model.KindCreditingException, keys, closed); err != nil {
		return err
	}
	if err := tx.closeExceptions(ctx, closed); err != nil {
		return err
	}
	return insertAll(ctx, tx, "crediting_exception", rows)
}

func (tx *Tx) closeExceptions(ctx context.Context, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	return tx.later(ctx, "UPDATE crediting_exception SET tx_to = $1 WHERE tenant_id = $2 AND id = ANY($3) AND tx_to = $4", tx.XID, tx.Tenant, ids, forever)
}

type resolutionRow struct {
	TransactionID int64
	CreditTypeID  *uuid.UUID
	Shares        document[[]model.RuleShare]
	Reason        string
	At            time.Time
}

func (r *resolutionRow) resolution() *model.ExceptionResolution {
	return &model.ExceptionResolution{
		TransactionID: model.IntID(model.KindTransaction, r.TransactionID), CreditTypeID: idPtr(model.KindCreditType, r.CreditTypeID),
		Shares: r.Shares.V, Reason: r.Reason, RecordedAt: r.At.UTC(),
	}
}

// ResolutionsOfTransactions reads the resolutions in force of transactions.
func (r reads) ResolutionsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.ExceptionResolution, error) {
	if len(transactions) == 0 {
		return nil, nil
	}
	b := (&builder{}).add("SELECT t.transaction_id, t.credit_type_id, t.shares, t.reason, t.recorded_at FROM exception_resolution t WHERE").inForce("t", scope)
	if !scope.Reach.All {
		b.add(" AND false")
	}
	rows, err := collect[resolutionRow](ctx, r.q, scope, b.add(" AND t.transaction_id = ANY(?) ORDER BY t.id", transactions))
	out := make([]*model.ExceptionResolution, len(rows))
	for i, row := range rows {
		out[i] = row.resolution()
	}
	return out, err
}

// SettledForEveryType lists the transactions that have a resolution of no
// credit type in force.
func (tx *Tx) SettledForEveryType(ctx context.Context) ([]int64, error) {
	rows, err := tx.pgx.Query(ctx, "SELECT transaction_id FROM exception_resolution WHERE tenant_id = $1 AND credit_type_id IS NULL AND tx_to = $2 ORDER BY 1", tx.Tenant, forever)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// SaveResolution settles an exception by hand, in place of an earlier
// resolution of the same transaction and credit type.
func (tx *Tx) SaveResolution(ctx context.Context, m *model.ExceptionResolution) error {
	if _, err := tx.closeResolution(ctx, m.TransactionID, m.CreditTypeID); err != nil {
		return err
	}
	shares, err := json.Marshal(m.Shares)
	if err != nil {
		return err
	}
	err = tx.later(ctx, "INSERT INTO exception_resolution (tenant_id, transaction_id, credit_type_id, shares, reason, tx_from) VALUES ($1, $2, $3, $4, $5, $6)",
		tx.Tenant, m.TransactionID.Int(), uuidPtr(m.CreditTypeID), shares, m.Reason, tx.XID)
	if err != nil {
		return err
	}
	return tx.recordResolution(ctx, "UPDATE", m)
}

// RemoveResolution takes a resolution back; false where there is none.
func (tx *Tx) RemoveResolution(ctx context.Context, m *model.ExceptionResolution) (bool, error) {
	closed, err := tx.closeResolution(ctx, m.TransactionID, m.CreditTypeID)
	if err != nil || !closed {
		return false, err
	}
	return true, tx.recordResolution(ctx, "DELETE", m)
}

func (tx *Tx) closeResolution(ctx context.Context, transaction model.ID, creditType *model.ID) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE exception_resolution SET tx_to = $1
		WHERE tenant_id = $2 AND transaction_id = $3 AND credit_type_id IS NOT DISTINCT FROM $4 AND tx_to = $5`,
		tx.XID, tx.Tenant, transaction.Int(), uuidPtr(creditType), forever)
	return n > 0, err
}

// recordResolution notes the resolution in the transaction's history.
func (tx *Tx) recordResolution(ctx context.Context, kind string, m *model.ExceptionResolution) error {
	after, err := json.Marshal(map[string]any{"resolution": m})
	if err != nil {
		return err
	}
	return tx.record(ctx, changeRow{Kind: kind, Object: m.TransactionID, After: after})
}
