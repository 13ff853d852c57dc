package store

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
)

// entryDetail is what of an entry stands in no column of its own.
type entryDetail struct {
	Text        string    `json:"text,omitempty"`
	Position    *model.ID `json:"position,omitempty"`
	Plan        *model.ID `json:"plan,omitempty"`
	Component   *model.ID `json:"component,omitempty"`
	Key         string    `json:"key,omitempty"`
	Origin      *model.ID `json:"origin,omitempty"`
	EarningCode string    `json:"code,omitempty"`
	Adjustment  *model.ID `json:"adjustment,omitempty"`
	Source      string    `json:"source,omitempty"`
	ExternalID  string    `json:"externalId,omitempty"`
}

// SaveBalances writes ledgers of a run, which nobody sees before Strike.
func (tx *Tx) SaveBalances(ctx context.Context, run model.ID, all []*model.Balance) error {
	if len(all) == 0 {
		return nil
	}
	if err := tx.record(ctx, changeRow{Kind: "APPEND", Object: run}); err != nil {
		return err
	}
	rows := make([]*ledgerRow, len(all))
	for i, b := range all {
		row := &ledgerRow{
			TenantID: tx.Tenant, RunID: run.UUID(), PayeeID: b.PayeeID.UUID(), PeriodID: b.PeriodID.UUID(), Withheld: b.Withheld, Fault: b.Fault,
			Movement: []string{}, From: []string{}, To: []string{}, Currency: []string{}, Amount: []number{}, PayCurrency: []string{}, PayAmount: []number{},
		}
		details := make([]entryDetail, len(b.Entries))
		for j := range b.Entries {
			e := &b.Entries[j]
			row.Movement, row.From, row.To = append(row.Movement, string(e.Movement)), append(row.From, string(e.From)), append(row.To, string(e.To))
			row.Currency, row.Amount = append(row.Currency, string(e.Amount.Currency)), append(row.Amount, number(e.Amount.Amount))
			details[j] = entryDetail{e.Text, e.PositionID, e.PlanID, e.ComponentID, e.Key, e.OriginID, e.EarningCode, e.AdjustmentID, e.Source, e.ExternalID}
		}
		for _, m := range b.PayableOf() {
			row.PayCurrency, row.PayAmount = append(row.PayCurrency, string(m.Currency)), append(row.PayAmount, number(m.Amount))
		}
		for _, document := range []struct {
			of   any
			into *json.RawMessage
		}{{details, &row.Detail}, {b.Before, &row.Before}, {b.After, &row.After}} {
			raw, err := json.Marshal(document.of)
			if err != nil {
				return err
			}
			*document.into = raw
		}
		rows[i] = row
	}
	return insertAll(ctx, tx, "ledger", rows)
}

// ledgerRow is a ledger as it is written.
type ledgerRow struct {
	TenantID    uuid.UUID       `bun:"tenant_id"`
	RunID       uuid.UUID       `bun:"run_id"`
	PayeeID     uuid.UUID       `bun:"payee_id"`
	PeriodID    uuid.UUID       `bun:"period_id"`
	Withheld    bool            `bun:"withheld"`
	Fault       string          `bun:"fault"`
	Movement    []string        `bun:"movement"`
	From        []string        `bun:"from_account"`
	To          []string        `bun:"to_account"`
	Currency    []string        `bun:"currency"`
	Amount      []number        `bun:"amount"`
	Detail      json.RawMessage `bun:"detail"`
	Before      json.RawMessage `bun:"before"`
	After       json.RawMessage `bun:"after"`
	PayCurrency []string        `bun:"pay_currency"`
	PayAmount   []number        `bun:"pay_amount"`
}

// Strike makes readers see the run's ledgers in place of what they saw before.
func (tx *Tx) Strike(ctx context.Context, run model.ID) error {
	err := tx.later(ctx, `UPDATE struck s SET tx_to = $3 FROM ledger l
		WHERE l.tenant_id = $1 AND l.run_id = $2 AND s.tenant_id = $1 AND s.payee_id = l.payee_id AND s.period_id = l.period_id AND s.tx_to = $4`,
		tx.Tenant, run.UUID(), tx.XID, forever)
	if err != nil {
		return err
	}
	err = tx.later(ctx, `INSERT INTO struck (tenant_id, payee_id, period_id, run_id, tx_from)
		SELECT tenant_id, payee_id, period_id, run_id, $3 FROM ledger WHERE tenant_id = $1 AND run_id = $2`, tx.Tenant, run.UUID(), tx.XID)
	return err
}

