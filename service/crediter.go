package service

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// crediters keeps each tenant's set-up made ready, as long as it is the one in
// force.
type crediters struct {
	mu   sync.Mutex
	kept map[uuid.UUID]stamped
}

type stamped struct {
	stamp    int64
	crediter *calc.Crediter
}

// maxCrediters bounds how many tenants' set-ups are kept.
const maxCrediters = 100

func (c *crediters) get(tenant uuid.UUID, stamp int64) *calc.Crediter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k := c.kept[tenant]; k.stamp == stamp {
		return k.crediter
	}
	return nil
}

func (c *crediters) put(tenant uuid.UUID, stamp int64, crediter *calc.Crediter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxCrediters {
		clear(c.kept)
	}
	if c.kept == nil {
		c.kept = map[uuid.UUID]stamped{}
	}
	c.kept[tenant] = stamped{stamp, crediter}
}

// crediter gives the tenant's crediter of the set-up in force. The caller
// holds ShareSetup.
func (s *Service) crediter(ctx context.Context, tx *store.Tx) (*calc.Crediter, error) {
	stamp, err := tx.SetupStamp(ctx)
	if err != nil {
		return nil, err
	}
	if kept := s.crediters.get(tx.Tenant, stamp); kept != nil {
		return kept, nil
	}
	setup, err := loadSetup(ctx, tx)
	if err != nil {
		return nil, err
	}
	crediter, err := calc.NewCrediter(*setup)
	if err != nil {
		return nil, err
	}
	s.crediters.put(tx.Tenant, stamp, crediter)
	return crediter, nil
}

func loadSetup(ctx context.Context, tx *store.Tx) (*calc.CreditingSetup, error) {
	var setup calc.CreditingSetup
	for _, load := range []func() error{
		func() error { return all(ctx, tx, tx.TransactionKinds, &setup.Kinds) },
		func() error { return all(ctx, tx, tx.CreditTypes, &setup.CreditTypes) },
		func() error { return all(ctx, tx, tx.CreditingRules, &setup.Rules) },
		func() error { return all(ctx, tx, tx.Titles, &setup.Titles) },
		func() error { return all(ctx, tx, tx.Positions, &setup.Positions) },
		func() error { return all(ctx, tx, tx.Payees, &setup.Payees) },
		func() error { return all(ctx, tx, tx.PositionAssignments, &setup.Seats) },
		func() error { return all(ctx, tx, tx.Products, &setup.Products) },
		func() error { return all(ctx, tx, tx.Accounts, &setup.Accounts) },
	} {
		if err := load(); err != nil {
			return nil, err
		}
	}
	return &setup, nil
}

func all[M any](ctx context.Context, tx *store.Tx, read func(context.Context, model.Scope) ([]*M, error), into *[]M) error {
	found, err := read(ctx, tx.Scope())
	*into = make([]M, len(found))
	for i, m := range found {
		(*into)[i] = *m
	}
	return err
}
