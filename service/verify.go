package service

import (
	"context"

	"spm/calc"
	"spm/model"
)

// Verify checks the laws in every tenant: those of store in SQL, and that each
// visible explanation gives its earning again.
func (s *Service) Verify(ctx context.Context) ([]model.Violation, error) {
	found, err := s.Store.VerifyDatabase(ctx)
	if err != nil {
		return nil, err
	}
	tenants, err := s.Store.TenantIDs(ctx)
	if err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		point, err := s.Store.ReadPoint(ctx, tenant, nil)
		if err != nil {
			return nil, err
		}
		scope := model.Unbounded(tenant, point)
		broken, err := s.Store.Verify(ctx, scope)
		if err != nil {
			return nil, err
		}
		unexplained, err := s.verifyTraces(ctx, scope)
		if err != nil {
			return nil, err
		}
		found = append(append(found, broken...), unexplained...)
	}
	return found, nil
}

// verifyTraces recomputes the visible earnings from their traces, a page at a
// time.
func (s *Service) verifyTraces(ctx context.Context, scope model.Scope) ([]model.Violation, error) {
	var found []model.Violation
	size := model.MaxPage
	args := model.PageArgs{First: &size}
	for {
		page, err := s.Store.EarningPage(ctx, scope, nil, args)
		if err != nil {
			return nil, err
		}
		var ids []model.ID
		for _, e := range page.Nodes() {
			ids = append(ids, e.ID)
		}
		traces, err := s.Store.TracesByID(ctx, scope, ids)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Nodes() {
			amount, err := calc.Verify(unflatten(traces[e.ID]))
			if err != nil || !amount.Equal(e.Amount.Amount) {
				found = append(found, model.Violation{Law: "an explanation gives its earning again", Detail: e.ID.String()})
			}
		}
		if !page.PageInfo.HasNextPage {
			return found, nil
		}
		args.After = page.PageInfo.EndCursor
	}
}
