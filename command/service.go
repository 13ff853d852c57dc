package command

import (
	"context"
	"fmt"
	"sync"
	"time"

	"spm/migrations"
	"spm/service"
	"spm/store"
)

// withService lends a service that takes no requests to a command that ends at
// once: on the database of SERVE_DATABASE_URL, of DATABASE_URL or of the data
// directory.
func (e *Env) withService(ctx context.Context, dir string, use func(*service.Service) error) error {
	url := e.Getenv(envServeDatabaseURL)
	if url == "" {
		db, err := e.anyDatabase(ctx, dir, false)
		if err != nil {
			return err
		}
		defer db.close()
		if url, err = migrations.ServeURL(ctx, db.owner); err != nil {
			return err
		}
	}
	st, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	defer st.Close()
	pending, err := migrations.Pending(ctx, st.Pool())
	if err != nil {
		return err
	}
	if len(pending) > 0 {
		return fmt.Errorf("the database lacks the migrations %v: run `spm migrate up`", pending)
	}
	svc, err := service.New(st, nil, time.Now, e.Log)
	if err != nil {
		return err
	}
	// Changes are sealed here too: it may be that no server runs.
	sealing, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { svc.Sealer.Run(sealing) })
	defer running.Wait()
	defer stop()
	return use(svc)
}
