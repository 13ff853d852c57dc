package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// auditLock keeps two processes from chaining one tenant at once.
const auditLock = 0x73706d61

// chained is how many seals are chained in one transaction at most.
const chained = 64

type changeEntryRow struct {
	Xid        int64           `bun:"xid"`
	ID         int64           `bun:"id"`
	At         time.Time       `bun:"at"`
	Actor      *uuid.UUID      `bun:"actor"`
	ActorName  string          `bun:"actor_name"`
	Operation  string          `bun:"operation"`
	Reason     string          `bun:"reason"`
	Kind       string          `bun:"kind"`
	ObjectKind string          `bun:"object_kind"`
	ObjectKey  []byte          `bun:"object_key"`
	ObjectLast []byte          `bun:"object_last"`
	Before     json.RawMessage `bun:"before"`
	After      json.RawMessage `bun:"after"`
	OnBehalfOf *uuid.UUID      `bun:"on_behalf_of"`
	Delegation *uuid.UUID      `bun:"delegation_id"`
}

func (r *changeEntryRow) entry() *model.AuditEntry {
	e := &model.AuditEntry{
		ID: model.AuditEntryID(r.Xid, r.ID), Xid: r.Xid, Number: r.ID, At: r.At, ActorName: r.ActorName, Operation: r.Operation, Reason: r.Reason,
		Kind: model.AuditKind(r.Kind), ObjectID: model.ID{Kind: model.Kind(r.ObjectKind), Key: string(r.ObjectKey)}, Before: r.Before, After: r.After,
		OnBehalfOfID: idPtr(model.KindUser, r.OnBehalfOf), DelegationID: idPtr(model.KindDelegation, r.Delegation),
	}
	if r.Actor != nil {
		id := model.UUIDs(model.KindUser, *r.Actor) // or of an API key: nothing else has that UUID
		e.ActorID = &id
	}
	if r.ObjectLast != nil {
		e.LastID = &model.ID{Kind: e.ObjectID.Kind, Key: string(r.ObjectLast)}
	}
	return e
}

// factsOf are the facts that an entry t names, as text that neither a setting nor
// a later column alters, by the kind of its object. Format 1 of the links; another
// list of columns would be another format.
var factsOf = map[model.Kind]struct{ from, columns, order string }{
	model.KindTransaction: {"transaction f WHERE " + inRange, `f.id, f.revision, f.source, f.external_id, f.order_id, f.line, f.kind, f.event_date - DATE '2000-01-01',
		f.booked_date - DATE '2000-01-01', f.invoiced_date - DATE '2000-01-01', f.paid_date - DATE '2000-01-01', f.go_live_date - DATE '2000-01-01', f.amount, f.currency,
		f.quantity, f.margin, f.product, f.account, f.seller_payees, f.seller_positions, f.seller_shares, f.seller_weights, f.relates_type, f.relates_to, f.attributes,
		f.sequence, f.source_revision, encode(f.content_hash, 'hex'), extract(epoch FROM f.recorded_at)`, "f.id, f.revision"},
	model.KindCredit: {"credit f WHERE " + inRange, `f.id, f.transaction_id, f.position_id, f.payee_id, f.assignment_id, f.credit_type_id, f.rule_id, f.via_id,
		f.date - DATE '2000-01-01', f.fx_date - DATE '2000-01-01', f.level, f.kind, f.currency, f.share, f.amount, f.quantity, f.margin`, "f.id"},
	model.KindActivity: {"activity f WHERE " + inRange, `f.id, f.version, f.source, f.external_id, f.kind, f.position_id, f.date - DATE '2000-01-01', f.opportunity,
		f.quantity, f.attributes, f.status, f.source_revision`, "f.id, f.version"},
	model.KindPeriod: {"payment f WHERE f.tenant_id = t.tenant_id AND f.period_id = encode(t.object_key, 'hex')::uuid AND f.tx_from = t.xid",
		`f.id, f.payee_id, f.period_id, f.currency, f.amount, f.run_id, f.paid_on - DATE '2000-01-01', f.author_id, extract(epoch FROM f.paid_at)`, "f.id"},
}

const inRange = `f.tenant_id = t.tenant_id AND f.tx_from = t.xid AND f.id BETWEEN ('x' || encode(t.object_key, 'hex'))::bit(64)::bigint
	AND ('x' || encode(coalesce(t.object_last, t.object_key), 'hex'))::bit(64)::bigint`

var (
	changeColumns = columnList[changeEntryRow]()
	factsSQL      = factsDigest()
)

