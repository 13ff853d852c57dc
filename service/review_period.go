package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// SubmitPeriodInput is a pay period to put up for review.
type SubmitPeriodInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// SubmitPeriodPayload is what putting up for review did.
type SubmitPeriodPayload struct {
	Outcome
	PeriodID *model.ID
}

// SubmitPeriod puts an open pay period up for review, with the payout periods that
// end in it. It still recalculates.
func (s *Service) SubmitPeriod(ctx context.Context, input SubmitPeriodInput) (*SubmitPeriodPayload, error) {
	return mutate(ctx, s, "submitPeriod", input, func(tx *store.Tx, p *SubmitPeriodPayload) error {
		_, within, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodOpen)
		if err != nil {
			return err
		}
		return setStatus(ctx, tx, within, model.PeriodInReview)
	})
}

// ReturnPeriodInput is a pay period to take back from review.
type ReturnPeriodInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// ReturnPeriodPayload is what taking back did.
type ReturnPeriodPayload struct {
	Outcome
	PeriodID *model.ID
}

// ReturnPeriod takes a pay period back from review; its approvals are void.
func (s *Service) ReturnPeriod(ctx context.Context, input ReturnPeriodInput) (*ReturnPeriodPayload, error) {
	return mutate(ctx, s, "returnPeriod", input, func(tx *store.Tx, p *ReturnPeriodPayload) error {
		period, within, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodInReview)
		if err != nil {
			return err
		}
		if err := voidApprovals(ctx, tx, period.ID); err != nil {
			return err
		}
		return setStatus(ctx, tx, within, model.PeriodOpen)
	})
}

func voidApprovals(ctx context.Context, tx *store.Tx, period model.ID) error {
	steps, err := tx.PeriodStepsOf(ctx, tx.Scope(), []model.ID{period})
	if err != nil {
		return err
	}
	for _, step := range steps {
		if step.Kind != model.StepApproval {
			continue
		}
		if err := tx.RemovePeriodStep(ctx, step.ID, step.Version); err != nil {
			return err
		}
	}
	return nil
}

// ApprovePeriodInput is a pay period to approve.
type ApprovePeriodInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// ApprovePeriodPayload is what approving did.
type ApprovePeriodPayload struct {
	Outcome
	PeriodID *model.ID
}

// ApprovePeriod approves a pay period in review as it is now. A later change of a
// ledger of the period voids the approval. Who approves can neither close nor pay
// it, and has no pay of their own in it.
func (s *Service) ApprovePeriod(ctx context.Context, input ApprovePeriodInput) (*ApprovePeriodPayload, error) {
	return mutate(ctx, s, "approvePeriod", input, func(tx *store.Tx, p *ApprovePeriodPayload) error {
		period, _, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodInReview)
		if err != nil {
			return err
		}
		caller := actorOf(tx)
		own, err := ownPay(ctx, tx, period.ID)
		if err != nil {
			return err
		}
		if own {
			return model.Refuse(model.UserSamePerson, "input.id", "nobody approves a period that holds pay of their own")
		}
		steps, err := tx.PeriodStepsOf(ctx, tx.Scope(), []model.ID{period.ID})
		if err != nil {
			return err
		}
		for _, step := range steps {
			if step.Kind == model.StepApproval && step.AuthorID == caller {
				if err := tx.RemovePeriodStep(ctx, step.ID, step.Version); err != nil {
					return err
				}
			}
		}
		// A run that began before this transaction may still change a ledger after it.
		seen, err := tx.UnfitFor(ctx, tx.Scope(), period.ID, period.Days, nil)
		if err != nil {
			return err
		}
		id, err := newID(model.KindPeriodStep)
		if err != nil {
			return err
		}
		_, err = tx.SavePeriodStep(ctx, &model.PeriodStep{
			ID: id, PeriodID: period.ID, Kind: model.StepApproval, AuthorID: caller, AuthorFor: behalfOf(tx), Horizon: seen.Changed, CreatedAt: s.Now().UTC(),
		})
		return err
	})
}

// ownPay tells whether somebody who has a hand in the transaction is a payee with
// a ledger in the period.
func ownPay(ctx context.Context, tx *store.Tx, period model.ID) (bool, error) {
	own, err := payeesOf(ctx, tx)
	if err != nil || len(own) == 0 {
		return false, err
	}
	found, err := tx.Balances(ctx, tx.Scope(), own, ids(&period))
	return len(found) > 0, err
}

