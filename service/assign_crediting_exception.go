package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// AssignCreditingExceptionInput says who sees to an exception.
type AssignCreditingExceptionInput struct {
	ID               model.ID
	IfVersion        int
	OwnerID          *model.ID
	ClientMutationID *string
}

// AssignCreditingExceptionPayload is what giving an exception an owner did.
type AssignCreditingExceptionPayload struct {
	Outcome
	ExceptionID *model.ID
}

// AssignCreditingException gives an exception an owner, or none.
func (s *Service) AssignCreditingException(ctx context.Context, input AssignCreditingExceptionInput) (*AssignCreditingExceptionPayload, error) {
	return mutate(ctx, s, "assignCreditingException", input, func(tx *store.Tx, p *AssignCreditingExceptionPayload) error {
		exception, err := heldException(ctx, tx, input.ID, input.IfVersion, &p.ExceptionID)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		users, err := tx.UsersByID(ctx, tx.Scope(), ids(input.OwnerID))
		if err != nil {
			return err
		}
		if owner := needed(&errs, "input.ownerId", input.OwnerID, users); owner != nil && !owner.Active {
			errs.Add(model.UserState, "input.ownerId", "the user does not sign in any more")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		next := *exception
		next.OwnerID = input.OwnerID
		return tx.SaveExceptions(ctx, []*model.CreditingException{&next}, []int64{exception.ID.Int()})
	})
}

// heldException finds an exception that is in the queue and holds its
// transaction, so that nobody credits it meanwhile. shown is set as soon as
// the exception is found.
func heldException(ctx context.Context, tx *store.Tx, id model.ID, ifVersion int, shown **model.ID) (*model.CreditingException, error) {
	find := func() (*model.CreditingException, error) {
		found, err := tx.CreditingExceptionsByID(ctx, tx.Scope(), ids(&id))
		if err != nil {
			return nil, err
		}
		var errs model.UserErrors
		return needed(&errs, "input.id", &id, found), errs.OrNil()
	}
	exception, err := find()
	if err != nil {
		return nil, err
	}
	if _, err := tx.HoldTransactions(ctx, []int64{exception.TransactionID.Int()}); err != nil {
		return nil, err
	}
	if exception, err = find(); err != nil {
		return nil, err
	}
	*shown = &id
	if exception.Version != ifVersion {
		return nil, model.Refuse(model.UserConflict, "input.ifVersion", "somebody else has changed it: read it again and repeat the change on its current version")
	}
	return exception, nil
}
