package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// OpenFiscalYearInput is a fiscal year to open.
type OpenFiscalYearInput struct {
	CalendarID       model.ID
	FiscalYear       int
	ClientMutationID *string
}

// OpenFiscalYearPayload is what opening a fiscal year did.
type OpenFiscalYearPayload struct {
	Outcome
	PeriodIDs []model.ID
}

// The fiscal years that can be opened.
const (
	minFiscalYear = 1900
	maxFiscalYear = 2200
)

// OpenFiscalYear adds the periods of a fiscal year. Those that are there stay
// as they are. Every payee is calculated for the new ones.
func (s *Service) OpenFiscalYear(ctx context.Context, input OpenFiscalYearInput) (*OpenFiscalYearPayload, error) {
	return mutate(ctx, s, "openFiscalYear", input, func(tx *store.Tx, p *OpenFiscalYearPayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		calendars, err := tx.FiscalCalendarsByID(ctx, tx.Scope(), ids(&input.CalendarID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		calendar := needed(&errs, "input.calendarId", &input.CalendarID, calendars)
		if input.FiscalYear < minFiscalYear || input.FiscalYear > maxFiscalYear {
			errs.Add(model.UserInvalid, "input.fiscalYear", "fiscal years are %d to %d", minFiscalYear, maxFiscalYear)
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := addPeriods(ctx, tx, calendar, input.FiscalYear); err != nil {
			return err
		}
		all, err := tx.PeriodsOfYear(ctx, tx.Scope(), calendar.ID, input.FiscalYear)
		for _, period := range all {
			p.PeriodIDs = append(p.PeriodIDs, period.ID)
		}
		return err
	})
}

// addPeriods writes the year's periods that are not there yet and marks every
// payee over their days; by name those who bring a balance into them, who need
// not earn anything there.
func addPeriods(ctx context.Context, tx *store.Tx, calendar *model.FiscalCalendar, year int) error {
	type place struct {
		of     model.PeriodType
		number int
	}
	there, err := tx.PeriodsOfYear(ctx, tx.Scope(), calendar.ID, year)
	if err != nil {
		return err
	}
	taken := map[place]bool{}
	for _, period := range there {
		taken[place{period.Type, period.Number}] = true
	}
	var marks []store.Dirty
	for _, period := range calendar.PeriodsOf(year) {
		if taken[place{period.Type, period.Number}] {
			continue
		}
		if period.ID, err = newID(model.KindPeriod); err != nil {
			return err
		}
		if _, err := tx.SavePeriod(ctx, &period); err != nil {
			return err
		}
		marks = append(marks, store.Dirty{Days: period.Days})
	}
	if len(marks) == 0 {
		return nil
	}
	bringing, err := tx.Bringing(ctx, tx.Scope(), calendar.ID)
	if err != nil {
		return err
	}
	for i := range bringing {
		marks = append(marks, store.Dirty{Payee: &bringing[i], Days: marks[0].Days})
	}
	return tx.MarkDirty(ctx, marks...)
}
