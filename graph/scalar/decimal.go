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

// FormatMoney writes an amount with at least the decimals of the currency's
// minor unit and at most 10 (rounded half to even): 12.5 USD is "12.50", 12.345
// USD "12.345", 12 JPY "12".
func FormatMoney(amount decimal.Decimal, code model.CurrencyCode) string {
	if amount.Exponent() < -MaxFractionDigits {
		amount = amount.RoundBank(MaxFractionDigits)
	}
	text := amount.String()
	least := int(MinorUnits(code))
	_, fraction, pointed := strings.Cut(text, ".")
	switch {
	case len(fraction) >= least:
		return text
	case !pointed:
		text += "."
	}
	return text + strings.Repeat("0", least-len(fraction))
}

// minorUnits holds ISO 4217's minor units where they are not 2. The tables of
// x/text follow CLDR's customary digits, which say 0 for IDR, COP, PKR and some
// twenty others.
var minorUnits = map[model.CurrencyCode]int32{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// MinorUnits is the number of decimals of the currency's minor unit in ISO
// 4217: 2 for USD, 0 for JPY, 3 for KWD.
func MinorUnits(code model.CurrencyCode) int32 {
	if n, special := minorUnits[code]; special {
		return n
	}
	return 2
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
