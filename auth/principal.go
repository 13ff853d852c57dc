package auth

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// Principal is who makes a request: a user of a tenant, as the user's row says
// and not as the token claims.
type Principal struct {
	Tenant  uuid.UUID
	User    model.ID
	Issuer  string // of the token
	Subject string // of the token
	Name    string
	Roles   []model.Role
	Payee   *model.ID
	Expires time.Time // when the token ends
}

// Can tells whether the principal has the permission for any row at all.
func (p *Principal) Can(do Permission) bool { return p != nil && RowsOf(p.Roles, do) != NoRows }

type sessionKey struct{}

// WithSession puts the session of one operation into the context.
func WithSession(ctx context.Context, s *Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionOf gives the session of the operation. Without one it is that of a
// stranger, who may do nothing.
func SessionOf(ctx context.Context) *Session {
	if s, found := ctx.Value(sessionKey{}).(*Session); found {
		return s
	}
	return &Session{}
}

// Viewer is the principal as the graph shows it.
type Viewer struct {
	UserID      model.ID
	TenantID    model.ID
	PayeeID     *model.ID
	Roles       []model.Role
	Permissions []Permission
}

// Viewer says who the session is of, nil for a stranger.
func (s *Session) Viewer() *Viewer {
	p := s.Principal
	if p == nil {
		return nil
	}
	return &Viewer{
		UserID: p.User, TenantID: model.UUIDs(model.KindTenant, p.Tenant), PayeeID: p.Payee,
		Roles: p.Roles, Permissions: PermissionsOf(p.Roles),
	}
}
