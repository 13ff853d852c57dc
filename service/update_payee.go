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
		from := checkDays(&errs, "input.effectiveFrom", input.EffectiveFrom, nil).From
		payee.Slices = replaceFrom(payee.Slices, from, payeeDays, func(s model.PayeeSlice) model.PayeeSlice {
			if currency, given := input.Currency.ValueOK(); given && currency != nil {
				s.Currency = *currency
			} else if given {
				errs.Add(model.UserRequired, "input.currency", "a payee has a currency of pay")
			}
			if attributes, given := input.Attributes.ValueOK(); given {
				s.Attributes = checkAttributes(&errs, "input.attributes", attributes)
			}
			return s
		})
		if err := errs.OrNil(); err != nil {
			return err
		}
		payee.Version = input.IfVersion
		if _, err := tx.SavePayee(ctx, payee); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, store.Dirty{Payee: &input.ID, Days: model.Interval{From: from, To: model.MaxDate}})
	})
}
