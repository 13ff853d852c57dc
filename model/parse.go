package model

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/text/currency"
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

// newerCurrencies are in ISO 4217 but not yet in the tables of x/text.
var newerCurrencies = map[string]bool{"MRU": true, "SLE": true, "STN": true, "UYW": true, "VED": true, "VES": true, "XAD": true, "XCG": true, "ZWG": true}

// ParseCurrencyCode reads three capitals that ISO 4217 knows, among them codes
// of the past; XXX (no currency) and XTS (for tests) are refused.
func ParseCurrencyCode(text string) (CurrencyCode, error) {
	if len(text) == 3 && capital(text[0]) && capital(text[1]) && capital(text[2]) && text != "XXX" && text != "XTS" {
		if newerCurrencies[text] {
			return CurrencyCode(text), nil
		}
		if _, err := currency.ParseISO(text); err == nil {
			return CurrencyCode(text), nil
		}
	}
	return "", ErrCurrency
}

func capital(c byte) bool { return c >= 'A' && c <= 'Z' }
