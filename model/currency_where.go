package model

// FXRateWhere filters exchange rates.
type FXRateWhere struct {
	And, Or        []*FXRateWhere
	Not            *FXRateWhere
	ID             *IDFilter
	FromCurrencies []CurrencyCode
	ToCurrencies   []CurrencyCode
	Date           *DateFilter
	FromCurrency   *CurrencyFilter
	ToCurrency     *CurrencyFilter
	Rate           *DecimalFilter
}
