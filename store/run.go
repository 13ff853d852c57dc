package store

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/semaphore"

	"spm/model"
)

type runRow struct {
	ID           uuid.UUID  `bun:"id"`
	Kind         string     `bun:"kind"`
	Status       string     `bun:"status"`
	PeriodID     *uuid.UUID `bun:"period_id"`
	Horizon      int64      `bun:"horizon"`
	Sequence     int64      `bun:"sequence"`
	PayeesTotal  int        `bun:"payees_total"`
	PayeesDone   int        `bun:"payees_done"`
	ProblemCount int        `bun:"problem_count"`
	Priority     int16      `bun:"priority"`
	ChunksTotal  int        `bun:"chunk_count"`
	ChunksDone   int        `bun:"chunks_done"`
	RetryOf      *uuid.UUID `bun:"retry_of"`
	InputHash    []byte     `bun:"input_hash"`
	ResultHash   []byte     `bun:"result_hash"`
	Engine       string     `bun:"engine"`
	RequestedBy  *uuid.UUID `bun:"requested_by"`
	CreatedAt    time.Time  `bun:"created_at"`
	StartedAt    *time.Time `bun:"started_at"`
	FinishedAt   *time.Time `bun:"finished_at"`
	Failure      string     `bun:"failure"`
}

func (r *runRow) run() *model.CalculationRun {
	return &model.CalculationRun{
		ID: model.UUIDs(model.KindCalculationRun, r.ID), Kind: model.RunKind(r.Kind), Status: model.RunStatus(r.Status),
		PeriodID: idPtr(model.KindPeriod, r.PeriodID), PayeesTotal: r.PayeesTotal, PayeesDone: r.PayeesDone,
		Priority: model.RunPriorities[r.Priority-1], ChunksTotal: r.ChunksTotal, ChunksDone: r.ChunksDone, RetryOf: idPtr(model.KindCalculationRun, r.RetryOf),
		InputHash: hexadecimal(r.InputHash), ResultHash: hexadecimal(r.ResultHash),
		ProblemCount: r.ProblemCount, Horizon: r.Horizon, Sequence: r.Sequence, Engine: r.Engine,
		RequestedBy: idPtr(model.KindUser, r.RequestedBy), CreatedAt: r.CreatedAt, StartedAt: r.StartedAt,
		FinishedAt: r.FinishedAt, Failure: r.Failure,
	}
}

func hexadecimal(hash []byte) *string {
	if hash == nil {
		return nil
	}
	text := hex.EncodeToString(hash)
	return &text
}

// Runs have a life of their own beside the system time of what they publish:
// they are read as they are now. But one that has finished is seen to run until
// what it published can be read too.
func runsFrom(selected string, scope model.Scope) *builder {
	h := scope.Read.Horizon
	return (&builder{}).add("SELECT "+selected+` FROM (SELECT tenant_id, id, kind, period_id, horizon, sequence, payees_total, payees_done,
			problem_count, priority, chunk_count, chunks_done, retry_of, input_hash, result_hash, engine, requested_by, created_at, started_at, CASE WHEN finished_xid >= ? THEN 'RUNNING' ELSE status END AS status,
			CASE WHEN finished_xid >= ? THEN NULL ELSE finished_at END AS finished_at,
			CASE WHEN finished_xid >= ? THEN '' ELSE failure END AS failure
		FROM calculation_run) t WHERE t.tenant_id = ?`, h, h, h, scope.Tenant)
}

var runColumns = columnList[runRow]()

func (r reads) runs(ctx context.Context, scope model.Scope, b *builder) ([]*model.CalculationRun, error) {
	rows, err := collect[runRow](ctx, r.q, scope, b)
	out := make([]*model.CalculationRun, len(rows))
	for i, row := range rows {
		out[i] = row.run()
	}
	return out, err
}

