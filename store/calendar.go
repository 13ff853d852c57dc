package store

import (
	"context"

	"spm/model"
)

type calendarRow struct {
	head
	ExternalID string   `bun:"external_id"`
	Name       string   `bun:"name"`
	StartMonth int      `bun:"start_month"`
	StartDay   int      `bun:"start_day"`
	Types      []string `bun:"period_types,array"`
	PayPeriod  *string  `bun:"pay_period"`
	WeekStart  *string  `bun:"week_start"`
	Pattern    string   `bun:"pattern"`
}

func (r *calendarRow) calendar() *model.FiscalCalendar {
	types := make([]model.PeriodType, len(r.Types))
	for i, of := range r.Types {
		types[i] = model.PeriodType(of)
	}
	var pay model.PeriodType
	if r.PayPeriod != nil {
		pay = model.PeriodType(*r.PayPeriod)
	}
	return &model.FiscalCalendar{
		PayPeriod: pay,
		ID:        model.UUIDs(model.KindFiscalCalendar, r.ID), ExternalID: r.ExternalID, Name: r.Name, StartMonth: r.StartMonth, StartDay: r.StartDay,
		PeriodTypes: types, WeekStart: (*model.Weekday)(r.WeekStart), Pattern: model.CalendarPattern(r.Pattern), Version: r.Version,
	}
}

func calendarRowOf(m *model.FiscalCalendar) (*calendarRow, model.ID, int) {
	types := make([]string, len(m.PeriodTypes))
	for i, of := range m.PeriodTypes {
		types[i] = string(of)
	}
	var pay *string
	if m.PayPeriod != "" {
		pay = (*string)(&m.PayPeriod)
	}
	return &calendarRow{
		PayPeriod:  pay,
		ExternalID: m.ExternalID, Name: m.Name, StartMonth: m.StartMonth, StartDay: m.StartDay,
		Types: types, WeekStart: (*string)(m.WeekStart), Pattern: string(m.Pattern),
	}, m.ID, m.Version
}

var calendars = &table[calendarRow, model.FiscalCalendar, *calendarRow]{
	name: "fiscal_calendar", kind: model.KindFiscalCalendar, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: (*calendarRow).calendar,
	row:   calendarRowOf,
}

// FiscalCalendars reads all fiscal calendars.
func (r reads) FiscalCalendars(ctx context.Context, scope model.Scope) ([]*model.FiscalCalendar, error) {
	return calendars.all(ctx, r, scope)
}

// FiscalCalendarsByID reads fiscal calendars by id.
func (r reads) FiscalCalendarsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.FiscalCalendar, error) {
	return calendars.byIDs(ctx, r, scope, ids)
}

// FiscalCalendarsByKey reads fiscal calendars by external id.
func (r reads) FiscalCalendarsByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.FiscalCalendar, error) {
	return calendars.byKeys(ctx, r, scope, keys)
}

// FiscalCalendarPage reads a page of fiscal calendars, by external id.
func (r reads) FiscalCalendarPage(ctx context.Context, scope model.Scope, where *model.FiscalCalendarWhere, page model.PageArgs) (*model.Connection[model.FiscalCalendar], error) {
	return calendars.page(ctx, r, scope, fiscalCalendarList, where, page)
}

// SaveFiscalCalendar writes the calendar's next version and gives its number.
func (tx *Tx) SaveFiscalCalendar(ctx context.Context, m *model.FiscalCalendar) (int, error) {
	return calendars.save(ctx, tx, m)
}
