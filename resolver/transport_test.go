package resolver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"spm/auth"
	"spm/model"
)

func TestBadRequestsAreRefusedWithoutAnEcho(t *testing.T) {
	h, _ := serveTiny(t, nil)
	const marker = "m4rk3r"
	big := `{"query":"{ __typename }","x":"` + strings.Repeat("x", DefaultMaxBody) + `"}`
	chunked := post("")
	chunked.Body, chunked.ContentLength = io.NopCloser(slowBody{strings.NewReader(big)}), -1
	broken := post("")
	broken.Body, broken.ContentLength = io.NopCloser(iotest.ErrReader(errors.New(marker))), -1
	for name, c := range map[string]struct {
		request *http.Request
		status  int
	}{
		"no body":              {post(""), 400},
		"not JSON":             {post(`{"` + marker), 400},
		"an array":             {post(`[{"query":"{ __typename }"}]`), 400},
		"a string":             {post(`"` + marker + `"`), 400},
		"null":                 {post(`null`), 400},
		"two objects":          {post(`{"query":"{ __typename }"}{"query":"` + marker + `"}`), 400},
		"text after":           {post(`{"query":"{ __typename }"} ` + marker), 400},
		"no query":             {post(`{"qeury":"` + marker + `"}`), 400},
		"empty query":          {post(`{"query":""}`), 400},
		"query null":           {post(`{"query":null}`), 400},
		"query a number":       {post(`{"query":1}`), 400},
		"operationName a list": {post(`{"query":"{ __typename }","operationName":["` + marker + `"]}`), 400},
		"variables a list":     {post(`{"query":"{ __typename }","variables":["` + marker + `"]}`), 400},
		"extensions a string":  {post(`{"query":"{ __typename }","extensions":"` + marker + `"}`), 400},
		"member twice":         {post(`{"query":"{ __typename }","query":"{ secret }"}`), 400},
		"member twice inside":  {post(`{"query":"{ __typename }","variables":{"a":1,"a":2}}`), 400},
		"other case":           {post(`{"Query":"{ __typename }"}`), 400},
		"invalid UTF-8":        {post("{\"query\":\"{ __typename }\",\"x\":\"\xff\"}"), 400},
		"lone surrogate":       {post(`{"query":"{ __typename }","variables":{"a":"\ud800"}}`), 400},
		"low surrogate":        {post(`{"query":"{ __typename }","variables":{"a":"\udc00x"}}`), 400},
		"swapped surrogates":   {post(`{"query":"{ __typename }","variables":{"a":"\udc00\ud800"}}`), 400},
		"deep":                 {post(`{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}}`), 400},
		"deeper than JSON":     {post(`{"query":"{ __typename }","variables":{"a":` + strings.Repeat("[", 20000)), 400},
		"broken body":          {broken, 400},
		"too large":            {post(big), 413},
		"too large, chunked":   {chunked, 413},
		"no content type":      {post(query("{ __typename }", ""), "Content-Type", ""), 415},
		"text/plain":           {post(query("{ __typename }", ""), "Content-Type", "text/plain"), 415},
		"form":                 {post("query={__typename}", "Content-Type", "application/x-www-form-urlencoded"), 415},
		"multipart":            {post("", "Content-Type", "multipart/form-data; boundary=x"), 415},
		"application/graphql":  {post("{ __typename }", "Content-Type", "application/graphql"), 415},
		"latin1":               {post(query("{ __typename }", ""), "Content-Type", "application/json; charset=latin1"), 415},
		"compressed":           {post(query("{ __typename }", ""), "Content-Encoding", "gzip"), 415},
		"accepts HTML":         {post(query("{ __typename }", ""), "Accept", "text/html"), 406},
		"accepts nothing":      {post(query("{ __typename }", ""), "Accept", "*/*;q=0"), 406},
		"PUT":                  {httptest.NewRequest(http.MethodPut, "/graphql", nil), 405},
		"HEAD":                 {httptest.NewRequest(http.MethodHead, "/graphql", nil), 405},
		"GET without query":    {httptest.NewRequest(http.MethodGet, "/graphql", nil), 400},
		"GET query twice":      {get("query", "{ __typename }", "query", "{ secret }"), 400},
		"GET bad variables":    {get("query", "{ __typename }", "variables", marker), 400},
		"GET variables list":   {get("query", "{ __typename }", "variables", "[]"), 400},
		"GET malformed":        {httptest.NewRequest(http.MethodGet, "/graphql?query=%zz", nil), 400},
	} {
		t.Run(name, func(t *testing.T) {
			got := ask(t, h, c.request)
			if got.status != c.status {
				t.Errorf("status %d, want %d: %s", got.status, c.status, got.body)
			}
			if got.hasData || len(got.errors) != 1 || got.code() != string(model.BadUserInput) || strings.Contains(got.body, marker) {
				t.Errorf("answer %s", got.body)
			}
			if got.status == 405 && !strings.Contains(got.header.Get("Allow"), "POST") {
				t.Errorf("Allow: %q", got.header.Get("Allow"))
			}
		})
	}
}

