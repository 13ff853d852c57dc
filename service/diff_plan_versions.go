package service

import (
	"context"

	"spm/model"
	"spm/service/plantext"
)

// PlanChangeKind is what became of a part of a plan version.
type PlanChangeKind = plantext.ChangeKind

// A page of the differences between two plan versions.
type (
	PlanChangeConnection = model.Connection[plantext.Change]
	PlanChangeEdge       = model.Edge[plantext.Change]
)

// PlanVersionDiff is what changes from one plan version to another.
type PlanVersionDiff struct {
	FromID  model.ID
	ToID    model.ID
	Changes []*plantext.Change // in the order of the text
}

// PlanVersionDiff compares two plan versions that the scope reaches, of one plan
// or of two, each with its rate tables of its own first day; nil where one of
// them is not there.
func (s *Service) PlanVersionDiff(ctx context.Context, scope model.Scope, from, to model.ID) (*PlanVersionDiff, error) {
	found, err := s.Store.PlanVersionsByID(ctx, scope, []model.ID{from, to})
	if err != nil || found[from] == nil || found[to] == nil {
		return nil, err
	}
	keys, err := textKeys(ctx, s.Store, scope, found[from], found[to])
	if err != nil {
		return nil, err
	}
	texts := [2]*plantext.Version{}
	for i, v := range []*model.PlanVersion{found[from], found[to]} {
		texts[i] = plantext.Of(keys.plan(v.PlanID), v)
		texts[i].RateTables = keys.tablesOn(v.RateTableIDs(), v.Days.From)
	}
	return &PlanVersionDiff{FromID: from, ToID: to, Changes: plantext.Diff(texts[0], texts[1], keys.of)}, nil
}
