package docs

import (
	"log/slog"
	"testing"

	"spm/command/telemetry"
)

// TestMetrics: every metric of the product's own that the server tells is in the
// table, and no other.
func TestMetrics(t *testing.T) {
	t.Parallel()
	same(t, "metrics", column(table(t, "docs/operations.md", "### The metrics"), 0), telemetry.New(slog.New(slog.DiscardHandler), 0).Registered())
}
