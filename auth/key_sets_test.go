package auth_test

import (
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

// idp is an identity provider whose answers a test sets.
type idp struct {
	*httptest.Server

	mu     sync.Mutex
	answer http.HandlerFunc
	asked  atomic.Int32
}

func newIDP(t *testing.T) *idp {
	t.Helper()
	p := &idp{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.asked.Add(1)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.answer(w, r)
	}))
	t.Cleanup(p.Close)
	p.serve(edSet("ed"))
	return p
}

func (p *idp) serve(body string) {
	p.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) })
}

func (p *idp) answers(fn http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = fn
}

// edJWK is the public Ed25519 key under an id.
func edJWK(kid string, more ...string) string {
	members := fields{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(keys().ed.Public().(ed25519.PublicKey))}
	for i := 0; i+1 < len(more); i += 2 {
		members[more[i]] = more[i+1]
	}
	text, _ := json.Marshal(members)
	return string(text)
}

func edSet(kids ...string) string {
	all := make([]string, len(kids))
	for i, kid := range kids {
		all[i] = edJWK(kid)
	}
	return `{"keys":[` + strings.Join(all, ",") + `]}`
}

// clockwork is a clock that a test moves.
type clockwork struct{ ahead atomic.Int64 }

func (c *clockwork) now() time.Time        { return now.Add(time.Duration(c.ahead.Load())) }
func (c *clockwork) move(by time.Duration) { c.ahead.Add(int64(by)) }
func (c *clockwork) sets() *auth.KeySets {
	return &auth.KeySets{Now: c.now, AllowLoopback: true, Log: slog.New(slog.DiscardHandler)}
}
func (c *clockwork) token(kid string) string { return c.tokenOf(kid, issuer) }

func (c *clockwork) tokenOf(kid, iss string) string {
	return signed(with(goodHeader(), "kid", kid), with(with(with(goodClaims(), "iss", iss), "iat", c.now().Unix()), "exp", c.now().Add(time.Hour).Unix()))
}

// registered is an issuer whose keys are at the address, or where discovery says.
func registered(address string) *model.Issuer {
	m := &model.Issuer{URL: issuer, Audience: audience, SubjectClaim: model.SubjectSub, Active: true, JWKSURL: &address,
		Algorithms: []model.IssuerAlgorithm{model.AlgorithmEdDSA, model.AlgorithmPS256, model.AlgorithmRS256}}
	if address == "" {
		m.JWKSURL = nil
	}
	return m
}

func takes(t *testing.T, sets *auth.KeySets, m *model.Issuer, token string) bool {
	t.Helper()
	claims, via, err := sets.Verify(t.Context(), tenant, m, token, nil)
	if err == nil && (claims.Tenant != tenant || claims.Subject == "" || !via.Stands(m)) || err != nil && err != auth.ErrToken {
		t.Errorf("%+v %+v %v", claims, via, err)
	}
	return err == nil
}

func TestKeysAreKeptAsLongAsSaid(t *testing.T) {
	c, p := &clockwork{}, newIDP(t)
	sets, m := c.sets(), registered(p.URL)
	step := func(what string, kid string, want bool, asked int32) {
		t.Helper()
		if got := takes(t, sets, m, c.token(kid)); got != want || p.asked.Load() != asked {
			t.Errorf("%s: taken %v, asked %d times", what, got, p.asked.Load())
		}
	}
	step("the first", "ed", true, 1)
	step("again", "ed", true, 1)
	step("unknown, at once", "new", false, 1)
	p.serve(edSet("new"))
	c.move(9 * time.Second)
	step("unknown, within the pause", "new", false, 1)
	c.move(time.Second)
	step("new", "new", true, 2)
	step("gone with it", "ed", false, 2)
	c.move(14*time.Minute + 59*time.Second)
	step("fresh", "new", true, 2)
	p.serve(edSet("third"))
	c.move(time.Second)
	step("not fresh, and gone", "new", false, 3)

	p.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	c.move(10 * time.Second)
	step("unknown while it fails", "fourth", false, 4)
	c.move(3*time.Hour + 59*time.Minute)
	if !takes(t, sets, m, c.token("third")) {
		t.Error("the last keys are not taken while the issuer does not answer")
	}
	c.move(time.Minute)
	if takes(t, sets, m, c.token("third")) {
		t.Error("keys of four hours ago are taken")
	}
	p.serve(edSet("third"))
	c.move(10 * time.Second)
	if !takes(t, sets, m, c.token("third")) {
		t.Error("it answers again, and is not heard")
	}
}

