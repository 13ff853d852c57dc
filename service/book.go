package service

import (
	"context"
	"fmt"
	"reflect"
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
	at     int64 // the horizon that it was read at
	engine *calc.Engine
	book   *calc.Book
	digest *setupDigest // of the book
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
	var from *keptEngine
	if known && kept.at <= at.Horizon {
		from = &kept
	}
	book, err := s.readBook(ctx, scope, from)
	if err != nil {
		return nil, nil, fmt.Errorf("read the set-up: %w", err)
	}
	engine, err := calc.NewEngine(*book)
	if err != nil {
		return nil, nil, fmt.Errorf("index the set-up: %w", err)
	}
	digest, err := digestSetup(book, kept.digest)
	if err != nil {
		return nil, nil, err
	}
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if known && kept.at > at.Horizon {
		return engine, book, nil // of an earlier moment: a run that is gone on with
	}
	if s.books.kept == nil || len(s.books.kept) >= maxBooks {
		s.books.kept = map[uuid.UUID]keptEngine{}
	}
	s.books.kept[tenant] = keptEngine{setup, at.Horizon, engine, book, digest}
	return engine, book, nil
}

// setupHash gives the hash of a book that engine has given.
func (s *Service) setupHash(tenant uuid.UUID, book *calc.Book) ([]byte, error) {
	s.books.mu.Lock()
	kept := s.books.kept[tenant]
	s.books.mu.Unlock()
	if kept.book == book {
		return kept.digest.hash, nil
	}
	digest, err := digestSetup(book, kept.digest)
	if err != nil {
		return nil, err
	}
	return digest.hash, nil
}

// readBook reads a tenant's whole set-up as of one read point or, from the
// book of an earlier one, what has changed since.
func (s *Service) readBook(ctx context.Context, scope model.Scope, from *keptEngine) (*calc.Book, error) {
	book, d := &calc.Book{}, delta{scope: scope}
	if from != nil {
		var err error
		if d.changed, err = s.Store.SetupObjects(ctx, scope, from.at); err != nil {
			return nil, err
		}
		d.known, *book = true, *from.book
	}
	return s.gathered(ctx, book, &d)
}

// readDelta gives a book with what has changed read at another moment.
func (s *Service) readDelta(ctx context.Context, from *calc.Book, d *delta) (*calc.Book, error) {
	book := *from
	return s.gathered(ctx, &book, d)
}

// gathered reads into a book what of it is not known.
func (s *Service) gathered(ctx context.Context, book *calc.Book, d *delta) (*calc.Book, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(4)
	st, scope := s.Store, d.scope
	group.Go(func() error {
		tenant, err := st.TenantOf(ctx, scope)
		if err == nil {
			book.Tenant = *tenant
		}
		return err
	})
	gather(ctx, group, d, model.KindFiscalCalendar, st.FiscalCalendars, st.FiscalCalendarsByID, &book.Calendars)
	gather(ctx, group, d, model.KindPeriod, st.Periods, st.PeriodsByID, &book.Periods)
	gather(ctx, group, d, model.KindFXRate, st.FXRates, st.FXRatesByID, &book.FXRates)
	gather(ctx, group, d, model.KindCreditType, st.CreditTypes, st.CreditTypesByID, &book.CreditTypes)
	gather(ctx, group, d, model.KindTitle, st.Titles, st.TitlesByID, &book.Titles)
	gather(ctx, group, d, model.KindPosition, st.Positions, st.PositionsByID, &book.Positions)
	gather(ctx, group, d, model.KindPayee, st.Payees, st.PayeesByID, &book.Payees)
	gather(ctx, group, d, model.KindPositionAssignment, st.PositionAssignments, st.PositionAssignmentsByID, &book.Seats)
	gather(ctx, group, d, model.KindTeam, st.Teams, st.TeamsByID, &book.Teams)
	gather(ctx, group, d, model.KindProduct, st.Products, st.ProductsByID, &book.Products)
	gather(ctx, group, d, model.KindAccount, st.Accounts, st.AccountsByID, &book.Accounts)
	gather(ctx, group, d, model.KindMeasure, st.Measures, st.MeasuresByID, &book.Measures)
	gather(ctx, group, d, model.KindMeasureValue, st.MeasureValues, st.MeasureValuesByID, &book.Values)
	gather(ctx, group, d, model.KindQuota, st.Quotas, st.QuotasByID, &book.Quotas)
	gather(ctx, group, d, model.KindRateTable, st.RateTables, st.RateTablesByID, &book.RateTables)
	gather(ctx, group, d, model.KindPlan, st.Plans, st.PlansByID, &book.Plans)
	gather(ctx, group, d, model.KindPlanVersion, st.PlanVersions, st.PlanVersionsByID, &book.Versions)
	gather(ctx, group, d, model.KindPlanAssignment, st.PlanAssignments, st.PlanAssignmentsByID, &book.PlanAssignments)
	gather(ctx, group, d, model.KindParameterValue, st.ParameterValues, st.ParameterValuesByID, &book.Parameters)
	gather(ctx, group, d, model.KindEarningCode, st.EarningCodes, st.EarningCodesByID, &book.EarningCodes)
	return book, group.Wait()
}

// delta says what of a book that is known has changed.
type delta struct {
	scope   model.Scope
	known   bool
	changed map[model.Kind][]model.ID
}

// maxPatched bounds the objects of a kind that are read one by one; of more
// the whole kind is read.
const maxPatched = 1000

// gather brings one kind of noun in the book up to date.
func gather[M any](
	ctx context.Context, group *errgroup.Group, d *delta, kind model.Kind,
	all func(context.Context, model.Scope) ([]*M, error), byID func(context.Context, model.Scope, []model.ID) (map[model.ID]*M, error), into *[]M,
) {
	ids, changed := d.changed[kind]
	if d.known && !changed {
		return
	}
	group.Go(func() error {
		if d.known && ids != nil && len(ids) <= maxPatched {
			found, err := byID(ctx, d.scope, ids)
			*into = patched(*into, ids, found)
			return err
		}
		found, err := all(ctx, d.scope)
		out := make([]M, len(found))
		for i, m := range found {
			out[i] = *m
		}
		*into = out
		return err
	})
}

// patched gives a copy of the rows in which those with the ids are as found,
// or are no more.
func patched[M any](rows []M, ids []model.ID, found map[model.ID]*M) []M {
	gone := make(map[model.ID]bool, len(ids))
	for _, id := range ids {
		gone[id] = true
	}
	id, _ := reflect.TypeFor[M]().FieldByName("ID")
	out := make([]M, 0, len(rows)+len(found))
	for i := range rows {
		if !gone[reflect.ValueOf(&rows[i]).Elem().FieldByIndex(id.Index).Interface().(model.ID)] {
			out = append(out, rows[i])
		}
	}
	for _, m := range found {
		out = append(out, *m)
	}
	return out
}
