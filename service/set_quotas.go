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
	StartDate  *model.Date // within the period; its first day where nil
	Amount     decimal.Decimal
	Relief     *QuotaReliefInput
	IfVersion  *int // 0: there was none; nil: whatever is there
}

// QuotaReliefInput is what takes a share off a quota.
type QuotaReliefInput = model.QuotaRelief

// SetQuotasPayload is what setting quotas did: all of them, and how many were
// not so already.
type SetQuotasPayload struct {
	Outcome
	QuotaIDs []model.ID
	Written  int
}

// SetQuotas sets quotas, each found by its position or title, measure, period
// and first day. All or none are set; those that are so already are not written.
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
type quotaKey struct {
	holder, measure, period model.ID
	from                    model.Date // MinDate: the period's first day
}

func keyOfQuota(q *model.Quota) quotaKey {
	key := quotaKey{or(q.TitleID, model.ID{}), q.MeasureID, q.PeriodID, or(q.StartDate, model.MinDate)}
	if q.PositionID != nil {
		key.holder = *q.PositionID
	}
	return key
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
		refs.there[keyOfQuota(q)] = q
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
	period := needed(errs, path+".periodId", &q.PeriodID, r.periods)
	if q.Amount.IsNegative() {
		errs.Add(model.UserInvalid, path+".amount", "a quota is at least 0")
	}
	quota := &model.Quota{PositionID: q.PositionID, TitleID: q.TitleID, MeasureID: q.MeasureID, PeriodID: q.PeriodID, StartDate: checkStart(errs, path+".startDate", q.StartDate, period)}
	key := keyOfQuota(quota)
	if r.seen[key] {
		errs.Add(model.UserDuplicateInput, path, "the quota stands twice")
	}
	r.seen[key] = true
	if there := r.there[key]; there != nil {
		*quota = *there
	}
	if q.IfVersion != nil && *q.IfVersion != quota.Version {
		errs.Add(model.UserConflict, path+".ifVersion", "the quota has version %d: read it again and repeat the change on that", quota.Version)
		if quota.Version > 0 {
			p.QuotaIDs = append(p.QuotaIDs, quota.ID)
		}
	}
	quota.Amount, quota.Relief = q.Amount, checkRelief(errs, path+".relief", q.Relief)
	return quota
}

// checkStart gives the day of the period from which a quota holds, nil for its
// first.
func checkStart(errs *model.UserErrors, path string, day *model.Date, period *model.Period) *model.Date {
	switch {
	case day == nil || period == nil || *day == period.Days.From:
		return nil
	case !period.Days.Contains(*day):
		errs.Add(model.UserInvalid, path, "the period is from %s to %s", period.Days.From, period.EndDate())
	}
	return day
}

// checkRelief gives the relief as it is kept; none for a share of 0.
func checkRelief(errs *model.UserErrors, path string, given *QuotaReliefInput) *model.QuotaRelief {
	if given == nil {
		return nil
	}
	if given.Share.IsNegative() || given.Share.GreaterThan(decimal.New(1, 0)) || given.Share.Normalize().Exponent() < -model.Scale {
		errs.Add(model.UserInvalid, path+".share", "a share is 0 to 1, with at most %d decimals", model.Scale)
	}
	checkText(errs, path+".reason", given.Reason, maxName)
	if given.Share.IsZero() {
		return nil
	}
	return &model.QuotaRelief{Share: given.Share.Normalize(), Reason: given.Reason}
}

// sameQuota tells whether a quota says what another does.
func sameQuota(a, b *model.Quota) bool {
	if !a.Amount.Equal(b.Amount) || (a.Relief == nil) != (b.Relief == nil) {
		return false
	}
	return a.Relief == nil || a.Relief.Share.Equal(b.Relief.Share) && a.Relief.Reason == b.Relief.Reason
}

func (r *quotaRefs) save(ctx context.Context, tx *store.Tx, wanted []*model.Quota, p *SetQuotasPayload) error {
	var written []*model.Quota
	for _, quota := range wanted {
		there := r.there[keyOfQuota(quota)]
		if there == nil {
			var err error
			if quota.ID, err = newID(model.KindQuota); err != nil {
				return err
			}
		}
		p.QuotaIDs = append(p.QuotaIDs, quota.ID)
		if there != nil && sameQuota(there, quota) {
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
