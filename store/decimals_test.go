package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"spm/store"
)

// TestNumericsAreReadAsTheirText reads numbers as Postgres sends them, and as
// database/sql has always read them: the same number with the same exponent.
func TestNumericsAreReadAsTheirText(t *testing.T) {
	t.Parallel()
	types, plain := pgtype.NewMap(), pgtype.NewMap()
	store.ReadNumerics(types)
	texts := []string{"0", "0.00", "1", "-1", "10000", "120000000", "0.0001", "0.00010", "9999.9999", "-0.05", "1234.50", "99999999999999.9999", "1000000000000000000000", "0.123456789012345678", "NaN"}
	random := rand.New(rand.NewPCG(26, 11))
	for range 20_000 {
		scale := random.IntN(8)
		texts = append(texts, decimal.New(random.Int64N(1<<random.IntN(62)+1)-random.Int64N(1<<20), -int32(scale)).StringFixed(int32(scale)))
	}
	for _, text := range texts {
		var n pgtype.Numeric
		if err := n.Scan(text); err != nil {
			t.Fatal(err)
		}
		sent, err := plain.Encode(pgtype.NumericOID, pgtype.BinaryFormatCode, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		var now, before decimal.Decimal
		var orNull *decimal.Decimal
		nowErr := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, sent, &now)
		nullErr := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, sent, &orNull)
		beforeErr := plain.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, sent, &before)
		if (nowErr == nil) != (beforeErr == nil) || (nullErr == nil) != (beforeErr == nil) {
			t.Fatalf("%s: %v, %v and %v", text, nowErr, nullErr, beforeErr)
		}
		if nowErr != nil {
			continue
		}
		if tell(now) != tell(before) || tell(*orNull) != tell(before) {
			t.Fatalf("%s is read as %s and %s, not as %s", text, tell(now), tell(*orNull), tell(before))
		}
	}
	var orNull *decimal.Decimal
	if err := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, nil, &orNull); err != nil || orNull != nil {
		t.Errorf("null is read as %v, %v", orNull, err)
	}
	if err := types.Scan(pgtype.NumericOID, pgtype.BinaryFormatCode, nil, new(decimal.Decimal)); err == nil {
		t.Error("null is read as a number")
	}
}

func tell(d decimal.Decimal) string { return fmt.Sprint(d.Coefficient(), "e", d.Exponent()) }
