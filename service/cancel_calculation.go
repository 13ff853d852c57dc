package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// CancelCalculationInput says which run ends.
type CancelCalculationInput struct {
	ID               model.ID
	ClientMutationID *string
}

// CancelCalculationPayload names the run.
type CancelCalculationPayload struct {
	Outcome
	RunID *model.ID
}

// CancelCalculation ends a run that somebody asked for before it is visible. One
// that is cancelled already stays so.
func (s *Service) CancelCalculation(ctx context.Context, input CancelCalculationInput) (*CancelCalculationPayload, error) {
	return mutate(ctx, s, "cancelCalculation", input, func(tx *store.Tx, p *CancelCalculationPayload) error {
		run, err := requestedRun(ctx, tx, input.ID)
		if err != nil {
			return err
		}
		if run.Status != model.RunCancelled {
			cancelled, err := tx.CancelRun(ctx, run.ID)
			if err != nil {
				return err
			}
			if !cancelled {
				return model.Refuse(model.UserState, "input.id", "the run has ended: what it made visible stays")
			}
		}
		p.RunID = &run.ID
		return nil
	})
}

// requestedRun gives a run that somebody asked for.
func requestedRun(ctx context.Context, tx *store.Tx, id model.ID) (*model.CalculationRun, error) {
	runs, err := tx.RunsByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return nil, err
	}
	var errs model.UserErrors
	run := needed(&errs, "input.id", &id, runs)
	if run == nil {
		return nil, errs
	}
	if run.Kind != model.RunRequested {
		return nil, model.Refuse(model.UserState, "input.id", "changes are calculated by themselves: nobody asked for this run")
	}
	return run, nil
}
