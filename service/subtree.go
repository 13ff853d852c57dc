package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// ReadPoint gives the tenant's last sealed moment, or the last at or before
// asOf.
func (s *Service) ReadPoint(ctx context.Context, tenant uuid.UUID, asOf *time.Time) (model.ReadPoint, error) {
	return s.Store.ReadPoint(ctx, tenant, asOf)
}

// Subtree gives the positions below those that the payee holds today, with the
// days on which they were below. The held positions themselves are not in it.
func (s *Service) Subtree(ctx context.Context, scope model.Scope, payee model.ID, today model.Date) ([]model.PositionSpan, error) {
	seats, err := s.Store.PositionAssignmentsOf(ctx, scope, payee)
	if err != nil {
		return nil, err
	}
	var held []model.ID
	for _, seat := range seats {
		if seat.Days.Contains(today) {
			held = append(held, seat.PositionID)
		}
	}
	if len(held) == 0 {
		return nil, nil
	}
	positions, err := s.Store.Positions(ctx, scope)
	if err != nil {
		return nil, err
	}
	return below(positions, held), nil
}

// below walks the dated hierarchy down from the roots.
func below(positions []*model.Position, roots []model.ID) []model.PositionSpan {
	type edge struct {
		child model.ID
		days  model.Interval
	}
	children := map[model.ID][]edge{}
	for _, p := range positions {
		for _, slice := range p.Slices {
			if slice.ParentID != nil {
				children[*slice.ParentID] = append(children[*slice.ParentID], edge{p.ID, slice.Days})
			}
		}
	}
	seen := map[edge]bool{}
	var spans []model.PositionSpan
	var walk func(model.ID, model.Interval)
	walk = func(parent model.ID, days model.Interval) {
		for _, e := range children[parent] {
			e.days = e.days.Intersect(days)
			if e.days.Empty() || seen[e] {
				continue
			}
			seen[e] = true
			spans = append(spans, model.PositionSpan{Position: e.child.UUID(), Days: e.days})
			walk(e.child, e.days)
		}
	}
	for _, root := range roots {
		walk(root, model.Always)
	}
	return spans
}
