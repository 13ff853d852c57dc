package store

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

// number carries an exact decimal from a numeric column without a detour
// through text.
type number decimal.Decimal

// ScanNumeric reads a numeric column.
func (n *number) ScanNumeric(v pgtype.Numeric) error {
	if !v.Valid || v.NaN || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("not a finite number")
	}
	*n = number(decimal.NewFromBigInt(v.Int, v.Exp))
	return nil
}

// String writes the number without an exponent.
func (n number) String() string { return decimal.Decimal(n).String() }

func numberPtr(d *decimal.Decimal) *number  { return (*number)(d) }
func decimalPtr(n *number) *decimal.Decimal { return (*decimal.Decimal)(n) }
