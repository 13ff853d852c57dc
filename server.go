// Command spm is the server and its tools: `spm --help` lists them.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // tenants' zones, on machines that have none

	"spm/auth"
	"spm/command"
	"spm/command/telemetry"
	"spm/migrations"
	"spm/resolver"
	"spm/service"
	"spm/store"
)

// A drain: what may take how long, counted from the signal. The private
// Postgres, which stops last, has what is left of lastResort.
const (
	requestPatience    = 15 * time.Second
	backgroundPatience = 2 * time.Second
	hurriedPatience    = time.Second
	tracesPatience     = 5 * time.Second
	lastResort         = 20 * time.Second
)

func main() {
	log := command.NewLogger(os.Stderr, os.Getenv)
	ctx, hurry := untilSignalled(log)
	env := &command.Env{Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Log: log}
	env.Serve = func(ctx context.Context, s command.Serving) error { return serve(ctx, hurry, env.Log, s) }
	os.Exit(command.Run(ctx, env, os.Args[1:]))
}

// untilSignalled gives a context that ends at the first signal to end, and one
// that ends at the second. A process that has not ended by itself in time is
// ended; the kernel then stops the private Postgres.
func untilSignalled(log *slog.Logger) (ctx, hurry context.Context) {
	ctx, end := context.WithCancel(context.Background())
	hurry, endNow := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	orphaned := command.OrphanedByGoRun()
	go func() {
		select {
		case <-signals:
		case <-orphaned:
		}
		end()
		time.AfterFunc(lastResort, func() {
			log.Error("not everything ended in time")
			os.Exit(1)
		})
		<-signals
		endNow()
	}()
	return ctx, hurry
}

// serve wires a server and serves until ctx ends, then drains: not ready, no
// new connections, requests finish, background work stops. Whatever ends
// hurry cuts the waiting short; what is cut is rolled back by the database.
func serve(ctx, hurry context.Context, log *slog.Logger, s command.Serving) error {
	watch := telemetry.New(log, s.SlowOperation)
	log, flush, err := traced(ctx, watch, log, s)
	if err != nil {
		return err
	}
	var draining time.Time // since when
	defer func() { flush(hurry, draining) }()
	st, err := open(ctx, watch, s)
	if err != nil {
		return err
	}
	defer st.Close()
	s.Tokens.Refused = func(reason error) {
		watch.TokenRefused(auth.RefusalKind(reason))
		log.Info("token refused", "reason", reason)
	}
	verifier, err := auth.NewVerifier(s.Tokens)
	if err != nil {
		return err
	}
	defer verifier.Close()
	svc, err := service.New(st, verifier, time.Now, log)
	if err != nil {
		return err
	}
	svc.Observe(watch)
	configure(svc, s)
	health := command.NewHealth(st)
	streams := resolver.NewStreams(resolver.StreamOptions{PerPrincipal: s.StreamsPerUser})
	server := resolver.NewServer(routes(svc, health, streams, watch, s))
	server.RegisterOnShutdown(streams.Drain)
	server.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)

	defer watch.Serve(s.Metrics, st, streams)()

	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	worked, served, started := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() {
		defer close(worked)
		svc.Run(work)
	}()
	go func() { served <- server.Serve(s.Listener) }()
	log.Info("serving", "url", "http://"+s.Listener.Addr().String()+"/graphql")
	go func() { started <- s.Started(ctx, svc) }()
	for waiting := true; waiting; {
		select {
		case <-ctx.Done():
			waiting = false
		case err = <-started:
			started, waiting = nil, err == nil
		case err = <-served:
			waiting = false
		}
	}
	log.Info("draining")
	draining = time.Now()
	health.Drain()
	drain(hurry, log, server, streams)
	stopWork()
	if !within(hurry, backgroundPatience, started) || !within(hurry, backgroundPatience, worked) {
		log.Warn("the background work did not end in time; another process takes it over")
	}
	return err
}

