package service

import (
	"context"

	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// AssignPositionInput says who is to hold a position when.
type AssignPositionInput struct {
	ExternalID       *string
	PayeeID          model.ID
	PositionID       model.ID
	StartDate        model.Date
	EndDate          *model.Date
	ClientMutationID *string
}

// AssignPositionPayload is what giving a position did.
type AssignPositionPayload struct {
	Outcome
	AssignmentID *model.ID
}

// AssignPosition gives a position to a payee. One payee a day holds it:
// overlapping days are refused with OVERLAP.
func (s *Service) AssignPosition(ctx context.Context, input AssignPositionInput) (*AssignPositionPayload, error) {
	return mutate(ctx, s, "assignPosition", input, func(tx *store.Tx, p *AssignPositionPayload) error {
		id, err := newID(model.KindPositionAssignment)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		seat := &model.PositionAssignment{
			ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id),
			PayeeID: input.PayeeID, PositionID: input.PositionID,
			Days: checkDays(&errs, "input.endDate", &input.StartDate, input.EndDate),
		}
		payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(&input.PayeeID))
		if err != nil {
			return err
		}
		positions, err := tx.PositionsByID(ctx, tx.Scope(), ids(&input.PositionID))
		if err != nil {
			return err
		}
		payee := needed(&errs, "input.payeeId", &input.PayeeID, payees)
		position := needed(&errs, "input.positionId", &input.PositionID, positions)
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.AssignmentID = &id
		return addSeat(ctx, tx, seat, payee, position)
	})
}

// addSeat writes a new seat and marks what it can alter.
func addSeat(ctx context.Context, tx *store.Tx, seat *model.PositionAssignment, payee *model.Payee, position *model.Position) error {
	if err := tx.LockSetup(ctx); err != nil {
		return err
	}
	if err := refuseOverlap(ctx, tx, seat, "input.startDate"); err != nil {
		return err
	}
	if _, err := tx.SavePositionAssignment(ctx, seat); err != nil {
		return err
	}
	return markSeat(ctx, tx, seat.Days, payee, position)
}

func refuseOverlap(ctx context.Context, tx *store.Tx, seat *model.PositionAssignment, path string) error {
	others, err := tx.PositionAssignmentsIn(ctx, tx.Scope(), seat.PositionID)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != seat.ID && other.Days.Overlaps(seat.Days) {
			return model.Refuse(model.UserOverlap, path, "the position is held from %s on by assignment %s", other.Days.From, other.ExternalID)
		}
	}
	return nil
}

// markSeat marks what a change of who holds a position can alter: the
// transactions that name either or are credited to the position, and the
// payee's earnings.
func markSeat(ctx context.Context, tx *store.Tx, days model.Interval, payee *model.Payee, position *model.Position) error {
	err := tx.MarkRecredit(ctx, store.Recredit{
		Days: days, Sellers: []string{payee.ExternalID, position.ExternalID}, Positions: []uuid.UUID{position.ID.UUID()},
	})
	if err != nil {
		return err
	}
	return markOrganisation(ctx, tx, days, store.Dirty{Payee: &payee.ID, Days: days})
}

// markOrganisation marks what a change of who sits where, or reports to whom,
// can alter on days: the given earnings and, where some depend on those of
// others, everybody's, since who depended on whom before is not known any more.
func markOrganisation(ctx context.Context, tx *store.Tx, days model.Interval, marks ...store.Dirty) error {
	moved := func(v *model.PlanVersion) model.Interval {
		follows, until := false, days.To
		for i := range v.Components {
			c := &v.Components[i]
			if follows = follows || c.FollowsSeats(); c.Compress {
				until = model.MaxDate // a return goes by the seats on its sale's day
			}
		}
		if !follows {
			return model.Interval{}
		}
		return v.Days.Intersect(model.Interval{From: days.From, To: until})
	}
	versions, err := versionsThat(ctx, tx, func(v *model.PlanVersion) (bool, error) { return !moved(v).Empty(), nil })
	if err != nil {
		return err
	}
	for _, v := range versions {
		marks = append(marks, store.Dirty{Days: moved(v)})
	}
	return tx.MarkDirty(ctx, marks...)
}
