package scalar

import (
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/shopspring/decimal"

	"spm/model"
)

// The bounds of a Decimal that is read: digits before and after the point.
const (
	MaxIntegerDigits  = model.MaxIntegerDigits
	MaxFractionDigits = model.MaxFractionDigits
)

// maxMagnitude bounds what is written, so that a stray exponent cannot fill an
// answer with zeros: sums of the largest inputs stay far below it.
const maxMagnitude = 64

// ParseDecimal reads what model.ParseDecimal reads.
func ParseDecimal(text string) (decimal.Decimal, error) {
	d, err := model.ParseDecimal(text)
	if err != nil {
		return decimal.Decimal{}, refuse("Decimal must be a string of up to %d digits before the point and up to %d after it, without an exponent", MaxIntegerDigits, MaxFractionDigits)
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

// MarshalDecimal writes a plain decimal string without an exponent and without
// trailing zeros, rounded half to even to 10 decimals. A value beyond 64 digits
// is written as null.
func MarshalDecimal(d decimal.Decimal) graphql.Marshaler {
	if !writable(d) {
		return graphql.Null
	}
	if d.Exponent() < -MaxFractionDigits {
		d = d.RoundBank(MaxFractionDigits)
	}
	return raw(d.String())
}

func writable(d decimal.Decimal) bool {
	return d.Exponent() <= maxMagnitude && d.Exponent() >= -4*maxMagnitude && d.NumDigits()+int(d.Exponent()) <= maxMagnitude
}

// UnmarshalDecimal accepts a JSON string as ParseDecimal reads it; a JSON
// number is refused, since its digits may have been lost on the way.
func UnmarshalDecimal(v any) (decimal.Decimal, error) {
	text, ok := v.(string)
	if !ok {
		return decimal.Decimal{}, refuse("Decimal must be a JSON string, such as \"12.50\"; a JSON number is refused")
	}
	return ParseDecimal(text)
}

// MarshalDecimalText writes a decimal that is text already, as FormatMoney
// gives it. Bind it as a second model of Decimal, for resolvers that return a
// string. Text that is not a plain decimal is written as null.
func MarshalDecimalText(text string) graphql.Marshaler {
	whole, fraction, pointed := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if !digits(whole, maxMagnitude) || (pointed && !digits(fraction, MaxFractionDigits)) {
		return graphql.Null
	}
	return raw(text)
}

// UnmarshalDecimalText reads a Decimal and gives its text, "-0" as "0".
func UnmarshalDecimalText(v any) (string, error) {
	d, err := UnmarshalDecimal(v)
	if err != nil {
		return "", err
	}
	return d.StringFixed(max(0, -d.Exponent())), nil
}

// ParseCurrencyCode reads what model.ParseCurrencyCode reads.
func ParseCurrencyCode(text string) (model.CurrencyCode, error) {
	code, err := model.ParseCurrencyCode(text)
	if err != nil {
		return "", refuse("CurrencyCode must be an ISO 4217 code in capitals, such as \"USD\"")
	}
	return code, nil
}

// MarshalCurrencyCode writes the code.
func MarshalCurrencyCode(c model.CurrencyCode) graphql.Marshaler { return MarshalString(string(c)) }

// UnmarshalCurrencyCode accepts a JSON string as ParseCurrencyCode reads it.
func UnmarshalCurrencyCode(v any) (model.CurrencyCode, error) {
	text, ok := v.(string)
	if !ok {
		return "", refuse("CurrencyCode must be a JSON string")
	}
	return ParseCurrencyCode(text)
}
