package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"spm/migrations"
	"spm/store/pgembed"
)

// stopPatience bounds the stopping of the private Postgres in good order;
// after it the next start has to replay the log.
const stopPatience = 2 * time.Second

// startingPatience bounds the wait for a private Postgres that another process
// is starting.
const startingPatience = 20 * time.Second

func resolveDataDir(dir string) (string, error) {
	if dir != "" {
		return dir, nil
	}
	return pgembed.DefaultDataDir()
}

// startPrivate runs the private Postgres of a data directory, which it makes
// if need be.
func (e *Env) startPrivate(ctx context.Context, dir string) (*pgembed.Server, error) {
	e.Log.InfoContext(ctx, "starting the private Postgres", "dataDir", dir)
	server, err := pgembed.Start(ctx, pgembed.Options{DataDir: dir})
	if err != nil {
		return nil, err
	}
	return server, nil
}

// stopPrivate stops it, though ctx has ended.
func (e *Env) stopPrivate(ctx context.Context, server *pgembed.Server) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopPatience)
	defer cancel()
	if err := server.Stop(ctx); err != nil {
		e.Log.ErrorContext(ctx, "stopping the private Postgres failed", "error", err)
	}
}

// database is where a command finds its data.
type database struct {
	owner string          // the owner's URL; "" where only the server's is known
	lost  <-chan struct{} // closed when a private Postgres of ours has ended; nil where there is none
	log   string          // and its log
	close func()
}

// ownDatabase gives the owner's database for as long as a server runs: that
// of DATABASE_URL, or the private one, which must not be running already.
func (e *Env) ownDatabase(ctx context.Context, dir string) (*database, error) {
	if url := e.Getenv(envDatabaseURL); url != "" {
		return &database{owner: url, close: func() {}}, nil
	}
	server, err := e.startPrivate(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &database{
		owner: server.DSN(""), lost: server.Done(), log: server.LogFile(), close: func() {
			e.stopPrivate(ctx, server)
			e.Log.InfoContext(ctx, "private Postgres stopped")
		},
	}, nil
}

// anyDatabase gives the owner's database for a moment: that of DATABASE_URL,
// or the private one, started for it where no process runs it. Unless create
// is set, the data directory must have one.
func (e *Env) anyDatabase(ctx context.Context, dir string, create bool) (*database, error) {
	if url := e.Getenv(envDatabaseURL); url != "" {
		return &database{owner: url, close: func() {}}, nil
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); errors.Is(err, os.ErrNotExist) && !create {
		return nil, fmt.Errorf("data directory %s holds no database yet: start `spm demo` or `spm serve` on it, or set %s", dir, envDatabaseURL)
	}
	for patience := time.Now().Add(startingPatience); ; {
		if url, err := pgembed.RunningDSN(dir, ""); err == nil {
			return &database{owner: url, close: func() {}}, nil
		}
		server, err := pgembed.Start(ctx, pgembed.Options{DataDir: dir})
		if err == nil {
			return &database{owner: server.DSN(""), close: func() { e.stopPrivate(ctx, server) }}, nil
		}
		var used *pgembed.InUseError
		if !errors.As(err, &used) || time.Now().After(patience) {
			return nil, err
		}
		select { // another process is starting or stopping it
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// migrated brings the owner's database to the schema and gives the URL under
// which the server signs in.
func (e *Env) migrated(ctx context.Context, owner string) (serveURL string, err error) {
	applied, err := migrations.Up(ctx, owner)
	if err != nil {
		return "", fmt.Errorf("migrate: %w", err)
	}
	if len(applied) > 0 {
		e.Log.InfoContext(ctx, "database migrated", "applied", applied)
	}
	return migrations.ServeURL(ctx, owner)
}
