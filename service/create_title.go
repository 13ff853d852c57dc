package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreateTitleInput is a title to add.
type CreateTitleInput struct {
	ExternalID       *string
	Name             string
	ClientMutationID *string
}

// CreateTitlePayload is what adding a title did.
type CreateTitlePayload struct {
	Outcome
	TitleID *model.ID
}

// CreateTitle adds a title.
func (s *Service) CreateTitle(ctx context.Context, input CreateTitleInput) (*CreateTitlePayload, error) {
	return mutate(ctx, s, "createTitle", input, func(tx *store.Tx, p *CreateTitlePayload) error {
		id, err := newID(model.KindTitle)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		title := &model.Title{ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name}
		checkText(&errs, "input.name", input.Name, maxName)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveTitle(ctx, title); err != nil {
			return err
		}
		p.TitleID = &id
		return nil
	})
}
