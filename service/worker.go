package service

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// Worker credits and calculates anew what changes have marked. Every server
// process runs one; a lock in the database lets one at a time work for a
// tenant, and a killed one's work falls to another within a second.
type Worker struct {
	service *Service
	log     *slog.Logger
	mu      sync.Mutex
	busy    map[uuid.UUID]bool // a goroutine works for the tenant
	again   map[uuid.UUID]bool // and shall look once more
	failed  map[uuid.UUID]int  // times in a row
	running sync.WaitGroup
	ctx     context.Context // that of Run: it bounds the goroutines that seals start
}

const (
	workerPoll  = time.Second          // for what a dead process has left
	workerPause = 5 * time.Millisecond // between two rounds for a tenant, so that bursts are taken together
)

// NewWorker makes a worker; it does nothing until Run.
func NewWorker(s *Service, log *slog.Logger) *Worker {
	return &Worker{service: s, log: log, busy: map[uuid.UUID]bool{}, again: map[uuid.UUID]bool{}, failed: map[uuid.UUID]int{}}
}

// Run works until ctx ends, and returns once what it had begun has stopped.
func (w *Worker) Run(ctx context.Context) {
	w.mu.Lock()
	w.ctx = ctx
	w.mu.Unlock()
	defer w.running.Wait()
	for {
		waiting, err := w.service.Store.WaitingTenants(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.WarnContext(ctx, "looking for work failed, trying again", "error", err)
		}
		for _, tenant := range waiting {
			w.Wake(tenant)
		}
		select {
		case <-ctx.Done():
			w.mu.Lock()
			w.ctx = nil
			w.mu.Unlock()
			return
		case <-time.After(workerPoll):
		}
	}
}

// Wake looks for work of the tenant soon. It does not block.
func (w *Worker) Wake(tenant uuid.UUID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ctx == nil {
		return
	}
	if w.busy[tenant] {
		w.again[tenant] = true
		return
	}
	w.busy[tenant] = true
	ctx := w.ctx
	w.running.Go(func() { w.rounds(ctx, tenant) })
}

// rounds works for the tenant until nobody has asked again. After a failure it
// waits longer each time, so that what cannot be mended by trying does not keep
// a core busy.
func (w *Worker) rounds(ctx context.Context, tenant uuid.UUID) {
	for {
		err := w.service.WorkFor(ctx, tenant)
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "working for a tenant failed, trying again", "tenant", tenant, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(w.pause(tenant, err)):
		}
		w.mu.Lock()
		if !w.again[tenant] || ctx.Err() != nil {
			delete(w.busy, tenant)
			delete(w.again, tenant)
			w.mu.Unlock()
			return
		}
		delete(w.again, tenant)
		w.mu.Unlock()
	}
}

// pause is how long the tenant's next round waits after one that ended so.
func (w *Worker) pause(tenant uuid.UUID, err error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		delete(w.failed, tenant)
		return workerPause
	}
	w.failed[tenant] = min(w.failed[tenant]+1, 6)
	return workerPoll << w.failed[tenant]
}

// WorkFor does all the work that waits for a tenant and is sealed; it returns
// at once where another process is at it.
func (s *Service) WorkFor(ctx context.Context, tenant uuid.UUID) error {
	if waiting, err := s.Store.Waiting(ctx, tenant); err != nil || !waiting.Work {
		return err
	}
	_, err := s.Store.AsTenantWorker(ctx, tenant, func() error {
		for {
			more, err := s.round(ctx, tenant)
			if err != nil || !more {
				return err
			}
		}
	})
	return err
}

// round does one thing that waits, the crediting before the calculation that
// reads it, and tells whether there may be more.
func (s *Service) round(ctx context.Context, tenant uuid.UUID) (more bool, err error) {
	waiting, err := s.Store.Waiting(ctx, tenant)
	if err != nil || !waiting.Work {
		return false, err
	}
	point := waiting.At
	if waiting.Recredits {
		stepping, end := s.observer.Step(ctx, Work{Step: StepCredit, Tenant: tenant})
		credited, err := s.applyRecredits(stepping, tenant, point.Horizon)
		end(err)
		if err != nil {
			return false, err
		}
		if credited {
			return true, s.awaitOwn(ctx, tenant)
		}
	}
	if waiting.Runs {
		runs, err := s.Store.UnfinishedRuns(ctx, tenant)
		if err != nil {
			return false, err
		}
		if len(runs) > 0 {
			return true, s.runOnce(ctx, tenant, runs[0], point)
		}
	}
	marks, err := s.Store.DirtyBelow(ctx, tenant, point.Horizon)
	if err != nil {
		return false, err
	}
	if len(marks) > 0 {
		return true, s.runIncremental(ctx, tenant, marks, point)
	}
	return true, s.Store.ClearWork(ctx, tenant, point.Horizon)
}

