package calc

import (
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
)

var hostile = []string{
	"", "(", ")", "((", "1 < (1 < (1 < 1) < 1) < 1", "a?:b?:c", "not not not true", "- - - 1", "-", "1..2", "'", "\"\\u{110000}\"",
	"0.1e-400", "1_000._5", "_1", "1__2", ".5.5", "0x", "0b2", "1e", "#", "#acc", "kind[", "kind?.a", "a.b.c()", "[[[[]]]]", "{a: 1}",
	"all(1..9, {# > 1})", "map([1], .x)", "let x = 1; x", "if true {1} else {2}", "true ? false ? 1 : 2 : 3 > 1", "kind in [kind, kind]",
	"max(min(1, 2), amount) / div(amount, 3, 16) > round(quantity, 2)", `productIn("All") and accountIn(attr("x"))`,
	"margin != nil and margin / amount > 0.3", "date('2026-01-01') <= eventDate", "number('1' )", "\x00", "\xff", "é", "//", "/*", "`a``b`",
	"b'x'", "1 ?? 2", "amount | abs() > 1", "::abs(1)", "$env", "nil", "nil == margin", "true;;", ";",
}

// Whatever the text, compiling and evaluating end soon, never panic, fail only
// as an ExpressionError that points into the text, and give the same twice.
func FuzzExpression(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	row, credit := testRows(f)
	activity := *credit
	activity.Activity = true
	f.Fuzz(func(t *testing.T, text string) {
		for _, want := range []ResultType{ResultBool, ResultNumber} {
			for environment, r := range map[Environment]Row{TransactionEnv: row, CreditEnv: credit, ActivityEnv: &activity} {
				e, err := Compile(environment, text, want)
				if err != nil {
					checkError(t, text, err)
					continue
				}
				checkEvaluation(t, e, r, want)
			}
		}
	})
}

func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *ExpressionError
	if !errors.As(err, &e) || e == nil {
		t.Fatalf("%q: %T", text, err)
	}
	if e.Offset < 0 || e.Offset > len([]rune(text)) || e.Line < 1 || e.Column < 1 || e.Message == "" {
		t.Fatalf("%q: %+v", text, e)
	}
}

func checkEvaluation(t *testing.T, e *Expression, row Row, want ResultType) {
	t.Helper()
	if want == ResultBool {
		first, err := e.Bool(row)
		if err != nil {
			checkError(t, e.Text(), err)
		}
		if second, again := e.Bool(row); first != second || (err == nil) != (again == nil) {
			t.Fatalf("%q: %t, then %t", e.Text(), first, second)
		}
		return
	}
	first, err := e.Decimal(row)
	if err != nil {
		checkError(t, e.Text(), err)
		return
	}
	if second, err := e.Decimal(row); err != nil || !first.Equal(second) {
		t.Fatalf("%q: %s, then %s", e.Text(), first, second)
	}
	if first.NumDigits() > MaxExpressionNodes*maxDigits {
		t.Fatalf("%q: %d digits", e.Text(), first.NumDigits())
	}
}

func TestHostileExpressions(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t)
	deep := []string{
		strings.Repeat("(", 2000), strings.Repeat("-", 2000), strings.Repeat("not ", 500), strings.Repeat("[", 2000),
		strings.Repeat("1<(", 500) + "1" + strings.Repeat(")<1", 300), strings.Repeat("true?", 400) + strings.Repeat(":1", 400),
		strings.Repeat("a?:", 666), strings.Repeat("attr(", 300) + `"a"` + strings.Repeat(")", 300), strings.Repeat("\xf0", 2000),
		"amount" + strings.Repeat("*amount", 64) + " > 1", strings.Repeat("amount/3*(", 30) + "1" + strings.Repeat(")", 30) + " > 1",
	}
	for _, text := range append(deep, hostile...) {
		e, err := Compile(TransactionEnv, text, ResultBool)
		if err != nil {
			checkError(t, text, err)
			continue
		}
		checkEvaluation(t, e, row, ResultBool)
	}
}

// A division is the exact quotient rounded half to even: within half a unit,
// and on a tie even.
func FuzzDivide(f *testing.F) {
	f.Add("1", "3", uint8(16))
	f.Add("-5", "10", uint8(0))
	f.Add("0.25", "-0.1", uint8(0))
	f.Fuzz(func(t *testing.T, a, b string, n uint8) {
		x, ok := parseNumber(a)
		y, also := parseNumber(b)
		if !ok || !also || y.IsZero() {
			t.Skip()
		}
		places := int32(n % 17)
		q := divideHalfEven(x, y, places)
		twice := q.Mul(y).Sub(x).Abs().Mul(decimal.NewFromInt(2))
		unit := y.Abs().Mul(decimal.New(1, -places))
		if twice.GreaterThan(unit) || (twice.Equal(unit) && q.Shift(places).BigInt().Bit(0) == 1) || !q.Equal(q.Truncate(places)) {
			t.Fatalf("%s / %s = %s", a, b, q)
		}
	})
}

func BenchmarkExpression(b *testing.B) {
	row, credit := testRows(b)
	for _, c := range []struct{ name, text string }{
		{"kind", `kind == "BOOKING"`},
		{"amount", "amount > 1000"},
		{"attribute", `attr("segment") == "Enterprise"`},
		{"list", `kind in ["A", "B", "BOOKING"]`},
		{"product", `productIn("All")`},
		{"mixed", `kind == "BOOKING" and amount >= 1000 and productIn("Hardware") and attr("segment") != "SMB"`},
		{"worst", "amount" + strings.Repeat("*amount", 64) + " > 1"},
	} {
		b.Run(c.name, func(b *testing.B) {
			e, err := Compile(TransactionEnv, c.text, ResultBool)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Bool(row); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("value", func(b *testing.B) {
		e, err := Compile(CreditEnv, "amount * share", ResultNumber)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := e.Decimal(credit); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("compile", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Compile(TransactionEnv, `kind == "BOOKING" and amount >= 1000`, ResultBool); err != nil {
				b.Fatal(err)
			}
		}
	})
}
