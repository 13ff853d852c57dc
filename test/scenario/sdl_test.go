package scenario

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
	"spm/resolver"
	"spm/test/harness"
)

// TestSchemaAsText reads the schema as a build does.
func TestSchemaAsText(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	server := httptest.NewServer(resolver.NewSDL(h.Service, resolver.Options{
		Introspection: func(ctx context.Context) bool { return auth.SessionOf(ctx).Principal.Can(auth.SchemaRead) },
	}))
	t.Cleanup(server.Close)
	ask := func(method, token, tag string) (status int, etag, body string) {
		t.Helper()
		req, err := http.NewRequestWithContext(h.Context(), method, server.URL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		if tag != "" {
			req.Header.Set("If-None-Match", tag)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("ETag"), string(text)
	}
	rep := h.Token(nil, model.RoleRep)
	status, tag, text := ask(http.MethodGet, rep, "")
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: text})
	if status != http.StatusOK || err != nil || schema.Query.Fields.ForName("earnings") == nil || !strings.Contains(text, "@can(do: EARNING_READ)") {
		t.Fatalf("%d %v %.200s", status, err, text)
	}
	for _, given := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		if status, same, text := ask(http.MethodGet, rep, given); status != http.StatusNotModified || text != "" || same != tag {
			t.Errorf("%s: %d %.50s", given, status, text)
		}
	}
	may, may2 := newKey(h, []string{"SCHEMA_READ"}), newKey(h, []string{"EARNINGS_READ"})
	for _, c := range []struct {
		name, method, token, tag string
		status                   int
	}{
		{"another tag", "GET", rep, `"other"`, 200},
		{"a key that may", "GET", may.secret, "", 200},
		{"a key that may not", "GET", may2.secret, "", 403},
		{"a key that may not, with the tag", "GET", may2.secret, tag, 403},
		{"a stranger", "GET", "", "", 401},
		{"a bad token", "GET", "not.a.token", "", 401},
		{"the head", "HEAD", rep, "", 200},
		{"a POST", "POST", rep, "", 405},
	} {
		if status, _, text := ask(c.method, c.token, c.tag); status != c.status || c.status != http.StatusOK && strings.Contains(text, "type Query") {
			t.Errorf("%s: %d %.80s", c.name, status, text)
		}
	}
}
