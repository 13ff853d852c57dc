package store

import (
	"context"
	"reflect"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type creditRow struct {
	TenantID      uuid.UUID  `bun:"tenant_id"`
	ID            int64      `bun:"id"`
	TransactionID int64      `bun:"transaction_id"`
	PositionID    uuid.UUID  `bun:"position_id"`
	PayeeID       *uuid.UUID `bun:"payee_id"`
	AssignmentID  *uuid.UUID `bun:"assignment_id"`
	CreditTypeID  uuid.UUID  `bun:"credit_type_id"`
	RuleID        *uuid.UUID `bun:"rule_id"`
	ViaID         *uuid.UUID `bun:"via_id"`
	Date          date       `bun:"date"`
	FXDate        date       `bun:"fx_date"`
	Level         int        `bun:"level"`
	Kind          string     `bun:"kind"`
	Currency      string     `bun:"currency"`
	Share         number     `bun:"share"`
	Amount        number     `bun:"amount"`
	Quantity      *number    `bun:"quantity"`
	Margin        *number    `bun:"margin"`
	TxFrom        int64      `bun:"tx_from"`
}

var creditColumns = strings.Replace(strings.Join(columns(reflect.TypeFor[creditRow](), "t"), ", "), "t.kind", "t.kind::text", 1)

// creditKinds maps the letter of the column to the kind.
var creditKinds = map[byte]model.CreditKind{
	'D': model.CreditDirect, 'R': model.CreditRollup, 'O': model.CreditOverlay, 'M': model.CreditManual,
}

func (tx *Tx) creditRow(c *model.Credit, id int64) *creditRow {
	return &creditRow{
		TenantID: tx.Tenant, ID: id, TransactionID: c.TransactionID.Int(), PositionID: c.PositionID.UUID(), PayeeID: uuidPtr(c.PayeeID),
		AssignmentID: uuidPtr(c.AssignmentID), CreditTypeID: c.CreditTypeID.UUID(), RuleID: uuidPtr(c.RuleID), ViaID: uuidPtr(c.ViaPositionID),
		Date: date(c.Date), FXDate: date(c.FXDate), Level: c.Level, Kind: string(c.Kind[:1]), Currency: string(c.Currency),
		Share: number(c.Share), Amount: number(c.Amount), Quantity: numberPtr(c.Quantity), Margin: numberPtr(c.Margin), TxFrom: tx.XID,
	}
}

func (r *creditRow) credit() *model.Credit {
	return &model.Credit{
		ID: model.IntID(model.KindCredit, r.ID), TransactionID: model.IntID(model.KindTransaction, r.TransactionID),
		CreditTypeID: model.UUIDs(model.KindCreditType, r.CreditTypeID), Kind: creditKinds[r.Kind[0]],
		PositionID: model.UUIDs(model.KindPosition, r.PositionID), PayeeID: idPtr(model.KindPayee, r.PayeeID),
		AssignmentID: idPtr(model.KindPositionAssignment, r.AssignmentID), RuleID: idPtr(model.KindCreditingRule, r.RuleID),
		Level: r.Level, Share: decimal.Decimal(r.Share), Date: model.Date(r.Date), FXDate: model.Date(r.FXDate),
		Amount: decimal.Decimal(r.Amount), Currency: model.CurrencyCode(r.Currency), Quantity: decimalPtr(r.Quantity), Margin: decimalPtr(r.Margin),
		ViaPositionID: idPtr(model.KindPosition, r.ViaID),
	}
}

func creditsFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM credit t WHERE").inForce("t", scope)
	reachCredits(b, "t", scope)
	return b
}

// reachCredits keeps the caller's own credits, and those of positions in its
// subtree, or those of transactions of its product line.
func reachCredits(b *builder, alias string, scope model.Scope) {
	switch {
	case scope.Reach.All:
	case scope.Reach.Line != nil:
		b.add(" AND EXISTS (SELECT FROM transaction x WHERE x.id = "+alias+".transaction_id AND").inForce("x", scope)
		b.ofLine("x", scope).add(")")
	case len(scope.Reach.Subtree) == 0:
		b.add(" AND "+alias+".payee_id = ?", scope.Reach.Payee)
	default:
		b.add(" AND ").notOf(scope, alias+".payee_id").add("("+alias+".payee_id = ? OR ", scope.Reach.Payee).belowOn(scope, alias).add(")")
	}
}

// ofLine appends a condition that the transaction's product was of the caller's
// product line on the transaction's date.
func (b *builder) ofLine(alias string, scope model.Scope) *builder {
	line := scope.Reach.Line
	texts, from, to := make([]string, len(line)), make([]date, len(line)), make([]date, len(line))
	for i, s := range line {
		texts[i], from[i], to[i] = s.Spelling, date(s.Days.From), date(s.Days.To)
	}
	return b.add(" AND EXISTS (SELECT FROM unnest(?::text[], ?::date[], ?::date[]) v(product, from_date, to_date) WHERE v.product = "+alias+".product"+
		" AND v.from_date <= "+alias+".event_date AND "+alias+".event_date < v.to_date)", texts, from, to)
}

