package document

import (
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// minus is the sign of what is below zero.
const minus = "\u2212"

// Amount writes an amount without its currency: 1234.5 USD is "1,234.50".
func Amount(m model.Money) string { return grouped(m.AmountText()) }

// Money writes an amount with its currency: "USD 1,234.50".
func Money(m model.Money) string { return string(m.Currency) + "\u00a0" + Amount(m) }

// Number writes a figure that is no amount: "48,250", "12.50" for 12.5.
func Number(d decimal.Decimal) string {
	text := d.String()
	if _, fraction, pointed := strings.Cut(text, "."); pointed && len(fraction) == 1 {
		text += "0"
	}
	return grouped(text)
}

// Percent writes a fraction in hundredths, with at most two decimals.
func Percent(d decimal.Decimal) string { return grouped(d.Shift(2).Round(2).String()) + "%" }

// Day writes a date: "5 January 2026".
func Day(d model.Date) string { return d.Time().Format("2 January 2006") }

// Days writes a first and a last day: "1 to 31 January 2026".
func Days(from, to model.Date) string {
	first := Day(from)
	for _, same := range []string{" January 2006", " 2006"} {
		if from.Time().Format(same) == to.Time().Format(same) {
			first = strings.TrimSuffix(first, from.Time().Format(same))
			break
		}
	}
	if from == to {
		return Day(to)
	}
	return first + " to " + Day(to)
}

// grouped sets commas between thousands and the sign before them.
func grouped(text string) string {
	digits, below := strings.CutPrefix(text, "-")
	whole, fraction, pointed := strings.Cut(digits, ".")
	var out strings.Builder
	if below {
		out.WriteString(minus)
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(digit)
	}
	if pointed {
		out.WriteString("." + fraction)
	}
	return out.String()
}
