package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/command/demo"
	"spm/command/graphiql"
	"spm/model"
	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/store/pgembed"
)

// demoTenant is the key of the demo's tenant.
const demoTenant = "demo"

// demoBudget is generous: who tries things out, or measures them, is not held up.
const demoBudget = 10 * service.DefaultUserBudget

func prepareDemo(flags *flag.FlagSet) runner {
	addr := flags.String("addr", defaultAddr, addrUsage)
	dataDir := flags.String("data-dir", "", dataDirUsage)
	allowed := originFlag(flags)
	reset := flags.Bool("reset", false, "begin anew: first remove what the demo has in the data directory; refused where there are other tenants than the demo's")
	watch := watchFlags(flags)
	logs := logFlag(flags)
	return func(ctx context.Context, e *Env) error {
		if err := e.logAs(*logs); err != nil {
			return err
		}
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		if e.Getenv(envKeySetURL) != "" || e.Getenv(envKeyFile) != "" {
			return fmt.Errorf("the demo signs its own tokens: unset %s and %s", envKeySetURL, envKeyFile)
		}
		origins, err := e.origins(*allowed)
		if err != nil {
			return err
		}
		origins.Local = true
		listener, err := listen(ctx, *addr)
		if err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
		d := &demonstration{
			Env: e, dir: dir, named: *dataDir, base: localURL(listener), began: time.Now(), screen: e.screen(), guides: demo.New().Guides(),
			origins: origins, watch: watch,
		}
		if *reset {
			err = d.reset(ctx)
		}
		if err == nil {
			err = d.serve(ctx, listener)
		}
		return e.unlessStopped(ctx, err)
	}
}

// demonstration is one run of the demo.
type demonstration struct {
	*Env
	dir, named string // the data directory, and as the command line named it
	base       string // of every URL, without a slash at its end
	began      time.Time
	screen     *demo.Screen
	guides     demo.Guides
	origins    resolver.Origins
	watch      watching

	tenant   uuid.UUID
	verifier auth.VerifierConfig
	key      *auth.SigningKey
	tokens   sync.Map    // subject -> signed, for loading
	loaded   atomic.Bool // whether everybody can sign in
}

// localURL is the address of the server for programs of this machine.
func localURL(listener net.Listener) string {
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// reset removes the demo's database unless it holds somebody's work.
func (d *demonstration) reset(ctx context.Context) error {
	if d.Getenv(envDatabaseURL) != "" {
		return fmt.Errorf("--reset removes what the demo has made in a data directory; the database of %s is yours to drop", envDatabaseURL)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "postgres")); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	db, err := d.ownDatabase(ctx, d.dir)
	if err != nil {
		return err
	}
	others, err := d.otherTenants(ctx, db.owner)
	db.close()
	if err != nil {
		return fmt.Errorf("look for other tenants: %w", err)
	}
	if others > 0 {
		return fmt.Errorf("data directory %s holds other tenants too (%d): name another one, or remove it yourself", d.dir, others)
	}
	return pgembed.Remove(ctx, d.dir, keyFile)
}

func (d *demonstration) otherTenants(ctx context.Context, owner string) (int, error) {
	url, err := d.migrated(ctx, owner)
	if err != nil {
		return 0, err
	}
	st, err := store.Open(ctx, url)
	if err != nil {
		return 0, err
	}
	defer st.Close()
	all, err := st.TenantIDs(ctx)
	if err != nil {
		return 0, err
	}
	own, err := findDemo(ctx, st)
	if err != nil && model.CodeOf(err) != model.NotFound {
		return 0, err
	}
	return len(slices.DeleteFunc(all, func(id uuid.UUID) bool { return id == own })), nil
}

// findDemo finds the tenant that the demo has made: a *model.Error with the
// code NOT_FOUND says that there is none, any other that the key is another's.
func findDemo(ctx context.Context, st *store.Store) (uuid.UUID, error) {
	id, err := st.TenantByKey(ctx, demoTenant)
	if err != nil {
		return uuid.Nil, err
	}
	tenant, err := st.TenantOf(ctx, model.Unbounded(id, model.Latest))
	if err != nil {
		return uuid.Nil, err
	}
	if tenant.Name != demo.Name {
		return uuid.Nil, fmt.Errorf("the tenant %s is %q, and not the demo's", demoTenant, tenant.Name)
	}
	return id, nil
}

// serve serves, and meanwhile fills the database and shows what is in it.
func (d *demonstration) serve(ctx context.Context, listener net.Listener) error {
	tabs, err := demo.Tabs(d.guides)
	if err != nil {
		return err
	}
	db, err := d.ownDatabase(ctx, d.dir)
	if err != nil {
		return err
	}
	defer db.close()
	s := Serving{
		Listener: listener, AnyoneReadsSchema: true, Origins: d.origins, Started: d.fill, UserBudget: demoBudget, TenantBudget: 10 * demoBudget,
		Page: graphiql.Handler(graphiql.Options{Title: "spm demo: " + demo.Name, Tabs: tabs, Deal: demo.Deal, People: d.people}),
	}
	if err := d.watch(ctx, d.Env, &s); err != nil {
		return err
	}
	if s.Metrics != nil {
		defer func() { _ = s.Metrics.Close() }()
	}
	if s.DatabaseURL, err = d.migrated(ctx, db.owner); err != nil {
		return err
	}
	if s.Tokens, err = d.Env.tokens(d.dir); err != nil {
		return err
	}
	if s.AuditKey, err = d.auditKey(d.dir, true); err != nil {
		return err
	}
	d.verifier = s.Tokens
	if d.key, err = ownKey(d.dir); err != nil {
		return err
	}
	return d.serveUntil(ctx, db, s)
}

// fill makes the tenant, loads the company through the API and shows it.
func (d *demonstration) fill(ctx context.Context, svc *service.Service) error {
	var err error
	if d.tenant, err = d.ensureTenant(ctx, svc); err != nil {
		return err
	}
	loader := demo.NewLoader(d.base+"/graphql", d.token, d.screen)
	loaded, err := loader.Loaded(ctx)
	if err != nil {
		return err
	}
	if !loaded {
		d.screen.Heading("Loading %s through %s", demo.Name, d.base+"/graphql")
		if err := loader.Load(ctx); err != nil {
			return err
		}
	}
	d.loaded.Store(true)
	if err := loader.Show(ctx); err != nil {
		return err
	}
	return d.invite()
}

func (d *demonstration) ensureTenant(ctx context.Context, svc *service.Service) (uuid.UUID, error) {
	id, err := findDemo(ctx, svc.Store)
	if err == nil || model.CodeOf(err) != model.NotFound {
		return id, err
	}
	made, err := svc.CreateTenant(ctx, service.CreateTenantInput{
		Key: demoTenant, Name: demo.Name, Currency: "USD", Issuer: d.verifier.Issuer, Subject: demo.Admin, UserName: demo.AdminName,
		Roles: []model.Role{model.RoleTenantAdmin, model.RoleCompAdmin},
	})
	return made.UUID(), inWords(err)
}
