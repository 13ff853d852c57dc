package resolver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
)

// Observer is told of operations. It is called by many goroutines at once, and
// must not block.
type Observer interface {
	// Begin is told of an operation that is about to be executed. Its statements
	// and its calculations run below the context that it gives.
	Begin(ctx context.Context, operation Asked) (context.Context, Observed)
	// Refused is told of an operation that was not executed, by its code.
	Refused(ctx context.Context, operation Asked, code string)
}

// Observed is an operation under way.
type Observed interface {
	// Opened is told that a subscription waits for events: once or more.
	Opened()
	// Event is told of each event of a subscription that is about to be rendered;
	// the function that it gives, of its end: its outcome, "" where there is nothing
	// to tell, and how long ago what it tells of was sealed.
	Event(ctx context.Context) (context.Context, func(code string, delay time.Duration))
	// End is told once how the operation ended: OK, or the code of its first
	// error; and the points that it cost.
	End(code string, cost int)
}

// Asked says what an operation is. It has nothing of its document but the name,
// and nothing of its variables.
type Asked struct {
	RequestID string
	Name      string    // as the client calls it; "" where it does not
	Kind      string    // query, mutation or subscription; "" where that is not known
	Trusted   bool      // the document is a trusted one, and so its name too
	Tenant    uuid.UUID // of who is signed in
	SignedIn  bool
	// When it had been received, was parsed, and was validated; zero where that is
	// not known.
	Received, Parsed, Validated time.Time

	document string
}

// DocumentHash is the SHA-256 of the document as it was sent, in hex.
func (a Asked) DocumentHash() string {
	hash := sha256.Sum256([]byte(a.document))
	return hex.EncodeToString(hash[:])
}

// CodeOK is the outcome of an operation without a top-level error.
const CodeOK = "OK"

// observing tells the observer of each operation. It is the outermost extension,
// so that it knows what all others make of an answer.
type observing struct{ observer Observer }

var (
	_ graphql.HandlerExtension     = observing{}
	_ graphql.OperationInterceptor = observing{}
	_ graphql.ResponseInterceptor  = observing{}
)

// ExtensionName names the extension.
func (observing) ExtensionName() string { return "Observing" }

// Validate accepts every schema.
func (observing) Validate(graphql.ExecutableSchema) error { return nil }

// observedKey marks the context of an operation that has begun.
type observedKey struct{}

// InterceptOperation begins an operation, and ends it with its answer; a
// subscription with the last one, or when nobody waits for it any more.
func (o observing) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	asked := askedOf(ctx, operation)
	ctx, observed := o.observer.Begin(ctx, asked)
	stream := operation.Operation.Operation == ast.Subscription
	last, cost := CodeOK, 0
	var mu sync.Mutex
	end := sync.OnceFunc(func() {
		mu.Lock()
		defer mu.Unlock()
		observed.End(last, cost)
	})
	context.AfterFunc(ctx, end)
	respond := next(context.WithValue(ctx, observedKey{}, observed))
	return func(ctx context.Context) *graphql.Response {
		response := respond(ctx)
		mu.Lock()
		if response != nil {
			last = outcome(response)
			if report, has := response.Extensions[costExtension].(*costReport); has {
				cost = report.Actual
			}
		} else if !stream {
			last = string(model.Timeout)
		}
		mu.Unlock()
		if response == nil || !stream {
			end()
		}
		return response
	}
}

// InterceptResponse tells of what was refused before it was executed.
func (o observing) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if _, begun := ctx.Value(observedKey{}).(Observed); begun || response == nil {
		return response
	}
	var asked Asked
	if graphql.HasOperationContext(ctx) {
		asked = askedOf(ctx, graphql.GetOperationContext(ctx))
	}
	o.observer.Refused(ctx, asked, outcome(response))
	return response
}

func askedOf(ctx context.Context, operation *graphql.OperationContext) Asked {
	asked := Asked{RequestID: RequestID(ctx), document: operation.RawQuery}
	if p := auth.SessionOf(ctx).Principal; p != nil {
		asked.Tenant, asked.SignedIn = p.Tenant, true
	}
	if operation.Operation != nil {
		asked.Name, asked.Kind = operation.Operation.Name, string(operation.Operation.Operation)
		id, named := operation.Extensions[documentMember].(documentName)
		asked.Trusted = named && id != ""
		stats := &operation.Stats
		asked.Received, asked.Parsed, asked.Validated = stats.Read.End, stats.Parsing.End, stats.Validation.End
	}
	return asked
}

// outcome is the code of the first error of an answer, or OK.
func outcome(response *graphql.Response) string {
	if len(response.Errors) == 0 {
		return CodeOK
	}
	if code, has := response.Errors[0].Extensions["code"].(string); has {
		return code
	}
	return string(model.Internal)
}

// tellOpened tells the observer that the context's subscription waits for events.
func tellOpened(ctx context.Context) {
	if observed, begun := ctx.Value(observedKey{}).(Observed); begun {
		observed.Opened()
	}
}

// tellEvent tells the observer of an event of the context's subscription that is
// about to be rendered; the function that it gives, of what came of it.
func tellEvent(ctx context.Context) (context.Context, func(response *graphql.Response, sealed time.Time)) {
	observed, begun := ctx.Value(observedKey{}).(Observed)
	if !begun {
		return ctx, func(*graphql.Response, time.Time) {}
	}
	ctx, rendered := observed.Event(ctx)
	return ctx, func(response *graphql.Response, sealed time.Time) {
		if response == nil || sealed.IsZero() {
			rendered("", 0)
			return
		}
		rendered(outcome(response), max(0, time.Since(sealed)))
	}
}
