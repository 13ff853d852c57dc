package resolver

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// earningsDiff answers a question within what the caller may see.
func (r *Resolver) earningsDiff(ctx context.Context, input service.EarningsDiffInput) (*model.EarningsDiff, error) {
	within, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	return service.Calculating(ctx, r.Service, func(ctx context.Context) (*model.EarningsDiff, error) {
		return r.Service.EarningsDiff(ctx, within, auth.SessionOf(ctx).Principal.Payee, input)
	})
}

// diffChanges pages through what changed: the payee's own deals, and the set-up
// that the caller may see. An API key sees what it has scopes for.
func (r *Resolver) diffChanges(ctx context.Context, obj *model.DiffOfCause, args model.PageArgs) (*model.Connection[model.DiffChange], error) {
	within, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	key := auth.SessionOf(ctx).Principal.Key != nil // which may have no scope for what changed
	if within.Reach.All && !key {
		page, err := pageOf(obj.Changes, args)
		if err == nil && graphql.AnyFieldRequested(ctx, "nodes.object", "edges.node.object") {
			for _, edge := range page.Edges {
				r.nodeSoon(ctx, edge.Node.ObjectID) // so that all come at once
			}
		}
		return page, err
	}
	ids := make([]*model.ID, len(obj.Changes))
	for i, c := range obj.Changes {
		ids[i] = &c.ObjectID
	}
	found, err := r.nodesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	seen := make([]*model.DiffChange, 0, len(found))
	for i, c := range obj.Changes {
		if c.Own && !key || found[i] != nil {
			seen = append(seen, c)
		}
	}
	return pageOf(seen, args)
}
