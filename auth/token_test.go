package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

const (
	issuer   = "https://id.example"
	audience = "spm"
)

var (
	now    = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	tenant = uuid.MustParse("01890000-0000-7000-8000-0000000000aa")
)

func clock() time.Time { return now }

// keyring holds one pair of each algorithm; RSA keys are slow to make.
type keyring struct {
	rsa, otherRSA *rsa.PrivateKey
	ec            *ecdsa.PrivateKey
	ed, otherEd   ed25519.PrivateKey
}

var keys = sync.OnceValue(func() keyring {
	var k keyring
	var err [5]error
	k.rsa, err[0] = rsa.GenerateKey(rand.Reader, 2048)
	k.otherRSA, err[1] = rsa.GenerateKey(rand.Reader, 2048)
	k.ec, err[2] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, k.ed, err[3] = ed25519.GenerateKey(rand.Reader)
	_, k.otherEd, err[4] = ed25519.GenerateKey(rand.Reader)
	if e := errors.Join(err[:]...); e != nil {
		panic(e)
	}
	return k
})

func public(k crypto.Signer) crypto.PublicKey { return k.Public() }

func config() auth.VerifierConfig {
	k := keys()
	return auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, Keys: []auth.VerificationKey{
		{ID: "rsa", Algorithm: auth.RS256, Key: public(k.rsa)},
		{ID: "pss", Algorithm: auth.PS256, Key: public(k.otherRSA)},
		{ID: "ec", Algorithm: auth.ES256, Key: public(k.ec)},
		{ID: "ed", Algorithm: auth.EdDSA, Key: public(k.ed)},
	}}
}

