package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// actFor makes the session that of a user who acts for another, by the one
// delegation that the request names. Whatever is wrong with it, the answer is
// the same.
func (s *Service) actFor(ctx context.Context, session *auth.Session, named []string) (*auth.Session, error) {
	id, err := model.ParseID(named[0])
	if err != nil || len(named) > 1 || id.Kind != model.KindDelegation {
		return nil, s.refuseDelegation(ctx, session.Principal, fmt.Errorf("it is no id of a delegation, or several"))
	}
	return s.standIn(ctx, session, id)
}

// standIn makes the session that of the delegation's giver, as far as the
// delegation goes now.
func (s *Service) standIn(ctx context.Context, session *auth.Session, id model.ID) (*auth.Session, error) {
	who := *session.Principal
	if who.Key != nil {
		return nil, s.refuseDelegation(ctx, &who, fmt.Errorf("an API key acts for nobody"))
	}
	found, err := s.Store.SignInDelegation(ctx, who.Tenant, id)
	if err != nil {
		return nil, err
	}
	roles, err := rolesGiven(found, who.User, s.Now())
	if err != nil {
		return nil, s.refuseDelegation(ctx, &who, err)
	}
	who.For = &auth.Giver{Delegation: id, User: found.Giver.ID, Name: found.Giver.Name, Payee: found.Giver.PayeeID}
	who.Roles, who.Payee = roles, nil
	if until := found.Delegation.Until; who.Expires.IsZero() || until.Before(who.Expires) {
		who.Expires = until
	}
	return session.As(&who), nil
}

// rolesGiven says which roles a delegation opens to a user now, or why none.
func rolesGiven(found *store.DelegationSignIn, user model.ID, now time.Time) ([]model.Role, error) {
	if found == nil {
		return nil, fmt.Errorf("unknown")
	}
	d, giver := found.Delegation, found.Giver
	roles := slices.DeleteFunc(slices.Clone(d.Roles), func(role model.Role) bool { return !role.Delegable() || !slices.Contains(giver.Roles, role) })
	switch status := d.StatusAt(now); {
	case d.ReceiverID != user:
		return nil, fmt.Errorf("it is another's")
	case status != model.DelegationActive:
		return nil, fmt.Errorf("it is %s", status)
	case !giver.Active:
		return nil, fmt.Errorf("its giver may not sign in")
	case len(roles) == 0:
		return nil, fmt.Errorf("its giver has none of its roles any more")
	}
	return roles, nil
}

func (s *Service) refuseDelegation(ctx context.Context, who *auth.Principal, reason error) error {
	s.Log.InfoContext(ctx, "delegation refused", "user", who.Actor(), "reason", reason)
	return auth.ErrDelegation
}

// maxShown is how many delegations a viewer is shown.
const maxShown = 100

// DelegationsToUse gives the delegations by which a user may act now, at most 100.
func (s *Service) DelegationsToUse(ctx context.Context, scope model.Scope, user model.ID) ([]*model.Delegation, error) {
	now, most := s.Now(), maxShown
	found, err := s.Store.DelegationPage(ctx, scope, &model.DelegationWhere{ReceiverID: &model.IDFilter{Eq: &user}, ActiveAt: &now}, model.PageArgs{First: &most})
	if err != nil {
		return nil, err
	}
	return found.Nodes(), nil
}
