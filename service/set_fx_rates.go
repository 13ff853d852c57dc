package service

import (
	"context"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// FXRateInput says that on Date one unit of FromCurrency is Rate units of
// ToCurrency.
type FXRateInput struct {
	FromCurrency model.CurrencyCode
	ToCurrency   model.CurrencyCode
	Date         model.Date
	Rate         decimal.Decimal // above 0, at most 10 decimals
}

// SetFXRatesInput is exchange rates to set.
type SetFXRatesInput struct {
	Rates            []*FXRateInput // 1 to 250
	ClientMutationID *string
}

// SetFXRatesPayload is what setting exchange rates did.
type SetFXRatesPayload struct {
	Outcome
	RateIDs []model.ID // as given
}

// fxKey is what an exchange rate is the only one of.
type fxKey struct {
	from, to model.CurrencyCode
	date     model.Date
}

// SetFXRates sets exchange rates by their currencies and day, all or none.
// Earnings from the earliest changed day on are recalculated, and those that are
// paid out from that day on.
func (s *Service) SetFXRates(ctx context.Context, input SetFXRatesInput) (*SetFXRatesPayload, error) {
	return mutate(ctx, s, "setFXRates", input, func(tx *store.Tx, p *SetFXRatesPayload) error {
		rates, err := checkRates(input.Rates)
		if err != nil {
			return err
		}
		if err := tx.LockRates(ctx); err != nil {
			return err
		}
		there, err := tx.FXRatesLike(ctx, tx.Scope(), rates)
		if err != nil {
			return err
		}
		known := map[fxKey]*model.FXRate{}
		for _, rate := range there {
			known[fxKey{rate.From, rate.To, rate.Date}] = rate
		}
		from := model.MaxDate
		for _, rate := range rates {
			old := known[fxKey{rate.From, rate.To, rate.Date}]
			id, changed, err := setRate(ctx, tx, old, rate)
			if err != nil {
				return err
			}
			if changed {
				from = min(from, rate.Date)
			}
			p.RateIDs = append(p.RateIDs, id)
		}
		if from == model.MaxDate {
			return nil
		}
		if from, err = tx.FirstPaidSince(ctx, from); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, store.Dirty{Days: model.Interval{From: from, To: model.MaxDate}})
	})
}

func checkRates(given []*FXRateInput) ([]model.FXRate, error) {
	var errs model.UserErrors
	checkCount(&errs, "input.rates", len(given))
	if err := errs.OrNil(); err != nil {
		return nil, err
	}
	seen := map[fxKey]bool{}
	out := make([]model.FXRate, len(given))
	for i, rate := range given {
		at := indexed("input.rates", i)
		key := fxKey{rate.FromCurrency, rate.ToCurrency, rate.Date}
		if rate.FromCurrency == rate.ToCurrency {
			errs.Add(model.UserInvalid, at+".toCurrency", "a rate leads to another currency")
		}
		if !rate.Rate.IsPositive() {
			errs.Add(model.UserInvalid, at+".rate", "a rate is above 0")
		}
		if rate.Date >= model.MaxDate {
			errs.Add(model.UserInvalid, at+".date", "a rate is of a day before %s", model.MaxDate)
		}
		if seen[key] {
			errs.Add(model.UserDuplicateInput, at, "the rate of these currencies and this day stands twice")
		}
		seen[key] = true
		out[i] = model.FXRate{From: rate.FromCurrency, To: rate.ToCurrency, Date: rate.Date, Rate: rate.Rate}
	}
	return out, errs.OrNil()
}

func setRate(ctx context.Context, tx *store.Tx, old *model.FXRate, rate model.FXRate) (id model.ID, changed bool, err error) {
	switch {
	case old == nil:
		rate.ID, err = newID(model.KindFXRate)
	case old.Rate.Equal(rate.Rate):
		return old.ID, false, nil
	default:
		rate.ID, rate.Version = old.ID, old.Version
	}
	if err == nil {
		_, err = tx.SaveFXRate(ctx, &rate)
	}
	return rate.ID, true, err
}
