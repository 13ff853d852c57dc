package service

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateUserInput is a change of a user.
type UpdateUserInput struct {
	ID               model.ID
	IfVersion        int
	Issuer           graphql.Omittable[*string]      `json:",omitzero"`
	Subject          graphql.Omittable[*string]      `json:",omitzero"`
	Name             graphql.Omittable[*string]      `json:",omitzero"`
	Roles            graphql.Omittable[[]model.Role] `json:",omitzero"`
	PayeeID          graphql.Omittable[*model.ID]    `json:",omitzero"`
	Active           graphql.Omittable[*bool]        `json:",omitzero"`
	ClientMutationID *string
}

// UpdateUserPayload is what changing a user did.
type UpdateUserPayload struct {
	Outcome
	UserID *model.ID
}

// UpdateUser changes a user. Somebody always stays who can change users: the
// last active TENANT_ADMIN neither loses the role nor is deactivated.
func (s *Service) UpdateUser(ctx context.Context, input UpdateUserInput) (*UpdateUserPayload, error) {
	return mutate(ctx, s, "updateUser", input, func(tx *store.Tx, p *UpdateUserPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		found, err := tx.UsersByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		user := needed(&errs, "input.id", &input.ID, found)
		if user == nil {
			return errs
		}
		p.UserID = &input.ID
		was := administers(user)
		applyUser(&errs, user, input)
		payee, _ := input.PayeeID.ValueOK()
		payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(payee))
		if err != nil {
			return err
		}
		needed(&errs, "input.payeeId", payee, payees)
		if was && !administers(user) {
			if err := refuseLastAdmin(ctx, tx, &errs, user); err != nil {
				return err
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		user.Version = input.IfVersion
		_, err = tx.SaveUser(ctx, user)
		return err
	})
}

func applyUser(errs *model.UserErrors, user *model.User, input UpdateUserInput) {
	if name, given := input.Name.ValueOK(); given {
		user.Name = checkNewName(errs, name)
	}
	if issuer, given := input.Issuer.ValueOK(); given {
		user.Issuer = checkNewIdentity(errs, "input.issuer", issuer)
	}
	if subject, given := input.Subject.ValueOK(); given {
		user.Subject = checkNewIdentity(errs, "input.subject", subject)
	}
	if roles, given := input.Roles.ValueOK(); given {
		checkRoles(errs, "input.roles", roles)
		user.Roles = roles
	}
	if payee, given := input.PayeeID.ValueOK(); given {
		user.PayeeID = payee
	}
	if active, given := input.Active.ValueOK(); given && active != nil {
		user.Active = *active
	} else if given {
		errs.Add(model.UserRequired, "input.active", "a user is active or not")
	}
}

func checkNewIdentity(errs *model.UserErrors, path string, text *string) string {
	if text == nil {
		errs.Add(model.UserRequired, path, "a user signs in by an issuer and a subject")
		return ""
	}
	checkText(errs, path, *text, maxSubject)
	return *text
}

// administers tells whether the user can change users.
func administers(user *model.User) bool {
	return user.Active && slices.Contains(user.Roles, model.RoleTenantAdmin)
}

func refuseLastAdmin(ctx context.Context, tx *store.Tx, errs *model.UserErrors, user *model.User) error {
	all, err := tx.Users(ctx, tx.Scope())
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(other *model.User) bool { return other.ID != user.ID && administers(other) }) {
		return nil
	}
	path := "input.roles"
	if !user.Active {
		path = "input.active"
	}
	errs.Add(model.UserState, path, "this is the last active TENANT_ADMIN: nobody could change users any more")
	return nil
}
