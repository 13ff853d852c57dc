package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// ReturnPlanVersionInput is a plan version to give back to its author.
type ReturnPlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	Reason           string
	ClientMutationID *string
}

// ReturnPlanVersionPayload is what giving back did.
type ReturnPlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// ReturnPlanVersion makes a submitted or approved plan version a draft again.
// The reason stands in the change stream.
func (s *Service) ReturnPlanVersion(ctx context.Context, input ReturnPlanVersionInput) (*ReturnPlanVersionPayload, error) {
	return mutate(ctx, s, "returnPlanVersion", input, func(tx *store.Tx, p *ReturnPlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionInReview, model.VersionApproved)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if err := errs.OrNil(); err != nil {
			return err
		}
		tx.Reason = input.Reason
		version.State, version.ApproverID, version.ApprovedAt = model.VersionDraft, nil, nil
		_, err = tx.SavePlanVersion(ctx, version)
		return err
	})
}