// belowOn appends a condition, without a leading AND, that the row's position
// was in the caller's subtree on the last day of the shortest fiscal period
// with the row's date if that is closed, otherwise today. Whether it is closed
// is read as it is now, so that looking back does not widen what one sees.
func (b *builder) belowOn(scope model.Scope, alias string) *builder {
	b.add("("+alias+".position_id = ANY(?) AND EXISTS (SELECT FROM "+spans("v"), append([]any{reachPositions(scope.Reach)}, spanArgs(scope.Reach)...)...)
	b.add(" CROSS JOIN (SELECT coalesce((SELECT CASE WHEN p.status IN ('CLOSED', 'PAID') THEN p.to_date - 1 END FROM period p"+
		" WHERE p.tenant_id = ? AND p.tx_to = ? AND p.from_date <= "+alias+".date AND "+alias+".date < p.to_date"+
		" ORDER BY p.to_date - p.from_date, p.from_date, p.id LIMIT 1), ?::date) AS day) d",
		scope.Tenant, forever, date(scope.Reach.Today))
	return b.add(" WHERE v.position = " + alias + ".position_id AND v.from_date <= d.day AND d.day < v.to_date))")
}

func (r reads) credits(ctx context.Context, scope model.Scope, b *builder) ([]*model.Credit, error) {
	rows, err := collect[creditRow](ctx, r.q, scope, b)
	out := make([]*model.Credit, len(rows))
	for i, row := range rows {
		out[i] = row.credit()
	}
	return out, err
}

// CreditsByID reads credits by id.
func (r reads) CreditsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Credit, error) {
	keys := ints(model.KindCredit, ids)
	if len(keys) == 0 {
		return nil, nil
	}
	found, err := r.credits(ctx, scope, creditsFrom(creditColumns, scope).add(" AND t.id = ANY(?)", keys))
	out := make(map[model.ID]*model.Credit, len(found))
	for _, c := range found {
		out[c.ID] = c
	}
	return out, err
}

// CreditsOfTransactions reads the credits in force of transactions.
func (r reads) CreditsOfTransactions(ctx context.Context, scope model.Scope, transactions []int64) ([]*model.Credit, error) {
	if len(transactions) == 0 {
		return nil, nil
	}
	return r.credits(ctx, scope, creditsFrom(creditColumns, scope).add(" AND t.transaction_id = ANY(?)", transactions))
}

// CreditPage reads a page of credits, by date.
func (r reads) CreditPage(ctx context.Context, scope model.Scope, where *model.CreditWhere, args model.PageArgs) (*model.Connection[model.Credit], error) {
	return page(ctx, r, scope, list[creditRow, model.Credit]{
		listing: creditList, columns: creditColumns, where: where, model: (*creditRow).credit,
		order: []orderKey{{expr: "t.date", cast: "date"}, {expr: "t.id", cast: "bigint"}},
	}, args)
}

// SaveCredits writes new credits and closes others.
func (tx *Tx) SaveCredits(ctx context.Context, added []*model.Credit, closed []int64) error {
	if len(added) == 0 && len(closed) == 0 {
		return nil
	}
	keys, err := tx.newKeys(ctx, len(added))
	if err != nil {
		return err
	}
	rows := make([]*creditRow, len(added))
	for i, c := range added {
		rows[i] = tx.creditRow(c, keys[i])
	}
	if err := tx.recordRange(ctx, model.KindCredit, keys, closed); err != nil {
		return err
	}
	if len(closed) > 0 {
		if err := tx.later(ctx, "UPDATE credit SET tx_to = $1 WHERE tenant_id = $2 AND id = ANY($3) AND tx_to = $4", tx.XID, tx.Tenant, closed, forever); err != nil {
			return err
		}
	}
	return insertAll(ctx, tx, "credit", rows)
}

// recordRange notes one change for facts that were added and closed together:
// APPEND with the range of the new ones, DELETE with that of the closed where
// there is no new one.
func (tx *Tx) recordRange(ctx context.Context, kind model.Kind, added, closed []int64) error {
	change, span := "APPEND", added
	if len(span) == 0 {
		change, span = "DELETE", closed
	}
	low, high := span[0], span[0]
	for _, k := range span {
		low, high = min(low, k), max(high, k)
	}
	last := model.IntID(kind, high)
	return tx.record(ctx, changeRow{Kind: change, Object: model.IntID(kind, low), Last: &last})
}
