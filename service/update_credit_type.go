package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// UpdateCreditTypeInput is a change of a credit type's name.
type UpdateCreditTypeInput struct {
	ID               model.ID
	IfVersion        int
	Name             string
	ClientMutationID *string
}

// UpdateCreditTypePayload is what changing a credit type did.
type UpdateCreditTypePayload struct {
	Outcome
	CreditTypeID *model.ID
}

// UpdateCreditType changes the name of a credit type.
func (s *Service) UpdateCreditType(ctx context.Context, input UpdateCreditTypeInput) (*UpdateCreditTypePayload, error) {
	return mutate(ctx, s, "updateCreditType", input, func(tx *store.Tx, p *UpdateCreditTypePayload) error {
		found, err := tx.CreditTypesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		ct := needed(&errs, "input.id", &input.ID, found)
		checkText(&errs, "input.name", input.Name, maxName)
		if ct != nil {
			p.CreditTypeID = &input.ID
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		ct.Name, ct.Version = input.Name, input.IfVersion
		_, err = tx.SaveCreditType(ctx, ct)
		return err
	})
}
