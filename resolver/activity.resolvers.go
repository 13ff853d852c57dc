package resolver

import (
	"context"
	"spm/auth"
	"spm/graph/generated"
	"spm/model"
	"spm/service"
	"time"
)

// Position is the resolver for the position field.
func (r *activityResolver) Position(ctx context.Context, obj *model.Activity) (*model.Position, error) {
	return one(ctx, from(ctx).positions, &obj.PositionID)
}

// RecordActivities is the resolver for the recordActivities field.
func (r *mutationResolver) RecordActivities(ctx context.Context, input service.RecordActivitiesInput) (*service.RecordActivitiesPayload, error) {
	return r.Service.RecordActivities(ctx, input)
}

// Activities is the resolver for the activities field.
func (r *queryResolver) Activities(ctx context.Context, where *model.ActivityWhere, orderBy []*model.Order, first *int, after *model.Cursor, last *int, before *model.Cursor, offset *int, updatedSince *time.Time, asOf *time.Time) (*model.Connection[model.Activity], error) {
	return page(ctx, auth.TransactionRead, r.Store.ActivityPage, where, pageArgs(first, after, last, before).In(orderBy, offset, updatedSince))
}

// Activity is the resolver for the activity field.
func (r *recordedActivityResolver) Activity(ctx context.Context, obj *service.RecordedActivity) (*model.Activity, error) {
	return one(ctx, from(ctx).activities, obj.ActivityID)
}

// Activity returns generated.ActivityResolver implementation.
func (r *Resolver) Activity() generated.ActivityResolver { return &activityResolver{r} }

// RecordedActivity returns generated.RecordedActivityResolver implementation.
func (r *Resolver) RecordedActivity() generated.RecordedActivityResolver {
	return &recordedActivityResolver{r}
}

type (
	activityResolver         struct{ *Resolver }
	recordedActivityResolver struct{ *Resolver }
)
