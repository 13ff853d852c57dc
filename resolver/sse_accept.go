package resolver

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"spm/auth"
)

// mediaEvents is the media type of an event stream.
const mediaEvents = "text/event-stream"

// accessToken is the parameter of the query string by which an EventSource,
// which cannot set headers, shows its token.
const accessToken = "access_token"

// wantsEvents tells from the Accept header whether a client takes an event
// stream, which it must name, and whether rather than a plain answer.
func wantsEvents(accept []string) (takes, rather bool) {
	events, plain := preference{}, preference{}
	for order, entry := range strings.Split(strings.Join(accept, ","), ",") {
		name, options, _ := strings.Cut(entry, ";")
		weight, valid := weightOf(options)
		if !valid || weight == 0 {
			continue
		}
		here := preference{1, weight, order}
		switch strings.ToLower(strings.TrimSpace(name)) {
		case mediaEvents:
			if takes = true; here.betterThan(events) {
				events = here
			}
		case mediaJSON, mediaGraphQL, "application/*", "*/*":
			if here.betterThan(plain) {
				plain = here
			}
		}
	}
	return takes, takes && events.betterThan(plain)
}

// tokenOf gives what a request shows of its sender: its Authorization headers,
// and the access_token of an EventSource, which is taken out of the request lest
// anything logs it. More than one is more than a request may show, and an API
// key, which lives for months, does not belong into an address.
func tokenOf(r *http.Request) (without *http.Request, given []string) {
	given = r.Header.Values("Authorization")
	if r.Method != http.MethodGet || !strings.Contains(r.URL.RawQuery, accessToken) {
		return r, given
	}
	if takes, _ := wantsEvents(r.Header.Values("Accept")); !takes {
		return r, given
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return r, given // which the transport refuses
	}
	for _, token := range query[accessToken] {
		if auth.IsKey(token) {
			token = ""
		}
		given = append(slices.Clip(given), "Bearer "+token)
	}
	query.Del(accessToken)
	r = r.Clone(r.Context())
	r.URL.RawQuery = query.Encode()
	r.RequestURI = r.URL.RequestURI()
	return r, given
}
