package direct

import "context"

type beginning struct{}

// Beginning gives a context in which loaders begin to load and give nothing.
func Beginning(ctx context.Context) context.Context {
	return context.WithValue(ctx, beginning{}, true)
}

// Begins tells that a loader is to begin to load, and to give nothing.
func Begins(ctx context.Context) bool { return ctx.Value(beginning{}) != nil }

type without struct{}

// Without gives a context in which everything goes the common way: for tests that
// compare the two.
func Without(ctx context.Context) context.Context {
	return context.WithValue(ctx, without{}, true)
}
