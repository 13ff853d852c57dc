package service

import (
	"context"
	"sync"
	"time"

	"spm/auth"
	"spm/model"
)

// Authenticate begins an operation of whom a bearer token or an API key names, as
// identify has it; where the request names a delegation, for its giver. One that
// the caller may not act by now is FORBIDDEN.
func (s *Service) Authenticate(ctx context.Context, bearer string) (context.Context, error) {
	identified, err := s.identify(ctx, bearer)
	named := auth.DelegationNamed(ctx)
	if err != nil || len(named) == 0 {
		return identified, err
	}
	session := auth.SessionOf(identified)
	if session.Principal == nil {
		return ctx, auth.ErrToken
	}
	if session, err = s.actFor(ctx, session, named); err != nil {
		return ctx, err
	}
	return auth.WithSession(ctx, session), nil
}

// identify begins an operation: it verifies the bearer token, looks up the
// user that it names in the tenant that it names or whose issuer has signed it,
// or the API key that it is, and fixes the operation's read point. Without a token it begins a stranger's. A token that does not
// verify or names nobody is UNAUTHENTICATED.
func (s *Service) identify(ctx context.Context, bearer string) (context.Context, error) {
	if bearer == "" {
		return auth.WithSession(ctx, &auth.Session{}), nil
	}
	if auth.IsKey(bearer) {
		return s.authenticateKey(ctx, bearer)
	}
	if issuer, audiences, err := auth.Named(bearer); err == nil && issuer != s.Verifier.Issuer() {
		return s.authenticateElsewhere(ctx, bearer, issuer, audiences)
	}
	claims, err := s.Verifier.Verify(ctx, bearer)
	if err != nil {
		return ctx, err
	}
	session, err := s.userSession(ctx, auth.Principal{Tenant: claims.Tenant, Issuer: claims.Issuer, Subject: claims.Subject, Expires: claims.Expires})
	if err != nil {
		return ctx, err
	}
	return auth.WithSession(ctx, session), nil
}

// sessionOf begins a session of who was let in before, as they are now: a user,
// whose issuer must still be one of the tenant's, or an API key.
func (s *Service) sessionOf(ctx context.Context, who auth.Principal) (*auth.Session, error) {
	if who.Key != nil {
		return s.keySession(ctx, who)
	}
	if who.Via != nil {
		issuer, err := s.Store.IssuerInForce(ctx, who.Tenant, who.Via.Issuer)
		if err != nil {
			return nil, err
		}
		if !who.Via.Stands(issuer) {
			return nil, auth.ErrToken
		}
	}
	session, err := s.userSession(ctx, who)
	if err != nil || who.For == nil {
		return session, err
	}
	return s.standIn(ctx, session, who.For.Delegation)
}

// userSession begins a session of the user that an issuer calls by a subject, at
// the tenant's last sealed moment.
func (s *Service) userSession(ctx context.Context, who auth.Principal) (*auth.Session, error) {
	point, user, zone, err := s.Store.SignIn(ctx, who.Tenant, who.Issuer, who.Subject)
	if err != nil {
		return nil, err
	}
	if user == nil || !user.Active {
		s.Log.InfoContext(ctx, "token refused", "reason", "its subject is no active user of the tenant")
		return nil, auth.ErrToken
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
