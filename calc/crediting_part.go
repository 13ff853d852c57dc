package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// quantityDecimals is the least number of decimals that a quantity is split
// in: a third of one piece is 0.333333.
const quantityDecimals = 6

// amountScale is the number of decimals that an amount or margin is split in:
// the currency's minor units, or the amount's own decimals where it has more.
func amountScale(amount decimal.Decimal, code model.CurrencyCode) int32 {
	return ownScale(amount, model.MinorUnits(code))
}

// ownScale is the number of decimals that the number needs, at least so many.
func ownScale(d decimal.Decimal, least int32) int32 {
	if -d.Exponent() <= least {
		return least
	}
	return max(least, -d.Normalize().Exponent())
}

// partOf is a share of an amount, exact, or HALF_EVEN to 10 decimals where it
// has more.
func partOf(amount, share decimal.Decimal) decimal.Decimal {
	if share.Equal(whole) {
		return amount
	}
	return quantise(amount.Mul(share))
}

// partOfOptional is partOf of a number that may be missing.
func partOfOptional(amount *decimal.Decimal, share decimal.Decimal) *decimal.Decimal {
	if amount == nil {
		return nil
	}
	part := partOf(*amount, share)
	return &part
}

// part is one receiver's part of a transaction.
type part struct {
	share    decimal.Decimal // a fraction of at most 10 decimals
	amount   decimal.Decimal
	quantity *decimal.Decimal
	margin   *decimal.Decimal
}

// partsByShare gives each receiver its share of the transaction by itself: the
// shares need not sum to 1.
func partsByShare(t *model.Transaction, shares []decimal.Decimal) []part {
	out := make([]part, len(shares))
	for i, share := range shares {
		out[i] = part{quantise(share), partOf(t.Amount, share), partOfOptional(t.Quantity, share), partOfOptional(t.Margin, share)}
	}
	return out
}

// partsOfWhole splits the transaction by weights so that the shares sum to 1,
// and the amounts, quantities and margins to the transaction's, exactly.
func partsOfWhole(t *model.Transaction, weights []decimal.Decimal) ([]part, error) {
	if len(weights) == 1 && weights[0].IsPositive() {
		return []part{{whole, t.Amount, t.Quantity, t.Margin}}, nil
	}
	shares, err := Split(whole, weights, model.Scale)
	if err != nil {
		return nil, err
	}
	amounts, err := Split(t.Amount, weights, amountScale(t.Amount, t.Currency))
	if err != nil {
		return nil, err
	}
	out := make([]part, len(weights))
	for i := range out {
		out[i] = part{share: shares[i], amount: amounts[i]}
	}
	if t.Quantity != nil {
		quantities, err := Split(*t.Quantity, weights, ownScale(*t.Quantity, quantityDecimals))
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i].quantity = &quantities[i]
		}
	}
	if t.Margin != nil {
		margins, err := Split(*t.Margin, weights, amountScale(*t.Margin, t.Currency))
		if err != nil {
			return nil, err
		}
		for i := range out {
			out[i].margin = &margins[i]
		}
	}
	return out, nil
}

// sumsToWhole tells whether the shares are exactly all.
func sumsToWhole(shares []decimal.Decimal) (decimal.Decimal, bool) {
	var total decimal.Decimal
	for _, s := range shares {
		total = total.Add(s)
	}
	return total, total.Equal(whole)
}
