package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// StartRun fixes the moment of a queued run's inputs, and what it covers.
// ErrRunEnded where it is not queued any more.
func (tx *Tx) StartRun(ctx context.Context, id model.ID, point model.ReadPoint, plan *model.RunPlan) error {
	if err := tx.record(ctx, changeRow{Kind: "UPDATE", Object: id}); err != nil {
		return err
	}
	periods, places := numbered(plan)
	done := &model.RunPlan{}
	problems := 0
	for _, chunk := range plan.Chunks {
		if chunk.Done {
			done.Chunks, problems = append(done.Chunks, chunk), problems+chunk.Problems
		}
	}
	n, err := tx.exec(ctx, `UPDATE calculation_run SET status = 'RUNNING', horizon = $3, sequence = $4, payees_total = $5, settles = $6, chunk_count = $7, periods = $8,
		payees_done = $9, problem_count = $10, chunks_done = $11, setup_hash = $12, started_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND status = 'QUEUED'`,
		tx.Tenant, id.UUID(), point.Horizon, point.Sequence, plan.Payees(), plan.Settles, len(plan.Chunks), uuids(periods),
		done.Payees(), problems, len(done.Chunks), plan.Setup)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrRunEnded
	}
	for i := range plan.Chunks {
		chunk := &plan.Chunks[i]
		payees, counts, of := make([]uuid.UUID, len(chunk.Payees)), make([]int16, len(chunk.Payees)), []int16{}
		for j, payee := range chunk.Payees {
			payees[j], counts[j] = payee.Payee.UUID(), int16(len(payee.Periods))
			for _, period := range payee.Periods {
				of = append(of, places[period])
			}
		}
		err := tx.later(ctx, "INSERT INTO run_chunk (tenant_id, run_id, number, payees, counts, periods, problems, input_hash, result_hash, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $10 THEN clock_timestamp() END)",
			tx.Tenant, id.UUID(), chunk.Number, payees, counts, of, chunk.Problems, chunk.Inputs, chunk.Results, chunk.Done)
		if err != nil {
			return err
		}
	}
	return nil
}

// numbered lists the periods of a plan, and their places in the list.
func numbered(plan *model.RunPlan) (periods []model.ID, places map[model.ID]int16) {
	places = map[model.ID]int16{}
	for i := range plan.Chunks {
		for _, payee := range plan.Chunks[i].Payees {
			for _, period := range payee.Periods {
				if _, known := places[period]; !known {
					places[period] = int16(len(periods))
					periods = append(periods, period)
				}
			}
		}
	}
	return periods, places
}

// RunPlanOf reads what a run covers and how far it is, as it is now; without
// chunks where it has not begun.
func (s *Store) RunPlanOf(ctx context.Context, tenant uuid.UUID, run model.ID) (*model.RunPlan, error) {
	plan, scope := &model.RunPlan{}, model.Unbounded(tenant, model.Latest)
	var periods []uuid.UUID
	err := s.query(ctx, scope, "SELECT settles, setup_hash, periods FROM calculation_run WHERE tenant_id = $1 AND id = $2", []any{tenant, run.UUID()},
		func(rows pgx.Rows) error { return rows.Scan(&plan.Settles, &plan.Setup, &periods) })
	if err != nil {
		return nil, err
	}
	const sql = "SELECT number, payees, counts, periods, attempts, input_hash, result_hash, done_at IS NOT NULL FROM run_chunk WHERE tenant_id = $1 AND run_id = $2 ORDER BY number"
	err = s.query(ctx, scope, sql, []any{tenant, run.UUID()}, func(rows pgx.Rows) error {
		var chunk model.RunChunk
		var payees []uuid.UUID
		var counts, of []int16
		if err := rows.Scan(&chunk.Number, &payees, &counts, &of, &chunk.Attempts, &chunk.Inputs, &chunk.Results, &chunk.Done); err != nil {
			return err
		}
		for i, payee := range payees {
			one := model.PayeePeriods{Payee: model.UUIDs(model.KindPayee, payee)}
			for _, place := range of[:counts[i]] {
				one.Periods = append(one.Periods, model.UUIDs(model.KindPeriod, periods[place]))
			}
			of = of[counts[i]:]
			chunk.Payees = append(chunk.Payees, one)
		}
		plan.Chunks = append(plan.Chunks, chunk)
		return nil
	})
	return plan, err
}

