package resolver

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// can asks the policy before a field is resolved.
func can(ctx context.Context, _ any, next graphql.Resolver, do auth.Permission) (any, error) {
	if err := auth.SessionOf(ctx).Allow(do); err != nil {
		return nil, err
	}
	return next(ctx)
}

// idempotency takes the key of a mutation field from its @idempotent or, where
// the document has one mutation field only, from the header.
type idempotency struct{}

var _ graphql.RootFieldInterceptor = idempotency{}

// ExtensionName names the extension to gqlgen.
func (idempotency) ExtensionName() string { return "Idempotency" }

// Validate has nothing to check.
func (idempotency) Validate(graphql.ExecutableSchema) error { return nil }

const idempotencyHeader = "Idempotency-Key"

// InterceptRootField puts the key into the field's context.
func (idempotency) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	field := graphql.GetRootFieldContext(ctx)
	op := graphql.GetOperationContext(ctx)
	if field == nil || op.Operation.Operation != ast.Mutation {
		return next(ctx)
	}
	key := op.Headers.Get(idempotencyHeader)
	if key != "" && len(graphql.CollectFields(op, op.Operation.SelectionSet, []string{"Mutation"})) > 1 {
		graphql.AddError(ctx, model.Errorf(model.BadUserInput, "the header %s fits a document with one mutation field: put @idempotent on each", idempotencyHeader))
		return graphql.Null
	}
	if d := field.Field.Directives.ForName("idempotent"); d != nil {
		if value, err := d.Arguments.ForName("key").Value.Value(op.Variables); err == nil {
			key, _ = value.(string)
		}
	}
	if key != "" {
		ctx = service.WithIdempotencyKey(ctx, key)
	}
	return next(ctx)
}
