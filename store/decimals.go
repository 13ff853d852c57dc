package store

import (
	"encoding/binary"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"
)

// numerics is pgx's codec of numeric, which reads short numbers straight into a
// decimal.Decimal. Without it pgx takes each through a big integer, the text of
// database/sql and a big integer again. What is read is the same, its exponent too:
// minus the digits that Postgres shows after the point.
type numerics struct{ pgtype.NumericCodec }

// PlanScan is how a column is read.
func (c numerics) PlanScan(m *pgtype.Map, oid uint32, format int16, target any) pgtype.ScanPlan {
	if format == pgtype.BinaryFormatCode {
		switch target.(type) {
		case *decimal.Decimal:
			return decimalRead{c, m, oid}
		case **decimal.Decimal:
			return decimalOrNull{decimalRead{c, m, oid}}
		}
	}
	return c.NumericCodec.PlanScan(m, oid, format, target)
}

type decimalRead struct {
	codec numerics
	types *pgtype.Map
	oid   uint32
}

// Scan reads one number.
func (p decimalRead) Scan(src []byte, target any) error {
	into := target.(*decimal.Decimal)
	if is, short := shortDecimal(src); short {
		*into = is
		return nil
	}
	value, err := p.codec.DecodeDatabaseSQLValue(p.types, p.oid, pgtype.BinaryFormatCode, src)
	if err != nil {
		return err
	}
	return into.Scan(value)
}

type decimalOrNull struct{ decimalRead }

// Scan reads one number, nil where there is none.
func (p decimalOrNull) Scan(src []byte, target any) error {
	into := target.(**decimal.Decimal)
	if *into = nil; src == nil {
		return nil
	}
	is := new(decimal.Decimal)
	*into = is
	return p.decimalRead.Scan(src, is)
}

// shortDecimal reads Postgres's numeric (numeric.c: the count of digits to the base
// 10,000, the weight of the first, the sign, the scale that is shown, the digits)
// where it has at most 18 digits, so that no step passes an int64.
func shortDecimal(src []byte) (decimal.Decimal, bool) {
	if len(src) < 8 {
		return decimal.Decimal{}, false
	}
	count, weight := int(binary.BigEndian.Uint16(src)), int(int16(binary.BigEndian.Uint16(src[2:])))
	sign, scale := binary.BigEndian.Uint16(src[4:]), int(binary.BigEndian.Uint16(src[6:]))
	if sign != 0 && sign != 0x4000 || count > 4 || scale > 18 || (weight+1)*4+scale > 18 || len(src) != 8+2*count {
		return decimal.Decimal{}, false
	}
	n := int64(0)
	for i := range count {
		n = n*10_000 + int64(binary.BigEndian.Uint16(src[8+2*i:]))
	}
	for exponent := (weight + 1 - count) * 4; count > 0 && exponent != -scale; {
		if exponent > -scale {
			n, exponent = n*10, exponent-1
			continue
		}
		if n%10 != 0 {
			return decimal.Decimal{}, false // more digits than are shown
		}
		n, exponent = n/10, exponent+1
	}
	if sign != 0 {
		n = -n
	}
	return decimal.New(n, -int32(scale)), true
}

// ReadNumerics has a map of types read numbers so.
func ReadNumerics(types *pgtype.Map) {
	types.RegisterType(&pgtype.Type{Name: "numeric", OID: pgtype.NumericOID, Codec: numerics{}})
}