// awaitOwn waits until what this process has just written for the tenant is
// sealed, so that the next round reads it.
func (s *Service) awaitOwn(ctx context.Context, tenant uuid.UUID) error {
	var xid int64
	err := s.Store.InTx(ctx, s.workerTx(tenant, "await"), func(tx *store.Tx) error {
		xid = tx.XID
		return tx.Touch(ctx)
	})
	if err == nil {
		s.Sealer.Await(ctx, tenant, xid)
	}
	return err
}

// runIncremental recalculates what the marks touch, as a run of its own.
func (s *Service) runIncremental(ctx context.Context, tenant uuid.UUID, marks []store.Dirty, point model.ReadPoint) (err error) {
	engine, book, err := s.engine(ctx, tenant, point)
	if err != nil {
		return err
	}
	pairs, err := s.pairsOf(ctx, engine, book, model.Unbounded(tenant, point), marks, nil)
	if err != nil {
		return err
	}
	also := unpaired(marks, pairs)
	if len(pairs) == 0 && len(also) == 0 {
		return s.Store.InTx(ctx, s.workerTx(tenant, "calculate"), func(tx *store.Tx) error { return tx.ClearDirty(ctx, point.Horizon) })
	}
	id, err := newID(model.KindCalculationRun)
	if err != nil {
		return err
	}
	t := task{run: id, tenant: tenant, at: point, engine: engine, pairs: pairs, also: also, clears: true}
	if t.setup, err = s.setupHash(tenant, book); err != nil {
		return err
	}
	plan := t.plan()
	ctx, end := s.observer.Calculate(ctx, t.work("", plan.Payees(), len(pairs)))
	defer func() { end(err) }()
	if done, err := s.atOnce(ctx, t, plan); err != nil || done {
		return err
	}
	run := &model.CalculationRun{ID: id, Horizon: point.Horizon, Sequence: point.Sequence}
	if err := s.Store.InTx(ctx, s.workerTx(tenant, "calculate"), func(tx *store.Tx) error { return s.begin(ctx, tx, t, plan) }); err != nil {
		return err
	}
	return s.goOn(ctx, tenant, run)
}

