package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/calc"
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

// branch is what stands below something on some days.
type branch struct {
	child model.ID
	days  model.Interval
}

// below walks the dated hierarchy down from the roots.
func below(positions []*model.Position, roots []model.ID) []model.PositionSpan {
	children := map[model.ID][]branch{}
	for _, p := range positions {
		for _, slice := range p.Slices {
			if slice.ParentID != nil {
				children[*slice.ParentID] = append(children[*slice.ParentID], branch{p.ID, slice.Days})
			}
		}
	}
	var spans []model.PositionSpan
	for _, b := range descend(children, roots) {
		spans = append(spans, model.PositionSpan{Position: b.child.UUID(), Days: b.days})
	}
	return spans
}

// descend gives all that stands below the roots, each on the days on which it
// does. A circle is gone round once.
func descend(children map[model.ID][]branch, roots []model.ID) (all []branch) {
	seen := map[branch]bool{}
	var walk func(model.ID, model.Interval)
	walk = func(parent model.ID, days model.Interval) {
		for _, b := range children[parent] {
			b.days = b.days.Intersect(days)
			if b.days.Empty() || seen[b] {
				continue
			}
			seen[b] = true
			all = append(all, b)
			walk(b.child, b.days)
		}
	}
	for _, root := range roots {
		walk(root, model.Always)
	}
	return all
}

// ProductLine gives what the product and those below it are called by in
// transactions, as crediting finds them, with the days on which they were below.
// Nothing is of a product that there is not.
func (s *Service) ProductLine(ctx context.Context, scope model.Scope, product model.ID) ([]model.ProductSpan, error) {
	found, err := s.Store.Products(ctx, scope)
	if err != nil {
		return nil, err
	}
	products, byID, children := make([]model.Product, len(found)), map[model.ID]*model.Product{}, map[model.ID][]branch{}
	for i, p := range found {
		products[i], byID[p.ID] = *p, p
		for _, slice := range p.Slices {
			if slice.ParentID != nil {
				children[*slice.ParentID] = append(children[*slice.ParentID], branch{p.ID, slice.Days})
			}
		}
	}
	index, err := calc.NewProductCatalogue(products)
	if err != nil {
		return nil, err
	}
	line := []model.ProductSpan{}
	for _, b := range append([]branch{{product, model.Always}}, descend(children, []model.ID{product})...) {
		p := byID[b.child]
		if p == nil {
			continue
		}
		for _, spelling := range append([]string{p.ExternalID, p.Name}, p.Aliases...) {
			if of, known := index.Resolve(spelling); known && of == p.ExternalID {
				line = append(line, model.ProductSpan{Spelling: spelling, Days: b.days})
			}
		}
	}
	return line, nil
}
