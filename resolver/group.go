package resolver

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"spm/auth"
	"spm/model"
)

// groupFunctions hold the aggregates of a group that are worked out when selected.
var groupFunctions = []string{"sum", "avg", "min", "max", "countDistinct"}

// groups asks store for a page of groups within what the caller may see, and for
// no more of each than is selected.
func groups[W, H any](ctx context.Context, do auth.Permission, read func(context.Context, model.Scope, W, H, model.GroupArgs) (*model.Connection[model.Group], error), where W, having H, args model.GroupArgs) (*model.Connection[model.Group], error) {
	s, err := scope(ctx, do)
	if err != nil {
		return nil, err
	}
	args.Within, args.Wanted = within, wantedOf(ctx)
	return read(ctx, s, where, having, args)
}

// wantedOf names the aggregates that are selected of groups, such as sum.amount.
func wantedOf(ctx context.Context) (names []string) {
	operation := graphql.GetOperationContext(ctx)
	var walk func(fields []graphql.CollectedField, path string)
	walk = func(fields []graphql.CollectedField, path string) {
		for _, f := range fields {
			below := graphql.CollectFields(operation, f.Selections, nil)
			switch {
			case path == "" && (f.Name == "nodes" || f.Name == "edges" || f.Name == "node"):
				walk(below, "")
			case path == "" && slices.Contains(groupFunctions, f.Name):
				walk(below, f.Name+".")
			case path != "" && !strings.HasPrefix(f.Name, "__"):
				names = append(names, path+f.Name)
			}
		}
	}
	walk(graphql.CollectFieldsCtx(ctx, nil), "")
	return names
}
