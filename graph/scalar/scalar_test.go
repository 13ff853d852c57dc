package scalar_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/graph/scalar"
	"spm/model"
)

func written(m graphql.Marshaler) string {
	var b bytes.Buffer
	m.MarshalGQL(&b)
	return b.String()
}

// wrongTypes are JSON values that no string scalar accepts.
var wrongTypes = []any{nil, 1, int64(1), 1.5, json.Number("1.5"), true, []any{}, map[string]any{}, []byte("1")}

// mustRefuse checks that the error is one for the caller and is silent about
// the value.
func mustRefuse(t *testing.T, name string, v any, err error) {
	t.Helper()
	var e *model.Error
	if !errors.As(err, &e) || e.Code != model.BadUserInput {
		t.Fatalf("%s %#v: got %v, want BAD_USER_INPUT", name, v, err)
	}
	if text, ok := v.(string); ok && len(text) > 24 && strings.Contains(err.Error(), text) {
		t.Fatalf("%s repeats its input: %v", name, err)
	}
}

func TestDecimalAcceptsPlainDecimalsOnly(t *testing.T) {
	good := map[string]string{
		"0": "0", "-0": "0", "-0.00": "0", "1": "1", "-1": "-1", "10.50": "10.5", "0.0000000001": "0.0000000001",
		"999999999999999.9999999999": "999999999999999.9999999999", "-999999999999999": "-999999999999999",
	}
	for in, want := range good {
		d, err := scalar.UnmarshalDecimal(in)
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		if got := written(scalar.MarshalDecimal(d)); got != `"`+want+`"` {
			t.Errorf("%q is written %s, want %q", in, got, want)
		}
	}
	bad := []string{
		"", "-", ".", "+1", " 1", "1 ", "01", "-01", "00", "1.", ".5", "-.5", "1.2.3", "--1", "1e3", "1E40000000", "0x1", "NaN", "Infinity",
		"1_000", "1,000", "1000000000000000", "0.00000000001", "１", "1\x00", "1\n", "٣", strings.Repeat("9", 5000), "1." + strings.Repeat("0", 11),
	}
	for _, in := range bad {
		_, err := scalar.UnmarshalDecimal(in)
		mustRefuse(t, "Decimal", in, err)
	}
	for _, in := range wrongTypes {
		_, err := scalar.UnmarshalDecimal(in)
		mustRefuse(t, "Decimal", in, err)
	}
}

func TestDecimalIsWrittenPlainAndBounded(t *testing.T) {
	for in, want := range map[string]string{
		"1e3": `"1000"`, "1e-10": `"0.0000000001"`, "0.33333333333333333": `"0.3333333333"`, "0.00000000005": `"0"`,
		"-0.00000000005": `"0"`, "0.00000000015": `"0.0000000002"`, "-0.00000000015": `"-0.0000000002"`, "1e9000": "null", "1e-9000": "null",
	} {
		if got := written(scalar.MarshalDecimal(decimal.RequireFromString(in))); got != want {
			t.Errorf("%s is written %s, want %s", in, got, want)
		}
	}
}

func TestMoneyHasAtLeastTheMinorUnit(t *testing.T) {
	for _, c := range []struct {
		amount   string
		currency model.CurrencyCode
		want     string
	}{
		{"12.5", "USD", "12.50"}, {"12", "USD", "12.00"}, {"0", "USD", "0.00"}, {"-0.5", "EUR", "-0.50"}, {"12.345", "USD", "12.345"},
		{"12", "JPY", "12"}, {"12.5", "JPY", "12.5"}, {"1", "KWD", "1.000"}, {"1", "CLF", "1.0000"}, {"1", "IDR", "1.00"},
		{"1.23456789015", "USD", "1.2345678902"}, {"1.23456789025", "USD", "1.2345678902"}, {"1e3", "USD", "1000.00"},
		{"-0.000000000001", "USD", "0.00"}, {"10.10", "USD", "10.10"}, {"100", "USD", "100.00"},
	} {
		got := model.Money{Amount: decimal.RequireFromString(c.amount), Currency: c.currency}.AmountText()
		if got != c.want {
			t.Errorf("%s %s is written %q, want %q", c.amount, c.currency, got, c.want)
		}
		if text := written(scalar.MarshalDecimalText(got)); text != `"`+c.want+`"` {
			t.Errorf("MarshalDecimalText(%q) = %s", got, text)
		}
	}
	for _, in := range []string{"", "1e3", `1"`, "-", "1.", "a"} {
		if got := written(scalar.MarshalDecimalText(in)); got != "null" {
			t.Errorf("MarshalDecimalText(%q) = %s, want null", in, got)
		}
	}
	for in, want := range map[string]string{"-0": "0", "1.50": "1.50", "-0.10": "-0.10"} {
		if got, err := scalar.UnmarshalDecimalText(in); err != nil || got != want {
			t.Errorf("UnmarshalDecimalText(%q) = %q, %v", in, got, err)
		}
	}
	if _, err := scalar.UnmarshalDecimalText(1); err == nil {
		t.Error("a number passed for a decimal text")
	}
}

