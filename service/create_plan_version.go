package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreatePlanVersionInput is a draft to add.
type CreatePlanVersionInput struct {
	PlanID           model.ID
	Number           *int // the next one where nil
	StartDate        model.Date
	EndDate          *model.Date
	Currency         model.CurrencyCode
	CalendarID       model.ID
	Rules            *PlanRulesInput
	Components       []*ComponentInput
	Parameters       []*ParameterDeclarationInput
	Caps             []*PlanCapInput
	Guarantees       []*GuaranteeInput
	Draws            []*DrawInput
	Tests            []*PlanTestInput
	ClientMutationID *string
}

// CreatePlanVersionPayload is what adding a draft did.
type CreatePlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// CreatePlanVersion adds a draft whose author is the caller. Its number is the
// caller's key: one that is there already is TAKEN.
func (s *Service) CreatePlanVersion(ctx context.Context, input CreatePlanVersionInput) (*CreatePlanVersionPayload, error) {
	return mutate(ctx, s, "createPlanVersion", input, func(tx *store.Tx, p *CreatePlanVersionPayload) error {
		id, err := newID(model.KindPlanVersion)
		if err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		var errs model.UserErrors
		plans, err := tx.PlansByID(ctx, tx.Scope(), ids(&input.PlanID))
		if err != nil {
			return err
		}
		needed(&errs, "input.planId", &input.PlanID, plans)
		number, err := checkNumber(ctx, tx, &errs, input)
		if err != nil {
			return err
		}
		version := &model.PlanVersion{
			ID: id, PlanID: input.PlanID, Number: number, State: model.VersionDraft,
			Days:     checkDays(&errs, "input.endDate", &input.StartDate, input.EndDate),
			Currency: input.Currency, CalendarID: input.CalendarID, Rules: or(input.Rules, PlanRulesInput{}).WithDefaults(),
			AuthorID: actorOf(tx), AuthorFor: behalfOf(tx),
		}
		version.Components, version.Parameters = components(input.Components), declarations(input.Parameters)
		version.Caps, version.Guarantees, version.Draws = planCaps(input.Caps), guaranteesOf(input.Guarantees), drawsOf(input.Draws)
		version.Tests = planTests(input.Tests)
		if err := checkContent(ctx, tx, &errs, version); err != nil {
			return err
		}
		if _, err := tx.SavePlanVersion(ctx, version); err != nil {
			return err
		}
		p.PlanVersionID = &id
		return nil
	})
}

// checkNumber gives the number asked for, or the next one of the plan where an
// idempotency key makes the create safe to send twice.
func checkNumber(ctx context.Context, tx *store.Tx, errs *model.UserErrors, input CreatePlanVersionInput) (int, error) {
	versions, err := tx.PlanVersionsOf(ctx, tx.Scope(), input.PlanID)
	if err != nil {
		return 0, err
	}
	if input.Number == nil {
		if idempotencyKey(ctx) == "" {
			errs.Add(model.UserRequired, "input.number", "give the number, or send the mutation with an idempotency key")
		}
		if len(versions) == 0 {
			return 1, nil
		}
		return versions[len(versions)-1].Number + 1, nil
	}
	if *input.Number < 1 || *input.Number > maxVersions {
		errs.Add(model.UserInvalid, "input.number", "a number is 1 to %d", maxVersions)
	}
	for _, v := range versions {
		if v.Number == *input.Number {
			errs.Add(model.UserTaken, "input.number", "the plan has a version %d already", v.Number)
		}
	}
	return *input.Number, nil
}
