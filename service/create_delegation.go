package service

import (
	"context"
	"slices"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// CreateDelegationInput is a delegation to make.
type CreateDelegationInput struct {
	GiverID          *model.ID // the caller where nil
	ReceiverID       model.ID
	Roles            []model.Role
	From             *time.Time // now where nil
	Until            time.Time  // not in it
	Reason           string
	ClientMutationID *string
}

// CreateDelegationPayload is what making a delegation did.
type CreateDelegationPayload struct {
	Outcome
	DelegationID *model.ID
}

const (
	maxDelegation    = 400 * 24 * time.Hour
	delegationBehind = time.Minute // how far behind a caller's clock may be
)

// CreateDelegation hands roles of the giver over to the receiver for some time.
// Who keeps the users does it for others, but not to themselves: SAME_PERSON. A
// second one of the same two people in the same time is an OVERLAP.
func (s *Service) CreateDelegation(ctx context.Context, input CreateDelegationInput) (*CreateDelegationPayload, error) {
	return mutate(ctx, s, "createDelegation", input, func(tx *store.Tx, p *CreateDelegationPayload) error {
		scope, err := auth.SessionOf(ctx).Scope(ctx, auth.DelegationWrite)
		if err != nil {
			return err
		}
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		now := s.Now().UTC().Truncate(time.Microsecond)
		d := &model.Delegation{
			GiverID: actorOf(tx), ReceiverID: input.ReceiverID, Roles: input.Roles, From: now, Until: input.Until,
			Reason: input.Reason, CreatedByID: actorOf(tx), CreatedAt: now,
		}
		if input.GiverID != nil {
			d.GiverID = *input.GiverID
		}
		var errs model.UserErrors
		if input.From != nil {
			d.From = *input.From
		}
		checkDelegationTime(&errs, d, now)
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if err := checkDelegationPeople(ctx, tx, &errs, d, scope.Reach.All); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if d.ID, err = newID(model.KindDelegation); err != nil {
			return err
		}
		tx.Reason = input.Reason
		if _, err := tx.SaveDelegation(ctx, d); err != nil {
			return err
		}
		p.DelegationID = &d.ID
		return nil
	})
}

func checkDelegationTime(errs *model.UserErrors, d *model.Delegation, now time.Time) {
	if d.From.Before(now.Add(-delegationBehind)) {
		errs.Add(model.UserInvalid, "input.from", "this is past: leave it out to begin now")
	}
	switch {
	case !d.Until.After(now):
		errs.Add(model.UserInvalid, "input.until", "this is past")
	case !d.Until.After(d.From):
		errs.Add(model.UserInvalid, "input.until", "it ends before it begins")
	case d.Until.Sub(d.From) > maxDelegation:
		errs.Add(model.UserInvalid, "input.until", "a delegation lasts for 400 days at most: make another then")
	}
}

// checkDelegationPeople checks who gives what to whom, and keeps their names.
func checkDelegationPeople(ctx context.Context, tx *store.Tx, errs *model.UserErrors, d *model.Delegation, all bool) error {
	users, err := tx.UsersByID(ctx, tx.Scope(), ids(&d.GiverID, &d.ReceiverID))
	if err != nil {
		return err
	}
	if d.GiverID != actorOf(tx) && !all {
		delete(users, d.GiverID) // nobody learns of another user by trying
	}
	giver, receiver := needed(errs, "input.giverId", &d.GiverID, users), needed(errs, "input.receiverId", &d.ReceiverID, users)
	if giver != nil {
		checkGiven(errs, d.Roles, giver)
	}
	if giver == nil || receiver == nil {
		return nil
	}
	d.GiverName, d.ReceiverName = giver.Name, receiver.Name
	if !receiver.Active {
		errs.Add(model.UserState, "input.receiverId", "this user is not active")
	}
	same, err := samePersons(ctx, tx, ids(&giver.ID), ids(&receiver.ID))
	if err != nil {
		return err
	}
	own, err := samePersons(ctx, tx, persons(tx), ids(&receiver.ID))
	if err != nil {
		return err
	}
	switch {
	case same:
		errs.Add(model.UserSamePerson, "input.receiverId", "nobody hands anything over to themselves")
	case own:
		errs.Add(model.UserSamePerson, "input.receiverId", "nobody hands another's roles over to themselves")
	}
	between, err := tx.DelegationsBetween(ctx, tx.Scope(), giver.ID, receiver.ID)
	if err != nil {
		return err
	}
	for _, other := range between {
		if other.From.Before(d.Until) && d.From.Before(other.Until) {
			errs.Add(model.UserOverlap, "input.from", "there is one from %s until %s already: end that, or begin after it", other.From.Format(time.RFC3339), other.Until.Format(time.RFC3339))
			break
		}
	}
	return nil
}

// checkGiven checks the roles that a user hands over.
func checkGiven(errs *model.UserErrors, roles []model.Role, giver *model.User) {
	if !giver.Active {
		errs.Add(model.UserState, "input.giverId", "this user is not active")
	}
	if len(roles) == 0 {
		errs.Add(model.UserRequired, "input.roles", "give at least one role")
	}
	for i, role := range roles {
		path := indexed("input.roles", i)
		switch {
		case slices.Contains(roles[:i], role):
			errs.Add(model.UserDuplicateInput, path, "the role stands twice")
		case !role.Delegable():
			errs.Add(model.UserInvalid, path, "%s is not handed over", role)
		case !slices.Contains(giver.Roles, role):
			errs.Add(model.UserInvalid, path, "the giver does not have the role %s", role)
		}
	}
}
