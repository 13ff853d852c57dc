package resolver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/model"
)

// tinySDL has one of each thing that the way in has to do with.
const tinySDL = `
scalar Decimal
scalar Anything
enum State { OPEN CLOSED }
input Choice @oneOf { a: String b: Int item: Item }
input Item { name: String! amount: Decimal state: State choice: Choice tags: [String!] grid: [[Int!]] flag: Boolean count: Int = 1 id: ID items: [Item!] any: Anything rate: Float }
type Person { name: String manager: Person reports: [Person!] }
type Query {
  echo(text: String, input: Item, ids: [ID!], n: Int, f: Float, state: State, choice: Choice, any: Anything): String
  person: Person
  secret: String
  fail(how: String!): String
  hold: String
}
type Mutation { record(input: Item): String query: Query }
type Subscription { tick(feed: String): Int }
`

// tiny executes tinySDL by hand: echo gives its arguments as JSON.
type tiny struct {
	schema *ast.Schema
	holds  *atomic.Value // a func(), what hold does
}

func newTiny() tiny {
	return tiny{gqlparser.MustLoadSchema(&ast.Source{Name: "tiny.graphqls", Input: tinySDL}), &atomic.Value{}}
}

func (t tiny) hold(do func()) { t.holds.Store(do) }

func (t tiny) Schema() *ast.Schema { return t.schema }

func (t tiny) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (t tiny) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	root := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}[operation.Operation.Operation]
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		data := map[string]any{}
		for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{root}) {
			data[field.Alias] = t.field(ctx, operation, root, field)
		}
		text, err := json.Marshal(data)
		if err != nil {
			panic(err)
		}
		return &graphql.Response{Data: text}
	}
}

func (t tiny) field(ctx context.Context, operation *graphql.OperationContext, root string, field graphql.CollectedField) (value any) {
	arguments := field.ArgumentMap(operation.Variables)
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: root, Field: field, Args: arguments})
	defer func() {
		if v := recover(); v != nil {
			graphql.AddError(ctx, graphql.Recover(ctx, v))
			value = nil
		}
	}()
	switch field.Name {
	case "__typename":
		return root
	case "__type", "__schema":
		if operation.DisableIntrospection {
			panic("introspection reached the schema")
		}
		return nil
	case "echo", "record":
		text, _ := json.Marshal(arguments)
		return string(text)
	case "hold":
		t.holds.Load().(func())()
	case "fail":
		if err := failure(ctx, arguments["how"].(string)); err != nil {
			graphql.AddError(ctx, err)
		}
	}
	return nil
}

// leak must never reach a caller.
const leak = "SQLSTATE 23505 constraint payee_pkey /srv/spm/store.go"

// endOperation is the key of what ends the context of an operation.
type endOperation struct{}

func failure(ctx context.Context, how string) error {
	switch how {
	case "panic":
		panic(leak)
	case "unknown":
		return errors.New(leak)
	case "wrapped":
		return fmt.Errorf("%s: %w", leak, model.Errorf(model.Forbidden, "You may not."))
	case "internal":
		return model.Errorf(model.Internal, leak)
	case "signedOut":
		return model.Errorf(model.Unauthenticated, "Sign in.")
	case "business":
		return model.Refuse(model.UserInvalid, "input.name", "is not a name")
	case "deadline":
		ctx.Value(endOperation{}).(context.CancelFunc)()
		<-ctx.Done()
		return fmt.Errorf("query: %w", ctx.Err())
	case "many":
		for range 100 {
			graphql.AddError(ctx, errors.New(leak))
		}
	}
	return nil
}

// logBook keeps log lines of concurrent requests.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serveTiny serves tinySDL to everybody, with introspection and GET, unless changed.
func serveTiny(t testing.TB, change func(*Options)) (http.Handler, *logBook) {
	t.Helper()
	log := &logBook{}
	opts := Options{
		AllowGET: true, Introspection: func(context.Context) bool { return true }, Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	if change != nil {
		change(&opts)
	}
	return NewHandler(newTiny(), opts), log
}

// result is an answer taken apart.
type result struct {
	status int
	header http.Header
	body   string
	data   json.RawMessage
	errors []struct {
		Message    string         `json:"message"`
		Path       []any          `json:"path"`
		Extensions map[string]any `json:"extensions"`
	}
	extensions map[string]any
	hasData    bool
}

func (r result) code() string {
	if len(r.errors) == 0 {
		return ""
	}
	code, _ := r.errors[0].Extensions["code"].(string)
	return code
}

func ask(t testing.TB, h http.Handler, r *http.Request) result {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out := result{status: w.Code, header: w.Header(), body: w.Body.String()}
	if w.Body.Len() == 0 {
		return out
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(w.Body.Bytes(), &members); err != nil {
		t.Fatalf("the answer is not JSON: %v: %s", err, out.body)
	}
	out.data, out.hasData = members["data"]
	for name, into := range map[string]any{"errors": &out.errors, "extensions": &out.extensions} {
		if members[name] != nil {
			if err := json.Unmarshal(members[name], into); err != nil {
				t.Fatal(err)
			}
		}
	}
	if length := w.Header().Get("Content-Length"); length != fmt.Sprint(w.Body.Len()) {
		t.Errorf("Content-Length %s of %d", length, w.Body.Len())
	}
	return out
}

func post(body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", mediaGraphQL)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
		} else {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

// query is the body of a request; variables is JSON or "".
func query(document, variables string) string {
	text, _ := json.Marshal(document)
	if variables == "" {
		return `{"query":` + string(text) + `}`
	}
	return `{"query":` + string(text) + `,"variables":` + variables + `}`
}

// slowBody is a body of unknown length.
type slowBody struct{ io.Reader }
