package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"spm/model"
)

// algorithmNames says what a token's header calls an issuer's algorithms.
var algorithmNames = map[model.IssuerAlgorithm]string{
	model.AlgorithmRS256: RS256, model.AlgorithmPS256: PS256, model.AlgorithmES256: ES256, model.AlgorithmEdDSA: EdDSA,
}

// subjectClaims says what a token calls the claims of its subject.
var subjectClaims = map[model.SubjectClaim]string{model.SubjectSub: "sub", model.SubjectOid: "oid", model.SubjectUID: "uid"}

// maxAudiences bounds the audiences of a token that issuers are looked for by.
const maxAudiences = 20

// Named gives the issuer and the audiences that a token names, of which nothing
// is verified: they say which issuer's keys must have signed it.
func Named(token string) (issuer string, audiences []string, err error) {
	if len(token) > MaxTokenLength {
		return "", nil, fmt.Errorf("longer than %d bytes", MaxTokenLength)
	}
	_, claims, found := partsOf(token)
	if !found {
		return "", nil, fmt.Errorf("not three parts of one line")
	}
	members, err := object(claims)
	if err != nil {
		return "", nil, fmt.Errorf("claims: %w", err)
	}
	issuer, _ = members["iss"].(string)
	switch given := members["aud"].(type) {
	case string:
		audiences = []string{given}
	case []any:
		for _, one := range given {
			text, is := one.(string)
			if !is {
				return "", nil, fmt.Errorf("aud holds what is no text")
			}
			audiences = append(audiences, text)
		}
	}
	if issuer == "" || len(audiences) == 0 || len(audiences) > maxAudiences {
		return "", nil, fmt.Errorf("iss, and 1 to %d audiences, must be named", maxAudiences)
	}
	slices.Sort(audiences)
	return issuer, slices.Compact(audiences), nil
}

// Provider is through which issuer of its tenant a principal has signed in, and
// what its token was verified by.
type Provider struct {
	Issuer    model.ID
	Algorithm string
	KeySet    string // the address of the keys; empty where discovery told it
	Untyped   bool   // the token may have had no typ
}

// Stands tells whether the issuer, as it is now, would still take the token
// that the principal has signed in with.
func (p *Provider) Stands(issuer *model.Issuer) bool {
	return issuer != nil && issuer.Active && addressOf(issuer) == p.KeySet && (issuer.UntypedTokens || !p.Untyped) &&
		slices.ContainsFunc(issuer.Algorithms, func(alg model.IssuerAlgorithm) bool { return algorithmNames[alg] == p.Algorithm })
}

func addressOf(issuer *model.Issuer) string {
	if issuer.JWKSURL == nil {
		return ""
	}
	return *issuer.JWKSURL
}

// Verify gives the claims of a token of a tenant's issuer and by what it was
// verified, or ErrToken and nothing else. A caller that is refused is told no
// reason; refused is.
func (k *KeySets) Verify(ctx context.Context, tenant uuid.UUID, issuer *model.Issuer, token string, refused func(error)) (Claims, *Provider, error) {
	cfg := VerifierConfig{
		Issuer: issuer.URL, Audience: issuer.Audience, Tenant: tenant, SubjectClaim: subjectClaims[issuer.SubjectClaim], Now: k.Now, Refused: refused,
	}.completed()
	if issuer.UntypedTokens {
		cfg.Types = append(cfg.Types, "")
	}
	keys := issuerKeys{sets: k, set: k.of(tenant, issuer)}
	for _, algorithm := range issuer.Algorithms {
		keys.algorithms = append(keys.algorithms, algorithmNames[algorithm])
	}
	verifier := &Verifier{cfg: cfg, keys: []keySource{keys}}
	claims, algorithm, err := verifier.verify(ctx, token)
	if err != nil {
		return Claims{}, nil, err
	}
	return claims, &Provider{Issuer: issuer.ID, Algorithm: algorithm, KeySet: addressOf(issuer), Untyped: issuer.UntypedTokens}, nil
}

// issuerKeys finds the keys of one issuer that sign with what it may sign with.
type issuerKeys struct {
	sets       *KeySets
	set        *keySet
	algorithms []string
}

func (i issuerKeys) find(ctx context.Context, kid string) (VerificationKey, bool) {
	jwk, found := i.sets.key(ctx, i.set, kid)
	if !found {
		return VerificationKey{}, false
	}
	key, err := fromJWK(jwk, i.algorithms...)
	return key, err == nil
}
