package resolver

import (
	"context"
	"strconv"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/service"
)

// live is a subscription under way. An event is read only when the transport
// asks for a response, so that a client which does not read holds none, and
// each has a session of its own at the moment that it tells of.
type live struct {
	next  func(context.Context) (*auth.Session, error) // puts the event into the field's channel; nil at the end
	close func()
	ended bool
}

type liveKey struct{}

func liveOf(ctx context.Context) *live {
	l, _ := ctx.Value(liveKey{}).(*live)
	return l
}

// lastEventID is the header in which an EventSource says what it has got.
const lastEventID = "Last-Event-ID"

// resume is the sequence after which a subscription goes on: the one that the
// client's header names, which a reconnect moves on, before the argument.
func resume(ctx context.Context, after *int64) *int64 {
	if n, err := strconv.ParseInt(graphql.GetOperationContext(ctx).Headers.Get(lastEventID), 10, 64); err == nil && (after == nil || n > *after) {
		return &n
	}
	return after
}

// follow makes the channel of a subscription's events from a function that
// waits for the next, or gives nil after the last.
func follow[T any](ctx context.Context, pull func(context.Context) (*T, *auth.Session, error)) <-chan *T {
	events := make(chan *T, 1)
	l := liveOf(ctx)
	l.close = func() { close(events) }
	l.next = func(ctx context.Context) (*auth.Session, error) {
		event, session, err := pull(ctx)
		if err != nil || event == nil {
			return nil, err
		}
		events <- event
		return session, nil
	}
	return events
}

// InterceptOperation gives a subscription its live part.
func (loading) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Subscription {
		ctx = context.WithValue(ctx, liveKey{}, &live{})
	}
	return next(ctx)
}

// respond waits for an event and renders it; nil after the last. Where the
// caller's right has ended the last response says so.
func (l *live) respond(ctx context.Context, render graphql.ResponseHandler) *graphql.Response {
	if l.ended {
		return nil
	}
	tellOpened(ctx)
	session, err := l.next(ctx)
	switch {
	case ctx.Err() != nil:
		return nil
	case err != nil:
		l.ended = true
		graphql.AddError(ctx, err)
		return &graphql.Response{Errors: graphql.GetErrors(ctx)}
	case session == nil:
		l.ended = true
		l.close()
		return nil
	}
	op := graphql.GetOperationContext(ctx)
	field := graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Subscription"})[0]
	ctx = graphql.WithFieldContext(auth.WithSession(ctx, session), &graphql.FieldContext{Object: "Subscription", Field: field})
	done, err := service.Render(ctx)
	if err != nil {
		return nil // whoever listened is gone
	}
	ctx, rendered := tellEvent(ctx)
	response := render(ctx)
	done()
	rendered(response, session.ReadPoint().At)
	if response != nil {
		if response.Extensions == nil {
			response.Extensions = map[string]any{}
		}
		response.Extensions["sequence"] = strconv.FormatInt(session.ReadPoint().Sequence, 10)
	}
	return response
}

// sealed is the sequence that the operation shows; null before anything was
// sealed.
func sealed(ctx context.Context) *int64 {
	point := auth.SessionOf(ctx).ReadPoint()
	if point.Sequence == 0 {
		return nil
	}
	return &point.Sequence
}
