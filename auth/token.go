package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"spm/model"
)

// The bounds of every access token (RFC 8725).
const (
	MaxTokenLength   = 4096
	MaxTokenLifetime = 24 * time.Hour
	MaxTokenLeeway   = 30 * time.Second
)

const maxSubjectLength = 255

// ErrToken is the one answer to every token that is not accepted, whatever is
// wrong with it.
var ErrToken error = model.Errorf(model.Unauthenticated, "The access token is not valid.")

// ErrDelegation is the one answer to every delegation that a caller may not act
// by, whatever is wrong with it.
var ErrDelegation error = model.Errorf(model.Forbidden, "You may not act by this delegation.")

// Claims are what a verified access token says. Roles are never among them:
// they come from the user's row of the tenant.
type Claims struct {
	Issuer  string
	Subject string
	Tenant  uuid.UUID
	Expires time.Time
}

// VerifierConfig says which tokens are accepted: those of one issuer for one
// audience, signed by a key of Keys, KeyFile or KeySetURL (at least one of the
// three; the first that has the kid decides).
type VerifierConfig struct {
	Issuer   string
	Audience string

	// Keys is a fixed set of keys, each with the one algorithm it signs with.
	Keys []VerificationKey
	// KeyFile is the path of a JWKS file, read once.
	KeyFile string
	// KeySetURL is the https address of a JWKS (http for localhost only),
	// fetched at the start, hourly, and for an unknown kid at most every 5
	// minutes.
	KeySetURL string

	// Tenant is whose the issuer is: all its tokens are for that tenant, and the
	// claim `tenant` is not read. Nil where the claim says it.
	Tenant uuid.UUID
	// SubjectClaim is the claim that says who the token is of; `sub` if empty.
	SubjectClaim string
	// Types are the accepted values of the header `typ`, without regard to
	// case: "JWT" and "at+jwt" if empty. The empty string in it accepts a
	// token without `typ`.
	Types []string
	// Leeway for clocks that differ, at most 30 s, which is also its value if 0.
	Leeway time.Duration
	// MaxLifetime is the longest time from iat to exp, at most 24 h, which is
	// also its value if 0.
	MaxLifetime time.Duration
	// Now is the clock; time.Now if nil.
	Now func() time.Time
	// Refused, if set, is told why a token was refused; the caller of Verify
	// is not. The reason holds nothing of the token but its algorithm.
	Refused func(reason error)
}

// Verifier checks access tokens as RFC 8725 asks. It is safe for concurrent use.
type Verifier struct {
	cfg   VerifierConfig
	keys  []keySource
	close func()
}

// NewVerifier checks the configuration and loads the keys. A key set that
// cannot be fetched yet is no error: it is tried again as tokens arrive.
func NewVerifier(cfg VerifierConfig) (*Verifier, error) {
	if cfg.Issuer == "" || cfg.Audience == "" {
		return nil, fmt.Errorf("auth: a verifier needs an issuer and an audience")
	}
	if cfg.Leeway < 0 || cfg.Leeway > MaxTokenLeeway || cfg.MaxLifetime < 0 || cfg.MaxLifetime > MaxTokenLifetime {
		return nil, fmt.Errorf("auth: leeway is at most %s and lifetime at most %s", MaxTokenLeeway, MaxTokenLifetime)
	}
	cfg = cfg.completed()
	keys, stop, err := openKeys(cfg)
	if err != nil {
		return nil, err
	}
	return &Verifier{cfg: cfg, keys: keys, close: stop}, nil
}

// completed puts defaults where nothing is said.
func (cfg VerifierConfig) completed() VerifierConfig {
	if cfg.Leeway == 0 {
		cfg.Leeway = MaxTokenLeeway
	}
	if cfg.MaxLifetime == 0 {
		cfg.MaxLifetime = MaxTokenLifetime
	}
	if len(cfg.Types) == 0 {
		cfg.Types = []string{"JWT", "at+jwt"}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Refused == nil {
		cfg.Refused = func(error) {}
	}
	if cfg.SubjectClaim == "" {
		cfg.SubjectClaim = "sub"
	}
	return cfg
}

// Issuer is the issuer whose tokens the verifier accepts.
func (v *Verifier) Issuer() string { return v.cfg.Issuer }

// Close ends the refreshing of a key set.
func (v *Verifier) Close() { v.close() }

// Verify gives the claims of a token, or ErrToken and nothing else.
func (v *Verifier) Verify(ctx context.Context, token string) (Claims, error) {
	claims, _, err := v.verify(ctx, token)
	return claims, err
}

// verify gives the claims of a token and the algorithm that it is signed with.
func (v *Verifier) verify(ctx context.Context, token string) (Claims, string, error) {
	key, err := v.keyFor(ctx, token)
	if err == nil {
		var claims Claims
		if claims, err = v.claims(token, key); err == nil {
			return claims, key.Algorithm, nil
		}
	}
	v.cfg.Refused(err)
	return Claims{}, "", ErrToken
}

// claims verifies the signature, and gives what the token says.
func (v *Verifier) claims(token string, key VerificationKey) (Claims, error) {
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{key.Algorithm}), jwt.WithStrictDecoding(), jwt.WithIssuer(v.cfg.Issuer),
		jwt.WithAudience(v.cfg.Audience), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(v.cfg.Leeway),
		jwt.WithTimeFunc(v.cfg.Now),
	)
	claims := jwt.MapClaims{}
	if _, err := parser.ParseWithClaims(token, claims, func(*jwt.Token) (any, error) { return key.Key, nil }); err != nil {
		return Claims{}, err
	}
	return v.read(claims)
}