// TestForgedIDsCauseNoStorm sends many tokens with unknown ids at once.
func TestForgedIDsCauseNoStorm(t *testing.T) {
	c, p := &clockwork{}, newIDP(t)
	sets, m := c.sets(), registered(p.URL)
	for range 5 {
		var all sync.WaitGroup
		for i := range 200 {
			all.Go(func() {
				if takes(t, sets, m, c.token("forged"+string(rune('a'+i%26)))) {
					t.Error("a forged id was taken")
				}
			})
		}
		all.Wait()
		c.move(10 * time.Second)
	}
	if n := p.asked.Load(); n > 5 {
		t.Errorf("1,000 forged tokens made it ask %d times in 50 seconds", n)
	}
	// Another tenant's set is its own.
	before := p.asked.Load()
	if _, _, err := sets.Verify(t.Context(), uuid.New(), m, c.token("ed"), nil); err != nil || p.asked.Load() != before+1 {
		t.Errorf("another tenant: %v, asked %d times", err, p.asked.Load()-before)
	}
}

// TestKeySetsAreReadWithCare gives answers that hold no key for the token.
func TestKeySetsAreReadWithCare(t *testing.T) {
	k := keys()
	rsaKey := func(alg string) string {
		text, _ := json.Marshal(fields{"kty": "RSA", "kid": "rsa", "e": "AQAB", "n": b64(k.rsa.N.Bytes()), "alg": alg})
		return strings.Replace(string(text), `,"alg":""`, "", 1)
	}
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "<html>", "no set": "{}", "null": `{"keys":null}`, "an empty set": `{"keys":[]}`, "a list": "[" + edJWK("ed") + "]", "keys an object": `{"keys":` + edJWK("ed") + `}`,
		"twice": edSet("ed", "ed"), "three times": edSet("ed", "ed", "ed"), "another id": edSet("ED"), "no id": `{"keys":[` + edJWK("") + `]}`, "for encryption": `{"keys":[` + edJWK("ed", "use", "enc") + `]}`,
		"another algorithm": `{"keys":[` + edJWK("ed", "alg", "ES256") + `]}`, "HS256": `{"keys":[` + edJWK("ed", "alg", "HS256") + `]}`, "none": `{"keys":[` + edJWK("ed", "alg", "none") + `]}`,
		"a shared secret": `{"keys":[{"kty":"oct","kid":"ed","k":"AAAA"}]}`, "another curve": `{"keys":[` + edJWK("ed", "crv", "X25519") + `]}`, "cut": `{"keys":[` + edJWK("ed", "x", "AAAA") + `]}`,
		"101 keys": `{"keys":[` + edJWK("ed") + strings.Repeat(`,{}`, 100) + `]}`, "too long": edSet("ed") + strings.Repeat(" ", 512<<10), "elsewhere": `{"keys":[{"kty":"OKP","kid":"ed","x5u":"https://evil.example"}]}`,
	} {
		c, p := &clockwork{}, newIDP(t)
		p.serve(body)
		if takes(t, c.sets(), registered(p.URL), c.token("ed")) {
			t.Errorf("%s: taken", name)
		}
	}
	c, p := &clockwork{}, newIDP(t)
	p.serve(`{"keys":[7,null,{"kty":"oct","kid":"s","k":"AAAA"},{"kty":"EC","crv":"P-384"},` + edJWK("enc", "use", "enc") + "," + edJWK("ed", "x5c", "no list") + "," + edJWK("ed", "use", "sig") + `]}`)
	if !takes(t, c.sets(), registered(p.URL), c.token("ed")) {
		t.Error("a key among keys that are of no use is not found")
	}
	// A key signs with what it says, or with the first that is accepted.
	for _, one := range []struct {
		alg      string
		accepted []model.IssuerAlgorithm
		method   jwt.SigningMethod
		want     bool
	}{
		{"", []model.IssuerAlgorithm{model.AlgorithmPS256, model.AlgorithmRS256}, jwt.SigningMethodRS256, true},
		{"", []model.IssuerAlgorithm{model.AlgorithmPS256, model.AlgorithmRS256}, jwt.SigningMethodPS256, false},
		{"", []model.IssuerAlgorithm{model.AlgorithmPS256}, jwt.SigningMethodPS256, true},
		{"", []model.IssuerAlgorithm{model.AlgorithmPS256}, jwt.SigningMethodRS256, false},
		{"PS256", []model.IssuerAlgorithm{model.AlgorithmPS256, model.AlgorithmRS256}, jwt.SigningMethodPS256, true},
		{"PS256", []model.IssuerAlgorithm{model.AlgorithmRS256}, jwt.SigningMethodPS256, false},
		{"RS512", []model.IssuerAlgorithm{model.AlgorithmRS256}, jwt.SigningMethodRS256, false},
		{"", []model.IssuerAlgorithm{model.AlgorithmEdDSA}, jwt.SigningMethodRS256, false},
	} {
		p.serve(`{"keys":[` + rsaKey(one.alg) + `]}`)
		m := registered(p.URL)
		m.Algorithms = one.accepted
		if got := takes(t, c.sets(), m, libSigned(one.method, k.rsa, fields{"kid": "rsa"}, goodClaims())); got != one.want {
			t.Errorf("%+v: taken %v", one, got)
		}
	}
}

