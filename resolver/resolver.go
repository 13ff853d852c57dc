// Package resolver serves the graph: bodies of a few lines that ask store for
// reads and service for writes, and the transport round them.
package resolver

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"spm/auth"
	"spm/graph/generated"
	"spm/model"
	"spm/service"
	"spm/store"
)

// Resolver is the root of all resolvers.
type Resolver struct {
	Store   *store.Store
	Service *service.Service
}

// NewGraph serves the product's graph under the options, which it completes
// with its own extensions.
func NewGraph(s *service.Service, opts Options) http.Handler {
	r := &Resolver{Store: s.Store, Service: s}
	opts.Authenticator, opts.Budget, opts.Documents = s, s.Budget, s
	opts.Extensions = append(opts.Extensions, idempotency{}, loading{r.newLoaders()})
	return NewHandler(r.Schema(), opts)
}

// Schema gives the executable schema with its directives.
func (r *Resolver) Schema() graphql.ExecutableSchema {
	cfg := generated.Config{Resolvers: r}
	cfg.Directives.Can = can
	return generated.NewExecutableSchema(cfg)
}

// scope says what the caller may see of what a permission opens, at the asOf
// of the root field above, or now.
func scope(ctx context.Context, do auth.Permission) (model.Scope, error) {
	return auth.SessionOf(ctx).ScopeAsOf(ctx, do, asOf(ctx))
}

func asOf(ctx context.Context) *time.Time {
	for at := graphql.GetFieldContext(ctx); at != nil; at = at.Parent {
		if instant, given := at.Args["asOf"].(*time.Time); given && instant != nil {
			return instant
		}
	}
	return nil
}

// today is the business date in the tenant's zone, or the day asked for.
func today(ctx context.Context, asked *model.Date) model.Date {
	if asked != nil {
		return *asked
	}
	return auth.SessionOf(ctx).Today
}

func pageArgs(first *int, after *model.Cursor, last *int, before *model.Cursor) model.PageArgs {
	return model.PageArgs{First: first, After: after, Last: last, Before: before}
}

// pageRead reads a noun's list.
type pageRead[W, M any] func(context.Context, model.Scope, W, model.PageArgs) (*model.Connection[M], error)

// page asks store for a page within what the caller may see.
func page[W, M any](ctx context.Context, do auth.Permission, read pageRead[W, M], where W, args model.PageArgs) (*model.Connection[M], error) {
	s, err := scope(ctx, do)
	if err != nil {
		return nil, err
	}
	args.Within, args.Export = within, auth.SessionOf(ctx).Principal.Exports()
	c, err := read(ctx, s, where, args)
	if err == nil {
		loadedTogether(ctx, c.Nodes())
	}
	return c, err
}

// within says what the caller may see of a noun that a where leads to.
func within(ctx context.Context, noun string) (model.Scope, error) {
	return auth.SessionOf(ctx).Scope(ctx, readPermissions()[noun])
}

// readPermissions gives what it takes to read each type, as the schema has it.
var readPermissions = sync.OnceValue(func() map[string]auth.Permission {
	out := map[string]auth.Permission{}
	for name, def := range (&Resolver{}).Schema().Schema().Types {
		if can := def.Directives.ForName("can"); can != nil {
			out[name] = auth.Permission(can.Arguments.ForName("do").Value.Raw)
		}
	}
	return out
})
