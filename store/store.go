// Package store is the only place with SQL. Reads take a model.Scope and hang
// on Store and Tx alike; writes exist only on Tx, got from InTx.
package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"golang.org/x/sync/semaphore"

	"spm/model"
)

// Role is the database role under which statements run.
type Role string

// The roles: the API's may not touch results, the worker's may.
const (
	RoleAPI    Role = "spm_api"
	RoleWorker Role = "spm_worker"
)

// forever is the tx_to of a row in force.
const forever = int64(1<<63 - 1)

// Store is a pool of connections to one database.
type Store struct {
	reads
	pool     *pgxpool.Pool
	bun      *bun.DB
	observer Observer
	tenants  *semaphore.Weighted // connections that hold a tenant's lock
	chunks   *semaphore.Weighted // and a chunk's
}

// Open connects as the server's role and refuses a role that could bypass row
// security: a superuser, an owner of tables or one with BYPASSRLS.
func Open(ctx context.Context, url string, change ...func(*pgxpool.Config)) (*Store, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the database's URL: %w", err)
	}
	params := cfg.ConnConfig.RuntimeParams
	params["application_name"] = "spm"
	params["plan_cache_mode"] = "force_generic_plan"
	params["jit"] = "off"                           // statements are many and small: compiling one costs more than it does
	params["max_parallel_workers_per_gather"] = "0" // others are served meanwhile; a run has its chunks side by side
	params["statement_timeout"] = "60000"
	params["idle_in_transaction_session_timeout"] = "30000"
	params["lock_timeout"] = "10000"
	params["timezone"] = "UTC"
	if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	cfg.PrepareConn, cfg.AfterConnect = replan, binaries
	for _, f := range change {
		f(cfg)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, bun: bun.NewDB(stdlib.OpenDBFromPool(pool), pgdialect.New()), observer: unobserved{}}
	s.tenants, s.chunks = semaphore.NewWeighted(int64(cfg.MaxConns)/tenantShare), semaphore.NewWeighted(int64(cfg.MaxConns)/chunkShare)
	if t, observed := cfg.ConnConfig.Tracer.(tracer); observed {
		s.observer = t.observer
	}
	s.reads = reads{s}
	if err := s.refuseBypass(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// Connections that hold the lock of a tenant at work, and that of a chunk of a run,
// are at most these parts of all: who holds one needs others for the work.
const (
	tenantShare = 2
	chunkShare  = 4
)

// planAge is how long a connection keeps its plans. A generic plan made while
// a table was small stays until statistics are gathered, which on a database
// that is being filled is too late.
const planAge = 3 * time.Second

// replan drops a connection's plans now and then, before it is used.
func replan(ctx context.Context, conn *pgx.Conn) (bool, error) {
	kept := conn.PgConn().CustomData()
	if at, known := kept["planned"].(time.Time); known && time.Since(at) < planAge {
		return true, nil
	}
	kept["planned"] = time.Now()
	_, err := conn.Exec(ctx, "DISCARD PLANS")
	return err == nil, err
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Pool is the pool underneath, for the job queue and the listener.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }

func (s *Store) refuseBypass(ctx context.Context) error {
	var bypass, owns bool
	err := s.pool.QueryRow(ctx, `SELECT rolsuper OR rolbypassrls,
		EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind = 'r' AND relnamespace = 'public'::regnamespace)
		FROM pg_roles r WHERE rolname = session_user`).Scan(&bypass, &owns)
	if err != nil {
		return fmt.Errorf("sign in to the database: %w", err)
	}
	if bypass || owns {
		return errors.New("the server does not run as superuser, table owner or with BYPASSRLS: SERVE_DATABASE_URL must name spm_server")
	}
	return nil
}

// TxOptions say for whom and why a transaction writes.
type TxOptions struct {
	Tenant    uuid.UUID
	Role      Role       // RoleAPI where empty
	Actor     *uuid.UUID // the user; nil for the product itself
	Behalf    *Behalf    // whom the actor acts for; nil for oneself
	ActorName string
	Operation string // the mutation, such as "createPayee"
	Reason    string
	Redone    bool // what it writes is seen by nobody yet and, lost in a crash of the database, done again: its commit does not wait for the disk
}

// Behalf is whom a user acts for, and by which delegation.
type Behalf struct{ Giver, Delegation uuid.UUID }

// Tx is one transaction of one tenant.
type Tx struct {
	reads
	TxOptions
	XID  int64 // what tx_from and tx_to of this transaction's rows hold
	pgx  *laterTx
	bun  *bun.DB
	head bool // the unsealed mark is written
}

// maxTries bounds how often a transaction is tried again after a
// serialization failure or deadlock.
const maxTries = 5

// InTx runs fn in a transaction and commits it if fn returns nil. It is run
// anew, at most 5 times, after a serialization failure or a deadlock, so fn
// must have no effect but on the database.
func (s *Store) InTx(ctx context.Context, opts TxOptions, fn func(*Tx) error) error {
	if opts.Role == "" {
		opts.Role = RoleAPI
	}
	for try := 1; ; try++ {
		err := s.inTx(ctx, opts, fn)
		if err == nil || try == maxTries || !retryable(err) {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.IntN(10<<try)) * time.Millisecond):
		}
	}
}

