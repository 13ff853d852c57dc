package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// EndPlanAssignmentInput says when a plan assignment ends.
type EndPlanAssignmentInput struct {
	ID               model.ID
	IfVersion        int
	EndDate          *model.Date
	ClientMutationID *string
}

// EndPlanAssignmentPayload is what ending a plan assignment did.
type EndPlanAssignmentPayload struct {
	Outcome
	PlanAssignmentID *model.ID
}

// EndPlanAssignment sets the last day of a plan assignment; a day before its
// first removes it, nil opens it again.
func (s *Service) EndPlanAssignment(ctx context.Context, input EndPlanAssignmentInput) (*EndPlanAssignmentPayload, error) {
	return mutate(ctx, s, "endPlanAssignment", input, func(tx *store.Tx, p *EndPlanAssignmentPayload) error {
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		found, err := tx.PlanAssignmentsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		given := needed(&errs, "input.id", &input.ID, found)
		if given == nil {
			return errs
		}
		p.PlanAssignmentID = &input.ID
		before := given.Days
		given.Days.To, given.Version = model.MaxDate, input.IfVersion
		if input.EndDate != nil {
			given.Days.To = min(input.EndDate.AddDays(1), model.MaxDate)
		}
		if given.Days.Empty() {
			err = tx.RemovePlanAssignment(ctx, input.ID, input.IfVersion)
		} else if err = refuseSecondPlan(ctx, tx, given, "input.endDate"); err == nil {
			_, err = tx.SavePlanAssignment(ctx, given)
		}
		if err != nil {
			return err
		}
		return markAssigned(ctx, tx, given, changedDays(before, given.Days))
	})
}

// changedDays gives the days that are in one of two spans with the same first
// day and not in the other.
func changedDays(a, b model.Interval) model.Interval {
	return model.Interval{From: max(a.From, min(a.To, b.To)), To: max(a.To, b.To)}
}
