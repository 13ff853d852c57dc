package auth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"spm/auth"
)

func sample() auth.Claims {
	return auth.Claims{Issuer: issuer, Subject: "ana@example", Tenant: tenant, Expires: now.Add(time.Hour)}
}

func newKey(t *testing.T) (*auth.SigningKey, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	key, err := auth.LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	return key, path
}

func TestSigningKeyIsMadeOnceAndVerifies(t *testing.T) {
	key, path := newKey(t)
	again, err := auth.LoadOrCreateKey(path)
	if err != nil || again.ID() != key.ID() {
		t.Fatalf("loaded %v, %v", again, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	token, err := again.Sign(sample(), audience, now)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, Keys: []auth.VerificationKey{key.Public()}})
	if claims, err := v.Verify(t.Context(), token); err != nil || claims != sample() {
		t.Errorf("%+v %v", claims, err)
	}
	for _, lifetime := range []time.Duration{0, -time.Second, 24*time.Hour + 1} {
		claims := sample()
		claims.Expires = now.Add(lifetime)
		if _, err := key.Sign(claims, audience, now); err == nil {
			t.Errorf("signed a lifetime of %v", lifetime)
		}
	}
}

func TestSigningKeyRefusesUnfitFiles(t *testing.T) {
	_, path := newKey(t)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := auth.LoadOrCreateKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a readable key file: %v", err)
	}
	for _, text := range []string{"", "hello", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"} {
		bad := filepath.Join(t.TempDir(), "bad.pem")
		if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.LoadOrCreateKey(bad); err == nil {
			t.Errorf("accepted %q", text)
		}
	}
	if _, err := auth.LoadOrCreateKey(filepath.Join(t.TempDir(), "no", "such", "key")); err == nil {
		t.Error("made a key in a folder that is not there")
	}
}

func TestProcessesThatStartTogetherShareTheKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.pem")
	ids := make([]string, 16)
	var group sync.WaitGroup
	for i := range ids {
		group.Go(func() {
			key, err := auth.LoadOrCreateKey(path)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = key.ID()
		})
	}
	group.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("different keys: %v", ids)
		}
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("files left over: %v", files)
	}
}

func TestKeysOfAFile(t *testing.T) {
	key, _ := newKey(t)
	path := filepath.Join(t.TempDir(), "jwks.json")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(string(key.JWKS()))
	cfg := auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, KeyFile: path}
	token, _ := key.Sign(sample(), audience, now)
	if _, err := newVerifier(t, cfg).Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
	for _, text := range []string{
		"", "{}", "[]", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"a"}]}`, strings.Replace(string(key.JWKS()), `"sig"`, `"enc"`, 1),
		strings.Replace(string(key.JWKS()), key.ID(), "", 1),
	} {
		write(text)
		if v, err := auth.NewVerifier(cfg); err == nil {
			v.Close()
			t.Errorf("accepted the key file %q", text)
		}
	}
}

// TestRSAKeyOfAFileHasOneAlgorithm: the `alg` of a key says which of the two it
// signs with; without one it is RS256.
func TestRSAKeyOfAFileHasOneAlgorithm(t *testing.T) {
	private := keys().rsa
	path := filepath.Join(t.TempDir(), "jwks.json")
	for alg, want := range map[string]string{"": "RS256", `"alg":"RS256",`: "RS256", `"alg":"PS256",`: "PS256", `"alg":"PS512",`: "", `"alg":"HS256",`: "", `"alg":"none",`: ""} {
		text := fmt.Sprintf(`{"keys":[{"kty":"RSA","kid":"rsa",%s"use":"sig","e":"AQAB","n":%q}]}`, alg, b64(private.N.Bytes()))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		v, err := auth.NewVerifier(auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, KeyFile: path})
		if (err == nil) != (want != "") {
			t.Errorf("a key file with %q: %v", alg, err)
		}
		if err != nil {
			continue
		}
		for _, method := range []jwt.SigningMethod{jwt.SigningMethodRS256, jwt.SigningMethodPS256} {
			_, err := v.Verify(t.Context(), libSigned(method, private, fields{"kid": "rsa"}, goodClaims()))
			if (err == nil) != (method.Alg() == want) {
				t.Errorf("a key with %q and a token of %s: %v", alg, method.Alg(), err)
			}
		}
		v.Close()
	}
}

func TestKeysOfAURLAreFetchedOnceAndFollowRotation(t *testing.T) {
	first, _ := newKey(t)
	second, _ := newKey(t)
	var current atomic.Pointer[auth.SigningKey]
	var fetched atomic.Int32
	current.Store(first)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched.Add(1)
		_, _ = w.Write(current.Load().JWKS())
	}))
	defer server.Close()
	v := newVerifier(t, auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, KeySetURL: server.URL})
	old, _ := first.Sign(sample(), audience, now)
	for range 20 {
		if _, err := v.Verify(t.Context(), old); err != nil {
			t.Fatal(err)
		}
	}
	if n := fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	current.Store(second)
	fresh, _ := second.Sign(sample(), audience, now)
	if _, err := v.Verify(t.Context(), fresh); err != nil {
		t.Errorf("the key set was not refreshed for a new kid: %v", err)
	}
	if _, err := v.Verify(t.Context(), old); err != auth.ErrToken {
		t.Errorf("a key that was taken back still counts: %v", err)
	}
	if n := fetched.Load(); n != 2 {
		t.Errorf("unknown kids fetched %d times in a row", n)
	}
}

func TestKeySetThatIsDownRefusesAndDoesNotFollowRedirects(t *testing.T) {
	key, _ := newKey(t)
	var followed atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			followed.Store(true)
		}
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	v := newVerifier(t, auth.VerifierConfig{Issuer: issuer, Audience: audience, Now: clock, KeySetURL: server.URL})
	token, _ := key.Sign(sample(), audience, now)
	if _, err := v.Verify(t.Context(), token); err != auth.ErrToken || followed.Load() {
		t.Errorf("%v, followed %v", err, followed.Load())
	}
}
