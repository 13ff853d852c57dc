package service

import (
	"context"
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// SetQuotasInput holds quotas to set, 1 to 250.
type SetQuotasInput struct {
	Quotas           []*QuotaInput
	ClientMutationID *string
}

// QuotaInput is a quota to set: of a position or of a title.
type QuotaInput struct {
	PositionID *model.ID
	TitleID    *model.ID
	MeasureID  model.ID
	PeriodID   model.ID
	Amount     decimal.Decimal
	IfVersion  *int // 0: there was none; nil: whatever is there
}

// SetQuotasPayload is what setting quotas did: all of them, and how many were
// not so already.
type SetQuotasPayload struct {
	Outcome
	QuotaIDs []model.ID
	Written  int
}

// SetQuotas sets quotas, each found by its position or title, measure and
// period. All or none are set; those that are so already are not written.
func (s *Service) SetQuotas(ctx context.Context, input SetQuotasInput) (*SetQuotasPayload, error) {
	return mutate(ctx, s, "setQuotas", input, func(tx *store.Tx, p *SetQuotasPayload) error {
		switch n := len(input.Quotas); {
		case n == 0:
			return model.Refuse(model.UserRequired, "input.quotas", "give at least one quota")
		case n > maxList:
			return model.Refuse(model.UserTooMany, "input.quotas", "at most %d quotas at a time", maxList)
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		refs, err := readQuotaRefs(ctx, tx, input.Quotas)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		wanted := make([]*model.Quota, len(input.Quotas))
		for i, q := range input.Quotas {
			wanted[i] = refs.check(&errs, fmt.Sprintf("input.quotas.%d", i), q, p)
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		return refs.save(ctx, tx, wanted, p)
	})
}

// quotaKey is what there is one quota of.
type quotaKey struct{ holder, measure, period model.ID }

func keyOfQuota(position, title *model.ID, measure, period model.ID) quotaKey {
	if position != nil {
		return quotaKey{*position, measure, period}
	}
	return quotaKey{or(title, model.ID{}), measure, period}
}

// quotaRefs is what the quotas of one input point at.
type quotaRefs struct {
	positions map[model.ID]*model.Position
	titles    map[model.ID]*model.Title
	measures  map[model.ID]*model.Measure
	periods   map[model.ID]*model.Period
	there     map[quotaKey]*model.Quota
	seen      map[quotaKey]bool
}

func readQuotaRefs(ctx context.Context, tx *store.Tx, given []*QuotaInput) (*quotaRefs, error) {
	var positions, titles, measures, periods []model.ID
	for _, q := range given {
		positions, titles = append(positions, ids(q.PositionID)...), append(titles, ids(q.TitleID)...)
		measures, periods = append(measures, q.MeasureID), append(periods, q.PeriodID)
	}
	refs := &quotaRefs{there: map[quotaKey]*model.Quota{}, seen: map[quotaKey]bool{}}
	var err error
	if refs.positions, err = tx.PositionsByID(ctx, tx.Scope(), positions); err != nil {
		return nil, err
	}
	if refs.titles, err = tx.TitlesByID(ctx, tx.Scope(), titles); err != nil {
		return nil, err
	}
	if refs.measures, err = tx.MeasuresByID(ctx, tx.Scope(), measures); err != nil {
		return nil, err
	}
	if refs.periods, err = tx.PeriodsByID(ctx, tx.Scope(), periods); err != nil {
		return nil, err
	}
	quotas, err := tx.QuotasFor(ctx, tx.Scope(), positions, titles)
	for _, q := range quotas {
		refs.there[keyOfQuota(q.PositionID, q.TitleID, q.MeasureID, q.PeriodID)] = q
	}
	return refs, err
}

// check gives the quota as it is to be: the one that is there with the new
// amount, or a new one with version 0.
func (r *quotaRefs) check(errs *model.UserErrors, path string, q *QuotaInput, p *SetQuotasPayload) *model.Quota {
	exactlyOne(errs, path, choice{"positionId", q.PositionID}, choice{"titleId", q.TitleID})
	needed(errs, path+".positionId", q.PositionID, r.positions)
	needed(errs, path+".titleId", q.TitleID, r.titles)
	needed(errs, path+".measureId", &q.MeasureID, r.measures)
	needed(errs, path+".periodId", &q.PeriodID, r.periods)
	if q.Amount.IsNegative() {
		errs.Add(model.UserInvalid, path+".amount", "a quota is at least 0")
	}
	key := keyOfQuota(q.PositionID, q.TitleID, q.MeasureID, q.PeriodID)
	if r.seen[key] {
		errs.Add(model.UserDuplicateInput, path, "the quota stands twice")
	}
	r.seen[key] = true
	quota := &model.Quota{PositionID: q.PositionID, TitleID: q.TitleID, MeasureID: q.MeasureID, PeriodID: q.PeriodID}
	if there := r.there[key]; there != nil {
		*quota = *there
	}
	if q.IfVersion != nil && *q.IfVersion != quota.Version {
		errs.Add(model.UserConflict, path+".ifVersion", "the quota has version %d: read it again and repeat the change on that", quota.Version)
		if quota.Version > 0 {
			p.QuotaIDs = append(p.QuotaIDs, quota.ID)
		}
	}
	quota.Amount = q.Amount
	return quota
}

func (r *quotaRefs) save(ctx context.Context, tx *store.Tx, wanted []*model.Quota, p *SetQuotasPayload) error {
	var written []*model.Quota
	for _, quota := range wanted {
		there := r.there[keyOfQuota(quota.PositionID, quota.TitleID, quota.MeasureID, quota.PeriodID)]
		if there == nil {
			var err error
			if quota.ID, err = newID(model.KindQuota); err != nil {
				return err
			}
		}
		p.QuotaIDs = append(p.QuotaIDs, quota.ID)
		if there != nil && there.Amount.Equal(quota.Amount) {
			continue
		}
		if _, err := tx.SaveQuota(ctx, quota); err != nil {
			return err
		}
		written = append(written, quota)
	}
	p.Written = len(written)
	return markQuotas(ctx, tx, written, r.periods)
}

// markQuotas marks whom the quotas may concern on their periods' days: who
// held the position, everybody for a title.
func markQuotas(ctx context.Context, tx *store.Tx, quotas []*model.Quota, periods map[model.ID]*model.Period) error {
	var marks []store.Dirty
	days := map[model.ID][]model.Interval{}
	for _, q := range quotas {
		switch period := periods[q.PeriodID]; {
		case period == nil:
		case q.PositionID == nil:
			marks = append(marks, store.Dirty{Days: period.Days})
		default:
			days[*q.PositionID] = append(days[*q.PositionID], period.Days)
		}
	}
	held, err := holders(ctx, tx, days)
	if err != nil {
		return err
	}
	return tx.MarkDirty(ctx, append(marks, held...)...)
}

// holders gives marks for who had sat down in the positions before the end of
// the days: leavers too, whose late reversals are paid by the plan still.
func holders(ctx context.Context, tx *store.Tx, days map[model.ID][]model.Interval) ([]store.Dirty, error) {
	return holdersUntil(ctx, tx, days, func(span model.Interval) model.Date { return span.To })
}

// holdersUntil gives marks on the days for who had sat down in the positions
// before the end that a span of days has.
func holdersUntil(ctx context.Context, tx *store.Tx, days map[model.ID][]model.Interval, end func(model.Interval) model.Date) ([]store.Dirty, error) {
	positions := make([]model.ID, 0, len(days))
	for id := range days {
		positions = append(positions, id)
	}
	if err := tx.ShareSetup(ctx); err != nil { // nobody sits down unseen meanwhile
		return nil, err
	}
	seats, err := tx.PositionAssignmentsInAny(ctx, tx.Scope(), positions)
	if err != nil {
		return nil, err
	}
	var marks []store.Dirty
	for _, seat := range seats {
		for _, span := range days[seat.PositionID] {
			if seat.Days.From < end(span) {
				marks = append(marks, store.Dirty{Payee: &seat.PayeeID, Days: span})
			}
		}
	}
	return marks, nil
}
