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
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/command/demo"
	"spm/model"
	"spm/service"
	"spm/store"
	"spm/store/pgembed"
)

// demoTenant is the key of the demo's tenant.
const demoTenant = "demo"

// demoTokenTTL is how long the demo's own tokens live; it makes new ones.
const demoTokenTTL = time.Hour

func prepareDemo(flags *flag.FlagSet) runner {
	addr := flags.String("addr", defaultAddr, addrUsage)
	dataDir := flags.String("data-dir", "", dataDirUsage)
	reset := flags.Bool("reset", false, "remove the data directory first; refused where it holds other tenants than the demo's")
	return func(ctx context.Context, e *Env) error {
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		if e.Getenv(envKeySetURL) != "" || e.Getenv(envKeyFile) != "" {
			return fmt.Errorf("the demo signs its own tokens: unset %s and %s", envKeySetURL, envKeyFile)
		}
		listener, err := listen(*addr)
		if err != nil {
			return err
		}
		defer func() { _ = listener.Close() }()
		d := &demonstration{Env: e, dir: dir, named: *dataDir, url: localURL(listener), began: time.Now()}
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
	url        string
	began      time.Time

	tenant   uuid.UUID
	verifier auth.VerifierConfig
	key      *auth.SigningKey
	tokens   sync.Map // subject -> signed
}

// signed is a token until it has to be replaced.
type signed struct {
	token string
	until time.Time
}

// localURL is the address of the API for programs of this machine.
func localURL(listener net.Listener) string {
	host, port, _ := net.SplitHostPort(listener.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/graphql"
}

// reset removes the data directory unless it holds somebody's work.
func (d *demonstration) reset(ctx context.Context) error {
	if d.Getenv(envDatabaseURL) != "" {
		return fmt.Errorf("--reset removes a data directory; the database of %s is yours to drop", envDatabaseURL)
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
	return pgembed.Remove(ctx, d.dir)
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
	own, err := st.TenantByKey(ctx, demoTenant)
	if err != nil && model.CodeOf(err) != model.NotFound {
		return 0, err
	}
	return len(slices.DeleteFunc(all, func(id uuid.UUID) bool { return id == own })), nil
}

// serve serves, and meanwhile fills the database and shows what is in it.
func (d *demonstration) serve(ctx context.Context, listener net.Listener) error {
	db, err := d.ownDatabase(ctx, d.dir)
	if err != nil {
		return err
	}
	defer db.close()
	s := Serving{Listener: listener, AnyoneReadsSchema: true, Started: d.fill}
	if s.DatabaseURL, err = d.migrated(ctx, db.owner); err != nil {
		return err
	}
	if s.Tokens, err = d.Env.tokens(d.dir); err != nil {
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
	loader := demo.NewLoader(d.url, d.token, d.Stdout)
	loaded, err := loader.Loaded(ctx)
	if err != nil {
		return err
	}
	if !loaded {
		fmt.Fprintf(d.Stdout, "Loading %s through %s\n\n", demo.Name, d.url)
		if err := loader.Load(ctx); err != nil {
			return err
		}
	}
	people, err := loader.Show(ctx, d.Stdout)
	if err != nil {
		return err
	}
	d.invite(people)
	return nil
}

func (d *demonstration) ensureTenant(ctx context.Context, svc *service.Service) (uuid.UUID, error) {
	id, err := svc.Store.TenantByKey(ctx, demoTenant)
	if err == nil || model.CodeOf(err) != model.NotFound {
		return id, err
	}
	made, err := svc.CreateTenant(ctx, service.CreateTenantInput{
		Key: demoTenant, Name: demo.Name, Currency: "USD", Issuer: d.verifier.Issuer, Subject: demo.Admin, UserName: demo.AdminName,
		Roles: []model.Role{model.RoleTenantAdmin, model.RoleCompAdmin},
	})
	return made.UUID(), inWords(err)
}

// token signs a token for a user of the demo.
func (d *demonstration) token(subject string) (string, error) {
	now := time.Now()
	if kept, found := d.tokens.Load(subject); found && kept.(signed).until.After(now) {
		return kept.(signed).token, nil
	}
	claims := auth.Claims{Issuer: d.verifier.Issuer, Subject: subject, Tenant: d.tenant, Expires: now.Add(demoTokenTTL)}
	token, err := d.key.Sign(claims, d.verifier.Audience, now)
	d.tokens.Store(subject, signed{token, now.Add(demoTokenTTL / 2)})
	return token, err
}

// invite says how to go on.
func (d *demonstration) invite(people demo.People) {
	where := ""
	if d.named != "" {
		where = " --data-dir " + quoted(d.named)
	}
	command := programName() + " token" + where + " --tenant " + demoTenant
	fmt.Fprintf(d.Stdout, "\nTokens, good for 12 hours; each command prints one and nothing else\n\n")
	for _, one := range []struct{ flag, who string }{
		{"--payee " + quoted(people.Rep), "a rep: sees own pay"},
		{"--payee " + quoted(people.Manager), "the manager: sees the team's"},
		{"--role COMP_ADMIN", demo.AdminName + ": writes plans, calculates"},
		{"--role FINANCE", "approves plans, reads all pay"},
		{"--role SALES_OPS", "records deals, mends exceptions"},
	} {
		fmt.Fprintf(d.Stdout, "  %-78s # %s\n", command+" "+one.flag, one.who)
	}
	fmt.Fprintf(d.Stdout, `
Ask something

  TOKEN=$(%s --payee %s)
  curl -s %s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \
    -d '{"query":"{ viewer { payee { name } } earnings(last: 3) { nodes { componentName period { name } amount { amount currency } } } }"}'

Serving %s after %.1f s; Ctrl-C ends it
`, command, quoted(people.Rep), d.url, d.url, time.Since(d.began).Seconds())
}

// quoted is a word of a shell's command line.
func quoted(word string) string {
	if strings.ContainsFunc(word, func(c rune) bool {
		return !strings.ContainsRune("-_./:@", c) && !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9')
	}) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	return word
}

// programName is how the user started this program.
func programName() string {
	if path, err := os.Executable(); err == nil && builtByGoRun(path) {
		return "go run ."
	}
	return quoted(os.Args[0])
}
