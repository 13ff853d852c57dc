package resolver

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"spm/auth"
	"spm/model"
)

// Authenticator finds out who sends a request.
type Authenticator interface {
	// Authenticate gives a context that carries the principal of a bearer
	// token. A *model.Error with the code UNAUTHENTICATED says that the token
	// is not valid; any other error that the answer is not known.
	Authenticate(ctx context.Context, bearer string) (context.Context, error)
}

// Options say how an executable schema is served. The zero value serves
// strangers by POST only, and tells nobody the schema.
type Options struct {
	// Authenticator is asked for requests with an Authorization header. One
	// without is served as it is: its context carries no principal. If nil,
	// every token is refused.
	Authenticator Authenticator
	// Documents says which documents callers may send; any if nil, and none by
	// id.
	Documents TrustedDocuments
	// Introspection tells who may read the schema; nobody if nil.
	Introspection func(context.Context) bool
	// Limits bound documents; DefaultLimits if zero.
	Limits Limits
	// MaxCost tells what an operation of the caller may cost; MaxCostOf if nil.
	MaxCost func(context.Context) int
	// Budget takes what operations cost; nobody counts it if nil.
	Budget Budget
	// AllowGET, MaxBody and Timeout are those of Transport.
	AllowGET bool
	MaxBody  int64
	Timeout  time.Duration
	// Streams counts and ends WebSockets and event streams; one with the default
	// options if nil, which nothing drains.
	Streams *Streams
	// Origins are the pages that may ask from a browser.
	Origins Origins
	// Observer is told of operations; nobody if nil.
	Observer Observer
	// Extensions run after guard, cost and budget, the first outermost.
	Extensions []graphql.HandlerExtension
	// DocumentCacheBytes bounds the cache of documents,
	// DefaultDocumentCacheBytes if 0; DocumentPartition separates it, for
	// example by tenant.
	DocumentCacheBytes int
	DocumentPartition  func(context.Context) string
	// Logger takes what callers are not told; slog.Default if nil.
	Logger *slog.Logger
}

// NewHandler wires one executable schema to HTTP, from the outside in: CORS, request
// id, recovery, security headers, authentication, transport (WebSocket, event
// stream or plain), guard, cost, budget, execution, error presenter.
func NewHandler(es graphql.ExecutableSchema, opts Options) http.Handler {
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.Limits == (Limits{}) {
		opts.Limits = DefaultLimits()
	}
	if opts.DocumentCacheBytes == 0 {
		opts.DocumentCacheBytes = DefaultDocumentCacheBytes
	}
	if opts.Streams == nil {
		opts.Streams = NewStreams(StreamOptions{})
	}
	present, recovered := NewErrorPresenter(opts.Logger), NewRecover(opts.Logger)
	documents := NewDocumentCache(opts.DocumentCacheBytes, opts.DocumentPartition)
	server := handler.New(es)
	door := &door{next: server, authenticator: opts.Authenticator, present: present, recovered: recovered}
	plain := Transport{AllowGET: opts.AllowGET, MaxBody: opts.MaxBody, Timeout: opts.Timeout, Present: present, Recover: recovered}
	server.AddTransport(&webSocket{
		streams: opts.Streams, origins: opts.Origins, authenticate: door.authenticate, timeout: plain.timeout(),
		present: present, recovered: recovered, log: opts.Logger,
	})
	server.AddTransport(&eventStream{Transport: plain, streams: opts.Streams})
	server.AddTransport(plain)
	server.SetErrorPresenter(present)
	server.SetRecoverFunc(recovered)
	server.SetParserTokenLimit(opts.Limits.Tokens)
	server.SetQueryCache(documents)
	server.SetDisableSuggestion(true)
	server.SetValidationRulesFn(quietRules)
	if opts.Observer != nil {
		server.Use(observing{opts.Observer})
	}
	server.Use(errorCap{})
	if opts.Documents != nil {
		server.Use(newDocuments(opts.Documents, opts.Limits.Bytes, opts.Logger))
	}
	server.Use(&Guard{Limits: opts.Limits, Introspection: opts.Introspection, Documents: documents})
	server.Use(&Cost{Max: opts.MaxCost})
	server.Use(&spending{budget: opts.Budget})
	for _, extension := range opts.Extensions {
		server.Use(extension)
	}
	return opts.Origins.wrap(http.HandlerFunc(door.serve))
}

