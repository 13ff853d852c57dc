package service

import (
	"context"
	"fmt"

	"spm/calc"
	"spm/model"
)

// activity answers for an activity: by how it counts for the payee, or by why it
// does not.
func (w *whyNot) activity(ctx context.Context, in *WhyNotActivityInput) (*model.WhyNot, error) {
	key, err := keyOf("activity", in.ActivityID, in.Source, in.ExternalID)
	if err != nil {
		return nil, err
	}
	id := in.ActivityID
	if id == nil {
		named, err := w.s.Store.ActivitiesByKey(ctx, w.unbounded(), []model.TransactionKey{key})
		if err != nil || named[key] == nil {
			return nil, err
		}
		id = &named[key].ID
	}
	known, err := w.s.Store.ActivitiesByID(ctx, w.may.Activities, ids(id))
	if err != nil || known[*id] == nil {
		return nil, err
	}
	a := known[*id]
	w.out.ActivityID = &a.ID
	if a.Withdrawn() {
		w.reason(&model.WhyNotReason{Code: model.WhyNotWithdrawn, SubjectID: &a.ID, PositionID: &a.PositionID, Text: "it was withdrawn"})
		return w.out, nil
	}
	is := func(f *calc.CreditFact) bool { return f.Activity && f.Credit.ID == a.ID }
	asked, err := w.askedOf(ctx, in.ComponentKey, in.PlanID)
	if err != nil {
		return nil, err
	}
	found, err := w.counted(ctx, []model.Date{a.Date}, is, asked)
	switch self := w.may.Earnings.Reach.Payee != nil && *w.may.Earnings.Reach.Payee == w.payee.ID.UUID(); {
	case err != nil:
		return nil, err
	case !found && !self && !w.may.Earnings.Reach.All:
		return nil, nil // it is of somebody else
	case !found:
		w.reason(&model.WhyNotReason{
			Code: model.WhyNotHeld, SubjectID: &a.PositionID, PositionID: &a.PositionID, Text: fmt.Sprintf("the payee does not hold the position of the activity on %s", a.Date),
		})
	case len(w.out.Reasons) == 0 && !w.out.Paid:
		return nil, nil // all that there is lies in positions that are not for who asks
	}
	return w.out, nil
}
