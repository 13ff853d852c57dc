package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// ResolveCreditingExceptionInput says how an exception is settled by hand.
type ResolveCreditingExceptionInput struct {
	ID               model.ID
	IfVersion        int
	Shares           []*RuleShareInput
	NoCredit         *bool
	Reason           string
	ClientMutationID *string
}

// ResolveCreditingExceptionPayload is what settling an exception did.
type ResolveCreditingExceptionPayload struct {
	Outcome
	TransactionID *model.ID
	ExceptionID   *model.ID
}

// ResolveCreditingException settles an exception by explicit shares or by no
// credit; the transaction is credited at once.
func (s *Service) ResolveCreditingException(ctx context.Context, input ResolveCreditingExceptionInput) (*ResolveCreditingExceptionPayload, error) {
	return mutate(ctx, s, "resolveCreditingException", input, func(tx *store.Tx, p *ResolveCreditingExceptionPayload) error {
		if err := beginByHand(ctx, tx); err != nil {
			return err
		}
		exception, err := heldException(ctx, tx, input.ID, input.IfVersion, &p.ExceptionID)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		shares := sharesOf(input.Shares)
		checkText(&errs, "input.reason", input.Reason, maxReason)
		switch noCredit := given(input.NoCredit, false); {
		case noCredit == (len(shares) > 0):
			errs.Add(model.UserRequired, "input.shares", "give either shares or noCredit")
		case !noCredit:
			checkWhole(&errs, "input.shares", shares)
			err = checkShares(ctx, tx, &errs, "input.shares", shares)
		}
		if err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.TransactionID = &exception.TransactionID
		err = tx.SaveResolution(ctx, &model.ExceptionResolution{
			TransactionID: exception.TransactionID, CreditTypeID: exception.CreditTypeID, Shares: shares, Reason: input.Reason,
		})
		if err != nil {
			return err
		}
		return s.recredit(ctx, tx, []int64{exception.TransactionID.Int()})
	})
}

// beginByHand takes the locks of whoever settles exceptions: nobody changes
// the set-up meanwhile, or records a transaction that links to others.
func beginByHand(ctx context.Context, tx *store.Tx) error {
	if err := tx.ShareSetup(ctx); err != nil {
		return err
	}
	return tx.LockFacts(ctx, false)
}
