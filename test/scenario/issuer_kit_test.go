package scenario

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"spm/test/harness"
)

const (
	issuerFields = `id name url audience algorithms jwksUrl subjectClaim untypedTokens active version`
	createIssuer = `mutation($input: CreateIssuerInput!) { createIssuer(input: $input) { replayed issuer { ` + issuerFields + ` } userErrors { path code message } } }`
	updateIssuer = `mutation($input: UpdateIssuerInput!) { updateIssuer(input: $input) { issuer { ` + issuerFields + ` } userErrors { path code message } } }`
	whoAmI       = `{ viewer { user { id name subject } roles tenant { key } payee { externalId } } }`
)

// newIssuer registers an issuer of the tenant, with the tenant's id as audience
// and further fields of the input.
func newIssuer(h *harness.Harness, url string, more ...any) harness.Value {
	all := append([]any{"name", "IdP", "url", url, "audience", h.Tenant.String()}, more...)
	return h.Do(h.Admin(), createIssuer, input(all...)).At("createIssuer", "issuer")
}

// pairs are key pairs of every kind; RSA keys are slow to make.
var pairs = sync.OnceValue(func() map[string]crypto.Signer {
	all := map[string]crypto.Signer{}
	for _, name := range []string{"rsa", "pss", "other"} {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		all[name] = key
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	all["ec"], all["ed"] = ec, ed
	return all
})

// methods are what the pairs sign with.
var methods = map[string]jwt.SigningMethod{
	"rsa": jwt.SigningMethodRS256, "pss": jwt.SigningMethodPS256, "other": jwt.SigningMethodRS256, "ec": jwt.SigningMethodES256, "ed": jwt.SigningMethodEdDSA,
}

type members = map[string]any

// jwk is the public half of a pair as a set has it, with its kid; alg is told
// where it is not "".
func jwk(kid, alg string, pair crypto.Signer) members {
	text := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	out := members{"kid": kid, "use": "sig"}
	if alg != "" {
		out["alg"] = alg
	}
	switch key := pair.Public().(type) {
	case *rsa.PublicKey:
		out["kty"], out["n"], out["e"] = "RSA", text(key.N.Bytes()), text(big.NewInt(int64(key.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		if err != nil {
			panic(err)
		}
		out["kty"], out["crv"], out["x"], out["y"] = "EC", "P-256", text(point[1:33]), text(point[33:])
	case ed25519.PublicKey:
		out["kty"], out["crv"], out["x"] = "OKP", "Ed25519", text(key)
	}
	return out
}

// provider is an OIDC provider that runs in the test.
type provider struct {
	t   *testing.T
	url string

	mu      sync.Mutex
	keys    []members
	down    bool
	fetched int // how often its keys were asked for
}

// newProvider starts a provider whose set has the named pairs under their names.
func newProvider(t *testing.T, names ...string) *provider {
	t.Helper()
	p := &provider{t: t}
	p.publish(names...)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.url = server.URL
	answer := func(w http.ResponseWriter, body func() any) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(body())
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, func() any { return members{"issuer": p.url, "jwks_uri": p.url + "/keys"} })
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, func() any { p.fetched++; return members{"keys": p.keys} })
	})
	return p
}

// publish makes the set that of the named pairs.
func (p *provider) publish(names ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = nil
	for _, name := range names {
		p.keys = append(p.keys, jwk(name, methods[name].Alg(), pairs()[name]))
	}
}

func (p *provider) setDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

func (p *provider) fetches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fetched
}

// claims are those of a good token.
func (p *provider) claims(audience any, subject string) members {
	now := time.Now()
	return members{"iss": p.url, "aud": audience, "sub": subject, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

// sign signs claims by a pair, whose name is the kid.
func (p *provider) sign(name string, claims members, header ...any) string {
	p.t.Helper()
	token := jwt.NewWithClaims(methods[name], jwt.MapClaims(claims))
	token.Header["kid"] = name
	for i := 0; i+1 < len(header); i += 2 {
		if header[i+1] == nil {
			delete(token.Header, header[i].(string))
		} else {
			token.Header[header[i].(string)] = header[i+1]
		}
	}
	text, err := token.SignedString(pairs()[name])
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// token is a good token of a subject for the harness's tenant.
func (p *provider) token(h *harness.Harness, name, subject string) string {
	p.t.Helper()
	return p.sign(name, p.claims(h.Tenant.String(), subject))
}

// userOf adds a user of an issuer.
func userOf(h *harness.Harness, url, subject string, roles []string, more ...any) string {
	all := append([]any{"issuer", url, "subject", subject, "name", "N " + subject, "roles", roles}, more...)
	return h.Do(h.Admin(), createUser, input(all...)).String("createUser", "user", "id")
}

// but gives claims or a header with changes; nil takes a member out.
func but(m members, changes ...any) members {
	m = maps.Clone(m)
	for pair := range slices.Chunk(changes, 2) {
		if pair[1] == nil {
			delete(m, pair[0].(string))
		} else {
			m[pair[0].(string)] = pair[1]
		}
	}
	return m
}
