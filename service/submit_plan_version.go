package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// SubmitPlanVersionInput is a draft to submit.
type SubmitPlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// SubmitPlanVersionPayload is what submitting did.
type SubmitPlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// SubmitPlanVersion hands a draft over for review; from then on its content
// stays.
func (s *Service) SubmitPlanVersion(ctx context.Context, input SubmitPlanVersionInput) (*SubmitPlanVersionPayload, error) {
	return mutate(ctx, s, "submitPlanVersion", input, func(tx *store.Tx, p *SubmitPlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionDraft)
		if err != nil {
			return err
		}
		if len(version.Components) == 0 {
			return model.Refuse(model.UserRequired, "input.id.components", "a plan version has at least one component")
		}
		now := s.Now().UTC()
		version.State, version.SubmittedAt = model.VersionInReview, &now
		_, err = tx.SavePlanVersion(ctx, version)
		return err
	})
}