// RequestPeriodReopeningInput asks for a closed pay period to be opened again.
type RequestPeriodReopeningInput struct {
	ID               model.ID
	IfVersion        int
	Reason           string
	ClientMutationID *string
}

// RequestPeriodReopeningPayload is what asking did.
type RequestPeriodReopeningPayload struct {
	Outcome
	PeriodID *model.ID
	StepID   *model.ID
}

// RequestPeriodReopening asks for the last closed pay period to be opened again;
// another person opens it by approving.
func (s *Service) RequestPeriodReopening(ctx context.Context, input RequestPeriodReopeningInput) (*RequestPeriodReopeningPayload, error) {
	return mutate(ctx, s, "requestPeriodReopening", input, func(tx *store.Tx, p *RequestPeriodReopeningPayload) error {
		period, _, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodClosed)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := s.reopenable(ctx, tx, period); err != nil {
			return err
		}
		id, err := newID(model.KindPeriodStep)
		if err != nil {
			return err
		}
		p.StepID = &id
		_, err = tx.SavePeriodStep(ctx, &model.PeriodStep{
			ID: id, PeriodID: period.ID, Kind: model.StepReopening, Reason: input.Reason, AuthorID: actorOf(tx), AuthorFor: behalfOf(tx), Horizon: tx.XID, CreatedAt: s.Now().UTC(),
		})
		return err
	})
}

// reopenable refuses a period after which another one is closed: balances follow
// one another.
func (s *Service) reopenable(ctx context.Context, tx *store.Tx, period *model.Period) error {
	size := model.MaxPage
	page, err := tx.PeriodPage(ctx, tx.Scope(), &model.PeriodWhere{
		CalendarID: &model.IDFilter{Eq: &period.CalendarID}, Types: []model.PeriodType{period.Type}, Statuses: []model.PeriodStatus{model.PeriodClosed, model.PeriodPaid},
	}, model.PageArgs{Last: &size})
	if err != nil {
		return err
	}
	for _, p := range page.Nodes() {
		if p.Days.From >= period.Days.To {
			return model.Refuse(model.UserState, "input.id", "%s is %s: open that first", p.Name, p.Status)
		}
	}
	return nil
}

// ApprovePeriodReopeningInput is a reopening to approve.
type ApprovePeriodReopeningInput struct {
	StepID           model.ID
	ClientMutationID *string
}

// ApprovePeriodReopeningPayload is what approving did.
type ApprovePeriodReopeningPayload struct {
	Outcome
	PeriodID *model.ID
}

// ApprovePeriodReopening opens a closed pay period again, as another person has
// asked, while nothing of it is paid: with the payout periods that end in it. All
// of it is recalculated by what is known now.
func (s *Service) ApprovePeriodReopening(ctx context.Context, input ApprovePeriodReopeningInput) (*ApprovePeriodReopeningPayload, error) {
	return mutate(ctx, s, "approvePeriodReopening", input, func(tx *store.Tx, p *ApprovePeriodReopeningPayload) error {
		steps, err := tx.PeriodStepsByID(ctx, tx.Scope(), ids(&input.StepID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		step := needed(&errs, "input.stepId", &input.StepID, steps)
		if step == nil {
			return errs
		}
		if step.Kind != model.StepReopening || step.Done {
			return model.Refuse(model.UserState, "input.stepId", "it is no reopening that waits for approval")
		}
		caller := actorOf(tx)
		same, err := wrote(ctx, tx, step.AuthorID, step.AuthorFor)
		if err != nil {
			return err
		}
		if same {
			return model.Refuse(model.UserSamePerson, "input.stepId", "who asks for a period to be opened again cannot approve that")
		}
		found, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&step.PeriodID))
		if err != nil || found[step.PeriodID] == nil {
			return err
		}
		period, within, err := s.payPeriodIn(ctx, tx, step.PeriodID, found[step.PeriodID].Version, &p.PeriodID, model.PeriodClosed)
		if err != nil {
			return err
		}
		if err := s.reopenable(ctx, tx, period); err != nil {
			return err
		}
		step.Done, step.ApproverID = true, &caller
		if _, err := tx.SavePeriodStep(ctx, step); err != nil {
			return err
		}
		if err := voidApprovals(ctx, tx, period.ID); err != nil {
			return err
		}
		if err := setStatus(ctx, tx, within, model.PeriodOpen); err != nil {
			return err
		}
		periods := make([]model.ID, len(within))
		for i, o := range within {
			periods[i] = o.ID
		}
		if err := tx.Unrestate(ctx, periods); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, store.Dirty{Days: period.Days})
	})
}
