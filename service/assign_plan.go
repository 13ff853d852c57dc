package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// AssignPlanInput says who is to get which plan when: a title, a position or a
// payee.
type AssignPlanInput struct {
	ExternalID       *string
	PlanID           model.ID
	TitleID          *model.ID
	PositionID       *model.ID
	PayeeID          *model.ID
	StartDate        model.Date
	EndDate          *model.Date
	TargetIncentive  *MoneyInput
	ClientMutationID *string
}

// AssignPlanPayload is what giving a plan did.
type AssignPlanPayload struct {
	Outcome
	PlanAssignmentID *model.ID
}

// AssignPlan gives a plan to a title, a position or a payee. Days on which it
// has the plan already are OVERLAP.
func (s *Service) AssignPlan(ctx context.Context, input AssignPlanInput) (*AssignPlanPayload, error) {
	return mutate(ctx, s, "assignPlan", input, func(tx *store.Tx, p *AssignPlanPayload) error {
		id, err := newID(model.KindPlanAssignment)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		given := &model.PlanAssignment{
			ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id),
			PlanID: input.PlanID, TitleID: input.TitleID, PositionID: input.PositionID, PayeeID: input.PayeeID,
			Days: checkDays(&errs, "input.endDate", &input.StartDate, input.EndDate), TargetIncentive: input.TargetIncentive,
		}
		if err := checkAssignment(ctx, tx, &errs, given); err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		if err := refuseSecondPlan(ctx, tx, given, "input.startDate"); err != nil {
			return err
		}
		if _, err := tx.SavePlanAssignment(ctx, given); err != nil {
			return err
		}
		p.PlanAssignmentID = &id
		return markAssigned(ctx, tx, given, given.Days)
	})
}

func checkAssignment(ctx context.Context, tx *store.Tx, errs *model.UserErrors, a *model.PlanAssignment) error {
	exactlyOne(errs, "input", choice{"titleId", a.TitleID}, choice{"positionId", a.PositionID}, choice{"payeeId", a.PayeeID})
	plans, err := tx.PlansByID(ctx, tx.Scope(), ids(&a.PlanID))
	if err != nil {
		return err
	}
	needed(errs, "input.planId", &a.PlanID, plans)
	titles, err := tx.TitlesByID(ctx, tx.Scope(), ids(a.TitleID))
	if err != nil {
		return err
	}
	needed(errs, "input.titleId", a.TitleID, titles)
	positions, err := tx.PositionsByID(ctx, tx.Scope(), ids(a.PositionID))
	if err != nil {
		return err
	}
	needed(errs, "input.positionId", a.PositionID, positions)
	payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(a.PayeeID))
	if err != nil {
		return err
	}
	needed(errs, "input.payeeId", a.PayeeID, payees)
	if a.TargetIncentive != nil && a.TargetIncentive.Amount.IsNegative() {
		errs.Add(model.UserInvalid, "input.targetIncentive.amount", "a target incentive is at least 0")
	}
	return errs.OrNil()
}

// refuseSecondPlan refuses days on which the same title, position or payee has
// the plan already.
func refuseSecondPlan(ctx context.Context, tx *store.Tx, a *model.PlanAssignment, path string) error {
	others, err := tx.PlanAssignmentsOf(ctx, tx.Scope(), a.PlanID)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != a.ID && other.Holder() == a.Holder() && other.Days.Overlaps(a.Days) {
			return model.Refuse(model.UserOverlap, path, "it has the plan from %s on by assignment %s", other.Days.From, other.ExternalID)
		}
	}
	return nil
}

// markAssigned marks whose earnings may change where an assignment changes on
// some days.
func markAssigned(ctx context.Context, tx *store.Tx, a *model.PlanAssignment, days model.Interval) error {
	switch {
	case days.Empty():
		return nil
	case a.PositionID != nil:
		marks, err := holders(ctx, tx, map[model.ID][]model.Interval{*a.PositionID: {days}})
		if err != nil {
			return err
		}
		return markAhead(ctx, tx, marks...)
	default:
		return markAhead(ctx, tx, store.Dirty{Payee: a.PayeeID, Days: days})
	}
}
