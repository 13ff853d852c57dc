package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"spm/calc"
	"spm/model"
	"spm/store"
)

const (
	chunkTries = 10                    // times that a chunk is begun before its run fails
	chunkPause = 20 * time.Millisecond // between two looks for chunks, while others do the last ones
	maxOngoing = 16                    // runs at which a process works
)

// errTooOften fails a run of which a chunk cannot be done.
var errTooOften = errors.New("a part of it could not be calculated, however often it was tried: see the server's log")

// ongoing are the runs at which this process works, so that each of its
// goroutines that takes a chunk has the run's task at hand.
type ongoing struct {
	mu   sync.Mutex
	kept map[model.ID]*runState
}

// runState is a run that is under way, as one process knows it.
type runState struct {
	task   task
	chunks []model.RunChunk // by number
	mu     sync.Mutex
	free   []*calculator
}

// calculator is what one goroutine calculates a run's chunks by. It remembers
// from chunk to chunk what others than the payees in hand have earned.
type calculator struct {
	run    *calc.Run
	others *company
}

// plan cuts a task into chunks: whole payees, in its order.
func (t *task) plan() *model.RunPlan {
	out, pairs := &model.RunPlan{Settles: t.clears, Setup: t.setup}, 0
	for _, payee := range t.byPayee() {
		last := len(out.Chunks) - 1
		if last < 0 || len(out.Chunks[last].Payees) == chunkPayees || pairs+len(payee.Periods) > chunkPairs {
			last, pairs = last+1, 0
			out.Chunks = append(out.Chunks, model.RunChunk{Number: last})
		}
		out.Chunks[last].Payees = append(out.Chunks[last].Payees, payee)
		pairs += len(payee.Periods)
	}
	return out
}

// ongoingRun gives a run that is under way, as it was planned.
func (s *Service) ongoingRun(ctx context.Context, tenant uuid.UUID, run *model.CalculationRun) (*runState, error) {
	s.ongoing.mu.Lock()
	kept := s.ongoing.kept[run.ID]
	s.ongoing.mu.Unlock()
	if kept != nil {
		return kept, nil
	}
	plan, err := s.Store.RunPlanOf(ctx, tenant, run.ID)
	if err != nil {
		return nil, err
	}
	at := model.ReadPoint{Horizon: run.Horizon, Sequence: run.Sequence}
	engine, _, err := s.engine(ctx, tenant, at)
	if err != nil {
		return nil, err
	}
	state := &runState{chunks: plan.Chunks, task: task{run: run.ID, tenant: tenant, at: at, engine: engine, pairs: plan.Pairs(), clears: plan.Settles}}
	for i := range plan.Chunks {
		for _, payee := range plan.Chunks[i].Payees {
			if len(payee.Periods) == 0 {
				state.task.also = append(state.task.also, payee.Payee)
			}
		}
	}
	s.ongoing.mu.Lock()
	defer s.ongoing.mu.Unlock()
	if s.ongoing.kept == nil || len(s.ongoing.kept) >= maxOngoing {
		s.ongoing.kept = map[model.ID]*runState{}
	}
	s.ongoing.kept[run.ID] = state
	return state, nil
}

// forget drops what this process knows of a run that has ended.
func (s *Service) forget(run model.ID) {
	s.ongoing.mu.Lock()
	defer s.ongoing.mu.Unlock()
	delete(s.ongoing.kept, run)
}

// borrow gives a calculator that no other goroutine uses.
func (r *runState) borrow(ctx context.Context, s *Service) *calculator {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.free); n > 0 {
		c := r.free[n-1]
		r.free = r.free[:n-1]
		c.others.ctx = ctx
		return c
	}
	others := s.company(ctx, r.task)
	return &calculator{run: r.task.engine.Begin(others), others: others}
}

// giveBack keeps a calculator for the next chunk. One that has met an error may
// know less than it should, and is dropped.
func (r *runState) giveBack(c *calculator) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.free = append(r.free, c)
}

// lead works at a run until all of its chunks are done, by whichever process,
// and makes it visible. It gives the transaction that did.
func (s *Service) lead(ctx context.Context, r *runState) (xid int64, err error) {
	defer s.forget(r.task.run)
	for {
		left, running, err := s.Store.ChunksLeft(ctx, r.task.tenant, r.task.run)
		if err != nil {
			return 0, err
		}
		if !running {
			return 0, store.ErrRunEnded
		}
		if len(left) == 0 {
			return s.publish(ctx, r.task)
		}
		took := false
		for _, number := range left {
			did, err := s.doChunk(ctx, r, number)
			if err != nil {
				return 0, err
			}
			took = took || did
		}
		if !took { // others are at what is left
			select {
			case <-ctx.Done():
				return 0, ctx.Err()
			case <-time.After(chunkPause):
			}
		}
	}
}

// doChunk calculates and saves a chunk of a run, unless another goroutine of
// any process is at it, or it is done; it tells whether it has.
func (s *Service) doChunk(ctx context.Context, r *runState, number int) (bool, error) {
	return s.Store.WithChunk(ctx, r.task.tenant, r.task.run, number, func(begun int) error {
		if begun >= chunkTries {
			return errTooOften
		}
		by := r.borrow(ctx, s)
		p, err := s.calculate(ctx, r.task, by.run, r.chunks[number].Payees)
		if err = cmp.Or(by.others.err, err); err != nil {
			return err
		}
		r.giveBack(by)
		saving, end := s.observer.Step(ctx, r.task.work(StepSave, 0, 0))
		err = s.save(saving, r.task, r.chunks[number], p)
		end(err)
		return err
	})
}

// save writes a chunk's results, unseen, and that it is done once they are all
// there. What a killed attempt has saved already stays as it is: it is the same.
func (s *Service) save(ctx context.Context, t task, chunk model.RunChunk, p part) error {
	unseen := s.workerTx(t.tenant, "calculate")
	unseen.Redone = true
	group, saving := errgroup.WithContext(ctx)
	group.SetLimit(savers)
	for some := range slices.Chunk(p.results, chunkResults) {
		group.Go(func() error {
			return s.Store.InTx(saving, unseen, func(tx *store.Tx) error { return tx.SaveResults(saving, t.run, some, nil) })
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	err := finished(&chunk, &p)
	if err != nil {
		return err
	}
	err = s.Store.InTx(ctx, unseen, func(tx *store.Tx) error {
		if done, err := tx.FinishChunk(ctx, t.run, &chunk); err != nil || !done {
			return err
		}
		if err := tx.SaveResults(ctx, t.run, nil, p.problems); err != nil {
			return err
		}
		return tx.SaveBalances(ctx, t.run, p.balances)
	})
	if err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	return nil
}

// finished notes what a chunk came to.
func finished(chunk *model.RunChunk, p *part) (err error) {
	chunk.Done, chunk.Problems, chunk.Inputs = true, len(p.problems), p.inputs
	chunk.Results, err = resultHash(p)
	return err
}
