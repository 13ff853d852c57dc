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
	session, err := s.sessionOf(ctx, auth.Principal{Tenant: claims.Tenant, Issuer: claims.Issuer, Subject: claims.Subject, Expires: claims.Expires}, point)
	if err != nil {
		return ctx, err
	}
	return auth.WithSession(ctx, session), nil
}

// sessionOf begins a session of the user that an issuer calls by a subject, as
// the user's row is at the read point.
func (s *Service) sessionOf(ctx context.Context, who auth.Principal, point model.ReadPoint) (*auth.Session, error) {
	user, zone, err := s.Store.UserBySubject(ctx, model.Unbounded(who.Tenant, point), who.Issuer, who.Subject)
	if err != nil {
		return nil, err
	}
	if user == nil || !user.Active {
		return nil, model.Errorf(model.Unauthenticated, "the token is not valid here")
	}
	who.User, who.Name, who.Roles, who.Payee = user.ID, user.Name, user.Roles, user.PayeeID
	return auth.NewSession(&who, point, s.today(zone), s), nil
}

// today is the business date in the tenant's zone.
func (s *Service) today(zone string) model.Date {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return model.DateOf(s.Now().In(place))
}
