package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// The laws that need the product's own functions beside SQL.
const (
	lawExplained   = "an explanation gives its earning again"
	lawTakenUp     = "a ledger takes up what the earnings of its statement come to"
	lawFromFacts   = "credits and exceptions are what the facts and the set-up give"
	lawResults     = "results are what a full calculation gives"
	lawBalances    = "balances are what results, adjustments and facts give"
	verifyTries    = 5
	verifyPatience = 200 * time.Millisecond
)

// verifyRecomputed credits and calculates a tenant's whole history anew and
// compares, so that what was done change by change equals what is done at
// once. What still waits for a worker cannot be compared: where the tenant
// does not come to rest, that is logged and nothing is found.
func (s *Service) verifyRecomputed(ctx context.Context, tenant uuid.UUID) ([]model.Violation, error) {
	fresh := &Service{Store: s.Store, Now: s.Now, Log: s.Log, observer: unobserved{}} // with nothing kept from earlier work
	for range verifyTries {
		point, err := s.Store.ReadPoint(ctx, tenant, nil)
		if err != nil {
			return nil, err
		}
		found, err := fresh.recomputed(ctx, tenant, point)
		if err != nil {
			return nil, err
		}
		after, err := s.Store.ReadPoint(ctx, tenant, nil)
		if err != nil {
			return nil, err
		}
		busy, err := s.Store.HasWork(ctx, tenant)
		if err != nil || len(found) == 0 || (!busy && after.Sequence == point.Sequence) {
			return found, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(verifyPatience):
		}
	}
	s.Log.WarnContext(ctx, "the tenant is at work: its credits and results were not compared with a full calculation", "tenant", tenant)
	return nil, nil
}

func (s *Service) recomputed(ctx context.Context, tenant uuid.UUID, point model.ReadPoint) ([]model.Violation, error) {
	credits, err := s.recomputedCredits(ctx, tenant)
	if err != nil {
		return nil, fmt.Errorf("credit anew: %w", err)
	}
	results, err := s.recomputedResults(ctx, tenant, point)
	if err != nil {
		return nil, fmt.Errorf("calculate anew: %w", err)
	}
	return append(credits, results...), nil
}

// errUndo takes back a transaction that was for reading only.
var errUndo = errors.New("nothing is to be written")

// recomputedCredits credits all transactions in force and finds what comes out
// otherwise than it is; it writes nothing.
func (s *Service) recomputedCredits(ctx context.Context, tenant uuid.UUID) (found []model.Violation, err error) {
	everything := []store.Recredit{{Days: model.Always, All: true}}
	for after := int64(0); ; {
		ids, err := s.Store.Selected(ctx, model.Unbounded(tenant, model.Latest), everything, after, recreditChunk)
		if err != nil || len(ids) == 0 {
			return found, err
		}
		err = s.Store.InTx(ctx, s.workerTx(tenant, "verify"), func(tx *store.Tx) error {
			some, err := s.creditDifferences(ctx, tx, ids)
			found = append(found, some...)
			return errors.Join(err, errUndo)
		})
		if !errors.Is(err, errUndo) {
			return nil, err
		}
		after = ids[len(ids)-1]
	}
}

func (s *Service) creditDifferences(ctx context.Context, tx *store.Tx, ids []int64) ([]model.Violation, error) {
	if err := tx.ShareSetup(ctx); err != nil {
		return nil, err
	}
	held, err := tx.HoldTransactions(ctx, ids)
	if err != nil {
		return nil, err
	}
	crediter, err := s.crediter(ctx, tx)
	if err != nil {
		return nil, err
	}
	w := heldCreditWork(tx, crediter)
	if err := w.load(ctx, held); err != nil {
		return nil, err
	}
	d, err := w.compare(ctx, nil, s.Now().UTC())
	if err != nil {
		return nil, err
	}
	var found []model.Violation
	for _, c := range d.written {
		found = append(found, model.Violation{Law: lawFromFacts, Detail: fmt.Sprintf("transaction %s: a credit of %s to %s", c.TransactionID, c.Amount, c.PositionID)})
	}
	for _, e := range d.exceptions {
		found = append(found, model.Violation{Law: lawFromFacts, Detail: fmt.Sprintf("transaction %s: exception %s", e.TransactionID, e.Code)})
	}
	for _, id := range d.closedExceptions {
		found = append(found, model.Violation{Law: lawFromFacts, Detail: fmt.Sprintf("exception %d", id)})
	}
	return found, nil
}

