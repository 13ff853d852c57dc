// Package harness runs the whole server inside a test: a fresh database, the
// service with its sealer and worker, and HTTP on a port of its own.
package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/auth"
	"spm/migrations"
	"spm/model"
	"spm/resolver"
	"spm/service"
	"spm/store"
	"spm/store/storetest"
)

// Issuer and Audience are those of the harness's tokens.
const (
	Issuer   = "https://issuer.test"
	Audience = "spm"
)

// Unlimited is a budget that no test spends; those of budgets set their own.
const Unlimited = store.Allowance(1e12)

// anyCost lets an operation cost what it likes: tests ask for more at once than a page
// does, the leak test for all that there is.
func anyCost(context.Context) int { return math.MaxInt }

// Migrator brings a test database to the schema.
var Migrator = storetest.Migrator{Hash: migrations.Hash(), Run: func(ctx context.Context, url string) error {
	_, err := migrations.Up(ctx, url)
	return err
}}

// Harness is a running server with one tenant.
type Harness struct {
	tb       testing.TB
	OwnerURL string
	ServeURL string
	URL      string
	Tenant   uuid.UUID
	Service  *service.Service
	DataDir  string // holds the key that signs the tokens, where the program looks for it
	stops    []func()
	key      *auth.SigningKey
	mu       sync.Mutex
	tokens   map[string]string
	owner    *pgx.Conn
	logged   logged
	idle     bool

	// Ahead is how far the clock by which tokens of tenants' issuers, and their
	// keys, are judged is ahead.
	Ahead *atomic.Int64

	// Patience bounds each wait; two minutes where it is 0.
	Patience time.Duration
}

// New starts a server on a fresh database with the tenant "test".
func New(tb testing.TB) *Harness {
	tb.Helper()
	return start(tb, storetest.Database(tb, Migrator), false)
}

// NewOn is New on a database of the caller's, which is migrated and empty.
func NewOn(tb testing.TB, ownerURL string) *Harness {
	tb.Helper()
	return start(tb, ownerURL, false)
}

// NewIdle is New with nobody who works off what mutations mark, so that a test
// can read the marks.
func NewIdle(tb testing.TB) *Harness {
	tb.Helper()
	return start(tb, storetest.Database(tb, Migrator), true)
}

func start(tb testing.TB, ownerURL string, idle bool) *Harness {
	tb.Helper()
	debug.SetGCPercent(400) // tests hold little and allocate much, on two cores
	ctx := tb.Context()
	h := &Harness{tb: tb, OwnerURL: ownerURL, tokens: map[string]string{}, idle: idle, Ahead: new(atomic.Int64)}
	var err error
	h.DataDir = tb.TempDir()
	h.key, err = auth.LoadOrCreateKey(filepath.Join(h.DataDir, "key.pem"))
	h.must(err)
	h.ServeURL, err = migrations.ServeURL(ctx, h.OwnerURL)
	h.must(err)
	h.Service, h.URL = h.Start()
	id, err := h.Service.CreateTenant(ctx, service.CreateTenantInput{
		Key: "test", Name: "Test", Currency: "USD", Issuer: Issuer, Subject: "admin", UserName: "Admin",
		Roles: []model.Role{model.RoleTenantAdmin, model.RoleCompAdmin},
	})
	h.must(err)
	h.Tenant = id.UUID()
	return h
}

// Beside gives a harness of a second tenant on the same database and servers,
// whose admin is TENANT_ADMIN and COMP_ADMIN.
func (h *Harness) Beside(key string) *Harness {
	h.tb.Helper()
	id, err := h.Service.CreateTenant(h.tb.Context(), service.CreateTenantInput{
		Key: key, Name: key, Currency: "USD", Issuer: Issuer, Subject: "admin", UserName: "Admin",
		Roles: []model.Role{model.RoleTenantAdmin, model.RoleCompAdmin},
	})
	h.must(err)
	return &Harness{
		tb: h.tb, OwnerURL: h.OwnerURL, ServeURL: h.ServeURL, URL: h.URL, Service: h.Service, Tenant: id.UUID(),
		key: h.key, tokens: map[string]string{}, Ahead: h.Ahead,
	}
}

// Start starts one more server process' worth of service on the same database
// and gives it with its URL. It ends with the test.
func (h *Harness) Start() (*service.Service, string) {
	h.tb.Helper()
	return h.StartBy(time.Now)
}

