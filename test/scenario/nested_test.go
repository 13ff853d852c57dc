package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestListsBelowRowsAreReadTogether: a list below the rows of a page is read in as
// many statements for many rows as for one.
func TestListsBelowRowsAreReadTogether(t *testing.T) {
	t.Parallel()
	s := newSecrets(harness.New(t), "1")
	url, sent := s.h.Counting()
	admin := s.h.Admin()
	for root, fields := range map[string][]string{
		"transactions": {"credits"}, "payees": {"assignments"}, "positions": {"assignments", "teams"},
		"plans": {"versions", "assignments"}, "calendars": {"periods"},
	} {
		for _, field := range fields {
			query := "query($first: Int) { " + root + "(first: $first) { nodes { id " + field + "(first: 2) { totalCount pageInfo { hasNextPage } nodes { id } } } } }"
			count := func(first int) int64 {
				sent()
				if answer := s.h.PostTo(url, admin, query, row{"first": first}); len(answer.Errors) > 0 {
					t.Fatal(root, field, answer.Errors)
				}
				return sent()
			}
			count(1) // what is cached for the session is read
			if one, many := count(1), count(20); one != many {
				t.Errorf("%s.%s: %d statements for one row, %d for many", root, field, one, many)
			}
		}
	}
}