func factsDigest() string {
	var sql strings.Builder
	sql.WriteString("CASE WHEN t.kind = 'APPEND' THEN CASE t.object_kind")
	for _, kind := range []model.Kind{model.KindTransaction, model.KindCredit, model.KindActivity, model.KindPeriod} {
		f := factsOf[kind]
		fmt.Fprintf(&sql, " WHEN '%s' THEN (SELECT sha256(convert_to(coalesce(string_agg(ROW(%s)::text, E'\\n' ORDER BY %s), ''), 'UTF8')) FROM %s)",
			kind, f.columns, f.order, f.from)
	}
	sql.WriteString(" END END")
	return sql.String()
}

// AuditSegment reads the entries of transactions from one horizon to another, in
// the order in which they are chained, with the digests of the facts they name.
func (r reads) AuditSegment(ctx context.Context, scope model.Scope, from, to int64) ([]*model.AuditEntry, error) {
	b := (&builder{}).add("SELECT "+changeColumns+", "+factsSQL+" FROM change t WHERE t.tenant_id = ? AND t.xid >= ? AND t.xid < ? ORDER BY t.xid, t.id", scope.Tenant, from, to)
	type rowWithFacts struct {
		changeEntryRow
		Facts []byte `bun:"facts"`
	}
	rows, err := collect[rowWithFacts](ctx, r.q, scope, b)
	out := make([]*model.AuditEntry, len(rows))
	for i, row := range rows {
		out[i] = row.entry()
		out[i].Facts = row.Facts
	}
	return out, err
}

type auditLinkRow struct {
	Sequence int64     `bun:"sequence"`
	Horizon  int64     `bun:"horizon"`
	SealedAt time.Time `bun:"sealed_at"`
	Format   int16     `bun:"format"`
	Digests  []byte    `bun:"digests"`
	Previous []byte    `bun:"previous"`
	Hash     []byte    `bun:"hash"`
}

// AuditLinks reads links after a sequence, at most limit of them.
func (r reads) AuditLinks(ctx context.Context, scope model.Scope, after int64, limit int) ([]*model.AuditLink, error) {
	b := (&builder{}).add("SELECT "+columnList[auditLinkRow]()+" FROM audit_link t WHERE t.tenant_id = ? AND t.sequence > ? ORDER BY t.sequence LIMIT ?", scope.Tenant, after, limit)
	return r.links(ctx, scope, b)
}

// LastAuditLink reads the newest link up to a sequence, nil where there is none.
func (r reads) LastAuditLink(ctx context.Context, scope model.Scope, through int64) (*model.AuditLink, error) {
	b := (&builder{}).add("SELECT "+columnList[auditLinkRow]()+" FROM audit_link t WHERE t.tenant_id = ? AND t.sequence <= ? ORDER BY t.sequence DESC LIMIT 1", scope.Tenant, through)
	found, err := r.links(ctx, scope, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

func (r reads) links(ctx context.Context, scope model.Scope, b *builder) ([]*model.AuditLink, error) {
	rows, err := collect[auditLinkRow](ctx, r.q, scope, b)
	out := make([]*model.AuditLink, len(rows))
	for i, row := range rows {
		out[i] = (*model.AuditLink)(row)
	}
	return out, err
}

// Seals reads the sealed batches after a sequence, at most limit of them.
func (r reads) Seals(ctx context.Context, scope model.Scope, after int64, limit int) ([]model.ReadPoint, error) {
	b := (&builder{}).add("SELECT sequence, horizon, at FROM seal WHERE tenant_id = ? AND sequence > ? ORDER BY sequence LIMIT ?", scope.Tenant, after, limit)
	var out []model.ReadPoint
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var p model.ReadPoint
		err := rows.Scan(&p.Sequence, &p.Horizon, &p.At)
		out = append(out, p)
		return err
	})
	return out, err
}

// ChainAudit chains the next sealed batches of a tenant: link makes each link from
// the one before, nil at the first, the batch and its entries. It tells whether
// more may wait. Where another process is chaining the tenant it does nothing.
func (s *Store) ChainAudit(ctx context.Context, tenant uuid.UUID, link func(*model.AuditLink, model.ReadPoint, []*model.AuditEntry) *model.AuditLink) (more bool, err error) {
	err = s.asWorker(ctx, func(tx pgx.Tx) error {
		var free bool
		const begin = "SELECT set_config('app.tenant', $1, true), pg_try_advisory_xact_lock($2, hashtext($1))"
		if err := tx.QueryRow(ctx, begin, tenant.String(), auditLock).Scan(nil, &free); err != nil || !free {
			return err
		}
		r, scope := reads{inTransaction{tx}}, model.Scope{Tenant: tenant}
		last, err := r.LastAuditLink(ctx, scope, forever)
		if err != nil {
			return err
		}
		var after, horizon int64
		if last != nil {
			after, horizon = last.Sequence, last.Horizon
		}
		seals, err := r.Seals(ctx, scope, after, chained)
		if err != nil || len(seals) == 0 {
			return err
		}
		var links pgx.Batch // written at the end: while they are, nobody's changes are sealed
		for _, seal := range seals {
			entries, err := r.AuditSegment(ctx, scope, horizon, seal.Horizon)
			if err != nil {
				return err
			}
			last, horizon = link(last, seal, entries), seal.Horizon
			links.Queue("INSERT INTO audit_link (tenant_id, sequence, horizon, sealed_at, format, digests, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
				tenant, last.Sequence, last.Horizon, last.SealedAt, last.Format, last.Digests, last.Previous, last.Hash)
		}
		if err := tx.SendBatch(ctx, &links).Close(); err != nil {
			return err
		}
		more = len(seals) == chained
		return nil
	})
	return more, err
}

