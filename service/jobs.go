package service

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"time"

	"github.com/google/uuid"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"spm/model"
	"spm/store"
)

// runWorker carries out the jobs of requested runs.
type runWorker struct {
	river.WorkerDefaults[store.RunJob]
	service *Service
}

// Timeout has no limit: a run saves as it goes, and its process's lock tells
// whether it lives.
func (runWorker) Timeout(*river.Job[store.RunJob]) time.Duration { return -1 }

// Work does what waits for the tenant until the run is finished. Where another
// process is at it, the job looks again a little later.
func (w *runWorker) Work(ctx context.Context, job *river.Job[store.RunJob]) error {
	tenant, err := uuid.Parse(job.Args.Tenant)
	if err != nil {
		return river.JobCancel(err)
	}
	run, err := uuid.Parse(job.Args.Run)
	if err != nil {
		return river.JobCancel(err)
	}
	id := model.UUIDs(model.KindCalculationRun, run)
	if err := w.service.WorkFor(ctx, tenant); err != nil {
		return err
	}
	found, err := w.service.Store.RunsByID(ctx, model.Unbounded(tenant, model.Latest), []model.ID{id})
	if err != nil {
		return err
	}
	if one := found[id]; one != nil && one.FinishedAt == nil {
		return river.JobSnooze(time.Second)
	}
	return nil
}

// chunkWorker does chunks of runs that another process leads.
type chunkWorker struct {
	river.WorkerDefaults[store.ChunkJob]
	service *Service
}

// Work does the chunk, where nobody has.
func (w *chunkWorker) Work(ctx context.Context, job *river.Job[store.ChunkJob]) error {
	tenant, err := uuid.Parse(job.Args.Tenant)
	if err != nil {
		return river.JobCancel(err)
	}
	id, err := uuid.Parse(job.Args.Run)
	if err != nil {
		return river.JobCancel(err)
	}
	return w.service.helpWith(ctx, tenant, model.UUIDs(model.KindCalculationRun, id), job.Args.Number)
}

// helpWith does a chunk of a run, where it is not done and nobody is at it.
func (s *Service) helpWith(ctx context.Context, tenant uuid.UUID, id model.ID, number int) error {
	found, err := s.Store.RunsByID(ctx, model.Unbounded(tenant, model.Latest), []model.ID{id})
	if err != nil {
		return err
	}
	run := found[id]
	if run == nil || run.FinishedAt != nil {
		s.forget(id)
		return nil
	}
	state, err := s.ongoingRun(ctx, tenant, run)
	if err != nil || number >= len(state.chunks) {
		return err
	}
	_, err = s.doChunk(ctx, state, number)
	_, isBroken := errors.AsType[*brokenLawError](err)
	if isBroken || errors.Is(err, store.ErrRunEnded) || errors.Is(err, errTooOften) {
		return nil // who leads the run meets it, and says so
	}
	return err
}

// newJobs makes the queue's client with the product's workers.
func newJobs(s *Service) (*store.Jobs, error) {
	workers := river.NewWorkers()
	river.AddWorker(workers, &runWorker{service: s})
	river.AddWorker(workers, &chunkWorker{service: s})
	return river.NewClient(riverpgxv5.New(s.Store.Pool()), &river.Config{
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: 4},
			// Beside the run that this process leads: a chunk for each further core.
			store.ChunkQueue: {MaxWorkers: max(1, runtime.GOMAXPROCS(0)-1)},
		},
		Workers:           workers,
		Logger:            slog.New(warnings{s.Log.Handler()}),
		FetchCooldown:     20 * time.Millisecond,
		FetchPollInterval: time.Second,
		JobTimeout:        -1,
		// A job of a killed process is taken up again; until then the worker's
		// poll has long finished the run.
		RescueStuckJobsAfter: time.Minute,
	})
}

// warnings keeps the queue's news of itself out of the log.
type warnings struct{ slog.Handler }

// Enabled passes warnings and errors.
func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

// WithAttrs keeps the bound.
func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the bound.
func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }
