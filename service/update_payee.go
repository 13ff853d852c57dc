package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdatePayeeInput is a change of a payee from a day on.
type UpdatePayeeInput struct {
	ID               model.ID
	IfVersion        int
	EffectiveFrom    *model.Date
	Name             graphql.Omittable[*string]             `json:",omitzero"`
	Currency         graphql.Omittable[*model.CurrencyCode] `json:",omitzero"`
	Status           graphql.Omittable[*model.PayeeStatus]  `json:",omitzero"`
	Attributes       graphql.Omittable[[]*AttributeInput]   `json:",omitzero"`
	ClientMutationID *string
}

// UpdatePayeePayload is what changing a payee did.
type UpdatePayeePayload struct {
	Outcome
	PayeeID *model.ID
}

// UpdatePayee changes a payee from a day on; its earnings are recalculated.
func (s *Service) UpdatePayee(ctx context.Context, input UpdatePayeeInput) (*UpdatePayeePayload, error) {
	return mutate(ctx, s, "updatePayee", input, func(tx *store.Tx, p *UpdatePayeePayload) error {
		found, err := tx.PayeesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		payee := needed(&errs, "input.id", &input.ID, found)
		if payee == nil {
			return errs
		}
		p.PayeeID = &input.ID
		if name, given := input.Name.ValueOK(); given && name != nil {
			checkText(&errs, "input.name", *name, maxName)
			payee.Name = *name
		} else if given {
			errs.Add(model.UserRequired, "input.name", "a payee has a name")
		}
		from := applyPayee(&errs, payee, input)
		if err := errs.OrNil(); err != nil {
			return err
		}
		payee.Version = input.IfVersion
		if _, err := tx.SavePayee(ctx, payee); err != nil {
			return err
		}
		return markAhead(ctx, tx, store.Dirty{Payee: &input.ID, Days: model.Interval{From: from, To: model.MaxDate}})
	})
}

// applyPayee changes what is dated from a day on, where any of it is given.
func applyPayee(errs *model.UserErrors, payee *model.Payee, input UpdatePayeeInput) model.Date {
	from := checkDays(errs, "input.effectiveFrom", input.EffectiveFrom, nil).From
	currency, newCurrency := input.Currency.ValueOK()
	attributes, newAttributes := input.Attributes.ValueOK()
	status, newStatus := input.Status.ValueOK()
	if !newCurrency && !newAttributes && !newStatus {
		return from
	}
	if len(payee.Slices) > 0 {
		from = max(from, payee.Slices[0].Days.From)
	}
	payee.Slices = replaceFrom(payee.Slices, from, payeeDays, func(s model.PayeeSlice) model.PayeeSlice {
		switch {
		case newCurrency && currency == nil:
			errs.Add(model.UserRequired, "input.currency", "a payee has a currency of pay")
		case newCurrency:
			s.Currency = *currency
		}
		switch {
		case newStatus && status == nil:
			errs.Add(model.UserRequired, "input.status", "a payee has a status")
		case newStatus:
			s.Status = statusOf(*status)
		}
		if newAttributes {
			s.Attributes = checkAttributes(errs, "input.attributes", attributes)
		}
		return s
	})
	return from
}
