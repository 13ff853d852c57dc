package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateAPIKeyInput is a change of an API key.
type UpdateAPIKeyInput struct {
	ID               model.ID
	IfVersion        int
	Name             graphql.Omittable[*string]             `json:",omitzero"`
	Networks         graphql.Omittable[[]string]            `json:",omitzero"`
	ApplicationID    graphql.Omittable[*model.ID]           `json:",omitzero"`
	Documents        graphql.Omittable[*model.DocumentMode] `json:",omitzero"`
	ClientMutationID *string
}

// UpdateAPIKeyPayload is what changing an API key did.
type UpdateAPIKeyPayload struct {
	Outcome
	KeyID *model.ID
}

// UpdateAPIKey changes what an API key is called, from where it is used and
// which documents it may send.
// What it may do never changes: make another.
func (s *Service) UpdateAPIKey(ctx context.Context, input UpdateAPIKeyInput) (*UpdateAPIKeyPayload, error) {
	return mutate(ctx, s, "updateApiKey", input, func(tx *store.Tx, p *UpdateAPIKeyPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		key, err := apiKeyIn(ctx, tx, input.ID, &p.KeyID)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		if name, given := input.Name.ValueOK(); given {
			key.Name = checkNewName(&errs, name)
		}
		if networks, given := input.Networks.ValueOK(); given {
			key.Networks = checkNetworks(&errs, networks)
		}
		if documents, given := input.Documents.ValueOK(); given && documents != nil {
			key.Documents = *documents
		} else if given {
			errs.Add(model.UserRequired, "input.documents", "this cannot be null")
		}
		if id, given := input.ApplicationID.ValueOK(); given {
			key.ApplicationID = id
			if err := needApplication(ctx, tx, &errs, id); err != nil {
				return err
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		key.Version = input.IfVersion
		_, err = tx.SaveAPIKey(ctx, key)
		return err
	})
}
