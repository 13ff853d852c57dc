package resolver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"spm/auth"
	"spm/model"
)

// signedIn makes whoever shows a token somebody.
func signedIn(o *Options) {
	o.Authenticator = authenticate(func(ctx context.Context, _ string) (context.Context, error) {
		return auth.WithSession(ctx, &auth.Session{Principal: &auth.Principal{User: model.ID{Kind: model.KindUser}}}), nil
	})
}

// TestBodiesAreBounded: a stranger's body is short, and nobody's unfolds to more
// than the server can hold.
func TestBodiesAreBounded(t *testing.T) {
	h, _ := serveTiny(t, signedIn)
	long := `{"query":"{ __typename }","x":"` + strings.Repeat("x", strangersBody) + `"}`
	items := func(n int) string { return `{"query":"{ __typename }","x":[0` + strings.Repeat(",0", n-1) + `]}` }
	quoted := `{"query":"{ __typename }","x":"` + strings.Repeat(`,{[\"`, 60_000) + `"}`
	const token = "Bearer any"
	for name, c := range map[string]struct {
		body, token string
		status      int
	}{
		"a stranger's":                 {long, "", http.StatusRequestEntityTooLarge},
		"the same with a token":        {long, token, http.StatusOK},
		"as many items as there may":   {items(maxJSONValues - 10), token, http.StatusOK},
		"more":                         {items(maxJSONValues + 1), token, http.StatusBadRequest},
		"what looks like items":        {quoted, token, http.StatusOK},
		"more objects than there may":  {`{"query":"{ __typename }","x":[{}` + strings.Repeat(",{}", maxJSONValues/2) + `]}`, token, http.StatusBadRequest},
		"a large one of a known owner": {`{"query":"{ __typename }","x":"` + strings.Repeat("x", DefaultMaxBody-100) + `"}`, token, http.StatusOK},
	} {
		if got := ask(t, h, post(c.body, "Authorization", c.token)); got.status != c.status {
			t.Errorf("%s: %d %.200s", name, got.status, got.body)
		}
	}
}

// TestLargeBodiesWait: so many are held at a time, until their requests end.
func TestLargeBodiesWait(t *testing.T) {
	first, end := context.WithCancel(t.Context())
	for range largeBodies / DefaultMaxBody {
		if err := hold(first, DefaultMaxBody); err != nil {
			t.Fatal(err)
		}
	}
	if err := hold(first, smallBody); err != nil {
		t.Errorf("a small one waits: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if err := hold(gone, DefaultMaxBody); model.CodeOf(err) != model.Overloaded {
		t.Errorf("one too many: %v", err)
	}
	next := make(chan error)
	go func() { next <- hold(t.Context(), DefaultMaxBody) }()
	end()
	if err := <-next; err != nil {
		t.Errorf("after the others: %v", err)
	}
}

// TestChunkedRequestsEndTheirConnection: what stands behind a body of whose length
// a proxy may have thought otherwise is no request.
func TestChunkedRequestsEndTheirConnection(t *testing.T) {
	h, _ := serveTiny(t, nil)
	server := httptest.NewServer(h)
	defer server.Close()
	for _, chunked := range []bool{false, true} {
		var body io.Reader = strings.NewReader(`{"query":"{ __typename }"}`)
		if chunked {
			body = io.MultiReader(body)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || res.Close != chunked {
			t.Errorf("chunked %t: %d, closed %t", chunked, res.StatusCode, res.Close)
		}
	}
}
