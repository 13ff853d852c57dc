package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
)

type periodStepRow struct {
	head
	PeriodID   uuid.UUID  `bun:"period_id"`
	Kind       string     `bun:"kind"`
	Reason     string     `bun:"reason"`
	AuthorID   uuid.UUID  `bun:"author_id"`
	AuthorFor  *uuid.UUID `bun:"author_for"`
	ApproverID *uuid.UUID `bun:"approver_id"`
	Done       bool       `bun:"done"`
	Horizon    int64      `bun:"horizon"`
	CreatedAt  time.Time  `bun:"created_at"`
}

var periodSteps = &table[periodStepRow, model.PeriodStep, *periodStepRow]{
	name: "period_step", kind: model.KindPeriodStep,
	order: []orderKey{{expr: "t.created_at", cast: "timestamptz"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *periodStepRow) *model.PeriodStep {
		return &model.PeriodStep{
			ID: model.UUIDs(model.KindPeriodStep, r.ID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID), Kind: model.PeriodStepKind(r.Kind), Reason: r.Reason,
			AuthorID: model.UUIDs(model.KindUser, r.AuthorID), AuthorFor: idPtr(model.KindUser, r.AuthorFor), ApproverID: idPtr(model.KindUser, r.ApproverID), Done: r.Done, Horizon: r.Horizon, CreatedAt: r.CreatedAt, Version: r.Version,
		}
	},
	row: func(m *model.PeriodStep) (*periodStepRow, model.ID, int) {
		return &periodStepRow{
			PeriodID: m.PeriodID.UUID(), Kind: string(m.Kind), Reason: m.Reason, AuthorID: m.AuthorID.UUID(), AuthorFor: uuidPtr(m.AuthorFor), ApproverID: uuidPtr(m.ApproverID), Done: m.Done,
			Horizon: m.Horizon, CreatedAt: m.CreatedAt,
		}, m.ID, m.Version
	},
}

// PeriodStepsByID reads approvals and reopenings by id.
func (r reads) PeriodStepsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.PeriodStep, error) {
	return periodSteps.byIDs(ctx, r, scope, ids)
}

// PeriodStepsOf reads the approvals and reopenings of the periods, by when they
// were made.
func (r reads) PeriodStepsOf(ctx context.Context, scope model.Scope, periods []model.ID) ([]*model.PeriodStep, error) {
	b := periodSteps.from(periodSteps.columns(), scope).add(" AND t.period_id = ANY(?) ORDER BY "+orderBy(periodSteps.order, false), uuids(periods))
	return periodSteps.models(ctx, r, scope, b)
}

// SavePeriodStep writes the step's next version and gives its number.
func (tx *Tx) SavePeriodStep(ctx context.Context, m *model.PeriodStep) (int, error) {
	return periodSteps.save(ctx, tx, m)
}

// RemovePeriodStep ends the step.
func (tx *Tx) RemovePeriodStep(ctx context.Context, id model.ID, version int) error {
	return periodSteps.remove(ctx, tx, id, version)
}

type answerRow struct {
	head
	PayeeID   uuid.UUID `bun:"payee_id"`
	PeriodID  uuid.UUID `bun:"period_id"`
	RunID     uuid.UUID `bun:"run_id"`
	Answer    string    `bun:"answer"`
	Reason    string    `bun:"reason"`
	AuthorID  uuid.UUID `bun:"author_id"`
	CreatedAt time.Time `bun:"created_at"`
}

var answers = &table[answerRow, model.StatementAnswer, *answerRow]{
	name: "statement_answer", kind: model.KindStatementAnswer,
	order: []orderKey{{expr: "t.created_at", cast: "timestamptz"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *answerRow) *model.StatementAnswer {
		return &model.StatementAnswer{
			ID: model.UUIDs(model.KindStatementAnswer, r.ID), PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
			RunID: model.UUIDs(model.KindCalculationRun, r.RunID), Answer: model.AnswerKind(r.Answer), Reason: r.Reason, AuthorID: model.UUIDs(model.KindUser, r.AuthorID),
			CreatedAt: r.CreatedAt, Version: r.Version,
		}
	},
	row: func(m *model.StatementAnswer) (*answerRow, model.ID, int) {
		return &answerRow{
			PayeeID: m.PayeeID.UUID(), PeriodID: m.PeriodID.UUID(), RunID: m.RunID.UUID(), Answer: string(m.Answer), Reason: m.Reason, AuthorID: m.AuthorID.UUID(), CreatedAt: m.CreatedAt,
		}, m.ID, m.Version
	},
	reach: ofPayees,
}

// AnswersTo reads what payees have answered to statements of pay periods.
func (r reads) AnswersTo(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]*model.StatementAnswer, error) {
	return answers.models(ctx, r, scope, answers.from(answers.columns(), scope).add(" AND t.payee_id = ANY(?) AND t.period_id = ANY(?) ORDER BY t.id", uuids(payees), uuids(periods)))
}

// SaveAnswer writes the answer's next version and gives its number.
func (tx *Tx) SaveAnswer(ctx context.Context, m *model.StatementAnswer) (int, error) {
	return answers.save(ctx, tx, m)
}