// unpaired lists the payees that are marked and have nothing to calculate: their
// balances alone may move.
func unpaired(marks []store.Dirty, pairs []model.PayeePeriod) []model.ID {
	known := map[model.ID]bool{}
	for _, pair := range pairs {
		known[pair.Payee] = true
	}
	var out []model.ID
	for _, mark := range marks {
		if mark.Payee != nil && !known[*mark.Payee] {
			known[*mark.Payee] = true
			out = append(out, *mark.Payee)
		}
	}
	slices.SortFunc(out, func(a, b model.ID) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

// begin adds an incremental run that is under way.
func (s *Service) begin(ctx context.Context, tx *store.Tx, t task, plan *model.RunPlan) error {
	run := &model.CalculationRun{ID: t.run, Kind: model.RunIncremental, Status: model.RunQueued, Engine: calc.EngineVersion}
	if err := tx.AddRun(ctx, run); err != nil {
		return err
	}
	if err := tx.StartRun(ctx, t.run, t.at, plan); err != nil {
		return err
	}
	return tx.EnqueueChunks(ctx, s.Jobs, run, plan)
}

// atOnce does a small task, such as what one deal calls for, in one database
// transaction, so that what it changes is seen a few milliseconds later. It
// tells whether it has; what is large, or fails, is done step by step.
func (s *Service) atOnce(ctx context.Context, t task, plan *model.RunPlan) (bool, error) {
	if len(plan.Chunks) > 1 {
		return false, nil
	}
	others := s.company(ctx, t)
	p, err := s.calculate(ctx, t, t.engine.Begin(others), plan.Chunks[0].Payees)
	if err != nil || others.err != nil || len(p.results)+len(p.balances) > chunkResults {
		return false, nil //nolint:nilerr // it is met, and told, again
	}
	whole := *plan
	whole.Chunks = slices.Clone(plan.Chunks)
	if err := finished(&whole.Chunks[0], &p); err != nil {
		return false, err
	}
	var xid int64
	err = s.Store.InTx(ctx, s.workerTx(t.tenant, "publish"), func(tx *store.Tx) error {
		xid = tx.XID
		if err := s.begin(ctx, tx, t, &whole); err != nil {
			return err
		}
		if err := tx.SaveResults(ctx, t.run, p.results, p.problems); err != nil {
			return err
		}
		if err := tx.SaveBalances(ctx, t.run, p.balances); err != nil {
			return err
		}
		return s.show(ctx, tx, t)
	})
	if err != nil {
		return false, err
	}
	s.Sealer.Await(ctx, t.tenant, xid)
	return true, nil
}

// runOnce starts a queued run, or goes on with one that a dead process has
// left, at the moment at which it was started.
func (s *Service) runOnce(ctx context.Context, tenant uuid.UUID, run *model.CalculationRun, point model.ReadPoint) error {
	if run.Status == model.RunRunning && run.ChunksTotal == 0 {
		return s.fail(ctx, tenant, run.ID, "an earlier version of the server began it; ask for it again")
	}
	if run.Status == model.RunQueued {
		begun, err := s.start(ctx, tenant, run, point)
		if err != nil || !begun {
			return err
		}
		run.Horizon, run.Sequence = point.Horizon, point.Sequence
	}
	return s.goOn(ctx, tenant, run)
}

// start plans a run that somebody asked for; false where it has ended instead.
func (s *Service) start(ctx context.Context, tenant uuid.UUID, run *model.CalculationRun, point model.ReadPoint) (bool, error) {
	engine, book, err := s.engine(ctx, tenant, point)
	if err != nil {
		return false, err
	}
	within := engine.PayoutPeriodsWithin(*run.PeriodID)
	if len(within) == 0 {
		return false, s.fail(ctx, tenant, run.ID, "the period is not there")
	}
	marks := []store.Dirty{{Days: engine.Window(*run.PeriodID)}}
	pairs, err := s.pairsOf(ctx, engine, book, model.Unbounded(tenant, point), marks, within)
	if err != nil {
		return false, err
	}
	t := task{run: run.ID, tenant: tenant, at: point, engine: engine, pairs: pairs}
	if t.clears, err = s.settles(ctx, t, book); err != nil {
		return false, err
	}
	if t.setup, err = s.setupHash(tenant, book); err != nil {
		return false, err
	}
	plan := t.plan()
	err = s.Store.InTx(ctx, s.workerTx(tenant, "calculate"), func(tx *store.Tx) error {
		if err := tx.StartRun(ctx, run.ID, point, plan); err != nil {
			return err
		}
		return tx.EnqueueChunks(ctx, s.Jobs, run, plan)
	})
	if errors.Is(err, store.ErrRunEnded) { // it was cancelled
		return false, nil
	}
	return err == nil, err
}

// settles tells whether a run that somebody asked for does all that the marks
// below its horizon call for, so that they need no run of their own.
func (s *Service) settles(ctx context.Context, t task, book *calc.Book) (bool, error) {
	marks, err := s.Store.DirtyBelow(ctx, t.tenant, t.at.Horizon)
	if err != nil {
		return false, err
	}
	called, err := s.pairsOf(ctx, t.engine, book, model.Unbounded(t.tenant, t.at), marks, nil)
	if err != nil {
		return false, err
	}
	does := make(map[model.PayeePeriod]bool, len(t.pairs))
	for _, pair := range t.pairs {
		does[pair] = true
	}
	for _, pair := range called {
		if !does[pair] {
			return false, nil
		}
	}
	return true, nil
}

// goOn finishes a run that is under way, and says so where it fails for a reason
// that trying again will not mend. After any other error the worker tries again:
// what is done of the run stays.
func (s *Service) goOn(ctx context.Context, tenant uuid.UUID, run *model.CalculationRun) (err error) {
	state, err := s.ongoingRun(ctx, tenant, run)
	if err != nil {
		return err
	}
	ctx, end := s.observer.Calculate(ctx, state.task.work("", len(state.task.byPayee()), len(state.task.pairs)))
	defer func() { end(err) }()
	xid, err := s.lead(ctx, state)
	broken, isBroken := errors.AsType[*brokenLawError](err)
	switch {
	case err == nil:
		s.Sealer.Await(ctx, tenant, xid)
		return nil
	case errors.Is(err, store.ErrRunEnded): // it was cancelled
		return nil
	case errors.Is(err, errMoved):
		return s.fail(ctx, tenant, run.ID, errMoved.Error())
	case !isBroken && !errors.Is(err, errTooOften):
		return err
	}
	s.Log.ErrorContext(ctx, "a calculation run failed", "run", run.ID, "error", err)
	why := errTooOften.Error()
	if isBroken {
		why = broken.Error()
	}
	return errors.Join(s.fail(ctx, tenant, run.ID, why), err)
}

func (s *Service) fail(ctx context.Context, tenant uuid.UUID, run model.ID, why string) error {
	err := s.Store.InTx(ctx, s.workerTx(tenant, "calculate"), func(tx *store.Tx) error { return tx.FinishRun(ctx, run, why) })
	if errors.Is(err, store.ErrRunEnded) {
		return nil
	}
	return err
}
