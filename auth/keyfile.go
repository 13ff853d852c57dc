package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// SigningKey is an Ed25519 key pair that issues access tokens: the demo's, and
// that of an installation without an identity provider.
type SigningKey struct {
	id      string
	private ed25519.PrivateKey
}

// LoadOrCreateKey reads the key pair at path (PKCS #8 in PEM), or makes one
// there if the file is missing. The file is 0600; one that others may read is
// refused. Processes that start together end up with the same key.
func LoadOrCreateKey(path string) (*SigningKey, error) {
	key, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("auth: make a key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("auth: make a key: %w", err)
	}
	if err := publish(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return nil, fmt.Errorf("auth: write the key file: %w", err)
	}
	return loadKey(path)
}

// publish writes a file of mode 0600 that appears whole, and leaves one that
// is already there.
func publish(path string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600 by contract
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func loadKey(path string) (*SigningKey, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("auth: key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("auth: key file %s may be read by others: chmod 600 it", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("auth: key file: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("auth: key file %s holds no PKCS #8 key", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	private, fits := parsed.(ed25519.PrivateKey)
	if err != nil || !fits {
		return nil, fmt.Errorf("auth: key file %s holds no Ed25519 key", path)
	}
	return &SigningKey{id: thumbprint(private.Public().(ed25519.PublicKey)), private: private}, nil
}

// thumbprint is the JWK thumbprint of RFC 7638.
func thumbprint(public ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + encode(public) + `"}`))
	return encode(sum[:])
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// ID is the `kid` of tokens signed by this key.
func (k *SigningKey) ID() string { return k.id }

// Public is the key that verifies this key's signatures, for VerifierConfig.Keys.
func (k *SigningKey) Public() VerificationKey {
	return VerificationKey{ID: k.id, Algorithm: EdDSA, Key: k.private.Public().(ed25519.PublicKey)}
}

// JWKS is the public key as a JWK set, as a verifier elsewhere reads it.
func (k *SigningKey) JWKS() []byte {
	type jwk struct {
		KeyType   string `json:"kty"`
		Curve     string `json:"crv"`
		X         string `json:"x"`
		ID        string `json:"kid"`
		Algorithm string `json:"alg"`
		Use       string `json:"use"`
	}
	public := k.private.Public().(ed25519.PublicKey)
	text, _ := json.Marshal(map[string][]jwk{"keys": {{"OKP", "Ed25519", encode(public), k.id, EdDSA, "sig"}}})
	return text
}

// Sign issues an access token (typ at+jwt) for the audience, valid from issued
// to claims.Expires, which is at most MaxTokenLifetime later.
func (k *SigningKey) Sign(claims Claims, audience string, issued time.Time) (string, error) {
	lifetime := claims.Expires.Sub(issued)
	if lifetime <= 0 || lifetime > MaxTokenLifetime {
		return "", fmt.Errorf("auth: a token lives at most %s", MaxTokenLifetime)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": claims.Issuer, "sub": claims.Subject, "aud": audience, "tenant": claims.Tenant.String(),
		"iat": issued.Unix(), "exp": claims.Expires.Unix(),
	})
	token.Header["kid"], token.Header["typ"] = k.id, "at+jwt"
	return token.SignedString(k.private)
}

// SignBytes signs a text that is no token, with Ed25519. Its first bytes say what
// it is, so that it can never be taken for a token's.
func (k *SigningKey) SignBytes(text []byte) []byte { return ed25519.Sign(k.private, text) }
