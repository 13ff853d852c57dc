package store

import (
	"cmp"
	"context"

	"spm/model"
)

type measureRow struct {
	head
	Key     string                   `bun:"key"`
	Name    string                   `bun:"name"`
	Content document[measureContent] `bun:"content"`
}

type measureContent struct {
	CreditTypes []model.ID         `json:"creditTypes"`
	CreditKinds []model.CreditKind `json:"creditKinds"`
	Condition   string             `json:"condition"`
	Value       model.MeasureOf    `json:"value"`
	Expression  string             `json:"expression"`

	Source      model.MeasureSource      `json:"source,omitempty"`
	Aggregation model.MeasureAggregation `json:"aggregation,omitempty"`
}

var measures = &table[measureRow, model.Measure, *measureRow]{
	name: "measure", kind: model.KindMeasure, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}},
	model: func(r *measureRow) *model.Measure {
		c := r.Content.V
		return &model.Measure{
			ID: model.UUIDs(model.KindMeasure, r.ID), Key: r.Key, Name: r.Name, CreditTypeIDs: c.CreditTypes, CreditKinds: c.CreditKinds,
			Condition: c.Condition, Value: c.Value, Expression: c.Expression, Version: r.Version,
			Source: cmp.Or(c.Source, model.SourceCredits), Aggregation: cmp.Or(c.Aggregation, model.AggregateSum),
		}
	},
	row: func(m *model.Measure) (*measureRow, model.ID, int) {
		c := measureContent{m.CreditTypeIDs, m.CreditKinds, m.Condition, m.Value, m.Expression, m.Source, m.Aggregation}
		return &measureRow{Key: m.Key, Name: m.Name, Content: document[measureContent]{c}}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND (").referred(scope, "measure_ids")
		b.add(" OR EXISTS (SELECT FROM quota q WHERE q.measure_id = t.id AND").inForce("q", scope).add(" AND ").quotaConcerns(scope, "q")
		b.add(") OR EXISTS (SELECT FROM measure_value q WHERE q.measure_id = t.id AND").inForce("q", scope).add(" AND ").valueConcerns(scope, "q")
		b.add("))")
	},
}

// Measures reads all measures.
func (r reads) Measures(ctx context.Context, scope model.Scope) ([]*model.Measure, error) {
	return measures.all(ctx, r, scope)
}

// MeasuresByID reads measures by id.
func (r reads) MeasuresByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Measure, error) {
	return measures.byIDs(ctx, r, scope, ids)
}

// MeasuresByKey reads measures by key.
func (r reads) MeasuresByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Measure, error) {
	return measures.byKeys(ctx, r, scope, keys)
}

// MeasurePage reads a page of measures, by key.
func (r reads) MeasurePage(ctx context.Context, scope model.Scope, where *model.MeasureWhere, page model.PageArgs) (*model.Connection[model.Measure], error) {
	return measures.page(ctx, r, scope, measureList, where, page)
}

// SaveMeasure writes the measure's next version and gives its number.
func (tx *Tx) SaveMeasure(ctx context.Context, m *model.Measure) (int, error) {
	return measures.save(ctx, tx, m)
}
