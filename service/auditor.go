package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

// Auditor chains what is sealed into each tenant's audit trail, behind the
// writers. Every server process runs one; a lock in the database lets one at a
// time chain a tenant.
type Auditor struct {
	service *Service
	log     *slog.Logger
	wake    chan struct{}

	mu      sync.Mutex
	pending map[uuid.UUID]bool
	moved   map[uuid.UUID]bool // since the heads were told last
}

const (
	auditPause = 50 * time.Millisecond // between two rounds, so that bursts are chained together
	auditPoll  = 5 * time.Minute       // for what no process was told of
	auditRetry = time.Second
	auditHeads = 10 * time.Minute // between two times that heads are told
)

// NewAuditor makes an auditor; it does nothing until Run.
func NewAuditor(s *Service, log *slog.Logger) *Auditor {
	return &Auditor{service: s, log: log, wake: make(chan struct{}, 1), pending: map[uuid.UUID]bool{}, moved: map[uuid.UUID]bool{}}
}

// Wake chains the tenant soon. It does not block.
func (a *Auditor) Wake(tenant uuid.UUID) {
	a.mu.Lock()
	a.pending[tenant] = true
	a.mu.Unlock()
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Run chains until ctx ends.
func (a *Auditor) Run(ctx context.Context) {
	told := time.Now()
	for poll := time.Now(); ctx.Err() == nil; {
		if !time.Now().Before(poll) {
			a.wakeAll(ctx)
			poll = time.Now().Add(auditPoll)
		}
		a.chainPending(ctx)
		if time.Since(told) >= auditHeads {
			a.tellHeads(ctx)
			told = time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-time.After(time.Until(poll)):
		}
		select {
		case <-ctx.Done():
		case <-time.After(auditPause):
		}
	}
}

func (a *Auditor) wakeAll(ctx context.Context) {
	tenants, err := a.service.Store.TenantIDs(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.WarnContext(ctx, "looking for what is to be chained failed, trying again", "error", err)
	}
	for _, tenant := range tenants {
		a.Wake(tenant)
	}
}

func (a *Auditor) chainPending(ctx context.Context) {
	a.mu.Lock()
	pending := a.pending
	a.pending = map[uuid.UUID]bool{}
	a.mu.Unlock()
	for tenant := range pending {
		if err := a.service.Chain(ctx, tenant); err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "chaining the audit trail failed, trying again", "tenant", tenant, "error", err)
			time.AfterFunc(auditRetry, func() { a.Wake(tenant) })
			continue
		}
		a.mu.Lock()
		a.moved[tenant] = true
		a.mu.Unlock()
	}
}

// tellHeads writes the heads of the trails that have moved to the log: kept
// elsewhere, they tell a trail that was cut or chained anew from what it was.
func (a *Auditor) tellHeads(ctx context.Context) {
	a.mu.Lock()
	moved := a.moved
	a.moved = map[uuid.UUID]bool{}
	a.mu.Unlock()
	for tenant := range moved {
		head, err := a.service.AuditHead(ctx, model.Unbounded(tenant, model.Latest))
		if err != nil || head == nil {
			continue
		}
		signature, key := "", ""
		if head.Signature != nil {
			signature, key = *head.Signature, *head.KeyThumbprint
		}
		a.log.InfoContext(ctx, "audit head", "tenant", tenant, "sequence", head.Sequence, "hash", head.Hash, "signature", signature, "key", key)
	}
}

// Chain chains all that is sealed of a tenant.
func (s *Service) Chain(ctx context.Context, tenant uuid.UUID) (err error) {
	ctx, end := s.observer.Step(ctx, Work{Step: StepChain, Tenant: tenant})
	defer func() { end(err) }()
	for {
		more, err := s.Store.ChainAudit(ctx, tenant, func(last *model.AuditLink, seal model.ReadPoint, entries []*model.AuditEntry) *model.AuditLink {
			var previous []byte
			if last != nil {
				previous = last.Hash
			}
			s.observer.Chained(time.Since(seal.At))
			return linkOf(tenant, previous, seal, entries)
		})
		if err != nil || !more {
			return err
		}
	}
}

// SetAuditKey makes heads signed.
func (s *Service) SetAuditKey(key *auth.SigningKey) { s.auditKey = key }
