package calc

import (
	"errors"
	"strings"
	"testing"
)

// Each refusal names the character (as offset) and says what is wrong.
func TestRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text    string
		offset  int
		message string
	}{
		{"amount", 0, "true or false"},
		{"amout > 1", 0, "unknown name amout"},
		{"true and share > 1", 9, "unknown name share"},
		{`payeeAttr("x") == ""`, 0, "no function payeeAttr"},
		{"attr", 0, "is a function"},
		{"amount > \"1\"", 7, "cannot be compared"},
		{`eventDate > "2026-01-01"`, 10, "cannot be compared"},
		{`kind < "B"`, 5, "not text"},
		{"kind == nil", 5, "only a name that may be missing"},
		{"amount == nil", 7, "only a name that may be missing"},
		{"nil == nil", 4, "only a name that may be missing"},
		{"nil < 1", 4, "nil can only"},
		{"not nil", 4, "nil can only"},
		{"nil and true", 0, "nil can only"},
		{"(true ? nil : margin) == 1", 1, "nil can only"},
		{"quantity + nil > 1", 11, "nil can only"},
		{"kind + \"x\" == \"y\"", 0, "must be a number"},
		{"1 < amount < 3", 4, "and b < c"},
		{"amount > 0 ?: true", 7, "?: is not in the language"},
		{"2 ** 3 == 8", 2, "** is not"},
		{"2 ^ 3 == 8", 2, "^ is not"},
		{"5 % 3 == 2", 2, "% is not"},
		{`kind matches "B.*"`, 5, "matches is not"},
		{`kind | lower() == "x"`, 5, "| is not"},
		{"margin ?? 0 > 1", 7, "?? is not"},
		{"let a = 1; a > 0", 0, "let is not"},
		{"if true { 1 } else { 2 }", 0, "if is not"},
		{"true; false", 4, "; is not"},
		{"all([1], # > 0)", 9, "# is not"},
		{"any([true])", 10, "at least 2 arguments"},
		{"sum([1, 2]) > 2", 0, "no function sum"},
		{"len(kind) > 2", 0, "no function len"},
		{"now() > date(\"2026-01-01\")", 0, "no function now"},
		{"count([1]) > 0", 0, "no function count"},
		{"1 in 1..3", 6, ".. is not"},
		{`{"a": 1}.a == 1`, 0, "{ is not"},
		{"kind.length == 1", 4, ". is not"},
		{"kind[0] == \"B\"", 4, "not in the language"},
		{"kind[0:1] == \"B\"", 4, "not in the language"},
		{"$env == 1", 0, "unknown name $env"},
		{"::max(1, 2) > 1", 0, ":: is not"},
		{`b"x" == b"x"`, 0, "bytes"},
		{"[1, 2] == [1, 2]", 0, "a list stands only"},
		{"amount in 5", 7, "stands a list"},
		{`amount in ["x"]`, 11, "must be a number"},
		{"true in [true]", 0, "not true or false"},
		{"nil in [nil]", 0, "not nil"},
		{"0x10 == 16", 0, "a number is written"},
		{"1e3 == 1000", 0, "a number is written"},
		{"1e400 == 1", 6, "number"},
		{"0b1 == 1", 0, "a number is written"},
		{"1. == 1", 0, "a number is written"},
		{"99999999999999999999 > 1", 21, "too large"},
		{strings.Repeat("1", 41) + ".0 > 1", 0, "a number is written"},
		{"1 / 0 > 1", 2, "division by zero"},
		{"div(1, 2 - 2, 3) > 1", 0, "division by zero"},
		{"div(1, 2, 17) > 1", 10, "written out"},
		{"round(amount, quantity) > 1", 14, "written out"},
		{"round(amount, 0.5) > 1", 14, "written out"},
		{"round(amount, -1) > 1", 14, "written out"},
		{"round(amount) > 1", 0, "takes 2 arguments"},
		{"min(amount) > 1", 0, "takes 2 arguments or more"},
		{"max(1,2,3,4,5,6,7,8,9) > 1", 0, "at most 8"},
		{"attr(amount) == \"\"", 5, "must be text"},
		{`date("2026-02-30") < eventDate`, 0, "is not a date"},
		{`date(" 2026-03-31 ") == eventDate`, 0, "is not a date"},
		{`number("1e5") > 1`, 0, "is not a number"},
		{`number("1,5") > 1`, 0, "is not a number"},
		{"kind == \"BOOKING", 16, "not terminated"},
		{"amount >", 8, "ends where something is missing"},
		{"amount > 1 )", 11, "unexpected token"},
		{"ämount\n > 1", 0, "unknown name ämount"},
		{"true and\n  amout > 1", 11, "unknown name amout"},
		{"kind == 'a\xff'", 0, "UTF-8"},
		{"true ? 1 : \"a\"", 11, "both branches"},
		{"1 ? true : false", 0, "must be true or false"},
		{"true and true ? nope : true", 16, "unknown name nope"},
		{"not amount > 1", 4, "must be true or false"},
		{"-kind == \"a\"", 1, "must be a number"},
		{"amount(1) == 1", 0, "no function amount"},
		{"kind contains 1", 14, "must be text"},
		{strings.Repeat("(", 500) + "1" + strings.Repeat(")", 500) + " > " + strings.Repeat("-", 300) + "1", 1203, "nested deeper"},
		{"true" + strings.Repeat(" or 1>0", 166), 880, "at most 500 parts"},
		{"1 > 0" + strings.Repeat(" ", MaxExpressionLength), MaxExpressionLength, "at most 2000 characters"},
		{"1" + strings.Repeat("*1", 65) + " > 0", 129, "at most 64 multiplications"},
	} {
		_, err := Compile(TransactionEnv, c.text, ResultBool)
		var e *ExpressionError
		if !errors.As(err, &e) {
			t.Errorf("%.60s: %v", c.text, err)
			continue
		}
		if !strings.Contains(e.Message, c.message) || e.Offset != c.offset {
			t.Errorf("%.60s: at %d, not %d: %s", c.text, e.Offset, c.offset, e.Message)
		}
	}
}
