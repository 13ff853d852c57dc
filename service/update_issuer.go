package service

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateIssuerInput is a change of an identity provider.
type UpdateIssuerInput struct {
	ID               model.ID
	IfVersion        int
	Name             graphql.Omittable[*string]                 `json:",omitzero"`
	Algorithms       graphql.Omittable[[]model.IssuerAlgorithm] `json:",omitzero"`
	JWKSURL          graphql.Omittable[*string]                 `json:",omitzero"`
	UntypedTokens    graphql.Omittable[*bool]                   `json:",omitzero"`
	Active           graphql.Omittable[*bool]                   `json:",omitzero"`
	ClientMutationID *string
}

// UpdateIssuerPayload is what changing an identity provider did.
type UpdateIssuerPayload struct {
	Outcome
	IssuerID *model.ID
}

// UpdateIssuer changes an identity provider, ends it or takes it up again. What
// is under way by tokens that it would no longer take ends. Somebody always
// stays who can sign in and change users.
func (s *Service) UpdateIssuer(ctx context.Context, input UpdateIssuerInput) (*UpdateIssuerPayload, error) {
	return mutate(ctx, s, "updateIssuer", input, func(tx *store.Tx, p *UpdateIssuerPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		found, err := tx.IssuersByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		issuer := needed(&errs, "input.id", &input.ID, found)
		if issuer == nil {
			return errs
		}
		p.IssuerID = &input.ID
		was := issuer.Active
		s.applyIssuer(&errs, issuer, input)
		if was && !issuer.Active {
			if err := s.refuseLastDoor(ctx, tx, &errs, issuer); err != nil {
				return err
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		issuer.Version = input.IfVersion
		_, err = tx.SaveIssuer(ctx, issuer)
		return err
	})
}

func (s *Service) applyIssuer(errs *model.UserErrors, issuer *model.Issuer, input UpdateIssuerInput) {
	if name, given := input.Name.ValueOK(); given {
		issuer.Name = checkNewName(errs, name)
	}
	if algorithms, given := input.Algorithms.ValueOK(); given {
		checkAlgorithms(errs, algorithms)
		issuer.Algorithms = slices.Sorted(slices.Values(algorithms))
	}
	if address, given := input.JWKSURL.ValueOK(); given {
		s.checkIssuerAddress(errs, "input.jwksUrl", address)
		issuer.JWKSURL = address
	}
	if untyped, given := input.UntypedTokens.ValueOK(); given && untyped != nil {
		issuer.UntypedTokens = *untyped
	} else if given {
		errs.Add(model.UserRequired, "input.untypedTokens", "they are taken or not")
	}
	if active, given := input.Active.ValueOK(); given && active != nil {
		issuer.Active = *active
	} else if given {
		errs.Add(model.UserRequired, "input.active", "an issuer is active or not")
	}
}

// refuseLastDoor refuses to end the issuer without which no TENANT_ADMIN could
// sign in any more.
func (s *Service) refuseLastDoor(ctx context.Context, tx *store.Tx, errs *model.UserErrors, ending *model.Issuer) error {
	issuers, err := tx.Issuers(ctx, tx.Scope())
	if err != nil {
		return err
	}
	users, err := tx.Users(ctx, tx.Scope())
	if err != nil {
		return err
	}
	doors := []string{s.Verifier.Issuer()}
	for _, issuer := range issuers {
		if issuer.Active && issuer.ID != ending.ID {
			doors = append(doors, issuer.URL)
		}
	}
	if slices.ContainsFunc(users, func(user *model.User) bool { return administers(user) && slices.Contains(doors, user.Issuer) }) {
		return nil
	}
	errs.Add(model.UserState, "input.active", "no active TENANT_ADMIN could sign in any more: add one of another issuer first")
	return nil
}
