package model

import "github.com/shopspring/decimal"

// CurrencyCode is an ISO 4217 alphabetic code in capitals, such as "USD".
type CurrencyCode string

// Money is an amount of one currency: an exact decimal in major units, with
// at most 10 decimals.
type Money struct {
	Amount   decimal.Decimal `json:"amount"`
	Currency CurrencyCode    `json:"currency"`
}

// Scale is the number of decimals that amounts are stored with.
const Scale = 10

// DivisionScale is the number of decimals that every named division gives,
// rounded HALF_EVEN.
const DivisionScale = 16
