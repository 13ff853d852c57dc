package model

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"
)

// The bounds of a decimal that is read: digits before and after the point.
const (
	MaxIntegerDigits  = 15
	MaxFractionDigits = 10
)

// ErrDecimal and ErrCurrency say why a text was refused.
var (
	ErrDecimal  = errors.New("a decimal has up to 15 digits before the point and up to 10 after it, without an exponent")
	ErrCurrency = errors.New("a currency is an ISO 4217 code in capitals, such as \"USD\"")
)

// ParseDecimal reads -?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})? and nothing else:
// no exponent, plus sign, leading zero or white space. "-0" becomes 0.
func ParseDecimal(text string) (decimal.Decimal, error) {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !digits(whole, MaxIntegerDigits) || (len(whole) > 1 && whole[0] == '0') || (pointed && !digits(fraction, MaxFractionDigits)) {
		return decimal.Decimal{}, ErrDecimal
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Decimal{}, ErrDecimal
	}
	return d, nil
}

// digits tells whether text is 1 to most ASCII digits.
func digits(text string, most int) bool {
	if len(text) < 1 || len(text) > most {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// ParseCurrencyCode reads a currency that KnownCurrency knows.
func ParseCurrencyCode(text string) (CurrencyCode, error) {
	if code := CurrencyCode(text); KnownCurrency(code) {
		return code, nil
	}
	return "", ErrCurrency
}
