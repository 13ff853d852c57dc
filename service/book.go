package service

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"spm/calc"
	"spm/model"
)

// books keeps the engine of each tenant's newest set-up, so that a change of
// facts alone does not read the set-up again.
type books struct {
	mu   sync.Mutex
	kept map[uuid.UUID]keptEngine
}

type keptEngine struct {
	setup  int64 // the newest set-up change in it
	engine *calc.Engine
	book   *calc.Book
}

// maxBooks bounds the engines kept: one per tenant at work.
const maxBooks = 64

// engine gives the engine of the tenant's set-up at a read point.
func (s *Service) engine(ctx context.Context, tenant uuid.UUID, at model.ReadPoint) (*calc.Engine, *calc.Book, error) {
	scope := model.Unbounded(tenant, at)
	setup, err := s.Store.SetupChanged(ctx, scope)
	if err != nil {
		return nil, nil, err
	}
	s.books.mu.Lock()
	kept, known := s.books.kept[tenant]
	s.books.mu.Unlock()
	if known && kept.setup == setup {
		return kept.engine, kept.book, nil
	}
	book, err := s.readBook(ctx, scope)
	if err != nil {
		return nil, nil, fmt.Errorf("read the set-up: %w", err)
	}
	engine, err := calc.NewEngine(*book)
	if err != nil {
		return nil, nil, fmt.Errorf("index the set-up: %w", err)
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if s.books.kept == nil || len(s.books.kept) >= maxBooks {
		s.books.kept = map[uuid.UUID]keptEngine{}
	}
	s.books.kept[tenant] = keptEngine{setup, engine, book}
	return engine, book, nil
}

// readBook reads a tenant's whole set-up as of one read point.
func (s *Service) readBook(ctx context.Context, scope model.Scope) (*calc.Book, error) {
	book := &calc.Book{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	st := s.Store
	group.Go(func() error {
		tenant, err := st.TenantOf(ctx, scope)
		if err == nil {
			book.Tenant = *tenant
		}
		return err
	})
	gather(ctx, group, scope, st.FiscalCalendars, &book.Calendars)
	gather(ctx, group, scope, st.Periods, &book.Periods)
	gather(ctx, group, scope, st.FXRates, &book.FXRates)
	gather(ctx, group, scope, st.CreditTypes, &book.CreditTypes)
	gather(ctx, group, scope, st.Titles, &book.Titles)
	gather(ctx, group, scope, st.Positions, &book.Positions)
	gather(ctx, group, scope, st.Payees, &book.Payees)
	gather(ctx, group, scope, st.PositionAssignments, &book.Seats)
	gather(ctx, group, scope, st.Products, &book.Products)
	gather(ctx, group, scope, st.Accounts, &book.Accounts)
	gather(ctx, group, scope, st.Measures, &book.Measures)
	gather(ctx, group, scope, st.Quotas, &book.Quotas)
	gather(ctx, group, scope, st.RateTables, &book.RateTables)
	gather(ctx, group, scope, st.Plans, &book.Plans)
	gather(ctx, group, scope, st.PlanVersions, &book.Versions)
	gather(ctx, group, scope, st.PlanAssignments, &book.PlanAssignments)
	return book, group.Wait()
}

// gather reads one kind of noun into the book.
func gather[M any](ctx context.Context, group *errgroup.Group, scope model.Scope, read func(context.Context, model.Scope) ([]*M, error), into *[]M) {
	group.Go(func() error {
		found, err := read(ctx, scope)
		out := make([]M, len(found))
		for i, m := range found {
			out[i] = *m
		}
		*into = out
		return err
	})
}
