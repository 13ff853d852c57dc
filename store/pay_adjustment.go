package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type payAdjustmentRow struct {
	head
	ExternalID  string          `bun:"external_id"`
	PayeeID     uuid.UUID       `bun:"payee_id"`
	PeriodID    uuid.UUID       `bun:"period_id"`
	Amount      decimal.Decimal `bun:"amount"`
	Currency    string          `bun:"currency"`
	ReasonCode  string          `bun:"reason_code"`
	Reason      string          `bun:"reason"`
	EarningCode string          `bun:"earning_code"`
	ReversesID  *uuid.UUID      `bun:"reverses_id"`
	State       string          `bun:"state"`
	AuthorID    uuid.UUID       `bun:"author_id"`
	AuthorFor   *uuid.UUID      `bun:"author_for"`
	ApproverID  *uuid.UUID      `bun:"approver_id"`
	ApprovedAt  *time.Time      `bun:"approved_at"`
	CreatedAt   time.Time       `bun:"created_at"`
}

var payAdjustments = &table[payAdjustmentRow, model.PayAdjustment, *payAdjustmentRow]{
	name: "pay_adjustment", kind: model.KindPayAdjustment, key: "external_id",
	order: []orderKey{{expr: "t.created_at", cast: "timestamptz"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *payAdjustmentRow) *model.PayAdjustment {
		return &model.PayAdjustment{
			ID: model.UUIDs(model.KindPayAdjustment, r.ID), ExternalID: r.ExternalID, PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
			Amount: model.Money{Amount: r.Amount, Currency: model.CurrencyCode(r.Currency)}, ReasonCode: r.ReasonCode, Reason: r.Reason, EarningCode: r.EarningCode,
			ReversesID: idPtr(model.KindPayAdjustment, r.ReversesID), State: model.AdjustmentState(r.State), AuthorID: model.UUIDs(model.KindUser, r.AuthorID), AuthorFor: idPtr(model.KindUser, r.AuthorFor),
			ApproverID: idPtr(model.KindUser, r.ApproverID), ApprovedAt: r.ApprovedAt, CreatedAt: r.CreatedAt, Version: r.Version,
		}
	},
	row: func(m *model.PayAdjustment) (*payAdjustmentRow, model.ID, int) {
		return &payAdjustmentRow{
			ExternalID: m.ExternalID, PayeeID: m.PayeeID.UUID(), PeriodID: m.PeriodID.UUID(), Amount: m.Amount.Amount, Currency: string(m.Amount.Currency),
			ReasonCode: m.ReasonCode, Reason: m.Reason, EarningCode: m.EarningCode, ReversesID: uuidPtr(m.ReversesID), State: string(m.State), AuthorID: m.AuthorID.UUID(), AuthorFor: uuidPtr(m.AuthorFor),
			ApproverID: uuidPtr(m.ApproverID), ApprovedAt: m.ApprovedAt, CreatedAt: m.CreatedAt,
		}, m.ID, m.Version
	},
	reach: ofPayees,
}

// ofPayees keeps rows t of a payee and a pay period that the caller may see, as
// payeeRows does.
func ofPayees(b *builder, scope model.Scope) {
	b.add(" AND EXISTS (SELECT FROM period p WHERE p.id = t.period_id AND").inForce("p", scope)
	payeeRows(b, scope)
	b.add(")")
}

// PayAdjustmentsByID reads manual adjustments by id.
func (r reads) PayAdjustmentsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.PayAdjustment, error) {
	return payAdjustments.byIDs(ctx, r, scope, ids)
}

// PayAdjustmentsByKey reads manual adjustments by external id.
func (r reads) PayAdjustmentsByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.PayAdjustment, error) {
	return payAdjustments.byKeys(ctx, r, scope, keys)
}

// ReversalsOf reads the adjustments that reverse others and were not rejected.
func (r reads) ReversalsOf(ctx context.Context, scope model.Scope, ids []model.ID) ([]*model.PayAdjustment, error) {
	b := payAdjustments.from(payAdjustments.columns(), scope).add(" AND t.reverses_id = ANY(?) AND t.state <> 'REJECTED'", uuids(ids))
	return payAdjustments.models(ctx, r, scope, b)
}

// ApprovedAdjustments reads the approved adjustments of payees in pay periods.
func (r reads) ApprovedAdjustments(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]*model.PayAdjustment, error) {
	b := payAdjustments.from(payAdjustments.columns(), scope).add(" AND t.state = 'APPROVED' AND t.payee_id = ANY(?) AND t.period_id = ANY(?) ORDER BY t.id", uuids(payees), uuids(periods))
	return payAdjustments.models(ctx, r, scope, b)
}

// PayAdjustmentPage reads a page of manual adjustments, by when they were made.
func (r reads) PayAdjustmentPage(ctx context.Context, scope model.Scope, where *model.PayAdjustmentWhere, page model.PageArgs) (*model.Connection[model.PayAdjustment], error) {
	return payAdjustments.page(ctx, r, scope, payAdjustmentList, where, page)
}

// SavePayAdjustment writes the adjustment's next version and gives its number.
func (tx *Tx) SavePayAdjustment(ctx context.Context, m *model.PayAdjustment) (int, error) {
	return payAdjustments.save(ctx, tx, m)
}
