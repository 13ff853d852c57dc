package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreatePlanInput is a plan to add.
type CreatePlanInput struct {
	ExternalID       *string
	Name             string
	ClientMutationID *string
}

// CreatePlanPayload is what adding a plan did.
type CreatePlanPayload struct {
	Outcome
	PlanID *model.ID
}

// CreatePlan adds a plan.
func (s *Service) CreatePlan(ctx context.Context, input CreatePlanInput) (*CreatePlanPayload, error) {
	return mutate(ctx, s, "createPlan", input, func(tx *store.Tx, p *CreatePlanPayload) error {
		id, err := newID(model.KindPlan)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		plan := &model.Plan{ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name}
		checkText(&errs, "input.name", input.Name, maxName)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SavePlan(ctx, plan); err != nil {
			return err
		}
		p.PlanID = &id
		return nil
	})
}
