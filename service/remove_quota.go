package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// RemoveQuotaInput is a quota to remove.
type RemoveQuotaInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// RemoveQuotaPayload is what removing a quota did.
type RemoveQuotaPayload struct {
	Outcome
	QuotaID *model.ID // as it is after a CONFLICT
}

// RemoveQuota ends a quota; a position falls back to what held before in the
// period, or to its title's.
func (s *Service) RemoveQuota(ctx context.Context, input RemoveQuotaInput) (*RemoveQuotaPayload, error) {
	return mutate(ctx, s, "removeQuota", input, func(tx *store.Tx, p *RemoveQuotaPayload) error {
		found, err := tx.QuotasByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		quota := needed(&errs, "input.id", &input.ID, found)
		if quota == nil {
			return errs
		}
		p.QuotaID = &input.ID
		if err := tx.RemoveQuota(ctx, input.ID, input.IfVersion); err != nil {
			return err
		}
		periods, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&quota.PeriodID))
		if err != nil {
			return err
		}
		return markQuotas(ctx, tx, []*model.Quota{quota}, periods)
	})
}