// Unfit counts what speaks against closing a pay period.
type Unfit struct {
	Waiting     int // changes of days up to its end that are not calculated yet, and runs under way
	Problems    int // of results, and ledgers that are withheld for another one: of a draw, a guarantee or a closed period
	Provisional int
	Exceptions  int
	Pending     int   // adjustments
	Contested   int   // of the ledgers as they are
	Changed     int64 // how often ledgers of the period were struck
}

// UnfitFor counts what speaks against closing a pay period with these payout
// periods.
func (r reads) UnfitFor(ctx context.Context, scope model.Scope, period model.ID, days model.Interval, payouts []model.ID) (out Unfit, err error) {
	const sql = `SELECT
		(SELECT count(*) FROM dirty WHERE tenant_id = $1 AND from_date < $3) + (SELECT count(*) FROM recredit WHERE tenant_id = $1)
			+ (SELECT count(*) FROM calculation_run WHERE tenant_id = $1 AND status IN ('QUEUED', 'RUNNING')),
		(SELECT count(*) FROM published v JOIN problem q ON q.tenant_id = v.tenant_id AND q.run_id = v.run_id AND q.payee_id = v.payee_id AND q.period_id = v.period_id
			WHERE v.tenant_id = $1 AND v.tx_to = $6 AND v.period_id = ANY($4))
			+ (SELECT count(*) FROM struck s JOIN ledger l ON l.tenant_id = s.tenant_id AND l.run_id = s.run_id AND l.payee_id = s.payee_id AND l.period_id = s.period_id
				WHERE s.tenant_id = $1 AND s.tx_to = $6 AND s.period_id = $5 AND l.withheld AND NOT EXISTS (SELECT FROM published v
					JOIN problem q ON q.tenant_id = v.tenant_id AND q.run_id = v.run_id AND q.payee_id = v.payee_id AND q.period_id = v.period_id
					WHERE v.tenant_id = $1 AND v.tx_to = $6 AND v.period_id = ANY($4) AND v.payee_id = s.payee_id)),
		(SELECT count(*) FROM published v JOIN result q ON q.tenant_id = v.tenant_id AND q.run_id = v.run_id AND q.payee_id = v.payee_id AND q.period_id = v.period_id
			WHERE v.tenant_id = $1 AND v.tx_to = $6 AND v.period_id = ANY($4) AND q.provisional),
		(SELECT count(*) FROM crediting_exception e JOIN transaction t ON t.tenant_id = $1 AND t.id = e.transaction_id AND t.tx_to = $6
			WHERE e.tenant_id = $1 AND e.tx_to = $6 AND t.event_date >= $2 AND t.event_date < $3),
		(SELECT count(*) FROM pay_adjustment WHERE tenant_id = $1 AND tx_to = $6 AND period_id = $5 AND state = 'PENDING'),
		(SELECT count(*) FROM statement_answer a JOIN struck s ON s.tenant_id = $1 AND s.payee_id = a.payee_id AND s.period_id = a.period_id AND s.run_id = a.run_id AND s.tx_to = $6
			WHERE a.tenant_id = $1 AND a.tx_to = $6 AND a.period_id = $5 AND a.answer = 'CONTESTED'),
		(SELECT count(*) FROM struck WHERE tenant_id = $1 AND period_id = $5)`
	args := []any{scope.Tenant, date(days.From), date(days.To), uuids(payouts), period.UUID(), forever}
	err = r.q.query(ctx, scope, sql, args, func(rows pgx.Rows) error {
		return rows.Scan(&out.Waiting, &out.Problems, &out.Provisional, &out.Exceptions, &out.Pending, &out.Contested, &out.Changed)
	})
	return out, err
}

// PublishedTo lists the payees that have results in payout periods.
func (r reads) PublishedTo(ctx context.Context, scope model.Scope, periods []model.ID) (map[model.PayeePeriod]bool, error) {
	b := (&builder{}).add("SELECT t.payee_id, t.period_id FROM published t WHERE").inForce("t", scope).add(" AND t.period_id = ANY(?)", uuids(periods))
	out := map[model.PayeePeriod]bool{}
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee, period uuid.UUID
		err := rows.Scan(&payee, &period)
		out[model.PayeePeriod{Payee: model.UUIDs(model.KindPayee, payee), Period: model.UUIDs(model.KindPeriod, period)}] = true
		return err
	})
	return out, err
}

// Withheld lists the payees whose pay of a pay period waits until something can be
// calculated: what its payout periods earn or, as the ledger tells, what closed ones
// do.
func (r reads) Withheld(ctx context.Context, scope model.Scope, period model.ID, payouts []model.ID) ([]model.ID, error) {
	b := publishedFrom("problem", "t.payee_id", scope).add(" AND t.period_id = ANY(?)", uuids(payouts))
	b.add(` UNION SELECT s.payee_id FROM struck s JOIN ledger l ON l.tenant_id = s.tenant_id AND l.run_id = s.run_id AND l.payee_id = s.payee_id
		AND l.period_id = s.period_id AND l.withheld WHERE`).inForce("s", scope).add(" AND s.period_id = ?", period.UUID())
	var out []model.ID
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee uuid.UUID
		err := rows.Scan(&payee)
		out = append(out, model.UUIDs(model.KindPayee, payee))
		return err
	})
	return out, err
}

