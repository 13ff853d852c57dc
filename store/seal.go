package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// Sealed is one sealed batch of a tenant's changes: those written below
// Horizon and at or above the horizon of the sequence before.
type Sealed struct {
	Tenant   uuid.UUID
	Sequence int64
	Horizon  int64
}

const (
	sealLock    = 0x73706d73
	sealChannel = "spm_sealed"
)

// horizonSQL is the lowest transaction that is still in progress, those of
// other databases aside, or the next one. Whatever lies below is decided.
const horizonSQL = `SELECT coalesce(
		(SELECT min(x::text::bigint) FROM pg_snapshot_xip(s) x WHERE NOT EXISTS (
			SELECT FROM pg_stat_activity a WHERE a.backend_xid = x::xid AND a.datname <> current_database())),
		pg_snapshot_xmax(s)::text::bigint) + (SELECT xid_offset FROM instance) AS horizon
	FROM pg_current_snapshot() s`

// Seal numbers the changes of all tenants that no open transaction can precede
// any more. It gives what it sealed and whether something waits still: for an
// older transaction, or because another process is sealing.
func (s *Store) Seal(ctx context.Context) (sealed []Sealed, waiting bool, err error) {
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		var free bool
		const begin = "SELECT set_config('role', $1, true), pg_try_advisory_xact_lock($2)"
		if err := tx.QueryRow(ctx, begin, string(RoleWorker), sealLock).Scan(nil, &free); err != nil || !free {
			waiting = !free
			return err
		}
		var horizon int64
		rows, err := tx.Query(ctx, `WITH h AS MATERIALIZED (`+horizonSQL+`)
			SELECT h.horizon, u.tenant_id, u.xid FROM h, unsealed u`)
		if err != nil {
			return err
		}
		tenants := map[uuid.UUID]bool{}
		var tenant uuid.UUID
		var xid int64
		_, err = pgx.ForEachRow(rows, []any{&horizon, &tenant, &xid}, func() error {
			if xid < horizon {
				tenants[tenant] = true
			} else {
				waiting = true
			}
			return nil
		})
		if err != nil || len(tenants) == 0 {
			return err
		}
		sealed, err = sealTenants(ctx, tx, tenants, horizon)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("seal: %w", err)
	}
	return sealed, waiting, nil
}

func sealTenants(ctx context.Context, tx pgx.Tx, tenants map[uuid.UUID]bool, horizon int64) ([]Sealed, error) {
	var sealed []Sealed
	var note strings.Builder
	for tenant := range tenants {
		one := Sealed{Tenant: tenant, Horizon: horizon}
		if _, err := tx.Exec(ctx, "SELECT set_config('app.tenant', $1, true)", tenant.String()); err != nil {
			return nil, err
		}
		err := tx.QueryRow(ctx, `INSERT INTO seal (tenant_id, sequence, horizon)
			SELECT $1, coalesce(max(sequence), 0) + 1, $2 FROM seal WHERE tenant_id = $1 RETURNING sequence`,
			tenant, horizon).Scan(&one.Sequence)
		if err != nil {
			return nil, err
		}
		sealed = append(sealed, one)
		if note.Len() < 7000 {
			fmt.Fprintf(&note, "%s %d %d\n", one.Tenant, one.Sequence, one.Horizon)
		}
	}
	if _, err := tx.Exec(ctx, "DELETE FROM unsealed WHERE xid < $1", horizon); err != nil {
		return nil, err
	}
	_, err := tx.Exec(ctx, "SELECT pg_notify($1, $2)", sealChannel, note.String())
	return sealed, err
}

// ListenSealed calls each for every sealed batch that any process announces,
// until ctx ends or the connection is lost. ready is called once it listens:
// what was sealed before is then to be read from the table.
func (s *Store) ListenSealed(ctx context.Context, ready func(), each func(Sealed)) error {
	pooled, err := s.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	conn := pooled.Hijack()
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, "LISTEN "+sealChannel); err != nil {
		return err
	}
	ready()
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return err
		}
		for line := range strings.Lines(n.Payload) {
			var one Sealed
			var tenant string
			if _, err := fmt.Sscan(line, &tenant, &one.Sequence, &one.Horizon); err != nil {
				continue
			}
			if one.Tenant, err = uuid.Parse(tenant); err == nil {
				each(one)
			}
		}
	}
}

// ReadPoint gives the tenant's last sealed moment, or the last one at or
// before asOf. Before the first seal nothing is visible.
func (r reads) ReadPoint(ctx context.Context, tenant uuid.UUID, asOf *time.Time) (model.ReadPoint, error) {
	b := (&builder{}).add("SELECT sequence, horizon, at FROM seal WHERE tenant_id = ?", tenant)
	order := "sequence"
	if asOf != nil {
		b.add(" AND at <= ?", *asOf)
		order = "at"
	}
	b.add(" ORDER BY " + order + " DESC LIMIT 1")
	var point model.ReadPoint
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, b.sql(), b.args, func(rows pgx.Rows) error {
		return rows.Scan(&point.Sequence, &point.Horizon, &point.At)
	})
	return point, err
}

// TenantByKey finds a tenant's id; the list of keys has no row security.
func (s *Store) TenantByKey(ctx context.Context, key string) (uuid.UUID, error) {
	var id uuid.UUID
	err := s.asWorker(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "SELECT id FROM tenant_list WHERE key = $1", key).Scan(&id)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, model.Errorf(model.NotFound, "there is no tenant %q", key)
	}
	return id, err
}

// TenantIDs lists all tenants.
func (s *Store) TenantIDs(ctx context.Context) (ids []uuid.UUID, err error) {
	err = s.asWorker(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "SELECT id FROM tenant_list ORDER BY id")
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
		return err
	})
	return ids, err
}

// asWorker runs statements over the policy-free tables, without a tenant.
func (s *Store) asWorker(ctx context.Context, fn func(pgx.Tx) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('role', $1, true)", string(RoleWorker)); err != nil {
			return err
		}
		return fn(tx)
	})
}
