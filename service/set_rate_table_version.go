package service

import (
	"context"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// SetRateTableVersionInput is what a rate table is to say from a day on.
type SetRateTableVersionInput struct {
	ID               model.ID
	IfVersion        int
	Version          RateTableVersionInput
	ClientMutationID *string
}

// SetRateTableVersionPayload is what setting a version did.
type SetRateTableVersionPayload struct {
	Outcome
	RateTableID *model.ID
}

// SetRateTableVersion replaces what a rate table says from a day on. Earnings
// of published plans that look it up are recalculated in open periods. What one of
// them could not calculate with is refused with NOT_SUPPORTED: it is another
// table's to say.
func (s *Service) SetRateTableVersion(ctx context.Context, input SetRateTableVersionInput) (*SetRateTableVersionPayload, error) {
	return mutate(ctx, s, "setRateTableVersion", input, func(tx *store.Tx, p *SetRateTableVersionPayload) error {
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		found, err := tx.RateTablesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		table := needed(&errs, "input.id", &input.ID, found)
		if table == nil {
			return errs
		}
		p.RateTableID = &input.ID
		next := checkRateTable(&errs, "input.version", input.Version)
		if err := checkTrees(ctx, tx, tx.Scope(), &errs, "input.version", &next); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		table.Versions = replaceFrom(table.Versions, next.Days.From, rateDays, func(model.RateTableVersion) model.RateTableVersion { return next })
		table.Version = input.IfVersion
		users, err := versionsLookingUp(ctx, tx, table)
		if err != nil {
			return err
		}
		if refuseUnusable(&errs, "input.version", users, table); len(errs) > 0 {
			return errs
		}
		if _, err := tx.SaveRateTable(ctx, table); err != nil {
			return err
		}
		return markTableUsers(ctx, tx, users, next.Days)
	})
}

// refuseUnusable refuses what a rate table is to say where a plan version that
// pays could not calculate with it.
func refuseUnusable(errs *model.UserErrors, path string, users []*model.PlanVersion, table *model.RateTable) {
	for _, v := range users {
		for _, choice := range calc.Unsupported(*v, *table) {
			errs.Add(model.UserNotSupported, path, "version %d of plan %s pays by it, %s: %s", v.Number, v.PlanID, choice.Path, choice.Message)
		}
	}
}

func rateDays(v *model.RateTableVersion) *model.Interval { return &v.Days }

// markTableUsers marks the days of the plan versions that look up a rate table
// which has changed on some days.
func markTableUsers(ctx context.Context, tx *store.Tx, users []*model.PlanVersion, days model.Interval) error {
	var marks []store.Dirty
	for _, v := range users {
		if span := v.Days.Intersect(days); !span.Empty() {
			marks = append(marks, store.Dirty{Days: span})
		}
	}
	return tx.MarkDirty(ctx, marks...)
}
