package service

import (
	"context"
	"time"

	"spm/model"
	"spm/store"
)

// RetireTrustedDocumentsInput names documents that are not to be taken any
// more.
type RetireTrustedDocumentsInput struct {
	IDs              []model.ID // 1 to 250
	ClientMutationID *string
}

// RetireTrustedDocumentsPayload is what retiring documents did.
type RetireTrustedDocumentsPayload struct {
	Outcome
	DocumentIDs []model.ID // as given
}

// RetireTrustedDocuments ends that documents are taken, whatever their version:
// all of them or, where one is not known, none. What runs goes on.
func (s *Service) RetireTrustedDocuments(ctx context.Context, input RetireTrustedDocumentsInput) (*RetireTrustedDocumentsPayload, error) {
	return mutate(ctx, s, "retireTrustedDocuments", input, func(tx *store.Tx, p *RetireTrustedDocumentsPayload) error {
		var errs model.UserErrors
		if checkCount(&errs, "input.ids", len(input.IDs)); len(errs) > 0 {
			return errs
		}
		if err := tx.LockDocuments(ctx); err != nil {
			return err
		}
		found, err := tx.TrustedDocumentsByID(ctx, tx.Scope(), input.IDs)
		if err != nil {
			return err
		}
		for i := range input.IDs {
			needed(&errs, indexed("input.ids", i), &input.IDs[i], found)
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.DocumentIDs = input.IDs
		now := s.Now().UTC().Truncate(time.Microsecond)
		for _, id := range input.IDs {
			document := found[id]
			if document.RetiredAt != nil {
				continue
			}
			document.RetiredAt = &now
			if _, err := tx.SaveTrustedDocument(ctx, document); err != nil {
				return err
			}
		}
		return nil
	})
}
