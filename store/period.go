package store

import (
	"cmp"
	"context"
	"slices"

	"github.com/google/uuid"

	"spm/model"
)

type periodRow struct {
	head
	CalendarID uuid.UUID `bun:"calendar_id"`
	Type       string    `bun:"type"`
	Name       string    `bun:"name"`
	FiscalYear int       `bun:"fiscal_year"`
	Number     int       `bun:"number"`
	From       date      `bun:"from_date"`
	To         date      `bun:"to_date"`
	PaidOn     *date     `bun:"paid_on"`
	Status     string    `bun:"status"`
	ClosedXID  *int64    `bun:"closed_xid"`
}

var periods = &table[periodRow, model.Period, *periodRow]{
	name: "period", kind: model.KindPeriod, key: "name",
	order: []orderKey{
		{expr: "t.from_date", cast: "date"},
		{expr: "array_position(ARRAY['DAY', 'WEEK', 'SEMI_MONTHLY', 'FOUR_WEEKS', 'MONTH', 'QUARTER', 'HALF', 'YEAR'], t.type)", cast: "int"},
		{expr: "t.id", cast: "uuid"},
	},
	model: func(r *periodRow) *model.Period {
		return &model.Period{
			ID: model.UUIDs(model.KindPeriod, r.ID), CalendarID: model.UUIDs(model.KindFiscalCalendar, r.CalendarID),
			Type: model.PeriodType(r.Type), Name: r.Name, FiscalYear: r.FiscalYear, Number: r.Number,
			Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)}, PaidOn: dates(r.PaidOn), Status: model.PeriodStatus(r.Status), ClosedXID: r.ClosedXID, Version: r.Version,
		}
	},
	row: func(m *model.Period) (*periodRow, model.ID, int) {
		return &periodRow{
			CalendarID: m.CalendarID.UUID(), Type: string(m.Type), Name: m.Name, FiscalYear: m.FiscalYear, Number: m.Number,
			From: date(m.Days.From), To: date(m.Days.To), PaidOn: datesRow(m.PaidOn), Status: string(m.Status), ClosedXID: m.ClosedXID,
		}, m.ID, m.Version
	},
}

// Periods reads all periods.
func (r reads) Periods(ctx context.Context, scope model.Scope) ([]*model.Period, error) {
	return periods.all(ctx, r, scope)
}

// PeriodsByID reads periods by id.
func (r reads) PeriodsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Period, error) {
	return periods.byIDs(ctx, r, scope, ids)
}

// PeriodsOfYear reads the periods of a calendar's fiscal year.
func (r reads) PeriodsOfYear(ctx context.Context, scope model.Scope, calendar model.ID, year int) ([]*model.Period, error) {
	b := periods.from(periods.columns(), scope).add(" AND t.calendar_id = ? AND t.fiscal_year = ?", calendar.UUID(), year)
	return periods.models(ctx, r, scope, b.add(" ORDER BY "+orderBy(periods.order, false)))
}

// PeriodPage reads a page of periods, by first day and then from short to
// long.
func (r reads) PeriodPage(ctx context.Context, scope model.Scope, where *model.PeriodWhere, page model.PageArgs) (*model.Connection[model.Period], error) {
	return periods.page(ctx, r, scope, periodList, where, page)
}

// SavePeriod writes the period's next version and gives its number.
func (tx *Tx) SavePeriod(ctx context.Context, m *model.Period) (int, error) {
	return periods.save(ctx, tx, m)
}

// FirstPaidSince gives the first day of all periods that are paid out after
// their end, and on or after the day; the day where there is none before it.
func (tx *Tx) FirstPaidSince(ctx context.Context, day model.Date) (model.Date, error) {
	found, err := periods.models(ctx, tx.reads, tx.Scope(), periods.from(periods.columns(), tx.Scope()).add(" AND t.paid_on >= ? AND t.paid_on >= t.to_date ORDER BY t.from_date LIMIT 1", date(day)))
	if err != nil || len(found) == 0 {
		return day, err
	}
	return min(day, found[0].Days.From), nil
}

// maxPeriodTries bounds how often SharePeriods starts over because a period
// changed its state while it waited for the lock.
const maxPeriodTries = 5

// SharePeriods is the writers' side of a period's lock: it keeps the periods
// that the days touch in the state that they are in until the transaction
// ends, and gives those that are CLOSED or PAID. Who changes a state waits for
// the writers, and they for it; after that they see the new state. Periods are
// locked in the order of their ids.
func (tx *Tx) SharePeriods(ctx context.Context, days []model.Interval) (closed []model.Period, err error) {
	spans := merge(days)
	if len(spans) == 0 {
		return nil, nil
	}
	for range maxPeriodTries {
		locked, err := tx.periodsTouched(ctx, spans, " FOR SHARE OF t")
		if err != nil {
			return nil, err
		}
		// A state that changed while the lock was waited for is a new row, which
		// the locking statement could not see: a fresh one tells.
		now, err := tx.periodsTouched(ctx, spans, "")
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(locked, now, func(a, b *model.Period) bool { return a.ID == b.ID && a.Version == b.Version }) {
			return notOpen(locked), nil
		}
	}
	return nil, model.Errorf(model.Overloaded, "the periods change their states now: try again")
}

func (tx *Tx) periodsTouched(ctx context.Context, spans []model.Interval, lock string) ([]*model.Period, error) {
	return periods.models(ctx, tx.reads, tx.Scope(), touching(tx.Scope(), spans).add(" ORDER BY t.id"+lock))
}

// PeriodsTouching reads the periods that share a day with any of the spans, of
// all calendars and lengths.
func (r reads) PeriodsTouching(ctx context.Context, scope model.Scope, spans []model.Interval) ([]*model.Period, error) {
	return periods.models(ctx, r, scope, touching(scope, spans).add(" ORDER BY t.id"))
}

func touching(scope model.Scope, spans []model.Interval) *builder {
	from, to := make([]date, len(spans)), make([]date, len(spans))
	for i, s := range spans {
		from[i], to[i] = date(s.From), date(s.To)
	}
	b := periods.from(periods.columns(), scope)
	return b.add(" AND EXISTS (SELECT FROM unnest(?::date[], ?::date[]) d(from_date, to_date) WHERE t.from_date < d.to_date AND d.from_date < t.to_date)", from, to)
}

func notOpen(all []*model.Period) []model.Period {
	var out []model.Period
	for _, p := range all {
		if !p.IsOpen() {
			out = append(out, *p)
		}
	}
	return out
}

// merge gives the same days as few intervals in order.
func merge(days []model.Interval) []model.Interval {
	sorted := slices.DeleteFunc(slices.Clone(days), model.Interval.Empty)
	slices.SortFunc(sorted, func(a, b model.Interval) int { return cmp.Compare(a.From, b.From) })
	out := sorted[:0]
	for _, d := range sorted {
		if n := len(out); n > 0 && d.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, d.To)
			continue
		}
		out = append(out, d)
	}
	return out
}
