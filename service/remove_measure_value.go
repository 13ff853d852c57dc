package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// RemoveMeasureValueInput is a value of a measure to remove.
type RemoveMeasureValueInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// RemoveMeasureValuePayload is what removing a value did.
type RemoveMeasureValuePayload struct {
	Outcome
	ValueID *model.ID // as it is after a CONFLICT
}

// RemoveMeasureValue ends a value of a measure.
func (s *Service) RemoveMeasureValue(ctx context.Context, input RemoveMeasureValueInput) (*RemoveMeasureValuePayload, error) {
	return mutate(ctx, s, "removeMeasureValue", input, func(tx *store.Tx, p *RemoveMeasureValuePayload) error {
		found, err := tx.MeasureValuesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		value := needed(&errs, "input.id", &input.ID, found)
		if value == nil {
			return errs
		}
		p.ValueID = &input.ID
		if err := tx.RemoveMeasureValue(ctx, input.ID, input.IfVersion); err != nil {
			return err
		}
		return markValues(ctx, tx, []*model.MeasureValue{value})
	})
}
