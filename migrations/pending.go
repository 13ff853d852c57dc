package migrations

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/uptrace/bun/migrate"
)

// Pending names the migrations that this program knows and the database lacks;
// more than it knows are no harm. It asks as any role that Up has granted the
// history to, such as the server's, and waits for no migration under way.
func Pending(ctx context.Context, pool *pgxpool.Pool) ([]string, error) {
	known := migrate.NewMigrations()
	if err := known.Discover(files); err != nil {
		return nil, err
	}
	rows, _ := pool.Query(ctx, "SELECT name FROM "+historyTable) // its error comes out of rows too
	applied, err := pgx.CollectRows(rows, pgx.RowTo[string])
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "42501") { // no table, or not granted yet
		applied, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	var pending []string
	for _, one := range known.Sorted() {
		if !slices.Contains(applied, one.Name) {
			pending = append(pending, one.Name)
		}
	}
	if len(pending) > 0 {
		return pending, nil
	}
	queue, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return nil, err
	}
	state, err := queue.Validate(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("the job queue's migrations: %w", err)
	}
	for _, message := range state.Messages {
		pending = append(pending, "job queue: "+message)
	}
	return pending, nil
}
