package service

import (
	"context"
	"time"

	"spm/auth"
	"spm/model"
)

// Authenticate begins an operation: it verifies the bearer token, looks up the
// user that it names in the tenant that it names, and fixes the operation's
// read point. Without a token it begins a stranger's. A token that does not
// verify or names nobody is UNAUTHENTICATED.
func (s *Service) Authenticate(ctx context.Context, bearer string) (context.Context, error) {
	if bearer == "" {
		return auth.WithSession(ctx, &auth.Session{}), nil
	}
	claims, err := s.Verifier.Verify(ctx, bearer)
	if err != nil {
		return ctx, err
	}
	point, err := s.Store.ReadPoint(ctx, claims.Tenant, nil)
	if err != nil {
		return ctx, err
	}
	user, zone, err := s.Store.UserBySubject(ctx, model.Unbounded(claims.Tenant, point), claims.Issuer, claims.Subject)
	if err != nil {
		return ctx, err
	}
	if user == nil || !user.Active {
		return ctx, model.Errorf(model.Unauthenticated, "the token is not valid here")
	}
	principal := &auth.Principal{
		Tenant: claims.Tenant, User: user.ID, Issuer: claims.Issuer, Name: user.Name, Roles: user.Roles, Payee: user.PayeeID, Expires: claims.Expires,
	}
	return auth.WithSession(ctx, auth.NewSession(principal, point, s.today(zone), s)), nil
}

// today is the business date in the tenant's zone.
func (s *Service) today(zone string) model.Date {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return model.DateOf(s.Now().In(place))
}
