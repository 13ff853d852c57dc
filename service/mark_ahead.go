package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// markAhead marks what a change of who is what on days can alter. A window that
// is paid before its end, and a cap of the year, are prorated by the days to come
// too: there a mark begins with the first day of the window that it begins in.
func markAhead(ctx context.Context, tx *store.Tx, marks ...store.Dirty) error {
	ahead := map[model.ID][]model.PeriodType{} // by calendar
	_, err := versionsThat(ctx, tx, func(v *model.PlanVersion) (bool, error) {
		ahead[v.CalendarID] = append(ahead[v.CalendarID], v.PaidAhead()...)
		return false, nil
	})
	if err != nil {
		return err
	}
	var firsts []model.Interval
	for _, d := range marks {
		if !d.Days.Empty() {
			firsts = append(firsts, model.Interval{From: d.Days.From, To: d.Days.From.AddDays(1)})
		}
	}
	periods, err := tx.PeriodsTouching(ctx, tx.Scope(), firsts)
	if err != nil {
		return err
	}
	out := slices.Clone(marks)
	for i, d := range marks {
		for _, p := range periods {
			if !d.Days.Empty() && p.Days.Contains(d.Days.From) && slices.Contains(ahead[p.CalendarID], p.Type) {
				out[i].Days.From = min(out[i].Days.From, p.Days.From)
			}
		}
	}
	return tx.MarkDirty(ctx, out...)
}