// RunsByID reads runs by id.
func (r reads) RunsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.CalculationRun, error) {
	found, err := r.runs(ctx, scope, runsFrom(runColumns, scope).add(" AND t.id = ANY(?)", uuids(ids)))
	out := map[model.ID]*model.CalculationRun{}
	for _, run := range found {
		out[run.ID] = run
	}
	return out, err
}

// RunPage reads a page of runs, the newest first.
func (r reads) RunPage(ctx context.Context, scope model.Scope, where *model.CalculationRunWhere, args model.PageArgs) (*model.Connection[model.CalculationRun], error) {
	return page(ctx, r, scope, list[runRow, model.CalculationRun]{
		listing: calculationRunList, columns: runColumns, where: where, model: (*runRow).run,
		order: []orderKey{{expr: "t.created_at", cast: "timestamptz", desc: true}, {expr: "t.id", cast: "uuid", desc: true}},
	}, args)
}

// UnfinishedRuns reads the runs that are queued or running: what is running
// first, then by priority, the oldest first.
func (r reads) UnfinishedRuns(ctx context.Context, tenant uuid.UUID) ([]*model.CalculationRun, error) {
	b := (&builder{}).add("SELECT "+runColumns+" FROM calculation_run t WHERE t.tenant_id = ?", tenant)
	b.add(" AND t.status IN ('QUEUED', 'RUNNING') ORDER BY t.status DESC, t.priority, t.created_at, t.id")
	return r.runs(ctx, model.Unbounded(tenant, model.Latest), b)
}

// AddRun writes a new run. Where another transaction has just asked for one of
// the same period, this one begins anew, and finds it.
func (tx *Tx) AddRun(ctx context.Context, run *model.CalculationRun) error {
	n, err := tx.exec(ctx, `INSERT INTO calculation_run (tenant_id, id, kind, status, period_id, engine, requested_by, priority, retry_of)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (tenant_id, period_id) WHERE status = 'QUEUED' AND kind = 'REQUESTED' DO NOTHING`,
		tx.Tenant, run.ID.UUID(), string(run.Kind), string(run.Status), uuidPtr(run.PeriodID), run.Engine, uuidPtr(run.RequestedBy), priorityOf(run), uuidPtr(run.RetryOf))
	if err != nil {
		return err
	}
	if n == 0 {
		return errOvertaken
	}
	if err := tx.record(ctx, changeRow{Kind: "CREATE", Object: run.ID}); err != nil {
		return err
	}
	return tx.MarkWork(ctx)
}

// priorityOf is a run's place among the priorities from 1; that of NORMAL where
// it says none.
func priorityOf(run *model.CalculationRun) int {
	return slices.Index(model.RunPriorities, cmp.Or(run.Priority, model.PriorityNormal)) + 1
}

// FinishRun ends a run that is under way; failure is empty where it succeeded.
// ErrRunEnded where it has ended already, such as by being cancelled.
func (tx *Tx) FinishRun(ctx context.Context, id model.ID, failure string) error {
	if err := tx.record(ctx, changeRow{Kind: "UPDATE", Object: id}); err != nil {
		return err
	}
	n, err := tx.exec(ctx, `UPDATE calculation_run SET finished_at = clock_timestamp(), finished_xid = $4, failure = $3, payees_done = CASE WHEN $3 = '' THEN payees_total ELSE payees_done END,
		input_hash = CASE WHEN $3 = '' THEN (SELECT sha256(setup_hash || string_agg(c.input_hash, ''::bytea ORDER BY c.number)) FROM run_chunk c WHERE c.tenant_id = $1 AND c.run_id = $2) END,
		result_hash = CASE WHEN $3 = '' THEN (SELECT sha256(string_agg(c.result_hash, ''::bytea ORDER BY c.number)) FROM run_chunk c WHERE c.tenant_id = $1 AND c.run_id = $2) END,
		status = CASE WHEN $3 <> '' THEN 'FAILED' WHEN problem_count > 0 THEN 'SUCCEEDED_WITH_PROBLEMS' ELSE 'SUCCEEDED' END
		WHERE tenant_id = $1 AND id = $2 AND status IN ('QUEUED', 'RUNNING')`, tx.Tenant, id.UUID(), failure, tx.XID)
	if err == nil && n == 0 {
		err = ErrRunEnded
	}
	return err
}

