package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// SetParameterValuesInput holds values of plans' parameters to set, 1 to 250.
type SetParameterValuesInput struct {
	Values           []*ParameterValueInput
	ClientMutationID *string
}

// ParameterValueInput is a value to set: for a title, a position or a payee,
// or, where none is given, for the whole plan.
type ParameterValueInput struct {
	PlanID     model.ID
	Key        string
	TitleID    *model.ID
	PositionID *model.ID
	PayeeID    *model.ID
	StartDate  model.Date
	EndDate    *model.Date
	Value      decimal.Decimal
	IfVersion  *int // 0: there was none; nil: whatever is there
}

// SetParameterValuesPayload is what setting values did: all of them, how many
// were not so already, and which earlier ones end now.
type SetParameterValuesPayload struct {
	Outcome
	ParameterValueIDs []model.ID
	ShortenedIDs      []model.ID
	Written           int
}

// SetParameterValues sets values, each found by its plan, key, holder and first
// day. All or none are set; those that are so already are not written. One
// without a last day goes on until the next such one begins; any other overlap
// is OVERLAP.
func (s *Service) SetParameterValues(ctx context.Context, input SetParameterValuesInput) (*SetParameterValuesPayload, error) {
	return mutate(ctx, s, "setParameterValues", input, func(tx *store.Tx, p *SetParameterValuesPayload) error {
		var errs model.UserErrors
		checkCount(&errs, "input.values", len(input.Values))
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		refs, err := readParameterRefs(ctx, tx, input.Values)
		if err != nil {
			return err
		}
		for i, v := range input.Values {
			refs.check(&errs, indexed("input.values", i), v, p)
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		refs.fit(&errs)
		if err := errs.OrNil(); err != nil {
			return err
		}
		return refs.save(ctx, tx, p)
	})
}

// parameterSlot is what has one value a day: a parameter of a plan, for a
// title, a position, a payee or the plan.
type parameterSlot struct {
	plan, holder model.ID
	key          string
}

func slotOf(v *model.ParameterValue) parameterSlot {
	return parameterSlot{v.PlanID, v.Holder(), v.Key}
}

// parameterRefs is what the values of one input point at, and what is there in
// their slots.
type parameterRefs struct {
	plans     map[model.ID]*model.Plan
	titles    map[model.ID]*model.Title
	positions map[model.ID]*model.Position
	payees    map[model.ID]*model.Payee
	declared  map[model.ID]map[string]bool              // by plan
	before    map[model.ID]model.ParameterValue         // as they are
	slots     map[parameterSlot][]*model.ParameterValue // as they are to be
	wanted    []*model.ParameterValue                   // those of the input, in its order
	paths     []string                                  // and where they stand in it
}

func readParameterRefs(ctx context.Context, tx *store.Tx, given []*ParameterValueInput) (*parameterRefs, error) {
	var plans, titles, positions, payees []model.ID
	for _, v := range given {
		if !slices.Contains(plans, v.PlanID) {
			plans = append(plans, v.PlanID)
		}
		titles, positions, payees = append(titles, ids(v.TitleID)...), append(positions, ids(v.PositionID)...), append(payees, ids(v.PayeeID)...)
	}
	refs := &parameterRefs{
		declared: map[model.ID]map[string]bool{}, before: map[model.ID]model.ParameterValue{}, slots: map[parameterSlot][]*model.ParameterValue{},
	}
	var err error
	if refs.plans, err = tx.PlansByID(ctx, tx.Scope(), plans); err != nil {
		return nil, err
	}
	if refs.titles, err = tx.TitlesByID(ctx, tx.Scope(), titles); err != nil {
		return nil, err
	}
	if refs.positions, err = tx.PositionsByID(ctx, tx.Scope(), positions); err != nil {
		return nil, err
	}
	if refs.payees, err = tx.PayeesByID(ctx, tx.Scope(), payees); err != nil {
		return nil, err
	}
	for _, plan := range plans {
		if refs.declared[plan], err = declaredBy(ctx, tx, plan); err != nil {
			return nil, err
		}
	}
	there, err := tx.ParameterValuesFor(ctx, tx.Scope(), plans, slices.Concat(plans, titles, positions, payees))
	for _, v := range there {
		refs.before[v.ID], refs.slots[slotOf(v)] = *v, append(refs.slots[slotOf(v)], v)
	}
	return refs, err
}

// declaredBy gives the keys of the parameters that versions of the plan
// declare, whatever their state.
func declaredBy(ctx context.Context, tx *store.Tx, plan model.ID) (map[string]bool, error) {
	versions, err := tx.PlanVersionsOf(ctx, tx.Scope(), plan)
	return declaredKeys(versions), err
}

func declaredKeys(versions []*model.PlanVersion) map[string]bool {
	keys := map[string]bool{}
	for _, version := range versions {
		for _, p := range version.Parameters {
			keys[p.Key] = true
		}
	}
	return keys
}

// check puts a value of the input where it is to be: in place of the one with
// its first day, or beside the others, with version 0.
func (r *parameterRefs) check(errs *model.UserErrors, path string, v *ParameterValueInput, p *SetParameterValuesPayload) {
	atMostOne(errs, path, choice{"titleId", v.TitleID}, choice{"positionId", v.PositionID}, choice{"payeeId", v.PayeeID})
	if needed(errs, path+".planId", &v.PlanID, r.plans) != nil && !r.declared[v.PlanID][v.Key] {
		errs.Add(model.UserNotFound, path+".key", "no version of the plan declares such a parameter")
	}
	needed(errs, path+".titleId", v.TitleID, r.titles)
	needed(errs, path+".positionId", v.PositionID, r.positions)
	needed(errs, path+".payeeId", v.PayeeID, r.payees)
	value := &model.ParameterValue{PlanID: v.PlanID, Key: v.Key, TitleID: v.TitleID, PositionID: v.PositionID, PayeeID: v.PayeeID}
	slot, days := slotOf(value), checkDays(errs, path+".endDate", &v.StartDate, v.EndDate)
	if at := slices.IndexFunc(r.slots[slot], func(o *model.ParameterValue) bool { return o.Days.From == days.From }); at >= 0 {
		value = r.slots[slot][at]
	} else {
		r.slots[slot] = append(r.slots[slot], value)
	}
	if slices.Contains(r.wanted, value) {
		errs.Add(model.UserDuplicateInput, path, "the value stands twice")
	}
	if v.IfVersion != nil && *v.IfVersion != value.Version {
		errs.Add(model.UserConflict, path+".ifVersion", "the value has version %d: read it again and repeat the change on that", value.Version)
		if value.Version > 0 {
			p.ParameterValueIDs = append(p.ParameterValueIDs, value.ID)
		}
	}
	value.Days, value.Value = days, v.Value
	r.wanted, r.paths = append(r.wanted, value), append(r.paths, path)
}

// fit ends each open value where the next open one of its slot begins, and
// refuses any other overlap, at the last value of the input that is in it.
func (r *parameterRefs) fit(errs *model.UserErrors) {
	for i, value := range r.wanted {
		slot := r.slots[slotOf(value)]
		slices.SortFunc(slot, func(a, b *model.ParameterValue) int { return cmp.Compare(a.Days.From, b.Days.From) })
		next := model.MaxDate
		for _, v := range slices.Backward(slot) {
			if v.Days.To == model.MaxDate {
				v.Days.To, next = next, v.Days.From
			}
		}
		for _, other := range slot {
			if other != value && other.Days.Overlaps(value.Days) && !slices.Contains(r.wanted[i:], other) {
				errs.Add(model.UserOverlap, r.paths[i]+".startDate", "it has another value from %s on: give that one a last day first", other.Days.From)
				break
			}
		}
	}
}

// save writes what is otherwise than before, in the order of the input and of
// the days.
func (r *parameterRefs) save(ctx context.Context, tx *store.Tx, p *SetParameterValuesPayload) error {
	for _, value := range r.wanted {
		if value.Version == 0 {
			var err error
			if value.ID, err = newID(model.KindParameterValue); err != nil {
				return err
			}
		}
		p.ParameterValueIDs = append(p.ParameterValueIDs, value.ID)
	}
	var changed []*model.ParameterValue
	var days []model.Interval
	for _, value := range r.wanted {
		slot := slotOf(value)
		for _, v := range r.slots[slot] {
			span := r.changedDays(v)
			if span.Empty() {
				continue
			}
			if _, err := tx.SaveParameterValue(ctx, v); err != nil {
				return err
			}
			changed, days = append(changed, v), append(days, span)
			if slices.Contains(r.wanted, v) {
				p.Written++
			} else {
				p.ShortenedIDs = append(p.ShortenedIDs, v.ID)
			}
		}
		delete(r.slots, slot)
	}
	return markParameters(ctx, tx, changed, days)
}

// changedDays gives the days on which the value is otherwise than before.
func (r *parameterRefs) changedDays(v *model.ParameterValue) model.Interval {
	before, known := r.before[v.ID]
	switch {
	case !known:
		return v.Days
	case before.Value.Equal(v.Value):
		return changedDays(before.Days, v.Days)
	default:
		return model.Interval{From: v.Days.From, To: max(before.Days.To, v.Days.To)}
	}
}

// markParameters marks whom the values may concern on the days: the payee, who
// held the position, everybody for a title or a plan.
func markParameters(ctx context.Context, tx *store.Tx, values []*model.ParameterValue, days []model.Interval) error {
	var marks []store.Dirty
	seats := map[model.ID][]model.Interval{}
	for i, v := range values {
		if v.PositionID != nil {
			seats[*v.PositionID] = append(seats[*v.PositionID], days[i])
		} else {
			marks = append(marks, store.Dirty{Payee: v.PayeeID, Days: days[i]})
		}
	}
	held, err := holders(ctx, tx, seats)
	if err != nil {
		return err
	}
	return tx.MarkDirty(ctx, append(marks, held...)...)
}