// Restate notes that the run says what closed periods would have earned.
func (tx *Tx) Restate(ctx context.Context, run model.ID, pairs []model.PayeePeriod) error {
	if len(pairs) == 0 {
		return nil
	}
	return tx.point(ctx, "restated", run, pairs, "", "")
}

// Unrestate forgets what restates the periods, because they are open again.
func (tx *Tx) Unrestate(ctx context.Context, periods []model.ID) error {
	return tx.later(ctx, "UPDATE restated SET tx_to = $3 WHERE tenant_id = $1 AND period_id = ANY($2) AND tx_to = $4", tx.Tenant, uuids(periods), tx.XID, forever)
}

type balanceRow struct {
	RunID      uuid.UUID               `bun:"run_id"`
	PayeeID    uuid.UUID               `bun:"payee_id"`
	PeriodID   uuid.UUID               `bun:"period_id"`
	Withheld   bool                    `bun:"withheld"`
	Fault      string                  `bun:"fault"`
	Movements  []string                `bun:"movement,array"`
	From       []string                `bun:"from_account,array"`
	To         []string                `bun:"to_account,array"`
	Currencies []string                `bun:"currency,array"`
	Amounts    []decimal.Decimal       `bun:"amount,array"`
	Detail     document[[]entryDetail] `bun:"detail"`
	Before     document[model.Brought] `bun:"before"`
	After      document[model.Brought] `bun:"after"`
}

func (r *balanceRow) balance() *model.Balance {
	b := &model.Balance{
		RunID: model.UUIDs(model.KindCalculationRun, r.RunID), PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
		Withheld: r.Withheld, Fault: r.Fault, Before: r.Before.V, After: r.After.V, Entries: make([]model.LedgerEntry, len(r.Movements)),
	}
	for i := range r.Movements {
		d := &r.Detail.V[i]
		b.Entries[i] = model.LedgerEntry{
			Movement: model.Movement(r.Movements[i]), From: model.LedgerAccount(r.From[i]), To: model.LedgerAccount(r.To[i]),
			Amount: model.Money{Amount: r.Amounts[i], Currency: model.CurrencyCode(r.Currencies[i])},
			Text:   d.Text, PositionID: d.Position, PlanID: d.Plan, ComponentID: d.Component, Key: d.Key, OriginID: d.Origin, EarningCode: d.EarningCode,
			AdjustmentID: d.Adjustment, Source: d.Source, ExternalID: d.ExternalID,
		}
	}
	return b
}

var balanceColumns = columnList[balanceRow]()

// struckFrom begins "SELECT ... FROM ledgers t as readers see them", with the
// period as p. Ledgers are rows of a payee: whoever may not see all of the payee's
// positions of the period sees none.
func struckFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT " + selected + " FROM struck v JOIN ledger t ON t.tenant_id = v.tenant_id AND t.run_id = v.run_id" +
		" AND t.payee_id = v.payee_id AND t.period_id = v.period_id JOIN period p ON p.id = t.period_id AND")
	b.inForce("p", scope).add(" WHERE").inForce("v", scope)
	if !scope.Reach.All {
		payeeRows(b, scope)
	}
	return b
}

