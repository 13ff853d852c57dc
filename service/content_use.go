package service

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"spm/model"
	"spm/store"
)

// versionsMeasuring gives the plan versions that pay and measure by the
// measure: as a component's or a goal's, or in an expression, of their own or of
// a rate table that they look up, that names its key.
func versionsMeasuring(ctx context.Context, tx *store.Tx, m *model.Measure) ([]*model.PlanVersion, error) {
	tables, err := tx.RateTables(ctx, tx.Scope())
	if err != nil {
		return nil, err
	}
	naming := map[model.ID]bool{}
	for _, t := range tables {
		if naming[t.ID], err = names(t.Versions, m.Key); err != nil {
			return nil, err
		}
	}
	return versionsThat(ctx, tx, func(v *model.PlanVersion) (bool, error) {
		if slices.Contains(v.MeasureIDs(), m.ID) || slices.ContainsFunc(v.RateTableIDs(), func(id model.ID) bool { return naming[id] }) {
			return true, nil
		}
		return names(v.Components, m.Key)
	})
}

// versionsLookingUp gives the plan versions that pay and look up the rate table:
// as a component's or a goal's, or in an expression that names its key.
func versionsLookingUp(ctx context.Context, tx *store.Tx, t *model.RateTable) ([]*model.PlanVersion, error) {
	return versionsThat(ctx, tx, func(v *model.PlanVersion) (bool, error) {
		if slices.Contains(v.RateTableIDs(), t.ID) {
			return true, nil
		}
		return names(v.Components, t.Key)
	})
}

// versionsThat gives the plan versions that pay and do something.
func versionsThat(ctx context.Context, tx *store.Tx, do func(*model.PlanVersion) (bool, error)) ([]*model.PlanVersion, error) {
	all, err := tx.PlanVersions(ctx, tx.Scope())
	if err != nil {
		return nil, err
	}
	var found []*model.PlanVersion
	for _, v := range all {
		if !v.Pays() {
			continue
		}
		does, err := do(v)
		if err != nil {
			return nil, err
		}
		if does {
			found = append(found, v)
		}
	}
	return found, nil
}

// names tells whether an expression in some content names a key. A key that an
// expression writes with escapes is taken to be named everywhere.
func names(content any, key string) (bool, error) {
	raw, err := json.Marshal(content)
	if err != nil {
		return false, err
	}
	if plain, _ := json.Marshal(key); string(plain) != `"`+key+`"` || strings.ContainsAny(key, "'`") {
		return true, nil
	}
	for _, quoted := range []string{`\"` + key + `\"`, "'" + key + "'", "`" + key + "`"} {
		if strings.Contains(string(raw), quoted) {
			return true, nil
		}
	}
	return false, nil
}

// markMeasuring marks the days on which published plan versions measure by the
// measure.
func markMeasuring(ctx context.Context, tx *store.Tx, m *model.Measure) error {
	versions, err := versionsMeasuring(ctx, tx, m)
	if err != nil {
		return err
	}
	var marks []store.Dirty
	for _, v := range versions {
		marks = append(marks, store.Dirty{Days: v.Days})
	}
	return tx.MarkDirty(ctx, marks...)
}
