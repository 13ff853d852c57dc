package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

var oneDecimal = decimal.New(1, 0)

// prorated gives the share of a window that was held: held / whole days, 16
// decimals HALF_EVEN, for DAYS, and 1 for NONE. A window of which no day was
// held, and which is calculated for late reversals alone, is not prorated.
func prorated(method model.Proration, held, whole int) decimal.Decimal {
	if method == model.ProrateNone || held == whole || held == 0 {
		return oneDecimal
	}
	return divide(decimal.New(int64(held), 0), decimal.New(int64(whole), 0))
}
