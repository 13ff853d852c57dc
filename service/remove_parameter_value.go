package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// RemoveParameterValueInput is a value of a parameter to remove.
type RemoveParameterValueInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// RemoveParameterValuePayload is what removing a value did.
type RemoveParameterValuePayload struct {
	Outcome
	ParameterValueID *model.ID // as it is after a CONFLICT
}

// RemoveParameterValue ends a value altogether: on its days what is less
// specific holds again. An earlier one that it has shortened stays so.
func (s *Service) RemoveParameterValue(ctx context.Context, input RemoveParameterValueInput) (*RemoveParameterValuePayload, error) {
	return mutate(ctx, s, "removeParameterValue", input, func(tx *store.Tx, p *RemoveParameterValuePayload) error {
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		found, err := tx.ParameterValuesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		value := needed(&errs, "input.id", &input.ID, found)
		if value == nil {
			return errs
		}
		p.ParameterValueID = &input.ID
		if err := tx.RemoveParameterValue(ctx, input.ID, input.IfVersion); err != nil {
			return err
		}
		return markParameters(ctx, tx, []*model.ParameterValue{value}, []model.Interval{value.Days})
	})
}
