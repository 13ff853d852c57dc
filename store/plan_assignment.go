package store

import (
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

type planAssignmentRow struct {
	head
	ExternalID     string           `bun:"external_id"`
	PlanID         uuid.UUID        `bun:"plan_id"`
	TitleID        *uuid.UUID       `bun:"title_id"`
	PositionID     *uuid.UUID       `bun:"position_id"`
	PayeeID        *uuid.UUID       `bun:"payee_id"`
	From           date             `bun:"from_date"`
	To             date             `bun:"to_date"`
	TargetAmount   *decimal.Decimal `bun:"target_amount"`
	TargetCurrency *string          `bun:"target_currency"`
}

var planAssignments = &table[planAssignmentRow, model.PlanAssignment, *planAssignmentRow]{
	name: "plan_assignment", kind: model.KindPlanAssignment, key: "external_id",
	order: []orderKey{{expr: "t.from_date", cast: "date"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *planAssignmentRow) *model.PlanAssignment {
		m := &model.PlanAssignment{
			ID: model.UUIDs(model.KindPlanAssignment, r.ID), ExternalID: r.ExternalID, PlanID: model.UUIDs(model.KindPlan, r.PlanID),
			TitleID: idPtr(model.KindTitle, r.TitleID), PositionID: idPtr(model.KindPosition, r.PositionID), PayeeID: idPtr(model.KindPayee, r.PayeeID),
			Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)}, Version: r.Version,
		}
		if r.TargetAmount != nil && r.TargetCurrency != nil {
			m.TargetIncentive = &model.Money{Amount: *r.TargetAmount, Currency: model.CurrencyCode(*r.TargetCurrency)}
		}
		return m
	},
	row: func(m *model.PlanAssignment) (*planAssignmentRow, model.ID, int) {
		r := &planAssignmentRow{
			ExternalID: m.ExternalID, PlanID: m.PlanID.UUID(), TitleID: uuidPtr(m.TitleID), PositionID: uuidPtr(m.PositionID), PayeeID: uuidPtr(m.PayeeID),
			From: date(m.Days.From), To: date(m.Days.To),
		}
		if m.TargetIncentive != nil {
			r.TargetAmount, r.TargetCurrency = &m.TargetIncentive.Amount, (*string)(&m.TargetIncentive.Currency)
		}
		return r, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND ").concerns(scope, concern{alias: "t", payees: true, from: "t.from_date", to: "t.to_date"})
	},
}

// PlanAssignments reads all plan assignments.
func (r reads) PlanAssignments(ctx context.Context, scope model.Scope) ([]*model.PlanAssignment, error) {
	return planAssignments.all(ctx, r, scope)
}

// PlanAssignmentsByID reads plan assignments by id.
func (r reads) PlanAssignmentsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.PlanAssignment, error) {
	return planAssignments.byIDs(ctx, r, scope, ids)
}

// PlanAssignmentsOf reads the assignments of a plan, by first day.
func (r reads) PlanAssignmentsOf(ctx context.Context, scope model.Scope, plan model.ID) ([]*model.PlanAssignment, error) {
	b := planAssignments.from(planAssignments.columns(), scope)
	return planAssignments.models(ctx, r, scope, b.add(" AND t.plan_id = ? ORDER BY t.from_date, t.id", plan.UUID()))
}

// PlanAssignmentPage reads a page of plan assignments, by first day.
func (r reads) PlanAssignmentPage(ctx context.Context, scope model.Scope, where *model.PlanAssignmentWhere, page model.PageArgs) (*model.Connection[model.PlanAssignment], error) {
	return planAssignments.page(ctx, r, scope, planAssignmentList, where, page)
}

// SavePlanAssignment writes the assignment's next version and gives its
// number.
func (tx *Tx) SavePlanAssignment(ctx context.Context, m *model.PlanAssignment) (int, error) {
	return planAssignments.save(ctx, tx, m)
}

// RemovePlanAssignment ends the assignment altogether.
func (tx *Tx) RemovePlanAssignment(ctx context.Context, id model.ID, version int) error {
	return planAssignments.remove(ctx, tx, id, version)
}
