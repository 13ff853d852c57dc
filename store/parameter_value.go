package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type parameterValueRow struct {
	head
	PlanID     uuid.UUID       `bun:"plan_id"`
	Key        string          `bun:"key"`
	TitleID    *uuid.UUID      `bun:"title_id"`
	PositionID *uuid.UUID      `bun:"position_id"`
	PayeeID    *uuid.UUID      `bun:"payee_id"`
	From       date            `bun:"from_date"`
	To         date            `bun:"to_date"`
	Value      decimal.Decimal `bun:"value"`
}

var parameterValues = &table[parameterValueRow, model.ParameterValue, *parameterValueRow]{
	name: "parameter_value", kind: model.KindParameterValue,
	order: []orderKey{{expr: "t.plan_id", cast: "uuid"}, {expr: "t.key", cast: "text"}, {expr: "t.from_date", cast: "date"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *parameterValueRow) *model.ParameterValue {
		return &model.ParameterValue{
			ID: model.UUIDs(model.KindParameterValue, r.ID), PlanID: model.UUIDs(model.KindPlan, r.PlanID), Key: r.Key,
			TitleID: idPtr(model.KindTitle, r.TitleID), PositionID: idPtr(model.KindPosition, r.PositionID), PayeeID: idPtr(model.KindPayee, r.PayeeID),
			Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)}, Value: r.Value, Version: r.Version,
		}
	},
	row: func(m *model.ParameterValue) (*parameterValueRow, model.ID, int) {
		return &parameterValueRow{
			PlanID: m.PlanID.UUID(), Key: m.Key, TitleID: uuidPtr(m.TitleID), PositionID: uuidPtr(m.PositionID), PayeeID: uuidPtr(m.PayeeID),
			From: date(m.Days.From), To: date(m.Days.To), Value: m.Value,
		}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND ").parameterConcerns(scope, "t") },
}

// ParameterValues reads all parameter values.
func (r reads) ParameterValues(ctx context.Context, scope model.Scope) ([]*model.ParameterValue, error) {
	return parameterValues.all(ctx, r, scope)
}

// ParameterValuesByID reads parameter values by id.
func (r reads) ParameterValuesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.ParameterValue, error) {
	return parameterValues.byIDs(ctx, r, scope, ids)
}

// holderOf is whom a parameter value is for, in SQL: the plan where nobody in
// particular.
const holderOf = "coalesce(t.payee_id, t.position_id, t.title_id, t.plan_id)"

// ParameterValuesFor reads the values of these plans' parameters for these
// titles, positions, payees and plans as wholes, by first day.
func (r reads) ParameterValuesFor(ctx context.Context, scope model.Scope, plans, holders []model.ID) ([]*model.ParameterValue, error) {
	b := parameterValues.from(parameterValues.columns(), scope)
	b.add(" AND t.plan_id = ANY(?) AND "+holderOf+" = ANY(?) ORDER BY t.from_date, t.id", uuids(plans), uuids(holders))
	return parameterValues.models(ctx, r, scope, b)
}

// ParameterValuePage reads a page of parameter values, by plan, key and first
// day.
func (r reads) ParameterValuePage(ctx context.Context, scope model.Scope, where *model.ParameterValueWhere, page model.PageArgs) (*model.Connection[model.ParameterValue], error) {
	return parameterValues.page(ctx, r, scope, parameterValueList, where, page)
}

// SaveParameterValue writes the value's next version and gives its number.
func (tx *Tx) SaveParameterValue(ctx context.Context, m *model.ParameterValue) (int, error) {
	return parameterValues.save(ctx, tx, m)
}

// RemoveParameterValue ends the value.
func (tx *Tx) RemoveParameterValue(ctx context.Context, id model.ID, version int) error {
	return parameterValues.remove(ctx, tx, id, version)
}
