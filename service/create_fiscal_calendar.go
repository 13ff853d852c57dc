package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// CreateFiscalCalendarInput is a fiscal calendar to add.
type CreateFiscalCalendarInput struct {
	ExternalID       *string
	Name             string
	StartMonth       int // 1 to 12
	StartDay         int // 1 to 28
	PeriodTypes      []model.PeriodType
	WeekStart        *model.Weekday
	Pattern          model.CalendarPattern
	PayPeriod        *model.PeriodType
	ClientMutationID *string
}

// CreateFiscalCalendarPayload is what adding a fiscal calendar did.
type CreateFiscalCalendarPayload struct {
	Outcome
	CalendarID *model.ID
}

// CreateFiscalCalendar adds a fiscal calendar, without periods yet.
func (s *Service) CreateFiscalCalendar(ctx context.Context, input CreateFiscalCalendarInput) (*CreateFiscalCalendarPayload, error) {
	return mutate(ctx, s, "createFiscalCalendar", input, func(tx *store.Tx, p *CreateFiscalCalendarPayload) error {
		id, err := newID(model.KindFiscalCalendar)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		calendar := &model.FiscalCalendar{
			ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name,
			StartMonth: input.StartMonth, StartDay: input.StartDay, PeriodTypes: slices.Clone(input.PeriodTypes), WeekStart: input.WeekStart, Pattern: input.Pattern, PayPeriod: or(input.PayPeriod, ""),
		}
		checkPeriodTypes(&errs, calendar)
		checkText(&errs, "input.name", input.Name, maxName)
		if input.StartMonth < 1 || input.StartMonth > 12 {
			errs.Add(model.UserInvalid, "input.startMonth", "a month is 1 to 12")
		}
		if input.StartDay < 1 || input.StartDay > 28 {
			errs.Add(model.UserInvalid, "input.startDay", "a fiscal year starts on day 1 to 28 of a month, which every month has")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveFiscalCalendar(ctx, calendar); err != nil {
			return err
		}
		p.CalendarID = &id
		return nil
	})
}

// checkPeriodTypes checks which periods a calendar is to have, and puts them in
// order.
func checkPeriodTypes(errs *model.UserErrors, c *model.FiscalCalendar) {
	onlyOnce(errs, "input.periodTypes", c.PeriodTypes)
	if !slices.Contains(c.PeriodTypes, model.PeriodYear) {
		errs.Add(model.UserRequired, "input.periodTypes", "every calendar has YEAR")
	}
	if c.PayPeriod != "" && !slices.Contains(c.PeriodTypes, c.PayPeriod) {
		errs.Add(model.UserInvalid, "input.payPeriod", "it is one of the calendar's periodTypes")
	}
	if c.OfWeeks() && c.WeekStart == nil {
		errs.Add(model.UserRequired, "input.weekStart", "%s needs the day on which weeks start", c.Pattern)
	}
	if at := slices.Index(c.PeriodTypes, model.PeriodSemiMonthly); c.OfWeeks() && at >= 0 {
		errs.Add(model.UserInvalid, indexed("input.periodTypes", at), "months that are made of weeks have no halves of whole weeks")
	}
	slices.SortFunc(c.PeriodTypes, func(a, b model.PeriodType) int {
		return slices.Index(model.PeriodTypes, a) - slices.Index(model.PeriodTypes, b)
	})
}