// inTransaction reads in a transaction that is open.
type inTransaction struct{ tx pgx.Tx }

func (t inTransaction) query(ctx context.Context, _ model.Scope, sql string, args []any, each func(pgx.Rows) error) error {
	rows, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// AuditPage reads a page of the audit trail, in the order in which it is chained.
func (r reads) AuditPage(ctx context.Context, scope model.Scope, where *model.AuditEntryWhere, args model.PageArgs) (*model.Connection[model.AuditEntry], error) {
	return page(ctx, r, scope, list[auditEntryRow, model.AuditEntry]{
		listing: auditEntryList, columns: changeColumns + ", " + sequenceOf, where: where, model: (*auditEntryRow).entry, order: auditEntryList.key,
	}, args)
}

var auditEntryList = &listing{
	noun: "AuditEntry", from: auditFrom, since: "t.xid",
	key: []orderKey{{expr: "t.xid", cast: "bigint"}, {expr: "t.id", cast: "bigint"}}, big: true,
	fields: map[string]field{
		"objectId":     {special: objects, served: "change_object"},
		"actorId":      {expr: "t.actor", nullable: true, served: "change_actor"},
		"onBehalfOfId": {expr: "t.on_behalf_of", nullable: true, served: "change_on_behalf_of"},
		"delegationId": {expr: "t.delegation_id", nullable: true, served: "change_delegation"},
		"operations":   {expr: "t.operation", is: isWord, served: "refines"},
		"kinds":        {expr: "t.kind", is: isWord, served: "refines"},
		"at":           {expr: "t.at", is: isInstant, sortable: true, served: "change_at"},
	},
}

type auditEntryRow struct {
	changeEntryRow
	Sequence int64 `bun:"sequence"`
}

func (r *auditEntryRow) entry() *model.AuditEntry {
	e := r.changeEntryRow.entry()
	e.Sequence = r.Sequence
	return e
}

const sequenceOf = "(SELECT min(s.sequence) FROM seal s WHERE s.tenant_id = t.tenant_id AND s.horizon > t.xid) AS sequence"

func auditFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM change t WHERE t.tenant_id = ? AND t.xid < ?", scope.Tenant, scope.Read.Horizon)
	if !scope.Reach.All {
		b.add(" AND false")
	}
	return b
}

// objects keeps the changes of objects, those that a range names included.
func objects(b *builder, value any) {
	f := value.(*model.IDFilter)
	one := func(id model.ID) {
		b.add("(t.object_kind = ? AND (t.object_key = ? OR t.object_key <= ? AND t.object_last >= ?))", string(id.Kind), []byte(id.Key), []byte(id.Key), []byte(id.Key))
	}
	some := func(ids []model.ID, begin string) {
		b.add(begin + "(false")
		for _, id := range ids {
			b.add(" OR ")
			one(id)
		}
		b.add(")")
	}
	b.add("(true")
	if f.Eq != nil {
		some([]model.ID{*f.Eq}, " AND ")
	}
	if f.In != nil {
		some(f.In, " AND ")
	}
	if f.Ne != nil {
		some([]model.ID{*f.Ne}, " AND NOT ")
	}
	if f.NotIn != nil {
		some(f.NotIn, " AND NOT ")
	}
	if f.IsNull != nil {
		b.add(" AND ?", !*f.IsNull)
	}
	b.add(")")
}

// AuditEntriesByID reads entries by id.
func (r reads) AuditEntriesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.AuditEntry, error) {
	xids, numbers := make([]int64, len(ids)), make([]int64, len(ids))
	for i, id := range ids {
		xids[i], numbers[i] = id.AuditKey()
	}
	b := auditFrom(changeColumns+", "+sequenceOf, scope).add(" AND (t.xid, t.id) IN (SELECT * FROM unnest(?::bigint[], ?::bigint[]))", xids, numbers)
	rows, err := collect[auditEntryRow](ctx, r.q, scope, b)
	out := map[model.ID]*model.AuditEntry{}
	for _, row := range rows {
		e := row.entry()
		out[e.ID] = e
	}
	return out, err
}
