package resolver

import (
	"context"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/model"
)

// eventStream answers with server-sent events, as the protocol of the npm
// package graphql-sse asks in its distinct connections mode: a `next` for each
// response, then `complete`. It takes what the plain transport takes, from
// those who accept text/event-stream; a query of those who would rather have a
// plain answer gets one.
type eventStream struct {
	Transport

	streams *Streams
}

var _ graphql.Transport = (*eventStream)(nil)

// Supports claims the requests that accept an event stream.
func (*eventStream) Supports(r *http.Request) bool {
	takes, _ := wantsEvents(r.Header.Values("Accept"))
	return takes && (r.Method == http.MethodPost || r.Method == http.MethodGet)
}

// Do answers one request. What is refused before there is an operation is
// answered plainly; a document that is refused is an event, since an
// EventSource is told nothing of other answers.
func (t *eventStream) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	ctx := r.Context()
	_, rather := wantsEvents(r.Header.Values("Accept"))
	answer := answer{w: w, present: t.Present}
	answer.mediaType, _ = negotiate(r.Header.Values("Accept"))
	brief := t.Transport // a stream would hold a large body for as long as it lasts
	brief.MaxBody = smallBody
	params, fine := brief.receive(ctx, r, answer)
	if !fine {
		return
	}
	operation, errs := exec.CreateOperationContext(ctx, params)
	streams := len(errs) == 0 && operation.Operation.Operation == ast.Subscription
	switch {
	case !rather && !streams:
		ctx, cancel := context.WithTimeout(ctx, t.timeout())
		defer cancel()
		t.execute(ctx, r.Method, operation, errs, exec, answer)
	case len(errs) > 0:
		response := exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		out := t.open(w)
		out.next(presentAll(ctx, t.Present, response))
		out.complete()
	case operation.Operation.Operation == ast.Mutation && r.Method == http.MethodGet:
		answer.mutationByGET(ctx)
	case streams:
		end, err := t.streams.begin(holderOf(ctx))
		if err != nil {
			answer.refuse(ctx, err)
			return
		}
		defer end()
		t.stream(ctx, t.open(w), exec, operation)
	default:
		t.once(ctx, t.open(w), exec, operation)
	}
}

// once sends the one response of a query or mutation.
func (t *eventStream) once(ctx context.Context, out *eventWriter, exec graphql.GraphExecutor, operation *graphql.OperationContext) {
	timed, cancel := context.WithTimeout(ctx, t.timeout())
	defer cancel()
	for response := range t.responses(timed, exec, operation) {
		out.write(response)
	}
	if !out.sent {
		out.next(&graphql.Response{Errors: gqlerror.List{t.Present(timed, nothingCame(timed))}})
	}
	out.complete()
}

// stream sends the responses of a subscription until it ends, its client goes,
// its token expires or the server drains.
func (t *eventStream) stream(ctx context.Context, out *eventWriter, exec graphql.GraphExecutor, operation *graphql.OperationContext) {
	executing, cancel := context.WithCancel(ctx)
	responses := t.responses(executing, exec, operation)
	defer func() {
		cancel()
		for range responses { // its goroutine has ended once this is closed
		}
	}()
	keepAlive, expired, stop := t.timers(ctx, out)
	defer stop()
	for out.err == nil {
		select {
		case response, more := <-responses:
			if !more {
				out.complete()
				return
			}
			out.write(response)
			if response.last {
				out.complete()
				return
			}
		case <-keepAlive:
			out.comment()
		case <-expired:
			out.next(&graphql.Response{Errors: gqlerror.List{t.Present(ctx, errExpired)}})
			out.complete()
			return
		case <-t.streams.drained:
			out.extend()
			return
		case <-ctx.Done():
			return
		}
	}
}

var errExpired = model.Errorf(model.Unauthenticated, "The access token has expired.")

// sseEvent is a response that is encoded.
type sseEvent struct {
	id   string
	text []byte
	last bool // its caller is nobody any more
}

// responses executes an operation. The channel is closed once the operation has
// ended, and nothing of it runs then; a response is computed while the one
// before it is written.
func (t *eventStream) responses(ctx context.Context, exec graphql.GraphExecutor, operation *graphql.OperationContext) <-chan sseEvent {
	out := make(chan sseEvent)
	send := func(response *graphql.Response) bool {
		select {
		case out <- newEvent(presentAll(ctx, t.Present, response)):
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(out)
		defer func() {
			if v := recover(); v != nil {
				send(&graphql.Response{Errors: gqlerror.List{t.Present(ctx, t.Recover(ctx, v))}})
			}
		}()
		next, ctx := exec.DispatchOperation(ctx, operation)
		for response := next(ctx); response != nil && send(response); {
			response = next(ctx)
		}
	}()
	return out
}

func newEvent(response *graphql.Response) sseEvent {
	id, _ := response.Extensions[sequenceExtension].(string)
	return sseEvent{id: id, text: encodeResponse(response), last: signedOut(response)}
}
