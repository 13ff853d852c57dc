package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// UpdateCreditingRuleInput is a change of a crediting rule from a day on.
type UpdateCreditingRuleInput struct {
	ID               model.ID
	IfVersion        int
	EffectiveFrom    model.Date
	Name             graphql.Omittable[*string]           `json:",omitzero"`
	Priority         graphql.Omittable[*int]              `json:",omitzero"`
	TransactionKinds graphql.Omittable[[]string]          `json:",omitzero"`
	DateRule         graphql.Omittable[*model.DateRule]   `json:",omitzero"`
	Condition        graphql.Omittable[*string]           `json:",omitzero"`
	Receivers        graphql.Omittable[*model.Receivers]  `json:",omitzero"`
	Levels           graphql.Omittable[*int]              `json:",omitzero"`
	LevelShares      graphql.Omittable[[]decimal.Decimal] `json:",omitzero"`
	Positions        graphql.Omittable[[]*RuleShareInput] `json:",omitzero"`
	OverAllocate     graphql.Omittable[*bool]             `json:",omitzero"`
	ClientMutationID *string
}

// UpdateCreditingRulePayload is what changing a crediting rule did.
type UpdateCreditingRulePayload struct {
	Outcome
	RuleID *model.ID
}

// UpdateCreditingRule ends a version of a rule the day before and begins the
// next of the same key; the transactions from that day on are credited anew.
func (s *Service) UpdateCreditingRule(ctx context.Context, input UpdateCreditingRuleInput) (*UpdateCreditingRulePayload, error) {
	return mutate(ctx, s, "updateCreditingRule", input, func(tx *store.Tx, p *UpdateCreditingRulePayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		found, err := tx.CreditingRulesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		old := needed(&errs, "input.id", &input.ID, found)
		if old == nil {
			return errs
		}
		p.RuleID = &input.ID
		if !old.Days.Contains(input.EffectiveFrom) {
			errs.Add(model.UserInvalid, "input.effectiveFrom", "the version is not in force on this day")
		}
		next := nextRule(&errs, *old, input)
		if err := checkRule(ctx, tx, &errs, next); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if next.ID, err = newID(model.KindCreditingRule); err != nil {
			return err
		}
		if err := shorten(ctx, tx, *old, input.IfVersion, input.EffectiveFrom); err != nil {
			return err
		}
		if _, err := tx.SaveCreditingRule(ctx, next); err != nil {
			return err
		}
		p.RuleID = &next.ID
		return markRule(ctx, tx, next.Days, old, next)
	})
}

// shorten ends a rule before a day; from its first day on nothing is left.
func shorten(ctx context.Context, tx *store.Tx, rule model.CreditingRule, ifVersion int, before model.Date) error {
	rule.Days.To, rule.Version = before, ifVersion
	if rule.Days.Empty() {
		return tx.RemoveCreditingRule(ctx, rule.ID, ifVersion)
	}
	_, err := tx.SaveCreditingRule(ctx, &rule)
	return err
}

func nextRule(errs *model.UserErrors, rule model.CreditingRule, input UpdateCreditingRuleInput) *model.CreditingRule {
	rule.Version, rule.Days.From = 0, input.EffectiveFrom
	set(errs, "input.name", &rule.Name, input.Name)
	set(errs, "input.priority", &rule.Priority, input.Priority)
	set(errs, "input.dateRule", &rule.DateRule, input.DateRule)
	set(errs, "input.condition", &rule.Condition, input.Condition)
	set(errs, "input.receivers", &rule.Receivers, input.Receivers)
	set(errs, "input.levels", &rule.Levels, input.Levels)
	set(errs, "input.overAllocate", &rule.OverAllocate, input.OverAllocate)
	if kinds, given := input.TransactionKinds.ValueOK(); given {
		rule.TransactionKinds = kinds
	}
	if shares, given := input.LevelShares.ValueOK(); given {
		rule.LevelShares = shares
	}
	if shares, given := input.Positions.ValueOK(); given {
		rule.Positions = sharesOf(shares)
	}
	return &rule
}

// set takes a value that is given; null is refused.
func set[T any](errs *model.UserErrors, path string, field *T, v graphql.Omittable[*T]) {
	switch value, given := v.ValueOK(); {
	case given && value == nil:
		errs.Add(model.UserRequired, path, "this cannot be null: leave it out to keep it as it is")
	case given:
		*field = *value
	}
}
