package service

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// authenticateKey begins an operation of an API key. Whatever is wrong with
// the key, or with where it is used, the answer is that of a bad token.
func (s *Service) authenticateKey(ctx context.Context, bearer string) (context.Context, error) {
	parsed, err := auth.ParseKey(bearer)
	if err != nil {
		s.observer.KeyRefused("malformed")
		s.Log.InfoContext(ctx, "API key refused", "reason", "not an API key, or mistyped")
		return ctx, auth.ErrToken
	}
	session, err := s.keySession(ctx, auth.Principal{Tenant: parsed.Tenant, Key: &auth.Key{APIKey: parsed}, Address: auth.AddressOf(ctx)})
	if err != nil {
		return ctx, err
	}
	s.uses.note(parsed, s.Now())
	return auth.WithSession(ctx, session), nil
}

// keySession begins a session of an API key, as the key and its creator are
// now.
func (s *Service) keySession(ctx context.Context, who auth.Principal) (*auth.Session, error) {
	found, err := s.Store.SignInKey(ctx, who.Tenant, who.Key.ID)
	if err != nil {
		return nil, err
	}
	expires, err := admits(found, who, s.Now())
	if err != nil {
		s.observer.KeyRefused(err.Error())
		s.Log.InfoContext(ctx, "API key refused", "key", auth.ShownPrefix(who.Key.ID), "reason", err)
		return nil, auth.ErrToken
	}
	who.Expires, who.Name = expires, "API key "+found.Key.Name
	who.Key = &auth.Key{APIKey: who.Key.APIKey, Name: found.Key.Name, Scopes: found.Key.Scopes, Creator: found.Creator.Roles, Position: found.Key.PositionID, Product: found.Key.ProductID,
		Application: found.Key.ApplicationID, Documents: found.Key.Documents,
	}
	return auth.NewSession(&who, found.Read, s.today(found.Zone), s), nil
}

// admits says until when an API key is let in, or why it is not.
func admits(found *store.KeySignIn, who auth.Principal, now time.Time) (time.Time, error) {
	if found == nil {
		return time.Time{}, fmt.Errorf("unknown")
	}
	key, expires, known := found.Key, found.Key.ExpiresAt, false
	for _, secret := range found.Secrets {
		if subtle.ConstantTimeCompare(secret.Hash, who.Key.Hash[:]) == 1 {
			known = true
			if secret.EndsAt != nil && secret.EndsAt.Before(expires) {
				expires = *secret.EndsAt
			}
		}
	}
	switch {
	case !known:
		return expires, fmt.Errorf("the secret is another, or was replaced")
	case key.RevokedAt != nil:
		return expires, fmt.Errorf("revoked")
	case !now.Before(expires):
		return expires, fmt.Errorf("expired")
	case !found.Creator.Active:
		return expires, fmt.Errorf("its creator may not sign in")
	case !within(key.Networks, who.Address):
		return expires, fmt.Errorf("used from outside its networks")
	}
	return expires, nil
}

// within tells whether the address is in one of the networks; in no network
// means anywhere.
func within(networks []string, address netip.Addr) bool {
	return len(networks) == 0 || slices.ContainsFunc(networks, func(network string) bool {
		prefix, err := netip.ParsePrefix(network)
		return err == nil && prefix.Contains(address)
	})
}

// SubtreeFrom gives the position and those below it, with the days on which
// they were below.
func (s *Service) SubtreeFrom(ctx context.Context, scope model.Scope, position model.ID) ([]model.PositionSpan, error) {
	positions, err := s.Store.Positions(ctx, scope)
	if err != nil {
		return nil, err
	}
	self := model.PositionSpan{Position: position.UUID(), Days: model.Always}
	return append([]model.PositionSpan{self}, below(positions, []model.ID{position})...), nil
}
