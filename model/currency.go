package model

import (
	"strings"

	"golang.org/x/text/currency"
)

// minorUnits holds ISO 4217's minor units where they are not 2. The tables of
// x/text follow CLDR's customary digits, which say 0 for IDR, COP, PKR and some
// twenty others.
var minorUnits = map[CurrencyCode]int32{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
	"CLF": 4, "UYW": 4,
}

// newerCurrencies are in ISO 4217 but not yet in the tables of x/text.
var newerCurrencies = map[CurrencyCode]bool{
	"MRU": true, "SLE": true, "STN": true, "UYW": true, "VED": true, "VES": true, "XAD": true, "XCG": true, "ZWG": true,
}

// MinorUnits is the number of decimals of the currency's minor unit in ISO
// 4217: 2 for USD, 0 for JPY, 3 for KWD.
func MinorUnits(code CurrencyCode) int32 {
	if n, special := minorUnits[code]; special {
		return n
	}
	return 2
}

// KnownCurrency tells whether the code is three capitals that ISO 4217 knows,
// among them codes of the past; XXX (no currency) and XTS (for tests) are not.
func KnownCurrency(code CurrencyCode) bool {
	if len(code) != 3 || strings.Trim(string(code), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || code == "XXX" || code == "XTS" {
		return false
	}
	_, err := currency.ParseISO(string(code))
	return err == nil || newerCurrencies[code]
}

// AmountText writes the amount with at least the decimals of the currency's
// minor unit and at most 10 (rounded half to even): 12.5 USD is "12.50", 12.345
// USD "12.345", 12 JPY "12".
func (m Money) AmountText() string {
	amount := m.Amount
	if amount.Exponent() < -Scale {
		amount = amount.RoundBank(Scale)
	}
	text := amount.String()
	least := int(MinorUnits(m.Currency))
	_, fraction, pointed := strings.Cut(text, ".")
	switch {
	case len(fraction) >= least:
		return text
	case !pointed:
		text += "."
	}
	return text + strings.Repeat("0", least-len(fraction))
}