// open opens the database, which must have every migration.
func open(ctx context.Context, watch *telemetry.Telemetry, s command.Serving) (*store.Store, error) {
	st, err := store.Open(ctx, s.DatabaseURL, store.Observed(watch))
	if err != nil {
		return nil, err
	}
	pending, err := migrations.Pending(ctx, st.Pool())
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("the database lacks the migrations %s: run `spm migrate up`", strings.Join(pending, ", "))
	}
	if err != nil {
		st.Close()
		return nil, err
	}
	return st, nil
}

// traced begins tracing where that is asked for. It gives the log, whose lines then
// name their trace, and what sends the traces that still wait, within what a drain
// has left.
func traced(ctx context.Context, watch *telemetry.Telemetry, log *slog.Logger, s command.Serving) (*slog.Logger, func(hurry context.Context, draining time.Time), error) {
	if s.TracesURL == "" {
		return log, func(context.Context, time.Time) {}, nil
	}
	stop, err := watch.Trace(ctx, telemetry.Traces{URL: s.TracesURL, Share: s.TracesShare})
	if err != nil {
		return nil, nil, err
	}
	log = watch.Logged(log)
	log.Info("traces", "url", s.TracesURL, "share", s.TracesShare)
	return log, func(hurry context.Context, draining time.Time) {
		until := time.Now().Add(tracesPatience)
		if last := draining.Add(requestPatience + backgroundPatience); !draining.IsZero() && last.Before(until) {
			until = last
		}
		patience, cancel := context.WithDeadline(hurry, until)
		defer cancel()
		stop(patience)
	}, nil
}

// configure sets what is asked of a service.
func configure(svc *service.Service, s command.Serving) {
	svc.SetAuditKey(s.AuditKey)
	svc.KeySets.AllowLoopback = s.LoopbackIssuers
	if s.SnapshotBytes != nil {
		svc.Snapshots.Most = *s.SnapshotBytes
	}
	if s.UserBudget > 0 {
		svc.Budget.User, svc.Budget.Tenant = store.Allowance(s.UserBudget), store.Allowance(s.TenantBudget)
	}
	svc.UserDocuments = s.UserDocuments
}

// routes are what the server answers.
func routes(svc *service.Service, health *command.Health, streams *resolver.Streams, watch *telemetry.Telemetry, s command.Serving) http.Handler {
	mux := http.NewServeMux()
	mayRead := func(ctx context.Context) bool {
		return s.AnyoneReadsSchema || auth.SessionOf(ctx).Principal.Can(auth.SchemaRead)
	}
	mux.Handle("/graphql", watch.Requests("/graphql", resolver.NewGraph(svc, resolver.Options{
		Logger: svc.Log, AllowGET: true, Streams: streams, Origins: s.Origins,
		Introspection: mayRead, Observer: watch,
	})))
	mux.Handle("/schema.graphql", resolver.NewSDL(svc, resolver.Options{Origins: s.Origins, Introspection: mayRead}))
	mux.HandleFunc("GET /healthz", health.Live)
	mux.HandleFunc("GET /readyz", health.Ready)
	if s.Page != nil {
		mux.Handle("GET /{$}", s.Page)
		mux.Handle("GET /graphiql/", s.Page)
	}
	return mux
}

// drain lets the requests under way finish, and ends what streams.
func drain(hurry context.Context, log *slog.Logger, server *http.Server, streams *resolver.Streams) {
	patience, cancel := context.WithTimeout(hurry, requestPatience)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		log.Warn("requests were cut off", "error", err)
		_ = server.Close()
	}
	if err := streams.Wait(patience); err != nil {
		log.Warn("streams were cut off", "error", err)
	}
}

// within tells whether done came in time.
func within(hurry context.Context, patience time.Duration, done <-chan error) bool {
	if done == nil {
		return true
	}
	if hurry.Err() != nil {
		patience = hurriedPatience
	}
	select {
	case <-done: //nolint:errcheck // whoever sends it has said it
		return true
	case <-time.After(patience):
		return false
	}
}
