package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// EndPositionAssignmentInput says when a holding ends.
type EndPositionAssignmentInput struct {
	ID               model.ID
	IfVersion        int
	EndDate          *model.Date
	ClientMutationID *string
}

// EndPositionAssignmentPayload is what ending a holding did.
type EndPositionAssignmentPayload struct {
	Outcome
	AssignmentID *model.ID
}

// EndPositionAssignment sets the last day of a seat; a day before its first
// removes it, nil opens it again.
func (s *Service) EndPositionAssignment(ctx context.Context, input EndPositionAssignmentInput) (*EndPositionAssignmentPayload, error) {
	return mutate(ctx, s, "endPositionAssignment", input, func(tx *store.Tx, p *EndPositionAssignmentPayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		found, err := tx.PositionAssignmentsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		seat := needed(&errs, "input.id", &input.ID, found)
		if seat == nil {
			return errs
		}
		p.AssignmentID = &input.ID
		before := seat.Days
		seat.Days.To, seat.Version = model.MaxDate, input.IfVersion
		if input.EndDate != nil {
			seat.Days.To = input.EndDate.AddDays(1)
		}
		if seat.Days.Empty() {
			err = tx.RemovePositionAssignment(ctx, input.ID, input.IfVersion)
		} else if err = refuseOverlap(ctx, tx, seat, "input.endDate"); err == nil {
			_, err = tx.SavePositionAssignment(ctx, seat)
		}
		if err != nil {
			return err
		}
		return markEndedSeat(ctx, tx, seat, before)
	})
}

func markEndedSeat(ctx context.Context, tx *store.Tx, seat *model.PositionAssignment, before model.Interval) error {
	payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(&seat.PayeeID))
	if err != nil {
		return err
	}
	positions, err := tx.PositionsByID(ctx, tx.Scope(), ids(&seat.PositionID))
	if err != nil {
		return err
	}
	return markSeat(ctx, tx, endedDays(before, seat.Days), payees[seat.PayeeID], positions[seat.PositionID])
}

// endedDays are those that a seat's end moves over.
func endedDays(before, after model.Interval) model.Interval {
	return model.Interval{From: min(before.From, before.To, after.To), To: max(before.To, after.To)}
}
