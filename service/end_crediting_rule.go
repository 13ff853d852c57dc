package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// EndCreditingRuleInput says when a version of a rule ends.
type EndCreditingRuleInput struct {
	ID               model.ID
	IfVersion        int
	EndDate          *model.Date
	ClientMutationID *string
}

// EndCreditingRulePayload is what ending a crediting rule did.
type EndCreditingRulePayload struct {
	Outcome
	RuleID *model.ID
}

// EndCreditingRule sets the last day of a version of a rule; a day before its
// first removes it, nil opens it again.
func (s *Service) EndCreditingRule(ctx context.Context, input EndCreditingRuleInput) (*EndCreditingRulePayload, error) {
	return mutate(ctx, s, "endCreditingRule", input, func(tx *store.Tx, p *EndCreditingRulePayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		found, err := tx.CreditingRulesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		rule := needed(&errs, "input.id", &input.ID, found)
		if rule == nil {
			return errs
		}
		p.RuleID = &input.ID
		before, end := rule.Days, model.MaxDate
		if input.EndDate != nil {
			end = input.EndDate.AddDays(1)
		}
		longer := *rule
		if longer.Days.To = end; !longer.Days.Empty() {
			if err := refuseRuleOverlap(ctx, tx, &longer, "input.endDate"); err != nil {
				return err
			}
		}
		if err := shorten(ctx, tx, *rule, input.IfVersion, end); err != nil {
			return err
		}
		days := model.Interval{From: max(before.From, min(before.To, end)), To: max(before.To, end)}
		return markRule(ctx, tx, days, rule)
	})
}
