package service

import (
	"context"
	"fmt"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// PublishPlanVersionInput is an approved plan version to publish.
type PublishPlanVersionInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// PublishPlanVersionPayload is what publishing did.
type PublishPlanVersionPayload struct {
	Outcome
	PlanVersionID *model.ID
	ShortenedID   *model.ID // the earlier version that now ends the day before
}

// PublishPlanVersion puts an approved plan version in force on its days. A
// choice that the engine does not have is NOT_SUPPORTED, at a path that leads
// on from input.id into the version. An earlier published version of the plan
// without an end ends the day before; any other overlap is OVERLAP. A worked test
// that it does not pass is PLAN_TEST_FAILED.
func (s *Service) PublishPlanVersion(ctx context.Context, input PublishPlanVersionInput) (*PublishPlanVersionPayload, error) {
	return mutate(ctx, s, "publishPlanVersion", input, func(tx *store.Tx, p *PublishPlanVersionPayload) error {
		version, err := planVersionIn(ctx, tx, input.ID, input.IfVersion, &p.PlanVersionID, model.VersionApproved)
		if err != nil {
			return err
		}
		errs, err := unpublishable(ctx, tx, version)
		if err != nil {
			return err
		}
		results, err := testResults(ctx, tx, tx.Scope(), version)
		if err != nil {
			return err
		}
		errs = append(errs, failedTests("input.id", results)...)
		earlier, err := makeRoom(ctx, tx, &errs, version)
		if err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		days := version.Days
		if earlier != nil {
			days.To, earlier.Days.To = earlier.Days.To, version.Days.From
			p.ShortenedID = &earlier.ID
			if _, err := tx.SavePlanVersion(ctx, earlier); err != nil {
				return err
			}
		}
		now := s.Now().UTC()
		version.State, version.PublishedAt = model.VersionPublished, &now
		if _, err := tx.SavePlanVersion(ctx, version); err != nil {
			return err
		}
		return markAhead(ctx, tx, store.Dirty{Days: days})
	})
}

// unpublishable lists what the engine cannot calculate, conditions on credits
// where values are measured, and rate tables that say nothing on the version's
// first day.
func unpublishable(ctx context.Context, tx *store.Tx, v *model.PlanVersion) (model.UserErrors, error) {
	found, err := tx.RateTablesByID(ctx, tx.Scope(), v.RateTableIDs())
	if err != nil {
		return nil, err
	}
	tables := make([]model.RateTable, 0, len(found))
	for _, id := range v.RateTableIDs() {
		if table := found[id]; table != nil {
			tables = append(tables, *table)
			delete(found, id)
		}
	}
	errs := calc.Refuse("input.id", calc.Unsupported(*v, tables...))
	measures, err := tx.MeasuresByID(ctx, tx.Scope(), v.MeasureIDs())
	if err != nil {
		return nil, err
	}
	checkOfValues(&errs, "input.id", v, measures)
	for i, c := range v.Components {
		if m := measures[c.MeasureID]; m != nil && m.OfActivities() {
			errs = append(errs, calc.ValidateComponentOf(fmt.Sprintf("input.id.components.%d", i), c, m)...)
		}
		for _, table := range tables {
			if c.RateTableID != nil && *c.RateTableID == table.ID && table.On(v.Days.From) == nil {
				errs.Add(model.UserInvalid, fmt.Sprintf("input.id.components.%d.rateTable", i), "the rate table %s says nothing on the version's first day, %s", table.Key, v.Days.From)
			}
		}
	}
	return errs, nil
}

// makeRoom finds the published version that is to end where this one begins,
// nil where there is none, and refuses any other overlap.
func makeRoom(ctx context.Context, tx *store.Tx, errs *model.UserErrors, v *model.PlanVersion) (*model.PlanVersion, error) {
	versions, err := tx.PlanVersionsOf(ctx, tx.Scope(), v.PlanID)
	if err != nil {
		return nil, err
	}
	var earlier *model.PlanVersion
	for _, other := range versions {
		switch {
		case other.ID == v.ID || !other.Pays() || !other.Days.Overlaps(v.Days):
		case other.State == model.VersionPublished && other.Days.To == model.MaxDate && other.Days.From < v.Days.From:
			earlier = other
		default:
			errs.Add(model.UserOverlap, "input.id.startDate", "version %d of the plan is in force from %s on: retire it first, or move this one", other.Number, other.Days.From)
		}
	}
	return earlier, nil
}
