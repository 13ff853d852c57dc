package service

import (
	"context"
	"encoding/json"
	"strings"

	"spm/model"
	"spm/store"
)

// versionsMeasuring gives the plan versions that pay and measure by the
// measure, as a component's or in an expression that names its key.
func versionsMeasuring(ctx context.Context, tx *store.Tx, m *model.Measure) ([]*model.PlanVersion, error) {
	all, err := tx.PlanVersions(ctx, tx.Scope())
	if err != nil {
		return nil, err
	}
	var using []*model.PlanVersion
	for _, v := range all {
		if !v.Pays() {
			continue
		}
		uses, err := measuresBy(v, m)
		if err != nil {
			return nil, err
		}
		if uses {
			using = append(using, v)
		}
	}
	return using, nil
}

// measuresBy tells whether a version measures by the measure. A key that an
// expression writes with escapes is taken to be named by every version.
func measuresBy(v *model.PlanVersion, m *model.Measure) (bool, error) {
	for _, c := range v.Components {
		if c.MeasureID == m.ID {
			return true, nil
		}
	}
	raw, err := json.Marshal(v.Components)
	if err != nil {
		return false, err
	}
	if plain, _ := json.Marshal(m.Key); string(plain) != `"`+m.Key+`"` || strings.ContainsAny(m.Key, "'`") {
		return true, nil
	}
	for _, quoted := range []string{`\"` + m.Key + `\"`, "'" + m.Key + "'", "`" + m.Key + "`"} {
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
