package store

import (
	"context"

	"github.com/shopspring/decimal"

	"spm/model"
)

type fxRateRow struct {
	head
	From string          `bun:"from_currency"`
	To   string          `bun:"to_currency"`
	Date date            `bun:"date"`
	Rate decimal.Decimal `bun:"rate"`
}

var fxRates = &table[fxRateRow, model.FXRate, *fxRateRow]{
	name: "fx_rate", kind: model.KindFXRate, key: "date",
	order: []orderKey{{expr: "t.from_currency", cast: "text"}, {expr: "t.to_currency", cast: "text"}, {expr: "t.date", cast: "date"}},
	model: func(r *fxRateRow) *model.FXRate {
		return &model.FXRate{
			ID: model.UUIDs(model.KindFXRate, r.ID), From: model.CurrencyCode(r.From), To: model.CurrencyCode(r.To),
			Date: model.Date(r.Date), Rate: r.Rate, Version: r.Version,
		}
	},
	row: func(m *model.FXRate) (*fxRateRow, model.ID, int) {
		return &fxRateRow{From: string(m.From), To: string(m.To), Date: date(m.Date), Rate: m.Rate}, m.ID, m.Version
	},
}

// FXRates reads all exchange rates.
func (r reads) FXRates(ctx context.Context, scope model.Scope) ([]*model.FXRate, error) {
	return fxRates.all(ctx, r, scope)
}

// FXRatesByID reads exchange rates by id.
func (r reads) FXRatesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.FXRate, error) {
	return fxRates.byIDs(ctx, r, scope, ids)
}

// FXRatesLike reads the exchange rates with the currencies and dates of the
// given ones.
func (r reads) FXRatesLike(ctx context.Context, scope model.Scope, like []model.FXRate) ([]*model.FXRate, error) {
	from, to, days := make([]string, len(like)), make([]string, len(like)), make([]date, len(like))
	for i, rate := range like {
		from[i], to[i], days[i] = string(rate.From), string(rate.To), date(rate.Date)
	}
	b := fxRates.from(fxRates.columns(), scope)
	b.add(" AND (t.from_currency, t.to_currency, t.date) IN (SELECT * FROM unnest(?::text[], ?::text[], ?::date[]))", from, to, days)
	return fxRates.models(ctx, r, scope, b)
}

// FXRatePage reads a page of exchange rates, by currency from, currency to and
// day.
func (r reads) FXRatePage(ctx context.Context, scope model.Scope, where *model.FXRateWhere, page model.PageArgs) (*model.Connection[model.FXRate], error) {
	return fxRates.page(ctx, r, scope, fxRateList, where, page)
}

// SaveFXRate writes the rate's next version and gives its number.
func (tx *Tx) SaveFXRate(ctx context.Context, m *model.FXRate) (int, error) {
	return fxRates.save(ctx, tx, m)
}