// TestDiscovery finds keys by the issuer's document, if it is that issuer's.
func TestDiscovery(t *testing.T) {
	for name, one := range map[string]struct {
		issuer, keys string
		want         bool
	}{
		"right": {"{url}", "{url}/keys", true}, "another issuer": {"{url}/", "{url}/keys", false}, "no keys": {"{url}", "", false}, "keys in a file": {"{url}", "file:///etc/passwd", false},
		"keys by http elsewhere": {"{url}", "http://id.example/keys", false}, "keys in a private network": {"{url}", "https://10.0.0.1/keys", false},
	} {
		c, p := &clockwork{}, newIDP(t)
		p.answers(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/.well-known/openid-configuration":
				_ = json.NewEncoder(w).Encode(fields{"issuer": strings.ReplaceAll(one.issuer, "{url}", p.URL), "jwks_uri": strings.ReplaceAll(one.keys, "{url}", p.URL)})
			case "/keys":
				_, _ = w.Write([]byte(edSet("ed")))
			}
		})
		m := registered("")
		m.URL = p.URL
		if got := takes(t, c.sets(), m, c.tokenOf("ed", p.URL)); got != one.want {
			t.Errorf("%s: taken %v", name, got)
		}
	}
}

// TestNothingInsideIsAsked: no name, redirect or proxy leads to this machine.
func TestNothingInsideIsAsked(t *testing.T) {
	c, inside := &clockwork{}, newIDP(t)
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { inside.asked.Add(1) }))
	var connected atomic.Int32
	secure.Config.ConnState = func(net.Conn, http.ConnState) { connected.Add(1) }
	secure.StartTLS()
	t.Cleanup(secure.Close)
	t.Setenv("HTTPS_PROXY", inside.URL)
	outside := newIDP(t)
	outside.answers(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) })
	if takes(t, c.sets(), registered(outside.URL), c.token("ed")) || outside.asked.Load() != 1 {
		t.Error("a redirect was followed")
	}
	port := secure.URL[strings.LastIndex(secure.URL, ":"):]
	for _, address := range []string{inside.URL, secure.URL, "https://localhost" + port, "https://LOCALHOST" + port, "https://localhost." + port, "https://[::1]" + port, "https://[::ffff:127.0.0.1]" + port, "https://127.1" + port, "https://2130706433" + port, "https://0x7f.1" + port} {
		sets := c.sets()
		sets.AllowLoopback = false
		if takes(t, sets, registered(address), c.token("ed")) {
			t.Errorf("%s: taken", address)
		}
	}
	if inside.asked.Load() != 0 || connected.Load() != 0 {
		t.Errorf("what is inside was asked %d times, and connected to %d times", inside.asked.Load(), connected.Load())
	}
}
