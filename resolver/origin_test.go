package resolver

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseOrigins(t *testing.T) {
	for _, wrong := range []string{
		"*", "https://*", "https://*.example.com", "portal.example.com", "https://portal.example.com/", "https://portal.example.com/app",
		"ftp://portal.example.com", "https://", "file:///", "https://user@portal.example.com", "https://a.example?x", "%", "https://a b",
	} {
		if origins, err := ParseOrigins([]string{wrong}); err == nil || origins.Allows(wrong) {
			t.Errorf("%s passes", wrong)
		}
	}
	origins, err := ParseOrigins([]string{"", " HTTPS://Portal.Example.com ", "http://10.0.0.1:3000"})
	if err != nil {
		t.Fatal(err)
	}
	local := origins
	local.Local = true
	null, _ := ParseOrigins([]string{"null"})
	for origin, want := range map[string][3]bool{
		"https://portal.example.com": {true, true}, "https://PORTAL.example.com": {true, true}, "http://10.0.0.1:3000": {true, true},
		"http://portal.example.com": {}, "https://portal.example.com:444": {}, "https://portal.example.com.evil.example": {}, "http://10.0.0.1": {}, "": {},
		"null": {false, true, true}, "http://localhost:5173": {false, true}, "http://127.0.0.1:8081": {false, true}, "http://[::1]:80": {false, true},
		"https://localhost": {false, true}, "http://localhost.evil.example": {}, "http://127.0.0.1.evil.example": {}, "file://localhost": {}, "http://%": {},
		"http://127.0.0.1@evil.example": {},
	} {
		if got := [3]bool{origins.Allows(origin), local.Allows(origin), null.Allows(origin)}; got != want {
			t.Errorf("%q: %v, want %v", origin, got, want)
		}
	}
}

func TestCORS(t *testing.T) {
	h, _ := serveTiny(t, func(o *Options) { o.Origins, _ = ParseOrigins([]string{"https://portal.example.com"}) })
	preflight := func(origin, method, headers string) http.Header {
		r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", method)
		r.Header.Set("Access-Control-Request-Headers", headers)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		wanted(t, "status", w.Code, http.StatusNoContent)
		return w.Header()
	}
	const allowed = "Access-Control-Allow-Origin"
	all := "authorization,content-type,idempotency-key,last-event-id,x-request-id"
	header := preflight("https://portal.example.com", "POST", all)
	wanted(t, "origin", header.Get(allowed), "https://portal.example.com")
	wanted(t, "headers", header.Get("Access-Control-Allow-Headers"), all)
	wanted(t, "method", header.Get("Access-Control-Allow-Methods"), "POST")
	for _, refused := range []http.Header{
		preflight("https://evil.example", "POST", "authorization"), preflight("null", "POST", "authorization"),
		preflight("https://portal.example.com", "DELETE", "authorization"), preflight("https://portal.example.com", "POST", "x-other"),
	} {
		wanted(t, "refused", refused.Get(allowed), "")
	}
	for origin, want := range map[string]string{"https://portal.example.com": "https://portal.example.com", "https://evil.example": "", "": ""} {
		for status, r := range map[int]*http.Request{
			200: post(query("{ __typename }", ""), "Origin", origin),
			401: post(query("{ __typename }", ""), "Origin", origin, "Authorization", "Bearer nobody"), // a page may read why
		} {
			got := ask(t, h, r)
			wanted(t, origin, got.status, status)
			wanted(t, origin, got.header.Get(allowed), want)
			wanted(t, "credentials", got.header.Get("Access-Control-Allow-Credentials"), "")
			if vary := strings.Join(got.header.Values("Vary"), ", "); !strings.Contains(vary, "Origin") || !strings.Contains(vary, "Accept") {
				t.Errorf("Vary: %s", vary)
			}
		}
	}
	h, _ = serveTiny(t, nil)
	got := ask(t, h, post(query("{ __typename }", ""), "Origin", "https://portal.example.com"))
	wanted(t, "by default", got.header.Get(allowed), "")
}
