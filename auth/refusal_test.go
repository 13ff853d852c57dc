package auth_test

import (
	"fmt"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"spm/auth"
)

func TestRefusalKind(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		reason error
		want   string
	}{
		{fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, jwt.ErrTokenExpired), "expired"},
		{fmt.Errorf("%w: %w", jwt.ErrTokenInvalidClaims, jwt.ErrTokenInvalidAudience), "audience"},
		{jwt.ErrTokenSignatureInvalid, "signature"},
		{fmt.Errorf("kid is unknown"), "malformed"},
	} {
		if got := auth.RefusalKind(one.reason); got != one.want {
			t.Errorf("%v is %s, not %s", one.reason, got, one.want)
		}
	}
}
