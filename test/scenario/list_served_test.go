package scenario

import (
	"slices"
	"testing"

	"spm/store"
	"spm/test/harness"
)

// TestBigListsAreServedByIndexes: what a list of facts may be filtered or put
// in order by names an index that there is; what refines is not put in order
// by.
func TestBigListsAreServedByIndexes(t *testing.T) {
	t.Parallel()
	indexes := harness.New(t).Strings("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
	checked := 0
	for noun, fields := range store.Lists() {
		for _, f := range fields {
			if f.Served == "" || f.Served == "refines" {
				continue
			}
			if checked++; !slices.Contains(indexes, f.Served) {
				t.Errorf("%s.%s: there is no index %s", noun, f.Name, f.Served)
			}
		}
	}
	if checked < 15 {
		t.Errorf("only %d fields name an index", checked)
	}
}
