package service

import (
	"context"

	"spm/auth"
)

// authenticateElsewhere begins an operation of a user whose token is of an
// issuer that a tenant has registered. The issuer's row says which tenant; the
// token has no say in it. Whatever is wrong, the answer is that of a bad token.
func (s *Service) authenticateElsewhere(ctx context.Context, bearer, url string, audiences []string) (context.Context, error) {
	refuse := func(reason string) (context.Context, error) {
		s.Log.InfoContext(ctx, "token refused", "reason", reason)
		return ctx, auth.ErrToken
	}
	tenant, id, err := s.Store.IssuerOf(ctx, url, audiences)
	if err != nil {
		return ctx, err
	}
	if id.IsZero() {
		return refuse("no tenant has registered its issuer and audience, or several have")
	}
	issuer, err := s.Store.IssuerInForce(ctx, tenant, id)
	if err != nil {
		return ctx, err
	}
	if issuer == nil || !issuer.Active {
		return refuse("its issuer is not active")
	}
	claims, via, err := s.KeySets.Verify(ctx, tenant, issuer, bearer, func(reason error) {
		s.Log.InfoContext(ctx, "token refused", "issuer", id, "reason", reason)
	})
	if err != nil {
		return ctx, err
	}
	session, err := s.userSession(ctx, auth.Principal{Tenant: tenant, Issuer: claims.Issuer, Subject: claims.Subject, Expires: claims.Expires, Via: via})
	if err != nil {
		return ctx, err
	}
	return auth.WithSession(ctx, session), nil
}
