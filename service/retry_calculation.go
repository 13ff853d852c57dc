package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// RetryCalculationInput says which run is asked for anew.
type RetryCalculationInput struct {
	ID               model.ID
	ClientMutationID *string
}

// RetryCalculationPayload names the new run.
type RetryCalculationPayload struct {
	Outcome
	RunID *model.ID
}

// RetryCalculation queues a run like one that failed or was cancelled. While one
// is queued for the period it is that one.
func (s *Service) RetryCalculation(ctx context.Context, input RetryCalculationInput) (*RetryCalculationPayload, error) {
	return mutate(ctx, s, "retryCalculation", input, func(tx *store.Tx, p *RetryCalculationPayload) error {
		run, err := requestedRun(ctx, tx, input.ID)
		if err != nil {
			return err
		}
		if run.Status != model.RunFailed && run.Status != model.RunCancelled {
			return model.Refuse(model.UserState, "input.id", "the run is %s: there is nothing to repeat", run.Status)
		}
		p.RunID, err = s.queueRun(ctx, tx, "input.id", &model.CalculationRun{PeriodID: run.PeriodID, Priority: run.Priority, RetryOf: &run.ID})
		return err
	})
}
