package store

import (
	"context"

	"github.com/google/uuid"

	"spm/model"
)

type reportRow struct {
	payeeRow
	Above uuid.UUID
}

// Reports reads who holds, on a day, a position directly below positions, by
// these: one statement, however many, in the order of the payees' keys.
func (r reads) Reports(ctx context.Context, scope model.Scope, above []model.ID, day model.Date) (map[model.ID][]*model.Payee, error) {
	parents := make([]string, len(above))
	for i, id := range above {
		parents[i] = id.String()
	}
	b := (&builder{}).add("SELECT DISTINCT ON (w.above, t.external_id) "+payees.columns()+", w.above FROM unnest(?::text[], ?::uuid[]) w(parent, above)", parents, uuids(above))
	b.add(" CROSS JOIN LATERAL (SELECT q.id FROM position q WHERE").inForce("q", scope)
	b.add(" AND q.parent = w.parent AND NOT q.moved UNION ALL SELECT q.id FROM position q WHERE").inForce("q", scope)
	b.add(` AND q.moved AND EXISTS (SELECT FROM jsonb_array_elements(q.slices) s
		WHERE s ->> 'parent' = w.parent AND (s -> 'days' ->> 'from')::date <= ? AND ? < (s -> 'days' ->> 'to')::date)) q`, date(day), date(day))
	b.add(" CROSS JOIN LATERAL (SELECT a.payee_id FROM position_assignment a WHERE").inForce("a", scope) // one by one, by their indexes
	b.add(" AND a.position_id = q.id AND a.from_date <= ? AND ? < a.to_date OFFSET 0) a JOIN payee t ON", date(day), date(day)).inForce("t", scope)
	b.add(" AND t.id = a.payee_id WHERE TRUE")
	if !scope.Reach.All {
		payees.reach(b, scope)
	}
	rows, err := collect[reportRow](ctx, r.q, scope, b.add(" ORDER BY w.above, t.external_id"))
	out := map[model.ID][]*model.Payee{}
	for _, row := range rows {
		position := model.UUIDs(model.KindPosition, row.Above)
		out[position] = append(out[position], payees.model(&row.payeeRow))
	}
	return out, err
}

// SeatsOf reads the seats of payees.
func (r reads) SeatsOf(ctx context.Context, scope model.Scope, of []model.ID) ([]*model.PositionAssignment, error) {
	b := positionAssignments.from(positionAssignments.columns(), scope)
	return positionAssignments.models(ctx, r, scope, b.add(" AND t.payee_id = ANY(?) ORDER BY t.from_date, t.id", uuids(of)))
}
