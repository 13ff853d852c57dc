package resolver

import (
	"context"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// statement gives a payee's statement of a period; of the caller itself where
// no payee is named.
func (r *Resolver) statement(ctx context.Context, payee *model.ID, period model.ID) (*model.Statement, error) {
	s, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	if payee == nil {
		payee = auth.SessionOf(ctx).Principal.Payee
	}
	if payee == nil || period.Kind != model.KindPeriod {
		return nil, nil
	}
	return r.Service.Statement(ctx, s, *payee, period)
}

// statementNode finds a statement by its id.
func (r *Resolver) statementNode(ctx context.Context, id model.ID) (model.Node, error) {
	payee, period := model.UUIDs(model.KindPayee, id.UUIDAt(0)), model.UUIDs(model.KindPeriod, id.UUIDAt(1))
	found, err := r.statement(ctx, &payee, period)
	if err != nil || found == nil {
		return nil, hidden(err)
	}
	return found, nil
}

// statementByID gives a statement of a payload.
func (r *Resolver) statementByID(ctx context.Context, id *model.ID) (*model.Statement, error) {
	if id == nil {
		return nil, nil
	}
	payee := model.UUIDs(model.KindPayee, id.UUIDAt(0))
	return r.statement(ctx, &payee, model.UUIDs(model.KindPeriod, id.UUIDAt(1)))
}

// pointersTo lists pointers to the items of a list.
func pointersTo[T any](list []T) []*T {
	out := make([]*T, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// sections parts the ledger of a statement, null where there is none to see.
func (r *Resolver) sections(ctx context.Context, statement *model.Statement) ([]*model.StatementSection, error) {
	if statement.Balance == nil {
		return nil, nil
	}
	s, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	return r.Service.Sections(ctx, s, statement.Balance)
}

// paymentsOf gives what was paid of a statement.
func (r *Resolver) paymentsOf(ctx context.Context, statement *model.Statement) ([]*model.Payment, error) {
	if statement.Balance == nil {
		return nil, nil
	}
	s, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	return r.Store.PaymentsOf(ctx, s, []model.ID{statement.PayeeID}, []model.ID{statement.PeriodID})
}

// answerTo gives what the payee has answered to a statement.
func (r *Resolver) answerTo(ctx context.Context, statement *model.Statement) (*model.StatementAnswer, error) {
	if statement.Balance == nil {
		return nil, nil
	}
	s, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	return r.Service.StatementAnswer(ctx, s, statement)
}

// adjustmentOf gives the adjustment by hand that an entry posts.
func (r *Resolver) adjustmentOf(ctx context.Context, entry *model.LedgerEntry) (*model.PayAdjustment, error) {
	if entry.AdjustmentID == nil || entry.AdjustmentID.Kind != model.KindPayAdjustment {
		return nil, nil
	}
	return one(ctx, from(ctx).payAdjustments, entry.AdjustmentID)
}

// checklist gives what speaks against closing a period.
func (r *Resolver) checklist(ctx context.Context, period *model.Period) ([]*model.ClosingCheck, error) {
	s, err := scope(ctx, auth.PeriodClose)
	if err != nil {
		return nil, err
	}
	return r.Service.Checklist(ctx, s, period)
}

// steps gives the approvals and reopenings of a period.
func steps(ctx context.Context, period *model.Period) ([]*model.PeriodStep, error) {
	return listOf(ctx, from(ctx).stepsOf, period.ID)
}

// document writes a statement as a page or PDF, null where there is none to see.
func (r *Resolver) document(ctx context.Context, statement *model.Statement, format model.StatementFormat) (*model.StatementDocument, error) {
	s, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	return service.Calculating(ctx, r.Service, func(ctx context.Context) (*model.StatementDocument, error) {
		return r.Service.StatementDocument(ctx, s, statement, format)
	})
}
