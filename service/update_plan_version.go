package service

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdatePlanVersionInput is a change of a draft.
type UpdatePlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	StartDate        graphql.Omittable[*model.Date]                  `json:",omitzero"`
	EndDate          graphql.Omittable[*model.Date]                  `json:",omitzero"`
	Currency         graphql.Omittable[*model.CurrencyCode]          `json:",omitzero"`
	CalendarID       graphql.Omittable[*model.ID]                    `json:",omitzero"`
	Rules            graphql.Omittable[*PlanRulesInput]              `json:",omitzero"`
	Components       graphql.Omittable[[]*ComponentInput]            `json:",omitzero"`
	Parameters       graphql.Omittable[[]*ParameterDeclarationInput] `json:",omitzero"`
	Caps             graphql.Omittable[[]*PlanCapInput]              `json:",omitzero"`
	Guarantees       graphql.Omittable[[]*GuaranteeInput]            `json:",omitzero"`
	Draws            graphql.Omittable[[]*DrawInput]                 `json:",omitzero"`
	Tests            graphql.Omittable[[]*PlanTestInput]             `json:",omitzero"`
	ClientMutationID *string
}

// UpdatePlanVersionPayload is what rewriting a draft did.
type UpdatePlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// UpdatePlanVersion rewrites a draft; its author becomes the caller.
func (s *Service) UpdatePlanVersion(ctx context.Context, input UpdatePlanVersionInput) (*UpdatePlanVersionPayload, error) {
	return mutate(ctx, s, "updatePlanVersion", input, func(tx *store.Tx, p *UpdatePlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionDraft)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		applyPlanVersion(&errs, version, input)
		version.AuthorID, version.AuthorFor = actorOf(tx), behalfOf(tx)
		if err := checkContent(ctx, tx, &errs, version); err != nil {
			return err
		}
		_, err = tx.SavePlanVersion(ctx, version)
		return err
	})
}

func applyPlanVersion(errs *model.UserErrors, v *model.PlanVersion, input UpdatePlanVersionInput) {
	start, end := &v.Days.From, v.EndDate()
	required(errs, "input.startDate", input.StartDate, start)
	if last, given := input.EndDate.ValueOK(); given {
		end = last
	}
	v.Days = checkDays(errs, "input.endDate", start, end)
	required(errs, "input.currency", input.Currency, &v.Currency)
	required(errs, "input.calendarId", input.CalendarID, &v.CalendarID)
	if rules, given := input.Rules.ValueOK(); given {
		v.Rules = or(rules, PlanRulesInput{}).WithDefaults()
	}
	if list, given := input.Components.ValueOK(); given {
		v.Components = components(list)
	}
	if list, given := input.Parameters.ValueOK(); given {
		v.Parameters = declarations(list)
	}
	if list, given := input.Caps.ValueOK(); given {
		v.Caps = planCaps(list)
	}
	if list, given := input.Guarantees.ValueOK(); given {
		v.Guarantees = guaranteesOf(list)
	}
	if list, given := input.Draws.ValueOK(); given {
		v.Draws = drawsOf(list)
	}
	if list, given := input.Tests.ValueOK(); given {
		v.Tests = planTests(list)
	}
}

// planVersionIn gives the plan version to change, where it is in one of the
// states and has the version that the caller read. found is set as soon as it
// is there, for the payload.
func planVersionIn(ctx context.Context, tx *store.Tx, id model.ID, ifVersion int, found **model.ID, states ...model.PlanVersionState) (*model.PlanVersion, error) {
	if err := tx.LockPlans(ctx); err != nil {
		return nil, err
	}
	versions, err := tx.PlanVersionsByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return nil, err
	}
	var errs model.UserErrors
	version := needed(&errs, "input.id", &id, versions)
	if version == nil {
		return nil, errs
	}
	*found = &id
	if version.Version != ifVersion {
		return nil, model.Refuse(model.UserConflict, "input.ifVersion", "somebody else has changed it: read it again and repeat the change on its current version")
	}
	if slices.Contains(states, version.State) {
		return version, nil
	}
	errs.Add(model.UserState, "input.id", "the plan version is %s; this is done to %v", version.State, states)
	errs.With("state", string(version.State))
	return nil, errs
}