// StartBy is Start of a server that goes by another clock.
func (h *Harness) StartBy(clock func() time.Time) (*service.Service, string) {
	h.tb.Helper()
	verifier, err := auth.NewVerifier(auth.VerifierConfig{Issuer: Issuer, Audience: Audience, Keys: []auth.VerificationKey{h.key.Public()}, Now: clock})
	h.must(err)
	st, err := store.Open(h.tb.Context(), h.ServeURL)
	h.must(err)
	log := h.logger()
	svc, err := service.New(st, verifier, clock, log)
	h.must(err)
	svc.Budget.User, svc.Budget.Tenant, svc.Budget.Millisecond = Unlimited, Unlimited, 0
	svc.KeySets.AllowLoopback = true
	svc.KeySets.Now = h.Now
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if h.idle {
			svc.Sealer.Run(ctx)
			return
		}
		svc.Run(ctx)
	})
	streams := resolver.NewStreams(resolver.StreamOptions{})
	server := httptest.NewServer(resolver.NewGraph(svc, resolver.Options{
		Logger: log, Introspection: func(context.Context) bool { return true }, AllowGET: true, Streams: streams, MaxCost: anyCost,
	}))
	end := sync.OnceFunc(func() {
		streams.Drain()
		server.Close()
		stop()
		running.Wait()
		st.Close()
	})
	h.stops = append(h.stops, end)
	h.tb.Cleanup(end)
	return svc, server.URL
}

// Stop stops all servers that were started, so that other processes have the
// database to themselves. Tokens that were given stay valid.
func (h *Harness) Stop() {
	for _, end := range h.stops {
		end()
	}
}

type testWriter struct{ tb testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.tb.Logf("%s", bytes.TrimSpace(p))
	return len(p), nil
}

func (h *Harness) must(err error) {
	h.tb.Helper()
	if err != nil {
		h.tb.Fatal(err)
	}
}

// Token gives a token of a user with exactly these roles and, where payee is
// not nil, who is that payee. The same call gives the same user.
func (h *Harness) Token(payee *model.ID, roles ...model.Role) string {
	h.tb.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	subject := subjectOf(payee, roles)
	if token, known := h.tokens[subject]; known {
		return token
	}
	if subject != "admin" {
		h.addUser(subject, payee, roles)
	}
	h.tokens[subject] = h.sign(subject, time.Hour)
	return h.tokens[subject]
}

// TokenFor gives a further token of the user of Token, which lasts so long.
func (h *Harness) TokenFor(lasts time.Duration, payee *model.ID, roles ...model.Role) string {
	h.tb.Helper()
	h.Token(payee, roles...)
	return h.sign(subjectOf(payee, roles), lasts)
}

func subjectOf(payee *model.ID, roles []model.Role) string {
	if payee == nil && len(roles) == 2 && roles[0] == model.RoleTenantAdmin {
		return "admin"
	}
	return fmt.Sprint("user ", roles, " ", payee)
}

func (h *Harness) sign(subject string, lasts time.Duration) string {
	h.tb.Helper()
	now := time.Now()
	token, err := h.key.Sign(auth.Claims{Issuer: Issuer, Subject: subject, Tenant: h.Tenant, Expires: now.Add(lasts)}, Audience, now)
	h.must(err)
	return token
}

func (h *Harness) addUser(subject string, payee *model.ID, roles []model.Role) {
	h.tb.Helper()
	var xid int64
	opts := store.TxOptions{Tenant: h.Tenant, ActorName: "harness", Operation: "addUser"}
	h.must(h.Service.Store.InTx(h.tb.Context(), opts, func(tx *store.Tx) error {
		xid = tx.XID
		_, err := tx.SaveUser(h.tb.Context(), &model.User{
			ID: model.UUIDs(model.KindUser, uuid.Must(uuid.NewV7())), Issuer: Issuer, Subject: subject, Name: subject,
			Roles: roles, PayeeID: payee, Active: true,
		})
		return err
	}))
	h.Eventually("the user is sealed", func() bool { return h.Service.Sealer.Await(h.tb.Context(), h.Tenant, xid) })
}

// Admin is a token of a user who is TENANT_ADMIN and COMP_ADMIN.
func (h *Harness) Admin() string { return h.Token(nil, model.RoleTenantAdmin, model.RoleCompAdmin) }

// As gives a token by which its user acts for another, as a delegation lets them.
func As(token, delegation string) string { return token + "\n" + delegation }

// Credentials takes apart what As has put together.
func Credentials(token string) (bearer, delegation string) {
	bearer, delegation, _ = strings.Cut(token, "\n")
	return bearer, delegation
}

// signIn shows a token of Token, of an API key, or of As; none where "".
func signIn(req *http.Request, token string) {
	bearer, delegation := Credentials(token)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	if delegation != "" {
		req.Header.Set("X-Delegation", delegation)
	}
}

