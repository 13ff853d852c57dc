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
	who := auth.SessionOf(ctx).Principal
	return mutate(ctx, s, "runCalculation", input, func(tx *store.Tx, p *RunCalculationPayload) error {
		periods, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&input.PeriodID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		period := needed(&errs, "input.periodId", &input.PeriodID, periods)
		if period == nil {
			return errs
		}
		if !period.IsOpen() {
			return model.Refuse(model.UserPeriodClosed, "input.periodId", "%s is %s: its results stay", period.Name, period.Status)
		}
		queued, err := tx.QueuedRun(ctx, period.ID)
		if err != nil {
			return err
		}
		if queued != nil {
			p.RunID = &queued.ID
			return nil
		}
		id, err := newID(model.KindCalculationRun)
		if err != nil {
			return err
		}
		p.RunID = &id
		run := &model.CalculationRun{
			ID: id, Kind: model.RunRequested, Status: model.RunQueued, PeriodID: &period.ID, Engine: calc.EngineVersion, RequestedBy: &who.User,
		}
		if err := tx.AddRun(ctx, run); err != nil {
			return err
		}
		s.observer.RunAsked(ctx, id)
		return tx.Enqueue(ctx, s.Jobs, id)
	})
}