// quietRules are the rules of validation whose errors suggest nothing;
// SetDisableSuggestion alone covers two of these five.
func quietRules() *rules.Rules {
	all := rules.NewDefaultRules()
	all.ReplaceRule(rules.FieldsOnCorrectTypeRule.Name, rules.FieldsOnCorrectTypeRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.ScalarLeafsRule.Name, rules.ScalarLeafsRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.KnownArgumentNamesRule.Name, rules.KnownArgumentNamesRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.KnownTypeNamesRule.Name, rules.KnownTypeNamesRuleWithoutSuggestions.RuleFunc)
	all.ReplaceRule(rules.ValuesOfCorrectTypeRule.Name, rules.ValuesOfCorrectTypeRuleWithoutSuggestions.RuleFunc)
	return all
}

// door is what every request passes before it is GraphQL.
type door struct {
	next          http.Handler
	authenticator Authenticator
	present       graphql.ErrorPresenterFunc
	recovered     graphql.RecoverFunc
}

func (d *door) serve(w http.ResponseWriter, r *http.Request) {
	ctx := withRequestID(r.Context(), r.Header.Get(requestIDHeader))
	w.Header().Set(requestIDHeader, RequestID(ctx))
	secure(w.Header())
	if len(r.TransferEncoding) > 0 {
		// A proxy may have gone by a Content-Length beside it, which the server has
		// dropped: what follows on the connection may not be what it seems.
		w.Header().Set("Connection", "close")
	}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			d.refuse(ctx, w, r, d.recovered(ctx, v))
		}
	}()
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		ctx = auth.WithAddress(ctx, from.Addr().Unmap().WithZone(""))
	}
	ctx = auth.WithDelegation(ctx, r.Header.Values(delegationHeader))
	r, given := tokenOf(r)
	authenticated, err := d.authenticate(ctx, given)
	if err != nil {
		d.refuse(ctx, w, r, err)
		return
	}
	d.next.ServeHTTP(w, r.WithContext(authenticated))
}

// authenticate asks who has sent the one bearer token of a request; anything
// else in the header is answered like a token that is not valid.
func (d *door) authenticate(ctx context.Context, given []string) (context.Context, error) {
	if len(given) == 0 && len(auth.DelegationNamed(ctx)) > 0 {
		return nil, auth.ErrToken // nobody acts for another without saying who they are
	}
	if len(given) == 0 {
		return ctx, nil
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(given[0]), " ")
	token = strings.TrimSpace(token)
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > auth.MaxTokenLength || d.authenticator == nil {
		return nil, auth.ErrToken
	}
	return d.authenticator.Authenticate(ctx, token)
}

// refuse answers before GraphQL with the status of the error's code, whatever
// media type was asked for.
func (d *door) refuse(ctx context.Context, w http.ResponseWriter, r *http.Request, err error) {
	mediaType, _ := negotiate(r.Header.Values("Accept"))
	answer := answer{w: w, mediaType: mediaType}
	presented := d.present(ctx, err)
	code, _ := presented.Extensions["code"].(string)
	status := statuses[model.ErrorCode(code)]
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	answer.write(status, &graphql.Response{Errors: gqlerror.List{presented}})
}

// refuseWith is refuse with a status of its own.
func (d *door) refuseWith(ctx context.Context, w http.ResponseWriter, r *http.Request, status int, err error) {
	mediaType, _ := negotiate(r.Header.Values("Accept"))
	answer{w: w, mediaType: mediaType, present: d.present}.fail(ctx, status, err)
}

// delegationHeader names the delegation by which a request acts for another.
const delegationHeader = "X-Delegation"

const (
	requestIDHeader    = "X-Request-Id"
	maxRequestIDLength = 64
)

type requestKey struct{}

// request is what belongs to one request: its id, and how much it has logged.
type request struct {
	id     string
	logged atomic.Int32
}

func withRequestID(ctx context.Context, given string) context.Context {
	if !plainID(given) {
		given = newRequestID()
	}
	return context.WithValue(ctx, requestKey{}, &request{id: given})
}

func newRequestID() string {
	id, err := uuid.NewV7()
	if err != nil {
		id = uuid.New()
	}
	return id.String()
}

// plainID tells whether a caller's request id may go into headers and logs.
func plainID(id string) bool {
	if id == "" || len(id) > maxRequestIDLength {
		return false
	}
	for _, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// RequestID gives the id of the request that a context belongs to: the caller's
// X-Request-Id where it is plain, or a new one; "" outside of a request.
func RequestID(ctx context.Context) string {
	if r, has := ctx.Value(requestKey{}).(*request); has {
		return r.id
	}
	return ""
}

func mayLog(ctx context.Context) bool {
	r, has := ctx.Value(requestKey{}).(*request)
	return !has || r.logged.Add(1) <= maxLogged
}

// NewServer makes a server whose timeouts end slow and idle connections.
// Streams set their own deadlines per event through http.ResponseController.
func NewServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}
