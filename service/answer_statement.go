package service

import (
	"context"
	"slices"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// AnswerStatementInput is what a payee answers to a statement.
type AnswerStatementInput struct {
	PeriodID         model.ID
	Answer           model.AnswerKind // SIGNED or CONTESTED
	Reason           *string          // of a contest
	ClientMutationID *string
}

// AnswerStatementPayload is what answering did.
type AnswerStatementPayload struct {
	Outcome
	StatementID *model.ID
}

// AnswerStatement signs off or contests the caller's own statement of a pay period
// in review, closed or paid. A later answer replaces it; so that what was signed
// stays known, each is kept. A statement that changes afterwards is unanswered.
func (s *Service) AnswerStatement(ctx context.Context, input AnswerStatementInput) (*AnswerStatementPayload, error) {
	who := auth.SessionOf(ctx).Principal
	return mutate(ctx, s, "answerStatement", input, func(tx *store.Tx, p *AnswerStatementPayload) error {
		if who.Payee == nil {
			return model.Refuse(model.UserNotFound, "input.periodId", "you are no payee")
		}
		var errs model.UserErrors
		if input.Answer != model.AnswerSigned && input.Answer != model.AnswerContested {
			errs.Add(model.UserInvalid, "input.answer", "a payee signs or contests")
		}
		if input.Answer == model.AnswerContested {
			checkText(&errs, "input.reason", or(input.Reason, ""), maxReason)
		} else if input.Reason != nil {
			errs.Add(model.UserInvalid, "input.reason", "it is of a contest")
		}
		return s.answer(ctx, tx, errs, *who.Payee, input.PeriodID, input.Answer, or(input.Reason, ""), &p.StatementID)
	})
}

// answer writes an answer to a statement.
func (s *Service) answer(ctx context.Context, tx *store.Tx, errs model.UserErrors, payee, period model.ID, kind model.AnswerKind, reason string, statement **model.ID) error {
	periods, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&period))
	if err != nil {
		return err
	}
	of := needed(&errs, "input.periodId", &period, periods)
	found, err := tx.Balances(ctx, tx.Scope(), ids(&payee), ids(&period))
	if err != nil {
		return err
	}
	switch {
	case of == nil:
	case len(found) == 0:
		errs.Add(model.UserNotFound, "input.periodId", "there is no statement of this period")
	case of.Status == model.PeriodOpen:
		errs.Add(model.UserState, "input.periodId", "%s is still open: it is answered once it is in review", of.Name)
	}
	if err := errs.OrNil(); err != nil {
		return err
	}
	answers, err := tx.AnswersTo(ctx, tx.Scope(), ids(&payee), ids(&period))
	if err != nil {
		return err
	}
	var was *model.StatementAnswer
	if len(answers) > 0 {
		was = answers[0]
	}
	if kind == model.AnswerResolved && (was == nil || was.Answer != model.AnswerContested) {
		return model.Refuse(model.UserState, "input.periodId", "the statement is not contested")
	}
	next := &model.StatementAnswer{PayeeID: payee, PeriodID: period, RunID: found[0].RunID, Answer: kind, Reason: reason, AuthorID: actorOf(tx), CreatedAt: s.Now().UTC()}
	if was != nil {
		next.ID, next.Version = was.ID, was.Version
	} else if next.ID, err = newID(model.KindStatementAnswer); err != nil {
		return err
	}
	id := model.UUIDs(model.KindStatement, payee.UUID(), period.UUID())
	*statement = &id
	if was != nil && was.Answer == kind && was.Reason == reason && was.RunID == next.RunID {
		return nil
	}
	_, err = tx.SaveAnswer(ctx, next)
	return err
}

// ResolveContestInput is a contest that was settled.
type ResolveContestInput struct {
	PayeeID          model.ID
	PeriodID         model.ID
	Reason           string
	ClientMutationID *string
}

// ResolveContestPayload is what settling did.
type ResolveContestPayload struct {
	Outcome
	StatementID *model.ID
}

// ResolveContest says how a contest of a statement was settled. The payee cannot
// settle it: SAME_PERSON.
func (s *Service) ResolveContest(ctx context.Context, input ResolveContestInput) (*ResolveContestPayload, error) {
	return mutate(ctx, s, "resolveContest", input, func(tx *store.Tx, p *ResolveContestPayload) error {
		var errs model.UserErrors
		checkText(&errs, "input.reason", input.Reason, maxReason)
		own, err := payeesOf(ctx, tx)
		if err != nil {
			return err
		}
		if slices.Contains(own, input.PayeeID) {
			errs.Add(model.UserSamePerson, "input.payeeId", "nobody settles their own contest")
		}
		return s.answer(ctx, tx, errs, input.PayeeID, input.PeriodID, model.AnswerResolved, input.Reason, &p.StatementID)
	})
}

// StatementAnswer gives what was answered to a statement, nil where nothing.
func (s *Service) StatementAnswer(ctx context.Context, scope model.Scope, statement *model.Statement) (*model.StatementAnswer, error) {
	found, err := s.Store.AnswersTo(ctx, scope, ids(&statement.PayeeID), ids(&statement.PeriodID))
	if err != nil || len(found) == 0 || statement.Balance == nil {
		return nil, err
	}
	found[0].Current = found[0].RunID == statement.Balance.RunID
	return found[0], nil
}
