package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateMeasureInput is a change of a measure.
type UpdateMeasureInput struct {
	ID               model.ID
	IfVersion        int
	Name             graphql.Omittable[*string]                   `json:",omitzero"`
	Source           graphql.Omittable[*model.MeasureSource]      `json:",omitzero"`
	Aggregation      graphql.Omittable[*model.MeasureAggregation] `json:",omitzero"`
	CreditTypeIDs    graphql.Omittable[[]model.ID]                `json:",omitzero"`
	CreditKinds      graphql.Omittable[[]model.CreditKind]        `json:",omitzero"`
	Condition        graphql.Omittable[*string]                   `json:",omitzero"`
	Value            graphql.Omittable[*model.MeasureOf]          `json:",omitzero"`
	Expression       graphql.Omittable[*string]                   `json:",omitzero"`
	ClientMutationID *string
}

// UpdateMeasurePayload is what changing a measure did.
type UpdateMeasurePayload struct {
	Outcome
	MeasureID *model.ID
}

// UpdateMeasure changes a measure for all days. Where published plans refer to
// it, earnings of their days are recalculated in open periods. Its source stays
// while published plans refer to it, and VALUES while it has values:
// INVALID_STATE.
func (s *Service) UpdateMeasure(ctx context.Context, input UpdateMeasureInput) (*UpdateMeasurePayload, error) {
	return mutate(ctx, s, "updateMeasure", input, func(tx *store.Tx, p *UpdateMeasurePayload) error {
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		found, err := tx.MeasuresByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		measure := needed(&errs, "input.id", &input.ID, found)
		if measure == nil {
			return errs
		}
		p.MeasureID = &input.ID
		before := *measure
		applyMeasure(&errs, measure, input)
		if err := checkSource(ctx, tx, &errs, &before, measure); err != nil {
			return err
		}
		if err := checkMeasure(ctx, tx, &errs, measure); err != nil {
			return err
		}
		measure.Version = input.IfVersion
		if _, err := tx.SaveMeasure(ctx, measure); err != nil {
			return err
		}
		return markMeasuring(ctx, tx, measure)
	})
}

func applyMeasure(errs *model.UserErrors, m *model.Measure, input UpdateMeasureInput) {
	if name, given := input.Name.ValueOK(); given {
		m.Name = or(name, "")
	}
	required(errs, "input.source", input.Source, &m.Source)
	required(errs, "input.aggregation", input.Aggregation, &m.Aggregation)
	if types, given := input.CreditTypeIDs.ValueOK(); given {
		m.CreditTypeIDs = types
	}
	if kinds, given := input.CreditKinds.ValueOK(); given {
		m.CreditKinds = kinds
	}
	if condition, given := input.Condition.ValueOK(); given {
		m.Condition = or(condition, "")
	}
	if value, given := input.Value.ValueOK(); given {
		if value == nil {
			errs.Add(model.UserRequired, "input.value", "a measure has a value")
		} else {
			m.Value = *value
		}
	}
	if expression, given := input.Expression.ValueOK(); given {
		m.Expression = or(expression, "")
	}
}

// checkSource refuses another source for a measure that is in use by it.
func checkSource(ctx context.Context, tx *store.Tx, errs *model.UserErrors, before, m *model.Measure) error {
	if m.Source == before.Source {
		return nil
	}
	versions, err := versionsMeasuring(ctx, tx, m)
	if err != nil {
		return err
	}
	if len(versions) > 0 {
		errs.Add(model.UserState, "input.source", "published plans measure by it: add another measure for the other source")
	}
	valued := false
	if before.OfValues() {
		if valued, err = tx.HasMeasureValues(ctx, tx.Scope(), m.ID); err != nil {
			return err
		}
	}
	if valued {
		errs.Add(model.UserState, "input.source", "the measure has values: remove them first")
	}
	return nil
}