func newVerifier(t testing.TB, cfg auth.VerifierConfig) *auth.Verifier {
	t.Helper()
	v, err := auth.NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

type fields = map[string]any

func goodHeader() fields { return fields{"alg": "EdDSA", "kid": "ed", "typ": "JWT"} }

func goodClaims() fields {
	return fields{
		"iss": issuer, "aud": audience, "sub": "ana@example", "tenant": tenant.String(),
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// without and with give a changed copy.
func with(m fields, name string, value any) fields { m = maps.Clone(m); m[name] = value; return m }
func without(m fields, name string) fields         { m = maps.Clone(m); delete(m, name); return m }

func b64(text []byte) string { return base64.RawURLEncoding.EncodeToString(text) }

func part(v any) string {
	if text, ok := v.(string); ok {
		return b64([]byte(text))
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b64(text)
}

func edSigned(key ed25519.PrivateKey, header, claims any) string {
	text := part(header) + "." + part(claims)
	return text + "." + b64(ed25519.Sign(key, []byte(text)))
}

func signed(header, claims any) string { return edSigned(keys().ed, header, claims) }

func hmacSigned(header, claims any, secret []byte) string {
	text := part(header) + "." + part(claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

// libSigned signs with a method of the library.
func libSigned(method jwt.SigningMethod, key any, header, claims fields) string {
	token := jwt.NewWithClaims(method, jwt.MapClaims(claims))
	maps.Copy(token.Header, header)
	text, err := token.SignedString(key)
	if err != nil {
		panic(err)
	}
	return text
}

func accepted() map[string]string {
	k := keys()
	return map[string]string{
		"EdDSA":               signed(goodHeader(), goodClaims()),
		"RS256":               libSigned(jwt.SigningMethodRS256, k.rsa, fields{"kid": "rsa"}, goodClaims()),
		"PS256":               libSigned(jwt.SigningMethodPS256, k.otherRSA, fields{"kid": "pss"}, goodClaims()),
		"ES256":               libSigned(jwt.SigningMethodES256, k.ec, fields{"kid": "ec"}, goodClaims()),
		"typ at+jwt":          signed(with(goodHeader(), "typ", "at+jwt"), goodClaims()),
		"typ in full":         signed(with(goodHeader(), "typ", "application/AT+JWT"), goodClaims()),
		"audiences":           signed(goodHeader(), with(goodClaims(), "aud", []string{"other", audience})),
		"iat within leeway":   signed(goodHeader(), with(goodClaims(), "iat", now.Add(29*time.Second).Unix())),
		"exp within leeway":   signed(goodHeader(), with(with(goodClaims(), "exp", now.Add(-29*time.Second).Unix()), "iat", now.Add(-time.Hour).Unix())),
		"lifetime of 24 h":    signed(goodHeader(), with(goodClaims(), "exp", now.Add(24*time.Hour).Unix())),
		"further claims":      signed(goodHeader(), with(goodClaims(), "roles", []any{fields{"a": 1}, "b"})),
		"tenant by its id":    signed(goodHeader(), with(goodClaims(), "tenant", model.UUIDs(model.KindTenant, tenant).String())),
		"x5t is only a label": signed(with(goodHeader(), "x5t", "abc"), goodClaims()),
	}
}

func TestVerifyAccepts(t *testing.T) {
	v := newVerifier(t, config())
	for name, token := range accepted() {
		claims, err := v.Verify(t.Context(), token)
		if err != nil || claims.Subject != "ana@example" || claims.Tenant != tenant || claims.Issuer != issuer || claims.Expires.IsZero() {
			t.Errorf("%s: %+v %v", name, claims, err)
		}
	}
}

// forged is every way to be wrong that we could think of.
func forged() map[string]string {
	k := keys()
	good := signed(goodHeader(), goodClaims())
	parts := strings.Split(good, ".")
	h, c := goodHeader(), goodClaims()
	rsaDER, _ := x509.MarshalPKIXPublicKey(&k.rsa.PublicKey)
	rsaPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: rsaDER})
	edPublic := k.ed.Public().(ed25519.PublicKey)
	all := map[string]string{
		"empty": "", "dots": "..", "one part": "abc", "two parts": parts[0] + "." + parts[1], "space": " " + good, "newline": good + "\n",
		"newline in claims": parts[0] + "." + parts[1][:8] + "\n" + parts[1][8:] + "." + parts[2],
		"four parts":        good + ".", "signature twice": good + "." + parts[2], "header twice": parts[0] + "." + good, "token twice": good + good,
		"padded": good + "=", "standard base64": strings.ReplaceAll(signed(h, with(c, "x", "???>>>")), "_", "/"),
		"oversize": signed(h, with(c, "pad", strings.Repeat("x", 4096))), "not base64": "!." + parts[1] + "." + parts[2],
		"header no object": signed("[]", c), "header null": signed("null", c), "header broken": signed("{", c), "claims no object": signed(h, "7"),
		"claims null": signed(h, "null"), "claims broken": signed(h, `{"iss":`), "claims followed": signed(h, `{}{}`),
		"header not UTF-8": signed("{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"JWT\",\"x\":\"\xff\"}", c),
		"kid twice":        signed(`{"alg":"EdDSA","kid":"ed","kid":"ed","typ":"JWT"}`, c),
		"nested twice":     signed(h, `{"a":[{"b":1,"b":2}]}`),

		"alg none":               part(with(h, "alg", "none")) + "." + part(c) + ".",
		"alg none, signature":    part(with(h, "alg", "none")) + "." + parts[1] + "." + parts[2],
		"alg None":               part(with(h, "alg", "None")) + "." + part(c) + ".",
		"alg missing":            signed(without(h, "alg"), c),
		"alg a number":           signed(with(h, "alg", 1), c),
		"alg eddsa":              signed(with(h, "alg", "eddsa"), c),
		"alg unknown":            signed(with(h, "alg", "XX999"), c),
		"HS256 with RSA PEM":     hmacSigned(fields{"alg": "HS256", "kid": "rsa", "typ": "JWT"}, c, rsaPEM),
		"HS256 with RSA DER":     hmacSigned(fields{"alg": "HS256", "kid": "rsa", "typ": "JWT"}, c, rsaDER),
		"HS256 with Ed25519":     hmacSigned(fields{"alg": "HS256", "kid": "ed", "typ": "JWT"}, c, edPublic),
		"HS256 with nothing":     hmacSigned(fields{"alg": "HS256", "kid": "ed", "typ": "JWT"}, c, nil),
		"HMAC said to be RS256":  hmacSigned(fields{"alg": "RS256", "kid": "rsa", "typ": "JWT"}, c, rsaPEM),
		"HMAC said to be EdDSA":  hmacSigned(h, c, edPublic),
		"RS384":                  libSigned(jwt.SigningMethodRS384, k.rsa, fields{"kid": "rsa"}, c),
		"PS256 by an RS256 key":  libSigned(jwt.SigningMethodPS256, k.rsa, fields{"kid": "rsa"}, c),
		"RS256 by a PS256 key":   libSigned(jwt.SigningMethodRS256, k.otherRSA, fields{"kid": "pss"}, c),
		"PS384 by a PS256 key":   libSigned(jwt.SigningMethodPS384, k.otherRSA, fields{"kid": "pss"}, c),
		"PS256 by another key":   libSigned(jwt.SigningMethodPS256, k.rsa, fields{"kid": "pss"}, c),
		"RS256 by another key":   libSigned(jwt.SigningMethodRS256, k.otherRSA, fields{"kid": "rsa"}, c),
		"RS256 with kid of EC":   libSigned(jwt.SigningMethodRS256, k.rsa, fields{"kid": "ec"}, c),
		"ES256 with kid of Ed":   libSigned(jwt.SigningMethodES256, k.ec, fields{"kid": "ed"}, c),
		"EdDSA by another key":   edSigned(k.otherEd, h, c),
		"EdDSA with kid of RSA":  signed(with(h, "kid", "rsa"), c),
		"kid missing":            signed(without(h, "kid"), c),
		"kid empty":              signed(with(h, "kid", ""), c),
		"kid a number":           signed(with(h, "kid", 1), c),
		"kid a list":             signed(with(h, "kid", []string{"ed"}), c),
		"kid unknown":            signed(with(h, "kid", "ed2"), c),
		"kid a path":             signed(with(h, "kid", "../../dev/null"), c),
		"kid SQL":                signed(with(h, "kid", "ed' OR 1=1 --"), c),
		"kid other case":         signed(with(h, "kid", "ED"), c),
		"jku":                    signed(with(h, "jku", "https://evil.example/jwks"), c),
		"jwk":                    edSigned(k.otherEd, with(h, "jwk", fields{"kty": "OKP", "crv": "Ed25519", "x": b64(k.otherEd.Public().(ed25519.PublicKey))}), c),
		"x5u":                    signed(with(h, "x5u", "https://evil.example/c"), c),
		"x5c":                    signed(with(h, "x5c", []string{"MIIB"}), c),
		"crit unknown":           signed(with(h, "crit", []string{"exp"}), c),
		"crit empty":             signed(with(h, "crit", []string{}), c),
		"b64":                    signed(with(h, "b64", false), c),
		"zip":                    signed(with(h, "zip", "DEF"), c),
		"typ missing":            signed(without(h, "typ"), c),
		"typ empty":              signed(with(h, "typ", ""), c),
		"typ an id token":        signed(with(h, "typ", "id_token+jwt"), c),
		"typ logout":             signed(with(h, "typ", "logout+jwt"), c),
		"typ a number":           signed(with(h, "typ", 1), c),
		"signature missing":      parts[0] + "." + parts[1] + ".",
		"signature cut":          good[:len(good)-4],
		"signature of one byte":  parts[0] + "." + parts[1] + ".AA",
		"signature of another":   parts[0] + "." + part(with(c, "sub", "boss@example")) + "." + parts[2],
		"signature loose bits":   loosened(good),
		"header changed":         part(with(h, "typ", "at+jwt")) + "." + parts[1] + "." + parts[2],
		"signature of all zeros": parts[0] + "." + parts[1] + "." + b64(make([]byte, 64)),
	}
	for name, claims := range wrongClaims(c) {
		all[name] = signed(h, claims)
	}
	return all
}

func wrongClaims(c fields) map[string]any {
	return map[string]any{
		"no claims": fields{}, "exp missing": without(c, "exp"), "exp null": with(c, "exp", nil), "exp text": with(c, "exp", "9999999999"),
		"exp zero": with(c, "exp", 0), "exp negative": with(c, "exp", -1), "exp huge": with(c, "exp", 1e300), "exp beyond float": `{"exp":1e999}`,
		"exp past": with(with(c, "exp", now.Add(-31*time.Second).Unix()), "iat", now.Add(-time.Hour).Unix()), "exp is a list": with(c, "exp", []int{1}),
		"iat missing": without(c, "iat"), "iat null": with(c, "iat", nil), "iat text": with(c, "iat", "1"), "iat zero": with(c, "iat", 0),
		"iat future": with(c, "iat", now.Add(31*time.Second).Unix()), "iat after exp": with(with(c, "iat", now.Add(20*time.Second).Unix()), "exp", now.Add(10*time.Second).Unix()),
		"lifetime too long": with(c, "exp", now.Add(24*time.Hour+time.Second).Unix()), "lifetime too long, old": with(c, "iat", now.Add(-24*time.Hour).Unix()),
		"nbf future": with(c, "nbf", now.Add(31*time.Second).Unix()), "nbf text": with(c, "nbf", "0"), "nbf null": with(c, "nbf", nil),
		"iss missing": without(c, "iss"), "iss wrong": with(c, "iss", "https://evil.example"), "iss prefix": with(c, "iss", issuer+"/"), "iss a list": with(c, "iss", []string{issuer}),
		"iss other case": with(c, "iss", "HTTPS://ID.EXAMPLE"), "iss in capitals": with(without(c, "iss"), "ISS", issuer),
		"aud missing": without(c, "aud"), "aud wrong": with(c, "aud", "other"), "aud empty list": with(c, "aud", []string{}), "aud of numbers": with(c, "aud", []any{audience, 1}),
		"aud an object": with(c, "aud", fields{audience: 1}), "aud null": with(c, "aud", nil),
		"sub missing": without(c, "sub"), "sub empty": with(c, "sub", ""), "sub a number": with(c, "sub", 7), "sub NUL": with(c, "sub", "a\x00b"),
		"sub too long": with(c, "sub", strings.Repeat("x", 256)), "sub a newline": with(c, "sub", "a\nb"),
		"tenant missing": without(c, "tenant"), "tenant nil": with(c, "tenant", uuid.Nil.String()), "tenant text": with(c, "tenant", "acme"),
		"tenant urn": with(c, "tenant", "urn:uuid:"+tenant.String()), "tenant braces": with(c, "tenant", "{"+tenant.String()+"}"),
		"tenant bare": with(c, "tenant", strings.ReplaceAll(tenant.String(), "-", "")), "tenant a list": with(c, "tenant", []string{tenant.String()}),
		"tenant a user": with(c, "tenant", model.UUIDs(model.KindUser, tenant).String()), "tenant nil by id": with(c, "tenant", model.UUIDs(model.KindTenant, uuid.Nil).String()),
	}
}

// loosened changes bits of the last character that decoding throws away.
func loosened(token string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, token[len(token)-1])
	return token[:len(token)-1] + string(alphabet[last^1])
}

func TestVerifyRefusesForgeriesWithOneError(t *testing.T) {
	cfg := config()
	var reason error
	cfg.Refused = func(err error) { reason = err }
	v := newVerifier(t, cfg)
	all := forged()
	if len(all) < 100 {
		t.Fatalf("only %d variants", len(all))
	}
	for name, token := range all {
		reason = nil
		claims, err := v.Verify(t.Context(), token)
		if err != auth.ErrToken || claims != (auth.Claims{}) {
			t.Errorf("%s: %+v %v", name, claims, err)
		}
		if reason == nil {
			t.Errorf("%s: no reason given", name)
		}
	}
	t.Logf("%d forged tokens refused", len(all))
	if model.CodeOf(auth.ErrToken) != model.Unauthenticated {
		t.Error("the error is not UNAUTHENTICATED")
	}
}

func TestVerifierRefusesUnfitConfigurations(t *testing.T) {
	weak, _ := rsa.GenerateKey(rand.Reader, 1024)
	p384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	for name, change := range map[string]func(*auth.VerifierConfig){
		"no issuer":        func(c *auth.VerifierConfig) { c.Issuer = "" },
		"no audience":      func(c *auth.VerifierConfig) { c.Audience = "" },
		"no keys":          func(c *auth.VerifierConfig) { c.Keys = nil },
		"leeway":           func(c *auth.VerifierConfig) { c.Leeway = 31 * time.Second },
		"lifetime":         func(c *auth.VerifierConfig) { c.MaxLifetime = 25 * time.Hour },
		"key twice":        func(c *auth.VerifierConfig) { c.Keys = append(c.Keys, c.Keys[0]) },
		"key without id":   func(c *auth.VerifierConfig) { c.Keys[0].ID = "" },
		"wrong algorithm":  func(c *auth.VerifierConfig) { c.Keys[0].Algorithm = "HS256" },
		"shared secret":    func(c *auth.VerifierConfig) { c.Keys[0].Key = []byte("secret") },
		"P-384":            func(c *auth.VerifierConfig) { c.Keys[1].Key = public(p384) },
		"key set by http":  func(c *auth.VerifierConfig) { c.KeySetURL = "http://id.example/jwks" },
		"key set by file":  func(c *auth.VerifierConfig) { c.KeySetURL = "file:///etc/passwd" },
		"missing key file": func(c *auth.VerifierConfig) { c.KeyFile = filepath.Join(t.TempDir(), "none") },
		"weak RSA": func(c *auth.VerifierConfig) {
			if weak != nil {
				c.Keys[0].Key = public(weak)
			} else {
				c.Keys = nil // Go itself refuses to make such a key.
			}
		},
	} {
		cfg := config()
		change(&cfg)
		if v, err := auth.NewVerifier(cfg); err == nil {
			v.Close()
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestVerifierMayAcceptTokensWithoutTyp(t *testing.T) {
	cfg := config()
	cfg.Types = []string{"", "JWT"}
	if _, err := newVerifier(t, cfg).Verify(t.Context(), signed(without(goodHeader(), "typ"), goodClaims())); err != nil {
		t.Error(err)
	}
}

func FuzzVerify(f *testing.F) {
	good := accepted()
	for _, token := range good {
		f.Add(token)
	}
	for _, token := range forged() {
		f.Add(token)
	}
	v := newVerifier(f, config())
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := v.Verify(context.Background(), token); err == nil {
			for _, known := range good {
				if token == known {
					return
				}
			}
			t.Fatalf("accepted %q", token)
		}
	})
}
