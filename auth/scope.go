package auth

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// Source is what a session asks of the store.
type Source interface {
	// ReadPoint gives the tenant's last sealed moment, or the last at or before asOf.
	ReadPoint(ctx context.Context, tenant uuid.UUID, asOf *time.Time) (model.ReadPoint, error)
	// Subtree gives the positions below those that the payee holds on the day,
	// with the days on which they were below.
	Subtree(ctx context.Context, scope model.Scope, payee model.ID, today model.Date) ([]model.PositionSpan, error)
	// SubtreeWithout is Subtree less the positions on the days on which the
	// payee held them itself.
	SubtreeWithout(ctx context.Context, scope model.Scope, payee model.ID, today model.Date) ([]model.PositionSpan, error)
	// SubtreeFrom gives the position and those below it, with the days on which
	// they were below.
	SubtreeFrom(ctx context.Context, scope model.Scope, position model.ID) ([]model.PositionSpan, error)
	// ProductLine gives what the product and those below it are called by, with
	// the days on which they were below; empty, and not nil, where there is none.
	ProductLine(ctx context.Context, scope model.Scope, product model.ID) ([]model.ProductSpan, error)
}

// Session is a principal in one operation: all of its reads share one read
// point, which a mutation field moves on when its change is sealed.
type Session struct {
	Principal *Principal
	Today     model.Date
	Source    Source

	mu      sync.Mutex
	read    *model.ReadPoint
	subtree []model.PositionSpan
	line    []model.ProductSpan
	walked  bool
}

// NewSession begins an operation of the principal at a read point.
func NewSession(p *Principal, read model.ReadPoint, today model.Date, source Source) *Session {
	return &Session{Principal: p, Today: today, Source: source, read: &read}
}

// At is the session at another read point: who may see what stays as it is at
// this session's.
func (s *Session) At(ctx context.Context, read model.ReadPoint) (*Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.reach(ctx, Subtree); err != nil {
		return nil, err
	}
	return &Session{Principal: s.Principal, Today: s.Today, Source: s.Source, read: &read, subtree: s.subtree, line: s.line, walked: s.walked}, nil
}

// As is the session of another principal, at the same read point.
func (s *Session) As(p *Principal) *Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Session{Principal: p, Today: s.Today, Source: s.Source, read: s.read}
}

// ReadPoint is the moment that the operation reads.
func (s *Session) ReadPoint() model.ReadPoint {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil {
		return model.ReadPoint{}
	}
	return *s.read
}

// MoveTo makes later reads of the operation see the read point, if it is newer
// than theirs.
func (s *Session) MoveTo(read model.ReadPoint) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read == nil || read.Horizon > s.read.Horizon {
		s.read, s.walked = &read, false
	}
}

// Allow is nil if the principal has the permission, otherwise UNAUTHENTICATED
// or FORBIDDEN.
func (s *Session) Allow(do Permission) error {
	switch {
	case s.Principal == nil:
		return model.Errorf(model.Unauthenticated, "sign in: send a bearer token")
	case !s.Principal.Can(do):
		return model.Errorf(model.Forbidden, "this needs the permission %s", do)
	}
	return nil
}

// Scope says what the principal may see of what the permission opens.
func (s *Session) Scope(ctx context.Context, do Permission) (model.Scope, error) {
	return s.ScopeAsOf(ctx, do, nil)
}

// ScopeAsOf is Scope at an earlier moment of what the system knew. Who may see
// what stays as it is today.
func (s *Session) ScopeAsOf(ctx context.Context, do Permission, asOf *time.Time) (model.Scope, error) {
	if err := s.Allow(do); err != nil {
		return model.Scope{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope := model.Scope{Tenant: s.Principal.Tenant, Read: *s.read}
	reach, err := s.reach(ctx, s.Principal.rows(do))
	if err != nil {
		return model.Scope{}, err
	}
	scope.Reach = reach
	if asOf != nil {
		if scope.Read, err = s.Source.ReadPoint(ctx, scope.Tenant, asOf); err != nil {
			return model.Scope{}, err
		}
	}
	return scope, nil
}

func (s *Session) reach(ctx context.Context, rows Rows) (model.Reach, error) {
	reach := model.Reach{All: rows == All, User: s.Principal.User.UUID(), Today: s.Today}
	p := s.Principal
	limited := p.Key != nil && (p.Key.Position != nil || p.Key.Product != nil) || p.For != nil && p.For.Payee != nil
	if p.Payee == nil && !limited || rows == All {
		return reach, nil
	}
	if p.For != nil {
		except := p.For.Payee.UUID()
		reach.Except = &except
	}
	if p.Payee != nil {
		payee := p.Payee.UUID()
		reach.Payee = &payee
	}
	if rows != Subtree {
		return reach, nil
	}
	if !s.walked {
		if err := s.walk(ctx); err != nil {
			return reach, err
		}
		s.walked = true
	}
	reach.Subtree, reach.Line = s.subtree, s.line
	return reach, nil
}

// walk reads what is below the principal: below the positions that its payee
// holds today, or its giver's does, or the limit of an API key, which is part of
// it.
func (s *Session) walk(ctx context.Context) (err error) {
	scope := model.Unbounded(s.Principal.Tenant, *s.read)
	switch p := s.Principal; {
	case p.Key != nil && p.Key.Product != nil:
		s.line, err = s.Source.ProductLine(ctx, scope, *p.Key.Product)
	case p.Key != nil:
		s.subtree, err = s.Source.SubtreeFrom(ctx, scope, *p.Key.Position)
	case p.For != nil:
		s.subtree, err = s.Source.SubtreeWithout(ctx, scope, *p.For.Payee, s.Today)
	default:
		s.subtree, err = s.Source.Subtree(ctx, scope, *p.Payee, s.Today)
	}
	return err
}
