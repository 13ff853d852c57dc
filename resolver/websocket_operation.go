package resolver

import (
	"context"
	"encoding/json"
	"net/http"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/model"
)

// socketOperation is an operation under way on a socket.
type socketOperation struct {
	id      string
	cancel  context.CancelFunc
	stopped atomic.Bool // by the client, who wants no more of it
	stream  bool        // a subscription, under the socket's lock
}

// subscribe starts an operation. Its id is free again once it has ended.
func (s *socket) subscribe(ctx context.Context, m inMessage) {
	opCtx, cancel := context.WithCancel(withRequestID(ctx, ""))
	o := &socketOperation{id: m.id, cancel: cancel}
	s.mu.Lock()
	_, twice := s.operations[m.id]
	var refused error
	switch most := s.streams.opts.PerConnection; {
	case twice:
	case s.draining:
		refused = errDraining
	case len(s.operations) >= most:
		refused = model.Errorf(model.RateLimited, "This WebSocket has %d operations under way, which is the most: end one first.", most)
	default:
		s.operations[m.id] = o
	}
	s.mu.Unlock()
	switch {
	case twice:
		cancel()
		s.shut(closeDuplicate, "Subscriber for this id already exists")
	case refused != nil:
		s.streams.refuse(refusedOperation, refused)
		s.send(ctx, nil, s.errorMessage(opCtx, m.id, refused))
		cancel()
	default:
		s.running.Go(func() { s.run(opCtx, o, m.params) })
	}
}

// stop ends an operation whose client wants no more of it.
func (s *socket) stop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.operations[id]; o != nil {
		o.stopped.Store(true)
		o.cancel()
		delete(s.operations, id)
	}
}

// run performs an operation and says how it ended, its id being free by then.
func (s *socket) run(ctx context.Context, o *socketOperation, params *graphql.RawParams) {
	defer o.cancel()
	ending := s.perform(ctx, o, params)
	s.mu.Lock()
	if s.operations[o.id] == o {
		delete(s.operations, o.id)
	}
	s.mu.Unlock()
	s.send(ctx, o, ending)
	s.closeIfDrained()
}

// perform executes an operation and gives the message that ends it.
func (s *socket) perform(ctx context.Context, o *socketOperation, params *graphql.RawParams) (ending []byte) {
	defer func() {
		if v := recover(); v != nil {
			ending = s.errorMessage(ctx, o.id, s.recovered(ctx, v))
		}
	}()
	authenticated, err := s.identified(ctx)
	if err != nil {
		if code := model.CodeOf(err); code == model.Unauthenticated || code == model.Forbidden {
			s.reject(ctx, err)
		}
		return s.errorMessage(ctx, o.id, err)
	}
	ctx = graphql.StartOperationTrace(authenticated)
	// The headers are those of the socket's opening, and no operation's own: a
	// key for one mutation must not serve all.
	params.Headers, params.ReadTime = http.Header{}, graphql.TraceTiming{Start: graphql.Now(), End: graphql.Now()}
	operation, errs := s.exec.CreateOperationContext(ctx, params)
	if len(errs) > 0 {
		response := s.exec.DispatchError(graphql.WithOperationContext(ctx, operation), errs)
		return outMessage(typeError, o.id, encodeErrors(presentAll(ctx, s.present, response).Errors))
	}
	if operation.Operation.Operation == ast.Subscription {
		end, err := s.streams.begin(holderOf(ctx))
		if err != nil {
			return s.errorMessage(ctx, o.id, err)
		}
		defer end()
		s.mu.Lock()
		o.stream = true
		s.mu.Unlock()
		s.closeIfDrained()
		s.answer(ctx, ctx, o, operation)
		return outMessage(typeComplete, o.id, nil)
	}
	timed, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if answered := s.answer(ctx, timed, o, operation); !answered {
		return s.errorMessage(ctx, o.id, nothingCame(timed))
	}
	return outMessage(typeComplete, o.id, nil)
}

// answer sends the responses of an operation, each computed once there is room
// for it, and tells whether there was one.
func (s *socket) answer(sending, executing context.Context, o *socketOperation, operation *graphql.OperationContext) (answered bool) {
	next, executing := s.exec.DispatchOperation(executing, operation)
	for s.queue.awaitRoom(executing) == nil {
		response := next(executing)
		if response == nil {
			break
		}
		answered = true
		presentAll(executing, s.present, response)
		// The text of the response is overwritten by the next one's.
		s.send(sending, o, outMessage(typeNext, o.id, encodeResponse(response)))
		if signedOut(response) {
			s.shut(closeForbidden, "Forbidden: the access token is no longer valid")
		}
	}
	return answered
}

// signedOut tells whether a response says that its caller is nobody.
func signedOut(response *graphql.Response) bool {
	for _, err := range response.Errors {
		if err.Extensions["code"] == string(model.Unauthenticated) {
			return true
		}
	}
	return false
}

func (s *socket) errorMessage(ctx context.Context, id string, err error) []byte {
	return outMessage(typeError, id, encodeErrors(gqlerror.List{s.present(ctx, err)}))
}

func encodeObject(members map[string]any) []byte {
	if members == nil {
		return nil
	}
	text, _ := json.Marshal(members)
	return text
}
