package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
)

// The algorithms that a key may sign with.
const (
	RS256 = "RS256"
	PS256 = "PS256"
	ES256 = "ES256"
	EdDSA = "EdDSA"
)

const (
	minRSABits     = 2048
	maxKeySetBytes = 1 << 20
	keySetRefresh  = time.Hour
	keySetTimeout  = 5 * time.Second
	// unknownKeyWait bounds how long a token with an unknown kid may hold its
	// request, the fetching of the key set included.
	unknownKeyWait = 2 * time.Second
)

// VerificationKey is a public key with its id and the only algorithm whose
// signatures it may verify.
type VerificationKey struct {
	ID        string
	Algorithm string
	Key       crypto.PublicKey
}

// check tells what makes the key unfit.
func (k VerificationKey) check() error {
	if k.ID == "" || len(k.ID) > 255 {
		return fmt.Errorf("auth: a key needs an id of at most 255 bytes")
	}
	algs, err := algorithmsOf(k.Key)
	if err != nil || slices.Contains(algs, k.Algorithm) {
		return err
	}
	return fmt.Errorf("auth: key %q must sign with %s", k.ID, strings.Join(algs, " or "))
}

// algorithmsOf gives the algorithms one of which a public key may verify; the
// first is that of a key which names none.
func algorithmsOf(key crypto.PublicKey) ([]string, error) {
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N != nil && key.N.BitLen() >= minRSABits && key.E >= 3 {
			return []string{RS256, PS256}, nil
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			return []string{ES256}, nil
		}
	case ed25519.PublicKey:
		if len(key) == ed25519.PublicKeySize {
			return []string{EdDSA}, nil
		}
	}
	return nil, fmt.Errorf("auth: a key must be RSA of %d bits or more, P-256 or Ed25519", minRSABits)
}

// keySource finds a key by its id.
type keySource interface {
	find(ctx context.Context, kid string) (VerificationKey, bool)
}

// fixedKeys is a key source that never changes.
type fixedKeys map[string]VerificationKey

func (f fixedKeys) find(_ context.Context, kid string) (VerificationKey, bool) {
	key, found := f[kid]
	return key, found
}

func (f fixedKeys) add(key VerificationKey) error {
	if err := key.check(); err != nil {
		return err
	}
	if _, twice := f[key.ID]; twice {
		return fmt.Errorf("auth: two keys have the id %q", key.ID)
	}
	f[key.ID] = key
	return nil
}

// openKeys gives the sources of keys that the configuration names, and what
// ends them.
func openKeys(cfg VerifierConfig) (sources []keySource, stop func(), err error) {
	fixed := fixedKeys{}
	for _, key := range cfg.Keys {
		if err := fixed.add(key); err != nil {
			return nil, nil, err
		}
	}
	if cfg.KeyFile != "" {
		if err := fixed.load(cfg.KeyFile); err != nil {
			return nil, nil, err
		}
	}
	stop = func() {}
	if len(fixed) > 0 {
		sources = append(sources, fixed)
	}
	if cfg.KeySetURL != "" {
		remote, err := openKeySet(cfg.KeySetURL)
		if err != nil {
			return nil, nil, err
		}
		sources, stop = append(sources, remote), remote.cancel
	}
	if len(sources) == 0 {
		return nil, nil, fmt.Errorf("auth: a verifier needs keys")
	}
	return sources, stop, nil
}

// load reads a JWKS file; every key in it must be fit.
func (f fixedKeys) load(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("auth: key file: %w", err)
	}
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(text, &set); err != nil {
		return fmt.Errorf("auth: key file: not a JWKS")
	}
	for _, marshal := range set.Keys {
		marshal.X5U = "" // never fetched
		jwk, err := jwkset.NewJWKFromMarshal(marshal, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			return fmt.Errorf("auth: key file: key %q: %w", marshal.KID, err)
		}
		key, err := fromJWK(jwk)
		if err != nil {
			return err
		}
		if err := f.add(key); err != nil {
			return err
		}
	}
	return nil
}

// fromJWK takes a public signing key out of a JWK; an `alg` in it must be one
// that fits the key, and is then the only one. It must be of the accepted, or
// of all where none is named.
func fromJWK(jwk jwkset.JWK, accepted ...string) (VerificationKey, error) {
	marshal := jwk.Marshal()
	algs, err := algorithmsOf(jwk.Key())
	if err != nil {
		return VerificationKey{}, err
	}
	if len(accepted) > 0 {
		algs = slices.DeleteFunc(algs, func(alg string) bool { return !slices.Contains(accepted, alg) })
	}
	alg := string(marshal.ALG)
	if alg == "" && len(algs) > 0 {
		alg = algs[0]
	}
	switch {
	case !slices.Contains(algs, alg):
		return VerificationKey{}, fmt.Errorf("auth: key %q must sign with %s", marshal.KID, strings.Join(algs, " or "))
	case marshal.USE != "" && marshal.USE != jwkset.UseSig:
		return VerificationKey{}, fmt.Errorf("auth: key %q is not for signatures", marshal.KID)
	}
	return VerificationKey{ID: marshal.KID, Algorithm: alg, Key: jwk.Key()}, nil
}

// remoteKeys is a JWKS behind a URL, cached and refreshed by keyfunc.
type remoteKeys struct {
	set    jwkset.Storage
	cancel context.CancelFunc
}

func openKeySet(address string) (*remoteKeys, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || !(parsed.Scheme == "https" || parsed.Scheme == "http" && loopback(parsed.Hostname())) {
		return nil, fmt.Errorf("auth: a key set is fetched by https")
	}
	ctx, cancel := context.WithCancel(context.Background())
	set, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{address}, keyfunc.Override{
		Client: &http.Client{
			Transport:     boundedTransport{http.DefaultTransport},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		HTTPTimeout:      keySetTimeout,
		RefreshInterval:  keySetRefresh,
		RateLimitWaitMax: unknownKeyWait,
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("auth: key set: %w", err)
	}
	return &remoteKeys{set: set.Storage(), cancel: cancel}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

func (r *remoteKeys) find(ctx context.Context, kid string) (VerificationKey, bool) {
	jwk, err := r.set.KeyRead(ctx, kid)
	if err != nil {
		return VerificationKey{}, false
	}
	key, err := fromJWK(jwk)
	return key, err == nil
}

// boundedTransport cuts answers at maxKeySetBytes.
type boundedTransport struct{ next http.RoundTripper }

// RoundTrip bounds the body of the answer.
func (b boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := b.next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxKeySetBytes), response.Body}
	}
	return response, err
}
