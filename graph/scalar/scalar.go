// Package scalar turns the graph's leaf values into JSON and back. Each scalar
// is a pair of functions that gqlgen.yml binds (`spm/graph/scalar.Decimal` and
// so on). The codecs are strict: a value of another JSON type is refused, never
// coerced, and every refusal is a *model.Error with the code BAD_USER_INPUT
// whose text tells the form wanted and never repeats the value.
package scalar

import (
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

func refuse(format string, args ...any) error {
	return model.Errorf(model.BadUserInput, format, args...)
}

// raw writes text that needs no escaping as a JSON string.
func raw(text string) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, `"`+text+`"`) })
}

// codecs names the check of every scalar of ours, by its name in the graph.
var codecs = map[string]func(any) error{
	"Decimal":      check(UnmarshalDecimal),
	"Date":         check(UnmarshalDate),
	"DateTime":     check(UnmarshalDateTime),
	"ID":           check(UnmarshalID),
	"Cursor":       check(UnmarshalCursor),
	"CurrencyCode": check(UnmarshalCurrencyCode),
	"String":       check(UnmarshalString),
	"Int":          check(UnmarshalInt),
	"Boolean":      check(UnmarshalBoolean),
	"BigInt":       check(UnmarshalBigInt),
}

func check[T any](unmarshal func(any) (T, error)) func(any) error {
	return func(v any) error { _, err := unmarshal(v); return err }
}

// Check tells what is wrong with a value for the scalar of that name, before
// anything is executed; a scalar that this package does not know passes.
func Check(name string, v any) error {
	if c := codecs[name]; c != nil {
		return c(v)
	}
	return nil
}

// MarshalString writes a JSON string. Bytes that are not UTF-8 become U+FFFD,
// so that the answer is always JSON.
func MarshalString(s string) graphql.Marshaler {
	return graphql.MarshalString(strings.ToValidUTF8(s, "\uFFFD"))
}

// UnmarshalString accepts a string only: no number, no boolean, no NUL and no
// invalid UTF-8. Lone surrogates are refused where the JSON or the document is
// read, since here they could no longer be told from U+FFFD.
func UnmarshalString(v any) (string, error) {
	s, ok := v.(string)
	switch {
	case !ok:
		return "", refuse("String must be a JSON string")
	case !utf8.ValidString(s):
		return "", refuse("String must be valid UTF-8")
	case strings.IndexByte(s, 0) >= 0:
		return "", refuse("String must not contain NUL")
	}
	return s, nil
}

// NotText is what UnmarshalRowText gives for what is no text: it holds NUL,
// which no text of a row may.
const NotText = "\x00"

// MarshalRowText writes a JSON string.
func MarshalRowText(s string) graphql.Marshaler { return MarshalString(s) }

// UnmarshalRowText accepts anything, since its row is judged by whoever reads
// the row: text that is not fit to be stored, and what is no text, become
// NotText.
func UnmarshalRowText(v any) (string, error) {
	s, err := UnmarshalString(v)
	if err != nil {
		return NotText, nil //nolint:nilerr // as said above
	}
	return s, nil
}

// MarshalInt writes a JSON number. GraphQL's Int has 32 bits; what may exceed
// them is a Decimal or a String in the schema.
func MarshalInt(i int) graphql.Marshaler {
	return graphql.WriterFunc(func(w io.Writer) { _, _ = io.WriteString(w, strconv.Itoa(i)) })
}

// UnmarshalInt accepts an integer of 32 bits only: no string, no fraction, no
// exponent.
func UnmarshalInt(v any) (int, error) {
	var n int64
	switch v := v.(type) {
	case int:
		n = int64(v)
	case int32:
		n = int64(v)
	case int64:
		n = v
	case json.Number:
		parsed, err := strconv.ParseInt(string(v), 10, 64)
		if err != nil {
			return 0, refuse("Int must be an integer between -2147483648 and 2147483647")
		}
		n = parsed
	default:
		return 0, refuse("Int must be a JSON number")
	}
	if n < math.MinInt32 || n > math.MaxInt32 {
		return 0, refuse("Int must be an integer between -2147483648 and 2147483647")
	}
	return int(n), nil
}

// MarshalBoolean writes true or false.
func MarshalBoolean(b bool) graphql.Marshaler { return graphql.MarshalBoolean(b) }

// UnmarshalBoolean accepts true and false only: no string, no number.
func UnmarshalBoolean(v any) (bool, error) {
	b, ok := v.(bool)
	if !ok {
		return false, refuse("Boolean must be true or false")
	}
	return b, nil
}
