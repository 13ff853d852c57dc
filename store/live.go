package store

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
)

// SealsAfter reads the tenant's seals after a sequence, the oldest first.
func (r reads) SealsAfter(ctx context.Context, tenant uuid.UUID, sequence int64, limit int) ([]model.ReadPoint, error) {
	b := (&builder{}).add("SELECT sequence, horizon, at FROM seal WHERE tenant_id = ? AND sequence > ? ORDER BY sequence LIMIT ?", tenant, sequence, limit)
	return r.seals(ctx, tenant, b)
}

// SealOf reads the seal of a sequence; nil where there is none. Sequence 0 is
// the moment before the first.
func (r reads) SealOf(ctx context.Context, tenant uuid.UUID, sequence int64) (*model.ReadPoint, error) {
	if sequence == 0 {
		return &model.ReadPoint{}, nil
	}
	b := (&builder{}).add("SELECT sequence, horizon, at FROM seal WHERE tenant_id = ? AND sequence = ?", tenant, sequence)
	found, err := r.seals(ctx, tenant, b)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (r reads) seals(ctx context.Context, tenant uuid.UUID, b *builder) ([]model.ReadPoint, error) {
	var out []model.ReadPoint
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, b.sql(), b.args, func(rows pgx.Rows) error {
		var point model.ReadPoint
		err := rows.Scan(&point.Sequence, &point.Horizon, &point.At)
		out = append(out, point)
		return err
	})
	return out, err
}

// Touched is a row of the change stream that somebody who follows it asks about.
type Touched struct {
	XID     int64
	Object  model.ID
	Publish bool // readers see other results since
}

// followed are the kinds of object whose changes followers hear of: results
// and the runs that make them, and what decides who may see what.
var followed = []string{
	string(model.KindCalculationRun), string(model.KindUser), string(model.KindAPIKey), string(model.KindDelegation), string(model.KindIssuer), string(model.KindTenant), string(model.KindPayee),
	string(model.KindPosition), string(model.KindPositionAssignment), string(model.KindPeriod),
}

// TouchedBetween reads which followed objects the transactions in [from, to)
// changed, in the order of the transactions.
func (r reads) TouchedBetween(ctx context.Context, tenant uuid.UUID, from, to int64) ([]Touched, error) {
	const sql = `SELECT DISTINCT xid, object_kind, object_key, kind = 'PUBLISH' FROM change
		WHERE tenant_id = $1 AND xid >= $2 AND xid < $3 AND object_kind = ANY($4) ORDER BY xid`
	var out []Touched
	err := r.q.query(ctx, model.Scope{Tenant: tenant}, sql, []any{tenant, from, to, followed}, func(rows pgx.Rows) error {
		var t Touched
		var kind string
		var key []byte
		err := rows.Scan(&t.XID, &kind, &key, &t.Publish)
		t.Object = model.ID{Kind: model.Kind(kind), Key: string(key)}
		out = append(out, t)
		return err
	})
	return out, err
}

type earningChangeRow struct {
	publishedEarning
	Gone     bool
	Before   *decimal.Decimal
	Currency *string
	LastDay  date
	Closed   bool
}

// seen are the columns of a result that make it another one to whoever reads
// it or its explanation.
func seen(alias string) string {
	return "(" + alias + "." + strings.Join([]string{
		"plan_version_id", "component_key", "component_name", "earning_code", "currency", "amount", "measure", "quota", "attainment", "why", "provisional",
		"trace_format", "trace_kind", "trace_parent", "trace_term", "trace_amount", "trace_value", "trace_credit", "trace_paid",
		"term_label", "term_rate", "term_from", "term_to", "term_fx", "term_step",
	}, ", "+alias+".") + ")"
}

// EarningChanges reads the tenant's earnings that are not at the scope's read
// point what they were at the horizon since: the new, the changed, and those
// that are no more. It asks nothing of who may see them: Place says that.
func (r reads) EarningChanges(ctx context.Context, scope model.Scope, since int64) ([]*model.EarningChange, error) {
	const same = "o.payee_id = t.payee_id AND o.period_id = t.period_id AND o.position_id = t.position_id AND o.component_id = t.component_id"
	b := (&builder{}).add("WITH moved AS MATERIALIZED (SELECT v.payee_id, v.period_id, v.run_id FROM published v WHERE").inForce("v", scope)
	b.add(" AND v.tx_from >= ?), prior AS MATERIALIZED (SELECT v.payee_id, v.period_id, v.run_id FROM moved m JOIN published v"+
		" ON v.payee_id = m.payee_id AND v.period_id = m.period_id AND", since)
	before := scope
	before.Read.Horizon = since
	b.inForce("v", before)
	for _, side := range []struct{ name, of string }{{"after", "moved"}, {"before", "prior"}} {
		b.add("), "+side.name+" AS MATERIALIZED (SELECT t.* FROM "+side.of+" m JOIN result t ON t.tenant_id = ?"+
			" AND t.run_id = m.run_id AND t.payee_id = m.payee_id AND t.period_id = m.period_id", scope.Tenant)
	}
	b.add("), either AS (SELECT t.*, false AS gone, o.amount AS was, o.currency AS was_currency FROM after t LEFT JOIN before o ON " + same +
		" WHERE o.run_id IS NULL OR " + seen("t") + " IS DISTINCT FROM " + seen("o") +
		" UNION ALL SELECT o.*, true, o.amount, o.currency FROM before o LEFT JOIN after t ON " + same + " WHERE t.run_id IS NULL)" +
		" SELECT " + earningColumns + ", t.gone, t.was, t.was_currency, p.to_date - 1, p.status IN ('CLOSED', 'PAID') FROM either t" +
		" JOIN calculation_run g ON g.tenant_id = t.tenant_id AND g.id = t.run_id JOIN period p ON p.id = t.period_id AND")
	b.standing("p", scope).add(" ORDER BY " + orderBy(earningOrder, false))
	rows, err := collect[earningChangeRow](ctx, r.q, scope, b)
	out := make([]*model.EarningChange, len(rows))
	for i, row := range rows {
		out[i] = row.change()
	}
	return out, err
}

func (r *earningChangeRow) change() *model.EarningChange {
	now := r.earning()
	c := &model.EarningChange{ID: now.ID, Earning: now, Place: model.PayPlace{
		Payee: r.PayeeID, Position: r.PositionID, LastDay: model.Date(r.LastDay), Closed: r.Closed,
	}}
	if r.Gone {
		c.Earning = nil
	}
	if r.Before != nil {
		c.Previous = &model.Money{Amount: *r.Before, Currency: model.CurrencyCode(*r.Currency)}
	}
	return c
}
