package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// Recredit names the transactions that a set-up change may credit otherwise:
// those with one of their dates in Days that satisfy any other condition given.
type Recredit struct {
	Days         model.Interval `json:"days"`
	All          bool           `json:"all,omitempty"`
	Kinds        []string       `json:"kinds,omitempty"`
	Products     []string       `json:"products,omitempty"`
	Accounts     []string       `json:"accounts,omitempty"`
	Sellers      []string       `json:"sellers,omitempty"`   // external ids of payees or positions
	Positions    []uuid.UUID    `json:"positions,omitempty"` // that hold a credit of it
	Transactions []int64        `json:"transactions,omitempty"`
}

// MarkRecredit asks the worker to credit the transactions anew. The caller
// holds LockSetup, so that none is missed that is being recorded now.
func (tx *Tx) MarkRecredit(ctx context.Context, what Recredit) error {
	raw, err := json.Marshal(what)
	if err != nil {
		return err
	}
	if err := tx.later(ctx, "INSERT INTO recredit (tenant_id, xid, selector) VALUES ($1, $2, $3)", tx.Tenant, tx.XID, raw); err != nil {
		return err
	}
	return tx.MarkWork(ctx)
}

// Dirty is a payee whose earnings a change on Days may alter; every payee
// where Payee is nil.
type Dirty struct {
	Payee *model.ID
	Days  model.Interval
}

// MarkDirty asks the worker to recalculate open periods that the days touch.
func (tx *Tx) MarkDirty(ctx context.Context, marks ...Dirty) error {
	if len(marks) == 0 {
		return nil
	}
	payees, from, to := make([]uuid.UUID, len(marks)), make([]date, len(marks)), make([]date, len(marks))
	for i, m := range marks {
		if m.Payee != nil {
			payees[i] = m.Payee.UUID()
		}
		from[i], to[i] = date(m.Days.From), date(m.Days.To)
	}
	err := tx.later(ctx, `INSERT INTO dirty (tenant_id, xid, payee_id, from_date, to_date)
		SELECT $1, $2, p, f, t FROM unnest($3::uuid[], $4::date[], $5::date[]) m(p, f, t) ON CONFLICT DO NOTHING`,
		tx.Tenant, tx.XID, payees, from, to)
	if err != nil {
		return err
	}
	return tx.MarkWork(ctx)
}

// MarkWork tells the workers that the tenant has something waiting.
func (tx *Tx) MarkWork(ctx context.Context) error {
	return tx.later(ctx, "INSERT INTO work (tenant_id, xid) VALUES ($1, $2) ON CONFLICT DO NOTHING", tx.Tenant, tx.XID)
}

// The tenant's advisory locks: who credits transactions shares the set-up, who
// changes set-up has it alone; transactions that link to others are recorded
// alone; users, exchange rates, the
// states of periods and trusted documents are changed by one writer at a time.
const (
	lockSetup = 1
	lockFacts = 2
	lockUsers = 3
	lockRates = 4
	lockPays  = 5
	lockTexts = 6
)

func (tx *Tx) lock(ctx context.Context, what int32, shared bool) error {
	call := "pg_advisory_xact_lock"
	if shared {
		call += "_shared"
	}
	return tx.later(ctx, "SELECT "+call+"($1, hashtext($2))", what, tx.Tenant.String())
}

// LockSetup waits until nobody credits by the set-up that is about to change,
// and notes that it changes.
func (tx *Tx) LockSetup(ctx context.Context) error {
	if err := tx.lock(ctx, lockSetup, false); err != nil {
		return err
	}
	return tx.later(ctx, "INSERT INTO setup_stamp (tenant_id) VALUES ($1)", tx.Tenant)
}

// ShareSetup keeps the set-up as it is until the transaction ends.
func (tx *Tx) ShareSetup(ctx context.Context) error { return tx.lock(ctx, lockSetup, true) }

// LockUsers waits until nobody else changes who may do what.
func (tx *Tx) LockUsers(ctx context.Context) error { return tx.lock(ctx, lockUsers, false) }

// LockRates waits until nobody else sets exchange rates.
func (tx *Tx) LockRates(ctx context.Context) error { return tx.lock(ctx, lockRates, false) }

// LockPeriods waits until nobody else moves a period to another state.
func (tx *Tx) LockPeriods(ctx context.Context) error { return tx.lock(ctx, lockPays, false) }

// LockDocuments waits until nobody else changes trusted documents.
func (tx *Tx) LockDocuments(ctx context.Context) error { return tx.lock(ctx, lockTexts, false) }

// LockFacts keeps linked transactions from being recorded beside each other
// unseen: alone with links, shared without.
func (tx *Tx) LockFacts(ctx context.Context, linked bool) error {
	return tx.lock(ctx, lockFacts, !linked)
}

// Claim is what an idempotency key was used for before.
type Claim struct {
	Fingerprint []byte
	Payload     json.RawMessage
}

// ClaimKey takes the key for this transaction. It gives the earlier use of the
// key, nil where there is none, and false where another request holds it now.
func (tx *Tx) ClaimKey(ctx context.Context, caller uuid.UUID, operation, key string) (*Claim, bool, error) {
	var free bool
	err := tx.pgx.QueryRow(ctx, "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))",
		tx.Tenant.String()+caller.String()+operation+key).Scan(&free)
	if err != nil || !free {
		return nil, false, err
	}
	rows, err := tx.pgx.Query(ctx, `SELECT fingerprint, payload FROM idempotency WHERE tenant_id = $1 AND caller = $2 AND operation = $3 AND key = $4
		AND created_at > now() - interval '72 hours'`, tx.Tenant, caller, operation, key)
	if err != nil {
		return nil, true, err
	}
	claims, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Claim])
	if err != nil || len(claims) == 0 {
		return nil, true, err
	}
	return &claims[0], true, nil
}

// KeepAnswer stores what the key's first use answered.
func (tx *Tx) KeepAnswer(ctx context.Context, caller uuid.UUID, operation, key string, fingerprint []byte, payload any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	err = tx.later(ctx, `INSERT INTO idempotency (tenant_id, caller, operation, key, fingerprint, payload) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, caller, operation, key) DO UPDATE SET fingerprint = excluded.fingerprint, payload = excluded.payload, created_at = clock_timestamp()`,
		tx.Tenant, caller, operation, key, fingerprint, raw)
	return err
}
