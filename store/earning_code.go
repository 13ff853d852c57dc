package store

import (
	"context"

	"spm/model"
)

type earningCodeRow struct {
	head
	Code          string `bun:"code"`
	Name          string `bun:"name"`
	Section       string `bun:"section"`
	LedgerAccount string `bun:"ledger_account"`
	CountsNot     bool   `bun:"counts_not"`
}

var earningCodes = &table[earningCodeRow, model.EarningCode, *earningCodeRow]{
	name: "earning_code", kind: model.KindEarningCode, key: "code",
	order: []orderKey{{expr: "t.code", cast: "text"}},
	model: func(r *earningCodeRow) *model.EarningCode {
		return &model.EarningCode{
			ID: model.UUIDs(model.KindEarningCode, r.ID), Code: r.Code, Name: r.Name, Section: r.Section, LedgerAccount: r.LedgerAccount, CountsNot: r.CountsNot, Version: r.Version,
		}
	},
	row: func(m *model.EarningCode) (*earningCodeRow, model.ID, int) {
		return &earningCodeRow{Code: m.Code, Name: m.Name, Section: m.Section, LedgerAccount: m.LedgerAccount, CountsNot: m.CountsNot}, m.ID, m.Version
	},
}

// EarningCodes reads all earning codes.
func (r reads) EarningCodes(ctx context.Context, scope model.Scope) ([]*model.EarningCode, error) {
	return earningCodes.all(ctx, r, scope)
}

// EarningCodesByID reads earning codes by id.
func (r reads) EarningCodesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.EarningCode, error) {
	return earningCodes.byIDs(ctx, r, scope, ids)
}

// EarningCodesByKey reads earning codes by code.
func (r reads) EarningCodesByKey(ctx context.Context, scope model.Scope, codes []string) ([]*model.EarningCode, error) {
	return earningCodes.byKeys(ctx, r, scope, codes)
}

// EarningCodePage reads a page of earning codes, by code.
func (r reads) EarningCodePage(ctx context.Context, scope model.Scope, where *model.EarningCodeWhere, page model.PageArgs) (*model.Connection[model.EarningCode], error) {
	return earningCodes.page(ctx, r, scope, earningCodeList, where, page)
}

// SaveEarningCode writes the code's next version and gives its number.
func (tx *Tx) SaveEarningCode(ctx context.Context, m *model.EarningCode) (int, error) {
	return earningCodes.save(ctx, tx, m)
}
