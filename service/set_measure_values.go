package service

import (
	"context"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// SetMeasureValuesInput holds values of measures to set, 1 to 250.
type SetMeasureValuesInput struct {
	Values           []*MeasureValueInput
	ClientMutationID *string
}

// MeasureValueInput is a value to set: of a position or, without one, of the
// whole company.
type MeasureValueInput struct {
	MeasureID  model.ID
	PositionID *model.ID
	Date       model.Date
	Value      decimal.Decimal
	IfVersion  *int // 0: there was none; nil: whatever is there
}

// SetMeasureValuesPayload is what setting values did: all of them, and how many
// were not so already.
type SetMeasureValuesPayload struct {
	Outcome
	ValueIDs []model.ID
	Written  int
}

// SetMeasureValues sets values of measures, each found by its measure, position
// and date. All or none are set; those that are so already are not written.
func (s *Service) SetMeasureValues(ctx context.Context, input SetMeasureValuesInput) (*SetMeasureValuesPayload, error) {
	return mutate(ctx, s, "setMeasureValues", input, func(tx *store.Tx, p *SetMeasureValuesPayload) error {
		var errs model.UserErrors
		checkCount(&errs, "input.values", len(input.Values))
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil { // the measures keep their source
			return err
		}
		refs, err := readValueRefs(ctx, tx, input.Values)
		if err != nil {
			return err
		}
		wanted := make([]*model.MeasureValue, len(input.Values))
		for i, v := range input.Values {
			wanted[i] = refs.check(&errs, indexed("input.values", i), v, p)
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		return refs.save(ctx, tx, wanted, p)
	})
}

// valueKey is what there is one value of; without position it is the whole
// company's.
type valueKey struct {
	measure, position model.ID
	date              model.Date
}

func keyOfValue(v *model.MeasureValue) valueKey {
	return valueKey{v.MeasureID, or(v.PositionID, model.ID{}), v.Date}
}

// valueRefs is what the values of one input point at.
type valueRefs struct {
	measures  map[model.ID]*model.Measure
	positions map[model.ID]*model.Position
	there     map[valueKey]*model.MeasureValue
	seen      map[valueKey]bool
}

func readValueRefs(ctx context.Context, tx *store.Tx, given []*MeasureValueInput) (*valueRefs, error) {
	var measures, positions []model.ID
	like := make([]model.MeasureValue, len(given))
	for i, v := range given {
		measures, positions = append(measures, v.MeasureID), append(positions, ids(v.PositionID)...)
		like[i] = model.MeasureValue{MeasureID: v.MeasureID, PositionID: v.PositionID, Date: v.Date}
	}
	refs := &valueRefs{there: map[valueKey]*model.MeasureValue{}, seen: map[valueKey]bool{}}
	var err error
	if refs.measures, err = tx.MeasuresByID(ctx, tx.Scope(), measures); err != nil {
		return nil, err
	}
	if refs.positions, err = tx.PositionsByID(ctx, tx.Scope(), positions); err != nil {
		return nil, err
	}
	found, err := tx.MeasureValuesLike(ctx, tx.Scope(), like)
	for _, v := range found {
		refs.there[keyOfValue(v)] = v
	}
	return refs, err
}

// check gives the value as it is to be: the one that is there with the new
// number, or a new one with version 0.
func (r *valueRefs) check(errs *model.UserErrors, path string, v *MeasureValueInput, p *SetMeasureValuesPayload) *model.MeasureValue {
	measure := needed(errs, path+".measureId", &v.MeasureID, r.measures)
	if measure != nil && !measure.OfValues() {
		errs.Add(model.UserInvalid, path+".measureId", "the measure %s is over %s: values are set for one whose source is VALUES", measure.Key, measure.Source)
	}
	needed(errs, path+".positionId", v.PositionID, r.positions)
	if v.Date >= model.MaxDate {
		errs.Add(model.UserInvalid, path+".date", "a value is of a day before %s", model.MaxDate)
	}
	value := &model.MeasureValue{MeasureID: v.MeasureID, PositionID: v.PositionID, Date: v.Date}
	key := keyOfValue(value)
	if r.seen[key] {
		errs.Add(model.UserDuplicateInput, path, "the value stands twice")
	}
	r.seen[key] = true
	if there := r.there[key]; there != nil {
		*value = *there
	}
	if v.IfVersion != nil && *v.IfVersion != value.Version {
		errs.Add(model.UserConflict, path+".ifVersion", "the value has version %d: read it again and repeat the change on that", value.Version)
		if value.Version > 0 {
			p.ValueIDs = append(p.ValueIDs, value.ID)
		}
	}
	value.Value = v.Value
	return value
}

func (r *valueRefs) save(ctx context.Context, tx *store.Tx, wanted []*model.MeasureValue, p *SetMeasureValuesPayload) error {
	var written []*model.MeasureValue
	for _, value := range wanted {
		there := r.there[keyOfValue(value)]
		if there == nil {
			var err error
			if value.ID, err = newID(model.KindMeasureValue); err != nil {
				return err
			}
		}
		p.ValueIDs = append(p.ValueIDs, value.ID)
		if there != nil && there.Value.Equal(value.Value) {
			continue
		}
		if _, err := tx.SaveMeasureValue(ctx, value); err != nil {
			return err
		}
		written = append(written, value)
	}
	p.Written = len(written)
	return markValues(ctx, tx, written)
}

// markValues marks whom the values may concern on their dates: everybody for
// the whole company's; for a position's, who sat down in it before the end of
// the longest period with the date, whose window may hold it.
func markValues(ctx context.Context, tx *store.Tx, values []*model.MeasureValue) error {
	var marks []store.Dirty
	days := map[model.ID][]model.Interval{}
	for _, v := range values {
		day := model.Interval{From: v.Date, To: v.Date.AddDays(1)}
		if v.PositionID == nil {
			marks = append(marks, store.Dirty{Days: day})
		} else {
			days[*v.PositionID] = append(days[*v.PositionID], day)
		}
	}
	held, err := windowHolders(ctx, tx, days)
	if err != nil {
		return err
	}
	return tx.MarkDirty(ctx, append(marks, held...)...)
}

// windowHolders gives marks on the days for who had sat down in the positions
// before the end of any period that the days touch.
func windowHolders(ctx context.Context, tx *store.Tx, days map[model.ID][]model.Interval) ([]store.Dirty, error) {
	if len(days) == 0 {
		return nil, nil
	}
	var spans []model.Interval
	for _, some := range days {
		spans = append(spans, some...)
	}
	periods, err := tx.PeriodsTouching(ctx, tx.Scope(), spans)
	if err != nil {
		return nil, err
	}
	return holdersUntil(ctx, tx, days, func(span model.Interval) model.Date {
		end := span.To
		for _, p := range periods {
			if p.Days.Overlaps(span) {
				end = max(end, p.Days.To)
			}
		}
		return end
	})
}
