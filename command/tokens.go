package command

import (
	"fmt"
	"os"
	"path/filepath"

	"spm/auth"
)

// What the tokens of a data directory's own key say.
const (
	ownIssuer   = "spm-local"
	ownAudience = "spm"
	keyFile     = "key.pem"
	auditFile   = "audit.pem"
)

// tokens says which access tokens to accept.
func (e *Env) tokens(dir string) (auth.VerifierConfig, error) {
	cfg := auth.VerifierConfig{
		Issuer: e.Getenv(envIssuer), Audience: e.Getenv(envAudience),
		KeySetURL: e.Getenv(envKeySetURL), KeyFile: e.Getenv(envKeyFile),
	}
	if cfg.Audience == "" {
		cfg.Audience = ownAudience
	}
	if cfg.KeySetURL != "" || cfg.KeyFile != "" {
		if cfg.Issuer == "" {
			return cfg, fmt.Errorf("%s must name the issuer of the tokens that %s or %s verifies", envIssuer, envKeySetURL, envKeyFile)
		}
		return cfg, nil
	}
	if cfg.Issuer == "" {
		cfg.Issuer = ownIssuer
	}
	key, err := ownKey(dir)
	if err != nil {
		return cfg, err
	}
	cfg.Keys = []auth.VerificationKey{key.Public()}
	return cfg, nil
}

// ownKey is the key pair of a data directory, made now if it has none.
func ownKey(dir string) (*auth.SigningKey, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	return auth.LoadOrCreateKey(filepath.Join(dir, keyFile))
}

// auditKey is the key pair that signs the heads of audit trails: of the file that
// the environment names, otherwise of the data directory where the private Postgres
// is, otherwise none. It is made where there is no such file.
func (e *Env) auditKey(dir string, private bool) (*auth.SigningKey, error) {
	path := e.Getenv(envAuditKeyFile)
	if path == "" && !private {
		return nil, nil
	}
	if path == "" {
		path = filepath.Join(dir, auditFile)
	}
	return auth.LoadOrCreateKey(path)
}
