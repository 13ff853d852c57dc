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

// SubtreeWithout is Subtree less the positions on the days on which the payee
// held them itself: what is left is of others.
func (s *Service) SubtreeWithout(ctx context.Context, scope model.Scope, payee model.ID, today model.Date) ([]model.PositionSpan, error) {
	spans, err := s.Subtree(ctx, scope, payee, today)
	if err != nil || len(spans) == 0 {
		return nil, err
	}
	seats, err := s.Store.PositionAssignmentsOf(ctx, scope, payee)
	if err != nil {
		return nil, err
	}
	for _, seat := range seats {
		spans = without(spans, seat)
	}
	return spans, nil
}

// without takes the days of a seat out of the spans of its position.
func without(spans []model.PositionSpan, seat *model.PositionAssignment) []model.PositionSpan {
	var out []model.PositionSpan
	for _, span := range spans {
		if span.Position != seat.PositionID.UUID() || span.Days.Intersect(seat.Days).Empty() {
			out = append(out, span)
			continue
		}
		for _, left := range []model.Interval{{From: span.Days.From, To: seat.Days.From}, {From: seat.Days.To, To: span.Days.To}} {
			if left = left.Intersect(span.Days); !left.Empty() {
				out = append(out, model.PositionSpan{Position: span.Position, Days: left})
			}
		}
	}
	return out
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
