package service

import (
	"context"
	"fmt"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// CreateMeasureInput is a measure to add.
type CreateMeasureInput struct {
	Key              string
	Name             string
	Source           *model.MeasureSource
	Aggregation      *model.MeasureAggregation
	CreditTypeIDs    []model.ID
	CreditKinds      []model.CreditKind
	Condition        *string
	Value            *model.MeasureOf
	Expression       *string
	ClientMutationID *string
}

// CreateMeasurePayload is what adding a measure did.
type CreateMeasurePayload struct {
	Outcome
	MeasureID *model.ID
}

// CreateMeasure adds a measure. Where an expression of a published plan names
// its key already, earnings of the plan's days are recalculated.
func (s *Service) CreateMeasure(ctx context.Context, input CreateMeasureInput) (*CreateMeasurePayload, error) {
	return mutate(ctx, s, "createMeasure", input, func(tx *store.Tx, p *CreateMeasurePayload) error {
		id, err := newID(model.KindMeasure)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.key", input.Key, maxKey)
		measure := &model.Measure{
			ID: id, Key: input.Key, Name: input.Name,
			Source: or(input.Source, model.SourceCredits), Aggregation: or(input.Aggregation, model.AggregateSum), CreditTypeIDs: input.CreditTypeIDs, CreditKinds: input.CreditKinds,
			Condition: or(input.Condition, ""), Value: or(input.Value, model.ValueAmount), Expression: or(input.Expression, ""),
		}
		if input.Value == nil && measure.OfActivities() {
			measure.Value = model.ValueCount
		}
		if err := checkMeasure(ctx, tx, &errs, measure); err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		if _, err := tx.SaveMeasure(ctx, measure); err != nil {
			return err
		}
		p.MeasureID = &id
		return markMeasuring(ctx, tx, measure)
	})
}

const maxCreditTypes = 50

// checkMeasure gives what is wrong with a measure, with what was found before.
func checkMeasure(ctx context.Context, tx *store.Tx, errs *model.UserErrors, m *model.Measure) error {
	checkText(errs, "input.name", m.Name, maxName)
	if len(m.CreditTypeIDs) > maxCreditTypes {
		errs.Add(model.UserTooMany, "input.creditTypeIds", "at most %d credit types", maxCreditTypes)
	}
	types, err := tx.CreditTypesByID(ctx, tx.Scope(), m.CreditTypeIDs)
	if err != nil {
		return err
	}
	for i := range m.CreditTypeIDs {
		needed(errs, fmt.Sprintf("input.creditTypeIds.%d", i), &m.CreditTypeIDs[i], types)
	}
	onlyOnce(errs, "input.creditTypeIds", m.CreditTypeIDs)
	onlyOnce(errs, "input.creditKinds", m.CreditKinds)
	*errs = append(*errs, calc.ValidateMeasure("input", *m)...)
	return errs.OrNil()
}
