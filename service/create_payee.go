package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// OwnPositionInput asks for the payee's own position.
type OwnPositionInput struct {
	TitleID  *model.ID
	ParentID *model.ID
}

// CreatePayeeInput is a payee to add.
type CreatePayeeInput struct {
	ExternalID       *string
	Name             string
	Currency         model.CurrencyCode
	StartDate        *model.Date
	Status           *model.PayeeStatus // ACTIVE where nil
	Attributes       []*AttributeInput
	OwnPosition      *OwnPositionInput
	ClientMutationID *string
}

// CreatePayeePayload is what adding a payee did.
type CreatePayeePayload struct {
	Outcome
	PayeeID    *model.ID
	PositionID *model.ID
}

// CreatePayee adds a payee and, where asked, its own position and seat;
// transactions that name it are credited anew.
func (s *Service) CreatePayee(ctx context.Context, input CreatePayeeInput) (*CreatePayeePayload, error) {
	return mutate(ctx, s, "createPayee", input, func(tx *store.Tx, p *CreatePayeePayload) error {
		id, err := newID(model.KindPayee)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		payee := &model.Payee{ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name}
		checkText(&errs, "input.name", input.Name, maxName)
		days := checkDays(&errs, "input.startDate", input.StartDate, nil)
		payee.Slices = []model.PayeeSlice{{
			Days: days, Currency: input.Currency, Status: statusOf(or(input.Status, "")),
			Attributes: checkAttributes(&errs, "input.attributes", input.Attributes),
		}}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		if _, err := tx.SavePayee(ctx, payee); err != nil {
			return err
		}
		p.PayeeID = &id
		if input.OwnPosition != nil {
			if p.PositionID, err = addOwnPosition(ctx, tx, payee, *input.OwnPosition, days); err != nil {
				return err
			}
		}
		return tx.MarkRecredit(ctx, store.Recredit{Days: model.Always, Sellers: []string{payee.ExternalID}})
	})
}

// statusOf is a status as it is kept: the default is empty.
func statusOf(s model.PayeeStatus) model.PayeeStatus {
	if s == model.PayeeActive {
		return ""
	}
	return s
}

func addOwnPosition(ctx context.Context, tx *store.Tx, payee *model.Payee, own OwnPositionInput, days model.Interval) (*model.ID, error) {
	id, err := newID(model.KindPosition)
	if err != nil {
		return nil, err
	}
	var errs model.UserErrors
	position := &model.Position{ID: id, ExternalID: payee.ExternalID, Name: payee.Name, Slices: []model.PositionSlice{{
		Days: days, TitleID: own.TitleID, ParentID: own.ParentID, Attributes: []model.Attribute{},
	}}}
	if err := addPosition(ctx, tx, &errs, position, "input.ownPosition"); err != nil {
		return nil, err
	}
	seat, err := newID(model.KindPositionAssignment)
	if err != nil {
		return nil, err
	}
	return &id, addSeat(ctx, tx, &model.PositionAssignment{ID: seat, ExternalID: payee.ExternalID, PayeeID: payee.ID, PositionID: id, Days: days}, payee, position)
}
