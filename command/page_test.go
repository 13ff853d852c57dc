//go:build unix

package command_test

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestServeShowsNoPageUnlessAsked: the page is for those who want it, it hands
// out no tokens, and the log can be asked for in words.
func TestServeShowsNoPageUnlessAsked(t *testing.T) {
	t.Parallel()
	who := self(t)
	_, serve := served(t, who)
	env := []string{"SERVE_DATABASE_URL=" + serve}

	bare := who.start(t, env, "serve", anyPort)
	url := bare.url()
	for _, path := range []string{"/", "/graphiql/page.mjs", "/graphiql/people.json"} {
		if status, body := get(t, url+path); status != http.StatusNotFound {
			t.Errorf("without --graphiql %s answers %d %s", path, status, body)
		}
	}
	addr := strings.TrimPrefix(url, "http://")
	if _, stderr, code := who.run(t, env, "serve", "--addr", addr); code != 1 || !strings.Contains(stderr, "an spm serves "+url+" already") {
		t.Errorf("an address that is taken by an spm: exit %d, %s", code, stderr)
	}
	ends(t, bare, syscall.SIGTERM)

	shown := who.start(t, env, "serve", anyPort, "--graphiql", "--log=text")
	line := shown.await(func(line string) bool { return strings.Contains(line, " serving url=") })
	_, url, _ = strings.Cut(line, "url=")
	url = strings.TrimSuffix(url, "/graphql")
	if status, page := get(t, url+"/"); status != http.StatusOK || !strings.Contains(page, "<title>spm: GraphiQL</title>") {
		t.Errorf("the page: %d %s", status, page)
	}
	if _, setup := get(t, url+"/graphiql/setup.json"); !strings.Contains(setup, "WhoAmI") || !strings.Contains(setup, `"people":false`) {
		t.Errorf("the page's set-up: %s", setup)
	}
	if status, body := get(t, url+"/graphiql/people.json"); status != http.StatusForbidden {
		t.Errorf("tokens: %d %s", status, body)
	}
	ends(t, shown, syscall.SIGTERM)
	if _, stderr, code := who.run(t, env, "serve", anyPort, "--log=loud"); code != 2 || !strings.Contains(stderr, "--log is text or json") {
		t.Errorf("--log=loud: exit %d, %s", code, stderr)
	}
}
