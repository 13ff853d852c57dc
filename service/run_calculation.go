package service

import (
	"context"

	"spm/auth"
	"spm/calc"
	"spm/model"
	"spm/store"
)

// RunCalculationInput says what is to be calculated.
type RunCalculationInput struct {
	PeriodID         model.ID
	Priority         *model.RunPriority
	ClientMutationID *string
}

// RunCalculationPayload names the run.
type RunCalculationPayload struct {
	Outcome
	RunID *model.ID
}

// RunCalculation queues a run over a period: every component whose payout
// period lies in it. While one is queued for the period it is that one.
func (s *Service) RunCalculation(ctx context.Context, input RunCalculationInput) (*RunCalculationPayload, error) {
	return mutate(ctx, s, "runCalculation", input, func(tx *store.Tx, p *RunCalculationPayload) error {
		run := &model.CalculationRun{PeriodID: &input.PeriodID}
		if input.Priority != nil {
			run.Priority = *input.Priority
		}
		var err error
		p.RunID, err = s.queueRun(ctx, tx, "input.periodId", run)
		return err
	})
}

// queueRun queues a run of a period that must be open, or gives the one that is
// queued for it.
func (s *Service) queueRun(ctx context.Context, tx *store.Tx, path string, run *model.CalculationRun) (*model.ID, error) {
	periods, err := tx.PeriodsByID(ctx, tx.Scope(), ids(run.PeriodID))
	if err != nil {
		return nil, err
	}
	var errs model.UserErrors
	period := needed(&errs, path, run.PeriodID, periods)
	if period == nil {
		return nil, errs
	}
	if !period.IsOpen() {
		return nil, model.Refuse(model.UserPeriodClosed, path, "%s is %s: its results stay", period.Name, period.Status)
	}
	queued, err := tx.QueuedRun(ctx, period.ID)
	if err != nil {
		return nil, err
	}
	if queued != nil {
		return &queued.ID, nil
	}
	if run.ID, err = newID(model.KindCalculationRun); err != nil {
		return nil, err
	}
	run.Kind, run.Status, run.Engine, run.RequestedBy = model.RunRequested, model.RunQueued, calc.EngineVersion, &auth.SessionOf(ctx).Principal.User
	if err := tx.AddRun(ctx, run); err != nil {
		return nil, err
	}
	s.observer.RunAsked(ctx, run.ID)
	return &run.ID, tx.Enqueue(ctx, s.Jobs, run)
}
