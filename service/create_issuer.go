package service

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"spm/model"
	"spm/store"
)

// CreateIssuerInput is an identity provider to register.
type CreateIssuerInput struct {
	Name             string
	URL              string
	Audience         string
	Algorithms       []model.IssuerAlgorithm
	JWKSURL          *string
	SubjectClaim     model.SubjectClaim
	UntypedTokens    bool
	ClientMutationID *string
}

// CreateIssuerPayload is what registering did.
type CreateIssuerPayload struct {
	Outcome
	IssuerID *model.ID
}

// maxIssuers bounds the issuers of a tenant, ended ones among them.
const maxIssuers = 20

// CreateIssuer registers an identity provider: its tokens for the audience let
// the tenant's users in from now on. What another tenant has is TAKEN.
func (s *Service) CreateIssuer(ctx context.Context, input CreateIssuerInput) (*CreateIssuerPayload, error) {
	return mutate(ctx, s, "createIssuer", input, func(tx *store.Tx, p *CreateIssuerPayload) error {
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		id, err := newID(model.KindIssuer)
		if err != nil {
			return err
		}
		all, err := tx.Issuers(ctx, tx.Scope())
		if err != nil {
			return err
		}
		var errs model.UserErrors
		issuer := &model.Issuer{
			ID: id, Name: input.Name, URL: input.URL, Audience: input.Audience, Algorithms: slices.Sorted(slices.Values(input.Algorithms)),
			JWKSURL: input.JWKSURL, SubjectClaim: input.SubjectClaim, UntypedTokens: input.UntypedTokens, Active: true,
		}
		if len(all) >= maxIssuers {
			errs.Add(model.UserTooMany, "input", "a tenant has at most %d issuers: change one that is not active", maxIssuers)
		}
		checkText(&errs, "input.name", issuer.Name, maxName)
		s.checkIssuerAddress(&errs, "input.url", &issuer.URL)
		if issuer.URL == s.Verifier.Issuer() {
			errs.Add(model.UserInvalid, "input.url", "this is the server's own issuer, whose tokens are taken already")
		}
		checkText(&errs, "input.audience", issuer.Audience, maxSubject)
		if strings.ContainsFunc(issuer.Audience, func(r rune) bool { return !unicode.IsPrint(r) }) {
			errs.Add(model.UserInvalid, "input.audience", "an audience is printable text")
		}
		checkAlgorithms(&errs, input.Algorithms)
		s.checkIssuerAddress(&errs, "input.jwksUrl", issuer.JWKSURL)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveIssuer(ctx, issuer); err != nil {
			return err
		}
		p.IssuerID = &id
		return nil
	})
}

// checkIssuerAddress refuses an address that would not be asked for keys.
func (s *Service) checkIssuerAddress(errs *model.UserErrors, path string, address *string) {
	if address == nil {
		return
	}
	if err := s.KeySets.CheckAddress(*address); err != nil {
		errs.Add(model.UserInvalid, path, "%s", err)
	}
}

func checkAlgorithms(errs *model.UserErrors, algorithms []model.IssuerAlgorithm) {
	if len(algorithms) == 0 {
		errs.Add(model.UserRequired, "input.algorithms", "say what its tokens are signed with")
	}
	for i, algorithm := range algorithms {
		if slices.Contains(algorithms[:i], algorithm) {
			errs.Add(model.UserDuplicateInput, indexed("input.algorithms", i), "the algorithm stands twice")
		}
	}
}