func get(pairs ...string) *http.Request {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodGet, "/graphql?"+values.Encode(), nil)
	r.Header.Set("Accept", mediaGraphQL)
	return r
}

func TestGoodRequestsAreServed(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for name, r := range map[string]*http.Request{
		"POST":             post(query("{ __typename }", "")),
		"charset":          post(query("{ __typename }", ""), "Content-Type", `application/json; charset="UTF-8"`),
		"nulls":            post(`{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}`),
		"named":            post(`{"query":"query Q { __typename }","operationName":"Q"}`),
		"further members":  post(`{"query":"{ __typename }","id":7,"extensions":{"a":1}}`),
		"white space":      post(" \n" + query("{ __typename }", "") + "\r\n "),
		"surrogate pair":   post(query("query($t: String) { __typename echo(text: $t) }", `{"t":"\ud83d\ude00 \\ud800"}`)),
		"pair in document": post(query(`{ __typename echo(text: "\ud83d\ude00") }`, "")),
		"GET":              get("query", "{ __typename }", "variables", "{}", "operationName", ""),
		"h2c upgrade":      post(query("{ __typename }", ""), "Connection", "Upgrade, HTTP2-Settings", "Upgrade", "h2c"),
	} {
		got := ask(t, h, r)
		if got.status != 200 || len(got.errors) > 0 || !strings.Contains(string(got.data), `"__typename":"Query"`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Content-Type": mediaGraphQL + "; charset=utf-8", "Vary": "Accept",
		} {
			if given := got.header.Values(header); len(given) != 1 || given[0] != want {
				t.Errorf("%s: %s: %q", name, header, given)
			}
		}
		if got.header.Get("X-Request-Id") == "" {
			t.Errorf("%s: no request id", name)
		}
	}
}

func TestStatusFollowsTheMediaType(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for document, graphQLStatus := range map[string]int{
		"{": 400, "{ nothing }": 400, "query($id: ID!) { echo(ids: [$id]) }": 400, "{ a: __typename } { b: __typename }": 400,
		"subscription { tick }": 400, `{ fail(how: "unknown") }`: 200, "{ secret }": 200, "mutation { record }": 200,
	} {
		for mediaType, want := range map[string]int{mediaGraphQL: graphQLStatus, mediaJSON: 200} {
			got := ask(t, h, post(query(document, ""), "Accept", mediaType))
			if got.status != want || !strings.HasPrefix(got.header.Get("Content-Type"), mediaType) {
				t.Errorf("%s as %s: %d %s", document, mediaType, got.status, got.body)
			}
			if refused := graphQLStatus != 200; got.hasData == refused {
				t.Errorf("%s as %s: %s", document, mediaType, got.body)
			}
		}
	}
}

func TestMutationsAndSubscriptionsByGETAreNotExecuted(t *testing.T) {
	h, _ := serveTiny(t, nil)
	got := ask(t, h, get("query", "mutation { record }"))
	if got.status != 405 || got.header.Get("Allow") != "POST" || got.hasData || got.code() != "BAD_USER_INPUT" {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := ask(t, h, get("query", "subscription { tick }")); got.status != 400 || got.hasData {
		t.Errorf("%d %s", got.status, got.body)
	}
	h, _ = serveTiny(t, func(o *Options) { o.AllowGET = false })
	if got := ask(t, h, get("query", "{ __typename }")); got.status != 405 || got.header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("GET that is off: %d %s", got.status, got.body)
	}
	r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
	if got := ask(t, h, r); got.status != 204 || got.header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("OPTIONS: %d", got.status)
	}
}

func TestNegotiate(t *testing.T) {
	for accept, want := range map[string]string{
		"": mediaJSON, "*/*": mediaJSON, "application/*": mediaJSON, mediaJSON: mediaJSON, mediaGraphQL: mediaGraphQL,
		"APPLICATION/JSON": mediaJSON, mediaGraphQL + "; charset=utf-8, " + mediaJSON + "; charset=utf-8": mediaGraphQL,
		mediaJSON + ", " + mediaGraphQL: mediaJSON, mediaGraphQL + ", " + mediaJSON + ";q=0.9": mediaGraphQL,
		mediaJSON + ";q=0.5, " + mediaGraphQL + ";q=0.6": mediaGraphQL, mediaGraphQL + ", */*": mediaGraphQL, "*/*, " + mediaGraphQL: mediaGraphQL,
		mediaGraphQL + ";q=0.1, */*": mediaJSON, mediaJSON + ";q=0, */*": mediaGraphQL, "text/html, */*;q=0.1": mediaJSON, "*/*;Q=1.0": mediaJSON,
		"text/html": "", "text/*": "", "*/*;q=0": "", mediaJSON + ";q=0": "", mediaJSON + ";q=2": "", mediaJSON + ";q=NaN": "", ",": "", ";": "",
		mediaGraphQL + ";q=0, " + mediaJSON: mediaJSON,
	} {
		got, acceptable := negotiate([]string{accept})
		if acceptable != (want != "") || (acceptable && got != want) {
			t.Errorf("%q: %s %v, want %s", accept, got, acceptable, want)
		}
	}
	if got, _ := negotiate([]string{"text/html", mediaGraphQL}); got != mediaGraphQL {
		t.Errorf("two headers: %s", got)
	}
}

