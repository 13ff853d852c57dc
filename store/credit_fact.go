package store

import (
	"context"
	"reflect"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
)

type factRow struct {
	ID           int64
	Transaction  int64
	Position     uuid.UUID
	Payee        *uuid.UUID
	Assignment   *uuid.UUID
	CreditType   uuid.UUID
	Rule         *uuid.UUID
	Via          *uuid.UUID
	Date         date
	FXDate       date
	Level        int16
	Kind         byte
	Currency     string
	Share        number
	Amount       number
	Quantity     *number
	Margin       *number
	RuleKey      *string
	Reversal     bool
	Source       string
	ExternalID   string
	OrderID      string
	Line         string
	TxnKind      string
	EventDate    date
	BookedDate   *date
	InvoicedDate *date
	PaidDate     *date
	GoLiveDate   *date
	TxnAmount    number
	TxnCurrency  string
	TxnQuantity  *number
	TxnMargin    *number
	Product      string
	Account      string
	Attributes   document[[]model.Attribute]
	Sequence     int64
	RelatesType  *string
	RelatesTo    *string
}

// What a fact is read from, before and after its order.
const factsBefore = `c.id, c.transaction_id, c.position_id, c.payee_id, c.assignment_id, c.credit_type_id, c.rule_id, c.via_id, c.date, c.fx_date,
	c.level, c.kind, c.currency, c.share, c.amount, c.quantity, c.margin,
	u.key, coalesce(k.role = 'REVERSAL', false),
	t.source, t.external_id, `

const factsAfter = `, t.line, t.kind, t.event_date, t.booked_date, t.invoiced_date, t.paid_date, t.go_live_date,
	t.amount, t.currency, t.quantity, t.margin, t.product, t.account, coalesce(t.attributes, '[]'), t.sequence, t.relates_type, t.relates_to`

// CreditFacts reads the credits in force of payees on days, with what a
// calculation reads of their transactions, grouped by payee. Credits of one
// transaction share it. A return that names no order is of its sale's.
func (r reads) CreditFacts(ctx context.Context, scope model.Scope, payees []model.ID, days model.Interval) (map[model.ID][]model.CreditFact, error) {
	b := (&builder{}).add("SELECT "+factsBefore+
		"CASE WHEN t.order_id <> '' OR t.relates_to IS NULL OR k.role IS DISTINCT FROM 'REVERSAL' THEN t.order_id"+
		" ELSE coalesce((SELECT o.order_id FROM transaction o WHERE o.source = t.source AND o.external_id = t.relates_to AND").inForce("o", scope)
	b.add("), '') END"+factsAfter+" FROM credit c JOIN transaction t ON t.tenant_id = c.tenant_id AND t.id = c.transaction_id AND").inForce("t", scope)
	b.add(` LEFT JOIN (SELECT DISTINCT ON (id) id, key FROM crediting_rule WHERE tenant_id = ? ORDER BY id, version) u ON u.id = c.rule_id
		LEFT JOIN (SELECT DISTINCT ON (key) key, role FROM transaction_kind WHERE tenant_id = ? ORDER BY key, version) k ON k.key = t.kind`,
		scope.Tenant, scope.Tenant)
	b.add(" WHERE").inForce("c", scope)
	b.add(" AND c.payee_id = ANY(?) AND c.date >= ? AND c.date < ?", uuids(payees), date(days.From), date(days.To))
	return r.creditFacts(ctx, scope, b)
}

// CreditFactsByID reads credits, in force or not, with the newest revisions of
// their transactions, grouped by payee.
func (r reads) CreditFactsByID(ctx context.Context, scope model.Scope, ids []int64) (map[model.ID][]model.CreditFact, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	b := (&builder{}).add("SELECT "+factsBefore+"t.order_id"+factsAfter+` FROM credit c
		JOIN LATERAL (SELECT * FROM transaction n WHERE n.tenant_id = c.tenant_id AND n.id = c.transaction_id ORDER BY n.tx_to DESC, n.revision DESC LIMIT 1) t ON true
		LEFT JOIN (SELECT DISTINCT ON (id) id, key FROM crediting_rule WHERE tenant_id = ? ORDER BY id, version) u ON u.id = c.rule_id
		LEFT JOIN (SELECT DISTINCT ON (key) key, role FROM transaction_kind WHERE tenant_id = ? ORDER BY key, version) k ON k.key = t.kind
		WHERE c.tenant_id = ? AND c.payee_id IS NOT NULL AND c.id = ANY(?)`, scope.Tenant, scope.Tenant, scope.Tenant, ids)
	return r.creditFacts(ctx, scope, b)
}

