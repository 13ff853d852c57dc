package model

// FXRateWhere filters exchange rates.
type FXRateWhere struct {
	ID             *IDFilter
	FromCurrencies []CurrencyCode
	ToCurrencies   []CurrencyCode
	Date           *DateFilter
}
