package resolver

import (
	"context"

	"spm/auth"
	"spm/model"
)

// versionOn gives the version of the plan that is in force on the day.
func (r *Resolver) versionOn(ctx context.Context, plan *model.Plan, day model.Date) (*model.PlanVersion, error) {
	where := &model.PlanVersionWhere{On: &day, States: []model.PlanVersionState{model.VersionPublished, model.VersionRetired}}
	first := 1
	found, err := below(ctx, auth.PlanRead, r.Store.PlanVersionPage, where, model.PageArgs{First: &first}, "planId", plan)
	if err != nil || len(found.Edges) == 0 {
		return nil, err
	}
	return found.Edges[0].Node, nil
}

// made gives a choice, nil where it was not made.
func made[T ~string](choice T) *T {
	if choice == "" {
		return nil
	}
	return &choice
}

// values gives what pointers of a list point at.
func values[T any](list []*T) []T {
	out := make([]T, len(list))
	for i, p := range list {
		out[i] = *p
	}
	return out
}
