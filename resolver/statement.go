package resolver

import (
	"context"

	"spm/auth"
	"spm/model"
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