// errOvertaken says that somebody else wrote the same facts first: read them
// and decide anew.
var errOvertaken = errors.New("the facts were written by another transaction meanwhile")

func retryable(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return errors.Is(err, errOvertaken)
	}
	return pg.Code == "40001" || pg.Code == "40P01" || (pg.Code == "23505" && (pg.TableName == "transaction" || pg.TableName == "activity"))
}

func (s *Store) inTx(ctx context.Context, opts TxOptions, fn func(*Tx) error) (err error) {
	ctx, end := s.observer.Transaction(ctx, opts.Operation)
	defer func() { end(err) }()
	begun, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	inner := &laterTx{Tx: begun}
	kept := inner.Conn().PgConn().CustomData()
	kept[transactionKey] = ctx
	ended := false
	defer func() {
		if !ended || err != nil { // it did not end where fn panicked
			delete(kept, transactionKey)
			_ = inner.Rollback(context.WithoutCancel(ctx))
		}
	}()
	tx := &Tx{TxOptions: opts, pgx: inner, bun: s.bun}
	tx.reads = reads{tx}
	begin := "SELECT set_config('role', $1, true), set_config('app.tenant', $2, true)"
	if opts.Redone {
		begin += ", set_config('synchronous_commit', 'off', true)"
	}
	if err = inner.later(ctx, begin, string(opts.Role), opts.Tenant.String()); err != nil {
		return err
	}
	if err = inner.QueryRow(ctx, "SELECT spm_xid()").Scan(&tx.XID); err != nil {
		return err
	}
	if err = fn(tx); err != nil {
		return err
	}
	delete(kept, transactionKey)
	kept, ended = nil, true // the connection is another's after this
	if err = inner.Commit(ctx); away(err) {
		err = errors.Join(ErrUnanswered, err)
	}
	return err
}

// Savepoint runs fn and, where it fails, takes back what it wrote, so that the
// transaction can go on.
func (tx *Tx) Savepoint(ctx context.Context, fn func() error) error {
	if _, err := tx.pgx.Exec(ctx, "SAVEPOINT attempt"); err != nil {
		return err
	}
	head := tx.head
	if err := fn(); err != nil {
		tx.pgx.forget()
		if _, back := tx.pgx.Exec(ctx, "ROLLBACK TO SAVEPOINT attempt"); back != nil {
			return errors.Join(err, back)
		}
		tx.head = head
		return translate(err)
	}
	_, err := tx.pgx.Exec(ctx, "RELEASE SAVEPOINT attempt")
	return err
}

// Scope is what the writer itself reads: all rows of the tenant in force now.
func (tx *Tx) Scope() model.Scope { return model.Unbounded(tx.Tenant, model.Latest) }

// exec runs a statement with $n arguments.
func (tx *Tx) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := tx.pgx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// later runs a statement with $n arguments, whose result nobody reads, in one round
// trip with the next one. Where it fails, that one does.
func (tx *Tx) later(ctx context.Context, sql string, args ...any) error {
	return tx.pgx.later(ctx, sql, args...)
}

// insertion inserts a row that carries bun tags. bun writes arguments into the
// text, so it is not prepared.
func (tx *Tx) insertion(table string, row any) *bun.InsertQuery {
	return tx.bun.NewInsert().Model(row).ModelTableExpr("?", bun.Ident(table))
}