type paymentRow struct {
	TenantID uuid.UUID       `bun:"tenant_id"`
	ID       uuid.UUID       `bun:"id"`
	PayeeID  uuid.UUID       `bun:"payee_id"`
	PeriodID uuid.UUID       `bun:"period_id"`
	Currency string          `bun:"currency"`
	Amount   decimal.Decimal `bun:"amount"`
	RunID    uuid.UUID       `bun:"run_id"`
	PaidOn   date            `bun:"paid_on"`
	AuthorID uuid.UUID       `bun:"author_id"`
	PaidAt   time.Time       `bun:"paid_at"`
}

func (r *paymentRow) payment() *model.Payment {
	return &model.Payment{
		ID: model.UUIDs(model.KindPayment, r.ID), PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
		Amount: model.Money{Amount: r.Amount, Currency: model.CurrencyCode(r.Currency)}, RunID: model.UUIDs(model.KindCalculationRun, r.RunID), PaidOn: model.Date(r.PaidOn),
		AuthorID: model.UUIDs(model.KindUser, r.AuthorID), PaidAt: r.PaidAt,
	}
}

// AddPayments writes payments.
func (tx *Tx) AddPayments(ctx context.Context, period model.ID, all []*model.Payment) error {
	if err := tx.record(ctx, changeRow{Kind: "APPEND", Object: period}); err != nil {
		return err
	}
	var batch pgx.Batch
	for _, p := range all {
		batch.Queue(`INSERT INTO payment (tenant_id, id, payee_id, period_id, currency, amount, run_id, paid_on, author_id, paid_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			tx.Tenant, p.ID.UUID(), p.PayeeID.UUID(), p.PeriodID.UUID(), string(p.Amount.Currency), p.Amount.Amount.String(), p.RunID.UUID(), date(p.PaidOn), p.AuthorID.UUID(), p.PaidAt)
	}
	return tx.pgx.SendBatch(ctx, &batch).Close()
}

func paymentsFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT "+selected+" FROM payment t JOIN period p ON p.id = t.period_id AND").inForce("p", scope)
	b.add(" WHERE t.tenant_id = ? AND t.tx_from < ?", scope.Tenant, scope.Read.Horizon)
	if !scope.Reach.All {
		payeeRows(b, scope)
	}
	return b
}

var paymentColumns = columnList[paymentRow]()

// PaymentsOf reads what a payee was paid of pay periods.
func (r reads) PaymentsOf(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]*model.Payment, error) {
	rows, err := collect[paymentRow](ctx, r.q, scope, paymentsFrom(paymentColumns, scope).add(" AND t.payee_id = ANY(?) AND t.period_id = ANY(?) ORDER BY t.currency", uuids(payees), uuids(periods)))
	out := make([]*model.Payment, len(rows))
	for i, row := range rows {
		out[i] = row.payment()
	}
	return out, err
}

// PaymentPage reads a page of payments, by period and payee.
func (r reads) PaymentPage(ctx context.Context, scope model.Scope, where *model.PaymentWhere, args model.PageArgs) (*model.Connection[model.Payment], error) {
	return page(ctx, r, scope, list[paymentRow, model.Payment]{
		listing: paymentList, columns: paymentColumns, where: where, model: (*paymentRow).payment,
		order: []orderKey{{expr: "p.from_date", cast: "date"}, {expr: "t.payee_id", cast: "uuid"}, {expr: "t.currency", cast: "text"}, {expr: "t.id", cast: "uuid"}},
	}, args)
}

// PaymentsByID reads payments by id.
func (r reads) PaymentsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Payment, error) {
	rows, err := collect[paymentRow](ctx, r.q, scope, paymentsFrom(paymentColumns, scope).add(" AND t.id = ANY(?)", uuids(ids)))
	out := map[model.ID]*model.Payment{}
	for _, row := range rows {
		p := row.payment()
		out[p.ID] = p
	}
	return out, err
}

// PayeesOfSales lists who holds credits in force of sales.
func (r reads) PayeesOfSales(ctx context.Context, scope model.Scope, keys []model.TransactionKey) (map[model.TransactionKey][]model.ID, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	b := (&builder{}).add("SELECT DISTINCT t.source, t.external_id, c.payee_id FROM "+keyed, keyArgs(keys)...)
	b.add(" JOIN credit c ON c.transaction_id = t.id AND").inForce("c", scope).add(" WHERE").inForce("t", scope).add(" AND c.payee_id IS NOT NULL")
	out := map[model.TransactionKey][]model.ID{}
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var key model.TransactionKey
		var payee uuid.UUID
		err := rows.Scan(&key.Source, &key.ExternalID, &payee)
		out[key] = append(out[key], model.UUIDs(model.KindPayee, payee))
		return err
	})
	return out, err
}
