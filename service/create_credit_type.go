package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreateCreditTypeInput is a credit type to add.
type CreateCreditTypeInput struct {
	Key              string
	Name             string
	Unit             string // "MONEY", or what is counted
	ClientMutationID *string
}

// CreateCreditTypePayload is what adding a credit type did.
type CreateCreditTypePayload struct {
	Outcome
	CreditTypeID *model.ID
}

// maxUnit is the longest unit of a credit type.
const maxUnit = 40

// CreateCreditType adds a credit type. The key of another is TAKEN. What was
// settled by hand for every type is credited anew.
func (s *Service) CreateCreditType(ctx context.Context, input CreateCreditTypeInput) (*CreateCreditTypePayload, error) {
	return mutate(ctx, s, "createCreditType", input, func(tx *store.Tx, p *CreateCreditTypePayload) error {
		id, err := newID(model.KindCreditType)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.key", input.Key, maxSetupKey)
		checkText(&errs, "input.name", input.Name, maxName)
		checkText(&errs, "input.unit", input.Unit, maxUnit)
		if err := errs.OrNil(); err != nil {
			return err
		}
		creditType := &model.CreditType{ID: id, Key: input.Key, Name: input.Name, Unit: input.Unit}
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		if _, err := tx.SaveCreditType(ctx, creditType); err != nil {
			return err
		}
		p.CreditTypeID = &id
		return markSettled(ctx, tx)
	})
}

// markSettled marks the transactions that were settled by hand for every
// credit type: there is one more now.
func markSettled(ctx context.Context, tx *store.Tx) error {
	settled, err := tx.SettledForEveryType(ctx)
	if err != nil || len(settled) == 0 {
		return err
	}
	return tx.MarkRecredit(ctx, store.Recredit{Days: model.Always, Transactions: settled})
}