// recomputedResults calculates every payee's every open period, strikes all
// balances, and finds what comes out otherwise than what readers see.
func (s *Service) recomputedResults(ctx context.Context, tenant uuid.UUID, point model.ReadPoint) ([]model.Violation, error) {
	scope := model.Unbounded(tenant, point)
	book, err := s.readBook(ctx, scope, nil)
	if err != nil {
		return nil, err
	}
	engine, err := calc.NewEngine(*book)
	if err != nil {
		return nil, err
	}
	pairs, err := s.pairsOf(ctx, engine, book, scope, []store.Dirty{{Days: model.Always}}, nil)
	if err != nil {
		return nil, err
	}
	open := map[model.ID]bool{}
	for i := range book.Periods {
		open[book.Periods[i].ID] = book.Periods[i].IsOpen()
	}
	t := task{tenant: tenant, at: point, engine: engine, pairs: pairs, also: unpaid(book, pairs)}
	others := s.company(ctx, t)
	run := engine.Begin(others)
	var found []model.Violation
	for chunk := range slices.Chunk(t.byPayee(), chunkPayees) {
		p, err := s.calculate(ctx, t, run, chunk)
		if err = cmp.Or(others.err, err); err != nil {
			return nil, err
		}
		for _, b := range p.balances {
			found = append(found, model.Violation{Law: lawBalances, Detail: fmt.Sprintf("payee %s period %s", b.PayeeID, b.PeriodID)})
		}
		some, err := s.resultDifferences(ctx, scope, chunk, open, p.results)
		if err != nil {
			return nil, err
		}
		faults, err := s.problemDifferences(ctx, scope, chunk, open, p.problems)
		if err != nil {
			return nil, err
		}
		found = slices.Concat(found, some, faults)
	}
	return found, nil
}

// unpaid lists the payees who have no earnings: they may have balances.
func unpaid(book *calc.Book, pairs []model.PayeePeriod) []model.ID {
	paid := map[model.ID]bool{}
	for _, pair := range pairs {
		paid[pair.Payee] = true
	}
	var out []model.ID
	for i := range book.Payees {
		if id := book.Payees[i].ID; !paid[id] {
			out = append(out, id)
		}
	}
	return out
}

// problemDifferences compares the problems that readers see of open periods with
// those of a calculation.
func (s *Service) problemDifferences(ctx context.Context, scope model.Scope, chunk []model.PayeePeriods, open map[model.ID]bool, problems []model.Problem) ([]model.Violation, error) {
	var found []model.Violation
	wanted := map[model.ID]model.Problem{}
	for _, p := range problems {
		if open[p.PeriodID] {
			wanted[p.ID] = p
		}
	}
	payees, size := payeesIn(chunk), model.MaxPage
	args := model.PageArgs{First: &size}
	for {
		page, err := s.Store.ProblemPage(ctx, scope, &model.ProblemWhere{PayeeID: &model.IDFilter{In: payees}}, args)
		if err != nil {
			return nil, err
		}
		for _, p := range page.Nodes() {
			if open[p.PeriodID] && wanted[p.ID] != *p {
				found = append(found, model.Violation{Law: lawResults, Detail: fmt.Sprintf("%s is %s %q and would be %s %q", p.ID, p.Code, p.Detail, wanted[p.ID].Code, wanted[p.ID].Detail)})
			}
			delete(wanted, p.ID)
		}
		if !page.PageInfo.HasNextPage {
			break
		}
		args.After = page.PageInfo.EndCursor
	}
	for _, p := range problems {
		if _, missing := wanted[p.ID]; missing {
			found = append(found, model.Violation{Law: lawResults, Detail: fmt.Sprintf("%s is not seen and would be %s %q", p.ID, p.Code, p.Detail)})
		}
	}
	return found, nil
}

func payeesIn(chunk []model.PayeePeriods) []model.ID {
	payees := make([]model.ID, len(chunk))
	for i, c := range chunk {
		payees[i] = c.Payee
	}
	return payees
}

