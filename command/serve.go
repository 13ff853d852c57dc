package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"

	"spm/service"
)

const (
	addrUsage    = "`host:port` to listen on; port 0 takes a free one"
	dataDirUsage = "`directory` of the private Postgres and the key pair; /var/lib/spm as root, otherwise ~/.local/share/spm"
	defaultAddr  = "127.0.0.1:8080"
)

func prepareServe(flags *flag.FlagSet) runner {
	addr := flags.String("addr", defaultAddr, addrUsage)
	dataDir := flags.String("data-dir", "", dataDirUsage)
	return func(ctx context.Context, e *Env) error {
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		listener, err := listen(*addr)
		if err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
		return e.unlessStopped(ctx, e.serve(ctx, dir, listener))
	}
}

// serve serves the database of SERVE_DATABASE_URL, or the private one.
func (e *Env) serve(ctx context.Context, dir string, listener net.Listener) error {
	s := Serving{
		Listener: listener, DatabaseURL: e.Getenv(envServeDatabaseURL),
		Started: func(context.Context, *service.Service) error { return nil },
	}
	db := &database{}
	switch {
	case s.DatabaseURL != "":
	case e.Getenv(envDatabaseURL) != "":
		return fmt.Errorf("serve does not use the owner's %s: set %s too, to what `spm migrate url` prints", envDatabaseURL, envServeDatabaseURL)
	default:
		var err error
		if db, err = e.ownDatabase(ctx, dir); err != nil {
			return err
		}
		defer db.close()
		if s.DatabaseURL, err = e.migrated(ctx, db.owner); err != nil {
			return err
		}
	}
	var err error
	if s.Tokens, err = e.tokens(dir); err != nil {
		return err
	}
	return e.serveUntil(ctx, db, s)
}

// serveUntil serves until ctx ends or the private Postgres is lost.
func (e *Env) serveUntil(ctx context.Context, db *database, s Serving) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if db.lost != nil {
		go func() {
			select {
			case <-db.lost:
				cancel(fmt.Errorf("the private Postgres ended; its log is %s", db.log))
			case <-ctx.Done():
			}
		}()
	}
	err := e.Serve(ctx, s)
	if cause := context.Cause(ctx); err == nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// listen takes the address before anything else is done.
func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: name another address with --addr", err)
	}
	return listener, nil
}

// unlessStopped is no error where the user ended the command, while it was
// starting or later.
func (e *Env) unlessStopped(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		e.Log.InfoContext(ctx, "stopped early", "while", err)
		return nil //nolint:nilerr // it was the user who ended it
	}
	return err
}
