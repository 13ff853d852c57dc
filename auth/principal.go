package auth

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// Principal is who makes a request: a user of a tenant, as the user's row says
// and not as the token claims, or an API key.
type Principal struct {
	Tenant  uuid.UUID
	User    model.ID
	Issuer  string // of the token
	Subject string // of the token
	Name    string
	Roles   []model.Role
	Payee   *model.ID
	Expires time.Time  // when the token or the API key ends
	Via     *Provider  // the issuer of its tenant that the user signed in through; nil for the server's own
	For     *Giver     // whom the user acts for, by a delegation; nil for oneself
	Key     *Key       // of a program; it is no user, and has no roles
	Address netip.Addr // from which a key is used
}

// Giver is whom a user acts for: Roles of the principal are what of the giver's
// the delegation has handed over, and the principal has no payee.
type Giver struct {
	Delegation model.ID
	User       model.ID
	Name       string
	Payee      *model.ID // below whose positions the principal sees; none of their own pay
}

// Can tells whether the principal has the permission for any row at all.
func (p *Principal) Can(do Permission) bool { return p != nil && p.rows(do) != NoRows }

func (p *Principal) rows(do Permission) Rows {
	if p.Key != nil {
		return p.Key.rows(do)
	}
	if p.For != nil && do == DelegationWrite {
		return NoRows // what is handed over is not handed on
	}
	return RowsOf(p.Roles, do)
}

// Exports tells whether the principal is a key that may ask for much at a time.
func (p *Principal) Exports() bool {
	return p != nil && p.Key != nil && slices.Contains(p.Key.Scopes, model.KeyExport)
}

// Actor is who is recorded as having done what the principal does.
func (p *Principal) Actor() model.ID {
	if p.Key != nil {
		return p.Key.ID
	}
	return p.User
}

type addressKey struct{}

// WithAddress says from which address a connection comes.
func WithAddress(ctx context.Context, address netip.Addr) context.Context {
	return context.WithValue(ctx, addressKey{}, address)
}

// AddressOf gives the address of the connection; none where it is not known,
// which is in no network.
func AddressOf(ctx context.Context) netip.Addr {
	address, _ := ctx.Value(addressKey{}).(netip.Addr)
	return address
}

type delegationKey struct{}

// WithDelegation says which delegations a request names, as text: it may act by
// one.
func WithDelegation(ctx context.Context, named []string) context.Context {
	return context.WithValue(ctx, delegationKey{}, named)
}

// DelegationNamed gives what WithDelegation has said; nothing where the request
// names none.
func DelegationNamed(ctx context.Context) []string {
	named, _ := ctx.Value(delegationKey{}).([]string)
	return named
}

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
	UserID      *model.ID // nil for an API key
	Delegation  *model.ID // by which the user acts for another; nil for oneself
	TenantID    model.ID
	PayeeID     *model.ID
	Roles       []model.Role
	Permissions []Permission
	APIKey      *ViewerAPIKey
}

// ViewerAPIKey is the API key that asks, as it sees itself.
type ViewerAPIKey struct {
	ID         model.ID
	Name       string
	Prefix     string
	Scopes     []model.APIKeyScope
	PositionID *model.ID
	ProductID  *model.ID
	ExpiresAt  time.Time
}

// Viewer says who the session is of, nil for a stranger.
func (s *Session) Viewer() *Viewer {
	p := s.Principal
	if p == nil {
		return nil
	}
	v := &Viewer{TenantID: model.UUIDs(model.KindTenant, p.Tenant), PayeeID: p.Payee, Roles: p.Roles, Permissions: p.permissions()}
	if k := p.Key; k != nil {
		v.Roles = []model.Role{}
		v.APIKey = &ViewerAPIKey{ID: k.ID, Name: k.Name, Prefix: ShownPrefix(k.ID), Scopes: k.Scopes, PositionID: k.Position, ProductID: k.Product, ExpiresAt: p.Expires}
		return v
	}
	v.UserID = &p.User
	if p.For != nil {
		v.Delegation = &p.For.Delegation
	}
	return v
}
