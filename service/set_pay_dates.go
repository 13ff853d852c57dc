package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// PayDateInput says when a period is paid out.
type PayDateInput struct {
	PeriodID  model.ID
	PayDate   *model.Date // nil: its last day
	IfVersion *int        // nil: whatever is there
}

// SetPayDatesInput is pay dates to set, 1 to 250.
type SetPayDatesInput struct {
	PayDates         []*PayDateInput
	ClientMutationID *string
}

// SetPayDatesPayload is what setting pay dates did.
type SetPayDatesPayload struct {
	Outcome
	PeriodIDs []model.ID // as given
}

// maxPayDelay bounds how many days after its end a period is paid out.
const maxPayDelay = 366

// SetPayDates says when periods that are open are paid out, all or none.
// Earnings from the earliest of them on are recalculated.
func (s *Service) SetPayDates(ctx context.Context, input SetPayDatesInput) (*SetPayDatesPayload, error) {
	return mutate(ctx, s, "setPayDates", input, func(tx *store.Tx, p *SetPayDatesPayload) error {
		var errs model.UserErrors
		checkCount(&errs, "input.payDates", len(input.PayDates))
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockRates(ctx); err != nil { // who sets a rate finds all pay dates
			return err
		}
		for _, given := range input.PayDates {
			p.PeriodIDs = append(p.PeriodIDs, given.PeriodID)
		}
		there, err := tx.PeriodsByID(ctx, tx.Scope(), p.PeriodIDs)
		if err != nil {
			return err
		}
		onlyOnce(&errs, "input.payDates", p.PeriodIDs)
		for i, given := range input.PayDates {
			checkPayDate(&errs, indexed("input.payDates", i), given, needed(&errs, indexed("input.payDates", i)+".periodId", &given.PeriodID, there))
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		return savePayDates(ctx, tx, input.PayDates, there)
	})
}

// checkPayDate checks the day on which a period, if it is there, is paid out.
func checkPayDate(errs *model.UserErrors, path string, given *PayDateInput, period *model.Period) {
	switch {
	case period == nil:
	case !period.IsOpen():
		errs.Add(model.UserPeriodClosed, path+".periodId", "%s is %s: its results stay", period.Name, period.Status)
	case given.IfVersion != nil && *given.IfVersion != period.Version:
		errs.Add(model.UserConflict, path+".ifVersion", "the period has version %d: read it again and repeat the change on that", period.Version)
	case given.PayDate != nil && (*given.PayDate < period.Days.From || *given.PayDate > period.EndDate().AddDays(maxPayDelay)):
		errs.Add(model.UserInvalid, path+".payDate", "%s is paid out between its first day, %s, and %d days after its end", period.Name, period.Days.From, maxPayDelay)
	}
}

func savePayDates(ctx context.Context, tx *store.Tx, given []*PayDateInput, there map[model.ID]*model.Period) error {
	from := model.MaxDate
	for _, one := range given {
		period, before := there[one.PeriodID], there[one.PeriodID].PayDate()
		period.PaidOn = one.PayDate
		if one.PayDate != nil && *one.PayDate == period.EndDate() {
			period.PaidOn = nil
		}
		if period.PayDate() == before {
			continue
		}
		if _, err := tx.SavePeriod(ctx, period); err != nil {
			return err
		}
		from = min(from, period.Days.From)
	}
	if from == model.MaxDate {
		return nil
	}
	return tx.MarkDirty(ctx, store.Dirty{Days: model.Interval{From: from, To: model.MaxDate}})
}
