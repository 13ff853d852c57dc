package service

import (
	"context"
	"errors"
	"slices"

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
	var errs model.UserErrors
	checkOverlap(&errs, path, seat, values(others))
	return errs.OrNil()
}

// checkOverlap refuses a seat that another one of its position overlaps.
func checkOverlap(errs *model.UserErrors, path string, seat *model.PositionAssignment, others []model.PositionAssignment) {
	for i := range others {
		if other := &others[i]; other.ID != seat.ID && other.PositionID == seat.PositionID && other.Days.Overlaps(seat.Days) {
			errs.Add(model.UserOverlap, path, "the position is held from %s on by assignment %s", other.Days.From, other.ExternalID)
			return
		}
	}
}

// markSeat marks what a change of who holds a position can alter: the
// transactions that name either or are credited to the position, and the
// payee's earnings.
func markSeat(ctx context.Context, tx *store.Tx, days model.Interval, payee *model.Payee, position *model.Position) error {
	if err := tx.MarkRecredit(ctx, ofSeat(days, payee, position)); err != nil {
		return err
	}
	all, err := tx.Positions(ctx, tx.Scope())
	if err != nil {
		return err
	}
	return markOrganisation(ctx, tx, days, append(above(all, position.ID), position.ID), store.Dirty{Payee: &payee.ID, Days: days})
}

// ofSeat selects the transactions whose credits depend on who holds a position on
// days.
func ofSeat(days model.Interval, payee *model.Payee, position *model.Position) store.Recredit {
	return store.Recredit{Days: days, Sellers: []string{payee.ExternalID, position.ExternalID}, Positions: []uuid.UUID{position.ID.UUID()}}
}

// above lists the positions that on some day are above one.
func above(all []*model.Position, position model.ID) []model.ID {
	byID := make(map[model.ID]*model.Position, len(all))
	for _, p := range all {
		byID[p.ID] = p
	}
	seen := map[model.ID]bool{position: true}
	var out []model.ID
	for next := []model.ID{position}; len(next) > 0; {
		at := byID[next[0]]
		next = next[1:]
		if at == nil {
			continue
		}
		for _, s := range at.Slices {
			if s.ParentID != nil && !seen[*s.ParentID] {
				seen[*s.ParentID] = true
				out, next = append(out, *s.ParentID), append(next, *s.ParentID)
			}
		}
	}
	return out
}

// markOrganisation marks what a change of who sits where, or reports to whom,
// can alter on days: the given earnings and, where some depend on those of
// others, those of who holds one of the positions, which are all above the
// change, or is in a team with one.
func markOrganisation(ctx context.Context, tx *store.Tx, days model.Interval, positions []model.ID, marks ...store.Dirty) error {
	moved := func(v *model.PlanVersion) model.Interval {
		follows, until := v.Rules.Continuity == model.ContinuePosition, days.To
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
	if err != nil || len(versions) == 0 {
		return errors.Join(err, markAhead(ctx, tx, marks...))
	}
	payees, err := concerned(ctx, tx, positions)
	if err != nil {
		return err
	}
	for _, v := range versions {
		for i := range payees {
			marks = append(marks, store.Dirty{Payee: &payees[i], Days: moved(v)})
		}
	}
	return markAhead(ctx, tx, marks...)
}

// concerned lists who has ever held one of the positions, or one that is in a
// team with one of them.
func concerned(ctx context.Context, tx *store.Tx, positions []model.ID) ([]model.ID, error) {
	teams, err := tx.Teams(ctx, tx.Scope())
	if err != nil {
		return nil, err
	}
	seen := map[model.ID]bool{}
	for _, p := range positions {
		seen[p] = true
	}
	for _, t := range teams {
		if members := t.Positions(); slices.ContainsFunc(members, func(p model.ID) bool { return slices.Contains(positions, p) }) {
			for _, p := range members {
				seen[p] = true
			}
		}
	}
	var payees []model.ID
	for p := range seen {
		seats, err := tx.PositionAssignmentsIn(ctx, tx.Scope(), p)
		if err != nil {
			return nil, err
		}
		for _, seat := range seats {
			if !slices.Contains(payees, seat.PayeeID) {
				payees = append(payees, seat.PayeeID)
			}
		}
	}
	return payees, nil
}
