package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type quotaRow struct {
	head
	PositionID *uuid.UUID       `bun:"position_id"`
	TitleID    *uuid.UUID       `bun:"title_id"`
	MeasureID  uuid.UUID        `bun:"measure_id"`
	PeriodID   uuid.UUID        `bun:"period_id"`
	From       *date            `bun:"from_date"`
	Amount     decimal.Decimal  `bun:"amount"`
	Relief     *decimal.Decimal `bun:"relief"`
	Reason     *string          `bun:"relief_reason"`
}

var quotas = &table[quotaRow, model.Quota, *quotaRow]{
	name: "quota", kind: model.KindQuota,
	order: []orderKey{{expr: "t.id", cast: "uuid"}},
	model: func(r *quotaRow) *model.Quota {
		m := &model.Quota{
			ID: model.UUIDs(model.KindQuota, r.ID), PositionID: idPtr(model.KindPosition, r.PositionID), TitleID: idPtr(model.KindTitle, r.TitleID),
			MeasureID: model.UUIDs(model.KindMeasure, r.MeasureID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID), StartDate: (*model.Date)(r.From), Amount: r.Amount, Version: r.Version,
		}
		if r.Relief != nil && r.Reason != nil {
			m.Relief = &model.QuotaRelief{Share: *r.Relief, Reason: *r.Reason}
		}
		return m
	},
	row: func(m *model.Quota) (*quotaRow, model.ID, int) {
		row := &quotaRow{
			PositionID: uuidPtr(m.PositionID), TitleID: uuidPtr(m.TitleID), MeasureID: m.MeasureID.UUID(), PeriodID: m.PeriodID.UUID(),
			From: (*date)(m.StartDate), Amount: m.Amount,
		}
		if m.Relief != nil {
			row.Relief, row.Reason = &m.Relief.Share, &m.Relief.Reason
		}
		return row, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND ").quotaConcerns(scope, "t") },
}

// Quotas reads all quotas.
func (r reads) Quotas(ctx context.Context, scope model.Scope) ([]*model.Quota, error) {
	return quotas.all(ctx, r, scope)
}

// QuotasByID reads quotas by id.
func (r reads) QuotasByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Quota, error) {
	return quotas.byIDs(ctx, r, scope, ids)
}

// QuotasFor reads the quotas of these positions and titles.
func (r reads) QuotasFor(ctx context.Context, scope model.Scope, positions, titles []model.ID) ([]*model.Quota, error) {
	b := quotas.from(quotas.columns(), scope)
	b.add(" AND (t.position_id = ANY(?) OR t.title_id = ANY(?))", []uuid.UUID(arrayOf(positions)), []uuid.UUID(arrayOf(titles)))
	return quotas.models(ctx, r, scope, b)
}

// QuotaPage reads a page of quotas, in the order in which they were first set.
func (r reads) QuotaPage(ctx context.Context, scope model.Scope, where *model.QuotaWhere, page model.PageArgs) (*model.Connection[model.Quota], error) {
	return quotas.page(ctx, r, scope, quotaList, where, page)
}

// SaveQuota writes the quota's next version and gives its number.
func (tx *Tx) SaveQuota(ctx context.Context, m *model.Quota) (int, error) {
	return quotas.save(ctx, tx, m)
}

// RemoveQuota ends the quota.
func (tx *Tx) RemoveQuota(ctx context.Context, id model.ID, version int) error {
	return quotas.remove(ctx, tx, id, version)
}