// Answer is a decoded GraphQL response.
type Answer struct {
	Data       json.RawMessage `json:"data"`
	Errors     []AnswerError   `json:"errors"`
	Extensions map[string]any  `json:"extensions"`
	Status     int             `json:"-"`
}

// AnswerError is one top-level error.
type AnswerError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Extensions map[string]any `json:"extensions"`
}

// Post sends a document and gives the answer, errors and all. Headers are
// pairs of name and value.
func (h *Harness) Post(token, query string, variables any, headers ...string) Answer {
	h.tb.Helper()
	return h.PostTo(h.URL, token, query, variables, headers...)
}

// PostTo is Post to another server.
func (h *Harness) PostTo(url, token, query string, variables any, headers ...string) Answer {
	h.tb.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	h.must(err)
	req, err := http.NewRequestWithContext(h.tb.Context(), http.MethodPost, url, bytes.NewReader(body))
	h.must(err)
	req.Header.Set("Content-Type", "application/json")
	signIn(req, token)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	h.must(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	h.must(err)
	answer := Answer{Status: res.StatusCode}
	if err := json.Unmarshal(raw, &answer); err != nil {
		h.tb.Fatalf("not JSON: %s", raw)
	}
	return answer
}

// Do sends a document as a user and fails the test on any error, top-level or
// of a mutation. The data is decoded into generic JSON values.
func (h *Harness) Do(token, query string, variables any) Value {
	h.tb.Helper()
	begin := time.Now()
	answer := h.Post(token, query, variables)
	if d := time.Since(begin); d > 200*time.Millisecond {
		h.tb.Logf("SLOW %s %.60s", d, strings.TrimSpace(query))
	}
	if len(answer.Errors) > 0 {
		h.tb.Fatalf("%s\nanswered %v", query, answer.Errors)
	}
	var data any
	h.must(json.Unmarshal(answer.Data, &data))
	v := Value{h.tb, data}
	if fields, isObject := data.(map[string]any); isObject {
		for name := range fields {
			if payload, isPayload := fields[name].(map[string]any); isPayload {
				if errs, has := payload["userErrors"].([]any); has && len(errs) > 0 {
					h.tb.Fatalf("%s\nanswered %v", strings.TrimSpace(query), errs)
				}
			}
		}
	}
	return v
}

// Value is a decoded JSON value.
type Value struct {
	tb testing.TB
	V  any
}

// At walks down by field names and list indexes.
func (v Value) At(path ...any) Value {
	v.tb.Helper()
	at := v.V
	for i, step := range path {
		switch s := step.(type) {
		case string:
			fields, ok := at.(map[string]any)
			if !ok {
				v.tb.Fatalf("no object at %v of %v", path[:i], v.V)
			}
			at = fields[s]
		case int:
			list, ok := at.([]any)
			if !ok || s >= len(list) {
				v.tb.Fatalf("no item at %v of %v", path[:i+1], v.V)
			}
			at = list[s]
		}
	}
	return Value{v.tb, at}
}

// String gives the text at a path.
func (v Value) String(path ...any) string {
	v.tb.Helper()
	s, ok := v.At(path...).V.(string)
	if !ok {
		v.tb.Fatalf("no text at %v of %v", path, v.V)
	}
	return s
}

// List gives the items at a path.
func (v Value) List(path ...any) []Value {
	v.tb.Helper()
	list, ok := v.At(path...).V.([]any)
	if !ok {
		v.tb.Fatalf("no list at %v of %v", path, v.V)
	}
	out := make([]Value, len(list))
	for i, item := range list {
		out[i] = Value{v.tb, item}
	}
	return out
}

// ID gives the id at a path.
func (v Value) ID(path ...any) model.ID {
	v.tb.Helper()
	id, err := model.ParseID(v.String(path...))
	if err != nil {
		v.tb.Fatal(err)
	}
	return id
}

// Fatalf fails the test.
func (h *Harness) Fatalf(format string, args ...any) {
	h.tb.Helper()
	h.tb.Fatalf(format, args...)
}

// Now is the clock by which tokens of tenants' issuers are judged.
func (h *Harness) Now() time.Time { return time.Now().Add(time.Duration(h.Ahead.Load())) }

// Context ends with the test.
func (h *Harness) Context() context.Context { return h.tb.Context() }

// Decode gives the data of an answer that has no errors.
func (h *Harness) Decode(a Answer) Value {
	h.tb.Helper()
	if len(a.Errors) > 0 {
		h.tb.Fatalf("answered %v", a.Errors)
	}
	var data any
	h.must(json.Unmarshal(a.Data, &data))
	return Value{h.tb, data}
}
