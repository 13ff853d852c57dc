package auth

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// RefusalKind puts the reason why a token was refused under one of a few words:
// expired, not_yet_valid, signature, issuer, audience or malformed.
func RefusalKind(reason error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{jwt.ErrTokenExpired, "expired"},
		{jwt.ErrTokenNotValidYet, "not_yet_valid"},
		{jwt.ErrTokenUsedBeforeIssued, "not_yet_valid"},
		{jwt.ErrTokenSignatureInvalid, "signature"},
		{jwt.ErrTokenInvalidIssuer, "issuer"},
		{jwt.ErrTokenInvalidAudience, "audience"},
	} {
		if errors.Is(reason, known.err) {
			return known.word
		}
	}
	return "malformed"
}
