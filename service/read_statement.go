package service

import (
	"context"
	"slices"

	"spm/model"
)

// Statement gives what a payee earned in a period, as far as the scope
// reaches; nil where it reaches nothing of it.
func (s *Service) Statement(ctx context.Context, scope model.Scope, payee, period model.ID) (*model.Statement, error) {
	periods, err := s.Store.PeriodsByID(ctx, model.Unbounded(scope.Tenant, scope.Read), []model.ID{period})
	if err != nil || periods[period] == nil || payee.Kind != model.KindPayee {
		return nil, err
	}
	where := StatementWhere(payee, periods[period])
	visible, err := s.Store.Earnings(ctx, scope, where)
	if err != nil {
		return nil, err
	}
	self := scope.Reach.Payee != nil && *scope.Reach.Payee == payee.UUID()
	statement := &model.Statement{ID: model.UUIDs(model.KindStatement, payee.UUID(), period.UUID()), PayeeID: payee, PeriodID: period, Complete: true}
	if !scope.Reach.All && !self {
		all, err := s.Store.Earnings(ctx, model.Unbounded(scope.Tenant, scope.Read), where)
		if err != nil {
			return nil, err
		}
		if len(visible) == 0 {
			return nil, nil
		}
		statement.Complete = len(all) == len(visible)
	}
	if scope.Reach.All && len(visible) == 0 {
		known, err := s.Store.PayeesByID(ctx, scope, []model.ID{payee})
		if err != nil || known[payee] == nil {
			return nil, err
		}
	}
	if statement.Complete {
		statement.Totals = totals(visible)
	}
	return statement, nil
}

// StatementWhere keeps the earnings of a payee whose payout period is in the
// period: no longer, and its last day lies in it.
func StatementWhere(payee model.ID, period *model.Period) *model.EarningWhere {
	from, to := period.StartDate(), period.EndDate()
	return &model.EarningWhere{
		PayeeID: &model.IDFilter{Eq: &payee}, CalendarID: &model.IDFilter{Eq: &period.CalendarID},
		PeriodTypes: period.Type.UpTo(), PeriodEnd: &model.DateFilter{Gte: &from, Lte: &to},
	}
}

func totals(earnings []*model.Earning) []model.Money {
	sums := []model.Money{}
	for _, e := range earnings {
		at := slices.IndexFunc(sums, func(m model.Money) bool { return m.Currency == e.Amount.Currency })
		if at < 0 {
			sums = append(sums, e.Amount)
			continue
		}
		sums[at].Amount = sums[at].Amount.Add(e.Amount.Amount)
	}
	return sums
}