// ErrRunEnded says that a run has ended, so that nothing more becomes of it.
var ErrRunEnded = errors.New("the calculation run has ended")

// CancelRun ends a run that somebody asked for before it has become visible;
// false where it has ended.
func (tx *Tx) CancelRun(ctx context.Context, id model.ID) (bool, error) {
	n, err := tx.exec(ctx, `UPDATE calculation_run SET status = 'CANCELLED', finished_at = clock_timestamp(), finished_xid = $3
		WHERE tenant_id = $1 AND id = $2 AND kind = 'REQUESTED' AND status IN ('QUEUED', 'RUNNING')`, tx.Tenant, id.UUID(), tx.XID)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.record(ctx, changeRow{Kind: "UPDATE", Object: id})
}

// Publish makes readers see the run's results for these payees and periods, in
// place of what they saw before. Periods that were closed meanwhile are left
// out; the caller holds their rows by SharePeriods.
func (tx *Tx) Publish(ctx context.Context, run model.ID, pairs []model.PayeePeriod) error {
	if err := tx.record(ctx, changeRow{Kind: "PUBLISH", Object: run}); err != nil {
		return err
	}
	return tx.point(ctx, "published", run, pairs, ", goes_back", `, EXISTS (SELECT FROM result r
		WHERE r.tenant_id = $1 AND r.run_id = $4 AND r.payee_id = payee AND r.period_id = period AND r.goes_back)`)
}

// point lets a table of pointers, published or restated, name the run for these
// payees and periods, in place of the one before, with a further column and its
// value.
func (tx *Tx) point(ctx context.Context, table string, run model.ID, pairs []model.PayeePeriod, column, value string) error {
	payees, periods := make([]uuid.UUID, len(pairs)), make([]uuid.UUID, len(pairs))
	for i, p := range pairs {
		payees[i], periods[i] = p.Payee.UUID(), p.Period.UUID()
	}
	err := tx.later(ctx, `UPDATE `+table+` p SET tx_to = $4 FROM unnest($2::uuid[], $3::uuid[]) m(payee, period)
		WHERE p.tenant_id = $1 AND p.payee_id = m.payee AND p.period_id = m.period AND p.tx_to = $5`, tx.Tenant, payees, periods, tx.XID, forever)
	if err != nil {
		return err
	}
	err = tx.later(ctx, `INSERT INTO `+table+` (tenant_id, payee_id, period_id, run_id, tx_from`+column+`)
		SELECT $1, payee, period, $4, $5`+value+` FROM unnest($2::uuid[], $3::uuid[]) m(payee, period)`, tx.Tenant, payees, periods, run.UUID(), tx.XID)
	return err
}

// PublishedPairs reads which of the payees and periods have a visible result, and
// all payees that have one in some periods: a statement for each of the two.
func (r reads) PublishedPairs(ctx context.Context, scope model.Scope, pairs []model.PayeePeriod, periods []model.ID) ([]model.PayeePeriod, error) {
	var out []model.PayeePeriod
	read := func(b *builder) error {
		return r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
			var payee, period uuid.UUID
			err := rows.Scan(&payee, &period)
			out = append(out, model.PayeePeriod{Payee: model.UUIDs(model.KindPayee, payee), Period: model.UUIDs(model.KindPeriod, period)})
			return err
		})
	}
	if len(periods) > 0 {
		b := (&builder{}).add("SELECT t.payee_id, t.period_id FROM published t WHERE").inForce("t", scope)
		if err := read(b.add(" AND t.period_id = ANY(?)", uuids(periods))); err != nil {
			return nil, err
		}
	}
	if len(pairs) == 0 {
		return out, nil
	}
	payees, in := make([]uuid.UUID, len(pairs)), make([]uuid.UUID, len(pairs))
	for i, p := range pairs {
		payees[i], in[i] = p.Payee.UUID(), p.Period.UUID()
	}
	b := (&builder{}).add("SELECT m.payee, m.period FROM unnest(?::uuid[], ?::uuid[]) m(payee, period) WHERE EXISTS (SELECT FROM published t WHERE", payees, in)
	return out, read(b.inForce("t", scope).add(" AND t.payee_id = m.payee AND t.period_id = m.period)"))
}

