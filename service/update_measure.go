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
	Name             graphql.Omittable[*string]            `json:",omitzero"`
	CreditTypeIDs    graphql.Omittable[[]model.ID]         `json:",omitzero"`
	CreditKinds      graphql.Omittable[[]model.CreditKind] `json:",omitzero"`
	Condition        graphql.Omittable[*string]            `json:",omitzero"`
	Value            graphql.Omittable[*model.MeasureOf]   `json:",omitzero"`
	Expression       graphql.Omittable[*string]            `json:",omitzero"`
	ClientMutationID *string
}

// UpdateMeasurePayload is what changing a measure did.
type UpdateMeasurePayload struct {
	Outcome
	MeasureID *model.ID
}

// UpdateMeasure changes a measure for all days. Where published plans refer to
// it, earnings of their days are recalculated in open periods.
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
		applyMeasure(&errs, measure, input)
		if err := checkMeasure(ctx, tx, &errs, measure); err != nil {
			return err
		}
		measure.Version = input.IfVersion
		if _, err := tx.SaveMeasure(ctx, measure); err != nil {
			return err
		}
		return markUsers(ctx, tx, input.ID, model.Always)
	})
}

func applyMeasure(errs *model.UserErrors, m *model.Measure, input UpdateMeasureInput) {
	if name, given := input.Name.ValueOK(); given {
		m.Name = or(name, "")
	}
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

// markUsers marks the days on which published plan versions use a measure or
// rate table that has changed on some days.
func markUsers(ctx context.Context, tx *store.Tx, what model.ID, days model.Interval) error {
	versions, err := tx.PlanVersionsUsing(ctx, tx.Scope(), what)
	if err != nil {
		return err
	}
	var marks []store.Dirty
	for _, v := range versions {
		if span := v.Days.Intersect(days); v.Pays() && !span.Empty() {
			marks = append(marks, store.Dirty{Days: span})
		}
	}
	return tx.MarkDirty(ctx, marks...)
}
