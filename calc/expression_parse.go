package calc

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/builtin"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
	"github.com/shopspring/decimal"
)

// maxDigits bounds a number written in an expression or in a text that number
// reads; amounts have at most 28.
const maxDigits = 40

// operators are the operators and brackets of the language; the grammar's
// others (| ?? ?. .. . # ; :: ** ^ % { } let if else matches) are refused.
var operators = map[string]bool{
	"+": true, "-": true, "*": true, "/": true,
	"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true,
	"and": true, "&&": true, "or": true, "||": true, "not": true, "!": true,
	"in": true, "contains": true, "startsWith": true, "endsWith": true,
	"?": true, ":": true, ",": true,
	"(": true, ")": true, "[": true, "]": true,
}

// disabled are the grammar's own functions, so that it parses a call of ours
// of the same name (max, round ...) as a plain call. It is never written to.
var disabled = func() map[string]bool {
	all := make(map[string]bool, len(builtin.Builtins))
	for _, f := range builtin.Builtins {
		all[f.Name] = true
	}
	return all
}()

// parse sets root, nil for a blank text.
func (c *compiler) parse() error {
	if !utf8.ValidString(c.source) {
		return c.errorAt(0, "the text is not valid UTF-8")
	}
	if len(c.characters) > MaxExpressionLength {
		return c.errorAt(MaxExpressionLength, "an expression has at most %d characters", MaxExpressionLength)
	}
	if strings.TrimSpace(c.source) == "" {
		return nil
	}
	if err := c.checkTokens(); err != nil {
		return err
	}
	tree, err := parser.ParseWithConfig(c.source, &conf.Config{MaxNodes: MaxExpressionNodes, Disabled: disabled})
	if err != nil {
		return c.foreign(err)
	}
	c.root = tree.Node
	return nil
}

// checkTokens refuses whatever token is not of the language, where it stands.
func (c *compiler) checkTokens() error {
	tokens, err := lexer.Lex(file.NewSource(c.source))
	if err != nil {
		return c.foreign(err)
	}
	for _, t := range tokens {
		switch t.Kind {
		case lexer.Operator, lexer.Bracket:
			if !operators[t.Value] {
				return c.errorAt(t.From, "%s is not in the language", t.Value)
			}
		case lexer.Bytes:
			return c.errorAt(t.From, "bytes are not in the language")
		}
	}
	return nil
}

// foreign turns an error of expr-lang into ours.
func (c *compiler) foreign(err error) error {
	var e *file.Error
	if !errors.As(err, &e) {
		return c.errorAt(0, "%s", err)
	}
	switch {
	case e.Message == "unexpected token EOF":
		return c.errorAt(len(c.characters), "the expression ends where something is missing")
	case strings.HasPrefix(e.Message, "compilation failed"):
		return c.errorAt(e.From, "an expression has at most %d parts", MaxExpressionNodes)
	case strings.HasPrefix(e.Message, "invalid integer literal"), strings.HasPrefix(e.Message, "invalid float literal"):
		return c.errorAt(e.From, `this number is too large: write number("...")`)
	}
	return c.errorAt(e.From, "%s", e.Message)
}

// literal reads a number from the characters that spell it, never from the
// float64 that the parser made of them.
func (c *compiler) literal(from, to int) (operand, error) {
	if from < 0 || to > len(c.characters) || from >= to {
		return operand{}, c.errorAt(from, `this number cannot be read exactly: write number("...")`)
	}
	value, ok := parseNumber(strings.ReplaceAll(string(c.characters[from:to]), "_", ""))
	if !ok {
		return operand{}, c.errorAt(from, "a number is written in at most %d digits with at most one point, such as 1250.75", maxDigits)
	}
	return constantNumber(from, value), nil
}

// parseNumber reads an optional minus, digits, and perhaps a point and digits.
func parseNumber(text string) (decimal.Decimal, bool) {
	digits, point := 0, -1
	for i := range len(text) {
		switch b := text[i]; {
		case '0' <= b && b <= '9':
			digits++
		case b == '.' && point < 0:
			point = i
		case b == '-' && i == 0:
		default:
			return decimal.Decimal{}, false
		}
	}
	if digits == 0 || digits > maxDigits || point == len(text)-1 {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(text)
	return value, err == nil
}
