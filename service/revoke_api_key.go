package service

import (
	"context"
	"time"

	"spm/model"
	"spm/store"
)

// RevokeAPIKeyInput says which API key ends.
type RevokeAPIKeyInput struct {
	ID               model.ID
	ClientMutationID *string
}

// RevokeAPIKeyPayload is what revoking did.
type RevokeAPIKeyPayload struct {
	Outcome
	KeyID *model.ID
}

// RevokeAPIKey ends an API key at once and for good. It takes no version: what
// others changed of the key meanwhile does not keep it alive.
func (s *Service) RevokeAPIKey(ctx context.Context, input RevokeAPIKeyInput) (*RevokeAPIKeyPayload, error) {
	return mutate(ctx, s, "revokeApiKey", input, func(tx *store.Tx, p *RevokeAPIKeyPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		key, err := apiKeyIn(ctx, tx, input.ID, &p.KeyID)
		if err != nil {
			return err
		}
		now := s.Now().UTC().Truncate(time.Microsecond)
		key.RevokedAt = &now
		_, err = tx.SaveAPIKey(ctx, key)
		return err
	})
}
