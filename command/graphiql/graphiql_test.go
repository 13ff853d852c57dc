package graphiql

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func ask(t *testing.T, h http.Handler, path string, edit func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	r.RemoteAddr = "127.0.0.1:4711"
	if edit != nil {
		edit(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// TestPage: each answer has its own nonce, and only what bears it is run.
func TestPage(t *testing.T) {
	t.Parallel()
	h := Handler(Options{Title: `Tom & "Jerry"`})
	seen := map[string]bool{}
	for range 3 {
		res := ask(t, h, "/", nil)
		policy := res.Header().Get("Content-Security-Policy")
		nonce := regexp.MustCompile(`script-src 'nonce-([A-Z2-7]{26})';`).FindStringSubmatch(policy)
		if nonce == nil || seen[nonce[1]] || strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Fatalf("the policy is %q", policy)
		}
		seen[nonce[1]] = true
		if res.Header().Get("X-Content-Type-Options") != "nosniff" || res.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("headers: %v", res.Header())
		}
		html := res.Body.String()
		loads, nonces := regexp.MustCompile(`<script|rel="stylesheet"|<style|style=`).FindAllString(html, -1), strings.Count(html, `nonce="`+nonce[1]+`"`)
		if len(loads) != nonces || !strings.Contains(html, "Tom &amp; &#34;Jerry&#34;") {
			t.Errorf("%d scripts and styles, %d nonces:\n%s", len(loads), nonces, html)
		}
		if strings.Contains(html, "//") {
			t.Errorf("the page loads from elsewhere:\n%s", html)
		}
		for _, part := range regexp.MustCompile(`"(/graphiql/[^"]+)"`).FindAllStringSubmatch(html, -1) {
			if res := ask(t, h, part[1], nil); res.Code != http.StatusOK || res.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %d %v", part[1], res.Code, res.Header())
			}
		}
	}
	if res := ask(t, h, "/elsewhere", nil); res.Code != http.StatusNotFound {
		t.Errorf("/elsewhere: %d", res.Code)
	}
}

func TestAssets(t *testing.T) {
	t.Parallel()
	h := Handler(Options{})
	const name = "/graphiql/graphiql.min.js"
	plain := ask(t, h, name, nil)
	packed := ask(t, h, name, func(r *http.Request) { r.Header.Set("Accept-Encoding", "br, gzip") })
	if packed.Header().Get("Content-Encoding") != "gzip" || len(packed.Body.String())*2 > len(plain.Body.String()) {
		t.Errorf("packed: %v", packed.Header())
	}
	if got := plain.Header().Get("Content-Type"); got != "text/javascript; charset=utf-8" {
		t.Errorf("a script is %s", got)
	}
	known := ask(t, h, name, func(r *http.Request) { r.Header.Set("If-None-Match", plain.Header().Get("ETag")) })
	if known.Code != http.StatusNotModified {
		t.Errorf("what is known is sent again: %d", known.Code)
	}
}

// TestTokensStayOnThisMachine: no page of a stranger and no other machine gets
// the tokens, whatever name or address it uses.
func TestTokensStayOnThisMachine(t *testing.T) {
	t.Parallel()
	h := Handler(Options{People: func() ([]Person, error) { return []Person{{Name: "Ann", Token: "secret"}}, nil }})
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	peer := func(addr string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = addr } }
	for name, one := range map[string]struct {
		edit  func(*http.Request)
		given bool
	}{
		"a program":                       {nil, true},
		"localhost":                       {host("localhost:8080"), true},
		"IPv6":                            {func(r *http.Request) { r.Host, r.RemoteAddr = "[::1]:8080", "[::1]:99" }, true},
		"IPv4 in IPv6":                    {peer("[::ffff:127.0.0.1]:99"), true},
		"its own page":                    {header("Sec-Fetch-Site", "same-origin"), true},
		"its own origin":                  {header("Origin", "http://127.0.0.1:8080"), true},
		"a rebound name":                  {host("attacker.example"), false},
		"a rebound name with the port":    {host("attacker.example:8080"), false},
		"a name that begins well":         {host("127.0.0.1.attacker.example:8080"), false},
		"a name that begins as localhost": {host("localhost.attacker.example"), false},
		"no name":                         {host(""), false},
		"this machine's other address":    {host("192.168.1.7:8080"), false},
		"another machine":                 {peer("192.168.1.7:99"), false},
		"another machine, as localhost":   {func(r *http.Request) { r.Host, r.RemoteAddr = "localhost:8080", "10.0.0.3:99" }, false},
		"a peer without address":          {peer("@"), false},
		"a stranger's page":               {header("Sec-Fetch-Site", "cross-site"), false},
		"a page of another port":          {header("Sec-Fetch-Site", "same-site"), false},
		"typed into the address bar":      {header("Sec-Fetch-Site", "none"), false},
		"a stranger's origin":             {header("Origin", "https://attacker.example"), false},
		"a page from a file":              {header("Origin", "null"), false},
		"another port's origin":           {header("Origin", "http://127.0.0.1:9999"), false},
		"through a proxy":                 {header("X-Forwarded-For", "10.0.0.3"), false},
		"through a proxy that says so":    {header("Via", "1.1 proxy"), false},
	} {
		res := ask(t, h, "/graphiql/people.json", one.edit)
		body := res.Body.String()
		if given := strings.Contains(body, "secret"); given != one.given || given != (res.Code == http.StatusOK) {
			t.Errorf("%s: %d %s", name, res.Code, body)
		}
		if res.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: others' pages may read it", name)
		}
	}
	loading := Handler(Options{People: func() ([]Person, error) { return nil, errors.New("not yet") }})
	if res := ask(t, loading, "/graphiql/people.json", nil); res.Code != http.StatusServiceUnavailable {
		t.Errorf("while loading: %d", res.Code)
	}
	if res := ask(t, Handler(Options{}), "/graphiql/people.json", nil); res.Code != http.StatusForbidden {
		t.Errorf("without people: %d", res.Code)
	}
}
