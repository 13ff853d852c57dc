package store

import (
	"context"

	"github.com/google/uuid"

	"spm/model"
)

type titleRow struct {
	head
	ExternalID string `bun:"external_id"`
	Name       string `bun:"name"`
}

var titles = &table[titleRow, model.Title, *titleRow]{
	name: "title", kind: model.KindTitle, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *titleRow) *model.Title {
		return &model.Title{ID: model.UUIDs(model.KindTitle, r.ID), ExternalID: r.ExternalID, Name: r.Name, Version: r.Version}
	},
	row: func(m *model.Title) (*titleRow, model.ID, int) {
		return &titleRow{ExternalID: m.ExternalID, Name: m.Name}, m.ID, m.Version
	},
}

type positionRow struct {
	head
	ExternalID string                          `bun:"external_id"`
	Name       string                          `bun:"name"`
	Slices     document[[]model.PositionSlice] `bun:"slices"`
	TitleIDs   array[uuid.UUID]                `bun:"title_ids"`
	TitleFrom  array[date]                     `bun:"title_from"`
	TitleTo    array[date]                     `bun:"title_to"`
}

var positions = &table[positionRow, model.Position, *positionRow]{
	name: "position", kind: model.KindPosition, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *positionRow) *model.Position {
		return &model.Position{ID: model.UUIDs(model.KindPosition, r.ID), ExternalID: r.ExternalID, Name: r.Name, Slices: r.Slices.V, Version: r.Version}
	},
	row: func(m *model.Position) (*positionRow, model.ID, int) {
		row := &positionRow{ExternalID: m.ExternalID, Name: m.Name, Slices: document[[]model.PositionSlice]{m.Slices}}
		for _, span := range m.TitleSpans() {
			row.TitleIDs = append(row.TitleIDs, span.Title.UUID())
			row.TitleFrom, row.TitleTo = append(row.TitleFrom, date(span.Days.From)), append(row.TitleTo, date(span.Days.To))
		}
		return row, m.ID, m.Version
	},
	// Own seats, past ones too, and what is or was in the subtree.
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND (t.id = ANY(?) OR EXISTS (SELECT FROM position_assignment s WHERE s.position_id = t.id AND s.payee_id = ? AND", reachPositions(scope.Reach), scope.Reach.Payee)
		b.standing("s", scope).add("))")
	},
}

type payeeRow struct {
	head
	ExternalID string                       `bun:"external_id"`
	Name       string                       `bun:"name"`
	Slices     document[[]model.PayeeSlice] `bun:"slices"`
}

var payees = &table[payeeRow, model.Payee, *payeeRow]{
	name: "payee", kind: model.KindPayee, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *payeeRow) *model.Payee {
		return &model.Payee{ID: model.UUIDs(model.KindPayee, r.ID), ExternalID: r.ExternalID, Name: r.Name, Slices: r.Slices.V, Version: r.Version}
	},
	row: func(m *model.Payee) (*payeeRow, model.ID, int) {
		return &payeeRow{ExternalID: m.ExternalID, Name: m.Name, Slices: document[[]model.PayeeSlice]{m.Slices}}, m.ID, m.Version
	},
	// Self, and who held a position on a day on which it was in the subtree.
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND ").notOf(scope, "t.id")
		b.add("(t.id = ? OR EXISTS (SELECT FROM position_assignment s JOIN "+spans("v")+" ON v.position = s.position_id"+
			" AND v.from_date < s.to_date AND s.from_date < v.to_date WHERE s.payee_id = t.id AND", append([]any{scope.Reach.Payee}, spanArgs(scope.Reach)...)...)
		b.standing("s", scope).add("))")
	},
}

type seatRow struct {
	head
	ExternalID string    `bun:"external_id"`
	PayeeID    uuid.UUID `bun:"payee_id"`
	PositionID uuid.UUID `bun:"position_id"`
	From       date      `bun:"from_date"`
	To         date      `bun:"to_date"`
}