func TestOperationsEnd(t *testing.T) {
	h, _ := serveTiny(t, func(o *Options) { o.Timeout = time.Nanosecond })
	if got := ask(t, h, post(query("{ __typename }", ""))); got.code() != "TIMEOUT" || got.status != http.StatusGatewayTimeout || got.hasData {
		t.Errorf("%d %s", got.status, got.body)
	}
	// The resolver ends the context itself, so that no clock is in the test.
	h, log := serveTiny(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	ctx = context.WithValue(ctx, endOperation{}, cancel)
	got := ask(t, h, post(query(`{ fail(how: "deadline") }`, "")).WithContext(ctx))
	if got.code() != "TIMEOUT" || got.errors[0].Extensions["retryable"] != true {
		t.Errorf("%d %s", got.status, got.body)
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
}

type authenticate func(context.Context, string) (context.Context, error)

func (f authenticate) Authenticate(ctx context.Context, token string) (context.Context, error) {
	return f(ctx, token)
}

func TestAuthentication(t *testing.T) {
	var seen any
	h, _ := serveTiny(t, func(o *Options) {
		o.Authenticator = authenticate(func(ctx context.Context, token string) (context.Context, error) {
			switch token {
			case "good":
				return context.WithValue(ctx, requestHeaderTest{}, "ana"), nil
			case "down":
				return nil, model.Errorf(model.Overloaded, "Try again.")
			case "broken":
				return nil, errors.New(leak)
			case "panic":
				panic(leak)
			}
			return nil, auth.ErrToken
		})
		o.Introspection = func(ctx context.Context) bool { seen = ctx.Value(requestHeaderTest{}); return true }
	})
	body := query("{ __typename }", "")
	for header, want := range map[string]int{
		"": 200, "Bearer good": 200, "bearer  good ": 200, "Bearer bad": 401, "Bearer": 401, "Bearer ": 401, "Basic good": 401, "good": 401,
		"Bearer " + strings.Repeat("x", 5000): 401, "Bearer down": 503, "Bearer broken": 500, "Bearer panic": 500,
	} {
		for _, mediaType := range []string{mediaJSON, mediaGraphQL} {
			seen = nil
			got := ask(t, h, post(body, "Authorization", header, "Accept", mediaType))
			if got.status != want || (want != 200) == got.hasData || strings.Contains(got.body, "SQLSTATE") {
				t.Errorf("%.20q: %d %s", header, got.status, got.body)
			}
			if want == 401 && (got.code() != "UNAUTHENTICATED" || got.header.Get("WWW-Authenticate") == "" || got.errors[0].Message != auth.ErrToken.Error()) {
				t.Errorf("%.20q: %s", header, got.body)
			}
			if (seen == "ana") != strings.Contains(header, "good") && want == 200 {
				t.Errorf("%q: principal %v", header, seen)
			}
		}
	}
	r := post(body, "Authorization", "Bearer good")
	r.Header.Add("Authorization", "Bearer bad")
	if got := ask(t, h, r); got.status != 401 {
		t.Errorf("two tokens: %d", got.status)
	}
	h, _ = serveTiny(t, nil)
	if got := ask(t, h, post(body, "Authorization", "Bearer good")); got.status != 401 {
		t.Errorf("nobody to ask: %d", got.status)
	}
}

type requestHeaderTest struct{}

func TestRequestID(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for given, keep := range map[string]bool{"abc-1.2_3": true, "": false, "a b": false, "a\nb": false, "ü": false, strings.Repeat("a", 65): false} {
		got := ask(t, h, post(query("{ nothing }", ""), "X-Request-Id", given))
		id := got.header.Get("X-Request-Id")
		if (id == given) != keep || got.errors[0].Extensions["requestId"] != id {
			t.Errorf("%q became %q: %s", given, id, got.body)
		}
	}
	if RequestID(t.Context()) != "" {
		t.Error("an id outside of a request")
	}
}

func TestServerHasTimeouts(t *testing.T) {
	s := NewServer(http.NotFoundHandler())
	if s.ReadHeaderTimeout != 5*time.Second || s.ReadTimeout != 15*time.Second || s.WriteTimeout != 30*time.Second ||
		s.IdleTimeout != time.Minute || s.MaxHeaderBytes != 16<<10 {
		t.Errorf("%+v", s)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"\ud83d\ude00",null,true,{}]}`, `{"a":1,"a":2}`, `"\ud800"`, "{}x", "\xff", "[[", `{"a"`, `"\\ud800"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := decodeJSON(text)
		if err != nil {
			return
		}
		if again := remarshal(t, value); again != remarshalText(t, text) {
			t.Fatalf("%q was read as %s", text, again)
		}
	})
}