// payeeRows keeps rows t of a payee and a period p: the caller's own, and those of
// payees all of whose positions of the period were in the caller's subtree on its
// last day, or are today while it is open.
func payeeRows(b *builder, scope model.Scope) {
	day := "(SELECT CASE WHEN n.status IN ('CLOSED', 'PAID') THEN n.to_date - 1 ELSE ?::date END FROM period n WHERE n.tenant_id = t.tenant_id AND n.id = t.period_id AND n.tx_to = " + inForceNow + ")"
	today := date(scope.Reach.Today)
	b.add(" AND ").notOf(scope, "t.payee_id")
	b.add("(t.payee_id = ? OR EXISTS (SELECT FROM position_assignment a WHERE a.payee_id = t.payee_id AND a.from_date < p.to_date AND a.to_date > p.from_date AND", scope.Reach.Payee)
	b.standing("a", scope)
	b.add(") AND NOT EXISTS (SELECT FROM position_assignment a CROSS JOIN LATERAL "+day+" d(day) WHERE a.payee_id = t.payee_id AND a.from_date < p.to_date AND a.to_date > p.from_date AND", today)
	b.standing("a", scope)
	b.add(" AND NOT EXISTS (SELECT FROM "+spans("s")+" WHERE s.position = a.position_id AND s.from_date <= d.day AND s.to_date > d.day)))", spanArgs(scope.Reach)...)
}

func (r reads) balances(ctx context.Context, scope model.Scope, b *builder) ([]*model.Balance, error) {
	rows, err := collect[balanceRow](ctx, r.q, scope, b)
	out := make([]*model.Balance, len(rows))
	for i, row := range rows {
		out[i] = row.balance()
	}
	return out, err
}

// Balances reads the ledgers of payees in pay periods, by payee and the end of
// the period.
func (r reads) Balances(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]*model.Balance, error) {
	b := struckFrom(balanceColumns, scope).add(" AND v.payee_id = ANY(?) AND v.period_id = ANY(?) ORDER BY t.payee_id, p.to_date", uuids(payees), uuids(periods))
	return r.balances(ctx, scope, b)
}

// BalancesOf reads all ledgers of a pay period, by payee.
func (r reads) BalancesOf(ctx context.Context, scope model.Scope, period model.ID) ([]*model.Balance, error) {
	return r.balances(ctx, scope, struckFrom(balanceColumns, scope).add(" AND v.period_id = ? ORDER BY t.payee_id", period.UUID()))
}

// BroughtOf is what the last closed ledger of a payee in a calendar hands on.
type BroughtOf struct {
	Payee, Calendar, Period model.ID
	After                   model.Brought
}

// BroughtBy reads what the last closed ledgers of payees hand on.
func (r reads) BroughtBy(ctx context.Context, scope model.Scope, payees []model.ID) ([]BroughtOf, error) {
	b := (&builder{}).add(`SELECT DISTINCT ON (t.payee_id, p.calendar_id) t.payee_id, p.calendar_id, t.period_id, t.after
		FROM struck v JOIN ledger t ON t.tenant_id = v.tenant_id AND t.run_id = v.run_id AND t.payee_id = v.payee_id AND t.period_id = v.period_id
		JOIN period p ON p.id = t.period_id AND`).inForce("p", scope).add(" WHERE").inForce("v", scope)
	b.add(" AND p.status IN ('CLOSED', 'PAID') AND v.payee_id = ANY(?) ORDER BY t.payee_id, p.calendar_id, p.to_date DESC", uuids(payees))
	var out []BroughtOf
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee, calendar, period uuid.UUID
		var after model.Brought
		err := rows.Scan(&payee, &calendar, &period, &after)
		out = append(out, BroughtOf{model.UUIDs(model.KindPayee, payee), model.UUIDs(model.KindFiscalCalendar, calendar), model.UUIDs(model.KindPeriod, period), after})
		return err
	})
	return out, err
}

// Bringing lists the payees whose last ledger of a calendar hands something on.
func (r reads) Bringing(ctx context.Context, scope model.Scope, calendar model.ID) ([]model.ID, error) {
	b := (&builder{}).add(`SELECT DISTINCT ON (t.payee_id) t.payee_id, t.after
		FROM struck v JOIN ledger t ON t.tenant_id = v.tenant_id AND t.run_id = v.run_id AND t.payee_id = v.payee_id AND t.period_id = v.period_id
		JOIN period p ON p.id = t.period_id AND p.calendar_id = ? AND`, calendar.UUID()).inForce("p", scope).add(" WHERE").inForce("v", scope)
	b.add(" ORDER BY t.payee_id, p.to_date DESC")
	var out []model.ID
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee uuid.UUID
		var after model.Brought
		err := rows.Scan(&payee, &after)
		if !after.Empty() {
			out = append(out, model.UUIDs(model.KindPayee, payee))
		}
		return err
	})
	return out, err
}

