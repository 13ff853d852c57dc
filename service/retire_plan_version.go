package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// RetirePlanVersionInput says when a published plan version ends.
type RetirePlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	EndDate          model.Date
	ClientMutationID *string
}

// RetirePlanVersionPayload is what retiring did.
type RetirePlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
}

// RetirePlanVersion ends a published plan version on a day; the day before its
// first takes it out of force altogether.
func (s *Service) RetirePlanVersion(ctx context.Context, input RetirePlanVersionInput) (*RetirePlanVersionPayload, error) {
	return mutate(ctx, s, "retirePlanVersion", input, func(tx *store.Tx, p *RetirePlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionPublished)
		if err != nil {
			return err
		}
		before := version.Days
		end := input.EndDate.AddDays(1)
		if end < before.From || end > before.To {
			return model.Refuse(model.UserInvalid, "input.endDate", "a plan version ends between the day before its first, %s, and the last that it has", before.From)
		}
		version.State, version.Days.To = model.VersionRetired, end
		if _, err := tx.SavePlanVersion(ctx, version); err != nil {
			return err
		}
		if end == before.To {
			return nil
		}
		return markAhead(ctx, tx, store.Dirty{Days: model.Interval{From: end, To: before.To}})
	})
}
