// Package migrations holds the schema's history and brings a database to it.
package migrations

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/migrate"
)

//go:embed *.sql
var files embed.FS

// historyTable is where bun notes what is applied.
const historyTable = "bun_migrations"

// lockKey is the session advisory lock under which a database is migrated.
const lockKey = 0x73706d6d

// Roles of the database, as ADR 0003 argues them.
const (
	RoleAPI    = "spm_api"
	RoleWorker = "spm_worker"
	RoleServer = "spm_server"
)

// Hash identifies the schema: it changes with every migration file.
func Hash() string {
	h := sha256.New()
	_ = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n", path, len(content))
		h.Write(content)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Up brings the owner's database to the newest schema and names what it
// applied. Concurrent calls queue; a second one does nothing.
func Up(ctx context.Context, ownerURL string) (applied []string, err error) {
	err = locked(ctx, ownerURL, func(pool *pgxpool.Pool, m *migrate.Migrator) error {
		if err := ensureRoles(ctx, pool); err != nil {
			return err
		}
		if err := riverUp(ctx, pool); err != nil {
			return err
		}
		err := untangled(ctx, func() error {
			group, err := m.Migrate(ctx)
			if err == nil {
				for _, one := range group.Migrations.Applied() {
					applied = append(applied, one.Name)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if err := raiseOffset(ctx, pool); err != nil {
			return err
		}
		// So that the server can tell whether it is ready: see Pending.
		_, err = pool.Exec(ctx, "GRANT SELECT ON "+historyTable+" TO "+RoleServer)
		return err
	})
	return applied, err
}

// Down takes back the last group of migrations. It refuses while there are
// tenants, so that no money is dropped.
func Down(ctx context.Context, ownerURL string) (removed []string, err error) {
	err = locked(ctx, ownerURL, func(_ *pgxpool.Pool, m *migrate.Migrator) error {
		return untangled(ctx, func() error {
			group, err := m.Rollback(ctx)
			if err == nil {
				for _, one := range group.Migrations {
					removed = append(removed, one.Name)
				}
			}
			return err
		})
	})
	return removed, err
}

// untangled does a group of migrations again, a few times, where it got into a
// deadlock with a server that is at work: each migration is one transaction, and
// what was done stays done.
func untangled(ctx context.Context, migrate func() error) error {
	const tries, pause = 5, 50 * time.Millisecond
	for try := 1; ; try++ {
		err := migrate()
		deadlock, is := errors.AsType[*pgconn.PgError](err)
		if !is || deadlock.Code != "40P01" || try == tries {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(time.Duration(try) * pause):
		}
	}
}

// Status names each migration and whether it is applied.
func Status(ctx context.Context, ownerURL string) (names []string, applied []bool, err error) {
	err = locked(ctx, ownerURL, func(_ *pgxpool.Pool, m *migrate.Migrator) error {
		all, err := m.MigrationsWithStatus(ctx)
		for _, one := range all {
			names = append(names, one.Name)
			applied = append(applied, one.IsApplied())
		}
		return err
	})
	return names, applied, err
}

func locked(ctx context.Context, ownerURL string, work func(*pgxpool.Pool, *migrate.Migrator) error) error {
	pool, err := pgxpool.New(ctx, ownerURL)
	if err != nil {
		return fmt.Errorf("open the owner's database: %w", err)
	}
	defer pool.Close()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("open the owner's database: %w", err)
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", lockKey); err != nil {
		return err
	}
	defer func() { _, _ = lock.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock($1)", lockKey) }()

	sqldb := stdlib.OpenDBFromPool(pool)
	defer func(db *sql.DB) { _ = db.Close() }(sqldb)
	known := migrate.NewMigrations()
	if err := known.Discover(files); err != nil {
		return err
	}
	migrator := migrate.NewMigrator(bun.NewDB(sqldb, pgdialect.New()), known, migrate.WithTableName(historyTable), migrate.WithMarkAppliedOnSuccess(true))
	if err := migrator.Init(ctx); err != nil {
		return err
	}
	return work(pool, migrator)
}

func riverUp(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	_, err = pool.Exec(ctx, `DO $$ DECLARE t text; BEGIN
		FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'river%' LOOP
			EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO `+RoleServer+`, `+RoleWorker+`', t);
		END LOOP;
		FOR t IN SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND sequencename LIKE 'river%' LOOP
			EXECUTE format('GRANT USAGE ON SEQUENCE %I TO `+RoleServer+`, `+RoleWorker+`', t);
		END LOOP; END $$`)
	return err
}

// ensureRoles makes the cluster's roles where they are missing. Several
// databases of one cluster share them, so a race with another database's
// migration is no error.
func ensureRoles(ctx context.Context, pool *pgxpool.Pool) error {
	statements := []string{
		"CREATE ROLE " + RoleAPI + " NOLOGIN",
		"CREATE ROLE " + RoleWorker + " NOLOGIN",
		"CREATE ROLE " + RoleServer + " LOGIN NOINHERIT",
		"GRANT " + RoleAPI + ", " + RoleWorker + " TO " + RoleServer,
		// So that the sealer knows the backends of other databases; without it
		// their open transactions only delay the seal.
		"GRANT pg_read_all_stats TO " + RoleWorker,
	}
	for _, statement := range statements {
		_, err := pool.Exec(ctx, statement)
		var pg *pgconn.PgError
		switch {
		case err == nil:
		case errors.As(err, &pg) && (pg.Code == "42710" || pg.Code == "23505" || pg.Code == "XX000"):
		case errors.As(err, &pg) && pg.Code == "42501" && statement == statements[len(statements)-1]:
		default:
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// ServeURL gives the URL under which the server signs in to the same database.
// Its role's password is derived from the owner's, and set where it is not in
// force yet.
func ServeURL(ctx context.Context, ownerURL string) (string, error) {
	u, err := url.Parse(ownerURL)
	if err != nil {
		return "", fmt.Errorf("the owner's URL: %w", err)
	}
	secret, _ := u.User.Password()
	sum := sha256.Sum256([]byte(RoleServer + ":" + secret))
	password := hex.EncodeToString(sum[:24])
	u.User = url.UserPassword(RoleServer, password)
	if conn, err := pgx.Connect(ctx, u.String()); err == nil {
		return u.String(), conn.Close(ctx)
	}
	owner, err := pgx.Connect(ctx, ownerURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = owner.Close(ctx) }()
	_, err = owner.Exec(ctx, "ALTER ROLE "+RoleServer+" LOGIN PASSWORD '"+password+"'")
	var pg *pgconn.PgError
	if err != nil && !(errors.As(err, &pg) && pg.Code == "XX000") { // another process set the same one
		return "", fmt.Errorf("give %s a password: %w", RoleServer, err)
	}
	return u.String(), nil
}
