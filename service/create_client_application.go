package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreateClientApplicationInput is a client application to add.
type CreateClientApplicationInput struct {
	Name             string
	ClientMutationID *string
}

// ClientApplicationPayload is what adding or changing a client application did.
type ClientApplicationPayload struct {
	Outcome
	ApplicationID *model.ID
}

// Adding and changing are alike; the graph has a name for each.
type (
	CreateClientApplicationPayload = ClientApplicationPayload
	UpdateClientApplicationPayload = ClientApplicationPayload
)

// CreateClientApplication adds a client application, under a name that no other
// has.
func (s *Service) CreateClientApplication(ctx context.Context, input CreateClientApplicationInput) (*ClientApplicationPayload, error) {
	return mutate(ctx, s, "createClientApplication", input, func(tx *store.Tx, p *ClientApplicationPayload) error {
		id, err := newID(model.KindClientApplication)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.name", input.Name, maxName)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveClientApplication(ctx, &model.ClientApplication{ID: id, Name: input.Name}); err != nil {
			return err
		}
		p.ApplicationID = &id
		return nil
	})
}
