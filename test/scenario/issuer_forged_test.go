package scenario

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"spm/test/harness"
)

func part64(v any) string {
	text, is := v.(string)
	if !is {
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		text = string(raw)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// edToken signs whatever header and claims with the pair "ed".
func edToken(header, claims any) string {
	text := part64(header) + "." + part64(claims)
	return text + "." + part64(string(ed25519.Sign(pairs()["ed"].(ed25519.PrivateKey), []byte(text))))
}

func hmacToken(alg, kid string, claims any, secret []byte) string {
	text := part64(members{"alg": alg, "kid": kid, "typ": "JWT"}) + "." + part64(claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + part64(string(mac.Sum(nil)))
}

func forgedHeaders(p *provider, evil string, h, c members) map[string]string {
	der, err := x509.MarshalPKIXPublicKey(pairs()["rsa"].Public())
	if err != nil {
		panic(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	published, err := json.Marshal(jwk("rsa", "RS256", pairs()["rsa"]))
	if err != nil {
		panic(err)
	}
	good := edToken(h, c)
	parts := strings.Split(good, ".")
	by := func(method jwt.SigningMethod, pair, kid string) string {
		token := jwt.NewWithClaims(method, jwt.MapClaims(c))
		token.Header["kid"] = kid
		signed, err := token.SignedString(pairs()[pair])
		if err != nil {
			panic(err)
		}
		return signed
	}
	return map[string]string{
		"alg none": part64(but(h, "alg", "none")) + "." + parts[1] + ".", "alg none, signed": part64(but(h, "alg", "none")) + "." + parts[1] + "." + parts[2],
		"alg None": part64(but(h, "alg", "None")) + "." + parts[1] + ".", "alg nOnE": part64(but(h, "alg", "nOnE")) + "." + parts[1] + ".",
		"alg missing": edToken(but(h, "alg", nil), c), "alg a number": edToken(but(h, "alg", 1), c), "alg eddsa": edToken(but(h, "alg", "eddsa"), c), "alg empty": edToken(but(h, "alg", ""), c),
		"HS256 with PEM": hmacToken("HS256", "rsa", c, text), "HS256 with DER": hmacToken("HS256", "rsa", c, der), "HS256 with the JWK": hmacToken("HS256", "rsa", c, published),
		"HS256 with the modulus": hmacToken("HS256", "rsa", c, pairs()["rsa"].Public().(*rsa.PublicKey).N.Bytes()), "HS256 with Ed25519": hmacToken("HS256", "ed", c, pairs()["ed"].Public().(ed25519.PublicKey)),
		"HS256 with nothing": hmacToken("HS256", "ed", c, nil), "HMAC as RS256": hmacToken("RS256", "rsa", c, text), "HMAC as EdDSA": hmacToken("EdDSA", "ed", c, pairs()["ed"].Public().(ed25519.PublicKey)),
		"HS256, no kid": hmacToken("HS256", "", c, text), "RS384": by(jwt.SigningMethodRS384, "rsa", "rsa"), "RS512": by(jwt.SigningMethodRS512, "rsa", "rsa"),
		"PS256 by an RS256 key": by(jwt.SigningMethodPS256, "rsa", "rsa"), "an algorithm that is not accepted": by(jwt.SigningMethodES256, "ec", "ec"),
		"RS256 by another key": by(jwt.SigningMethodRS256, "other", "rsa"), "RS256 with the kid of Ed25519": by(jwt.SigningMethodRS256, "rsa", "ed"), "a key of no set": by(jwt.SigningMethodRS256, "other", "other"),
		"kid missing": edToken(but(h, "kid", nil), c), "kid empty": edToken(but(h, "kid", ""), c), "kid a number": edToken(but(h, "kid", 1), c), "kid a list": edToken(but(h, "kid", []string{"ed"}), c),
		"kid unknown": edToken(but(h, "kid", "zz"), c), "kid of RSA": edToken(but(h, "kid", "rsa"), c), "kid in capitals": edToken(but(h, "kid", "ED"), c), "kid a path": edToken(but(h, "kid", "../keys"), c),
		"kid an address": edToken(but(h, "kid", evil), c), "kid SQL": edToken(but(h, "kid", "ed' OR 1=1 --"), c), "kid twice": edToken(`{"alg":"EdDSA","kid":"ed","kid":"ed","typ":"JWT"}`, c), "alg twice": edToken(`{"alg":"none","alg":"EdDSA","kid":"ed","typ":"JWT"}`, c),
		"jku": edToken(but(h, "jku", evil), c), "jku, another's key": p.sign("other", c, "jku", evil, "kid", "evil"), "x5u": edToken(but(h, "x5u", evil), c), "x5c": edToken(but(h, "x5c", []string{"MIIB"}), c),
		"jwk": p.sign("other", c, "jwk", jwk("other", "RS256", pairs()["other"])), "jwk of the issuer": edToken(but(h, "jwk", jwk("ed", "EdDSA", pairs()["ed"])), c),
		"crit": edToken(but(h, "crit", []string{"exp"}), c), "crit unknown": edToken(but(h, "crit", []string{"x"}, "x", 1), c), "crit empty": edToken(but(h, "crit", []string{}), c), "b64": edToken(but(h, "b64", false), c), "zip": edToken(but(h, "zip", "DEF"), c), "enc": edToken(but(h, "enc", "A128GCM"), c),
		"typ missing": edToken(but(h, "typ", nil), c), "typ empty": edToken(but(h, "typ", ""), c), "typ an id token's": edToken(but(h, "typ", "id_token+jwt"), c), "typ a logout token's": edToken(but(h, "typ", "logout+jwt"), c), "typ a number": edToken(but(h, "typ", 1), c), "typ a proof's": edToken(but(h, "typ", "dpop+jwt"), c),
		"header a list": edToken("[]", c), "header null": edToken("null", c), "header broken": edToken("{", c), "header not UTF-8": edToken("{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"JWT\",\"x\":\"\xff\"}", c),
		"header changed": part64(but(h, "typ", "at+jwt")) + "." + parts[1] + "." + parts[2], "two parts": parts[0] + "." + parts[1], "four parts": good + ".", "five parts": good + "..", "padded": good + "=",
		"signature missing": parts[0] + "." + parts[1] + ".", "signature cut": good[:len(good)-4], "signature of zeros": parts[0] + "." + parts[1] + "." + part64(strings.Repeat("\x00", 64)), "signature of another": parts[0] + "." + part64(but(c, "sub", "boss")) + "." + parts[2],
	}
}

func forgedClaims(p *provider, own string, h, c members) map[string]string {
	at := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	all := map[string]any{
		"none": members{}, "a list": "[]", "null": "null", "broken": `{"iss":`, "followed": `{}{}`, "sub twice": `{"sub":"ann","sub":"boss","iss":"` + p.url + `","aud":"` + own + `"}`,
		"exp missing": but(c, "exp", nil), "exp text": but(c, "exp", "9999999999"), "exp zero": but(c, "exp", 0), "exp negative": but(c, "exp", -1), "exp huge": but(c, "exp", 1e300), "exp a list": but(c, "exp", []int{1}),
		"expired": but(c, "iat", at(-2*time.Hour), "exp", at(-time.Hour)), "expired, beyond the leeway": but(c, "iat", at(-time.Hour), "exp", at(-45*time.Second)),
		"iat missing": but(c, "iat", nil), "iat text": but(c, "iat", "1"), "iat zero": but(c, "iat", 0), "issued in the future": but(c, "iat", at(2*time.Minute)), "iat after exp": but(c, "iat", at(20*time.Second), "exp", at(10*time.Second)),
		"not yet valid": but(c, "nbf", at(2*time.Minute)), "nbf text": but(c, "nbf", "0"), "nbf a list": but(c, "nbf", []int{0}),
		"lives too long": but(c, "exp", at(24*time.Hour+time.Minute)), "lives a year": but(c, "exp", at(365*24*time.Hour)), "lived too long": but(c, "iat", at(-24*time.Hour)),
		"iss missing": but(c, "iss", nil), "iss wrong": but(c, "iss", "https://evil.example"), "iss with a slash": but(c, "iss", p.url+"/"), "iss in capitals": but(c, "iss", strings.ToUpper(p.url)), "iss a list": but(c, "iss", []string{p.url}), "iss a number": but(c, "iss", 1), "iss empty": but(c, "iss", ""),
		"iss the server's own": but(c, "iss", harness.Issuer, "aud", harness.Audience), "iss with a line feed": but(c, "iss", p.url+"\n"+own, "aud", ""), "iss and aud swapped": but(c, "iss", own, "aud", p.url),
		"aud missing": but(c, "aud", nil), "aud wrong": but(c, "aud", "other"), "aud the server's own": but(c, "aud", harness.Audience), "aud empty": but(c, "aud", ""), "aud an empty list": but(c, "aud", []string{}), "aud of numbers": but(c, "aud", []any{own, 1}), "aud an object": but(c, "aud", members{own: 1}), "aud in capitals": but(c, "aud", strings.ToUpper(own)+"X"), "aud SQL": but(c, "aud", "' OR true --"),
		"aud of thousands": but(c, "aud", strings.Split(strings.Repeat("a,", 400)+own, ",")), "aud of 21": but(c, "aud", strings.Split("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,"+own, ",")),
		"sub missing": but(c, "sub", nil), "sub empty": but(c, "sub", ""), "sub a number": but(c, "sub", 7), "sub a list": but(c, "sub", []string{"ann"}), "sub with NUL": but(c, "sub", "ann\x00"), "sub with a line feed": but(c, "sub", "ann\n"), "sub in capitals": but(c, "sub", "ANN"), "sub too long": but(c, "sub", strings.Repeat("a", 256)), "sub unknown": but(c, "sub", "nobody"), "sub with space": but(c, "sub", "ann "), "sub of the server's own issuer": but(c, "sub", "admin"),
		"longer than 4 kB": but(c, "pad", strings.Repeat("x", 4096)), "nested twice": `{"a":[{"b":1,"b":2}]}`,
	}
	out := map[string]string{}
	for name, claims := range all {
		out["claims: "+name] = edToken(h, claims)
	}
	return out
}

// TestForgedTokensOfAnIssuer sends every way to be wrong that we could think
// of: all are answered alike, and nothing that a token names is asked.
func TestForgedTokensOfAnIssuer(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	var asked atomic.Int32
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_ = json.NewEncoder(w).Encode(members{"keys": []members{jwk("evil", "RS256", pairs()["other"])}})
	}))
	t.Cleanup(evil.Close)
	p := newProvider(t, "rsa", "ed", "ec")
	newIssuer(h, p.url, "algorithms", []string{"RS256", "EDDSA"})
	userOf(h, p.url, "ann", []string{"AUDITOR"})
	header, claims := members{"alg": "EdDSA", "kid": "ed", "typ": "JWT"}, p.claims(h.Tenant.String(), "ann")
	for name, token := range map[string]string{
		"EdDSA": edToken(header, claims), "RS256": p.sign("rsa", claims), "at+jwt": edToken(but(header, "typ", "application/at+jwt"), claims),
		"audiences":                edToken(header, but(claims, "aud", []string{"a", h.Tenant.String()})),
		"a clock 25 s ahead":       edToken(header, but(claims, "iat", time.Now().Add(25*time.Second).Unix())),
		"a clock 20 s behind":      edToken(header, but(claims, "iat", time.Now().Add(-time.Hour).Unix(), "exp", time.Now().Add(-10*time.Second).Unix())),
		"24 hours":                 edToken(header, but(claims, "exp", claims["iat"].(int64)+24*60*60)),
		"x5t, which is no more":    edToken(but(header, "x5t", "abc"), claims),
		"claims of the provider's": edToken(header, but(claims, "groups", []any{members{"a": 1}}, "scp", "x")),
	} {
		if a := h.Post(token, whoAmI, nil); a.Status != http.StatusOK || len(a.Errors) > 0 {
			t.Errorf("%s: %d %v", name, a.Status, a.Errors)
		}
	}
	all := forgedHeaders(p, evil.URL, header, claims)
	maps.Copy(all, forgedClaims(p, h.Tenant.String(), header, claims))
	if len(all) < 110 {
		t.Fatalf("only %d variants", len(all))
	}
	for name, token := range all {
		turnedAway(t, h, name, h.URL, token)
	}
	t.Logf("%d forged tokens refused", len(all))
	if asked.Load() > 0 {
		t.Error("an address that a token names was asked")
	}
	if p.fetches() > 3 {
		t.Errorf("the keys were fetched %d times", p.fetches())
	}
	h.Do(edToken(header, claims), whoAmI, nil)
}
