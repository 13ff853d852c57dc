package service

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// CreateAPIKeyInput is an API key to make.
type CreateAPIKeyInput struct {
	Name             string
	Scopes           []model.APIKeyScope
	PositionID       *model.ID
	ProductID        *model.ID `json:",omitzero"`
	Networks         []string
	ExpiresAt        time.Time
	ApplicationID    *model.ID          `json:",omitzero"`
	Documents        model.DocumentMode `json:",omitzero"`
	ClientMutationID *string
}

// CreateAPIKeyPayload is what making an API key did. Secret is its text, which
// nothing keeps: it is empty in the answer to a repeat.
type CreateAPIKeyPayload struct {
	Outcome
	KeyID  *model.ID
	Secret *string `json:"-"`
}

const (
	maxKeyLife     = 366 * 24 * time.Hour
	maxKeyNetworks = 50
)

// CreateAPIKey makes an API key, which works from now on. It may do what its
// scopes permit as long as the caller may.
func (s *Service) CreateAPIKey(ctx context.Context, input CreateAPIKeyInput) (*CreateAPIKeyPayload, error) {
	return mutate(ctx, s, "createApiKey", input, func(tx *store.Tx, p *CreateAPIKeyPayload) error {
		id, err := newID(model.KindAPIKey)
		if err != nil {
			return err
		}
		who := auth.SessionOf(ctx).Principal
		now := s.Now().UTC().Truncate(time.Microsecond)
		var errs model.UserErrors
		key := &model.APIKey{
			ID: id, Name: input.Name, Scopes: slices.Sorted(slices.Values(input.Scopes)), PositionID: input.PositionID, ProductID: input.ProductID,
			Networks: checkNetworks(&errs, input.Networks), ExpiresAt: input.ExpiresAt, CreatedBy: who.User, CreatedAt: now,
			ApplicationID: input.ApplicationID, Documents: input.Documents,
		}
		checkText(&errs, "input.name", key.Name, maxName)
		checkScopes(&errs, key, input.Scopes, who.Roles)
		checkExpiry(&errs, "input.expiresAt", input.ExpiresAt, now)
		if err := needLimits(ctx, tx, &errs, key); err != nil {
			return err
		}
		if err := needApplication(ctx, tx, &errs, input.ApplicationID); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveAPIKey(ctx, key); err != nil {
			return err
		}
		p.KeyID = &id
		p.Secret, err = giveSecret(ctx, tx, id, now)
		return err
	})
}

// needLimits checks that what limits a key is known, and that one thing does.
func needLimits(ctx context.Context, tx *store.Tx, errs *model.UserErrors, key *model.APIKey) error {
	positions, err := tx.PositionsByID(ctx, tx.Scope(), ids(key.PositionID))
	if err != nil {
		return err
	}
	products, err := tx.ProductsByID(ctx, tx.Scope(), ids(key.ProductID))
	if err != nil {
		return err
	}
	needed(errs, "input.positionId", key.PositionID, positions)
	needed(errs, "input.productId", key.ProductID, products)
	if key.PositionID != nil && key.ProductID != nil {
		errs.Add(model.UserInvalid, "input.productId", "a key is limited by a position or by a product, not by both")
	}
	return nil
}

// needApplication checks that the application of a key's documents is known.
func needApplication(ctx context.Context, tx *store.Tx, errs *model.UserErrors, id *model.ID) error {
	applications, err := tx.ClientApplicationsByID(ctx, tx.Scope(), ids(id))
	needed(errs, "input.applicationId", id, applications)
	return err
}

// giveSecret makes the text of a key and keeps its hash; the texts before it
// end at the instant.
func giveSecret(ctx context.Context, tx *store.Tx, key model.ID, before time.Time) (*string, error) {
	text, made := auth.NewKey(key, tx.Tenant)
	return &text, tx.ReplaceSecret(ctx, key, made.Hash[:], before)
}

// checkScopes refuses what the key's maker may not do itself, and what a limit
// of rows does not bound.
func checkScopes(errs *model.UserErrors, key *model.APIKey, scopes []model.APIKeyScope, roles []model.Role) {
	for i, scope := range scopes {
		path := indexed("input.scopes", i)
		switch {
		case slices.Contains(scopes[:i], scope):
			errs.Add(model.UserDuplicateInput, path, "the scope stands twice")
		case !auth.Grants(roles, scope):
			errs.Add(model.UserInvalid, path, "you may not do this yourself, or not for all rows: a key never does what its creator may not")
		case key.ProductID != nil && !auth.BoundsByProduct(scope):
			errs.Add(model.UserInvalid, path, "this cannot be limited to a product line: leave the scope or the product out")
		case key.PositionID != nil && !auth.Bounds(scope):
			errs.Add(model.UserInvalid, path, "this cannot be limited to what is below a position: leave the scope or the position out")
		}
	}
}

// checkNetworks gives the networks as they are written, without host bits.
func checkNetworks(errs *model.UserErrors, given []string) []string {
	if len(given) > maxKeyNetworks {
		errs.Add(model.UserTooMany, "input.networks", "at most %d networks", maxKeyNetworks)
		return nil
	}
	out := []string{}
	for i, text := range given {
		path := indexed("input.networks", i)
		prefix, err := netip.ParsePrefix(text)
		switch {
		case err != nil || prefix.Addr().Is4In6():
			errs.Add(model.UserInvalid, path, "a network is written like 203.0.113.0/24 or 2001:db8::/32")
		case prefix != prefix.Masked():
			errs.Add(model.UserInvalid, path, "the address has bits beyond the network's: write %s", prefix.Masked())
		case slices.Contains(out, prefix.String()):
			errs.Add(model.UserDuplicateInput, path, "the network stands twice")
		default:
			out = append(out, prefix.String())
		}
	}
	return out
}

func checkExpiry(errs *model.UserErrors, path string, expires, now time.Time) {
	switch {
	case !expires.After(now):
		errs.Add(model.UserInvalid, path, "this is past")
	case expires.Sub(now) > maxKeyLife:
		errs.Add(model.UserInvalid, path, "a key lives for a year at most: rotate it before")
	}
}
