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

// Jobs is the queue's client.
type Jobs = river.Client[pgx.Tx]

// Enqueue adds the run's job in this transaction. The role is the server's own
// for the moment, since the queue's tables know no tenant.
func (tx *Tx) Enqueue(ctx context.Context, jobs *Jobs, run model.ID) error {
	if _, err := tx.exec(ctx, "SELECT set_config('role', $1, true)", "none"); err != nil {
		return err
	}
	if _, err := jobs.InsertTx(ctx, tx.pgx, RunJob{Tenant: tx.Tenant.String(), Run: run.UUID().String()}, nil); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "SELECT set_config('role', $1, true)", string(tx.Role))
	return err
}

// Touch writes a change that says nothing, so that its seal follows all that
// was committed before.
func (tx *Tx) Touch(ctx context.Context) error {
	_, err := tx.exec(ctx, "INSERT INTO unsealed (tenant_id, xid) VALUES ($1, $2)", tx.Tenant, tx.XID)
	return err
}

// QueuedRun gives the run that waits for a period, nil where none does.
func (tx *Tx) QueuedRun(ctx context.Context, period model.ID) (*model.CalculationRun, error) {
	b := runsFrom(runColumns, tx.Scope()).add(" AND t.status = 'QUEUED' AND t.period_id = ? ORDER BY t.created_at LIMIT 1", period.UUID())
	found, err := tx.runs(ctx, tx.Scope(), b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}
