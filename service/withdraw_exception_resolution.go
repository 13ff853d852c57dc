package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// WithdrawExceptionResolutionInput names a resolution to take back.
type WithdrawExceptionResolutionInput struct {
	TransactionID    model.ID
	CreditTypeID     *model.ID
	ClientMutationID *string
}

// WithdrawExceptionResolutionPayload is what taking a resolution back did.
type WithdrawExceptionResolutionPayload struct {
	Outcome
	TransactionID *model.ID
}

// WithdrawExceptionResolution takes back how an exception was settled; the
// transaction is credited by the rules again.
func (s *Service) WithdrawExceptionResolution(ctx context.Context, input WithdrawExceptionResolutionInput) (*WithdrawExceptionResolutionPayload, error) {
	return mutate(ctx, s, "withdrawExceptionResolution", input, func(tx *store.Tx, p *WithdrawExceptionResolutionPayload) error {
		if err := beginByHand(ctx, tx); err != nil {
			return err
		}
		found, err := tx.TransactionsByID(ctx, tx.Scope(), ids(&input.TransactionID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		if needed(&errs, "input.transactionId", &input.TransactionID, found) == nil {
			return errs
		}
		p.TransactionID = &input.TransactionID
		if _, err := tx.HoldTransactions(ctx, []int64{input.TransactionID.Int()}); err != nil {
			return err
		}
		undone, err := tx.RemoveResolution(ctx, &model.ExceptionResolution{TransactionID: input.TransactionID, CreditTypeID: input.CreditTypeID})
		if err != nil {
			return err
		}
		if !undone {
			return model.Refuse(model.UserNotFound, "input.creditTypeId", "nothing was settled by hand for this credit type")
		}
		return s.recredit(ctx, tx, []int64{input.TransactionID.Int()})
	})
}
