package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Backlog is what waits in the database for the work behind the writers, of all
// tenants together.
type Backlog struct {
	Unsealed int // transactions whose changes are not sealed
	Work     int // transactions whose marks are not worked off
	Tenants  int // tenants that have such
}

// Backlog counts what waits.
func (s *Store) Backlog(ctx context.Context) (b Backlog, err error) {
	err = s.asWorker(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM unsealed), count(*), count(DISTINCT tenant_id) FROM work`).
			Scan(&b.Unsealed, &b.Work, &b.Tenants)
	})
	return b, err
}
