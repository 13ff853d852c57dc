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

// ApprovePlanVersion approves a submitted plan version. Its author cannot,
// under another user of the same payee neither: SAME_PERSON.
func (s *Service) ApprovePlanVersion(ctx context.Context, input ApprovePlanVersionInput) (*ApprovePlanVersionPayload, error) {
	return mutate(ctx, s, "approvePlanVersion", input, func(tx *store.Tx, p *ApprovePlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionInReview)
		if err != nil {
			return err
		}
		caller := model.UUIDs(model.KindUser, *tx.Actor)
		same, err := samePerson(ctx, tx, caller, version.AuthorID)
		if err != nil {
			return err
		}
		if same {
			return model.Refuse(model.UserSamePerson, "input.id", "who wrote a plan version cannot approve it")
		}
		now := s.Now().UTC()
		version.State, version.ApproverID, version.ApprovedAt = model.VersionApproved, &caller, &now
		_, err = tx.SavePlanVersion(ctx, version)
		return err
	})
}

// samePerson tells whether two users are one: the same, or of one payee.
func samePerson(ctx context.Context, tx *store.Tx, a, b model.ID) (bool, error) {
	if a == b {
		return true, nil
	}
	users, err := tx.UsersByID(ctx, tx.Scope(), ids(&a, &b))
	if err != nil {
		return false, err
	}
	one, other := users[a], users[b]
	return one != nil && other != nil && one.PayeeID != nil && other.PayeeID != nil && *one.PayeeID == *other.PayeeID, nil
}