func (s *Service) resultDifferences(ctx context.Context, scope model.Scope, chunk []model.PayeePeriods, open map[model.ID]bool, results []model.Result) ([]model.Violation, error) {
	var found []model.Violation
	differs := func(id model.ID, how string) {
		found = append(found, model.Violation{Law: lawResults, Detail: fmt.Sprintf("%s %s", id, how)})
	}
	wanted := make(map[model.ID]*model.Result, len(results))
	for i := range results {
		r := &results[i]
		if !open[r.PeriodID] {
			continue
		}
		wanted[model.UUIDs(model.KindEarning, r.PayeeID.UUID(), r.PositionID.UUID(), r.PeriodID.UUID(), r.ComponentID.UUID())] = r
	}
	err := s.eachEarning(ctx, scope, &model.EarningWhere{PayeeID: &model.IDFilter{In: payeesIn(chunk)}}, func(e *model.Earning, trace *model.FlatTrace) {
		if !open[e.PeriodID] {
			return
		}
		r := wanted[e.ID]
		delete(wanted, e.ID)
		switch {
		case r == nil:
			differs(e.ID, "is seen and would not be calculated")
		case !sameResult(e, trace, r):
			differs(e.ID, fmt.Sprintf("is %s %s and would be %s %s", e.Amount.Amount, e.Why, r.Amount.Amount, r.Why))
		}
	})
	for _, r := range results {
		id := model.UUIDs(model.KindEarning, r.PayeeID.UUID(), r.PositionID.UUID(), r.PeriodID.UUID(), r.ComponentID.UUID())
		if wanted[id] != nil {
			differs(id, fmt.Sprintf("is not seen and would be %s %s", r.Amount.Amount, r.Why))
		}
	}
	return found, err
}

// eachEarning reads the visible earnings with their traces, a page at a time.
func (s *Service) eachEarning(ctx context.Context, scope model.Scope, where *model.EarningWhere, do func(*model.Earning, *model.FlatTrace)) error {
	size := model.MaxPage
	args := model.PageArgs{First: &size}
	for {
		page, err := s.Store.EarningPage(ctx, scope, where, args)
		if err != nil {
			return err
		}
		var ids []model.ID
		for _, e := range page.Nodes() {
			ids = append(ids, e.ID)
		}
		traces, err := s.Store.TracesByID(ctx, scope, ids)
		if err != nil {
			return err
		}
		for _, e := range page.Nodes() {
			do(e, traces[e.ID])
		}
		if !page.PageInfo.HasNextPage {
			return nil
		}
		args.After = page.PageInfo.EndCursor
	}
}

// sameResult compares all that a visible earning says with a calculated one.
func sameResult(e *model.Earning, trace *model.FlatTrace, r *model.Result) bool {
	return trace != nil && e.Amount.Amount.Equal(r.Amount.Amount) && e.Amount.Currency == r.Amount.Currency && e.Measure.Equal(r.Measure) &&
		optional(e.Quota) == optional(r.Quota) && optional(e.Attainment) == optional(r.Attainment) && e.Why == r.Why && e.Provisional == r.Provisional &&
		e.PlanID == r.PlanID && e.PlanVersionID == r.PlanVersionID && e.ComponentKey == r.ComponentKey && e.ComponentName == r.ComponentName &&
		e.EarningCode == r.EarningCode && sameTrace(trace, &r.Trace)
}

func sameTrace(a, b *model.FlatTrace) bool {
	return a.Format == b.Format && slices.Equal(a.Kinds, b.Kinds) && slices.Equal(a.Parents, b.Parents) && slices.Equal(a.Terms, b.Terms) &&
		slices.Equal(a.Credits, b.Credits) && slices.Equal(a.TermLabel, b.TermLabel) && slices.Equal(a.TermStep, b.TermStep) &&
		slices.Equal(texts(a), texts(b))
}

// texts lists a trace's numbers as they are written.
func texts(t *model.FlatTrace) []string {
	var out []string
	for _, list := range []model.Numbers{t.Amounts, t.Values, t.Paid} {
		out = append(append(out, list.Texts()...), "|")
	}
	for _, list := range [][]*decimal.Decimal{t.TermRate, t.TermFrom, t.TermTo, t.TermFX} {
		for _, d := range list {
			out = append(out, optional(d))
		}
		out = append(out, "|")
	}
	return out
}