// DirtyBelow reads the dirty marks of transactions below a horizon: a payee's
// as few stretches of days, however many facts have made them.
func (r reads) DirtyBelow(ctx context.Context, tenant uuid.UUID, horizon int64) ([]Dirty, error) {
	var out []Dirty
	const sql = `SELECT payee_id, lower(days), upper(days) FROM (
		SELECT payee_id, unnest(range_agg(daterange(from_date, greatest(to_date, from_date + 1)))) AS days
		FROM dirty WHERE tenant_id = $1 AND xid < $2 GROUP BY payee_id) m`
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, sql, []any{tenant, horizon}, func(rows pgx.Rows) error {
		var payee uuid.UUID
		var from, to date
		err := rows.Scan(&payee, &from, &to)
		mark := Dirty{Days: model.Interval{From: model.Date(from), To: model.Date(to)}}
		if payee != uuid.Nil {
			id := model.UUIDs(model.KindPayee, payee)
			mark.Payee = &id
		}
		out = append(out, mark)
		return err
	})
	return out, err
}

// ClearDirty removes the dirty marks below a horizon, whose effect the
// transaction publishes.
func (tx *Tx) ClearDirty(ctx context.Context, horizon int64) error {
	return tx.later(ctx, "DELETE FROM dirty WHERE tenant_id = $1 AND xid < $2", tx.Tenant, horizon)
}