// Restatement says by which run a closed period of a payee is known now, and by
// which ones it was booked: from the newest, at the last closing, to what it showed.
type Restatement struct {
	Payee, Period model.ID
	Now           model.ID
	Booked        []model.ID
}

// Restatements reads the closed periods of payees that are to be compared with
// what they have earned.
func (r reads) Restatements(ctx context.Context, scope model.Scope, payees []model.ID) ([]Restatement, error) {
	b := (&builder{}).add(`SELECT t.payee_id, t.period_id, t.run_id, ARRAY(SELECT b.run_id FROM restated b
			WHERE b.tenant_id = t.tenant_id AND b.payee_id = t.payee_id AND b.period_id = t.period_id AND EXISTS (SELECT FROM period q
				WHERE q.calendar_id = p.calendar_id AND b.tx_from <= q.closed_xid AND b.tx_to > q.closed_xid AND`).inForce("q", scope)
	b.add(`) ORDER BY b.tx_from DESC) || ARRAY(SELECT v.run_id FROM published v WHERE v.payee_id = t.payee_id AND v.period_id = t.period_id AND`).inForce("v", scope)
	b.add(`) FROM restated t JOIN period p ON p.id = t.period_id AND p.status IN ('CLOSED', 'PAID') AND`).inForce("p", scope).add(" WHERE").inForce("t", scope)
	b.add(" AND t.payee_id = ANY(?) ORDER BY t.payee_id, p.to_date, t.period_id", uuids(payees))
	var out []Restatement
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var payee, period, now uuid.UUID
		var booked []uuid.UUID
		err := rows.Scan(&payee, &period, &now, &booked)
		one := Restatement{Payee: model.UUIDs(model.KindPayee, payee), Period: model.UUIDs(model.KindPeriod, period), Now: model.UUIDs(model.KindCalculationRun, now)}
		for _, run := range booked {
			one.Booked = append(one.Booked, model.UUIDs(model.KindCalculationRun, run))
		}
		out = append(out, one)
		return err
	})
	return out, err
}

// RunPair names the results of a run for a payee and period.
type RunPair struct{ Run, Payee, Period model.ID }

// ResultsOf reads results with their traces, whether readers see them or not.
func (r reads) ResultsOf(ctx context.Context, scope model.Scope, pairs []RunPair) ([]*model.Result, error) {
	return resultsOf(ctx, r, scope, pairs, (*resultRow).result)
}

// EarnedOf is ResultsOf without the traces.
func (r reads) EarnedOf(ctx context.Context, scope model.Scope, pairs []RunPair) ([]*model.Result, error) {
	return resultsOf(ctx, r, scope, pairs, (*earningRow).result)
}

func resultsOf[R any](ctx context.Context, r reads, scope model.Scope, pairs []RunPair, of func(*R) *model.Result) ([]*model.Result, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	runs, payees, periods := make([]uuid.UUID, len(pairs)), make([]uuid.UUID, len(pairs)), make([]uuid.UUID, len(pairs))
	for i, p := range pairs {
		runs[i], payees[i], periods[i] = p.Run.UUID(), p.Payee.UUID(), p.Period.UUID()
	}
	b := (&builder{}).add("SELECT "+columnList[R]()+` FROM unnest(?::uuid[], ?::uuid[], ?::uuid[]) m(run, payee, period)
		JOIN result t ON t.tenant_id = ? AND t.run_id = m.run AND t.payee_id = m.payee AND t.period_id = m.period
		ORDER BY t.payee_id, t.period_id, t.position_id, t.component_id`, runs, payees, periods, scope.Tenant)
	rows, err := collect[R](ctx, r.q, scope, b)
	out := make([]*model.Result, len(rows))
	for i, row := range rows {
		out[i] = of(row)
	}
	return out, err
}

