package store

import (
	"context"

	"spm/model"
)

type creditTypeRow struct {
	head
	Key  string `bun:"key"`
	Name string `bun:"name"`
	Unit string `bun:"unit"`
}

var creditTypes = &table[creditTypeRow, model.CreditType, *creditTypeRow]{
	name: "credit_type", kind: model.KindCreditType, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}},
	model: func(r *creditTypeRow) *model.CreditType {
		return &model.CreditType{ID: model.UUIDs(model.KindCreditType, r.ID), Key: r.Key, Name: r.Name, Unit: r.Unit, Version: r.Version}
	},
	row: func(m *model.CreditType) (*creditTypeRow, model.ID, int) {
		return &creditTypeRow{Key: m.Key, Name: m.Name, Unit: m.Unit}, m.ID, m.Version
	},
}

type transactionKindRow struct {
	head
	Key  string `bun:"key"`
	Name string `bun:"name"`
	Role string `bun:"role"`
}

var transactionKinds = &table[transactionKindRow, model.TransactionKind, *transactionKindRow]{
	name: "transaction_kind", kind: model.KindTransactionKind, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}},
	model: func(r *transactionKindRow) *model.TransactionKind {
		return &model.TransactionKind{ID: model.UUIDs(model.KindTransactionKind, r.ID), Key: r.Key, Name: r.Name, Role: model.KindRole(r.Role), Version: r.Version}
	},
	row: func(m *model.TransactionKind) (*transactionKindRow, model.ID, int) {
		return &transactionKindRow{Key: m.Key, Name: m.Name, Role: string(m.Role)}, m.ID, m.Version
	},
}

// CreditTypes reads all credit types.
func (r reads) CreditTypes(ctx context.Context, scope model.Scope) ([]*model.CreditType, error) {
	return creditTypes.all(ctx, r, scope)
}

// CreditTypesByID reads credit types by id.
func (r reads) CreditTypesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.CreditType, error) {
	return creditTypes.byIDs(ctx, r, scope, ids)
}

// CreditTypesByKey reads credit types by key.
func (r reads) CreditTypesByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.CreditType, error) {
	return creditTypes.byKeys(ctx, r, scope, keys)
}

// CreditTypePage reads a page of credit types, by key.
func (r reads) CreditTypePage(ctx context.Context, scope model.Scope, where *model.CreditTypeWhere, page model.PageArgs) (*model.Connection[model.CreditType], error) {
	return creditTypes.page(ctx, r, scope, creditTypeList, where, page)
}

// SaveCreditType writes the credit type's next version and gives its number.
func (tx *Tx) SaveCreditType(ctx context.Context, m *model.CreditType) (int, error) {
	return creditTypes.save(ctx, tx, m)
}

// TransactionKinds reads all transaction kinds.
func (r reads) TransactionKinds(ctx context.Context, scope model.Scope) ([]*model.TransactionKind, error) {
	return transactionKinds.all(ctx, r, scope)
}

// TransactionKindsByID reads transaction kinds by id.
func (r reads) TransactionKindsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.TransactionKind, error) {
	return transactionKinds.byIDs(ctx, r, scope, ids)
}

// TransactionKindPage reads a page of transaction kinds, by key.
func (r reads) TransactionKindPage(ctx context.Context, scope model.Scope, where *model.TransactionKindWhere, page model.PageArgs) (*model.Connection[model.TransactionKind], error) {
	return transactionKinds.page(ctx, r, scope, transactionKindList, where, page)
}

// SaveTransactionKind writes the kind's next version and gives its number.
func (tx *Tx) SaveTransactionKind(ctx context.Context, m *model.TransactionKind) (int, error) {
	return transactionKinds.save(ctx, tx, m)
}
