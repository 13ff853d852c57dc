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
	var to assignable
	var err error
	if to.plans, err = tx.PlansByID(ctx, tx.Scope(), ids(&a.PlanID)); err != nil {
		return err
	}
	if to.titles, err = tx.TitlesByID(ctx, tx.Scope(), ids(a.TitleID)); err != nil {
		return err
	}
	if to.positions, err = tx.PositionsByID(ctx, tx.Scope(), ids(a.PositionID)); err != nil {
		return err
	}
	if to.payees, err = tx.PayeesByID(ctx, tx.Scope(), ids(a.PayeeID)); err != nil {
		return err
	}
	to.check(errs, "input", a)
	return errs.OrNil()
}

// assignable is what a plan assignment may point at.
type assignable struct {
	plans     map[model.ID]*model.Plan
	titles    map[model.ID]*model.Title
	positions map[model.ID]*model.Position
	payees    map[model.ID]*model.Payee
}

// check adds what is wrong with an assignment, but its days.
func (r *assignable) check(errs *model.UserErrors, path string, a *model.PlanAssignment) {
	exactlyOne(errs, path, choice{"titleId", a.TitleID}, choice{"positionId", a.PositionID}, choice{"payeeId", a.PayeeID})
	needed(errs, path+".planId", &a.PlanID, r.plans)
	needed(errs, path+".titleId", a.TitleID, r.titles)
	needed(errs, path+".positionId", a.PositionID, r.positions)
	needed(errs, path+".payeeId", a.PayeeID, r.payees)
	if a.TargetIncentive != nil && a.TargetIncentive.Amount.IsNegative() {
		errs.Add(model.UserInvalid, path+".targetIncentive.amount", "a target incentive is at least 0")
	}
}

// refuseSecondPlan refuses days on which the same title, position or payee has
// the plan already.
func refuseSecondPlan(ctx context.Context, tx *store.Tx, a *model.PlanAssignment, path string) error {
	others, err := tx.PlanAssignmentsOf(ctx, tx.Scope(), a.PlanID)
	if err != nil {
		return err
	}
	var errs model.UserErrors
	checkSecondPlan(&errs, path, a, values(others))
	return errs.OrNil()
}

// checkSecondPlan adds OVERLAP where others give the holder the plan on the same
// days.
func checkSecondPlan(errs *model.UserErrors, path string, a *model.PlanAssignment, others []model.PlanAssignment) {
	for i := range others {
		other := &others[i]
		if other.ID != a.ID && other.PlanID == a.PlanID && other.Holder() == a.Holder() && other.Days.Overlaps(a.Days) {
			errs.Add(model.UserOverlap, path, "it has the plan from %s on by assignment %s", other.Days.From, other.ExternalID)
			return
		}
	}
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
