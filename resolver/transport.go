package resolver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"golang.org/x/sync/semaphore"

	"spm/auth"
	"spm/model"
)

// The defaults of a Transport.
const (
	DefaultMaxBody = 1 << 20
	DefaultTimeout = 5 * time.Second
)

// A body unfolds to a hundred times its length, so that not many large ones are
// held at a time: a stranger's is short, and longer ones wait for each other.
const (
	strangersBody = 32 << 10
	smallBody     = 64 << 10
	largeBodies   = 4 << 20 // bytes of all that are held
	maxJSONValues = 200_000 // members and items of a body
)

// heldBodies are the large bodies that requests under way have.
var heldBodies = semaphore.NewWeighted(largeBodies)

// Transport serves GraphQL over HTTP as the specification of that name asks,
// and nothing beside it: POST with one JSON object, and GET for queries where
// it is allowed. It claims every request, so it comes last in the list of
// transports. Its own errors never repeat what was sent.
type Transport struct {
	// AllowGET serves queries by GET. They end up in histories and logs of
	// proxies, so it is off unless asked for.
	AllowGET bool
	// MaxBody is the longest body in bytes; DefaultMaxBody if 0.
	MaxBody int64
	// Timeout ends an operation; DefaultTimeout if 0.
	Timeout time.Duration
	// Present is the error presenter, for errors that reach the transport
	// without having passed it.
	Present graphql.ErrorPresenterFunc
	// Recover makes an error of a panic.
	Recover graphql.RecoverFunc
}

var _ graphql.Transport = Transport{}

// Supports claims every request.
func (Transport) Supports(*http.Request) bool { return true }

// requestError is a request that is refused before there is an operation.
type requestError struct {
	status  int
	message string
}

func (e *requestError) Error() string { return e.message }

func refuseRequest(status int, format string, args ...any) error {
	return &requestError{status: status, message: fmt.Sprintf(format, args...)}
}

// Do answers one request.
func (t Transport) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx, cancel := context.WithTimeout(r.Context(), t.timeout())
	defer cancel()
	answer := answer{w: w, present: t.Present}
	defer func() {
		if v := recover(); v != nil {
			answer.fail(ctx, http.StatusInternalServerError, t.Recover(ctx, v))
		}
	}()
	if r.Method == http.MethodOptions {
		w.Header().Set("Allow", t.allowed())
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var acceptable bool
	if answer.mediaType, acceptable = negotiate(r.Header.Values("Accept")); !acceptable {
		answer.fail(ctx, http.StatusNotAcceptable, model.Errorf(model.BadUserInput, "Accept must allow %s or %s.", mediaGraphQL, mediaJSON))
		return
	}
	params, fine := t.receive(ctx, r.WithContext(ctx), answer)
	if !fine {
		return
	}
	operation, errs := exec.CreateOperationContext(ctx, params)
	t.execute(ctx, r.Method, operation, errs, exec, answer)
}

// receive reads a request, or answers why not.
func (t Transport) receive(ctx context.Context, r *http.Request, answer answer) (params *graphql.RawParams, fine bool) {
	params, err := t.read(answer.w, r)
	if err == nil {
		return params, true
	}
	var refused *requestError
	if model.CodeOf(err) == model.Overloaded {
		answer.refuse(ctx, err)
		return nil, false
	}
	if !errors.As(err, &refused) {
		refused = &requestError{http.StatusBadRequest, "The request could not be read."}
	}
	if refused.status == http.StatusMethodNotAllowed {
		answer.w.Header().Set("Allow", t.allowed())
	}
	answer.fail(ctx, refused.status, model.Errorf(model.BadUserInput, "%s", refused.message))
	return nil, false
}

// execute answers with the one response of an operation, or with what kept it
// from being made.
func (t Transport) execute(ctx context.Context, method string, operation *graphql.OperationContext, errs gqlerror.List, exec graphql.GraphExecutor, answer answer) {
	if len(errs) > 0 {
		answer.send(ctx, exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs))
		return
	}
	switch kind := operation.Operation.Operation; {
	case kind == ast.Subscription:
		err := model.Errorf(model.BadUserInput, "A subscription is served over WebSocket (graphql-transport-ws) or server-sent events.")
		answer.send(ctx, exec.DispatchError(graphql.WithOperationContext(ctx, operation), gqlerror.List{gqlerror.Wrap(err)}))
		return
	case kind == ast.Mutation && method == http.MethodGet:
		answer.mutationByGET(ctx)
		return
	}
	next, ctx := exec.DispatchOperation(ctx, operation)
	response := next(ctx)
	if response == nil { // The context ended before the operation began.
		answer.fail(ctx, 0, nothingCame(ctx))
		return
	}
	answer.send(ctx, response)
}

// nothingCame is why an operation that must have a response has none.
func nothingCame(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.New("the operation gave no response")
}

func (t Transport) timeout() time.Duration {
	if t.Timeout == 0 {
		return DefaultTimeout
	}
	return t.Timeout
}

func (t Transport) allowed() string {
	if t.AllowGET {
		return "GET, POST, OPTIONS"
	}
	return "POST, OPTIONS"
}