func (r reads) creditFacts(ctx context.Context, scope model.Scope, b *builder) (map[model.ID][]model.CreditFact, error) {
	out := map[model.ID][]model.CreditFact{}
	shared, same := map[int64]*model.Transaction{}, sharedIDs{}
	var row factRow
	targets := pointers(reflect.ValueOf(&row).Elem(), nil)
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		row = factRow{}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if shared[row.Transaction] == nil {
			shared[row.Transaction] = row.transaction()
		}
		payee := *same.id(model.KindPayee, row.Payee)
		fact := model.CreditFact{Credit: row.credit(same), Transaction: shared[row.Transaction], Reversal: row.Reversal}
		if row.RuleKey != nil {
			fact.Rule = *row.RuleKey
		}
		out[payee] = append(out[payee], fact)
		return nil
	})
	return out, err
}

// FactsTouched lists the payees of whom the transactions in [since, the scope's
// horizon) may have changed a fact on the days: a credit written or ended, or another
// revision of its transaction or, of a return, of its sale.
func (r reads) FactsTouched(ctx context.Context, scope model.Scope, since int64, days model.Interval) ([]model.ID, error) {
	b := (&builder{}).add(`WITH revised AS MATERIALIZED (SELECT t.id, t.source, t.external_id FROM transaction t WHERE t.tenant_id = ? AND t.tx_from >= ? AND t.tx_from < ?)
		SELECT DISTINCT c.payee_id FROM (
			SELECT c.payee_id, c.date FROM credit c WHERE c.tenant_id = ? AND c.tx_from >= ? AND c.tx_from < ?`,
		scope.Tenant, since, scope.Read.Horizon, scope.Tenant, since, scope.Read.Horizon)
	b.add(" UNION ALL SELECT c.payee_id, c.date FROM credit c WHERE c.tenant_id = ? AND c.tx_to >= ? AND c.tx_to < ? AND c.tx_to < "+inForceNow, scope.Tenant, since, scope.Read.Horizon)
	b.add(" UNION ALL SELECT c.payee_id, c.date FROM revised v JOIN credit c ON c.tenant_id = ? AND c.transaction_id = v.id", scope.Tenant)
	b.add(" UNION ALL SELECT c.payee_id, c.date FROM revised v JOIN transaction k ON k.tenant_id = ? AND k.source = v.source AND k.relates_to = v.external_id"+
		" JOIN credit c ON c.tenant_id = ? AND c.transaction_id = k.id", scope.Tenant, scope.Tenant)
	b.add(") c WHERE c.payee_id IS NOT NULL AND c.date >= ? AND c.date < ?", date(days.From), date(days.To))
	var out []model.ID
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee uuid.UUID
		err := rows.Scan(&payee)
		out = append(out, model.UUIDs(model.KindPayee, payee))
		return err
	})
	return out, err
}

// Return is a day on which a payee is credited with the return of a sale of
// another day.
type Return struct {
	Payee model.ID
	Date  model.Date
}

// Sold is whose returns are asked for, of all payees where none is named: those of
// sales of some days on other days, and those on or after the first day of windows
// whose sales were made before the windows' end.
type Sold struct {
	Payee         *model.ID
	Days, Windows model.Interval
}

