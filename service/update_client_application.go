package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// UpdateClientApplicationInput is a change of a client application.
type UpdateClientApplicationInput struct {
	ID               model.ID
	IfVersion        int
	Name             string
	ClientMutationID *string
}

// UpdateClientApplication changes what a client application is called.
func (s *Service) UpdateClientApplication(ctx context.Context, input UpdateClientApplicationInput) (*ClientApplicationPayload, error) {
	return mutate(ctx, s, "updateClientApplication", input, func(tx *store.Tx, p *ClientApplicationPayload) error {
		var errs model.UserErrors
		found, err := tx.ClientApplicationsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		needed(&errs, "input.id", &input.ID, found)
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.ApplicationID = &input.ID
		checkText(&errs, "input.name", input.Name, maxName)
		if err := errs.OrNil(); err != nil {
			return err
		}
		application := found[input.ID]
		application.Name, application.Version = input.Name, input.IfVersion
		_, err = tx.SaveClientApplication(ctx, application)
		return err
	})
}
