package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/shopspring/decimal"

	"spm/model"
)

// SaveResults writes results of a run, which nobody sees before Publish, by one
// statement, however many they are. What a killed attempt has saved already stays
// as it is: it is the same.
func (tx *Tx) SaveResults(ctx context.Context, run model.ID, results []model.Result, problems []model.Problem) error {
	if err := tx.record(ctx, changeRow{Kind: "APPEND", Object: run}); err != nil {
		return err
	}
	if len(results) > 0 {
		args := []any{tx.Tenant, run.UUID()}
		for _, column := range resultColumns {
			args = append(args, column.gather(results))
		}
		if err := tx.later(ctx, insertResults, args...); err != nil {
			return err
		}
	}
	if len(problems) == 0 {
		return nil
	}
	var batch pgx.Batch
	for _, p := range problems {
		batch.Queue(`INSERT INTO problem (tenant_id, run_id, payee_id, period_id, position_id, component_id, component_key, code, detail)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
			tx.Tenant, run.UUID(), p.PayeeID.UUID(), p.PeriodID.UUID(), p.PositionID.UUID(), p.ComponentID.UUID(), p.ComponentKey, string(p.Code), p.Detail)
	}
	return tx.pgx.SendBatch(ctx, &batch).Close()
}

// nextTier are the columns of the next tier, null together.
type nextTier struct {
	Threshold *decimal.Decimal `bun:"next_from"`
	Rate      *decimal.Decimal `bun:"next_rate"`
	Needed    *decimal.Decimal `bun:"next_needed"`
}

func nextOf(n *model.NextTier) nextTier {
	if n == nil {
		return nextTier{}
	}
	return nextTier{&n.Threshold, &n.Rate, &n.Needed}
}

func (n *nextTier) next() *model.NextTier {
	if n.Threshold == nil {
		return nil
	}
	return &model.NextTier{Threshold: *n.Threshold, Rate: *n.Rate, Needed: *n.Needed}
}

type earningRow struct {
	RunID         uuid.UUID        `bun:"run_id"`
	PayeeID       uuid.UUID        `bun:"payee_id"`
	PeriodID      uuid.UUID        `bun:"period_id"`
	PositionID    uuid.UUID        `bun:"position_id"`
	ComponentID   uuid.UUID        `bun:"component_id"`
	PlanID        uuid.UUID        `bun:"plan_id"`
	PlanVersionID uuid.UUID        `bun:"plan_version_id"`
	Key           string           `bun:"component_key"`
	Name          string           `bun:"component_name"`
	EarningCode   string           `bun:"earning_code"`
	Currency      string           `bun:"currency"`
	Amount        decimal.Decimal  `bun:"amount"`
	Measure       decimal.Decimal  `bun:"measure"`
	Quota         *decimal.Decimal `bun:"quota"`
	Attainment    *decimal.Decimal `bun:"attainment"`
	Why           string           `bun:"why"`
	Provisional   bool             `bun:"provisional"`
	Attains       *uuid.UUID       `bun:"attains"`
	nextTier
}

// publishedEarning is an earning with what its run says of it.
type publishedEarning struct {
	earningRow
	Sequence   int64
	FinishedAt *time.Time
}

var earningColumns = columnList[earningRow]() + ", g.sequence, g.finished_at"

func (r *publishedEarning) earning() *model.Earning {
	e := &model.Earning{
		ID:      model.UUIDs(model.KindEarning, r.PayeeID, r.PositionID, r.PeriodID, r.ComponentID),
		PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PositionID: model.UUIDs(model.KindPosition, r.PositionID),
		PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID), ComponentID: model.UUIDs(model.KindComponent, r.ComponentID),
		ComponentKey: r.Key, ComponentName: r.Name, EarningCode: r.EarningCode,
		PlanID: model.UUIDs(model.KindPlan, r.PlanID), PlanVersionID: model.UUIDs(model.KindPlanVersion, r.PlanVersionID),
		RunID:  model.UUIDs(model.KindCalculationRun, r.RunID),
		Amount: model.Money{Amount: r.Amount, Currency: model.CurrencyCode(r.Currency)}, Measure: r.Measure, Quota: r.Quota, Attainment: r.Attainment, Why: model.Why(r.Why), Provisional: r.Provisional,
		Attains: idPtr(model.KindMeasure, r.Attains), CalculatedThrough: r.Sequence, CalculatedAt: r.FinishedAt,
	}
	if r.nextTier.Threshold != nil {
		e.Next = &model.NextTier{
			EarningID: e.ID, ComponentKey: e.ComponentKey, ComponentName: e.ComponentName,
			Threshold: *r.nextTier.Threshold, Rate: *r.nextTier.Rate, Needed: *r.nextTier.Needed,
		}
	}
	return e
}

// publishedFrom begins "SELECT ... FROM a run's rows t WHERE published at the
// scope's read point and within its reach", with the period as p and the run
// as g.
func publishedFrom(table, selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT " + selected + " FROM published v JOIN " + table + " t ON t.tenant_id = v.tenant_id AND t.run_id = v.run_id" +
		" AND t.payee_id = v.payee_id AND t.period_id = v.period_id" +
		" JOIN calculation_run g ON g.tenant_id = t.tenant_id AND g.id = t.run_id" +
		" JOIN period p ON p.id = t.period_id AND")
	b.inForce("p", scope).add(" WHERE").inForce("v", scope)
	if !scope.Reach.All {
		payRows(b, scope)
	}
	return b
}

// payRows keeps the pay rows t, of the period p, that the caller may see: its
// own, and those whose position was in its subtree on the period's last day,
// or is today while the period is open. Whether it is open is read as it is
// now, so that looking back does not widen what one sees.
func payRows(b *builder, scope model.Scope) { paySeen(b.add(" AND "), scope) }

// paySeen appends the condition of payRows.
func paySeen(b *builder, scope model.Scope) {
	b.add("(").notOf(scope, "t.payee_id")
	b.add("(t.payee_id = ? OR EXISTS (SELECT FROM "+spans("s")+
		" CROSS JOIN LATERAL (SELECT CASE WHEN n.status IN ('CLOSED', 'PAID') THEN n.to_date - 1 ELSE ?::date END AS day FROM period n"+
		" WHERE n.tenant_id = t.tenant_id AND n.id = t.period_id AND n.tx_to = "+inForceNow+") d"+
		" WHERE s.position = t.position_id AND s.from_date <= d.day AND s.to_date > d.day)))",
		append(append([]any{scope.Reach.Payee}, spanArgs(scope.Reach)...), date(scope.Reach.Today))...)
}

// notOf begins a condition with the payee whose rows are none of the caller's
// though their position is, where there is one.
func (b *builder) notOf(scope model.Scope, payee string) *builder {
	if scope.Reach.Except != nil {
		b.add(payee+" IS DISTINCT FROM ? AND ", *scope.Reach.Except)
	}
	return b
}

var earningOrder = []orderKey{
	{expr: "p.from_date", cast: "date"},
	{expr: "p.to_date", cast: "date"},
	{expr: "t.payee_id", cast: "uuid"},
	{expr: "t.position_id", cast: "uuid"},
	{expr: "t.component_key", cast: "text"},
	{expr: "t.component_id", cast: "uuid"},
	{expr: "t.period_id", cast: "uuid"},
}

// EarningPage reads a page of earnings, by period, payee, position and
// component.
func (r reads) EarningPage(ctx context.Context, scope model.Scope, where *model.EarningWhere, args model.PageArgs) (*model.Connection[model.Earning], error) {
	return page(ctx, r, scope, list[publishedEarning, model.Earning]{
		listing: earningList, columns: earningColumns, where: where, model: (*publishedEarning).earning,
		order: earningOrder,
	}, args)
}

// Earnings reads all earnings that satisfy a filter.
func (r reads) Earnings(ctx context.Context, scope model.Scope, where *model.EarningWhere) ([]*model.Earning, error) {
	b, err := earningList.selection(ctx, scope, earningColumns, where, model.PageArgs{})
	if err != nil {
		return nil, err
	}
	return r.earnings(ctx, scope, b.add(" ORDER BY "+orderBy(earningOrder, false)))
}

// EarningsByID reads earnings by id.
func (r reads) EarningsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Earning, error) {
	b := publishedFrom("result", earningColumns, scope)
	found, err := r.earnings(ctx, scope, byEarningID(b, ids))
	out := map[model.ID]*model.Earning{}
	for _, e := range found {
		out[e.ID] = e
	}
	return out, err
}

func byEarningID(b *builder, ids []model.ID) *builder {
	var parts [4][]uuid.UUID
	for _, id := range ids {
		for i := range parts {
			parts[i] = append(parts[i], id.UUIDAt(i))
		}
	}
	b.add(" AND v.payee_id = ANY(?) AND v.period_id = ANY(?)", parts[0], parts[2]) // which the planner can look up
	return b.add(" AND (v.payee_id, t.position_id, v.period_id, t.component_id) IN (SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[]))",
		parts[0], parts[1], parts[2], parts[3])
}

func (r reads) earnings(ctx context.Context, scope model.Scope, b *builder) ([]*model.Earning, error) {
	rows, err := collect[publishedEarning](ctx, r.q, scope, b)
	out := make([]*model.Earning, len(rows))
	for i, row := range rows {
		out[i] = row.earning()
	}
	return out, err
}

type traceRow struct {
	PayeeID     uuid.UUID
	PositionID  uuid.UUID
	PeriodID    uuid.UUID
	ComponentID uuid.UUID
	Format      int16
	Kinds       []int16
	Parents     []int32
	Terms       []int32
	Amounts     []decimal.Decimal
	Values      []decimal.Decimal
	Credits     []int64
	Paid        []decimal.Decimal
	TermLabel   []string
	TermRate    []*decimal.Decimal
	TermFrom    []*decimal.Decimal
	TermTo      []*decimal.Decimal
	TermFX      []*decimal.Decimal
	TermStep    []string
}

// TracesByID reads the traces of earnings by the earnings' ids.
func (r reads) TracesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.FlatTrace, error) {
	b := publishedFrom("result", `t.payee_id, t.position_id, t.period_id, t.component_id, t.trace_format, t.trace_kind, t.trace_parent,
		t.trace_term, t.trace_amount, t.trace_value, t.trace_credit, t.trace_paid, t.term_label, t.term_rate, t.term_from, t.term_to,
		t.term_fx, t.term_step`, scope)
	rows, err := collect[traceRow](ctx, r.q, scope, byEarningID(b, ids))
	out := map[model.ID]*model.FlatTrace{}
	for _, t := range rows {
		out[model.UUIDs(model.KindEarning, t.PayeeID, t.PositionID, t.PeriodID, t.ComponentID)] = &model.FlatTrace{
			Format: t.Format, Kinds: t.Kinds, Parents: t.Parents, Terms: t.Terms, Amounts: model.NumbersOf(t.Amounts),
			Values: model.NumbersOf(t.Values), Credits: t.Credits, Paid: model.NumbersOf(t.Paid), TermLabel: t.TermLabel, TermRate: t.TermRate, TermFrom: t.TermFrom,
			TermTo: t.TermTo, TermFX: t.TermFX, TermStep: t.TermStep,
		}
	}
	return out, err
}

type problemRow struct {
	PayeeID      uuid.UUID `bun:"payee_id"`
	PositionID   uuid.UUID `bun:"position_id"`
	PeriodID     uuid.UUID `bun:"period_id"`
	ComponentID  uuid.UUID `bun:"component_id"`
	ComponentKey string    `bun:"component_key"`
	Code         string    `bun:"code"`
	Detail       string    `bun:"detail"`
}

func (r *problemRow) problem() *model.Problem {
	return &model.Problem{
		ID:      model.UUIDs(model.KindProblem, r.PayeeID, r.PositionID, r.PeriodID, r.ComponentID),
		PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PositionID: model.UUIDs(model.KindPosition, r.PositionID),
		PeriodID: model.UUIDs(model.KindPeriod, r.PeriodID), ComponentID: model.UUIDs(model.KindComponent, r.ComponentID),
		ComponentKey: r.ComponentKey, Code: model.ProblemCode(r.Code), Detail: r.Detail,
	}
}

// ProblemPage reads a page of open problems, by period, payee, position and
// component.
func (r reads) ProblemPage(ctx context.Context, scope model.Scope, where *model.ProblemWhere, args model.PageArgs) (*model.Connection[model.Problem], error) {
	return page(ctx, r, scope, list[problemRow, model.Problem]{
		listing: problemList, columns: columnList[problemRow](), where: where, model: (*problemRow).problem,
		order: earningOrder,
	}, args)
}

// ProblemsByID reads problems by id.
func (r reads) ProblemsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Problem, error) {
	b := publishedFrom("problem", columnList[problemRow](), scope)
	rows, err := collect[problemRow](ctx, r.q, scope, byEarningID(b, ids))
	out := map[model.ID]*model.Problem{}
	for _, row := range rows {
		p := row.problem()
		out[p.ID] = p
	}
	return out, err
}