func (t Transport) read(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, error) {
	start := graphql.Now()
	var params *graphql.RawParams
	var err error
	switch {
	case r.Method == http.MethodPost:
		params, err = t.readPost(w, r)
	case r.Method == http.MethodGet && t.AllowGET:
		params, err = readGet(r.URL.RawQuery)
	default:
		err = refuseRequest(http.StatusMethodNotAllowed, "The method must be one of %s.", t.allowed())
	}
	if err != nil {
		return nil, err
	}
	if params.Query == "" && !namesDocument(params) {
		return nil, refuseRequest(http.StatusBadRequest, "The parameter query is missing.")
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	return params, nil
}

func (t Transport) readPost(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, error) {
	mediaType, options, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != mediaJSON {
		return nil, refuseRequest(http.StatusUnsupportedMediaType, "Content-Type must be application/json.")
	}
	if charset, given := options["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return nil, refuseRequest(http.StatusUnsupportedMediaType, "The body must be UTF-8.")
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, refuseRequest(http.StatusUnsupportedMediaType, "The body must not be compressed.")
	}
	body, err := t.readBody(w, r)
	if err != nil {
		return nil, err
	}
	if err := hold(r.Context(), len(body)); err != nil {
		return nil, err
	}
	members, err := decodeObject(body)
	if err != nil {
		return nil, refuseRequest(http.StatusBadRequest, "The body %s.", err)
	}
	return paramsOf(members)
}

// hold waits until a body may be unfolded. It is held until its request ends.
func hold(ctx context.Context, length int) error {
	if length <= smallBody {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, DefaultTimeout)
	defer cancel()
	n := min(int64(length), largeBodies)
	if err := heldBodies.Acquire(waiting, n); err != nil {
		return model.Errorf(model.Overloaded, "The server has as many large bodies as it may: try again later.")
	}
	context.AfterFunc(ctx, func() { heldBodies.Release(n) })
	return nil
}

func (t Transport) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limit := t.MaxBody
	if limit == 0 {
		limit = DefaultMaxBody
	}
	if auth.SessionOf(r.Context()).Principal == nil {
		limit = min(limit, strangersBody)
	}
	tooLarge := refuseRequest(http.StatusRequestEntityTooLarge, "The body must be at most %d bytes long.", limit)
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		return nil, tooLarge
	}
	var body bytes.Buffer
	body.Grow(int(min(max(r.ContentLength, 0), smallBody)) + bytes.MinRead) // the rest once it comes
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, limit))
	var exceeded *http.MaxBytesError
	switch {
	case errors.As(err, &exceeded):
		return nil, tooLarge
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, refuseRequest(http.StatusBadRequest, "The body ended early.")
	case err != nil:
		return nil, refuseRequest(http.StatusBadRequest, "The body could not be read.")
	}
	return body.Bytes(), nil
}

// readGet reads the parameters of a query string, each given at most once;
// variables and extensions are JSON objects.
func readGet(query string) (*graphql.RawParams, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, refuseRequest(http.StatusBadRequest, "The query string is malformed.")
	}
	members := map[string]any{}
	for _, name := range []string{"query", documentMember, "operationName", "variables", "extensions"} {
		given := values[name]
		switch {
		case len(given) > 1:
			return nil, refuseRequest(http.StatusBadRequest, "The parameter %s is given more than once.", name)
		case len(given) == 0 || given[0] == "":
			continue
		}
		members[name] = given[0]
		if name == "variables" || name == "extensions" {
			value, err := decodeJSON([]byte(given[0]))
			if err != nil {
				return nil, refuseRequest(http.StatusBadRequest, "The parameter %s %s.", name, err)
			}
			members[name] = value
		}
	}
	return paramsOf(members)
}

// namesDocument tells whether a request without a text says which it means.
func namesDocument(params *graphql.RawParams) bool {
	return params.Extensions[documentMember] != nil || params.Extensions["persistedQuery"] != nil
}

// paramsOf takes the parameters of a request; null is as good as absent
// and further members are ignored, as the specification asks.
func paramsOf(members map[string]any) (*graphql.RawParams, error) {
	var params graphql.RawParams
	var err error
	if params.Query, err = member[string](members, "query", "a string"); err != nil {
		return nil, err
	}
	if params.OperationName, err = member[string](members, "operationName", "a string"); err != nil {
		return nil, err
	}
	if params.Variables, err = member[map[string]any](members, "variables", "an object"); err != nil {
		return nil, err
	}
	if params.Extensions, err = member[map[string]any](members, "extensions", "an object"); err != nil {
		return nil, err
	}
	name, err := member[string](members, documentMember, "a string")
	if err != nil {
		return nil, err
	}
	if name != "" {
		if params.Extensions == nil {
			params.Extensions = map[string]any{}
		}
		params.Extensions[documentMember] = documentName(name)
	}
	return &params, nil
}

func member[T any](members map[string]any, name, kind string) (T, error) {
	var none T
	given := members[name]
	if given == nil {
		return none, nil
	}
	value, fits := given.(T)
	if !fits {
		return none, refuseRequest(http.StatusBadRequest, "The parameter %s must be %s.", name, kind)
	}
	return value, nil
}
