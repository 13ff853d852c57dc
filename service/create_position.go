package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CreatePositionInput is a position to add.
type CreatePositionInput struct {
	ExternalID       *string
	Name             string
	StartDate        *model.Date
	TitleID          *model.ID
	ParentID         *model.ID
	Attributes       []*AttributeInput
	ClientMutationID *string
}

// CreatePositionPayload is what adding a position did.
type CreatePositionPayload struct {
	Outcome
	PositionID *model.ID
}

// CreatePosition adds a position from a day on; transactions that name it are
// credited anew.
func (s *Service) CreatePosition(ctx context.Context, input CreatePositionInput) (*CreatePositionPayload, error) {
	return mutate(ctx, s, "createPosition", input, func(tx *store.Tx, p *CreatePositionPayload) error {
		id, err := newID(model.KindPosition)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		position := &model.Position{ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name}
		checkText(&errs, "input.name", input.Name, maxName)
		position.Slices = []model.PositionSlice{{
			Days: checkDays(&errs, "input.startDate", input.StartDate, nil), TitleID: input.TitleID, ParentID: input.ParentID,
			Attributes: checkAttributes(&errs, "input.attributes", input.Attributes),
		}}
		if err := addPosition(ctx, tx, &errs, position, "input"); err != nil {
			return err
		}
		p.PositionID = &id
		return nil
	})
}

// addPosition checks the references of a new position's only slice and writes
// it.
func addPosition(ctx context.Context, tx *store.Tx, errs *model.UserErrors, position *model.Position, path string) error {
	slice := position.Slices[0]
	titles, err := tx.TitlesByID(ctx, tx.Scope(), ids(slice.TitleID))
	if err != nil {
		return err
	}
	needed(errs, path+".titleId", slice.TitleID, titles)
	parents, err := tx.PositionsByID(ctx, tx.Scope(), ids(slice.ParentID))
	if err != nil {
		return err
	}
	needed(errs, path+".parentId", slice.ParentID, parents)
	if err := errs.OrNil(); err != nil {
		return err
	}
	if err := tx.LockSetup(ctx); err != nil {
		return err
	}
	if _, err := tx.SavePosition(ctx, position); err != nil {
		return err
	}
	return tx.MarkRecredit(ctx, store.Recredit{Days: model.Always, Sellers: []string{position.ExternalID}})
}
