package service

import (
	"context"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// Laws names all laws that Verify checks.
func Laws() []string { return append(store.Laws(), lawExplained, lawFromFacts, lawResults) }

// Verify checks the laws in every tenant: those of store in SQL, that each
// visible explanation gives its earning again, and that crediting and
// calculating everything at once gives what is there.
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
		differing, err := s.verifyRecomputed(ctx, tenant)
		if err != nil {
			return nil, err
		}
		found = append(append(append(found, broken...), unexplained...), differing...)
	}
	return found, nil
}

// verifyTraces recomputes the visible earnings from their traces.
func (s *Service) verifyTraces(ctx context.Context, scope model.Scope) (found []model.Violation, err error) {
	err = s.eachEarning(ctx, scope, nil, func(e *model.Earning, trace *model.FlatTrace) {
		if trace == nil {
			found = append(found, model.Violation{Law: lawExplained, Detail: e.ID.String()})
			return
		}
		amount, err := calc.Verify(unflatten(trace))
		if err != nil || !amount.Equal(e.Amount.Amount) {
			found = append(found, model.Violation{Law: lawExplained, Detail: e.ID.String()})
		}
	})
	return found, err
}
