package calc

import (
	"errors"
	"strings"
	"testing"
)

// Operators bind as in the grammar: not before comparisons, comparisons before
// and, and before or, ?: last; * and / before + and -, equals from the left.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t)
	for text, same := range map[string]string{
		"true or false and false":            "true or (false and false)",
		"not false and false":                "(not false) and false",
		"1 + 2 == 3 and 2 < 3":               "((1 + 2) == 3) and (2 < 3)",
		"1 - 2 - 3 == -4":                    "((1 - 2) - 3) == (-4)",
		"8 / 4 / 2 == 1":                     "((8 / 4) / 2) == 1",
		"8 / 4 * 2 == 4":                     "((8 / 4) * 2) == 4",
		"2 + 3 * 4 == 14":                    "(2 + (3 * 4)) == 14",
		"-2 * -3 == 6":                       "((-2) * (-3)) == 6",
		"- 2 + 3 == 1":                       "((-2) + 3) == 1",
		"true ? false : true or true":        "true ? false : (true or true)",
		"false ? true : false ? true : true": "false ? true : (false ? true : true)",
		"1 < 2 == true":                      "(1 < 2) == true",
		`kind in ["BOOKING"] and 1 > 2`:      `(kind in ["BOOKING"]) and (1 > 2)`,
		`not (kind in ["BOOKING"])`:          `kind not in ["BOOKING"]`,
	} {
		var got [2]bool
		for i, s := range []string{text, same} {
			e, err := Compile(TransactionEnv, s, ResultBool)
			if err != nil {
				t.Fatalf("%s: %s", s, err)
			}
			if got[i], err = e.Bool(row); err != nil {
				t.Fatalf("%s: %s", s, err)
			}
		}
		if got[0] != got[1] {
			t.Errorf("%s is %t, %s is %t", text, got[0], same, got[1])
		}
	}
}

// and, or and ?: do not evaluate what does not decide.
func TestShortCircuits(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t) // margin is nil
	for text, fails := range map[string]bool{
		"false and margin > 1":                    false,
		"true or margin > 1":                      false,
		"true and margin > 1":                     true,
		"false or margin > 1":                     true,
		"margin > 1 and false":                    true,
		"margin > 1 or true":                      true,
		"margin != nil && margin > 1":             false,
		"margin == nil || margin > 1":             false,
		"true ? true : margin > 1":                false,
		"false ? margin > 1 : true":               false,
		"amount in [1250.5, margin]":              false,
		"amount in [margin, 1250.5]":              true,
		"(margin == nil ? 0 : margin) == 0":       false,
		"max(margin == nil ? 0 : margin, 1) == 1": false,
		"not (margin > 1)":                        true,
		"(margin > 1) == true":                    true,
	} {
		e, err := Compile(TransactionEnv, text, ResultBool)
		if err != nil {
			t.Fatalf("%s: %s", text, err)
		}
		if _, err := e.Bool(row); (err != nil) != fails {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// An error of evaluation points at the part that failed.
func TestEvaluationErrorsPointAtTheCharacter(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t)
	for _, c := range []struct {
		text         string
		line, column int
	}{
		{"margin > 1", 1, 1},
		{"amount > 1 and margin > 1", 1, 16},
		{"amount > 1\n\tand 1 / (quantity - 3) > 1", 2, 8},
		{`amount > 1 and` + "\n" + `number(attr("bad")) > 1`, 2, 1},
		{`amount > 1 and date(attr("bad")) > eventDate`, 1, 16},
		{`amount > 1 and productIn("nope")`, 1, 16},
		{`amount > 1 and div(1, quantity - 3, 2) > 1`, 1, 16},
		{`"ééé" != "" and margin > 1`, 1, 17},
	} {
		e, err := Compile(TransactionEnv, c.text, ResultBool)
		if err != nil {
			t.Fatalf("%s: %s", c.text, err)
		}
		_, err = e.Bool(row)
		var failure *ExpressionError
		if !errors.As(err, &failure) || failure.Line != c.line || failure.Column != c.column {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// A long text of a row is cut in a message, and a message is one line of it.
func TestMessagesStayShort(t *testing.T) {
	t.Parallel()
	row, _ := testRows(t)
	long := *row.Transaction
	long.Attributes = attributes("long", strings.Repeat("ä", 5000))
	e, err := Compile(TransactionEnv, `number(attr("long")) > 1`, ResultBool)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Bool(&TransactionRow{Transaction: &long})
	if err == nil || len(err.Error()) > 250 || !strings.Contains(err.Error(), "ä...") {
		t.Errorf("%.300v", err)
	}
}

// The bounds are reached exactly: what is at one compiles, one more does not.
func TestBoundsOfExpressions(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]func(n int) string{
		"length": func(n int) string { return "1 > 0" + strings.Repeat(" ", MaxExpressionLength-5+n) },
		"depth":  func(n int) string { return strings.Repeat("not ", MaxExpressionDepth-1+n) + "true" },
		"muls":   func(n int) string { return "0 < 1" + strings.Repeat("*1", MaxExpressionMuls+n) },
		"nodes":  func(n int) string { return "1 in [" + strings.Repeat("1,", MaxExpressionNodes-4+n) + "1]" },
		"digits": func(n int) string { return "0.1 < 0." + strings.Repeat("1", maxDigits-1+n) },
		"number": func(n int) string { return `0.1 < number("-` + strings.Repeat("1", maxDigits+n) + `")` },
		"min":    func(n int) string { return "0 < min(1" + strings.Repeat(",1", maxArguments-1+n) + ")" },
		"round":  func(n int) string { return "0 < round(1, 1" + string(rune('6'+n)) + ")" },
	} {
		if _, err := Compile(TransactionEnv, at(0), ResultBool); err != nil {
			t.Errorf("%s: %s", name, err)
		}
		if _, err := Compile(TransactionEnv, at(1), ResultBool); err == nil {
			t.Errorf("%s: one more compiles", name)
		}
	}
}
