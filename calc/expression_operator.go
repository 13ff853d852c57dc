package calc

import (
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/shopspring/decimal"

	"spm/model"
)

func constantBool(at int, value bool) operand {
	return operand{kind: TypeBoolean, at: at, constant: true, boolean: func(stance) (bool, error) { return value, nil }}
}

func constantNumber(at int, value decimal.Decimal) operand {
	return operand{kind: TypeNumber, at: at, constant: true, number: func(stance) (decimal.Decimal, error) { return value, nil }}
}

func constantText(at int, value string) operand {
	return operand{kind: TypeText, at: at, constant: true, text: func(stance) (string, error) { return value, nil }}
}

func constantDate(at int, value model.Date) operand {
	return operand{kind: TypeDate, at: at, constant: true, date: func(stance) (model.Date, error) { return value, nil }}
}

func (c *compiler) unary(n *ast.UnaryNode, depth int) (operand, error) {
	at := n.Location().From
	inner, err := c.node(n.Node, depth+1)
	if err != nil {
		return operand{}, err
	}
	if n.Operator == "not" || n.Operator == "!" {
		if err := c.wants(inner, TypeBoolean); err != nil {
			return operand{}, err
		}
		return negation(inner, at), nil
	}
	if err := c.wants(inner, TypeNumber); err != nil {
		return operand{}, err
	}
	if n.Operator == "+" {
		return inner, nil
	}
	return c.numeric(at, inner, noOperand, onOne(decimal.Decimal.Neg))
}

func negation(o operand, at int) operand {
	f := o.boolean
	return operand{kind: TypeBoolean, at: at, constant: o.constant, boolean: func(s stance) (bool, error) {
		value, err := f(s)
		return !value && err == nil, err
	}}
}

func (c *compiler) binary(n *ast.BinaryNode, depth int) (operand, error) {
	at := n.Location().From
	left, err := c.node(n.Left, depth+1)
	if err != nil {
		return operand{}, err
	}
	if n.Operator == "in" {
		return c.in(left, n, depth)
	}
	right, err := c.node(n.Right, depth+1)
	if err != nil {
		return operand{}, err
	}
	switch n.Operator {
	case "and", "&&", "or", "||":
		return c.logic(at, left, right, n.Operator == "or" || n.Operator == "||")
	case "==", "!=":
		return c.equality(at, left, right, n.Operator == "!=")
	case "<", "<=", ">", ">=":
		return c.order(at, left, right, n.Operator)
	case "contains", "startsWith", "endsWith":
		return c.textTest(at, left, right, n.Operator)
	case "+", "-", "*", "/":
		return c.arithmetic(at, left, right, n.Operator)
	}
	return operand{}, c.errorAt(at, "%s is not in the language", n.Operator)
}

func (c *compiler) logic(at int, left, right operand, or bool) (operand, error) {
	for _, o := range []operand{left, right} {
		if err := c.wants(o, TypeBoolean); err != nil {
			return operand{}, err
		}
	}
	l, r := left.boolean, right.boolean
	return operand{kind: TypeBoolean, at: at, boolean: func(s stance) (bool, error) {
		value, err := l(s)
		if err != nil || value == or {
			return value && err == nil, err
		}
		return r(s)
	}}, nil
}

func (c *compiler) textTest(at int, left, right operand, operator string) (operand, error) {
	for _, o := range []operand{left, right} {
		if err := c.wants(o, TypeText); err != nil {
			return operand{}, err
		}
	}
	test := strings.Contains
	switch operator {
	case "startsWith":
		test = strings.HasPrefix
	case "endsWith":
		test = strings.HasSuffix
	}
	return operand{kind: TypeBoolean, at: at, boolean: testBoth(left.text, right.text, test)}, nil
}

// testBoth evaluates two operands and compares them.
func testBoth[V any, F ~func(stance) (V, error)](left, right F, test func(V, V) bool) boolFunc {
	return func(s stance) (bool, error) {
		l, err := left(s)
		if err != nil {
			return false, err
		}
		r, err := right(s)
		if err != nil {
			return false, err
		}
		return test(l, r), nil
	}
}

func (c *compiler) arithmetic(at int, left, right operand, operator string) (operand, error) {
	for _, o := range []operand{left, right} {
		if err := c.wants(o, TypeNumber); err != nil {
			return operand{}, err
		}
	}
	switch operator {
	case "+":
		return c.numeric(at, left, right, exactly(decimal.Decimal.Add))
	case "-":
		return c.numeric(at, left, right, exactly(decimal.Decimal.Sub))
	case "*":
		if err := c.countMul(at); err != nil {
			return operand{}, err
		}
		return c.numeric(at, left, right, exactly(decimal.Decimal.Mul))
	}
	return c.division(at, left, right, model.DivisionScale)
}

// division is HALF_EVEN at the scale.
func (c *compiler) division(at int, left, right operand, scale int32) (operand, error) {
	if err := c.countMul(at); err != nil {
		return operand{}, err
	}
	byZero := c.errorAt(at, "division by zero")
	return c.numeric(at, left, right, func(a, b decimal.Decimal) (decimal.Decimal, error) {
		if b.IsZero() {
			return decimal.Decimal{}, byZero
		}
		return divideHalfEven(a, b, scale), nil
	})
}

func (c *compiler) countMul(at int) error {
	if c.muls++; c.muls > MaxExpressionMuls {
		return c.errorAt(at, "an expression has at most %d multiplications and divisions", MaxExpressionMuls)
	}
	return nil
}

// numeric makes a number of two numbers, at once where both are constant.
func (c *compiler) numeric(at int, left, right operand, f func(a, b decimal.Decimal) (decimal.Decimal, error)) (operand, error) {
	l, r := left.number, right.number
	o := operand{kind: TypeNumber, at: at, number: func(s stance) (decimal.Decimal, error) {
		a, err := l(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		b, err := r(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		return f(a, b)
	}}
	if !left.constant || !right.constant {
		return o, nil
	}
	value, err := o.number(stance{})
	if err != nil {
		return operand{}, err
	}
	return constantNumber(at, value), nil
}

// exactly makes an operation that cannot fail one for numeric.
func exactly(f func(a, b decimal.Decimal) decimal.Decimal) func(a, b decimal.Decimal) (decimal.Decimal, error) {
	return func(a, b decimal.Decimal) (decimal.Decimal, error) { return f(a, b), nil }
}

// noOperand stands for the second number of an operation on one.
var noOperand = constantNumber(0, decimal.Decimal{})

// onOne makes an operation on one number one for numeric, with noOperand.
func onOne(f func(decimal.Decimal) decimal.Decimal) func(a, b decimal.Decimal) (decimal.Decimal, error) {
	return func(a, _ decimal.Decimal) (decimal.Decimal, error) { return f(a), nil }
}