// WaitingTenants lists the tenants that have work for a worker.
func (s *Store) WaitingTenants(ctx context.Context) (ids []uuid.UUID, err error) {
	err = s.asWorker(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT DISTINCT tenant_id FROM work")
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	return ids, err
}

// HasWork tells whether the tenant has work, of whatever transaction.
func (s *Store) HasWork(ctx context.Context, tenant uuid.UUID) (has bool, err error) {
	const sql = "SELECT EXISTS (SELECT FROM work WHERE tenant_id = $1)"
	err = s.alone(ctx, readOnly, RoleWorker, tenant, sql, []any{tenant}, func(rows pgx.Rows) error { return rows.Scan(&has) })
	return has, err
}

// Waiting is what a tenant's worker is to do at the moment of the last seal.
type Waiting struct {
	At        model.ReadPoint
	Work      bool // there is something, or was
	Recredits bool // transactions are to be credited anew
	Runs      bool // a run was asked for, or is under way
}

// Waiting tells what waits for a tenant's worker.
func (s *Store) Waiting(ctx context.Context, tenant uuid.UUID) (w Waiting, err error) {
	const sql = `SELECT s.sequence, s.horizon, s.at, EXISTS (SELECT FROM work w WHERE w.tenant_id = $1 AND w.xid < s.horizon),
		EXISTS (SELECT FROM recredit r WHERE r.tenant_id = $1 AND r.xid < s.horizon),
		EXISTS (SELECT FROM calculation_run t WHERE t.tenant_id = $1 AND t.status IN ('QUEUED', 'RUNNING'))
		FROM (SELECT sequence, horizon, at FROM seal WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 1) s`
	err = s.alone(ctx, readOnly, RoleWorker, tenant, sql, []any{tenant}, func(rows pgx.Rows) error {
		return rows.Scan(&w.At.Sequence, &w.At.Horizon, &w.At.At, &w.Work, &w.Recredits, &w.Runs)
	})
	return w, err
}

// ClearWork forgets the tenant's work below the horizon, once it is done.
func (s *Store) ClearWork(ctx context.Context, tenant uuid.UUID, horizon int64) error {
	const sql = "DELETE FROM work WHERE tenant_id = $1 AND xid < $2"
	return s.alone(ctx, readWrite, RoleWorker, tenant, sql, []any{tenant, horizon}, func(pgx.Rows) error { return nil })
}

// AsTenantWorker runs fn while no other process works for the tenant; false
// where one does. The lock goes with the connection, so a killed process holds
// nobody up.
func (s *Store) AsTenantWorker(ctx context.Context, tenant uuid.UUID, fn func() error) (bool, error) {
	return s.withLock(ctx, s.tenants, "SELECT pg_try_advisory_lock(hashtextextended($1, 3))", "SELECT pg_advisory_unlock(hashtextextended($1, 3))", []any{tenant.String()},
		func() (bool, error) { return true, fn() })
}

// withLock runs fn with a lock of the session on a connection of its own, of which
// a process has so many of each kind; false where another session has the lock,
// or where fn says so.
func (s *Store) withLock(ctx context.Context, held *semaphore.Weighted, lock, unlock string, args []any, fn func() (bool, error)) (bool, error) {
	if err := held.Acquire(ctx, 1); err != nil {
		return false, err
	}
	defer held.Release(1)
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Release()
	var got bool
	if err := conn.QueryRow(ctx, lock, args...).Scan(&got); err != nil || !got {
		return false, err
	}
	defer func() {
		if _, err := conn.Exec(context.WithoutCancel(ctx), unlock, args...); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
	}()
	return fn()
}

// SetupChanged gives the newest transaction below the horizon that changed
// what calculation is set up by: everything but facts and results.
func (r reads) SetupChanged(ctx context.Context, scope model.Scope) (xid int64, err error) {
	sql := `SELECT coalesce(max(m), 0) FROM unnest($3::text[]) k(kind), LATERAL
		(SELECT max(xid) AS m FROM change WHERE tenant_id = $1 AND object_kind = k.kind AND xid < $2) x`
	err = r.q.query(ctx, scope, sql, []any{scope.Tenant, scope.Read.Horizon, setupKinds}, func(rows pgx.Rows) error { return rows.Scan(&xid) })
	return xid, err
}

// SetupObjects reads what of the set-up the transactions in [since, the
// scope's horizon) changed, by kind. Of a kind that was changed in ranges it
// gives nil: all of it may have.
func (r reads) SetupObjects(ctx context.Context, scope model.Scope, since int64) (map[model.Kind][]model.ID, error) {
	const sql = `SELECT DISTINCT object_kind, object_key, object_last IS NOT NULL FROM change
		WHERE tenant_id = $1 AND object_kind = ANY($2) AND xid >= $3 AND xid < $4`
	out, ranged := map[model.Kind][]model.ID{}, map[model.Kind]bool{}
	err := r.q.query(ctx, scope, sql, []any{scope.Tenant, setupKinds, since, scope.Read.Horizon}, func(rows pgx.Rows) error {
		var kind model.Kind
		var key []byte
		var several bool
		err := rows.Scan(&kind, &key, &several)
		out[kind] = append(out[kind], model.ID{Kind: kind, Key: string(key)})
		ranged[kind] = ranged[kind] || several
		return err
	})
	for kind, several := range ranged {
		if several {
			out[kind] = nil
		}
	}
	return out, err
}

var setupKinds = []string{
	string(model.KindTenant), string(model.KindTitle), string(model.KindPosition), string(model.KindPayee),
	string(model.KindPositionAssignment), string(model.KindTeam), string(model.KindFiscalCalendar), string(model.KindPeriod), string(model.KindFXRate),
	string(model.KindProduct), string(model.KindAccount), string(model.KindTransactionKind), string(model.KindCreditType),
	string(model.KindCreditingRule), string(model.KindMeasure), string(model.KindMeasureValue), string(model.KindQuota), string(model.KindRateTable),
	string(model.KindPlan), string(model.KindPlanVersion), string(model.KindPlanAssignment), string(model.KindParameterValue), string(model.KindEarningCode),
}
