package graphiql

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// FromThisMachine tells whether a request was sent by a program of this machine
// that meant this server: from a loopback address, to a loopback name (a site
// whose name was rebound to 127.0.0.1 sends its own name), through no proxy,
// and, if by a browser, from this server's own page.
func FromThisMachine(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() || !loopbackName(r.Host) {
		return false
	}
	for _, header := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return false
	}
	if given := r.Header.Values("Origin"); len(given) > 0 {
		origin, err := url.Parse(given[0])
		return err == nil && len(given) == 1 && origin.Host == r.Host
	}
	return true
}

// loopbackName tells whether a Host header names this machine to itself.
func loopbackName(host string) bool {
	name := host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		name = bare
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Unmap().IsLoopback()
	}
	return name == "localhost" || strings.HasSuffix(name, ".localhost")
}
