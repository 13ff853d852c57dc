package resolver

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/cors"
)

// Origins are the pages that may ask from a browser, beside those that the
// server's own host serves. No credentials of the browser's are allowed: pages
// send a token. The zero value allows no other.
type Origins struct {
	// Local allows every port of this machine, and "null", which a page opened
	// from a file has.
	Local bool
	exact []string
}

// ParseOrigins takes origins as browsers send them: https://portal.example.com,
// with a port where there is one, or null. There is no wildcard.
func ParseOrigins(given []string) (Origins, error) {
	var all Origins
	for _, text := range given {
		origin := strings.ToLower(strings.TrimSpace(text))
		u, err := url.Parse(origin)
		switch {
		case origin == "":
			continue
		case origin == "null":
		case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || strings.Contains(u.Host, "*") || origin != u.Scheme+"://"+u.Host:
			return Origins{}, fmt.Errorf("%q is no origin: write it like https://portal.example.com, without a path or a wildcard", text)
		}
		all.exact = append(all.exact, origin)
	}
	return all, nil
}

// Allows tells whether a page of the origin may ask.
func (o Origins) Allows(origin string) bool {
	origin = strings.ToLower(origin)
	if slices.Contains(o.exact, origin) {
		return true
	}
	if !o.Local {
		return false
	}
	u, err := url.Parse(origin)
	if err != nil || origin == "null" {
		return origin == "null"
	}
	ip := net.ParseIP(u.Hostname())
	return (u.Scheme == "http" || u.Scheme == "https") && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// allowsRequest is Allows for what CORS does not cover: the opening of a
// WebSocket, by a page of this host, of an allowed origin, or by no page at all.
func (o Origins) allowsRequest(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || o.Allows(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// wrap lets browsers show answers to pages of the allowed origins.
func (o Origins) wrap(next http.Handler) http.Handler {
	if len(o.exact) == 0 && !o.Local {
		return next
	}
	return cors.New(cors.Options{
		AllowOriginFunc: o.Allows,
		AllowedMethods:  []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:  []string{"Authorization", "Content-Type", delegationHeader, idempotencyHeader, lastEventID, requestIDHeader},
		ExposedHeaders:  []string{requestIDHeader, "Retry-After", "RateLimit", "RateLimit-Policy"},
		MaxAge:          600,
	}).Handler(next)
}
