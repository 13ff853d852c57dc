package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreateTransactionKindInput is a transaction kind to add.
type CreateTransactionKindInput struct {
	Key              string
	Name             string
	Role             model.KindRole
	ClientMutationID *string
}

// CreateTransactionKindPayload is what adding a transaction kind did.
type CreateTransactionKindPayload struct {
	Outcome
	TransactionKindID *model.ID
}

// maxSetupKey is the longest key of a kind or credit type.
const maxSetupKey = 64

// CreateTransactionKind adds a transaction kind. The key of another is TAKEN.
func (s *Service) CreateTransactionKind(ctx context.Context, input CreateTransactionKindInput) (*CreateTransactionKindPayload, error) {
	return mutate(ctx, s, "createTransactionKind", input, func(tx *store.Tx, p *CreateTransactionKindPayload) error {
		id, err := newID(model.KindTransactionKind)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.key", input.Key, maxSetupKey)
		checkText(&errs, "input.name", input.Name, maxName)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		kind := &model.TransactionKind{ID: id, Key: input.Key, Name: input.Name, Role: input.Role}
		if _, err := tx.SaveTransactionKind(ctx, kind); err != nil {
			return err
		}
		p.TransactionKindID = &id
		return tx.MarkRecredit(ctx, store.Recredit{Days: model.Always, Kinds: []string{input.Key}})
	})
}
