package service

import (
	"context"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// CreateCreditingRuleInput is a crediting rule to add.
type CreateCreditingRuleInput struct {
	Key              string
	Name             string
	Priority         *int
	CreditKind       model.CreditKind
	CreditTypeID     model.ID
	TransactionKinds []string
	DateRule         *model.DateRule
	Condition        *string
	Receivers        model.Receivers
	Levels           *int
	LevelShares      []decimal.Decimal
	Positions        []*RuleShareInput
	OverAllocate     *bool
	StartDate        *model.Date
	EndDate          *model.Date
	ClientMutationID *string
}

// CreateCreditingRulePayload is what adding a crediting rule did.
type CreateCreditingRulePayload struct {
	Outcome
	RuleID *model.ID
}

// CreateCreditingRule adds a rule, or one more version of its key; the
// transactions of its days are credited anew.
func (s *Service) CreateCreditingRule(ctx context.Context, input CreateCreditingRuleInput) (*CreateCreditingRulePayload, error) {
	return mutate(ctx, s, "createCreditingRule", input, func(tx *store.Tx, p *CreateCreditingRulePayload) error {
		id, err := newID(model.KindCreditingRule)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.key", input.Key, maxKey)
		rule := &model.CreditingRule{
			ID: id, Key: input.Key, Name: input.Name, Priority: given(input.Priority, 0), CreditKind: input.CreditKind, CreditTypeID: input.CreditTypeID,
			TransactionKinds: input.TransactionKinds, DateRule: given(input.DateRule, model.DateEvent), Condition: given(input.Condition, ""),
			Receivers: input.Receivers, Levels: given(input.Levels, 0), LevelShares: input.LevelShares, Positions: sharesOf(input.Positions),
			OverAllocate: given(input.OverAllocate, false), Days: checkDays(&errs, "input.endDate", input.StartDate, input.EndDate),
		}
		if err := checkRule(ctx, tx, &errs, rule); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		if err := refuseRuleOverlap(ctx, tx, rule, "input.startDate"); err != nil {
			return err
		}
		if _, err := tx.SaveCreditingRule(ctx, rule); err != nil {
			return err
		}
		p.RuleID = &id
		return markRule(ctx, tx, rule.Days, rule)
	})
}

// given is the value, or what holds where it is absent.
func given[T any](v *T, otherwise T) T {
	if v == nil {
		return otherwise
	}
	return *v
}