var positionAssignments = &table[seatRow, model.PositionAssignment, *seatRow]{
	name: "position_assignment", kind: model.KindPositionAssignment, key: "external_id",
	order: []orderKey{{expr: "t.from_date", cast: "date"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *seatRow) *model.PositionAssignment {
		return &model.PositionAssignment{
			ID: model.UUIDs(model.KindPositionAssignment, r.ID), ExternalID: r.ExternalID,
			PayeeID: model.UUIDs(model.KindPayee, r.PayeeID), PositionID: model.UUIDs(model.KindPosition, r.PositionID),
			Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)}, Version: r.Version,
		}
	},
	row: func(m *model.PositionAssignment) (*seatRow, model.ID, int) {
		return &seatRow{
			ExternalID: m.ExternalID, PayeeID: m.PayeeID.UUID(), PositionID: m.PositionID.UUID(),
			From: date(m.Days.From), To: date(m.Days.To),
		}, m.ID, m.Version
	},
	reach: func(b *builder, scope model.Scope) {
		b.add(" AND ").notOf(scope, "t.payee_id")
		b.add("(t.payee_id = ? OR EXISTS (SELECT FROM "+spans("v")+" WHERE v.position = t.position_id AND v.from_date < t.to_date AND t.from_date < v.to_date))",
			append([]any{scope.Reach.Payee}, spanArgs(scope.Reach)...)...)
	},
}

// spans is the caller's subtree as rows (position, from_date, to_date).
func spans(alias string) string {
	return "unnest(?::uuid[], ?::date[], ?::date[]) " + alias + "(position, from_date, to_date)"
}

func spanArgs(reach model.Reach) []any {
	ids, from, to := make([]uuid.UUID, len(reach.Subtree)), make([]date, len(reach.Subtree)), make([]date, len(reach.Subtree))
	for i, s := range reach.Subtree {
		ids[i], from[i], to[i] = s.Position, date(s.Days.From), date(s.Days.To)
	}
	return []any{ids, from, to}
}

func reachPositions(reach model.Reach) []uuid.UUID {
	ids := make([]uuid.UUID, len(reach.Subtree))
	for i, s := range reach.Subtree {
		ids[i] = s.Position
	}
	return ids
}

// Titles reads all titles.
func (r reads) Titles(ctx context.Context, scope model.Scope) ([]*model.Title, error) {
	return titles.all(ctx, r, scope)
}

// TitlesByID reads titles by id.
func (r reads) TitlesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Title, error) {
	return titles.byIDs(ctx, r, scope, ids)
}

// TitlesByKey reads titles by external id.
func (r reads) TitlesByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Title, error) {
	return titles.byKeys(ctx, r, scope, keys)
}

// TitlePage reads a page of titles, by external id.
func (r reads) TitlePage(ctx context.Context, scope model.Scope, where *model.TitleWhere, page model.PageArgs) (*model.Connection[model.Title], error) {
	return titles.page(ctx, r, scope, titleList, where, page)
}

// SaveTitle writes the title's next version and gives its number.
func (tx *Tx) SaveTitle(ctx context.Context, m *model.Title) (int, error) {
	return titles.save(ctx, tx, m)
}

// Positions reads all positions.
func (r reads) Positions(ctx context.Context, scope model.Scope) ([]*model.Position, error) {
	return positions.all(ctx, r, scope)
}

// PositionsByID reads positions by id.
func (r reads) PositionsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Position, error) {
	return positions.byIDs(ctx, r, scope, ids)
}

// PositionsByKey reads positions by external id.
func (r reads) PositionsByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Position, error) {
	return positions.byKeys(ctx, r, scope, keys)
}

// PositionPage reads a page of positions, by external id.
func (r reads) PositionPage(ctx context.Context, scope model.Scope, where *model.PositionWhere, page model.PageArgs) (*model.Connection[model.Position], error) {
	return positions.page(ctx, r, scope, positionList, where, page)
}

// SavePosition writes the position's next version and gives its number.
func (tx *Tx) SavePosition(ctx context.Context, m *model.Position) (int, error) {
	return positions.save(ctx, tx, m)
}

