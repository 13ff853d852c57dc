package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// laterTx is a transaction in which a statement that gives nothing can wait for the
// next one: both go to the database in one round trip, in their order. Its error is
// that of the next, which is then not done.
type laterTx struct {
	pgx.Tx
	waiting []*pgx.QueuedQuery
}

// maxLater is how many statements wait at most.
const maxLater = 32

// later does a statement with the next one.
func (t *laterTx) later(ctx context.Context, sql string, args ...any) error {
	var one pgx.Batch
	one.Queue(sql, args...)
	if t.waiting = append(t.waiting, one.QueuedQueries...); len(t.waiting) < maxLater {
		return nil
	}
	return t.flush(ctx)
}

// forget drops what waits.
func (t *laterTx) forget() { t.waiting = nil }

// flush does what waits.
func (t *laterTx) flush(ctx context.Context) error {
	if len(t.waiting) == 0 {
		return nil
	}
	return t.SendBatch(ctx, &pgx.Batch{}).Close()
}

// with sends what waits, and then a statement; nil where that has to go by itself.
func (t *laterTx) with(ctx context.Context, sql string, args []any) (*laterResults, error) {
	if len(t.waiting) == 0 {
		return nil, nil
	}
	if len(args) > 0 {
		switch args[0].(type) {
		case pgx.QueryExecMode, pgx.QueryRewriter, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID: // options of a statement alone
			return nil, t.flush(ctx)
		}
	}
	var batch pgx.Batch
	batch.Queue(sql, args...)
	results := t.send(ctx, &batch)
	if err := results.skip(); err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return results, nil
}

func (t *laterTx) send(ctx context.Context, batch *pgx.Batch) *laterResults {
	waiting := len(t.waiting)
	batch.QueuedQueries = append(t.waiting, batch.QueuedQueries...)
	t.waiting = nil
	return &laterResults{BatchResults: t.Tx.SendBatch(ctx, batch), waiting: waiting}
}

func (t *laterTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	results, err := t.with(ctx, sql, args)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	if results == nil {
		return t.Tx.Exec(ctx, sql, args...)
	}
	tag, err := results.Exec()
	if closed := results.Close(); err == nil {
		err = closed
	}
	return tag, err
}

func (t *laterTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	results, err := t.with(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	if results == nil {
		return t.Tx.Query(ctx, sql, args...)
	}
	rows, err := results.Query()
	if err != nil {
		return nil, errors.Join(err, results.Close())
	}
	return &laterRows{Rows: rows, results: results}, nil
}

func (t *laterTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if len(t.waiting) == 0 {
		return t.Tx.QueryRow(ctx, sql, args...)
	}
	rows, err := t.Query(ctx, sql, args...)
	return &laterRow{rows, err}
}

func (t *laterTx) SendBatch(ctx context.Context, batch *pgx.Batch) pgx.BatchResults {
	return t.send(ctx, batch)
}

func (t *laterTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, source pgx.CopyFromSource) (int64, error) {
	if err := t.flush(ctx); err != nil {
		return 0, err
	}
	return t.Tx.CopyFrom(ctx, table, columns, source)
}

func (t *laterTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	return t.Tx.Begin(ctx)
}

func (t *laterTx) Commit(ctx context.Context) error {
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.Tx.Commit(ctx)
}

func (t *laterTx) Rollback(ctx context.Context) error {
	t.forget()
	return t.Tx.Rollback(ctx)
}

// laterResults are the results of a batch less those of what waited for it.
type laterResults struct {
	pgx.BatchResults
	waiting int
}

func (r *laterResults) skip() error {
	for ; r.waiting > 0; r.waiting-- {
		if _, err := r.BatchResults.Exec(); err != nil {
			return err
		}
	}
	return nil
}

func (r *laterResults) Exec() (pgconn.CommandTag, error) {
	if err := r.skip(); err != nil {
		return pgconn.CommandTag{}, err
	}
	return r.BatchResults.Exec()
}

func (r *laterResults) Query() (pgx.Rows, error) {
	if err := r.skip(); err != nil {
		return nil, err
	}
	return r.BatchResults.Query()
}

func (r *laterResults) QueryRow() pgx.Row {
	if err := r.skip(); err != nil {
		return &laterRow{nil, err}
	}
	return r.BatchResults.QueryRow()
}

// laterRows end the batch that they are of.
type laterRows struct {
	pgx.Rows
	results *laterResults
	ended   error
}

func (r *laterRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *laterRows) Close() {
	r.Rows.Close()
	if r.results != nil {
		r.ended = r.results.Close()
		r.results = nil
	}
}

func (r *laterRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.ended
}

// laterRow is the first of rows, and ends them.
type laterRow struct {
	rows pgx.Rows
	err  error
}

func (r *laterRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(into...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
