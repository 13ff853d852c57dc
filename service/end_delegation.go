package service

import (
	"context"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// EndDelegationInput says which delegation ends, and why.
type EndDelegationInput struct {
	ID               model.ID
	IfVersion        int
	Reason           string
	ClientMutationID *string
}

// EndDelegationPayload is what ending did.
type EndDelegationPayload struct {
	Outcome
	DelegationID *model.ID
}

// EndDelegation ends a delegation at once and for good: by its giver, its
// receiver, or who keeps the users. One whose time is over is INVALID_STATE.
func (s *Service) EndDelegation(ctx context.Context, input EndDelegationInput) (*EndDelegationPayload, error) {
	return mutate(ctx, s, "endDelegation", input, func(tx *store.Tx, p *EndDelegationPayload) error {
		scope, err := auth.SessionOf(ctx).Scope(ctx, auth.DelegationWrite)
		if err != nil {
			return err
		}
		if err := tx.LockUsers(ctx); err != nil {
			return err
		}
		scope.Read = model.Latest
		found, err := tx.DelegationsByID(ctx, scope, ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		d := needed(&errs, "input.id", &input.ID, found)
		if d == nil {
			return errs
		}
		p.DelegationID = &d.ID
		now := s.Now().UTC().Truncate(time.Microsecond)
		if d.Version != input.IfVersion {
			return model.Refuse(model.UserConflict, "input.ifVersion", "the delegation has version %d: read it again and repeat the change on that", d.Version)
		}
		if status := d.StatusAt(now); status == model.DelegationEnded || status == model.DelegationRevoked {
			return model.Refuse(model.UserState, "input.id", "it is %s already", status)
		}
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if err := errs.OrNil(); err != nil {
			return err
		}
		actor := actorOf(tx)
		d.EndedByID, d.EndedAt, tx.Reason = &actor, &now, input.Reason
		_, err = tx.SaveDelegation(ctx, d)
		return err
	})
}
