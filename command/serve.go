package command

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"spm/command/graphiql"
	"spm/model"
	"spm/resolver"
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
	allowed := originFlag(flags)
	page := flags.Bool("graphiql", false, "serve a page at / on which people ask the API by hand, with a token of theirs")
	perUser := flags.Int("streams-per-user", 100, "`number` of subscriptions, and of WebSockets, that one user may have open on this process")
	userBudget := flags.Int("budget-per-user", service.DefaultUserBudget, "`points` that the operations of one user may cost in a minute, over all processes")
	loopback := flags.Bool("allow-loopback-issuers", false, "let tenants register identity providers on this machine, by http too: for development and tests only")
	tenantBudget := flags.Int("budget-per-tenant", service.DefaultTenantBudget, "`points` that those of all users of a tenant may cost in a minute")
	snapshots := flags.Int64("snapshot-memory", service.DefaultSnapshotBytes>>20, "`MiB` of memory that facts held for what-ifs may take, of all tenants together; 0 holds none")
	documents := flags.String("user-documents", "any", "which documents users may send: `any`, prefer (any, and the log tells of those that are not trusted) or only (trusted ones)")
	watch := watchFlags(flags)
	logs := logFlag(flags)
	return func(ctx context.Context, e *Env) error {
		mode, known := documentModes[*documents]
		if !known {
			return usagef("--user-documents is any, prefer or only")
		}
		if *perUser < 1 {
			return usagef("--streams-per-user is at least 1")
		}
		if *userBudget < resolver.ExportMaxCost || *tenantBudget < *userBudget {
			return usagef("--budget-per-user is at least %d, what one operation may cost, and --budget-per-tenant no less than it", resolver.ExportMaxCost)
		}
		if *snapshots < 0 || *snapshots > maxSnapshotMiB {
			return usagef("--snapshot-memory is from 0 to %d", maxSnapshotMiB)
		}
		if err := e.logAs(*logs); err != nil {
			return err
		}
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		origins, err := e.origins(*allowed)
		if err != nil {
			return err
		}
		listener, err := listen(ctx, *addr)
		if err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
		s := Serving{Listener: listener, Origins: origins, StreamsPerUser: *perUser, UserBudget: *userBudget, TenantBudget: *tenantBudget, UserDocuments: mode, LoopbackIssuers: *loopback}
		bytes := *snapshots << 20
		s.SnapshotBytes = &bytes
		if err := watch(ctx, e, &s); err != nil {
			return err
		}
		if s.Metrics != nil {
			defer func() { _ = s.Metrics.Close() }()
		}
		if *page {
			s.Page = graphiql.Handler(graphiql.Options{Tabs: []string{firstTab}})
		}
		return e.unlessStopped(ctx, e.serve(ctx, dir, s))
	}
}

// maxSnapshotMiB is a terabyte.
const maxSnapshotMiB = 1 << 20

// defaultSlow is how long an operation takes that is logged.
const defaultSlow = time.Second

// defaultShare is how much is traced where traces go somewhere.
const defaultShare = 0.1

// watching reads the flags of those who watch the server.
type watching func(ctx context.Context, e *Env, s *Serving) error

// watchFlags declares them.
func watchFlags(flags *flag.FlagSet) watching {
	metrics := flags.String("metrics-addr", "", "`host:port` at which Prometheus reads /metrics, without a token: one that only it reaches; nowhere where absent")
	slow := flags.Duration("slow-operation", defaultSlow, "`time` from which on an operation is logged as slow; 0 logs none")
	traces := flags.String("traces-url", "", "`url` at which an OpenTelemetry collector takes traces, like http://127.0.0.1:4318/v1/traces; nothing is traced where absent")
	share := flags.Float64("traces-share", defaultShare, "`share` of operations and runs that is traced, 0 to 1, beside those whose signed-in caller traces them")
	return func(ctx context.Context, e *Env, s *Serving) error {
		if *slow < 0 {
			return usagef("--slow-operation is no less than 0")
		}
		s.SlowOperation = *slow
		if !(*share >= 0 && *share <= 1) {
			return usagef("--traces-share is from 0 to 1")
		}
		s.TracesShare = *share
		var err error
		if s.TracesURL, err = collectorURL(cmp.Or(*traces, e.Getenv(envTracesURL))); err != nil {
			return err
		}
		if *metrics == "" {
			return nil
		}
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", *metrics)
		if err != nil {
			return fmt.Errorf("%w: name another address with --metrics-addr", err)
		}
		s.Metrics = listener
		return nil
	}
}

// collectorURL checks the address of a collector, and gives it with a path. What is
// in it may be logged, so it holds no password.
func collectorURL(given string) (string, error) {
	if given == "" {
		return "", nil
	}
	at, err := url.Parse(given)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil || at.RawQuery != "" || at.Fragment != "" {
		return "", usagef("--traces-url or %s is like http://127.0.0.1:4318/v1/traces, without a user or a query: headers are given by %s", envTracesURL, envTracesHeaders)
	}
	if at.Path == "" || at.Path == "/" {
		at.Path = "/v1/traces"
	}
	return at.String(), nil
}

// documentModes are the values of --user-documents.
var documentModes = map[string]model.DocumentMode{"any": model.AnyDocument, "prefer": model.PreferTrusted, "only": model.TrustedOnly}

// firstTab is what the page at / begins with.
const firstTab = `# Who am I here, and what may I do? Give an access token above, then press ▶.
query WhoAmI {
  viewer {
    user { name }
    tenant { name }
    payee { name }
    roles
    permissions
  }
}
`

// serve serves the database of SERVE_DATABASE_URL, or the private one.
func (e *Env) serve(ctx context.Context, dir string, s Serving) error {
	s.DatabaseURL = e.Getenv(envServeDatabaseURL)
	s.Started = func(context.Context, *service.Service) error { return nil }
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
	if s.AuditKey, err = e.auditKey(dir, db.owner != ""); err != nil {
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
func listen(ctx context.Context, addr string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", addr)
	switch {
	case err == nil:
		return listener, nil
	case alive(ctx, addr):
		return nil, fmt.Errorf("%w: an spm serves http://%s already; open that, or name another address with --addr", err, addr)
	}
	return nil, fmt.Errorf("%w: name another address with --addr", err)
}

// alivePatience bounds the question who has an address.
const alivePatience = time.Second

// alive tells whether a server of this program answers at an address.
func alive(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, alivePatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, 100))
	return err == nil && strings.HasPrefix(string(body), `{"status":"ok"`)
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
