package service

import (
	"context"
	"slices"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// CreateUserInput is a user to add.
type CreateUserInput struct {
	Issuer           *string // the caller's own where nil
	Subject          string
	Name             string
	Roles            []model.Role
	PayeeID          *model.ID
	ClientMutationID *string
}

// CreateUserPayload is what adding a user did.
type CreateUserPayload struct {
	Outcome
	UserID *model.ID
}

// maxSubject is the longest issuer or subject of a token.
const maxSubject = 255

// CreateUser adds a user, who may sign in at once. The issuer and subject of
// another are TAKEN.
func (s *Service) CreateUser(ctx context.Context, input CreateUserInput) (*CreateUserPayload, error) {
	return mutate(ctx, s, "createUser", input, func(tx *store.Tx, p *CreateUserPayload) error {
		id, err := newID(model.KindUser)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		user := &model.User{
			ID: id, Issuer: auth.SessionOf(ctx).Principal.Issuer, Subject: input.Subject, Name: input.Name,
			Roles: input.Roles, PayeeID: input.PayeeID, Active: true,
		}
		if input.Issuer != nil {
			user.Issuer = *input.Issuer
			checkText(&errs, "input.issuer", user.Issuer, maxSubject)
		}
		checkText(&errs, "input.subject", user.Subject, maxSubject)
		checkText(&errs, "input.name", user.Name, maxName)
		checkRoles(&errs, "input.roles", user.Roles)
		payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(input.PayeeID))
		if err != nil {
			return err
		}
		needed(&errs, "input.payeeId", input.PayeeID, payees)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveUser(ctx, user); err != nil {
			return err
		}
		p.UserID = &id
		return nil
	})
}

func checkRoles(errs *model.UserErrors, path string, roles []model.Role) {
	if len(roles) == 0 {
		errs.Add(model.UserRequired, path, "a user has a role; to keep somebody out, deactivate the user")
	}
	for i, role := range roles {
		if slices.Contains(roles[:i], role) {
			errs.Add(model.UserDuplicateInput, indexed(path, i), "the role stands twice")
		}
	}
}
