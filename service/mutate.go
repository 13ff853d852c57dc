package service

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// Outcome is what every payload says of its mutation.
type Outcome struct {
	ClientMutationID *string            `json:"-"`
	UserErrors       []*model.UserError `json:"userErrors"`
	Sequence         *int64             `json:"-"`
	Replayed         bool               `json:"-"`
}

func (o *Outcome) outcome() *Outcome { return o }

type payload[P any] interface {
	*P
	outcome() *Outcome
}

type keyKey struct{}

// WithIdempotencyKey says under which key the mutation field below is sent.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyKey{}, key)
}

func idempotencyKey(ctx context.Context) string {
	key, _ := ctx.Value(keyKey{}).(string)
	return key
}

// mutate is the one wrapper round every mutation: one transaction, the
// idempotency key claimed in it, refusals stored too, and the answer given
// once the change is sealed. fn fills the payload; where it fails with
// model.UserErrors nothing of what it wrote stays.
func mutate[P any, PP payload[P]](ctx context.Context, s *Service, operation string, input any, fn func(*store.Tx, PP) error) (PP, error) {
	session := auth.SessionOf(ctx)
	who := session.Principal
	if who == nil {
		return nil, session.Allow(auth.Public)
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return nil, err
	}
	fingerprint := sha256.Sum256(fingerprinted(raw, who))
	key := idempotencyKey(ctx)
	if len(key) > 255 {
		return nil, model.Errorf(model.BadUserInput, "an idempotency key has 1 to 255 characters")
	}
	actor := who.Actor().UUID()
	opts := store.TxOptions{Tenant: who.Tenant, Actor: &actor, ActorName: who.Name, Operation: operation}
	if who.For != nil {
		opts.ActorName = who.Name + " for " + who.For.Name
		opts.Behalf = &store.Behalf{Giver: who.For.User.UUID(), Delegation: who.For.Delegation.UUID()}
	}

	var p PP
	var xid int64
	run := func(tx *store.Tx) error {
		p, xid = new(P), 0
		if key != "" {
			done, err := replay(ctx, tx, actor, operation, key, fingerprint[:], p)
			if err != nil || done {
				return err
			}
		}
		err := tx.Savepoint(ctx, func() error { return fn(tx, p) })
		if refused, ok := errors.AsType[model.UserErrors](err); ok {
			p.outcome().UserErrors, err = refused, nil
		}
		if err != nil {
			return err
		}
		if tx.Changed() {
			xid = tx.XID
		}
		if key != "" {
			return tx.KeepAnswer(ctx, actor, operation, key, fingerprint[:], p)
		}
		return nil
	}
	once := func() error { return mutating(ctx, func() error { return s.Store.InTx(ctx, opts, run) }) }
	err = once()
	if lost := xid; key != "" && errors.Is(err, store.ErrUnanswered) {
		// The key finds what was done, or it is done now.
		if err = once(); err == nil && lost != 0 && p.outcome().Replayed {
			p.outcome().Replayed, xid = false, lost
		}
	}
	if err != nil {
		return nil, err
	}
	s.settle(ctx, session, p.outcome(), xid)
	p.outcome().ClientMutationID = clientMutationID(raw)
	return p, nil
}

// fingerprinted is what an idempotency key stands for: the input, and for whom it
// was sent.
func fingerprinted(input []byte, who *auth.Principal) []byte {
	if who.For == nil {
		return input
	}
	return append([]byte(who.For.Delegation.String()+"\n"), input...)
}

func replay[P any, PP payload[P]](ctx context.Context, tx *store.Tx, caller [16]byte, operation, key string, fingerprint []byte, p PP) (bool, error) {
	claim, free, err := tx.ClaimKey(ctx, caller, operation, key)
	switch {
	case err != nil:
		return false, err
	case !free:
		return false, model.Errorf(model.IdempotencyInFlight, "a request with this idempotency key is being answered: try again")
	case claim == nil:
		return false, nil
	case !slices.Equal(claim.Fingerprint, fingerprint):
		return false, model.Errorf(model.IdempotencyMismatch, "this idempotency key was used with another input")
	}
	if err := json.Unmarshal(claim.Payload, p); err != nil {
		return false, err
	}
	p.outcome().Replayed = true
	return true, nil
}

// settle waits until the change is sealed and lets the rest of the operation
// see it.
func (s *Service) settle(ctx context.Context, session *auth.Session, o *Outcome, xid int64) {
	if o.UserErrors == nil {
		o.UserErrors = []*model.UserError{}
	}
	if xid != 0 && !s.Sealer.Await(ctx, session.Principal.Tenant, xid) {
		// Sealed later: the payload still reads what was written.
		session.MoveTo(model.ReadPoint{Horizon: xid + 1})
		return
	}
	point, err := s.Store.ReadPoint(ctx, session.Principal.Tenant, nil)
	if err != nil {
		s.Log.WarnContext(ctx, "no read point after a mutation", "error", err)
		return
	}
	session.MoveTo(point)
	o.Sequence = &point.Sequence
}

func clientMutationID(input []byte) *string {
	var echo struct{ ClientMutationID *string }
	_ = json.Unmarshal(input, &echo)
	return echo.ClientMutationID
}
