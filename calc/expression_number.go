package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// buildNumber builds number("1.5"); a constant is read, or refused, at once.
func buildNumber(c *compiler, at int, args []operand) (operand, error) {
	inner := args[0].text
	outer := func(s stance) (decimal.Decimal, error) {
		text, err := inner(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		value, ok := parseNumber(text)
		if !ok {
			return decimal.Decimal{}, c.errorAt(at, "%s is not a number", quoted(text))
		}
		return value, nil
	}
	if !args[0].constant {
		return operand{kind: TypeNumber, at: at, number: outer}, nil
	}
	value, err := outer(stance{})
	return constantNumber(at, value), err
}

// buildDate builds date("2026-01-01"); a constant is read, or refused, at once.
func buildDate(c *compiler, at int, args []operand) (operand, error) {
	inner := args[0].text
	outer := func(s stance) (model.Date, error) {
		text, err := inner(s)
		if err != nil {
			return 0, err
		}
		value, err := model.ParseDate(text)
		if err != nil {
			return 0, c.errorAt(at, "%s is not a date: %s", quoted(text), err)
		}
		return value, nil
	}
	if !args[0].constant {
		return operand{kind: TypeDate, at: at, date: outer}, nil
	}
	value, err := outer(stance{})
	return constantDate(at, value), err
}

func buildRound(c *compiler, at int, args []operand) (operand, error) {
	decimals, err := c.decimals(args[1])
	if err != nil {
		return operand{}, err
	}
	return c.numeric(at, args[0], noOperand, onOne(func(a decimal.Decimal) decimal.Decimal { return a.Round(decimals) }))
}

func buildAbs(c *compiler, at int, args []operand) (operand, error) {
	return c.numeric(at, args[0], noOperand, onOne(decimal.Decimal.Abs))
}

func buildDiv(c *compiler, at int, args []operand) (operand, error) {
	decimals, err := c.decimals(args[2])
	if err != nil {
		return operand{}, err
	}
	return c.division(at, args[0], args[1], decimals)
}

// decimals reads a written-out number of decimals.
func (c *compiler) decimals(o operand) (int32, error) {
	if o.constant {
		value, err := o.number(stance{})
		if err == nil && value.IsInteger() && !value.IsNegative() && value.LessThanOrEqual(decimal.NewFromInt(maxExpressionDecimals)) {
			return int32(value.IntPart()), nil
		}
	}
	return 0, c.errorAt(o.at, "the decimals are written out as a whole number from 0 to %d", maxExpressionDecimals)
}

// divideHalfEven gives a / b to so many decimals, a tie to the even digit. b
// must not be zero.
func divideHalfEven(a, b decimal.Decimal, decimals int32) decimal.Decimal {
	quotient, rest := a.QuoRem(b, decimals)
	unit := decimal.New(1, -decimals)
	switch twice := rest.Abs().Add(rest.Abs()); twice.Cmp(b.Abs().Mul(unit)) {
	case -1:
		return quotient
	case 0:
		if quotient.Coefficient().Bit(0) == 0 {
			return quotient
		}
	}
	if a.Sign()*b.Sign() < 0 {
		return quotient.Sub(unit)
	}
	return quotient.Add(unit)
}

// quoted shows a text of a row in a message, cut where it is long.
func quoted(text string) string {
	const most = 60
	if characters := []rune(text); len(characters) > most {
		text = string(characters[:most]) + "..."
	}
	return `"` + text + `"`
}
