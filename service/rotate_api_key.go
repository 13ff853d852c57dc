package service

import (
	"context"
	"slices"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// RotateAPIKeyInput asks for a new secret. The old one works on for the
// overlap, a number of minutes from 0 to 10,080; the key expires when it did,
// or at ExpiresAt.
type RotateAPIKeyInput struct {
	ID               model.ID
	IfVersion        int
	OverlapMinutes   int
	ExpiresAt        *time.Time
	ClientMutationID *string
}

// RotateAPIKeyPayload is what rotating did. Secret is the new text, which
// nothing keeps: it is empty in the answer to a repeat.
type RotateAPIKeyPayload struct {
	Outcome
	KeyID  *model.ID
	Secret *string `json:"-"`
}

const maxOverlapMinutes = 7 * 24 * 60

// RotateAPIKey gives an API key a new secret. Whoever does it holds the key
// afterwards, so they must be allowed all that it may do.
func (s *Service) RotateAPIKey(ctx context.Context, input RotateAPIKeyInput) (*RotateAPIKeyPayload, error) {
	return mutate(ctx, s, "rotateApiKey", input, func(tx *store.Tx, p *RotateAPIKeyPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		key, err := apiKeyIn(ctx, tx, input.ID, &p.KeyID)
		if err != nil {
			return err
		}
		now := s.Now().UTC().Truncate(time.Microsecond)
		var errs model.UserErrors
		if input.OverlapMinutes < 0 || input.OverlapMinutes > maxOverlapMinutes {
			errs.Add(model.UserInvalid, "input.overlapMinutes", "the old secret works on for 0 to %d minutes", maxOverlapMinutes)
		}
		if input.ExpiresAt != nil {
			key.ExpiresAt = *input.ExpiresAt
		}
		checkExpiry(&errs, "input.expiresAt", key.ExpiresAt, now)
		roles := auth.SessionOf(ctx).Principal.Roles
		if slices.ContainsFunc(key.Scopes, func(scope model.APIKeyScope) bool { return !auth.Grants(roles, scope) }) {
			errs.Add(model.UserInvalid, "input.id", "the key has a scope for what you may not do yourself: who gets its secret could")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		key.RotatedAt, key.Version = &now, input.IfVersion
		if _, err := tx.SaveAPIKey(ctx, key); err != nil {
			return err
		}
		p.Secret, err = giveSecret(ctx, tx, key.ID, now.Add(time.Duration(input.OverlapMinutes)*time.Minute))
		return err
	})
}

// apiKeyIn reads an API key that is to be changed: NOT_FOUND where there is
// none, INVALID_STATE where it is revoked.
func apiKeyIn(ctx context.Context, tx *store.Tx, id model.ID, into **model.ID) (*model.APIKey, error) {
	found, err := tx.APIKeysByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return nil, err
	}
	var errs model.UserErrors
	key := needed(&errs, "input.id", &id, found)
	if key == nil {
		return nil, errs
	}
	*into = &id
	if key.RevokedAt != nil {
		return nil, model.Refuse(model.UserState, "input.id", "the key is revoked, for good: make another")
	}
	return key, nil
}
