package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type measureValueRow struct {
	head
	MeasureID  uuid.UUID       `bun:"measure_id"`
	PositionID *uuid.UUID      `bun:"position_id"`
	Date       date            `bun:"date"`
	Value      decimal.Decimal `bun:"value"`
}

var measureValues = &table[measureValueRow, model.MeasureValue, *measureValueRow]{
	name: "measure_value", kind: model.KindMeasureValue,
	order: []orderKey{{expr: "t.date", cast: "date"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *measureValueRow) *model.MeasureValue {
		return &model.MeasureValue{
			ID: model.UUIDs(model.KindMeasureValue, r.ID), MeasureID: model.UUIDs(model.KindMeasure, r.MeasureID),
			PositionID: idPtr(model.KindPosition, r.PositionID), Date: model.Date(r.Date), Value: r.Value, Version: r.Version,
		}
	},
	row: func(m *model.MeasureValue) (*measureValueRow, model.ID, int) {
		return &measureValueRow{
			MeasureID: m.MeasureID.UUID(), PositionID: uuidPtr(m.PositionID), Date: date(m.Date), Value: m.Value,
		}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND ").valueConcerns(scope, "t") },
}

// MeasureValues reads all values of measures.
func (r reads) MeasureValues(ctx context.Context, scope model.Scope) ([]*model.MeasureValue, error) {
	return measureValues.all(ctx, r, scope)
}

// MeasureValuesByID reads values of measures by id.
func (r reads) MeasureValuesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.MeasureValue, error) {
	return measureValues.byIDs(ctx, r, scope, ids)
}

// MeasureValuesLike reads the values with the measures, positions and dates of
// the given ones.
func (r reads) MeasureValuesLike(ctx context.Context, scope model.Scope, like []model.MeasureValue) ([]*model.MeasureValue, error) {
	measures, positions, days := make([]uuid.UUID, len(like)), make([]*uuid.UUID, len(like)), make([]date, len(like))
	for i, v := range like {
		measures[i], positions[i], days[i] = v.MeasureID.UUID(), uuidPtr(v.PositionID), date(v.Date)
	}
	b := measureValues.from(measureValues.columns(), scope)
	b.add(" AND EXISTS (SELECT FROM unnest(?::uuid[], ?::uuid[], ?::date[]) l(measure, position, day)"+
		" WHERE l.measure = t.measure_id AND l.day = t.date AND l.position IS NOT DISTINCT FROM t.position_id)", measures, positions, days)
	return measureValues.models(ctx, r, scope, b)
}

// HasMeasureValues tells whether the measure has any value.
func (r reads) HasMeasureValues(ctx context.Context, scope model.Scope, measure model.ID) (bool, error) {
	b := measureValues.from(measureValues.columns(), scope)
	found, err := measureValues.models(ctx, r, scope, b.add(" AND t.measure_id = ? LIMIT 1", measure.UUID()))
	return len(found) > 0, err
}

// MeasureValuePage reads a page of values of measures, by date.
func (r reads) MeasureValuePage(ctx context.Context, scope model.Scope, where *model.MeasureValueWhere, page model.PageArgs) (*model.Connection[model.MeasureValue], error) {
	return measureValues.page(ctx, r, scope, measureValueList, where, page)
}

// SaveMeasureValue writes the value's next version and gives its number.
func (tx *Tx) SaveMeasureValue(ctx context.Context, m *model.MeasureValue) (int, error) {
	return measureValues.save(ctx, tx, m)
}

// RemoveMeasureValue ends the value.
func (tx *Tx) RemoveMeasureValue(ctx context.Context, id model.ID, version int) error {
	return measureValues.remove(ctx, tx, id, version)
}