// ChunksLeft lists the chunks of a run that are not done, as it is now; none
// where it is not under way, which running tells.
func (s *Store) ChunksLeft(ctx context.Context, tenant uuid.UUID, run model.ID) (left []int, running bool, err error) {
	const sql = `SELECT r.status = 'RUNNING', coalesce((SELECT array_agg(c.number ORDER BY c.number) FROM run_chunk c
		WHERE c.tenant_id = r.tenant_id AND c.run_id = r.id AND c.done_at IS NULL), '{}')
		FROM calculation_run r WHERE r.tenant_id = $1 AND r.id = $2`
	err = s.query(ctx, model.Unbounded(tenant, model.Latest), sql, []any{tenant, run.UUID()}, func(rows pgx.Rows) error { return rows.Scan(&running, &left) })
	return left, running, err
}

// WithChunk runs fn with a chunk of a run that is under way, while no other
// process can; false where one is at it, or there is nothing left to do of it.
// The claim goes with the connection, so a killed process holds nobody up. fn is
// told how often the chunk was begun before.
func (s *Store) WithChunk(ctx context.Context, tenant uuid.UUID, run model.ID, number int, fn func(begun int) error) (bool, error) {
	return s.withLock(ctx, s.chunks, "SELECT pg_try_advisory_lock(hashtextextended($1, $2))", "SELECT pg_advisory_unlock(hashtextextended($1, $2))",
		[]any{run.UUID().String(), int64(4 + number)}, func() (bool, error) {
			var attempts int
			err := s.asWorker(ctx, func(tx pgx.Tx) error {
				// Nobody is told of an attempt before its commit: it need not wait for the disk.
				if _, err := tx.Exec(ctx, "SELECT set_config('app.tenant', $1, true), set_config('synchronous_commit', 'off', true)", tenant.String()); err != nil {
					return err
				}
				return tx.QueryRow(ctx, `UPDATE run_chunk c SET attempts = attempts + 1 FROM calculation_run r
					WHERE c.tenant_id = $1 AND c.run_id = $2 AND c.number = $3 AND c.done_at IS NULL AND r.tenant_id = $1 AND r.id = $2 AND r.status = 'RUNNING'
					RETURNING c.attempts`, tenant, run.UUID(), number).Scan(&attempts)
			})
			if err == pgx.ErrNoRows { //nolint:errorlint // pgx gives it bare
				return false, nil
			}
			if err != nil {
				return false, err
			}
			return true, fn(attempts - 1)
		})
}

// FinishChunk notes, in the transaction that writes its last results, that a
// chunk is done. ErrRunEnded where the run is not under way; done is false where
// another process has done it, and then nothing is to be written.
func (tx *Tx) FinishChunk(ctx context.Context, run model.ID, chunk *model.RunChunk) (done bool, err error) {
	n, err := tx.exec(ctx, `UPDATE run_chunk SET done_at = clock_timestamp(), problems = $4, input_hash = $5, result_hash = $6
		WHERE tenant_id = $1 AND run_id = $2 AND number = $3 AND done_at IS NULL`,
		tx.Tenant, run.UUID(), chunk.Number, chunk.Problems, chunk.Inputs, chunk.Results)
	if err != nil || n == 0 {
		return false, err
	}
	n, err = tx.exec(ctx, `UPDATE calculation_run SET payees_done = payees_done + $3, problem_count = problem_count + $4, chunks_done = chunks_done + 1
		WHERE tenant_id = $1 AND id = $2 AND status = 'RUNNING'`, tx.Tenant, run.UUID(), len(chunk.Payees), chunk.Problems)
	if err == nil && n == 0 {
		err = ErrRunEnded
	}
	return true, err
}

// ProblemsOf reads problems of a run, whether readers see them or not.
func (r reads) ProblemsOf(ctx context.Context, scope model.Scope, run model.ID, payees []model.ID) ([]*model.Problem, error) {
	b := (&builder{}).add("SELECT "+columnList[problemRow]()+" FROM problem t WHERE t.tenant_id = ? AND t.run_id = ? AND t.payee_id = ANY(?)", scope.Tenant, run.UUID(), uuids(payees))
	rows, err := collect[problemRow](ctx, r.q, scope, b)
	out := make([]*model.Problem, len(rows))
	for i, row := range rows {
		out[i] = row.problem()
	}
	return out, err
}

// LedgersOf reads ledgers of a run, whether readers see them or not.
func (r reads) LedgersOf(ctx context.Context, scope model.Scope, run model.ID, payees []model.ID) ([]*model.Balance, error) {
	b := (&builder{}).add("SELECT "+balanceColumns+" FROM ledger t WHERE t.tenant_id = ? AND t.run_id = ? AND t.payee_id = ANY(?)", scope.Tenant, run.UUID(), uuids(payees))
	return r.balances(ctx, scope, b)
}
