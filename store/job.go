package store

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"spm/model"
)

// RunJob is the durable form of a requested run: ids only.
type RunJob struct {
	Tenant string `json:"tenant"`
	Run    string `json:"run"`
}

// Kind names the job to the queue.
func (RunJob) Kind() string { return "calculation_run" }

// ChunkJob is a chunk of a run, for any process to take: ids only.
type ChunkJob struct {
	Tenant string `json:"tenant"`
	Run    string `json:"run"`
	Number int    `json:"number"`
}

// Kind names the job to the queue.
func (ChunkJob) Kind() string { return "calculation_chunk" }

// ChunkQueue is where chunks wait.
const ChunkQueue = "chunks"

// Jobs is the queue's client.
type Jobs = river.Client[pgx.Tx]

// Enqueue adds the run's job in this transaction, behind those of a higher
// priority.
func (tx *Tx) Enqueue(ctx context.Context, jobs *Jobs, run *model.CalculationRun) error {
	return tx.enqueue(ctx, jobs, []river.InsertManyParams{{
		Args: RunJob{Tenant: tx.Tenant.String(), Run: run.ID.UUID().String()}, InsertOpts: &river.InsertOpts{Priority: priorityOf(run)},
	}})
}

// EnqueueChunks adds a job for each chunk of the run but the first, which whoever
// starts the run takes.
func (tx *Tx) EnqueueChunks(ctx context.Context, jobs *Jobs, run *model.CalculationRun, plan *model.RunPlan) error {
	var all []river.InsertManyParams
	for i := 1; i < len(plan.Chunks); i++ {
		all = append(all, river.InsertManyParams{
			Args:       ChunkJob{Tenant: tx.Tenant.String(), Run: run.ID.UUID().String(), Number: plan.Chunks[i].Number},
			InsertOpts: &river.InsertOpts{Queue: ChunkQueue, Priority: priorityOf(run), MaxAttempts: chunkTries},
		})
	}
	if len(all) == 0 {
		return nil
	}
	return tx.enqueue(ctx, jobs, all)
}

// chunkTries is how often the queue gives a chunk to a process; whoever leads the
// run takes it then.
const chunkTries = 5

// enqueue adds jobs. The role is the server's own for the moment, since the
// queue's tables know no tenant.
func (tx *Tx) enqueue(ctx context.Context, jobs *Jobs, all []river.InsertManyParams) error {
	if err := tx.later(ctx, "SELECT set_config('role', $1, true)", "none"); err != nil {
		return err
	}
	if _, err := jobs.InsertManyTx(ctx, tx.pgx, all); err != nil {
		return err
	}
	return tx.later(ctx, "SELECT set_config('role', $1, true)", string(tx.Role))
}

// Touch writes a change that says nothing, so that its seal follows all that
// was committed before.
func (tx *Tx) Touch(ctx context.Context) error {
	return tx.later(ctx, "INSERT INTO unsealed (tenant_id, xid) VALUES ($1, $2)", tx.Tenant, tx.XID)
}

// QueuedRun gives the run that waits for a period, nil where none does.
func (tx *Tx) QueuedRun(ctx context.Context, period model.ID) (*model.CalculationRun, error) {
	b := runsFrom(runColumns, tx.Scope()).add(" AND t.status = 'QUEUED' AND t.kind = 'REQUESTED' AND t.period_id = ? ORDER BY t.created_at LIMIT 1", period.UUID())
	found, err := tx.runs(ctx, tx.Scope(), b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
