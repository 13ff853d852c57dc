package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type openingEntryRow struct {
	head
	ExternalID string          `bun:"external_id"`
	PayeeID    uuid.UUID       `bun:"payee_id"`
	PeriodID   uuid.UUID       `bun:"period_id"`
	Account    string          `bun:"account"`
	Amount     decimal.Decimal `bun:"amount"`
	Currency   string          `bun:"currency"`
	PlanID     *uuid.UUID      `bun:"plan_id"`
	Key        string          `bun:"key"`
	ReleaseOn  *date           `bun:"release_on"`
	AuthorID   uuid.UUID       `bun:"author_id"`
}

var openingEntries = &table[openingEntryRow, model.OpeningEntry, *openingEntryRow]{
	name: "opening_entry", kind: model.KindOpeningEntry, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *openingEntryRow) *model.OpeningEntry {
		return &model.OpeningEntry{
			ID: model.UUIDs(model.KindOpeningEntry, r.ID), ExternalID: r.ExternalID, PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
			Account: model.LedgerAccount(r.Account), Amount: model.Money{Amount: r.Amount, Currency: model.CurrencyCode(r.Currency)}, PlanID: idPtr(model.KindPlan, r.PlanID), Key: r.Key,
			ReleaseOn: dates(r.ReleaseOn), AuthorID: model.UUIDs(model.KindUser, r.AuthorID), Version: r.Version,
		}
	},
	row: func(m *model.OpeningEntry) (*openingEntryRow, model.ID, int) {
		return &openingEntryRow{
			ExternalID: m.ExternalID, PayeeID: m.PayeeID.UUID(), PeriodID: m.PeriodID.UUID(), Account: string(m.Account), Amount: m.Amount.Amount, Currency: string(m.Amount.Currency),
			PlanID: uuidPtr(m.PlanID), Key: m.Key, ReleaseOn: datesRow(m.ReleaseOn), AuthorID: m.AuthorID.UUID(),
		}, m.ID, m.Version
	},
	reach: ofPayees,
}

// OpeningEntriesByID reads opening entries by id.
func (r reads) OpeningEntriesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.OpeningEntry, error) {
	return openingEntries.byIDs(ctx, r, scope, ids)
}

// OpeningEntriesByKey reads opening entries by external id.
func (r reads) OpeningEntriesByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.OpeningEntry, error) {
	return openingEntries.byKeys(ctx, r, scope, keys)
}

// OpeningEntriesIn reads the opening entries of payees in pay periods.
func (r reads) OpeningEntriesIn(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]*model.OpeningEntry, error) {
	b := openingEntries.from(openingEntries.columns(), scope).add(" AND t.payee_id = ANY(?) AND t.period_id = ANY(?) ORDER BY t.external_id", uuids(payees), uuids(periods))
	return openingEntries.models(ctx, r, scope, b)
}

// OpeningEntryPage reads a page of opening entries, by external id.
func (r reads) OpeningEntryPage(ctx context.Context, scope model.Scope, where *model.OpeningEntryWhere, page model.PageArgs) (*model.Connection[model.OpeningEntry], error) {
	return openingEntries.page(ctx, r, scope, openingEntryList, where, page)
}

// SaveOpeningEntry writes the entry's next version and gives its number.
func (tx *Tx) SaveOpeningEntry(ctx context.Context, m *model.OpeningEntry) (int, error) {
	return openingEntries.save(ctx, tx, m)
}

// RemoveOpeningEntry ends the entry.
func (tx *Tx) RemoveOpeningEntry(ctx context.Context, id model.ID, version int) error {
	return openingEntries.remove(ctx, tx, id, version)
}
