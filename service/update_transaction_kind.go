package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// UpdateTransactionKindInput is a change of a transaction kind's name.
type UpdateTransactionKindInput struct {
	ID               model.ID
	IfVersion        int
	Name             string
	ClientMutationID *string
}

// UpdateTransactionKindPayload is what changing a transaction kind did.
type UpdateTransactionKindPayload struct {
	Outcome
	TransactionKindID *model.ID
}

// UpdateTransactionKind changes the name of a transaction kind.
func (s *Service) UpdateTransactionKind(ctx context.Context, input UpdateTransactionKindInput) (*UpdateTransactionKindPayload, error) {
	return mutate(ctx, s, "updateTransactionKind", input, func(tx *store.Tx, p *UpdateTransactionKindPayload) error {
		found, err := tx.TransactionKindsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		kind := needed(&errs, "input.id", &input.ID, found)
		checkText(&errs, "input.name", input.Name, maxName)
		if kind != nil {
			p.TransactionKindID = &input.ID
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		kind.Name, kind.Version = input.Name, input.IfVersion
		_, err = tx.SaveTransactionKind(ctx, kind)
		return err
	})
}