// Payees reads all payees.
func (r reads) Payees(ctx context.Context, scope model.Scope) ([]*model.Payee, error) {
	return payees.all(ctx, r, scope)
}

// PayeesByID reads payees by id.
func (r reads) PayeesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Payee, error) {
	return payees.byIDs(ctx, r, scope, ids)
}

// PayeesByName reads payees with exactly this name or external id.
func (r reads) PayeesByName(ctx context.Context, scope model.Scope, name string) ([]*model.Payee, error) {
	return payees.models(ctx, r, scope, payees.from(payees.columns(), scope).add(" AND (t.name = ? OR t.external_id = ?) ORDER BY t.external_id", name, name))
}

// PayeesByKey reads payees by external id.
func (r reads) PayeesByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Payee, error) {
	return payees.byKeys(ctx, r, scope, keys)
}

// PayeePage reads a page of payees, by external id.
func (r reads) PayeePage(ctx context.Context, scope model.Scope, where *model.PayeeWhere, page model.PageArgs) (*model.Connection[model.Payee], error) {
	return payees.page(ctx, r, scope, payeeList, where, page)
}

// SavePayee writes the payee's next version and gives its number.
func (tx *Tx) SavePayee(ctx context.Context, m *model.Payee) (int, error) {
	return payees.save(ctx, tx, m)
}

// PositionAssignments reads all seats.
func (r reads) PositionAssignments(ctx context.Context, scope model.Scope) ([]*model.PositionAssignment, error) {
	return positionAssignments.all(ctx, r, scope)
}

// PositionAssignmentsByID reads seats by id.
func (r reads) PositionAssignmentsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.PositionAssignment, error) {
	return positionAssignments.byIDs(ctx, r, scope, ids)
}

// PositionAssignmentPage reads a page of seats, by their first day.
func (r reads) PositionAssignmentPage(ctx context.Context, scope model.Scope, where *model.PositionAssignmentWhere, page model.PageArgs) (*model.Connection[model.PositionAssignment], error) {
	return positionAssignments.page(ctx, r, scope, positionAssignmentList, where, page)
}

// SavePositionAssignment writes the seat's next version and gives its number.
func (tx *Tx) SavePositionAssignment(ctx context.Context, m *model.PositionAssignment) (int, error) {
	return positionAssignments.save(ctx, tx, m)
}

// PositionAssignmentsOf reads the seats of a payee.
func (r reads) PositionAssignmentsOf(ctx context.Context, scope model.Scope, payee model.ID) ([]*model.PositionAssignment, error) {
	b := positionAssignments.from(positionAssignments.columns(), scope)
	return positionAssignments.models(ctx, r, scope, b.add(" AND t.payee_id = ? ORDER BY t.from_date, t.id", payee.UUID()))
}

// PositionAssignmentsIn reads the seats of a position.
func (r reads) PositionAssignmentsIn(ctx context.Context, scope model.Scope, position model.ID) ([]*model.PositionAssignment, error) {
	b := positionAssignments.from(positionAssignments.columns(), scope)
	return positionAssignments.models(ctx, r, scope, b.add(" AND t.position_id = ? ORDER BY t.from_date, t.id", position.UUID()))
}

// PositionAssignmentsInAny reads the seats of several positions.
func (r reads) PositionAssignmentsInAny(ctx context.Context, scope model.Scope, list []model.ID) ([]*model.PositionAssignment, error) {
	if len(list) == 0 {
		return nil, nil
	}
	b := positionAssignments.from(positionAssignments.columns(), scope)
	return positionAssignments.models(ctx, r, scope, b.add(" AND t.position_id = ANY(?) ORDER BY t.from_date, t.id", []uuid.UUID(arrayOf(list))))
}

// RemovePositionAssignment ends the seat altogether.
func (tx *Tx) RemovePositionAssignment(ctx context.Context, id model.ID, version int) error {
	return positionAssignments.remove(ctx, tx, id, version)
}
