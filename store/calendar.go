package store

import (
	"context"

	"spm/model"
)

type calendarRow struct {
	head
	ExternalID string `bun:"external_id"`
	Name       string `bun:"name"`
	StartMonth int    `bun:"start_month"`
	StartDay   int    `bun:"start_day"`
}

var calendars = &table[calendarRow, model.FiscalCalendar, *calendarRow]{
	name: "fiscal_calendar", kind: model.KindFiscalCalendar, key: "external_id",
	order: []orderKey{{"t.external_id", "text", false}},
	model: func(r *calendarRow) *model.FiscalCalendar {
		return &model.FiscalCalendar{
			ID: model.UUIDs(model.KindFiscalCalendar, r.ID), ExternalID: r.ExternalID, Name: r.Name,
			StartMonth: r.StartMonth, StartDay: r.StartDay, Version: r.Version,
		}
	},
	row: func(m *model.FiscalCalendar) (*calendarRow, model.ID, int) {
		return &calendarRow{ExternalID: m.ExternalID, Name: m.Name, StartMonth: m.StartMonth, StartDay: m.StartDay}, m.ID, m.Version
	},
}

// FiscalCalendars reads all fiscal calendars.
func (r reads) FiscalCalendars(ctx context.Context, scope model.Scope) ([]*model.FiscalCalendar, error) {
	return calendars.all(ctx, r, scope)
}

// FiscalCalendarsByID reads fiscal calendars by id.
func (r reads) FiscalCalendarsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.FiscalCalendar, error) {
	return calendars.byIDs(ctx, r, scope, ids)
}

// FiscalCalendarPage reads a page of fiscal calendars, by external id.
func (r reads) FiscalCalendarPage(ctx context.Context, scope model.Scope, where *model.FiscalCalendarWhere, page model.PageArgs) (*model.Connection[model.FiscalCalendar], error) {
	return calendars.page(ctx, r, scope, where, func(b *builder) {
		if where != nil {
			b.ids("t.id", where.ID)
			b.strings("t.external_id", where.ExternalID)
		}
	}, page)
}

// SaveFiscalCalendar writes the calendar's next version and gives its number.
func (tx *Tx) SaveFiscalCalendar(ctx context.Context, m *model.FiscalCalendar) (int, error) {
	return calendars.save(ctx, tx, m)
}