func TestCurrencyCode(t *testing.T) {
	for _, in := range []string{"USD", "EUR", "JPY", "KWD", "SLE", "ZWG", "XCG", "MRU", "CHF"} {
		c, err := scalar.UnmarshalCurrencyCode(in)
		if err != nil || written(scalar.MarshalCurrencyCode(c)) != `"`+in+`"` {
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{"", "usd", "Usd", "US", "USDD", "ZZZ", "XXX", "XTS", "U$D", "ＵＳＤ", "USD "} {
		_, err := scalar.UnmarshalCurrencyCode(in)
		mustRefuse(t, "CurrencyCode", in, err)
	}
	for _, in := range wrongTypes {
		_, err := scalar.UnmarshalCurrencyCode(in)
		mustRefuse(t, "CurrencyCode", in, err)
	}
}

func TestDate(t *testing.T) {
	for _, in := range []string{"0001-01-01", "1970-01-01", "2024-02-29", "9999-12-31"} {
		d, err := scalar.UnmarshalDate(in)
		if err != nil || written(scalar.MarshalDate(d)) != `"`+in+`"` {
			t.Errorf("%s: %v", in, err)
		}
	}
	for _, in := range []string{"", "0000-01-01", "2023-02-29", "2024-13-01", "2024-1-01", "20240101", "2024-01-01T00:00:00Z", "+024-01-01", "2024-01-0١"} {
		_, err := scalar.UnmarshalDate(in)
		mustRefuse(t, "Date", in, err)
	}
	for _, in := range wrongTypes {
		_, err := scalar.UnmarshalDate(in)
		mustRefuse(t, "Date", in, err)
	}
	if got := written(scalar.MarshalDate(model.MaxDate + 1)); got != "null" {
		t.Errorf("a date out of bounds is written %s", got)
	}
}

func TestDateTime(t *testing.T) {
	for in, want := range map[string]string{
		"2026-01-31T09:30:00Z": "2026-01-31T09:30:00Z", "2026-01-31T09:30:00.120+02:00": "2026-01-31T07:30:00.12Z",
		"1969-12-31T23:59:59.999999Z": "1969-12-31T23:59:59.999999Z",
	} {
		at, err := scalar.UnmarshalDateTime(in)
		if err != nil || at.Location() != time.UTC || written(scalar.MarshalDateTime(at)) != `"`+want+`"` {
			t.Errorf("%s: %v %v", in, at, err)
		}
	}
	bad := []string{
		"", "2026-01-31", "2026-01-31 09:30:00Z", "2026-01-31T09:30:00", "2026-01-31T9:30:00Z", "2026-01-31T09:30:00,5Z", "0001-01-01T00:00:00Z",
		"0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T09:30:60Z",
		"2026-01-31T09:30:00+99:00", "2026-01-31T09:30:00." + strings.Repeat("1", 1000) + "Z",
	}
	for _, in := range bad {
		_, err := scalar.UnmarshalDateTime(in)
		mustRefuse(t, "DateTime", in, err)
	}
	for _, in := range wrongTypes {
		_, err := scalar.UnmarshalDateTime(in)
		mustRefuse(t, "DateTime", in, err)
	}
	if got := written(scalar.MarshalDateTime(time.Time{})); got != "null" {
		t.Errorf("an unset instant is written %s", got)
	}
}

func TestIDKeepsMalformedOnesHarmless(t *testing.T) {
	id := model.UUIDs(model.KindPayee, uuid.MustParse("01890000-0000-7000-8000-000000000001"))
	got, err := scalar.UnmarshalID(id.String())
	if err != nil || got != id || written(scalar.MarshalID(got)) != `"`+id.String()+`"` {
		t.Fatalf("%v: %v %v", id, got, err)
	}
	for _, in := range []any{"", "x", "payee_", "payee_zzz", "PAYEE_" + strings.Repeat("0", 26), "\x00", strings.Repeat("x", 200), 4, int64(4), json.Number("4")} {
		got, err := scalar.UnmarshalID(in)
		if err != nil || !got.IsZero() || got.Kind != "" {
			t.Errorf("%#v: %v %v, want the zero id", in, got, err)
		}
	}
	for _, in := range []any{strings.Repeat("x", 201), nil, true, 1.5, json.Number("1.5"), []any{"x"}} {
		_, err := scalar.UnmarshalID(in)
		mustRefuse(t, "ID", in, err)
	}
	if got := written(scalar.MarshalID(model.ID{})); got != "null" {
		t.Errorf("the zero id is written %s", got)
	}
}

func TestCursor(t *testing.T) {
	c, err := scalar.UnmarshalCursor("eyJ_-=")
	if err != nil || written(scalar.MarshalCursor(c)) != `"eyJ_-="` {
		t.Fatal(err)
	}
	for _, in := range append([]any{"", " ", "a b", "ü", "\x7f", strings.Repeat("x", 8193)}, wrongTypes...) {
		_, err := scalar.UnmarshalCursor(in)
		mustRefuse(t, "Cursor", in, err)
	}
}

func TestBuiltInScalarsAreNotCoerced(t *testing.T) {
	for _, in := range append([]any{"a\x00b", "a\xffb"}, wrongTypes...) {
		_, err := scalar.UnmarshalString(in)
		mustRefuse(t, "String", in, err)
	}
	for _, in := range []any{nil, "2", "", 1.0, 1.5, true, json.Number("1.0"), json.Number("1e3"), json.Number("2147483648"), int64(-2147483649), json.Number("x")} {
		_, err := scalar.UnmarshalInt(in)
		mustRefuse(t, "Int", in, err)
	}
	for _, in := range []any{nil, "true", 1, 0, json.Number("1")} {
		_, err := scalar.UnmarshalBoolean(in)
		mustRefuse(t, "Boolean", in, err)
	}
	for _, in := range []any{7, int32(7), int64(7), json.Number("7")} {
		if n, err := scalar.UnmarshalInt(in); err != nil || written(scalar.MarshalInt(n)) != "7" {
			t.Errorf("%#v: %v", in, err)
		}
	}
	if s, err := scalar.UnmarshalString("ü\n\"€"); err != nil || written(scalar.MarshalString(s)) != `"ü\n\"€"` {
		t.Errorf("%q %v", s, err)
	}
	if b, err := scalar.UnmarshalBoolean(true); err != nil || written(scalar.MarshalBoolean(b)) != "true" {
		t.Error(err)
	}
	if got := written(scalar.MarshalString("a\xff")); got != "\"a\uFFFD\"" {
		t.Errorf("invalid UTF-8 is written %q", got)
	}
}

func TestCheckKnowsEveryScalar(t *testing.T) {
	for _, name := range []string{"Decimal", "Date", "DateTime", "ID", "Cursor", "CurrencyCode", "String", "Int", "Boolean"} {
		if scalar.Check(name, map[string]any{}) == nil {
			t.Errorf("%s accepts an object", name)
		}
	}
	if err := scalar.Check("JSON", map[string]any{}); err != nil {
		t.Errorf("an unknown scalar: %v", err)
	}
}

func FuzzScalars(f *testing.F) {
	for _, seed := range []string{"", "-0", "1E40000000", "12.50", "2026-01-31", "2026-01-31T09:30:00.5+01:00", "USD", "payee_0", "\x00", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := scalar.UnmarshalDecimal(text); err == nil {
			again, err := scalar.ParseDecimal(strings.Trim(written(scalar.MarshalDecimal(d)), `"`))
			if err != nil || !again.Equal(d) {
				t.Fatalf("decimal %q came back as %s: %v", text, again, err)
			}
		}
		if d, err := scalar.UnmarshalDate(text); err == nil && d.String() != text {
			t.Fatalf("date %q came back as %s", text, d)
		}
		if at, err := scalar.UnmarshalDateTime(text); err == nil {
			again, err := scalar.UnmarshalDateTime(strings.Trim(written(scalar.MarshalDateTime(at)), `"`))
			if err != nil || !again.Equal(at) {
				t.Fatalf("instant %q came back as %s: %v", text, again, err)
			}
		}
		if id, err := scalar.UnmarshalID(text); err == nil && !id.IsZero() && id.String() != text {
			t.Fatalf("id %q came back as %s", text, id)
		}
		if c, err := scalar.UnmarshalCursor(text); err == nil && string(c) != text {
			t.Fatalf("cursor %q came back as %q", text, c)
		}
		if c, err := scalar.UnmarshalCurrencyCode(text); err == nil && string(c) != text {
			t.Fatalf("currency %q came back as %q", text, c)
		}
		if s, err := scalar.UnmarshalString(text); err == nil {
			out := written(scalar.MarshalString(s))
			var back string
			if json.Unmarshal([]byte(out), &back) != nil || back != text || !utf8.ValidString(out) {
				t.Fatalf("string %q is written %s", text, out)
			}
		}
	})
}