// keyFor checks everything that can be checked before the signature and gives
// the key that must have made it.
func (v *Verifier) keyFor(ctx context.Context, token string) (VerificationKey, error) {
	if len(token) > MaxTokenLength {
		return VerificationKey{}, fmt.Errorf("longer than %d bytes", MaxTokenLength)
	}
	first, second, whole := partsOf(token)
	if !whole {
		return VerificationKey{}, fmt.Errorf("not three parts of one line")
	}
	header, err := object(first)
	if err != nil {
		return VerificationKey{}, fmt.Errorf("header: %w", err)
	}
	if _, err := object(second); err != nil {
		return VerificationKey{}, fmt.Errorf("claims: %w", err)
	}
	for _, name := range []string{"crit", "b64", "zip", "enc", "jku", "jwk", "x5u", "x5c"} {
		if _, has := header[name]; has {
			return VerificationKey{}, fmt.Errorf("header %q is not accepted", name)
		}
	}
	if !v.typed(header) {
		return VerificationKey{}, fmt.Errorf("typ is not accepted")
	}
	kid, _ := header["kid"].(string)
	if kid == "" {
		return VerificationKey{}, fmt.Errorf("no kid")
	}
	for _, source := range v.keys {
		key, found := source.find(ctx, kid)
		if !found {
			continue
		}
		if alg, _ := header["alg"].(string); alg != key.Algorithm {
			return VerificationKey{}, fmt.Errorf("alg is not the key's, %s", key.Algorithm)
		}
		return key, nil
	}
	return VerificationKey{}, fmt.Errorf("kid is unknown")
}

// partsOf gives the header and the claims of a token as they are written. Go's
// base64 skips line ends, so that one token would have many texts.
func partsOf(token string) (header, claims string, whole bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || strings.ContainsAny(token, "\r\n") {
		return "", "", false
	}
	return parts[0], parts[1], true
}

func (v *Verifier) typed(header map[string]any) bool {
	raw, has := header["typ"]
	typ, text := raw.(string)
	if has && (!text || typ == "") {
		return false
	}
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	return slices.ContainsFunc(v.cfg.Types, func(t string) bool { return strings.ToLower(t) == typ })
}

// read takes the claims apart once signature, iss, aud, exp, nbf and iat have
// been checked by the library.
func (v *Verifier) read(claims jwt.MapClaims) (Claims, error) {
	exp, expires := instant(claims["exp"])
	iat, issued := instant(claims["iat"])
	if !expires || !issued {
		return Claims{}, fmt.Errorf("exp and iat must be numbers")
	}
	if lifetime := exp.Sub(iat); lifetime <= 0 || lifetime > v.cfg.MaxLifetime {
		return Claims{}, fmt.Errorf("lives longer than %s, or ends before it starts", v.cfg.MaxLifetime)
	}
	if _, has := claims["nbf"]; has {
		if _, ok := instant(claims["nbf"]); !ok {
			return Claims{}, fmt.Errorf("nbf must be a number")
		}
	}
	subject, _ := claims[v.cfg.SubjectClaim].(string)
	if subject == "" || len(subject) > maxSubjectLength || !utf8.ValidString(subject) || strings.ContainsFunc(subject, unprintable) {
		return Claims{}, fmt.Errorf("%s must be 1 to %d bytes of printable text", v.cfg.SubjectClaim, maxSubjectLength)
	}
	tenant := v.cfg.Tenant
	if tenant == uuid.Nil {
		text, _ := claims["tenant"].(string)
		tenant = tenantOf(text)
	}
	if tenant == uuid.Nil {
		return Claims{}, fmt.Errorf("tenant must be a tenant's id, or its UUID")
	}
	return Claims{Issuer: v.cfg.Issuer, Subject: subject, Tenant: tenant, Expires: exp}, nil
}

// tenantOf reads a tenant's id, as `spm tenant create` prints it, or its UUID;
// the nil UUID is neither.
func tenantOf(text string) uuid.UUID {
	if id, err := model.ParseID(text); err == nil && id.Kind == model.KindTenant {
		return id.UUID()
	}
	tenant, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return uuid.Nil
	}
	return tenant
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// instant reads a NumericDate between 1970 and the year 9999.
func instant(v any) (time.Time, bool) {
	seconds, ok := v.(float64)
	if !ok || seconds < 1 || seconds > 253402300799 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}

// object decodes a part of a token: strict base64url without padding, of one
// JSON object that names nothing twice.
func object(part string) (map[string]any, error) {
	text, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil || !utf8.Valid(text) {
		return nil, fmt.Errorf("not strict base64url of UTF-8")
	}
	if err := unambiguous(text); err != nil {
		return nil, err
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return nil, fmt.Errorf("not a JSON object")
	}
	return members, nil
}

// unambiguous refuses JSON in which an object names a member twice, since two
// readers may then disagree on what the token says. The members of arrays and
// objects are on the stack while they are open; nil stands for an array.
func unambiguous(text []byte) error {
	if !json.Valid(text) {
		return fmt.Errorf("not JSON")
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	var open []map[string]bool
	for name := false; ; {
		token, err := decoder.Token()
		if err != nil {
			return nil //nolint:nilerr // the text is valid, so this is its end
		}
		switch token {
		case json.Delim('{'):
			open = append(open, map[string]bool{})
			name = true
			continue
		case json.Delim('['):
			open = append(open, nil)
			name = false
			continue
		case json.Delim('}'), json.Delim(']'):
			open = open[:len(open)-1]
		default:
			if name {
				members := open[len(open)-1]
				if members[token.(string)] {
					return fmt.Errorf("a member is named twice")
				}
				members[token.(string)] = true
				name = false
				continue
			}
		}
		name = len(open) > 0 && open[len(open)-1] != nil
	}
}
