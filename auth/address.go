package auth

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
	"unicode"
)

// maxAddress is the longest address of an issuer or its keys, in bytes.
const maxAddress = 255

// CheckAddress tells what keeps the address of an issuer, or of its keys, from
// being asked. Where its name leads is checked when it is dialled.
func (k *KeySets) CheckAddress(address string) error {
	for _, r := range address {
		if r > unicode.MaxASCII || !unicode.IsPrint(r) || unicode.IsSpace(r) {
			return fmt.Errorf("an address is printable ASCII without space")
		}
	}
	if len(address) > maxAddress {
		return fmt.Errorf("an address has at most %d bytes", maxAddress)
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Hostname() == "" || parsed.Opaque != "" {
		return fmt.Errorf("this is no address such as https://login.example.com")
	}
	if parsed.User != nil || parsed.RawQuery != "" || parsed.ForceQuery || parsed.Fragment != "" {
		return fmt.Errorf("an address has no user, query or fragment")
	}
	here := k.AllowLoopback && loopback(parsed.Hostname())
	if parsed.Scheme != "https" && (parsed.Scheme != "http" || !here) {
		return fmt.Errorf("an address begins with https://")
	}
	if loopback(parsed.Hostname()) && !k.AllowLoopback {
		return errUnreachable
	}
	if ip, err := netip.ParseAddr(parsed.Hostname()); err == nil && !k.reachable(ip) {
		return errUnreachable
	}
	return nil
}

var errUnreachable = fmt.Errorf("an address of this machine or of a private network is not asked")

// global are the IPv6 addresses that are handed out; what is special among them
// stands in special.
var global = netip.MustParsePrefix("2000::/3")

// special are the networks that lead elsewhere than to a host of the Internet
// (RFC 6890 and its successors), beside those that netip knows.
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"),
}

// reachable tells whether an issuer may be asked at the address.
func (k *KeySets) reachable(ip netip.Addr) bool {
	if ip.Zone() != "" {
		return false
	}
	ip = ip.Unmap()
	if ip.IsLoopback() {
		return k.AllowLoopback
	}
	if ip.IsPrivate() || ip.IsMulticast() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, network := range special {
		if network.Contains(ip) {
			return false
		}
	}
	return true
}

// guarded is a client that follows no redirect, goes through no proxy, and
// connects to no address that is not reachable, whatever a name resolves to
// at that moment.
func (k *KeySets) guarded() *http.Client {
	dialer := &net.Dialer{Timeout: keySetTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !k.reachable(to.Addr()) {
			return errUnreachable
		}
		return nil
	}}
	return &http.Client{
		Timeout:       keySetTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 3 * time.Second, ResponseHeaderTimeout: keySetTimeout,
			MaxResponseHeaderBytes: 16 << 10, DisableKeepAlives: true, DisableCompression: true, ForceAttemptHTTP2: true,
		},
	}
}
