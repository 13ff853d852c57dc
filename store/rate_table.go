package store

import (
	"context"

	"spm/model"
)

type rateTableRow struct {
	head
	Key      string                             `bun:"key"`
	Name     string                             `bun:"name"`
	Versions document[[]model.RateTableVersion] `bun:"versions"`
}

var rateTables = &table[rateTableRow, model.RateTable, *rateTableRow]{
	name: "rate_table", kind: model.KindRateTable, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}},
	model: func(r *rateTableRow) *model.RateTable {
		return &model.RateTable{ID: model.UUIDs(model.KindRateTable, r.ID), Key: r.Key, Name: r.Name, Versions: r.Versions.V, Version: r.Version}
	},
	row: func(m *model.RateTable) (*rateTableRow, model.ID, int) {
		return &rateTableRow{Key: m.Key, Name: m.Name, Versions: document[[]model.RateTableVersion]{m.Versions}}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND ").referred(scope, "rate_table_ids") },
}

// RateTables reads all rate tables.
func (r reads) RateTables(ctx context.Context, scope model.Scope) ([]*model.RateTable, error) {
	return rateTables.all(ctx, r, scope)
}

// RateTablesByID reads rate tables by id.
func (r reads) RateTablesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.RateTable, error) {
	return rateTables.byIDs(ctx, r, scope, ids)
}

// RateTablesByKey reads rate tables by key.
func (r reads) RateTablesByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.RateTable, error) {
	return rateTables.byKeys(ctx, r, scope, keys)
}

// RateTablePage reads a page of rate tables, by key.
func (r reads) RateTablePage(ctx context.Context, scope model.Scope, where *model.RateTableWhere, page model.PageArgs) (*model.Connection[model.RateTable], error) {
	return rateTables.page(ctx, r, scope, rateTableList, where, page)
}

// SaveRateTable writes the rate table's next version and gives its number.
func (tx *Tx) SaveRateTable(ctx context.Context, m *model.RateTable) (int, error) {
	return rateTables.save(ctx, tx, m)
}