type resultRow struct {
	earningRow
	Format    int16              `bun:"trace_format"`
	Kinds     []int16            `bun:"trace_kind,array"`
	Parents   []int32            `bun:"trace_parent,array"`
	Terms     []int32            `bun:"trace_term,array"`
	Amounts   []decimal.Decimal  `bun:"trace_amount,array"`
	Values    []decimal.Decimal  `bun:"trace_value,array"`
	Credits   []int64            `bun:"trace_credit,array"`
	Paid      []decimal.Decimal  `bun:"trace_paid,array"`
	TermLabel []string           `bun:"term_label,array"`
	TermRate  []*decimal.Decimal `bun:"term_rate,array"`
	TermFrom  []*decimal.Decimal `bun:"term_from,array"`
	TermTo    []*decimal.Decimal `bun:"term_to,array"`
	TermFX    []*decimal.Decimal `bun:"term_fx,array"`
	TermStep  []string           `bun:"term_step,array"`
}

func (r *resultRow) result() *model.Result {
	out := r.earningRow.result()
	out.Trace = model.FlatTrace{
		Format: r.Format, Kinds: r.Kinds, Parents: r.Parents, Terms: r.Terms, Amounts: model.NumbersOf(r.Amounts), Values: model.NumbersOf(r.Values), Credits: r.Credits,
		Paid: model.NumbersOf(r.Paid), TermLabel: r.TermLabel, TermRate: r.TermRate, TermFrom: r.TermFrom, TermTo: r.TermTo, TermFX: r.TermFX, TermStep: r.TermStep,
	}
	return out
}

func (r *earningRow) result() *model.Result {
	return &model.Result{
		RunID: model.UUIDs(model.KindCalculationRun, r.RunID), PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID),
		PositionID: model.UUIDs(model.KindPosition, r.PositionID), ComponentID: model.UUIDs(model.KindComponent, r.ComponentID), PlanID: model.UUIDs(model.KindPlan, r.PlanID),
		PlanVersionID: model.UUIDs(model.KindPlanVersion, r.PlanVersionID), ComponentKey: r.Key, ComponentName: r.Name, EarningCode: r.EarningCode,
		Amount: model.Money{Amount: r.Amount, Currency: model.CurrencyCode(r.Currency)}, Measure: r.Measure, Quota: r.Quota, Attainment: r.Attainment, Why: model.Why(r.Why), Provisional: r.Provisional,
		Attains: idPtr(model.KindMeasure, r.Attains), Next: r.nextTier.next(),
	}
}

// PublishedRuns reads which run's results readers see of payees in periods.
func (r reads) PublishedRuns(ctx context.Context, scope model.Scope, payees, periods []model.ID) ([]RunPair, error) {
	b := (&builder{}).add("SELECT t.run_id, t.payee_id, t.period_id FROM published t WHERE").inForce("t", scope)
	b.add(" AND t.payee_id = ANY(?) AND t.period_id = ANY(?)", uuids(payees), uuids(periods))
	return r.runPairs(ctx, scope, b)
}

// RestatedRuns reads which run says what payees earn in a closed period by what is
// known now: the one that restates it, of those too who had none when it was closed,
// or what it showed.
func (r reads) RestatedRuns(ctx context.Context, scope model.Scope, payees []model.ID, period model.ID) ([]RunPair, error) {
	b := (&builder{}).add("SELECT n.run_id, n.payee_id, n.period_id FROM restated n WHERE").inForce("n", scope)
	b.add(" AND n.payee_id = ANY(?) AND n.period_id = ? UNION ALL SELECT t.run_id, t.payee_id, t.period_id FROM published t WHERE", uuids(payees), period.UUID()).inForce("t", scope)
	b.add(" AND t.payee_id = ANY(?) AND t.period_id = ? AND NOT EXISTS (SELECT FROM restated n WHERE n.payee_id = t.payee_id AND n.period_id = t.period_id AND", uuids(payees), period.UUID())
	b.inForce("n", scope).add(")")
	return r.runPairs(ctx, scope, b)
}

func (r reads) runPairs(ctx context.Context, scope model.Scope, b *builder) ([]RunPair, error) {
	var out []RunPair
	err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var run, payee, period uuid.UUID
		err := rows.Scan(&run, &payee, &period)
		out = append(out, RunPair{model.UUIDs(model.KindCalculationRun, run), model.UUIDs(model.KindPayee, payee), model.UUIDs(model.KindPeriod, period)})
		return err
	})
	return out, err
}
