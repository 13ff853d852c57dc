package store

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

type planRow struct {
	head
	ExternalID string `bun:"external_id"`
	Name       string `bun:"name"`
}

var plans = &table[planRow, model.Plan, *planRow]{
	name: "plan", kind: model.KindPlan, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *planRow) *model.Plan {
		return &model.Plan{ID: model.UUIDs(model.KindPlan, r.ID), ExternalID: r.ExternalID, Name: r.Name, Version: r.Version}
	},
	row: func(m *model.Plan) (*planRow, model.ID, int) {
		return &planRow{ExternalID: m.ExternalID, Name: m.Name}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND EXISTS (SELECT FROM plan_assignment a WHERE a.plan_id = t.id AND").inForce("a", scope).add(" AND ")
		b.concerns(scope, concern{alias: "a", payees: true, from: "a.from_date", to: "a.to_date"})
		b.add(")")
	},
}

type planVersionRow struct {
	head
	PlanID       uuid.UUID             `bun:"plan_id"`
	Number       int                   `bun:"number"`
	State        string                `bun:"state"`
	From         date                  `bun:"from_date"`
	To           date                  `bun:"to_date"`
	Currency     string                `bun:"currency"`
	CalendarID   uuid.UUID             `bun:"calendar_id"`
	Content      document[planContent] `bun:"content"`
	ContentHash  string                `bun:"content_hash"`
	MeasureIDs   array[uuid.UUID]      `bun:"measure_ids"`
	RateTableIDs array[uuid.UUID]      `bun:"rate_table_ids"`
	AuthorID     uuid.UUID             `bun:"author_id"`
	AuthorFor    *uuid.UUID            `bun:"author_for"`
	SubmittedAt  *time.Time            `bun:"submitted_at"`
	ApproverID   *uuid.UUID            `bun:"approver_id"`
	ApprovedAt   *time.Time            `bun:"approved_at"`
	PublishedAt  *time.Time            `bun:"published_at"`
}

type planContent struct {
	Rules      model.PlanRules              `json:"rules"`
	Components []model.Component            `json:"components"`
	Parameters []model.ParameterDeclaration `json:"parameters,omitempty"`
	Caps       []model.PlanCap              `json:"caps,omitempty"`
	Guarantees []model.Guarantee            `json:"guarantees,omitempty"`
	Draws      []model.Draw                 `json:"draws,omitempty"`
	Tests      []model.PlanTest             `json:"tests,omitempty"`
}

var planVersions = &table[planVersionRow, model.PlanVersion, *planVersionRow]{
	name: "plan_version", kind: model.KindPlanVersion,
	order: []orderKey{{expr: "t.plan_id", cast: "uuid"}, {expr: "t.number", cast: "int"}},
	model: func(r *planVersionRow) *model.PlanVersion {
		return &model.PlanVersion{
			ID: model.UUIDs(model.KindPlanVersion, r.ID), PlanID: model.UUIDs(model.KindPlan, r.PlanID), Number: r.Number,
			State: model.PlanVersionState(r.State), Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)},
			Currency: model.CurrencyCode(r.Currency), CalendarID: model.UUIDs(model.KindFiscalCalendar, r.CalendarID),
			Rules: r.Content.V.Rules, Components: r.Content.V.Components, Parameters: r.Content.V.Parameters, Caps: r.Content.V.Caps, Guarantees: r.Content.V.Guarantees, Draws: r.Content.V.Draws, Tests: r.Content.V.Tests, ContentHash: r.ContentHash, AuthorID: model.UUIDs(model.KindUser, r.AuthorID), AuthorFor: idPtr(model.KindUser, r.AuthorFor), SubmittedAt: r.SubmittedAt,
			ApproverID: idPtr(model.KindUser, r.ApproverID), ApprovedAt: r.ApprovedAt, PublishedAt: r.PublishedAt, Version: r.Version,
		}
	},
	row: func(m *model.PlanVersion) (*planVersionRow, model.ID, int) {
		return &planVersionRow{
			PlanID: m.PlanID.UUID(), Number: m.Number, State: string(m.State), From: date(m.Days.From), To: date(m.Days.To),
			Currency: string(m.Currency), CalendarID: m.CalendarID.UUID(), Content: document[planContent]{planContent{m.Rules, m.Components, m.Parameters, m.Caps, m.Guarantees, m.Draws, m.Tests}}, ContentHash: m.ContentHash,
			MeasureIDs: arrayOf(m.MeasureIDs()), RateTableIDs: arrayOf(m.RateTableIDs()), AuthorID: m.AuthorID.UUID(), AuthorFor: uuidPtr(m.AuthorFor), SubmittedAt: m.SubmittedAt,
			ApproverID: uuidPtr(m.ApproverID), ApprovedAt: m.ApprovedAt, PublishedAt: m.PublishedAt,
		}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) { b.add(" AND ").versionConcerns(scope, "t") },
}

// Plans reads all plans.
func (r reads) Plans(ctx context.Context, scope model.Scope) ([]*model.Plan, error) {
	return plans.all(ctx, r, scope)
}

// PlansByID reads plans by id.
func (r reads) PlansByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Plan, error) {
	return plans.byIDs(ctx, r, scope, ids)
}

// PlansByKey reads plans by external id.
func (r reads) PlansByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Plan, error) {
	return plans.byKeys(ctx, r, scope, keys)
}

// PlanPage reads a page of plans, by external id.
func (r reads) PlanPage(ctx context.Context, scope model.Scope, where *model.PlanWhere, page model.PageArgs) (*model.Connection[model.Plan], error) {
	return plans.page(ctx, r, scope, planList, where, page)
}

// SavePlan writes the plan's next version and gives its number.
func (tx *Tx) SavePlan(ctx context.Context, m *model.Plan) (int, error) {
	return plans.save(ctx, tx, m)
}

// PlanVersions reads all plan versions, of any state.
func (r reads) PlanVersions(ctx context.Context, scope model.Scope) ([]*model.PlanVersion, error) {
	return planVersions.all(ctx, r, scope)
}

// PlanVersionsByID reads plan versions by id.
func (r reads) PlanVersionsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.PlanVersion, error) {
	return planVersions.byIDs(ctx, r, scope, ids)
}

// PlanVersionsOf reads the versions of a plan, by number.
func (r reads) PlanVersionsOf(ctx context.Context, scope model.Scope, plan model.ID) ([]*model.PlanVersion, error) {
	b := planVersions.from(planVersions.columns(), scope)
	return planVersions.models(ctx, r, scope, b.add(" AND t.plan_id = ? ORDER BY t.number", plan.UUID()))
}

// PlanVersionPage reads a page of plan versions, by plan and number.
func (r reads) PlanVersionPage(ctx context.Context, scope model.Scope, where *model.PlanVersionWhere, page model.PageArgs) (*model.Connection[model.PlanVersion], error) {
	return planVersions.page(ctx, r, scope, planVersionList, where, page)
}

// SavePlanVersion writes the plan version's next version and gives its number.
func (tx *Tx) SavePlanVersion(ctx context.Context, m *model.PlanVersion) (int, error) {
	return planVersions.save(ctx, tx, m)
}

// lockPlans is the tenant's advisory lock of those who change which plans and
// quotas are in force for whom; mark.go has the others.
const lockPlans = 5

// LockPlans waits until nobody else changes which plans and quotas are in
// force for whom, so that overlaps are seen, or what published plans refer to,
// so that no change goes unmarked. It comes before ShareSetup.
func (tx *Tx) LockPlans(ctx context.Context) error { return tx.lock(ctx, lockPlans, false) }
