package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// Laws names all laws that Verify checks.
func Laws() []string {
	return append(store.Laws(), lawExplained, lawTakenUp, lawFromFacts, lawResults, lawBalances, lawTrail)
}

// Verify checks the laws in every tenant: those of store in SQL, that each
// visible explanation gives its earning again, that ledgers take up what their
// statements list, that crediting and calculating everything at once gives what
// is there, and that the audit trail is as it was chained.
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
		unexplained, err := s.verifyStatements(ctx, scope)
		if err != nil {
			return nil, err
		}
		differing, err := s.verifyRecomputed(ctx, tenant)
		if err != nil {
			return nil, err
		}
		tampered, err := s.verifyTrail(ctx, scope)
		if err != nil {
			return nil, err
		}
		found = slices.Concat(found, broken, unexplained, differing, tampered)
	}
	return found, nil
}
