package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// ApprovePlanVersionInput is a plan version to approve.
type ApprovePlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// ApprovePlanVersionPayload is what approving did.
type ApprovePlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// ApprovePlanVersion approves a submitted plan version. Its author cannot, nor
// whom the author acted for, under another user of the same payee or by a
// delegation neither: SAME_PERSON.
func (s *Service) ApprovePlanVersion(ctx context.Context, input ApprovePlanVersionInput) (*ApprovePlanVersionPayload, error) {
	return mutate(ctx, s, "approvePlanVersion", input, func(tx *store.Tx, p *ApprovePlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionInReview)
		if err != nil {
			return err
		}
		same, err := wrote(ctx, tx, version.AuthorID, version.AuthorFor)
		if err != nil {
			return err
		}
		if same {
			return model.Refuse(model.UserSamePerson, "input.id", "who wrote a plan version cannot approve it")
		}
		caller, now := actorOf(tx), s.Now().UTC()
		version.State, version.ApproverID, version.ApprovedAt = model.VersionApproved, &caller, &now
		_, err = tx.SavePlanVersion(ctx, version)
		return err
	})
}
