package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

// standingRow is an earning with how many the payee has in the period, seen or
// not.
type standingRow struct {
	publishedEarning
	All int
}

// Standings reads how payees stand in payout periods, by ids of a payee and a
// period: one statement, however many.
func (r reads) Standings(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Standing, error) {
	all := "0"
	if !scope.Reach.All {
		all = "(SELECT count(*) FROM result o WHERE o.tenant_id = v.tenant_id AND o.run_id = v.run_id AND o.payee_id = v.payee_id AND o.period_id = v.period_id)"
	}
	payees, periods := make([]uuid.UUID, len(ids)), make([]uuid.UUID, len(ids))
	for i, id := range ids {
		payees[i], periods[i] = id.UUIDAt(0), id.UUIDAt(1)
	}
	b := (&builder{}).add("SELECT "+earningColumns+", "+all+" FROM unnest(?::uuid[], ?::uuid[]) w(payee, period)", payees, periods)
	b.add(" CROSS JOIN LATERAL (SELECT v.tenant_id, v.run_id, v.payee_id, v.period_id FROM published v WHERE").inForce("v", scope)
	b.add(" AND v.payee_id = w.payee AND v.period_id = w.period OFFSET 0) v JOIN result t ON t.tenant_id = v.tenant_id AND t.run_id = v.run_id" +
		" AND t.payee_id = v.payee_id AND t.period_id = v.period_id JOIN calculation_run g ON g.tenant_id = t.tenant_id AND g.id = t.run_id WHERE TRUE")
	if !scope.Reach.All {
		payRows(b, scope)
	}
	b.add(" ORDER BY t.payee_id, t.position_id, t.component_key, t.component_id")
	rows, err := collect[standingRow](ctx, r.q, scope, b)
	out := make(map[model.ID]*model.Standing, len(ids))
	counts := map[*model.Standing]int{}
	for _, row := range rows {
		id := model.UUIDs(model.KindStatement, row.PayeeID, row.PeriodID)
		s := out[id]
		if s == nil {
			s = &model.Standing{PayeeID: model.UUIDs(model.KindPayee, row.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, row.PeriodID)}
			out[id], counts[s] = s, row.All
		}
		s.Earnings = append(s.Earnings, row.earning())
	}
	for _, s := range out {
		s.Complete = scope.Reach.All || counts[s] == len(s.Earnings)
	}
	return out, err
}

// linesOf are what each line of a result cites, from its trace where the result
// is older than the column: of the lines that have no fact the order matters.
const linesOf = `coalesce(t.line_credit, (SELECT array_agg(CASE n.kind WHEN 5 THEN n.credit ELSE 0 END ORDER BY n.at)
	FROM unnest(t.trace_kind, t.trace_parent, t.trace_credit) WITH ORDINALITY n(kind, parent, credit, at)
	WHERE n.kind IN (5, 7) OR n.parent = 0 AND n.kind IN (12, 13, 14, 15, 17, 20, 21)))`

type commissionRow struct {
	CreditID    int64
	PositionID  uuid.UUID
	ComponentID uuid.UUID
	PeriodEnd   date
	Currency    string
	Seen        bool
	Amount      *decimal.Decimal // nil where not seen
}

// CommissionsByID reads what credits earn their payees: the rounded lines of the
// published earnings that cite them. Of a window that several payout periods
// show, the newest period that lists the credit says it all. There is none of a
// credit that no line cites, of which the caller may not see every line, or whose
// lines are in several currencies.
func (r reads) CommissionsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Money, error) {
	keys := ints(model.KindCredit, ids)
	if len(keys) == 0 {
		return nil, nil
	}
	rows, err := collect[commissionRow](ctx, r.q, scope, commissions(scope, keys))
	if err != nil {
		return nil, err
	}
	type source struct {
		credit              int64
		position, component uuid.UUID
	}
	newest := map[source]*commissionRow{}
	for _, row := range rows {
		of := source{row.CreditID, row.PositionID, row.ComponentID}
		if shown := newest[of]; shown == nil || shown.PeriodEnd < row.PeriodEnd {
			newest[of] = row
		}
	}
	out, refused := make(map[model.ID]*model.Money, len(ids)), map[model.ID]bool{}
	for of, row := range newest {
		id := model.IntID(model.KindCredit, of.credit)
		sum := out[id]
		switch {
		case !row.Seen || row.Amount == nil || sum != nil && sum.Currency != model.CurrencyCode(row.Currency):
			refused[id] = true
		case sum == nil:
			out[id] = &model.Money{Amount: *row.Amount, Currency: model.CurrencyCode(row.Currency)}
		default:
			sum.Amount = sum.Amount.Add(*row.Amount)
		}
	}
	for id := range refused {
		delete(out, id)
	}
	return out, nil
}

// commissions selects the lines that cite credits, summed up by result: of the
// periods that the credit's day lies in, and of the others of its payee whose
// lines go back before their period.
func commissions(scope model.Scope, keys []int64) *builder {
	b := (&builder{}).add("WITH c AS MATERIALIZED (SELECT c.id, c.payee_id, c.date FROM credit c WHERE").inForce("c", scope)
	b.add(" AND c.id = ANY(?)), w AS (SELECT c.id, v.run_id, v.payee_id, v.period_id, p.to_date FROM c JOIN period p ON", keys).inForce("p", scope)
	b.add(" AND p.from_date <= c.date AND c.date < p.to_date JOIN published v ON").inForce("v", scope)
	b.add(" AND v.payee_id = c.payee_id AND v.period_id = p.id UNION SELECT c.id, v.run_id, v.payee_id, v.period_id, p.to_date" +
		" FROM (SELECT DISTINCT payee_id FROM c) d CROSS JOIN LATERAL (SELECT v.run_id, v.payee_id, v.period_id FROM published v WHERE")
	b.inForce("v", scope).add(" AND v.payee_id = d.payee_id AND v.goes_back OFFSET 0) v JOIN period p ON").inForce("p", scope) // first by the payee
	b.add(" AND p.id = v.period_id JOIN c ON c.payee_id = v.payee_id AND c.date < p.to_date) SELECT w.id, t.position_id, t.component_id, w.to_date, t.currency, ")
	seen := func() *builder {
		if scope.Reach.All {
			return b.add("true")
		}
		paySeen(b, scope)
		return b
	}
	seen().add(", CASE WHEN ")
	seen().add(" THEN a.amount END FROM w JOIN result t ON t.tenant_id = ? AND t.run_id = w.run_id AND t.payee_id = w.payee_id AND t.period_id = w.period_id", scope.Tenant)
	return b.add(` CROSS JOIN LATERAL (SELECT ` + linesOf + ` AS lines OFFSET 0) l CROSS JOIN LATERAL (SELECT array_position(l.lines, w.id) AS at OFFSET 0) f
		CROSS JOIN LATERAL (SELECT CASE WHEN array_position(l.lines, w.id, f.at + 1) IS NULL THEN t.trace_paid[f.at]
			ELSE (SELECT sum(t.trace_paid[i]) FROM unnest(array_positions(l.lines, w.id)) i) END AS amount) a
		WHERE f.at IS NOT NULL`)
}
