package scenario

import (
	"fmt"
	"net/http/httptest"
	"testing"

	"spm/resolver"
	"spm/test/harness"
)

// TestKeysThatExport asks in larger pages, and for more at once, with the scope
// and without it.
func TestKeysThatExport(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
	product := httptest.NewServer(resolver.NewGraph(h.Service, resolver.Options{}))
	t.Cleanup(product.Close)
	exports, plain := newKey(h, []string{"EXPORT", "PAYEES_READ"}).secret, newKey(h, []string{"PAYEES_READ"}).secret
	nothing := newKey(h, []string{"EXPORT"}).secret
	two := `{ a: payees(first: 1000) { nodes { id assignments(first: %d) { nodes { id } } } } }`
	for _, c := range []struct{ name, token, query, code string }{
		{"a page of 1,000", exports, `{ payees(first: 1000) { nodes { id } } }`, ""},
		{"the last 1,000", exports, `{ payees(last: 1000) { nodes { id } } }`, ""},
		{"a page of 1,001", exports, `{ payees(first: 1001) { nodes { id } } }`, "BAD_USER_INPUT"},
		{"without the scope", plain, `{ payees(first: 251) { nodes { id } } }`, "BAD_USER_INPUT"},
		{"by a user", h.Admin(), `{ payees(first: 251) { nodes { id } } }`, "BAD_USER_INPUT"},
		{"what costs 19,002", exports, fmt.Sprintf(two, 15), ""},
		{"what costs more than 20,000", exports, fmt.Sprintf(two, 20), "COST_EXCEEDED"},
		{"what costs more than 5,000 without it", plain, `{ payees(first: 250) { nodes { id assignments(first: 250) { nodes { id } } } } }`, "COST_EXCEEDED"},
		{"what it does not open", nothing, `{ payees(first: 1000) { nodes { id } } }`, "FORBIDDEN"},
	} {
		if got := codeOf(t, h.PostTo(product.URL, c.token, c.query, nil)); got != c.code {
			t.Errorf("%s: %q, not %q", c.name, got, c.code)
		}
	}
}
