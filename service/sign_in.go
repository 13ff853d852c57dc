package service

import (
	"context"
	"sync"
	"time"

	"spm/auth"
	"spm/model"
)

// Authenticate begins an operation: it verifies the bearer token, looks up the
// user that it names in the tenant that it names, or the API key that it is,
// and fixes the operation's read point. Without a token it begins a stranger's. A token that does not
// verify or names nobody is UNAUTHENTICATED.
func (s *Service) Authenticate(ctx context.Context, bearer string) (context.Context, error) {
	if bearer == "" {
		return auth.WithSession(ctx, &auth.Session{}), nil
	}
	if auth.IsKey(bearer) {
		return s.authenticateKey(ctx, bearer)
	}
	claims, err := s.Verifier.Verify(ctx, bearer)
	if err != nil {
		return ctx, err
	}
	session, err := s.sessionOf(ctx, auth.Principal{Tenant: claims.Tenant, Issuer: claims.Issuer, Subject: claims.Subject, Expires: claims.Expires})
	if err != nil {
		return ctx, err
	}
	return auth.WithSession(ctx, session), nil
}

// sessionOf begins a session of the user that an issuer calls by a subject, or
// of an API key, at the tenant's last sealed moment.
func (s *Service) sessionOf(ctx context.Context, who auth.Principal) (*auth.Session, error) {
	if who.Key != nil {
		return s.keySession(ctx, who)
	}
	point, user, zone, err := s.Store.SignIn(ctx, who.Tenant, who.Issuer, who.Subject)
	if err != nil {
		return nil, err
	}
	if user == nil || !user.Active {
		return nil, model.Errorf(model.Unauthenticated, "the token is not valid here")
	}
	who.User, who.Name, who.Roles, who.Payee = user.ID, user.Name, user.Roles, user.PayeeID
	return auth.NewSession(&who, point, s.today(zone), s), nil
}

// places are the time zones read so far, by name: reading one opens files.
var places sync.Map

func placeOf(zone string) *time.Location {
	if place, is := places.Load(zone); is {
		return place.(*time.Location)
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		return time.UTC
	}
	places.Store(zone, place)
	return place
}

// today is the business date in the tenant's zone.
func (s *Service) today(zone string) model.Date { return model.DateOf(s.Now().In(placeOf(zone))) }