// Returns reads on which days there are such returns: one statement for all that name
// a payee, and one for each that does not.
func (r reads) Returns(ctx context.Context, scope model.Scope, of []Sold) ([]Return, error) {
	var payees []uuid.UUID
	var from, to, since, before []date
	var out []Return
	read := func(b *builder) error {
		return r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
			var payee uuid.UUID
			var day date
			if err := rows.Scan(&payee, &day); err != nil {
				return err
			}
			out = append(out, Return{model.UUIDs(model.KindPayee, payee), model.Date(day)})
			return nil
		})
	}
	for _, sold := range of {
		windows := sold.Windows
		if windows.Empty() {
			windows = model.Interval{From: model.MaxDate, To: model.MinDate} // nothing is before it
		}
		if sold.Payee != nil {
			payees = append(payees, sold.Payee.UUID())
			from, to = append(from, date(sold.Days.From)), append(to, date(sold.Days.To))
			since, before = append(since, date(windows.From)), append(before, date(windows.To))
			continue
		}
		b := (&builder{}).add("SELECT DISTINCT c.payee_id, c.date FROM credit c WHERE").inForce("c", scope)
		b.add(" AND c.payee_id IS NOT NULL AND c.fx_date <> c.date AND (c.fx_date >= ? AND c.fx_date < ? OR c.fx_date < ? AND c.date >= ?)",
			date(sold.Days.From), date(sold.Days.To), date(windows.To), date(windows.From))
		if err := read(b.add(" AND (c.date < ? OR c.date >= ?)", date(sold.Days.From), date(sold.Days.To))); err != nil {
			return nil, err
		}
	}
	if payees == nil {
		return out, nil
	}
	b := (&builder{}).add("SELECT DISTINCT m.payee, c.date FROM unnest(?::uuid[], ?::date[], ?::date[], ?::date[], ?::date[]) m(payee, sold_from, sold_to, since, before)", payees, from, to, since, before)
	b.add(" CROSS JOIN LATERAL (SELECT c.date FROM credit c WHERE").inForce("c", scope)
	b.add(" AND c.payee_id = m.payee AND c.payee_id IS NOT NULL AND c.fx_date <> c.date" +
		" AND (c.fx_date >= m.sold_from AND c.fx_date < m.sold_to OR c.fx_date < m.before AND c.date >= m.since)" +
		" AND (c.date < m.sold_from OR c.date >= m.sold_to) OFFSET 0) c")
	return out, read(b)
}

// sharedIDs holds each id once, however many rows say it.
type sharedIDs map[uuid.UUID]*model.ID

func (s sharedIDs) id(kind model.Kind, key *uuid.UUID) *model.ID {
	if key == nil {
		return nil
	}
	known := s[*key]
	if known == nil || known.Kind != kind {
		id := model.UUIDs(kind, *key)
		known, s[*key] = &id, &id
	}
	return known
}

func (r *factRow) credit(same sharedIDs) model.Credit {
	return model.Credit{
		ID: model.IntID(model.KindCredit, r.ID), TransactionID: model.IntID(model.KindTransaction, r.Transaction),
		CreditTypeID: *same.id(model.KindCreditType, &r.CreditType), Kind: creditKinds[r.Kind],
		PositionID: *same.id(model.KindPosition, &r.Position), PayeeID: same.id(model.KindPayee, r.Payee),
		AssignmentID: same.id(model.KindPositionAssignment, r.Assignment), RuleID: same.id(model.KindCreditingRule, r.Rule),
		Level: int(r.Level), Share: decimal.Decimal(r.Share), Date: model.Date(r.Date), Amount: decimal.Decimal(r.Amount), Currency: model.CurrencyCode(r.Currency),
		Quantity: decimalPtr(r.Quantity), Margin: decimalPtr(r.Margin), FXDate: model.Date(r.FXDate), ViaPositionID: same.id(model.KindPosition, r.Via),
	}
}

func (r *factRow) transaction() *model.Transaction {
	out := &model.Transaction{
		ID: model.IntID(model.KindTransaction, r.Transaction), Source: r.Source, ExternalID: r.ExternalID, OrderID: r.OrderID,
		Line: r.Line, Kind: r.TxnKind, EventDate: model.Date(r.EventDate), BookedDate: dates(r.BookedDate),
		InvoicedDate: dates(r.InvoicedDate), PaidDate: dates(r.PaidDate), GoLiveDate: dates(r.GoLiveDate),
		Amount: decimal.Decimal(r.TxnAmount), Currency: model.CurrencyCode(r.TxnCurrency), Quantity: decimalPtr(r.TxnQuantity), Margin: decimalPtr(r.TxnMargin),
		Product: r.Product, Account: r.Account, Attributes: r.Attributes.V, Sequence: r.Sequence,
	}
	if r.RelatesType != nil && r.RelatesTo != nil {
		out.RelatesTo = &model.TransactionLink{Type: model.LinkType(*r.RelatesType), ExternalID: *r.RelatesTo}
	}
	return out
}
